//! What nobody else has: it comes back, it survives the loss of the cache, and it goes with its server.

use model::{
    AgentId, Connection as Line, Conversation, ConversationKind, Delivery, LogLine, Member, Outcome, Place, Profile,
    ProfileId, Ruling, Speaker, Theme, ToolCallId, Turn,
};

use super::*;

fn profile(id: &str) -> Profile {
    Profile {
        id: ProfileId::from(id),
        name: "Home".to_owned(),
        place: Place::Own { address: "https://nas.lan:8283/letta/".to_owned() },
        host: "nas.lan:8283".to_owned(),
        version: Some("0.16.8".to_owned()),
        has_key: true,
        connection: Line::Offline { why: "Not connected yet".to_owned() },
        groups_closed: None,
        warning: None,
        streaming: model::Streaming::Auto,
        abilities: Vec::new(),
        background_closed: None,
    }
}

fn words(otid: &str, conversation: &ConversationId) -> Unsent {
    Unsent {
        conversation: conversation.clone(),
        otid: otid.to_owned(),
        text: "Are you\nthere?".to_owned(),
        images: Vec::new(),
        names: Vec::new(),
        at: NOW,
        queued: false,
    }
}

fn decision(conversation: &ConversationId, approve: bool) -> LoggedDecision {
    LoggedDecision {
        conversation: conversation.clone(),
        title: "Inés".to_owned(),
        speaker: Speaker { id: Some(AgentId::from("agent-1")), name: "Inés".to_owned() },
        tool_call: ToolCallId::from("call_1"),
        tool: "send_email".to_owned(),
        arguments: "{\"to\": \"a\u{200b}b\"}".to_owned(),
        ruling: if approve { Ruling::Approved } else { Ruling::Denied { reason: Some("Not him".to_owned()) } },
        at: NOW,
    }
}

/// The same as it is read, not settled.
fn line(number: i64, conversation: &ConversationId, approve: bool) -> LogLine {
    let LoggedDecision { conversation, title, speaker, tool_call, tool, arguments, ruling, at } =
        decision(conversation, approve);
    let delivery = Delivery::Unknown;
    LogLine { number, conversation, title, speaker, tool_call, tool, arguments, ruling, at, delivery, outcome: None }
}

fn row(conversation: &ConversationId, profile: &str, agent: &str) -> Conversation {
    let member =
        Member { agent: agent.into(), name: String::new(), role: String::new(), hue: 1, monogram: "A".to_owned() };
    Conversation {
        id: conversation.clone(),
        profile: ProfileId::from(profile),
        kind: ConversationKind::Agent,
        title: "Ana".to_owned(),
        members: vec![member],
        pattern: None,
        last: None,
        unread: false,
        waiting: 0,
        turn: Turn::Yours,
        closed: None,
        caution: None,
        floor: None,
        archived: false,
        long_run: None,
    }
}

/// Something in every table, for one server.
async fn fill(store: &Store, of: &str, agent: &str) -> ConversationId {
    let conversation = ConversationId::from(format!("{of}/{agent}"));
    store.put_profile(&profile(of)).await.unwrap();
    store.choose_profile(Some(&ProfileId::from(of))).await.unwrap();
    store.put_last_conversation(Some(&conversation)).await.unwrap();
    store.put_draft(&conversation, "half a thou", NOW).await.unwrap();
    store.put_unsent(&words(&format!("otid-{of}"), &conversation)).await.unwrap();
    store.put_seen(&conversation, &ItemId::from("message-1"), NOW).await.unwrap();
    store.hues(&[AgentId::from(agent)]).await;
    store.log_decision(&decision(&conversation, true)).await.unwrap();
    store.put_conversations(&ProfileId::from(of), &[row(&conversation, of, agent)]).await.unwrap();
    store.save(SaveBatch { puts: vec![item(1, "words")], ..SaveBatch::new(conversation.clone()) }).await.unwrap();
    conversation
}

