//! A member's list carried over into the table's.

use model::{Author, Change, Content, Item, ItemId, Notice, SendState, Speaker, TextState, apply};

use super::*;
use crate::table::{Delivery, Mirror, WIDTH};

fn item(id: &str, position: i64, content: Content) -> Item {
    let author = match content {
        Content::User { .. } => Author::You,
        Content::Notice(_) => Author::App,
        _ => Author::Agent(Speaker { id: Some(agent("Wen")), name: "wen-on-the-server".to_owned() }),
    };
    Item { id: ItemId::from(id), position, author, at: 0, run: None, step: None, content }
}

fn user(otid: &str, position: i64) -> Item {
    item(
        &format!("user/{otid}"),
        position,
        Content::User { text: "told".to_owned(), images: vec![], state: SendState::Sent },
    )
}

fn words(id: &str, position: i64, text: &str) -> Item {
    item(id, position, Content::Assistant { text: text.to_owned(), images: vec![], state: TextState::Done })
}

fn mirror() -> Mirror {
    Mirror::new(3, Speaker { id: Some(agent("Wen")), name: "Wen".to_owned() }, "o1", 5 * WIDTH, false, vec![])
}

fn shown(items: &[Item]) -> Vec<(String, String)> {
    let text = |item: &Item| match &item.content {
        Content::Assistant { text, .. } => text.clone(),
        _ => item.kind().to_owned(),
    };
    items.iter().map(|item| (item.id.to_string(), text(item))).collect()
}

#[test]
fn only_what_follows_its_own_words_is_carried_over_under_its_name_at_the_table() {
    let mut mirror = mirror();
    let mut ours = Vec::new();
    let all = vec![
        user("o0", 1),
        words("a", 2, "before"),
        user("o1", 3),
        words("b", 4, "Two"),
        user("o2", 5),
        words("c", 6, "after"),
    ];
    for change in mirror.take(vec![Change::Reset { items: all }]) {
        apply(&mut ours, change);
    }
    assert_eq!(shown(&ours), [("3/b".to_owned(), "Two".to_owned())]);
    assert_eq!(ours[0].speaker().unwrap().name, "Wen");
    assert!(ours[0].position > 5 * WIDTH && ours[0].position < 6 * WIDTH);
    assert_eq!((mirror.text(), mirror.delivery()), ("Two".to_owned(), Delivery::Arrived));
}

#[test]
fn any_order_of_changes_gives_the_same_list() {
    let mut mirror = mirror();
    let mut ours = Vec::new();
    let steps = vec![
        Change::Reset { items: vec![] },
        Change::Put { item: user("o1", 10) },
        Change::Put { item: words("b", 30, "B") },
        Change::Append { id: ItemId::from("b"), text: "b".to_owned() },
        Change::Put { item: words("a", 20, "A") },
        Change::Put {
            item: item("u", 40, Content::Notice(Notice::Usage { steps: 1, input: 7, output: 2, took: None })),
        },
        Change::Put { item: words("c", 35, "C") },
        Change::Remove { id: ItemId::from("a") },
        Change::Reset {
            items: vec![user("o1", 100), words("b", 300, "Bb"), words("c", 350, "C!"), words("d", 360, "D")],
        },
    ];
    let mut theirs = Vec::new();
    for step in steps {
        apply(&mut theirs, step.clone());
        for change in mirror.take(vec![step]) {
            apply(&mut ours, change);
        }
        let wanted: Vec<_> =
            theirs.iter().filter(|item| matches!(item.content, Content::Assistant { .. })).cloned().collect();
        let wanted: Vec<_> = shown(&wanted).into_iter().map(|(id, text)| (format!("3/{id}"), text)).collect();
        assert_eq!(shown(&ours), wanted);
        assert!(ours.is_sorted_by(|a, b| a.position < b.position));
    }
}

#[test]
fn after_a_restart_what_is_shown_keeps_its_place() {
    let mut first = mirror();
    let mut ours = Vec::new();
    let all = vec![user("o1", 3), words("b", 4, "Two"), words("c", 5, "Three")];
    for change in first.take(vec![Change::Reset { items: all.clone() }]) {
        apply(&mut ours, change);
    }
    let speaker = Speaker { id: Some(agent("Wen")), name: "Wen".to_owned() };
    let mut again = Mirror::new(3, speaker.clone(), "o1", 5 * WIDTH, false, ours.clone());
    assert_eq!(again.take(vec![Change::Reset { items: all }]), vec![], "nothing changed");
    // Only the end of a long turn is loaded.
    let mut tail = Mirror::new(3, speaker, "o1", 5 * WIDTH, false, ours.clone());
    for change in tail.take(vec![Change::Reset { items: vec![words("c", 5, "Three"), words("d", 6, "Four")] }]) {
        apply(&mut ours, change);
    }
    assert_eq!(shown(&ours).into_iter().map(|(_, text)| text).collect::<Vec<_>>(), ["Two", "Three", "Four"]);
    assert_eq!(tail.delivery(), Delivery::Arrived, "it is not asked twice");
}
