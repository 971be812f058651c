//! The groups of a server: which requests make, change, reset and delete one, and what is said where the server refuses.

use axum::{
    Router,
    routing::{patch, post},
};
use letta::{Charter, Error, Group};
use model::{AgentId, Code, Way};
use serde_json::{Value, json};

use crate::standin::{self, StandIn};

/// As recorded (0.11.7/group-create-dynamic).
const MADE: &str = r#"{"id":"group-1","manager_type":"dynamic","agent_ids":["agent-1","agent-2"],"description":"Dynamic.",
    "manager_agent_id":"agent-3","termination_token":"DONE!","max_turns":2,"sleeptime_agent_frequency":null}"#;
const NOT_FOUND: &str = r#"{"detail":"Group not found with id='['group-9']', access level in ['read']"}"#;

fn agent(number: u32) -> AgentId {
    AgentId::from(format!("agent-{number}"))
}

fn charter(way: Way) -> Charter {
    Charter { description: "Evening".to_owned(), agents: vec![agent(1), agent(2)], way }
}

fn made() -> Group {
    let way = Way::Dynamic { manager: agent(3), turns: Some(2), ends_with: Some("DONE!".to_owned()) };
    Group {
        id: "group-1".to_owned(),
        description: "Dynamic.".to_owned(),
        agents: vec![agent(1), agent(2)],
        way,
        managed_by: None,
        hidden: false,
    }
}

fn routes() -> Router {
    let one = patch(async || standin::json(200, MADE))
        .get(async || standin::json(200, MADE))
        .delete(async || standin::json(200, r#"{"message":"Group id=group-1 successfully deleted"}"#));
    Router::new()
        .route("/v1/groups/", post(async || standin::json(200, MADE)))
        .route("/v1/groups/group-1", one)
        .route("/v1/groups/group-1/reset-messages", patch(async || standin::json(200, "null")))
        .route(
            "/v1/groups/group-9",
            patch(async || standin::json(500, NOT_FOUND)).delete(async || standin::json(404, NOT_FOUND)),
        )
}

#[tokio::test]
async fn each_way_of_taking_turns_is_made_with_what_it_needs() {
    let server = StandIn::serving(routes()).await;
    let client = server.client();
    let ways = [
        (Way::RoundRobin { turns: None }, json!({"manager_type": "round_robin"})),
        (Way::RoundRobin { turns: Some(4) }, json!({"manager_type": "round_robin", "max_turns": 4})),
        (Way::Supervisor { lead: agent(3) }, json!({"manager_agent_id": "agent-3", "manager_type": "supervisor"})),
        (
            Way::Dynamic { manager: agent(3), turns: Some(2), ends_with: None },
            json!({
                "manager_agent_id": "agent-3", "manager_type": "dynamic", "max_turns": 2, "termination_token": "DONE!"
            }),
        ),
        (
            Way::Sleeptime { talks: agent(3), every: Some(5) },
            json!({"manager_agent_id": "agent-3", "manager_type": "sleeptime", "sleeptime_agent_frequency": 5}),
        ),
    ];
    for (way, config) in ways {
        assert_eq!(client.make_group(&charter(way)).await.unwrap(), made());
        let asked = server.asked().pop().unwrap();
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/v1/groups/"));
        let body = json!({"agent_ids": ["agent-1", "agent-2"], "description": "Evening", "manager_config": config});
        assert_eq!(asked.body, body);
    }
    let unknown = charter(Way::Other { word: "swarm".to_owned(), chair: None });
    let before = server.asked().len();
    assert!(matches!(client.make_group(&unknown).await, Err(Error::Invalid { .. })));
    assert_eq!(server.asked().len(), before, "nothing was sent");
}

#[tokio::test]
async fn one_is_changed_reset_and_deleted() {
    let server = StandIn::serving(routes()).await;
    let client = server.client();
    assert_eq!(client.group("group-1").await.unwrap(), made());
    let way = Way::Dynamic { manager: agent(1), turns: None, ends_with: Some("ENOUGH".to_owned()) };
    client.change_group(&made(), &charter(way)).await.unwrap();
    let asked = server.asked().pop().unwrap();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("PATCH", "/v1/groups/group-1"));
    let config = json!({
        "manager_agent_id": "agent-1", "manager_type": "dynamic", "max_turns": 2, "termination_token": "ENOUGH"
    });
    assert_eq!(asked.body["manager_config"], config, "what a null would leave as it was is said in numbers");

    let unknown = Way::Other { word: "swarm".to_owned(), chair: None };
    client.change_group(&Group { way: unknown.clone(), ..made() }, &charter(unknown)).await.unwrap();
    let body = json!({"agent_ids": ["agent-1", "agent-2"], "description": "Evening"});
    assert_eq!(server.asked().pop().unwrap().body, body, "an unknown way is not touched");

    client.reset_group("group-1").await.unwrap();
    let asked = server.asked().pop().unwrap();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("PATCH", "/v1/groups/group-1/reset-messages"));
    assert_eq!(asked.body, Value::Null);
    client.delete_group("group-1").await.unwrap();
    client.delete_group("group-9").await.unwrap();
    assert_eq!(server.asked().pop().unwrap().method, "DELETE");
}

#[tokio::test]
async fn another_way_of_taking_turns_is_refused_before_anything_is_sent() {
    let server = StandIn::serving(routes()).await;
    let refused = server.client().change_group(&made(), &charter(Way::RoundRobin { turns: None })).await.unwrap_err();
    assert_eq!(refused.code(), Code::Invalid);
    assert!(refused.message().contains("Make another group"), "{refused}");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_member_that_is_missed_with_404_is_no_server_without_groups() {
    const GHOST: &str = r#"{"detail":"Items not found in agents: {'agent-00000000-0000-4000-8000-000000000000'}"}"#;
    let server = StandIn::serving(Router::new().route("/v1/groups/", post(async || standin::json(404, GHOST)))).await;
    let error = server.client().make_group(&charter(made().way)).await.unwrap_err();
    assert_eq!(error.code(), Code::Invalid);
    assert!(error.message().contains("no longer on the server"), "{error:?}");
}

#[tokio::test]
async fn what_the_server_refuses_is_told_in_words() {
    const GHOST: &str = r#"{"detail":"Items not found in agents: {'agent-00000000-0000-4000-8000-000000000000'}"}"#;
    const PATTERN: &str = r#"{"detail":"Cannot change group pattern after creation"}"#;
    let routes = Router::new()
        .route("/v1/groups/", post(async || standin::json(500, GHOST)))
        .route("/v1/groups/group-1", patch(async || standin::json(400, PATTERN)));
    let server = StandIn::serving(routes).await;
    let client = server.client();
    let way = made().way;
    let error = client.make_group(&charter(way.clone())).await.unwrap_err();
    assert_eq!(error.code(), Code::Invalid);
    assert!(error.message().contains("no longer on the server") && error.details().contains("agent-0000"), "{error:?}");
    let error = client.change_group(&made(), &charter(way.clone())).await.unwrap_err();
    assert!(error.message().contains("Make another group"), "{error}");

    let gone = Group { id: "group-9".to_owned(), ..made() };
    let client = StandIn::serving(self::routes()).await.client();
    assert!(matches!(client.change_group(&gone, &charter(way.clone())).await, Err(Error::NotFound { .. })));

    let without = StandIn::serving(Router::new()).await.client();
    let error = without.make_group(&charter(way)).await.unwrap_err();
    assert!(matches!(error, Error::NoGroups { .. }), "{error:?}");
}
