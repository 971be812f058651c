//! A server with one recorded stream: it gives it to whoever talks to one of its agents, as a run in the background, and breaks the line
//! where it is told to. Behind the cut it goes on from any event, as 0.16.8 with Redis does (recordings 0.16.8/background-resume and
//! run-stream-after-3). By hand over TCP, because a line is to break at any byte.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Where the line breaks in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It does not.
    Nowhere,
    /// Before the event of this index.
    Before(usize),
    /// Within it.
    Within(usize),
}

/// A server with one recorded stream. Ends with its runtime.
pub struct Replay {
    address: String,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    frames: Vec<Vec<u8>>,
    /// Cut of the next stream; then the rest comes.
    cut: Cut,
    /// The otid of what was said, by agent.
    said: HashMap<String, String>,
    agents: usize,
    /// Resumes asked for: run and `starting_after`.
    resumed: Vec<(String, u64)>,
    sent: usize,
}

impl Replay {
    /// A server that has this recording, and this many agents to talk to.
    pub async fn of(recording: &str, agents: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared {
            frames: numbered(recording),
            cut: Cut::Nowhere,
            said: HashMap::new(),
            agents,
            resumed: Vec::new(),
            sent: 0,
        }));
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                tokio::spawn(serve(Arc::clone(&serving), line));
            }
        });
        Self { address, shared }
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Events of its recording.
    pub fn events(&self) -> usize {
        self.shared.lock().unwrap().frames.len()
    }

    /// The next stream breaks there.
    pub fn cut(&self, cut: Cut) {
        self.shared.lock().unwrap().cut = cut;
    }

    /// How many messages were sent, and how many streams were gone on with.
    pub fn counts(&self) -> (usize, usize) {
        let shared = self.shared.lock().unwrap();
        (shared.sent, shared.resumed.len())
    }

    /// The title of its agent of this number.
    pub fn title(number: usize) -> String {
        format!("Wen {number}")
    }

    /// The run that answers this agent.
    pub fn run(number: usize) -> String {
        run_of(&agent_id(number))
    }
}

fn agent_id(number: usize) -> String {
    format!("agent-00000000-0000-4000-8000-{number:012}")
}

/// The events of a recording as a run in the background has them: numbered from one, all of the same run where the recording names
/// none. What has no id takes a number and does not show it.
fn numbered(recording: &str) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for frame in recording.split("\n\n").filter(|frame| !frame.trim().is_empty()) {
        let number = frames.len() as u64 + 1;
        let (before, data) = frame.split_once("data: ").unwrap_or(("", frame));
        let line = match serde_json::from_str::<Value>(data) {
            Ok(mut event) if event["id"].is_string() => {
                event["seq_id"] = number.into();
                event["run_id"] = "RUN".into();
                event.to_string()
            }
            Ok(mut event) if event["message_type"] == "error_message" => {
                event["run_id"] = "RUN".into();
                event.to_string()
            }
            Ok(_) | Err(_) => data.to_owned(),
        };
        frames.push(format!("{before}data: {line}\n\n").into_bytes());
    }
    frames
}

/// What waits once the run has ended: all calls that were asked for, if it ended for them.
fn pending(frames: &[Vec<u8>]) -> Value {
    let text = |frame: &Vec<u8>| String::from_utf8_lossy(frame).into_owned();
    let events = frames.iter().filter_map(|frame| {
        let frame = text(frame);
        serde_json::from_str::<Value>(frame.split_once("data: ")?.1.trim()).ok()
    });
    let (mut request, mut calls, mut waits) = (Value::Null, Vec::<Value>::new(), false);
    for event in events {
        waits |= event["stop_reason"] == "requires_approval";
        if event["message_type"] != "approval_request_message" {
            continue;
        }
        let pieces = match &event["tool_calls"] {
            Value::Array(pieces) => pieces.clone(),
            _ => vec![event["tool_call"].clone()],
        };
        for piece in pieces {
            if !calls.iter().any(|call| call["tool_call_id"] == piece["tool_call_id"]) {
                calls.push(piece);
            }
        }
        request = event;
    }
    request["tool_calls"] = calls.into();
    if waits && request["id"].is_string() { request } else { Value::Null }
}

