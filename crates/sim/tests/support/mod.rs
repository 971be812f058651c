//! A plain HTTP client for looking at the wire, and recordings to compare it with.

#![allow(dead_code, reason = "each test uses its own part")]

pub mod shape;

use std::{fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};
use sim::Sim;

/// A client without any opinion.
pub struct Http {
    client: reqwest::Client,
    base: String,
    key: Option<String>,
}

/// A stream as it came: whole events, and whether its body ended well.
#[derive(Debug)]
pub struct Heard {
    pub events: Vec<String>,
    pub well: bool,
}

impl Http {
    pub fn new(sim: &Sim) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self { client, base: sim.address(), key: None }
    }

    pub fn with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let response = self.request(reqwest::Method::GET, path).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    pub async fn raw(&self, method: &str, path: &str) -> reqwest::Response {
        self.request(method.parse().unwrap(), path).send().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> reqwest::Response {
        self.try_post(path, body).await.unwrap()
    }

    pub async fn try_post(&self, path: &str, body: &Value) -> Result<reqwest::Response, reqwest::Error> {
        self.request(reqwest::Method::POST, path)
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> (u16, Value) {
        let response = self.post(path, body).await;
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    pub async fn patch_json(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.request(reqwest::Method::PATCH, path).header("content-type", "application/json");
        let response = request.body(body.to_string()).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    /// Posts and reads the stream to its end.
    pub async fn stream(&self, path: &str, body: &Value) -> Heard {
        heard(self.post(path, body).await).await
    }

    /// Says something to an agent by tokens.
    pub async fn say(&self, agent: &str, text: &str) -> Heard {
        self.stream(&format!("/v1/agents/{agent}/messages/stream"), &said(text)).await
    }
}

/// A message of the user.
pub fn said(text: &str) -> Value {
    json!({"messages": [{"role": "user", "content": text}], "stream_tokens": true})
}

/// A decision in both forms, as the app sends it.
pub fn decision(call: &str, request: &str, approve: bool, reason: Option<&str>) -> Value {
    let approval = json!({"type": "approval", "tool_call_id": call, "approve": approve, "reason": reason});
    json!({
        "messages": [{
            "type": "approval",
            "approvals": [approval],
            "approve": approve,
            "approval_request_id": request,
            "reason": reason,
        }],
        "stream_tokens": true,
    })
}

pub async fn heard(mut response: reqwest::Response) -> Heard {
    let mut bytes = Vec::new();
    let well = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Heard { events: split(&text), well }
}

pub fn split(text: &str) -> Vec<String> {
    text.split("\n\n").filter(|event| !event.is_empty()).map(str::to_owned).collect()
}

impl Heard {
    /// The events' JSON; `[DONE]` is left out.
    pub fn json(&self) -> Vec<Value> {
        self.events.iter().filter_map(|event| data(event)).collect()
    }

    /// All words of the assistant, put together.
    pub fn words(&self) -> String {
        self.text_of("assistant_message", "content")
    }

    pub fn text_of(&self, message_type: &str, field: &str) -> String {
        self.json()
            .iter()
            .filter(|event| event["message_type"] == message_type)
            .filter_map(|event| event[field].as_str())
            .collect()
    }

    pub fn first(&self, message_type: &str) -> Value {
        self.json().into_iter().find(|event| event["message_type"] == message_type).unwrap_or(Value::Null)
    }

    pub fn is_done(&self) -> bool {
        self.events.last().is_some_and(|event| event == "data: [DONE]")
    }

    /// The kinds of its events, runs of the same one once.
    pub fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<String> =
            self.json().iter().map(|event| event["message_type"].as_str().unwrap_or("?").to_owned()).collect();
        kinds.dedup();
        kinds
    }
}

/// The JSON of one event.
pub fn data(event: &str) -> Option<Value> {
    event.lines().find_map(|line| line.strip_prefix("data: ")).and_then(|data| serde_json::from_str(data).ok())
}

/// A recording that all tests share.
pub fn recording(name: &str, file: &str) -> String {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "..", "..", "tests", "fixtures", "recordings", name, file].iter().collect();
    fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

/// A recording of ours.
pub fn recorded(name: &str) -> Value {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "recorded", name].iter().collect();
    serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap()
}
