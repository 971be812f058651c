#!/usr/bin/env python3
"""Makes the tools, agents and the group that the stories talk to, and prints their ids as one line of JSON.

    BASE=http://127.0.0.1:8283 KEY=... VERSION=0.16.8 python3 seed.py
"""
import json, os, urllib.error, urllib.request

BASE, KEY, VERSION = os.environ["BASE"], os.environ["KEY"], os.environ["VERSION"]
OLD = VERSION.startswith("0.11.")

TOOLS = {
    "get_weather": ('def get_weather(city: str) -> str:', "Get the weather for a city.", "city (str): Name of the city.",
                    '    print("looking up", city)\n    return f"Sunny, 21 degrees in {city}"'),
    "delete_file": ('def delete_file(path: str) -> str:', "Delete a file.", "path (str): Path of the file.",
                    '    return f"Deleted {path}"'),
    "boom": ('def boom(what: str) -> str:', "A tool that fails.", "what (str): What goes boom.",
             '    raise ValueError(f"{what} exploded")'),
}


def ask(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{BASE}/v1/{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{method} {path}: {error.code} {error.read()[:500]}")


def tool(name):
    head, summary, argument, body = TOOLS[name]
    source = f'{head}\n    """\n    {summary}\n\n    Args:\n        {argument}\n\n    Returns:\n        str: Result.\n    """\n{body}\n'
    wanted = {"source_code": source, "source_type": "python", "default_requires_approval": name == "delete_file"}
    return ask("PUT", "tools/", wanted)["id"]


def mould(tools):
    """What an agent is made of, but its name and its persona; stories make further ones with it."""
    return {
        "agent_type": "memgpt_v2_agent" if OLD else "letta_v1_agent",
        "model": "openai/scripted" if OLD else "openai-proxy/scripted",
        "embedding": "letta/letta-free" if OLD else "openai/text-embedding-3-small",
        "tool_ids": tools,
        **({} if OLD else {"parallel_tool_calls": True}),
    }


def agent(name, tools):
    persona = [{"label": "persona", "value": f"My name is {name}."}]
    return ask("POST", "agents/", {**mould(tools), "name": name, "memory_blocks": persona})["id"]


# What earlier runs left.
for group in ask("GET", "groups/?limit=200"):
    ask("DELETE", f"groups/{group['id']}")
while left := ask("GET", "agents/?limit=50"):
    for one in left:
        ask("DELETE", f"agents/{one['id']}")

tools = {name: tool(name) for name in TOOLS}
everything = list(tools.values())
ids = {
    # One agent a story, so that no story waits for another's approval or stumbles over its history. Others are made when needed.
    "agents": {name: agent(name, everything) for name in [
        "Ada", "Bert", "Cora", "Dora", "Egon", "Fay", "Gil", "Hana", "Ivo", "Kim",
        "Vera", "Otto", "Nora", "Emil"]},
    "mould": mould(everything),
}
members = [agent(name, []) for name in ["Hugo", "Ida", "Jonas"]]
group = ask("POST", "groups/", {
    "agent_ids": members, "description": "Three at a table", "manager_config": {"manager_type": "round_robin", "max_turns": 3}})
ids["group"] = {"id": group["id"], "members": members, "names": ["Hugo", "Ida", "Jonas"]}
print(json.dumps(ids))
