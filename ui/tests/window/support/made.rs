//! What is on the pages of the tests: a server, a table and its agents, things said and asked.

use model::{
    Author, Connection, Content, Conversation, ConversationId, ConversationKind, Item, LastWords, Member, Pattern,
    Place, Profile, SendState, Speaker, TextState, Theme, ToolCall, ToolState, Turn,
    change::Change,
    command::{Keychain, Launched},
};

/// A member of the table.
pub fn member(name: &str, hue: u8) -> Member {
    Member {
        agent: agent(name),
        name: name.to_owned(),
        role: "Research".to_owned(),
        hue,
        monogram: name[..1].to_owned(),
    }
}

fn agent(name: &str) -> model::AgentId {
    format!("agent-{name}").into()
}

/// An agent as the one who speaks.
pub fn speaker(name: &str) -> Speaker {
    Speaker { id: Some(agent(name)), name: name.to_owned() }
}

/// An agent is at it.
pub fn speaking(name: &str) -> Turn {
    Turn::Speaking { speaker: speaker(name) }
}

/// A row of the sidebar.
pub fn conversation(id: &str, kind: ConversationKind, title: &str, members: Vec<Member>) -> Conversation {
    Conversation {
        id: ConversationId::from(format!("home/{id}")),
        profile: "home".into(),
        kind,
        title: title.to_owned(),
        pattern: (members.len() > 1).then_some(Pattern::RoundRobin),
        members,
        last: Some(LastWords { speaker: Some("Wen".into()), text: "Two hold.".into(), at: 0 }),
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

/// The server of the tests.
pub fn home() -> Profile {
    Profile {
        id: "home".into(),
        name: "Home server".into(),
        place: Place::Own { address: "http://nas.lan:8283".into() },
        host: "nas.lan:8283".into(),
        version: None,
        has_key: true,
        connection: Connection::Online,
        groups_closed: None,
        warning: None,
        streaming: model::Streaming::Auto,
        abilities: Vec::new(),
        background_closed: None,
    }
}

/// Nothing was ever connected.
pub fn first_run() -> Launched {
    Launched {
        profiles: vec![],
        profile: None,
        conversations: vec![],
        conversation: None,
        theme: Theme::Light,
        keychain: Keychain::Works,
        storage_warning: None,
        version: "0.1.0".into(),
    }
}

/// A table of three and two agents; the table is open.
pub fn at_home() -> Launched {
    let [ibrahim, wen, rosa] = [member("Ibrahim", 6), member("Wen", 4), member("Rosa", 9)];
    Launched {
        profiles: vec![home()],
        profile: Some("home".into()),
        conversations: vec![
            conversation("table", ConversationKind::Group, "Autumn issue", vec![ibrahim, wen.clone(), rosa.clone()]),
            conversation("wen", ConversationKind::Agent, "Wen", vec![wen]),
            conversation("rosa", ConversationKind::Agent, "Rosa", vec![rosa]),
        ],
        conversation: Some("home/table".into()),
        ..first_run()
    }
}

fn item(id: &str, position: i64, author: Author, content: Content) -> Item {
    Item { id: id.into(), position, author, at: 0, run: None, step: None, content }
}

/// The user's words.
pub fn said(id: &str, position: i64) -> Item {
    item(
        id,
        position,
        Author::You,
        Content::User { text: "What do 96 pages cost?".into(), images: vec![], state: SendState::Sent },
    )
}

/// An agent's words.
pub fn words(id: &str, position: i64, name: &str, text: &str) -> Item {
    item(
        id,
        position,
        Author::Agent(speaker(name)),
        Content::Assistant { text: text.into(), images: vec![], state: TextState::Done },
    )
}

/// A tool call.
pub fn request(id: &str, position: i64, name: &str, arguments: &str, state: ToolState) -> Item {
    let call = ToolCall {
        id: format!("call-{id}").as_str().into(),
        name: "send_email".into(),
        arguments: arguments.into(),
        state,
        request: None,
        stuck: None,
        foreign: false,
        decision: None,
        took: None,
    };
    item(id, position, Author::Agent(speaker(name)), Content::Tool(call))
}

/// The same call with something about it changed.
pub fn but(mut item: Item, change: impl FnOnce(&mut ToolCall)) -> Item {
    if let Content::Tool(call) = &mut item.content {
        change(call);
    }
    item
}

/// The list as an opening brings it.
pub fn reset(items: Vec<Item>) -> Vec<Change> {
    vec![Change::Reset { items }]
}
