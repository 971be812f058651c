//! Every recording of a real server: the items it becomes and the changes that lead there, compared with golden files. Regenerate
//! with `UPDATE_GOLDENS=1 cargo test -p letta --test wire`, then read the difference.

use crate::fixture::{self, Recording};
use letta::{Cast, End, Event, Timeline, replay};
use model::{Change, Item, Speaker, apply};
use serde_json::{Value, json};

fn cast(recording: &Recording) -> Cast {
    if recording.is_group() { Cast::default() } else { Cast::solo(Speaker { id: None, name: "Mona".to_owned() }) }
}

/// The server's clock stands for ours.
fn now(event: &Event, before: i64) -> i64 {
    event.head.date.unwrap_or(before).max(before)
}

#[test]
fn items_of_every_recording() {
    let wrong: Vec<String> = fixture::all()
        .iter()
        .filter_map(|recording| {
            let items = replay::replay(&recording.bytes, recording.is_group());
            recording.check("items.json", &Value::Array(items)).err()
        })
        .collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn changes_of_every_stream() {
    let mut wrong = Vec::new();
    for recording in fixture::streams() {
        let mut timeline = Timeline::new(cast(&recording));
        let mut at = 0;
        let mut steps = Vec::new();
        for event in fixture::events(&recording.name) {
            at = now(&event, at);
            let changes = timeline.receive(&event, at);
            if !changes.is_empty() {
                steps.push(json!(changes));
            }
        }
        wrong.extend(recording.check("changes.json", &Value::Array(steps)).err());
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a listener has that only hears changes is what the timeline has, after every single event.
#[test]
fn changes_tell_everything() {
    for recording in fixture::streams() {
        let mut timeline = Timeline::new(cast(&recording));
        let mut heard: Vec<Item> = Vec::new();
        let mut hear = |changes: Vec<Change>, timeline: &Timeline| {
            changes.into_iter().for_each(|change| apply(&mut heard, change));
            assert_eq!(heard, timeline.items(), "{}", recording.name);
            assert!(heard.is_sorted_by_key(|item| item.position), "{}", recording.name);
        };
        hear(timeline.sent("7b7e0a48-6edb-4c46-93d8-dc7943886a2b", "Hello", &[], 1), &timeline);
        for event in fixture::events(&recording.name) {
            hear(timeline.receive(&event, 2), &timeline);
        }
        hear(timeline.end(End::Stopped, 3), &timeline);
    }
}

/// Killed and started again after any event, the items are those of a run that nobody disturbed.
#[test]
fn a_restart_after_any_event_changes_nothing() {
    for recording in fixture::streams() {
        let events = fixture::events(&recording.name);
        let mut whole = Timeline::new(cast(&recording));
        let mut before = vec![Vec::new()];
        for event in &events {
            whole.receive(event, 7);
            before.push(whole.items().to_vec());
        }
        for (done, items) in before.into_iter().enumerate() {
            let mut again = Timeline::new(cast(&recording));
            let stored = serde_json::to_string(&items).unwrap();
            again.load(serde_json::from_str(&stored).unwrap());
            for event in &events[done..] {
                again.receive(event, 7);
            }
            assert_eq!(again.items(), whole.items(), "{} after {done} events", recording.name);
        }
    }
}

/// A finished run leaves nothing open but what waits for the user.
#[test]
fn nothing_is_left_open() {
    for recording in fixture::streams() {
        let mut timeline = Timeline::new(cast(&recording));
        for event in fixture::events(&recording.name) {
            timeline.receive(&event, 1);
        }
        for end in [End::Finished, End::Interrupted { why: "The line broke.".to_owned() }, End::Stopped] {
            let mut timeline = timeline.clone();
            timeline.end(end.clone(), 2);
            for item in timeline.items() {
                let open = matches!(item.state(), Some("streaming" | "writing" | "sending" | "deciding"));
                assert!(!open, "{} after {end:?}: {item:?}", recording.name);
            }
        }
    }
}
