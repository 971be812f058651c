#!/usr/bin/env python3
"""A scripted model that speaks OpenAI's chat completions, for real Letta servers in tests. Standard library only.

    python3 model.py --port 8099

It answers by a word in the user's message: weather (tool), delete (tool that needs approval), both (two of those at once), mixed (one
of each), boom (tool that fails), think (reasoning), count (a hundred numbered lines, at a pace), slow, long, picture (how many and
how large), "error 500" (status), and otherwise says hello with its name. After a tool it says what the tool returned. A message may
bring its own script, one step for each time the model is asked:

    @@ [{"reasoning": "…", "text": "…", "calls": [["delete_file", {"path": "/a"}]], "pause": 0.05}, {"text": "Done."}] @@

or, at a table, one for each who hears it, turn by turn (this message's, the next one's, …), each turn a list of steps:

    @@ {"Ann": [[{"text": "Next: Ben"}], [{"text": "Good."}]], "Ben": [[{"text": "Here."}]]} @@
"""
import argparse, base64, hashlib, json, re, struct, time, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODELS = ["scripted", "gpt-4o", "gpt-4o-mini"]
COUNT = "\n".join(f"Line {i} of a hundred." for i in range(1, 101))
LONG = " ".join(f"Sentence number {i} of a long answer, so that streaming takes a while." for i in range(1, 61))


def text_of(content):
    """The text of a message's content: a string, or a list of parts."""
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content or [] if isinstance(part, dict))


def unwrap(text):
    """Letta packs user messages as {"type": "user_message", "message": ...}, in groups more than once."""
    for _ in range(8):
        try:
            packed = json.loads(text)
        except ValueError:
            return text
        if not isinstance(packed, dict) or "message" not in packed:
            return text
        text = str(packed["message"])
    return text


def is_heartbeat(text):
    try:
        packed = json.loads(text)
    except ValueError:
        return False
    return isinstance(packed, dict) and packed.get("type") in ("heartbeat", "login")


class Asked:
    """What matters of a request."""

    def __init__(self, body):
        self.body = body
        self.stream = bool(body.get("stream"))
        self.tools = {t["function"]["name"]: t["function"].get("parameters") or {} for t in body.get("tools") or []}
        choice = body.get("tool_choice")
        self.must_call = (choice.get("type") if isinstance(choice, dict) else choice) not in (None, "auto", "none")
        messages = body.get("messages") or []
        system = next((text_of(m.get("content")) for m in messages if m["role"] in ("system", "developer")), "")
        name = re.search(r"[Mm]y name is (\w+)", system)
        self.name = name.group(1) if name else "nobody"
        # Agents of the MemGPT kind are woken after a tool by a message in the user's name.
        messages = [m for m in messages if not (m["role"] == "user" and is_heartbeat(text_of(m.get("content"))))]
        self.after_tool = bool(messages) and messages[-1]["role"] == "tool"
        self.last = text_of(messages[-1].get("content")) if messages else ""
        users = [i for i, m in enumerate(messages) if m["role"] == "user"]
        last = messages[users[-1]].get("content") if users else ""
        self.user = unwrap(text_of(last))
        # The last script that this talk has seen, and how many messages came after it.
        told = [unwrap(text_of(messages[i].get("content"))) for i in users]
        scripts = [(n, found) for n, text in enumerate(told) if (found := re.search(r"@@(.*)@@", text, re.S))]
        self.script, self.after_script = (scripts[-1][1].group(1), len(told) - 1 - scripts[-1][0]) if scripts else (None, 0)
        self.pictures = [part for part in last if part.get("type") == "image_url"] if isinstance(last, list) else []
        # How often the model has answered this message already.
        self.turn = sum(m["role"] == "assistant" for m in messages[users[-1]:]) if users else 0


def script_for(asked):
    """The steps that the talk's script has for this message; none: it has none."""
    script = json.loads(asked.script) if asked.script else None
    if isinstance(script, dict):
        turns = script.get(asked.name) or []
        return turns[min(asked.after_script, len(turns) - 1)] if turns else None
    return script if asked.after_script == 0 else None


