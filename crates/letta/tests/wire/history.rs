//! Stored history and streams meet at the same items: after a run, after a cut, after a restart, page by page. Each recorded page
//! beside each stream is `pairs`.

use crate::fixture;
use letta::{Body, Cast, End, Event, Timeline};
use model::{Content, Item, Notice, SendState, Speaker, ToolState};

fn mona() -> Cast {
    Cast::solo(Speaker { id: None, name: "Mona".to_owned() })
}

fn streamed(cast: Cast, streams: &[&str]) -> Timeline {
    let mut timeline = Timeline::new(cast);
    for name in streams {
        for event in fixture::events(name) {
            timeline.receive(&event, 1_000);
        }
        timeline.end(End::Finished, 2_000);
    }
    timeline
}

/// What both sides tell: without what only a stream knows (time, usage, ends) and what only history spells (runs, steps).
fn told(items: &[Item]) -> Vec<Item> {
    items
        .iter()
        .filter(|item| !matches!(item.content, Content::Notice(Notice::Usage { .. } | Notice::Ended { .. })))
        .cloned()
        .map(|mut item| {
            (item.at, item.position, item.run, item.step) = (0, 0, None, None);
            match &mut item.content {
                Content::Reasoning { took, .. } => *took = None,
                Content::Tool(call) => {
                    call.took = None;
                    // A memgpt agent's stream has other spaces between the arguments than its history.
                    let arguments: serde_json::Value = serde_json::from_str(&call.arguments).unwrap_or_default();
                    call.arguments = arguments.to_string();
                }
                _ => {}
            }
            item
        })
        .collect()
}

/// The items of `stored` that `streamed` has, in order.
fn same_turn(streamed: &Timeline, stored: &Timeline) -> Vec<Item> {
    let ids: Vec<_> = streamed.items().iter().map(|item| item.id.clone()).collect();
    told(stored.items()).into_iter().filter(|item| ids.contains(&item.id)).collect()
}

#[test]
fn a_group_s_history_is_what_was_streamed() {
    for (stream, page) in [
        ("0.11.7/group-rr-stream-steps", "0.11.7/group-rr-list-asc"),
        ("0.11.7/group-rr-stream-tokens", "0.11.7/group-rr-list-asc"),
        ("0.11.7/group-rr4-stream-steps", "0.11.7/group-rr4-list-asc"),
    ] {
        let streamed = streamed(Cast::default(), &[stream]);
        let mut stored = Timeline::new(Cast::default());
        stored.newest(&fixture::page(page), 5_000);
        assert_eq!(same_turn(&streamed, &stored), told(streamed.items()), "{page}");
        let users = stored.items().iter().filter(|item| matches!(item.content, Content::User { .. })).count();
        assert_eq!(users, 3, "{page}: the user's words stand once");
    }
}

/// After the run, the newest page changes nothing but what history knows better.
#[test]
fn reading_the_newest_page_after_the_run_keeps_the_list() {
    let mut timeline = streamed(mona(), &["0.16.8/approval-request-tokens-v1", "0.16.8/approval-approve-tokens-v1"]);
    let before = told(timeline.items());
    let page = fixture::page("0.16.8/approval-after-list-tokens-v1");
    timeline.newest(&page, 5_000);
    let ids: Vec<_> = before.iter().map(|item| item.id.clone()).collect();
    let kept: Vec<Item> = told(timeline.items()).into_iter().filter(|item| ids.contains(&item.id)).collect();
    assert_eq!(kept, before);
    assert_eq!(timeline.newest(&page, 6_000), [], "a second time nothing is left to change");
}