#[tokio::test]
async fn everything_comes_back_at_the_next_start() {
    let home = Home::new();
    let store = home.open();
    assert_eq!(store.profiles().await.unwrap(), []);
    assert_eq!((store.chosen_profile().await.unwrap(), store.last_conversation().await.unwrap()), (None, None));
    assert_eq!(store.theme().await.unwrap(), Theme::System);
    let conversation = fill(&store, "p", "agent-1").await;
    store.put_profile(&profile("env")).await.unwrap();
    store.put_theme(Theme::Dark).await.unwrap();
    store.close().await;

    let store = home.open();
    assert_eq!(store.profiles().await.unwrap(), [profile("p"), profile("env")]);
    assert_eq!(store.chosen_profile().await.unwrap(), Some(ProfileId::from("p")));
    assert_eq!(store.last_conversation().await.unwrap(), Some(conversation.clone()));
    assert_eq!(store.theme().await.unwrap(), Theme::Dark);
    assert_eq!(store.draft(&conversation).await.unwrap(), "half a thou");
    assert_eq!(store.unsent(&conversation).await.unwrap(), [words("otid-p", &conversation)]);
    assert_eq!(store.seen(&conversation).await.unwrap(), Some(ItemId::from("message-1")));
    let call = ToolCallId::from("call_1");
    assert_eq!(store.logged_decision(&conversation, &call).await.unwrap(), Some(line(1, &conversation, true)));

    let renewed = Profile { name: "Attic".to_owned(), has_key: false, version: None, ..profile("p") };
    store.put_profile(&renewed).await.unwrap();
    assert_eq!(store.profiles().await.unwrap(), [renewed, profile("env")]);
    store.put_draft(&conversation, "", NOW).await.unwrap();
    assert_eq!(store.draft(&conversation).await.unwrap(), "");
    store.choose_profile(None).await.unwrap();
    assert_eq!(store.chosen_profile().await.unwrap(), None);
}

#[tokio::test]
async fn unsent_words_wait_in_order_until_taken() {
    let home = Home::new();
    let store = home.open();
    let (here, there) = (conversation(), ConversationId::from("p/agent-2"));
    for (otid, conversation) in [("b", &here), ("c", &there), ("a", &here)] {
        store.put_unsent(&words(otid, conversation)).await.unwrap();
    }
    store.put_unsent(&words("b", &here)).await.unwrap();
    assert_eq!(store.unsent(&here).await.unwrap(), [words("b", &here), words("a", &here)]);
    store.take_unsent("b").await.unwrap();
    store.take_unsent("never").await.unwrap();
    assert_eq!(store.all_unsent().await.unwrap(), [words("c", &there), words("a", &here)]);
}

#[tokio::test]
async fn the_loss_of_the_cache_costs_nothing_of_ours() {
    let home = Home::new();
    let store = home.open();
    let conversation = fill(&store, "p", "agent-1").await;
    store.close().await;
    std::fs::write(home.file("cache.db"), "no database at all").unwrap();

    let (store, words_told) = home.open_ill();
    assert!(words_told.contains("fetched again"), "{words_told}");
    assert_eq!(store.conversations(&ProfileId::from("p")).await.unwrap(), []);
    assert_eq!(store.tail(&conversation, 5).await.unwrap(), Page::default());
    assert_eq!(store.profiles().await.unwrap(), [profile("p")]);
    assert_eq!(store.draft(&conversation).await.unwrap(), "half a thou");
    assert_eq!(store.unsent(&conversation).await.unwrap(), [words("otid-p", &conversation)]);
}