def answer(asked):
    """(reasoning, text, [(tool, arguments)], seconds between pieces), or a status code."""
    low = asked.user.lower()
    if status := re.search(r"error (\d{3})", low):
        return int(status.group(1))
    if steps := script_for(asked):
        step = steps[min(asked.turn, len(steps) - 1)]
        return step.get("reasoning"), step.get("text"), step.get("calls", []), step.get("pause", 0.02)
    if asked.after_tool:
        return None, f"The tool returned: {asked.last[:160]}", [], 0.02
    if "weather" in low and "get_weather" in asked.tools:
        return None, None, [("get_weather", {"city": "Paris"})], 0.02
    if "both" in low and "delete_file" in asked.tools:
        return None, "Both then.", [("delete_file", {"path": "/a"}), ("delete_file", {"path": "/b"})], 0.02
    if "mixed" in low and "delete_file" in asked.tools:
        return None, None, [("get_weather", {"city": "Paris"}), ("delete_file", {"path": "/a"})], 0.02
    if "picture" in low:
        sizes = ", ".join(str(len(p["image_url"]["url"].partition(",")[2]) * 3 // 4) for p in asked.pictures)
        return None, f"I see {len(asked.pictures)} picture(s): {sizes or 'none'} bytes.", [], 0.02
    if "delete" in low and "delete_file" in asked.tools:
        return None, None, [("delete_file", {"path": "/tmp/example.txt"})], 0.02
    if "boom" in low and "boom" in asked.tools:
        return None, None, [("boom", {"what": "fuse"})], 0.02
    if "think" in low:
        return "First the question is considered, then the answer.", "It has been thought about: the answer is 42.", [], 0.02
    if "count" in low:
        return None, COUNT, [], 0.03
    if "slow" in low:
        return None, LONG, [], 0.2
    if "long" in low:
        return None, LONG, [], 0.01
    return None, f"Hello, this is {asked.name}. You said: {asked.user[:200]}", [], 0.02


def adapt(asked, reasoning, text, calls):
    """Agents of the MemGPT kind have no plain text: it goes through send_message, thoughts through an argument."""
    if "send_message" in asked.tools and asked.must_call and text is not None:
        calls, text = [("send_message", {"message": text})], None
    filled = []
    for name, arguments in calls:
        properties = asked.tools.get(name, {}).get("properties", {})
        thoughts = {k: reasoning or f"I will call {name}." for k in ("thinking", "inner_thoughts") if k in properties}
        beat = {"request_heartbeat": name != "send_message"} if "request_heartbeat" in properties else {}
        filled.append(("call_" + uuid.uuid4().hex[:24], name, json.dumps({**thoughts, **arguments, **beat}, ensure_ascii=False)))
        if thoughts:
            reasoning = None
    return reasoning, text, filled


def pieces(text, size=12):
    return [text[at:at + size] for at in range(0, len(text or ""), size)]


def vector(text, size):
    numbers, i = [], 0
    while len(numbers) < size:
        numbers += [b / 127.5 - 1 for b in hashlib.sha256(f"{i}:{text}".encode()).digest()]
        i += 1
    return numbers[:size]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, answer, status=200):
        body = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        data = [{"id": m, "object": "model", "created": 1700000000, "owned_by": "tests"} for m in MODELS]
        self.reply({"object": "list", "data": data})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        path = self.path.split("?")[0].rstrip("/")
        if path.endswith("/embeddings"):
            return self.embeddings(body)
        if not path.endswith("/chat/completions"):
            return self.reply({"error": {"message": f"no route {path}", "type": "not_found"}}, 404)
        asked = Asked(body)
        chosen = answer(asked)
        if isinstance(chosen, int):
            kind = {401: "authentication_error", 429: "rate_limit_error"}.get(chosen, "server_error")
            return self.reply({"error": {"message": f"Scripted error {chosen}.", "type": kind, "code": None}}, chosen)
        reasoning, text, calls, pause = chosen
        self.completion(asked, *adapt(asked, reasoning, text, calls), pause)

    def embeddings(self, body):
        texts = body.get("input")
        texts = [texts] if isinstance(texts, str) else texts
        size = body.get("dimensions") or 1536
        data = []
        for i, text in enumerate(texts):
            numbers = vector(str(text), size)
            if body.get("encoding_format") == "base64":
                numbers = base64.b64encode(struct.pack(f"<{size}f", *numbers)).decode()
            data.append({"object": "embedding", "index": i, "embedding": numbers})
        self.reply({"object": "list", "data": data, "model": body.get("model"), "usage": {"prompt_tokens": 5, "total_tokens": 5}})

    def completion(self, asked, reasoning, text, calls, pause):
        written = max(1, sum(map(len, [reasoning or "", text or "", *(c[2] for c in calls)])) // 4)
        read = max(1, len(json.dumps(asked.body)) // 4)
        usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        finish = "tool_calls" if calls else "stop"
        head = {"id": "chatcmpl-" + uuid.uuid4().hex[:24], "created": int(time.time()), "model": asked.body.get("model")}
        if not asked.stream:
            message = {"role": "assistant", "content": text}
            if reasoning:
                message["reasoning_content"] = reasoning
            if calls:
                message["tool_calls"] = [
                    {"id": id, "type": "function", "function": {"name": name, "arguments": args}} for id, name, args in calls]
            choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
            return self.reply({**head, "object": "chat.completion", "choices": [choice], "usage": usage})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            def delta(delta, finish=None):
                choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
                self.event({**head, "object": "chat.completion.chunk", "choices": [choice]})
                time.sleep(pause)

            delta({"role": "assistant", "content": ""})
            for piece in pieces(reasoning):
                delta({"reasoning_content": piece})
            for piece in pieces(text):
                delta({"content": piece})
            for i, (id, name, args) in enumerate(calls):
                delta({"tool_calls": [{"index": i, "id": id, "type": "function", "function": {"name": name, "arguments": ""}}]})
                for piece in pieces(args):
                    delta({"tool_calls": [{"index": i, "function": {"arguments": piece}}]})
            delta({}, finish)
            if (asked.body.get("stream_options") or {}).get("include_usage"):
                self.event({**head, "object": "chat.completion.chunk", "choices": [], "usage": usage})
            self.chunk("data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def event(self, event):
        self.chunk("data: " + json.dumps(event, ensure_ascii=False) + "\n\n")

    def chunk(self, text):
        body = text.encode()
        self.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
        self.wfile.flush()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=8099)
    ThreadingHTTPServer.request_queue_size = 64
    server = ThreadingHTTPServer(("127.0.0.1", arguments.parse_args().port), Handler)
    server.daemon_threads = True
    server.serve_forever()
