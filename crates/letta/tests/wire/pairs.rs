//! History ≡ stream: every stored page of a recording beside every stream that has a message in common with it. The pairs are found,
//! not listed: a new recording is compared with all others.

use std::collections::HashSet;

use letta::{Body, Cast, End, Event, Timeline};
use model::{Content, Item, Notice, Speaker};

use crate::fixture::{self, Recording};

fn cast(recording: &Recording) -> Cast {
    if recording.is_group() { Cast::default() } else { Cast::solo(Speaker { id: None, name: "Mona".to_owned() }) }
}

/// The server's messages that events are about, in order.
fn messages(events: &[Event]) -> Vec<&str> {
    let ids = events.iter().filter(|event| event.body != Body::Ping).filter_map(|event| event.head.id.as_deref());
    ids.filter(|id| id.starts_with("message-")).collect()
}

/// A stream with its events; `whole`: the server ended it.
struct Stream {
    recording: Recording,
    events: Vec<Event>,
    whole: bool,
}

fn streams() -> Vec<Stream> {
    let stream = |recording: Recording| {
        let events = fixture::events(&recording.name);
        let is_end =
            |event: &Event| matches!(event.body, Body::StopReason { .. } | Body::Error(_) | Body::Usage { .. });
        let whole = events.iter().any(is_end);
        Stream { recording, events, whole }
    };
    fixture::streams().into_iter().map(stream).collect()
}

/// Whether both are of the same conversation, as the app asks for it. The members of a group have copies of their own of what was
/// said there, under names of their own. Never asked for: `use_assistant_message=false`, and the messages of a step, among which
/// memgpt's words are not.
fn comparable(page: &Recording, stream: &Recording) -> bool {
    let asked_for =
        !["list-messages-use-assistant-false", "step-messages"].iter().any(|name| page.name.ends_with(name));
    page.is_group() == stream.is_group() && asked_for
}

/// Without what only a stream knows (time) and what only history spells (runs, steps), and with the arguments' spaces as JSON has
/// them: a memgpt agent's stream has others than its history.
fn told(item: &Item) -> Item {
    let mut item = item.clone();
    (item.at, item.position, item.run, item.step) = (0, 0, None, None);
    match &mut item.content {
        Content::Reasoning { took, .. } => *took = None,
        Content::Tool(call) => {
            call.took = None;
            if let Ok(arguments) = serde_json::from_str::<serde_json::Value>(&call.arguments) {
                call.arguments = arguments.to_string();
            }
        }
        Content::User { .. }
        | Content::Assistant { .. }
        | Content::Notice(_)
        | Content::Error(_)
        | Content::Gap
        | Content::Round { .. } => {}
    }
    item
}

/// What the agent said, thought and did.
fn of_agent(item: &&Item) -> bool {
    matches!(item.content, Content::Assistant { .. } | Content::Reasoning { .. } | Content::Tool(_))
}

fn stem(item: &Item) -> &str {
    item.id.as_str().split('/').next().unwrap_or_default()
}

/// How a pair differs, in words; none if it does not.
fn difference(streamed: &Item, stored: &Item, whole: bool) -> Option<String> {
    let (streamed, mut stored) = (told(streamed), told(stored));
    if !whole {
        // The client left: history has the rest.
        let (half, all) = (streamed.clone().growing_text()?.clone(), stored.growing_text()?.clone());
        return (!all.starts_with(&half)).then(|| format!("{half:?} is not the beginning of {all:?}"));
    }
    let open = |item: &Item| matches!(item.state(), Some("waiting" | "running" | "stopped"));
    if let (Content::Tool(ours), Content::Tool(theirs)) = (&streamed.content, &mut stored.content)
        && open(&streamed)
    {
        // What was answered later, in a request whose stream was not recorded.
        theirs.state = ours.state.clone();
        theirs.decision = ours.decision.clone();
    }
    (streamed != stored).then(|| format!("streamed\n{}\nstored\n{}", json(&streamed), json(&stored)))
}

fn json(item: &Item) -> String {
    serde_json::to_string(item).unwrap()
}

