//! History ≡ stream: every stored page of a recording beside every stream that has a message in common with it. The pairs are found,
//! not listed: a new recording is compared with all others.

use std::collections::HashSet;

use letta::event::Said;
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

fn is_end(event: &Event) -> bool {
    matches!(event.body, Body::StopReason { .. } | Body::Error(_) | Body::Usage { .. } | Body::Done)
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
            // What is concluded, not told: from whichever events came first.
            (call.stuck, call.foreign) = (None, false);
            call.decision = call.decision.take().filter(|decision| !decision.approve || decision.at.is_some());
            if let Ok(arguments) = serde_json::from_str::<serde_json::Value>(&call.arguments) {
                call.arguments = arguments.to_string();
            }
        }
        // Ours keeps the name that it was sent under, which servers up to 0.11.7 forget.
        Content::User { .. } => item.id = "user".into(),
        Content::Assistant { .. } | Content::Notice(_) | Content::Error(_) | Content::Gap | Content::Round { .. } => {}
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

/// A page with the streams that have something of it, in the page's order.
struct Chain<'s> {
    page: Recording,
    events: Vec<Event>,
    streams: Vec<&'s Stream>,
}

impl Chain<'_> {
    fn here(&self) -> Vec<&str> {
        messages(&self.events)
    }

    /// The user's words that a stream answers, with their otid; none where it answers a decision.
    fn asked(&self, stream: &Stream) -> Option<(String, String)> {
        let theirs = messages(&stream.events);
        let first =
            self.events.iter().position(|event| event.head.id.as_deref().is_some_and(|id| theirs.contains(&id)));
        match &self.events[first?.checked_sub(1)?] {
            Event { head, body: Body::User(Said::Words(words)) } => {
                // Servers up to 0.11.7 forget it.
                let otid = head.otid.clone().unwrap_or_else(|| "7b7e0a48-6edb-4c46-93d8-dc7943886a2b".to_owned());
                Some((otid, words.text.clone()))
            }
            _ => None,
        }
    }

    /// The page by itself.
    fn stored(&self) -> Timeline {
        let mut stored = Timeline::new(cast(&self.page));
        stored.newest(&self.events, 5_000);
        stored
    }

    /// What differs once the page is merged: the list must be the page, in its order, whatever was streamed before.
    fn differs(&self, timeline: &Timeline, stored: &Timeline) -> Option<String> {
        let ids: HashSet<_> = stored.items().iter().map(|item| &item.id).collect();
        let of_page = |item: &&Item| matches!(item.content, Content::User { .. }) || ids.contains(&item.id);
        let merged: Vec<Item> = timeline.items().iter().filter(of_page).map(told).collect();
        let alone: Vec<Item> = stored.items().iter().map(told).collect();
        if merged != alone {
            let at = merged.iter().zip(&alone).take_while(|(ours, theirs)| ours == theirs).count();
            let (ours, theirs) = (merged.get(at).map(json), alone.get(at).map(json));
            return Some(format!("after merging, row {at} is\n{ours:?}\nand in history\n{theirs:?}"));
        }
        let here = self.here();
        let left = |item: &&Item| of_agent(item) && here.contains(&stem(item)) && !ids.contains(&item.id);
        timeline.items().iter().find(left).map(|item| format!("{} stands beside what history has", item.id))
    }
}

fn chains(streams: &[Stream]) -> Vec<Chain<'_>> {
    let pages = fixture::all().into_iter().filter(|recording| !recording.streamed);
    let chain = |page: Recording| {
        let events = fixture::page(&page.name);
        let here = messages(&events);
        let mut chain: Vec<(usize, &Stream)> = Vec::new();
        for stream in streams.iter().filter(|stream| comparable(&page, &stream.recording)) {
            let theirs: HashSet<&str> = messages(&stream.events).into_iter().collect();
            chain.extend(here.iter().position(|id| theirs.contains(id)).map(|at| (at, stream)));
        }
        chain.sort_by_key(|(at, _)| *at);
        let streams = chain.into_iter().map(|(_, stream)| stream).collect();
        Chain { page, events, streams }
    };
    pages.map(chain).filter(|chain| !chain.streams.is_empty()).collect()
}

fn lost() -> End {
    End::Interrupted { why: "The client left.".to_owned() }
}