async fn serve(shared: Arc<Mutex<Shared>>, mut line: TcpStream) {
    while let Some((method, path, body)) = request(&mut line).await {
        let parts: Vec<&str> = path.split('?').next().unwrap_or_default().trim_matches('/').split('/').collect();
        let told = match (method.as_str(), parts.as_slice()) {
            ("GET", ["v1", "health"]) => json!({"version": "0.16.8", "status": "ok"}),
            ("GET", ["v1", "agents"]) if path.contains("after=") => json!([]),
            ("GET", ["v1", "agents"]) => {
                let agents = shared.lock().unwrap().agents;
                (0..agents).map(|number| json!({"id": agent_id(number), "name": Replay::title(number)})).collect()
            }
            ("GET", ["v1", "agents", id]) => {
                let shared = shared.lock().unwrap();
                let pending = if shared.said.contains_key(*id) { pending(&shared.frames) } else { Value::Null };
                json!({"id": id, "name": "Wen", "pending_approval": pending})
            }
            ("GET", ["v1", "agents", _, "messages"] | ["v1", "groups"]) => json!([]),
            ("GET", ["v1", "runs"]) => {
                let agent = path.split("agent_id=").nth(1).unwrap_or_default().split('&').next().unwrap_or_default();
                let said = shared.lock().unwrap().said.contains_key(agent);
                let run = json!({"id": run_of(agent), "agent_id": agent, "status": "running", "background": true});
                Value::Array(said.then_some(run).into_iter().collect())
            }
            ("GET", ["v1", "runs", run, "messages"]) => {
                let otid = shared.lock().unwrap().said.get(&run.replace("run-", "agent-")).cloned();
                json!([{"id": "message-1", "message_type": "user_message", "otid": otid, "content": "Go"}])
            }
            ("GET", ["v1", "runs", run]) => json!({"id": run, "status": "completed", "background": true}),
            ("POST", ["v1", "agents", agent, "messages", "stream"]) => {
                let (frames, cut) = {
                    let mut shared = shared.lock().unwrap();
                    let otid = body["messages"][0]["otid"].as_str().unwrap_or_default().to_owned();
                    shared.said.insert((*agent).to_owned(), otid);
                    shared.sent += 1;
                    assert_eq!(body["background"], true, "{body}");
                    (shared.frames.clone(), std::mem::replace(&mut shared.cut, Cut::Nowhere))
                };
                return stream(&mut line, &frames, 0, cut, &run_of(agent)).await;
            }
            ("POST", ["v1", "runs", run, "stream"]) => {
                let after = body["starting_after"].as_u64().unwrap_or_default();
                let frames = {
                    let mut shared = shared.lock().unwrap();
                    shared.resumed.push(((*run).to_owned(), after));
                    shared.frames.clone()
                };
                return stream(&mut line, &frames, usize::try_from(after).unwrap(), Cut::Nowhere, run).await;
            }
            _ => {
                let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}";
                if line.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
                continue;
            }
        };
        let body = told.to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        if line.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

fn run_of(agent: &str) -> String {
    agent.replace("agent-", "run-")
}

/// One chunk an event, as uvicorn sends them; then the end, or none.
async fn stream(line: &mut TcpStream, frames: &[Vec<u8>], from: usize, cut: Cut, run: &str) {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut bytes = head.as_bytes().to_vec();
    for (index, frame) in frames.iter().enumerate().skip(from) {
        if cut == Cut::Before(index) {
            let _ = line.write_all(&bytes).await;
            return;
        }
        let frame = String::from_utf8_lossy(frame).replace("\"RUN\"", &format!("\"{run}\""));
        bytes.extend_from_slice(format!("{:x}\r\n", frame.len()).as_bytes());
        if cut == Cut::Within(index) {
            bytes.extend_from_slice(&frame.as_bytes()[..frame.len() / 2]);
            let _ = line.write_all(&bytes).await;
            return;
        }
        bytes.extend_from_slice(frame.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    let _ = line.write_all(&bytes).await;
    let _ = line.shutdown().await;
}

/// The next request: method, path with query, body as JSON.
async fn request(line: &mut TcpStream) -> Option<(String, String, Value)> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 16 << 10];
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        let read = line.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let length = text
        .to_ascii_lowercase()
        .split("content-length: ")
        .nth(1)
        .map_or(0, |rest| rest.split("\r\n").next().unwrap_or_default().trim().parse().unwrap());
    while bytes.len() < head + length {
        let read = line.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
    }
    let mut first = text.split_whitespace();
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    Some((method, path, serde_json::from_slice(&bytes[head..]).unwrap_or(Value::Null)))
}