#[test]
fn pages_in_any_order_make_the_same_list() {
    let page = fixture::page("0.16.8/list-messages-asc");
    let mut whole = Timeline::new(mona());
    whole.newest(&page, 1);
    // Pages are cut between rows, as the server does.
    let mut rows: Vec<Vec<Event>> = Vec::new();
    for event in page {
        match rows.last_mut() {
            Some(row) if row[0].head.id == event.head.id => row.push(event),
            _ => rows.push(vec![event]),
        }
    }
    for cut in 1..rows.len() {
        let (older, newer) = (rows[..cut].concat(), rows[cut..].concat());
        let mut upwards = Timeline::new(mona());
        upwards.newest(&newer, 1);
        upwards.older(&older, 1);
        assert_eq!(told(upwards.items()), told(whole.items()), "upwards, cut at {cut}");
        let mut downwards = Timeline::new(mona());
        downwards.newest(&older, 1);
        downwards.newest(&newer, 1);
        assert_eq!(told(downwards.items()), told(whole.items()), "downwards, cut at {cut}");
        let mut overlapping = Timeline::new(mona());
        overlapping.newest(&rows[cut.saturating_sub(2)..].concat(), 1);
        overlapping.older(&older, 1);
        assert_eq!(told(overlapping.items()), told(whole.items()), "overlapping, cut at {cut}");
    }
}

/// Only the end of the saved items is loaded: what a page has above it is left out, and its places are not taken.
#[test]
fn a_page_can_be_read_from_the_first_known_message_on() {
    let page = fixture::page("0.16.8/list-messages-asc");
    let mut whole = Timeline::new(mona());
    whole.newest(&page, 1);
    let tail = whole.items()[12..].to_vec();
    let mut loaded = Timeline::new(mona());
    loaded.load(tail.clone());
    assert_eq!(loaded.newest(loaded.clone().from_known(&page), 2), []);
    assert_eq!(loaded.items(), tail);
    assert_eq!(Timeline::new(mona()).from_known(&page).len(), page.len());
}

#[test]
fn a_cut_run_heals_from_history() {
    let asked =
        fixture::page("0.16.8/parallel-tools-list-tokens").into_iter().find_map(|event| event.head.otid).unwrap();
    for cut in 0..12 {
        let mut timeline = Timeline::new(mona());
        timeline.sent(&asked, "Weather in Oslo and Rome", &[], 0);
        for event in fixture::events("0.16.8/parallel-tools-tokens").iter().take(cut) {
            timeline.receive(event, 1);
        }
        timeline.end(End::Interrupted { why: "The network is gone.".to_owned() }, 2);
        assert!(matches!(timeline.items().last().unwrap().content, Content::Error(_)));
        timeline.newest(&fixture::page("0.16.8/parallel-tools-list-tokens"), 3);
        let mut stored = Timeline::new(mona());
        stored.newest(&fixture::page("0.16.8/parallel-tools-list-tokens"), 3);
        let healed: Vec<_> = told(timeline.items()).into_iter().map(|item| item.content).collect();
        let expected: Vec<_> = told(stored.items()).into_iter().map(|item| item.content).collect();
        assert_eq!(healed.len(), expected.len(), "cut after {cut}: {healed:#?}");
        assert!(expected.iter().all(|content| healed.contains(content)), "cut after {cut}");
    }
}

