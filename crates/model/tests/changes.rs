//! Whoever applies changes one by one, folded, or in batches of any size ends with the same list.

use model::{Author, Change, Content, Item, ItemId, TextState, apply, coalesce};
use proptest::prelude::*;

fn item(n: u8, position: i64, text: &str) -> Item {
    Item {
        id: ItemId::from(format!("message-{n}")),
        position,
        author: Author::You,
        at: 0,
        run: None,
        step: None,
        content: Content::Assistant { text: text.to_owned(), images: Vec::new(), state: TextState::Streaming },
    }
}

/// An item's position follows from its id here, because two items of a conversation never share one.
fn any_change() -> impl Strategy<Value = Change> {
    let id = 0u8..6;
    prop_oneof![
        4 => (id.clone(), "[a-z]{0,4}").prop_map(|(n, text)| Change::Append { id: ItemId::from(format!("message-{n}")), text }),
        3 => (id.clone(), "[a-z]{0,4}").prop_map(|(n, text)| Change::Put { item: item(n, i64::from(n) * 7 % 11, &text) }),
        1 => id.prop_map(|n| Change::Remove { id: ItemId::from(format!("message-{n}")) }),
        1 => Just(Change::Reset { items: vec![item(1, 7, "one"), item(3, 10, "three")] }),
    ]
}

fn applied(changes: Vec<Change>) -> Vec<Item> {
    let mut items = vec![item(0, 0, "kept"), item(2, 3, "")];
    for change in changes {
        apply(&mut items, change);
    }
    items
}

proptest! {
    #[test]
    fn folding_changes_nothing(changes in prop::collection::vec(any_change(), 0..40)) {
        prop_assert_eq!(applied(coalesce(changes.clone())), applied(changes));
    }

    #[test]
    fn batches_of_any_size_end_alike(changes in prop::collection::vec(any_change(), 1..40), cut in 0usize..40) {
        let cut = cut.min(changes.len());
        let mut batched = coalesce(changes[..cut].to_vec());
        batched.extend(coalesce(changes[cut..].to_vec()));
        prop_assert_eq!(applied(batched), applied(changes));
    }

    #[test]
    fn the_list_stays_in_order_without_doubles(changes in prop::collection::vec(any_change(), 0..40)) {
        let items = applied(changes);
        prop_assert!(items.windows(2).all(|pair| pair[0].position < pair[1].position));
    }
}

#[test]
fn a_thousand_tokens_fold_to_one_change() {
    let changes = (0..1000).map(|_| Change::Append { id: ItemId::from("message-2"), text: "a".into() }).collect();
    let folded = coalesce(changes);
    assert_eq!(folded, vec![Change::Append { id: ItemId::from("message-2"), text: "a".repeat(1000) }]);
}

#[test]
fn a_put_moves_an_item_to_its_new_place() {
    let items = applied(vec![Change::Put { item: item(0, 9, "moved") }]);
    let ids: Vec<_> = items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["message-2", "message-0"]);
}

#[test]
fn commands_cross_as_json_that_names_them() {
    let call =
        model::Call::from(model::command::Send { conversation: "p/agent-1".into(), text: "Hi".into(), images: vec![] });
    let json = serde_json::to_value(&call).unwrap();
    assert_eq!(json, serde_json::json!({"command": "send", "with": {"conversation": "p/agent-1", "text": "Hi"}}));
    assert_eq!(serde_json::from_value::<model::Call>(json).unwrap(), call);
}
