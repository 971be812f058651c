//! The client against a real Letta server that `cargo xtask test --real VERSION` starts and names in the environment. Ignored
//! otherwise: the recordings and the stand-in servers of the other tests cover the rest.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use letta::{Answer, Body, Client, Ending, Error, Event, Heard, Mode, Page, Target, Turn, Words};
use model::{AgentId, Decision, Pattern, ToolCallId};
use secrecy::SecretString;
use serde_json::Value;

struct Real {
    client: Client,
    version: String,
    ids: Value,
}

fn real() -> Real {
    let var = |name: &str| {
        std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run cargo xtask test --real VERSION"))
    };
    Real {
        client: Client::new(&var("TERTULIA_REAL_BASE"), Some(SecretString::from(var("TERTULIA_REAL_KEY")))).unwrap(),
        version: var("TERTULIA_REAL_VERSION"),
        ids: serde_json::from_str(&var("TERTULIA_REAL_IDS")).unwrap(),
    }
}

impl Real {
    fn is_old(&self) -> bool {
        self.version.starts_with("0.11.")
    }

    fn agent(&self, name: &str) -> AgentId {
        self.ids["agents"][name].as_str().unwrap().into()
    }

    fn words(&self, text: &str) -> Words {
        let mode = letta::Abilities::of(&self.version, false).mode(true);
        Words {
            text: text.to_owned(),
            images: Vec::new(),
            otid: uuid::Uuid::new_v4().to_string(),
            mode,
            extras: letta::Extras::default(),
        }
    }
}

async fn all(mut turn: Turn) -> (Vec<Event>, Ending) {
    let mut events = Vec::new();
    loop {
        match turn.next().await {
            Heard::Event(event) => events.push(event),
            Heard::Over(ending) => return (events, ending),
        }
    }
}

fn said(events: &[Event]) -> String {
    events
        .iter()
        .filter_map(|event| match &event.body {
            Body::Assistant(words) => Some(words.text.as_str()),
            _ => None,
        })
        .collect()
}

#[tokio::test]
#[ignore = "needs a real server"]
async fn lists_are_whole() {
    let real = real();
    assert_eq!(real.client.health().await.unwrap().version, real.version);
    let agents = real.client.agents().await.unwrap();
    let ada = agents.iter().find(|agent| agent.id == real.agent("Ada")).unwrap();
    assert_eq!(ada.name, "Ada");
    assert!(ada.updated.is_some());
    let groups = real.client.groups().await.unwrap();
    let group = groups.iter().find(|group| group.id == real.ids["group"]["id"].as_str().unwrap()).unwrap();
    assert_eq!((group.pattern.clone(), group.agents.len()), (Pattern::RoundRobin, 3));
    assert_eq!(group.description, "Three at a table");
}

#[tokio::test]
#[ignore = "needs a real server"]
async fn an_answer_streams_and_is_in_the_history() {
    let real = real();
    let agent = real.agent("Ada");
    let words = real.words("Hello there");
    let (events, ending) = all(real.client.say(&Target::Agent(agent.clone()), &words).await.unwrap()).await;
    assert_eq!(ending, Ending::Finished, "{events:#?}");
    assert!(said(&events).contains("You said: Hello there"), "{events:#?}");
    let history = real.client.agent_messages(&agent, &Page { limit: 50, ..Page::default() }).await.unwrap();
    assert!(history.iter().any(|event| event.head.otid.as_deref() == Some(&words.otid)), "our otid comes back");
    assert!(said(&history).contains("You said: Hello there"));
}