/// The local row and the stored message are one: by otid, and on servers that forget it, by their place and words.
#[test]
fn the_user_s_row_is_confirmed_by_history() {
    let words = |timeline: &Timeline| -> Vec<(String, SendState)> {
        let rows = timeline.items().iter().filter_map(|item| match &item.content {
            Content::User { text, state, .. } => Some((text.clone(), state.clone())),
            _ => None,
        });
        rows.collect()
    };
    let mut timeline = Timeline::new(mona());
    timeline.sent("7b7e0a48-6edb-4c46-93d8-dc7943886a2b", "Delete /tmp/example.txt", &[], 1);
    timeline.end(End::Interrupted { why: "The network is gone.".to_owned() }, 2);
    assert!(matches!(words(&timeline)[0].1, SendState::Failed { .. }));
    timeline.newest(&fixture::page("0.16.8/approval-pending-list-tokens-v1"), 3);
    assert_eq!(words(&timeline), [("Delete /tmp/example.txt".to_owned(), SendState::Sent)]);
    assert!(!timeline.items().iter().any(|item| matches!(item.content, Content::Error(_))), "healed");

    let mut group = Timeline::new(Cast::default());
    for (otid, text, stream) in [
        ("b0b00000-0000-4000-8000-000000000001", "Hello everybody, please greet me.", "0.11.7/group-rr-stream-steps"),
        ("b0b00000-0000-4000-8000-000000000002", "Hello everybody, once more.", "0.11.7/group-rr-stream-tokens"),
    ] {
        group.sent(otid, text, &[], 1);
        for event in fixture::events(stream) {
            group.receive(&event, 2);
        }
    }
    let ours: Vec<_> = group.items().iter().map(|item| item.id.clone()).collect();
    group.newest(&fixture::page("0.11.7/group-rr-list-asc"), 3);
    assert_eq!(words(&group).len(), 3, "two of ours and one from elsewhere");
    assert!(ours.iter().all(|id| group.items().iter().any(|item| item.id == *id)), "no row of ours was replaced");
}

#[test]
fn a_request_answered_elsewhere_changes_its_row() {
    let mut timeline = streamed(mona(), &["0.16.8/approval-request-tokens-v1"]);
    let waits = timeline.items().iter().filter_map(Item::tool).any(|call| call.state == ToolState::AwaitingApproval);
    assert!(waits);
    timeline.newest(&fixture::page("0.16.8/approval-after-list-tokens-v1"), 3);
    let call = timeline.items().iter().find_map(Item::tool).unwrap();
    assert!(matches!(&call.state, ToolState::Returned(returned) if returned.text == "Deleted /tmp/example.txt"));
    assert!(call.decision.as_ref().unwrap().approve);
}

#[test]
fn room_that_runs_out_is_made_anew() {
    let mut timeline = Timeline::new(mona());
    let mut heard: Vec<Item> = Vec::new();
    let event = |nth: usize| {
        Event::parse(&format!(
            r#"{{"id":"message-{nth:08}-0000-4000-8000-000000000000","message_type":"assistant_message","content":"{nth}"}}"#
        ))
    };
    let mut changes = timeline.newest(&[event(0), event(5_000)], 1);
    for nth in 1..1_500 {
        changes.extend(timeline.newest(&[event(nth - 1), event(nth), event(5_000)], 1));
    }
    assert!(
        changes.iter().any(|change| matches!(change, model::Change::Reset { .. })),
        "1,024 fit between two neighbours"
    );
    changes.into_iter().for_each(|change| model::apply(&mut heard, change));
    assert_eq!(heard, timeline.items());
    let texts: Vec<_> = timeline.items().iter().filter_map(|item| item.clone().growing_text().cloned()).collect();
    assert_eq!(texts.len(), 1_501);
    assert!(texts[..1_500].iter().enumerate().all(|(nth, text)| *text == nth.to_string()));
}

/// A page may end between a request and its answer.
#[test]
fn a_page_cut_between_a_request_and_its_return_loses_neither() {
    for name in [
        "0.16.8/approval-after-list-tokens-v1",
        "0.16.8/parallel-tools-list-steps",
        "0.16.8/cancel-pending-approval-history",
    ] {
        let page = fixture::page(name);
        let mut whole = Timeline::new(mona());
        whole.newest(&page, 1);
        for cut in 1..page.len() {
            if page[cut - 1].head.id == page[cut].head.id {
                continue;
            }
            let mut upwards = Timeline::new(mona());
            upwards.newest(&page[cut..], 1);
            upwards.older(&page[..cut], 1);
            let calls = |timeline: &Timeline| -> Vec<_> {
                timeline
                    .items()
                    .iter()
                    .filter_map(Item::tool)
                    .map(|call| (call.id.clone(), call.arguments.clone(), call.state.clone()))
                    .collect()
            };
            assert_eq!(calls(&upwards), calls(&whole), "{name}, cut at {cut}");
            let mut downwards = Timeline::new(mona());
            downwards.newest(&page[..cut], 1);
            downwards.newest(&page[cut..], 1);
            assert_eq!(told(downwards.items()), told(whole.items()), "{name}, cut at {cut}");
        }
    }
}