#[tokio::test]
async fn a_removed_server_leaves_nothing_and_takes_nothing_of_others() {
    let home = Home::new();
    let store = home.open();
    // Names that begin alike, and one before and one after `p/` in the order of bytes.
    let gone = fill(&store, "p", "agent-gone").await;
    let mut kept = Vec::new();
    for (profile, agent) in [("p0", "agent-2"), ("p.", "agent-3"), ("pp", "agent-4")] {
        kept.push(fill(&store, profile, agent).await);
    }
    store.put_last_conversation(Some(&gone)).await.unwrap();
    store.remove_profile(&ProfileId::from("p")).await.unwrap();

    let left: Vec<String> = store.profiles().await.unwrap().into_iter().map(|profile| profile.id.to_string()).collect();
    assert_eq!(left, ["p0", "p.", "pp"]);
    assert_eq!(store.last_conversation().await.unwrap(), None);
    assert_eq!(store.chosen_profile().await.unwrap(), Some(ProfileId::from("pp")));
    for conversation in &kept {
        assert_eq!(store.draft(conversation).await.unwrap(), "half a thou");
        assert_eq!(store.unsent(conversation).await.unwrap().len(), 1);
        assert_eq!(store.count(conversation).await.unwrap(), 1);
    }
    store.close().await;
    for file in ["cache.db", "ours.db"] {
        let raw = std::fs::read(home.file(file)).unwrap();
        let text = String::from_utf8_lossy(&raw);
        let connection = Connection::open(home.file(file)).unwrap();
        connection.execute_batch("VACUUM").unwrap();
        drop(connection);
        let clean = std::fs::read(home.file(file)).unwrap();
        let clean = String::from_utf8_lossy(&clean);
        assert!(text.contains("agent-4") && !clean.contains("agent-gone"), "{file} still knows the agent");
    }
}

#[tokio::test]
async fn an_agent_keeps_its_colour() {
    let home = Home::new();
    let store = home.open();
    let agents: Vec<AgentId> = ["a", "b", "c"].into_iter().map(AgentId::from).collect();
    assert_eq!(store.hues(&agents[1..2]).await, [6]);
    assert_eq!(store.hues(&agents).await, [1, 6, 4]);
    store.close().await;
    let store = home.open();
    assert_eq!(store.hues(&agents).await, [1, 6, 4]);
    assert_eq!(store.hues(&agents[2..]).await, [4]);
}

#[tokio::test]
async fn the_log_of_decisions_keeps_every_line_and_settles_the_newest() {
    let home = Home::new();
    let store = home.open();
    let (here, call) = (conversation(), ToolCallId::from("call_1"));
    assert_eq!(store.logged_decision(&here, &call).await.unwrap(), None);
    store.log_decision(&decision(&here, false)).await.unwrap();
    store.settle_decision(&here, &call, "Not reached", NOW);
    store.log_decision(&decision(&here, true)).await.unwrap();
    assert_eq!(store.logged_decision(&here, &call).await.unwrap(), Some(line(2, &here, true)));
    store.settle_decision(&here, &call, "sent", NOW);
    store.written().await;
    store.close().await;
    let file = Connection::open(home.file("ours.db")).unwrap();
    let mut lines = file.prepare("SELECT approve, reason, outcome FROM decisions ORDER BY id").unwrap();
    let lines: Vec<(bool, String, String)> =
        lines.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap().map(Result::unwrap).collect();
    let no = (false, "Not him".to_owned(), "Not reached".to_owned());
    assert_eq!(lines, [no, (true, String::new(), "sent".to_owned())]);
}

