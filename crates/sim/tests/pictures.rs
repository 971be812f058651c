//! Pictures: in what a person sends, as stored; in what tools give back; and those the server cannot get.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod support;

use serde_json::{Value, json};
use sim::{Answer, Call, Script, Sim, Step, picture, stored_picture};
use support::{
    Http, recording, said,
    shape::{same, same_list},
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n, said a picture";

fn server(answers: impl IntoIterator<Item = Answer>) -> (Sim, Http, String) {
    let sim = Sim::scripted(Script::new().version("0.16.8").agent("Ada", answers)).unwrap();
    let (http, agent) = (Http::new(&sim), sim.agent_id("Ada"));
    (sim, http, agent)
}

fn parts(parts: &Value) -> Value {
    json!({"messages": [{"role": "user", "content": parts}], "stream_tokens": true})
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

#[tokio::test]
async fn what_a_person_sends_is_stored_as_a_file_of_the_server() {
    let (sim, http, ada) = server([]);
    let path = format!("/v1/agents/{ada}/messages");
    let heard = http
        .stream(&format!("{path}/stream"), &parts(&json!([text("What is this image?"), picture("image/png", PNG)])))
        .await;
    same(&heard.events, "0.16.8/stream-image-base64");
    assert_eq!(heard.words(), "I can see an image. You said: What is this image?", "as the recorded model said");
    let bad = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "###"}});
    http.stream(&format!("{path}/stream"), &parts(&json!([bad]))).await;
    let (_, list) = http.get(&path).await;
    let theirs: Value = serde_json::from_str(&recording("0.16.8/list-messages-images-v1", "response.json")).unwrap();
    let from = theirs.as_array().unwrap().len() - 4;
    same_list(&list, &json!(theirs.as_array().unwrap()[from..]), "0.16.8/list-messages-images-v1");
    assert_eq!(list[0]["content"][1]["source"]["data"], picture("image/png", PNG)["source"]["data"]);
    assert_eq!(list[2]["content"][0]["source"]["data"], "###");

    http.stream(&format!("{path}/stream"), &parts(&json!([text("Part one."), text("Part two.")]))).await;
    http.stream(&format!("{path}/stream"), &parts(&json!([text("Alone.")]))).await;
    let (_, list) = http.get(&path).await;
    let theirs: Value =
        serde_json::from_str(&recording("0.16.8/stream-content-parts-history", "response.json")).unwrap();
    let user = |list: &Value| {
        list.as_array().unwrap().iter().find(|message| message["content"][1]["text"] == "Part two.").cloned()
    };
    assert_eq!(user(&list).unwrap()["content"], user(&theirs).unwrap()["content"]);
    assert_eq!(list[6]["content"], "Alone.", "one text is a string");
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn addresses_are_not_followed_and_files_refused() {
    let (_sim, http, ada) = server([]);
    let path = format!("/v1/agents/{ada}/messages/stream");
    let by = |url: &str| parts(&json!([{"type": "image", "source": {"type": "url", "url": url}}]));
    for (url, name) in [
        ("file:///etc/passwd", "0.16.8/stream-image-file-url"),
        ("http://127.0.0.1:9/none.png", "0.16.8/stream-image-url-unreachable"),
    ] {
        let heard = http.stream(&path, &by(url)).await;
        same(&heard.events, name);
        let theirs = recording(name, "stream.sse");
        let detail = heard.first("error_message")["detail"].as_str().unwrap().to_owned();
        assert!(theirs.contains(&detail), "{detail}");
    }
    assert_eq!(http.stream(&path, &by("data:image/png;base64,AAAA")).await.words(), "I can see an image. You said: ");
}

#[tokio::test]
async fn a_tool_gives_back_pictures_and_old_clients_a_word_for_them() {
    let seen = json!([text("Two pages."), picture("image/png", PNG), stored_picture("file-1", "image/jpeg")]);
    let shot = Call::new("screenshot", "{}", "").gives(seen.clone());
    let shown = json!([text("Look:"), picture("image/png", PNG)]);
    let (_sim, http, ada) = server([Answer::of([Step::Call(shot), Step::Parts(shown.clone())])]);
    let heard = http.say(&ada, "Show me").await;
    let (_, list) = http.get(&format!("/v1/agents/{ada}/messages")).await;
    for returned in [&heard.first("tool_return_message"), &list[2]] {
        assert_eq!(returned["tool_returns"][0]["tool_return"], seen);
        assert_eq!(returned["tool_return"], "Two pages. [2 images omitted]");
    }
    assert_eq!(heard.first("assistant_message")["content"], shown);
    assert_eq!(list[3]["content"], shown);
    let plain = said("Hi");
    assert!(plain["messages"][0]["content"].is_string());
}

#[tokio::test]
async fn a_picture_breaks_a_group_of_a_server() {
    let seen = Answer::of([
        Step::reasoning("I will call send_message."),
        Step::text("I can see an image. You said: What is on this image?"),
    ]);
    let script = Script::new().agent("Alice", [seen]).agent("Bob", []).group("Two.", &["Alice", "Bob"], Some(2));
    let sim = Sim::scripted(script).unwrap();
    let path = format!("/v1/groups/{}/messages", sim.group_id("Two."));
    let mut sent = parts(&json!([text("What is on this image?"), picture("image/png", PNG)]));
    sent["stream_tokens"] = json!(false);
    let http = Http::new(&sim);
    same(&http.stream(&format!("{path}/stream"), &sent).await.events, "0.11.7/group-rr-image");
    assert_eq!(http.get(&path).await.1[0]["content"][1]["type"], "image");
}