#[tokio::test]
#[ignore = "needs a real server"]
async fn a_request_waits_and_is_answered_both_ways() {
    let real = real();
    let agent = real.agent("Bert");
    for (approve, reason) in [(true, None), (false, Some("Not that one."))] {
        let (events, ending) =
            all(real.client.say(&Target::Agent(agent.clone()), &real.words("delete it")).await.unwrap()).await;
        assert_eq!(ending, Ending::Finished, "{events:#?}");
        let pending = real.client.pending_approval(&agent).await.unwrap().expect("a request waits");
        let Body::ApprovalRequest(calls) = &pending.body else { panic!("{pending:?}") };
        // Talk in the foreground has no runs in 0.11.7.
        let by_run = real.client.pending_by_run(&Target::Agent(agent.clone())).await.unwrap();
        let of_run = by_run.as_ref().map(|by_run| (&by_run.head.id, &by_run.body));
        assert_eq!(of_run, (!real.is_old()).then_some((&pending.head.id, &pending.body)));
        let call = ToolCallId::from(calls.pieces[0].id.clone().unwrap());
        assert_eq!(calls.pieces[0].name.as_deref(), Some("delete_file"));
        let decision = Decision { approve, reason: reason.map(str::to_owned), at: None };
        let answer = Answer {
            request: pending.head.id.clone().unwrap(),
            decisions: vec![(call, decision)],
            not_run: Vec::new(),
            mode: Mode::Steps,
            extras: letta::Extras::default(),
        };
        let (events, ending) = all(real.client.decide(&agent, &answer).await.unwrap()).await;
        assert_eq!(ending, Ending::Finished, "{events:#?}");
        assert!(!said(&events).is_empty(), "the agent goes on: {events:#?}");
        assert!(real.client.pending_approval(&agent).await.unwrap().is_none());
        assert!(real.client.pending_by_run(&Target::Agent(agent.clone())).await.unwrap().is_none(), "it was decided");
    }
}

#[tokio::test]
#[ignore = "needs a real server"]
async fn stop_ends_a_run() {
    let real = real();
    let agent = real.agent("Cora");
    let mut turn = real
        .client
        .say(&Target::Agent(agent.clone()), &Words { mode: Mode::Tokens, ..real.words("slow") })
        .await
        .unwrap();
    loop {
        match turn.next().await {
            Heard::Event(event) if matches!(event.body, Body::Assistant(_)) => break,
            Heard::Event(_) => {}
            Heard::Over(ending) => panic!("{ending:?}"),
        }
    }
    let run = turn.run().cloned();
    assert!(real.client.cancel(&agent, run.as_ref()).await.unwrap());
    if real.is_old() {
        return; // says so and goes on to the end
    }
    let (_, ending) = all(turn).await;
    assert_eq!(ending, Ending::Finished);
    // Without Redis nothing runs any more; with it the agent's latest run is found, and stopping one that is over is no error.
    let redis = std::env::var("TERTULIA_REAL_REDIS").is_ok_and(|redis| redis == "yes");
    assert_eq!(real.client.cancel(&agent, None).await.unwrap(), redis);
}

#[tokio::test]
#[ignore = "needs a real server"]
async fn a_model_that_fails_is_a_failed_turn_in_words() {
    let real = real();
    let (events, ending) =
        all(real.client.say(&Target::Agent(real.agent("Dora")), &real.words("error 429")).await.unwrap()).await;
    let Ending::Failed(trouble) = ending else { panic!("{ending:?} {events:#?}") };
    assert_eq!(trouble.what, "The model's provider asks for a pause: too many requests.", "{trouble:?}");
}

#[tokio::test]
#[ignore = "needs a real server"]
async fn a_group_talks_or_says_why_not() {
    let real = real();
    let group = Target::Group(real.ids["group"]["id"].as_str().unwrap().to_owned());
    match real.client.say(&group, &real.words("Good evening")).await {
        Ok(turn) => {
            assert!(real.is_old());
            let (events, ending) = all(turn).await;
            assert_eq!(ending, Ending::Finished, "{events:#?}");
            for name in ["Hugo", "Ida", "Jonas"] {
                assert!(said(&events).contains(&format!("this is {name}")), "{events:#?}");
            }
        }
        Err(error) => {
            assert!(!real.is_old(), "{error:?}");
            assert!(matches!(error, Error::NoGroups { .. }), "{error:?}");
            assert!(error.message().contains("0.16.5"), "{error}");
        }
    }
}

#[tokio::test]
#[ignore = "needs a real server"]
async fn a_probe_finds_it_and_tells_a_wrong_password() {
    let real = real();
    let key = std::env::var("TERTULIA_REAL_KEY").unwrap();
    let typed = real.client.base().trim_start_matches("http://").to_owned();
    let server = letta::probe(&typed, Some(&key)).await.outcome.unwrap();
    assert_eq!(server.version, real.version);
    let refused = letta::probe(&typed, Some("wrong")).await.outcome.unwrap_err();
    assert!(refused.key_refused);
    assert_eq!(refused.what, "This server did not accept the password.");
}