#[test]
fn every_page_is_what_was_streamed() {
    let streams = streams();
    let (mut pairs, mut compared) = (0, 0);
    let mut wrong = Vec::new();
    for page in fixture::all().iter().filter(|recording| !recording.streamed) {
        let events = fixture::page(&page.name);
        let here = messages(&events);
        // Each stream that has something of this page, in the page's order.
        let mut chain: Vec<(usize, &Stream)> = Vec::new();
        for stream in streams.iter().filter(|stream| comparable(page, &stream.recording)) {
            let theirs: HashSet<&str> = messages(&stream.events).into_iter().collect();
            chain.extend(here.iter().position(|id| theirs.contains(id)).map(|at| (at, stream)));
        }
        chain.sort_by_key(|(at, _)| *at);
        if chain.is_empty() {
            continue;
        }
        let mut stored = Timeline::new(cast(page));
        stored.newest(&events, 5_000);
        let mut timeline = Timeline::new(cast(page));
        let mut whole = true;
        for (_, stream) in &chain {
            pairs += 1;
            whole &= stream.whole;
            stream.events.iter().for_each(|event| drop(timeline.receive(event, 1_000)));
            let lost = || End::Interrupted { why: "The client left.".to_owned() };
            timeline.end(if stream.whole { End::Finished } else { lost() }, 2_000);
        }
        let named = |list: &Timeline, stem_of: &Item| -> Vec<String> {
            let same = list.items().iter().filter(of_agent).filter(|item| stem(item) == stem(stem_of));
            same.map(|item| item.id.to_string()).collect()
        };
        for item in timeline.items().iter().filter(of_agent) {
            let Some(other) = stored.items().iter().find(|other| other.id == item.id) else {
                if here.contains(&stem(item)) {
                    wrong.push(format!("{}: {} is not in history", page.name, item.id));
                }
                continue;
            };
            compared += 1;
            wrong.extend(difference(item, other, whole).map(|how| format!("{}: {how}", page.name)));
            if whole && named(&timeline, item) != named(&stored, item) {
                wrong.push(format!("{}: parts {:?} and {:?}", page.name, named(&timeline, item), named(&stored, item)));
            }
        }
        // Once the page is merged, the list is the page, in its order, whatever was streamed before.
        timeline.newest(&events, 5_000);
        let ids: HashSet<_> = stored.items().iter().map(|item| &item.id).collect();
        let merged: Vec<Item> = timeline.items().iter().filter(|item| ids.contains(&item.id)).map(told).collect();
        let alone: Vec<Item> = stored.items().iter().map(told).collect();
        if merged != alone {
            let at = merged.iter().zip(&alone).take_while(|(ours, theirs)| ours == theirs).count();
            let (ours, theirs) = (merged.get(at).map(json), alone.get(at).map(json));
            wrong.push(format!("{}: after merging, row {at} is\n{ours:?}\nand in history\n{theirs:?}", page.name));
        }
        let again = timeline.newest(&events, 6_000);
        if !again.is_empty() {
            wrong.push(format!("{}: a second time it changes {again:#?}", page.name));
        }
        let left = |item: &&Item| of_agent(item) && here.contains(&stem(item)) && !ids.contains(&item.id);
        for item in timeline.items().iter().filter(left) {
            wrong.push(format!("{}: {} stands beside what history has", page.name, item.id));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(pairs >= 65 && compared >= 100, "only {pairs} pairs and {compared} items were compared");
    println!("{pairs} pairs, {compared} items");
}

/// The server's own notices are in both or in one as the server says, never doubled.
#[test]
fn a_compaction_stands_once_after_its_page_is_read() {
    for name in ["0.16.8/overflow-compaction-steps", "0.16.8/overflow-compaction-steps-include"] {
        let mut timeline = Timeline::new(Cast::solo(Speaker { id: None, name: "Mona".to_owned() }));
        fixture::events(name).iter().for_each(|event| drop(timeline.receive(event, 1)));
        timeline.end(End::Finished, 2);
        timeline.newest(&fixture::page(&format!("{name}-history")), 3);
        let notices =
            timeline.items().iter().filter(|item| matches!(item.content, Content::Notice(Notice::Compacted { .. })));
        assert_eq!(notices.count(), 1, "{name}: {:#?}", timeline.items());
    }
}
