//! What a line, a proxy and a broken server can do to a body: each fault does what it says, and the answer after it is well.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod support;

use std::time::Duration;

use sim::{Answer, Fault, On, Script, Sim, Step};
use support::{Http, said};

const WORDS: &str = "Größe, naïve, 日本: three lines.";

fn server(fault: Fault) -> (Sim, Http, String) {
    let answers = [Answer::text(WORDS).but(fault), Answer::text("Well again.")];
    let sim = Sim::scripted(Script::new().version("0.16.8").agent("Ada", answers)).unwrap();
    let (http, agent) = (Http::new(&sim), sim.agent_id("Ada"));
    (sim, http, agent)
}

/// The bytes of the body, and whether it ended well.
async fn body(fault: Fault) -> (Vec<u8>, bool) {
    let (_sim, http, ada) = server(fault);
    let mut response = http.post(&format!("/v1/agents/{ada}/messages/stream"), &said("Hi")).await;
    let mut bytes = Vec::new();
    let well = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    assert_eq!(http.say(&ada, "Again").await.words(), "Well again.");
    (bytes, well)
}

#[tokio::test]
async fn a_letter_is_torn_in_two() {
    let (bytes, well) = body(Fault::CutInLetter(2)).await;
    assert!(!well);
    let torn = String::from_utf8(bytes).unwrap_err().utf8_error();
    assert!(torn.error_len().is_none(), "the last letter is unfinished: {torn}");
}

#[tokio::test]
async fn a_body_may_end_in_the_middle_as_if_all_were_said() {
    let (bytes, well) = body(Fault::EndAfter(3)).await;
    let text = String::from_utf8(bytes).unwrap();
    assert!(well && text.matches("data: ").count() == 3 && !text.contains("stop_reason"), "{text}");
}

#[tokio::test]
async fn pieces_of_one_byte_and_other_ends_of_lines_are_the_same_words() {
    let (whole, _) = body(Fault::NoDone).await;
    let text = |bytes: &[u8]| -> String {
        let events = support::split(&String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n"));
        support::Heard { events, well: true }.words()
    };
    assert_eq!(text(&whole), WORDS);
    for fault in [Fault::Drip(1), Fault::Drip(7), Fault::LineEnds("\r\n"), Fault::LineEnds("\r")] {
        let (bytes, well) = body(fault.clone()).await;
        assert!(well && text(&bytes) == WORDS, "{fault:?}");
    }
}

#[tokio::test]
async fn a_line_without_end_goes_on_until_somebody_has_enough() {
    let (_sim, http, ada) = server(Fault::Unterminated(2));
    let mut response = http.post(&format!("/v1/agents/{ada}/messages/stream"), &said("Hi")).await;
    let mut heard = 0;
    while heard < 40 << 20 {
        heard += response.chunk().await.unwrap().unwrap().len();
    }
    drop(response);
    assert_eq!(http.say(&ada, "Again").await.words(), "Well again.");
}

#[tokio::test]
async fn the_head_may_lie_and_a_proxy_may_answer() {
    let (_sim, http, ada) = server(Fault::ContentType("text/html"));
    let path = format!("/v1/agents/{ada}/messages/stream");
    let response = http.post(&path, &said("Hi")).await;
    assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &"text/html".parse().unwrap()));
    assert!(response.text().await.unwrap().contains("stop_reason"));

    let (_sim, http, ada) = server(Fault::bad_gateway());
    let response = http.post(&format!("/v1/agents/{ada}/messages/stream"), &said("Hi")).await;
    assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (502, &"text/html".parse().unwrap()));
    assert!(response.text().await.unwrap().contains("502 Bad Gateway"));

    let (sim, http, _) = server(Fault::NoDone);
    sim.next_fault(On::Agents, Fault::Redirect { status: 308, to: "http://elsewhere.invalid/v1/agents/".to_owned() });
    let response = http.raw("GET", "/v1/agents/").await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (308, &"http://elsewhere.invalid/v1/agents/".parse().unwrap())
    );
}

#[tokio::test]
async fn several_at_once() {
    let answer = Answer::of([Step::text(WORDS)]).but(Fault::Drip(3)).but(Fault::CutAfterBytes(500));
    let sim = Sim::scripted(Script::new().version("0.16.8").agent("Ada", [answer])).unwrap();
    let (http, ada) = (Http::new(&sim), sim.agent_id("Ada"));
    let heard = tokio::time::timeout(Duration::from_secs(5), http.say(&ada, "Hi")).await.unwrap();
    let bytes: usize = heard.events.iter().map(|event| event.len() + 2).sum();
    assert!(!heard.well && (495..=505).contains(&bytes), "{bytes}");
}
