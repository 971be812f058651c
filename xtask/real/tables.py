"""Makes Letta's tables in an empty PostgreSQL database: the wheel on PyPI ships no migrations. LETTA_PG_URI names the database."""
import asyncio, importlib, os, pkgutil

import letta.orm
from letta.orm.base import Base
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

for module in pkgutil.iter_modules(letta.orm.__path__):
    try:
        importlib.import_module("letta.orm." + module.name)
    except ImportError:
        pass  # a module for a database that is not installed


async def main():
    engine = create_async_engine(os.environ["LETTA_PG_URI"].replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        await connection.run_sync(Base.metadata.create_all)
        # Only the migrations would have made this: messages are ordered by it.
        await connection.execute(text("CREATE SEQUENCE IF NOT EXISTS message_seq_id"))
        await connection.execute(
            text("ALTER TABLE messages ALTER COLUMN sequence_id SET DEFAULT nextval('message_seq_id'::regclass)"))
    await engine.dispose()


asyncio.run(main())
