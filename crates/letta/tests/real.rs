//! The client against a real Letta server that `cargo xtask test --real VERSION` starts and names in the environment. Ignored
//! otherwise: the recordings and the stand-in servers of the other tests cover the rest.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use letta::{Answer, Body, Charter, Client, Ending, Error, Event, Heard, Mode, Page, Target, Turn, Words};
use model::{AgentId, Decision, Pattern, ToolCallId, Way};
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

    /// The members of the group, by their seats.
    fn member(&self, seat: usize) -> AgentId {
        self.ids["group"]["members"][seat].as_str().unwrap().into()
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
    assert_eq!((group.pattern(), group.agents.len()), (Pattern::RoundRobin, 3));
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

/// What a group is made as is what the list tells of it, and what it is changed to is what it is.
#[tokio::test]
#[ignore = "needs a real server"]
async fn a_group_of_each_way_is_made_changed_and_deleted() {
    let real = real();
    let [hugo, ida, jonas] = [0, 1, 2].map(|seat| real.member(seat));
    let (first, second) = (hugo.clone(), ida.clone());
    let ways = [
        (Way::RoundRobin { turns: Some(2) }, Way::RoundRobin { turns: None }),
        (Way::Supervisor { lead: first.clone() }, Way::Supervisor { lead: second.clone() }),
        (
            Way::Dynamic { manager: first.clone(), turns: Some(4), ends_with: None },
            Way::Dynamic { manager: second.clone(), turns: Some(3), ends_with: Some("ENOUGH".to_owned()) },
        ),
        (
            Way::Sleeptime { talks: first.clone(), every: None },
            Way::Sleeptime { talks: second.clone(), every: Some(3) },
        ),
    ];
    for (way, another) in ways {
        let without = |way: &Way| {
            let all = [&hugo, &ida, &jonas].into_iter().cloned();
            all.filter(|agent| way.chair() != Some(agent)).collect::<Vec<_>>()
        };
        let charter = Charter { description: "Made here\nfor a test".to_owned(), agents: without(&way), way };
        let made = real.client.make_group(&charter).await.unwrap();
        assert_eq!((&made.description, &made.agents), (&charter.description, &charter.agents), "{made:?}");
        let mut turned: Vec<AgentId> = without(&another);
        turned.reverse();
        let charter = Charter { description: "Another name".to_owned(), agents: turned, way: another };
        let changed = real.client.change_group(&made, &charter).await.unwrap();
        let read = real.client.group(&made.id).await.unwrap();
        assert_eq!(changed, read);
        assert_eq!((&read.description, &read.agents), (&charter.description, &charter.agents), "{read:?}");
        assert_eq!(read.way.chair(), charter.way.chair());
        // What is left to the server is said in numbers where it was another number before.
        let expected = match charter.way.clone() {
            Way::RoundRobin { turns: None } => Way::RoundRobin { turns: Some(3) },
            way => way,
        };
        assert_eq!(read.way, expected);
        let other = Charter { way: Way::RoundRobin { turns: None }, ..charter.clone() };
        if read.way.word() != "round_robin" {
            let refused = real.client.change_group(&read, &other).await.unwrap_err();
            assert!(refused.message().contains("Make another group"), "{refused}");
        }
        real.client.delete_group(&made.id).await.unwrap();
        real.client.delete_group(&made.id).await.unwrap();
        assert!(matches!(real.client.group(&made.id).await, Err(Error::NotFound { .. })));
        assert!(matches!(real.client.change_group(&read, &charter).await, Err(Error::NotFound { .. })));
    }
    let ghost = AgentId::from("agent-00000000-0000-4000-8000-000000000000");
    let way = Way::RoundRobin { turns: None };
    let charter = Charter { description: "Ghost".to_owned(), agents: vec![ghost], way };
    let refused = real.client.make_group(&charter).await.unwrap_err();
    assert!(refused.message().contains("no longer on the server"), "{refused:?}");
}

#[tokio::test]
#[ignore = "needs a real server"]
async fn what_was_said_in_a_group_is_taken_out() {
    let real = real();
    let agents = [0, 1].map(|seat| real.member(seat)).to_vec();
    let charter = Charter { description: "To be reset".to_owned(), agents, way: Way::RoundRobin { turns: None } };
    let made = real.client.make_group(&charter).await.unwrap();
    let target = Target::Group(made.id.clone());
    if real.is_old() {
        let (_, ending) = all(real.client.say(&target, &real.words("Soon forgotten")).await.unwrap()).await;
        assert_eq!(ending, Ending::Finished);
        assert!(!real.client.group_messages(&made.id, &Page::default()).await.unwrap().is_empty());
    }
    real.client.reset_group(&made.id).await.unwrap();
    assert_eq!(real.client.group_messages(&made.id, &Page::default()).await.unwrap(), []);
    let hugo = real.client.agent_messages(&real.member(0), &Page { limit: 200, ..Page::default() }).await.unwrap();
    assert!(!said(&hugo).contains("Soon forgotten"), "its members forget it too");
    if real.is_old() {
        let (events, ending) = all(real.client.say(&target, &real.words("Good evening again")).await.unwrap()).await;
        assert_eq!(ending, Ending::Finished, "{events:#?}");
        assert!(said(&events).contains("this is Ida"), "it talks as before: {events:#?}");
    }
    real.client.delete_group(&made.id).await.unwrap();
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