#[test]
fn every_page_is_what_was_streamed() {
    let streams = streams();
    let (mut pairs, mut compared) = (0, 0);
    let mut wrong = Vec::new();
    for chain in chains(&streams) {
        let (page, here, stored) = (&chain.page.name, chain.here(), chain.stored());
        let mut timeline = Timeline::new(cast(&chain.page));
        let mut whole = true;
        for stream in &chain.streams {
            pairs += 1;
            whole &= stream.whole;
            stream.events.iter().for_each(|event| drop(timeline.receive(event, 1_000)));
            timeline.end(if stream.whole { End::Finished } else { lost() }, 2_000);
        }
        let named = |list: &Timeline, stem_of: &Item| -> Vec<String> {
            let same = list.items().iter().filter(of_agent).filter(|item| stem(item) == stem(stem_of));
            same.map(|item| item.id.to_string()).collect()
        };
        for item in timeline.items().iter().filter(of_agent) {
            let Some(other) = stored.items().iter().find(|other| other.id == item.id) else {
                if here.contains(&stem(item)) {
                    wrong.push(format!("{page}: {} is not in history", item.id));
                }
                continue;
            };
            compared += 1;
            wrong.extend(difference(item, other, whole).map(|how| format!("{page}: {how}")));
            if whole && named(&timeline, item) != named(&stored, item) {
                wrong.push(format!("{page}: parts {:?} and {:?}", named(&timeline, item), named(&stored, item)));
            }
        }
        timeline.newest(&chain.events, 5_000);
        wrong.extend(chain.differs(&timeline, &stored).map(|how| format!("{page}: {how}")));
        let again = timeline.newest(&chain.events, 6_000);
        if !again.is_empty() {
            wrong.push(format!("{page}: a second time it changes {again:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(pairs >= 65 && compared >= 100, "only {pairs} pairs and {compared} items were compared");
}

/// A plain stream that is cut is not resumed: the run ends at the server, and the newest page has what is missing. Cut behind any
/// event, the list is then that of the page, and nothing says any more that it was interrupted.
#[test]
fn a_stream_cut_behind_any_event_is_whole_after_its_page() {
    let streams = streams();
    let mut cuts = 0;
    let mut wrong = Vec::new();
    for chain in chains(&streams) {
        let (page, here, stored) = (&chain.page.name, chain.here(), chain.stored());
        let Some((last, before)) = chain.streams.split_last() else { continue };
        let all_here = messages(&last.events).iter().all(|id| here.contains(id));
        // A client gives each of its messages an otid of its own (recording 0.16.8/otid-second did not).
        let users = chain.events.iter().filter(|event| matches!(event.body, Body::User(_)));
        let otids: Vec<_> = users.filter_map(|event| event.head.otid.as_deref()).collect();
        let once = otids.iter().collect::<HashSet<_>>().len() == otids.len();
        if !all_here || !once || !chain.streams.iter().all(|stream| stream.whole) {
            continue;
        }
        // Behind the first word of an end there is no cut. What failed at the server is not made whole by its history.
        let failed = last.events.iter().any(|event| matches!(event.body, Body::Error(_)));
        let end = last.events.iter().position(is_end).unwrap_or_default();
        let asked = chain.asked(last);
        for until in 0..=end {
            let mut timeline = Timeline::new(cast(&chain.page));
            for stream in before {
                stream.events.iter().for_each(|event| drop(timeline.receive(event, 1_000)));
                timeline.end(End::Finished, 2_000);
            }
            if let Some((otid, words)) = &asked {
                timeline.sent(otid, words, &[], 3_000);
            }
            last.events[..until].iter().for_each(|event| drop(timeline.receive(event, 3_000)));
            timeline.end(lost(), 4_000);
            timeline.newest(&chain.events, 5_000);
            cuts += 1;
            wrong.extend(chain.differs(&timeline, &stored).map(|how| format!("{page}, cut behind {until}: {how}")));
            let mark = timeline.items().iter().find(|item| item.id.as_str().starts_with("cut/"));
            if let Some(mark) = mark.filter(|_| !failed) {
                wrong.push(format!("{page}, cut behind {until} of {}: still {}", last.recording.name, json(mark)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cuts} cuts differ:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(cuts > 150, "only {cuts} cuts");
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
