//! Memory blocks, as recorded servers of either age give them.

use axum::{Router, routing::get};
use letta::{Block, Error};
use model::AgentId;

use crate::standin::{self, StandIn};

const OLD: &str = include_str!("recorded/0.11.7-agent-blocks.json");
const NEW: &str = include_str!("recorded/0.16.8-agent-blocks.json");

async fn blocks(body: &'static str) -> (Result<Vec<Block>, Error>, StandIn) {
    let answer = move || async move { standin::json(200, body) };
    let server = StandIn::serving(Router::new().route("/v1/agents/{id}/core-memory/blocks", get(answer))).await;
    (server.client().blocks(&AgentId::from("agent-1")).await, server)
}

#[tokio::test]
async fn blocks_are_read_as_either_age_gives_them() {
    let human = |id: &str, value: &str, limit| Block {
        id: id.to_owned(),
        label: "human".to_owned(),
        value: value.to_owned(),
        limit: Some(limit),
        hidden: false,
    };
    let (old, server) = blocks(OLD).await;
    let old = old.unwrap();
    assert_eq!(old.len(), 2);
    assert_eq!(old[0], human("block-3fdb60c0-9fcf-4cf6-9d8a-3d83e30ed794", "The user is a tester.", 20_000));
    assert_eq!(old[1].label, "persona");
    assert_eq!(server.asked()[0].path, "/v1/agents/agent-1/core-memory/blocks?limit=1000&order=asc");
    let new = blocks(NEW).await.0.unwrap();
    let value = "The user is a patient tester.";
    assert_eq!(new[0], human("block-955b42b6-6354-4804-9732-e41abcbdee53", value, 100_000), "null is not hidden");
    assert_eq!(new[1].value, "My name is Ada. ");
}

#[tokio::test]
async fn a_block_of_which_little_is_told_is_a_block() {
    let bare = r#"[{"id":"block-1","value":null,"label":null,"hidden":true},{"id":"block-2"}]"#;
    let bare = blocks(bare).await.0.unwrap();
    let empty =
        |id: &str, hidden| Block { id: id.to_owned(), label: String::new(), value: String::new(), limit: None, hidden };
    assert_eq!(bare, [empty("block-1", true), empty("block-2", false)]);
    assert!(matches!(blocks(r#"[{"value":"nameless"}]"#).await.0, Err(Error::BadAnswer { .. })));
}