#[tokio::test]
async fn the_log_shows_what_became_of_a_decision_however_slow_the_disk() {
    let home = Home::new();
    let store = home.open();
    let (here, call) = (conversation(), ToolCallId::from("call_1"));
    store.log_decision(&decision(&here, true)).await.unwrap();
    let other = Connection::open(home.file("ours.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.settle_decision(&here, &call, "sent", NOW);
    let outcome = Outcome { ok: true, text: "Sent.".to_owned(), at: NOW };
    store.came_back(&here, &call, outcome.clone());
    let asked = tokio::spawn({
        let (store, here, call) = (store.clone(), here.clone(), call.clone());
        async move { store.logged_decision(&here, &call).await.unwrap().unwrap() }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    other.execute_batch("ROLLBACK").unwrap();
    let line = asked.await.unwrap();
    assert_eq!((line.delivery, line.outcome), (Delivery::Sent, Some(outcome)));
    assert_eq!(store.not_back(&here).await.unwrap(), []);
}

/// A closed `ours.db` with many drafts, and its bytes.
async fn many_drafts() -> (Home, Vec<u8>) {
    let home = Home::new();
    let store = home.open();
    fill(&store, "p", "agent-1").await;
    for n in 0..300 {
        let conversation = ConversationId::from(format!("p/agent-{n}"));
        store.put_draft(&conversation, &format!("{n} {}", "words ".repeat(50)), NOW).await.unwrap();
    }
    store.close().await;
    let bytes = std::fs::read(home.file("ours.db")).unwrap();
    (home, bytes)
}

async fn drafts_left(store: &Store) -> usize {
    let mut left = 0;
    for n in 0..300 {
        let draft = store.draft(&ConversationId::from(format!("p/agent-{n}"))).await.unwrap();
        assert!(draft.is_empty() || draft == format!("{n} {}", "words ".repeat(50)), "{draft}");
        left += usize::from(!draft.is_empty());
    }
    left
}

#[tokio::test]
async fn what_can_be_read_of_a_damaged_file_of_ours_is_kept() {
    let (home, bytes) = many_drafts().await;
    // Cut off behind the middle.
    std::fs::write(home.file("ours.db"), &bytes[..bytes.len() * 3 / 5]).unwrap();
    let (store, words) = home.open_ill();
    assert!(words.contains("What could be read of it was kept"), "{words}");
    assert_eq!(store.profiles().await.unwrap(), [profile("p")]);
    let left = drafts_left(&store).await;
    assert!((25..300).contains(&left), "{left} drafts are left");
    store.close().await;
    assert_eq!(integrity(&home.file("ours.db")), "ok");
    assert_eq!(home.put_aside().iter().filter(|file| file.ends_with("/ours.db")).count(), 1);
}

#[tokio::test]
async fn damage_in_the_middle_costs_only_what_stands_there() {
    let (home, bytes) = many_drafts().await;
    let store = home.open();
    let mut spoilt = bytes;
    // The page in which one of them stands.
    let draft = spoilt.windows(10).position(|text| text == b"150 words ").unwrap();
    let page = draft / 4096 * 4096;
    spoilt[page..page + 4096].fill(0xA5);
    std::fs::write(home.file("ours.db"), spoilt).unwrap();
    // It is met while it runs.
    let left = drafts_left(&store).await;
    assert!((270..300).contains(&left), "{left} drafts are left");
    assert!(store.warning().borrow().as_deref().is_some_and(|words| words.contains("was kept")));
    assert_eq!(store.profiles().await.unwrap(), [profile("p")]);
}

#[tokio::test]
async fn how_a_server_streams_and_what_it_refused_is_kept_for_its_version() {
    let home = Home::new();
    let store = home.open();
    let nas = profile("nas");
    store.put_profile(&nas).await.unwrap();
    store.put_profile(&profile("nas-2")).await.unwrap();
    store.put_streaming(&nas.id, model::Streaming::Background).await.unwrap();
    store.put_no_background(&nas.id, "0.16.8").await.unwrap();
    let listed = store.profiles().await.unwrap();
    assert_eq!(listed[0].streaming, model::Streaming::Background);
    assert_eq!(listed[0].background_closed.as_deref(), Some(letta::NO_BACKGROUND));
    assert_eq!(listed[1], profile("nas-2"), "the other is as it was");
    store.put_profile(&Profile { version: Some("0.16.9".to_owned()), ..nas.clone() }).await.unwrap();
    assert_eq!(store.profiles().await.unwrap()[0].background_closed, None, "another version may take it");
    store.put_streaming(&nas.id, model::Streaming::Auto).await.unwrap();
    assert_eq!(store.profiles().await.unwrap()[0].streaming, model::Streaming::Auto);
    store.put_streaming(&nas.id, model::Streaming::Plain).await.unwrap();
    store.remove_profile(&nas.id).await.unwrap();
    store.put_profile(&nas).await.unwrap();
    let again = store.profiles().await.unwrap().into_iter().find(|one| one.id == nas.id).unwrap();
    assert_eq!((again.streaming, again.background_closed), (model::Streaming::Auto, None), "nothing of it was left");
}