/// What the server has of a broken run is not yet the rest of it.
#[test]
fn a_run_that_broke_after_its_first_step_stays_broken_until_there_is_more() {
    let page = fixture::page("0.16.8/parallel-tools-list-tokens");
    let asked = page.iter().find_map(|event| event.head.otid.clone()).unwrap();
    let mut timeline = Timeline::new(mona());
    timeline.sent(&asked, "Weather in Oslo and Rome", &[], 0);
    let events = fixture::events("0.16.8/parallel-tools-tokens");
    let returned = events.iter().position(|event| matches!(event.body, Body::ToolReturns(_))).unwrap();
    events[..=returned].iter().for_each(|event| drop(timeline.receive(event, 1)));
    timeline.end(End::Interrupted { why: "The network is gone.".to_owned() }, 2);
    let is_told = |timeline: &Timeline| timeline.items().iter().any(|item| matches!(item.content, Content::Error(_)));
    let first_step: Vec<Event> =
        page.iter().filter(|event| !matches!(event.body, Body::Assistant(_))).cloned().collect();
    timeline.newest(&first_step, 3);
    assert!(is_told(&timeline));
    timeline.newest(&page, 4);
    assert!(!is_told(&timeline));
}

/// Only the end of a table's talk is loaded: its round marks stay though nobody knows who spoke above them.
#[test]
fn round_marks_above_the_first_question_stay() {
    let mut table = Timeline::new(Cast::default());
    let words = |nth: usize, name: &str| {
        Event::parse(&format!(
            r#"{{"id":"message-{nth:08}-0000-4000-8000-000000000000","name":"{name}","message_type":"assistant_message","content":"I am {name}."}}"#
        ))
    };
    let said: Vec<Event> =
        ["Alice", "Bob", "Alice", "Bob"].into_iter().enumerate().map(|(nth, name)| words(nth, name)).collect();
    said.iter().for_each(|event| drop(table.receive(event, 1)));
    table.end(End::Finished, 2);
    let mut tail = Timeline::new(Cast::default());
    tail.load(table.items()[1..].to_vec());
    assert_eq!(tail.items()[1].kind(), "round");
    assert_eq!(tail.newest(&said[1..], 3), []);
}

/// Rounds are marked alike whether they are heard or read, whole or page by page.
#[test]
fn rounds_are_the_same_in_history() {
    let asked =
        r#"{"id":"message-00000000-0000-4000-8000-000000000000","message_type":"user_message","content":"Well?"}"#;
    let mut page = vec![Event::parse(asked)];
    for (nth, name) in ["Alice", "Bob", "Carl"].into_iter().cycle().take(9).enumerate() {
        page.push(Event::parse(&format!(
            r#"{{"id":"message-{:08}-0000-4000-8000-000000000000","name":"{name}","message_type":"assistant_message","content":"I am {name}."}}"#,
            nth + 1
        )));
    }
    let mut heard = Timeline::new(Cast::default());
    page.iter().for_each(|event| drop(heard.receive(event, 1)));
    heard.end(End::Finished, 2);
    assert_eq!(heard.items().iter().filter(|item| item.kind() == "round").count(), 2);
    for cut in 1..page.len() {
        let mut read = Timeline::new(Cast::default());
        read.newest(&page[cut..], 3);
        read.older(&page[..cut], 3);
        assert_eq!(told(read.items()), told(heard.items()), "cut at {cut}");
    }
}
