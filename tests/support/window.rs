//! The window without a screen: asks in JSON, applies the news in order, and fails a story that sees a hole in the versions.

use std::collections::HashMap;

use engine::{Engine, Listener};
use model::{
    Attachment, Call, Command, Connection, Content, Conversation, ConversationId, Failure, Frame, Item, Loaded, News,
    Pending, Place, Profile, ProfileId, Queue, Refused, SendState, ToolCall, Turn, apply,
    command::{Close, Connect, Connected, Launch, Launched, Open, Opened, Retry, Send, Stop},
};

use crate::PATIENCE;

/// The app with its window.
pub struct Window {
    /// The app.
    pub engine: Engine,
    listener: Listener,
    /// The servers, as last told.
    pub profiles: Vec<Profile>,
    /// The sidebars, as last told.
    pub sidebars: HashMap<ProfileId, Vec<Conversation>>,
    /// What waits for a decision, as last told.
    pub inboxes: HashMap<ProfileId, Vec<Pending>>,
    /// The open conversations.
    pub talks: HashMap<ConversationId, Talk>,
    /// What waits to be sent in them.
    pub queues: HashMap<ConversationId, Queue>,
    /// What was said about the disk.
    pub storage: Option<String>,
    /// Dropped pictures, by the conversation in whose composer they stand.
    pub attachments: HashMap<ConversationId, Vec<Attachment>>,
    /// What was dropped and could not be attached.
    pub refused: Vec<Refused>,
    /// Files are held over the window.
    pub dragging: bool,
    /// Pictures on the web that were loaded unasked.
    pub loaded: HashMap<ConversationId, Vec<Loaded>>,
    /// The longest that anything is waited for.
    pub patience: std::time::Duration,
}

/// An open conversation.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    /// Its items.
    pub items: Vec<Item>,
    /// Whose turn it is.
    pub turn: Turn,
    /// The version of the last frame.
    pub version: u64,
    /// How many frames came since it was opened.
    pub frames: usize,
}

impl Talk {
    /// Each item in a few words, for comparing.
    pub fn lines(&self) -> Vec<String> {
        self.items.iter().map(item_text).collect()
    }

    /// The last item of a kind.
    pub fn last(&self, kind: &str) -> Option<&Item> {
        self.items.iter().rev().find(|item| item.kind() == kind)
    }

    /// The last tool call.
    pub fn tool(&self) -> Option<&ToolCall> {
        self.items.iter().rev().find_map(Item::tool)
    }

    /// Nothing runs and nothing waits.
    pub fn is_over(&self) -> bool {
        self.turn == Turn::Yours
            && !self.items.iter().any(|item| matches!(item.state(), Some("sending" | "streaming" | "writing")))
    }
}

/// An item in a few words: kind, state, who, what.
pub fn item_text(item: &Item) -> String {
    let who = item.speaker().map(|speaker| format!(" {}", speaker.name)).unwrap_or_default();
    let state = item.state().map(|state| format!(" {state}")).unwrap_or_default();
    let what = match &item.content {
        Content::User { text, state: SendState::Failed { reason }, .. } => format!("{text} ({reason})"),
        Content::User { text, .. } | Content::Assistant { text, .. } | Content::Reasoning { text, .. } => text.clone(),
        Content::Tool(call) => format!("{}({})", call.name, call.arguments),
        Content::Notice(notice) => format!("{notice:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
        Content::Error(trouble) => trouble.what.clone(),
        Content::Gap => String::new(),
        Content::Round { number } => number.to_string(),
    };
    format!("{}{state}{who}: {what}", item.kind())
}

impl Window {
    /// A window of this app.
    pub fn new(engine: Engine) -> Self {
        let listener = engine.news();
        Self {
            engine,
            listener,
            profiles: Vec::new(),
            sidebars: HashMap::new(),
            inboxes: HashMap::new(),
            talks: HashMap::new(),
            queues: HashMap::new(),
            storage: None,
            attachments: HashMap::new(),
            refused: Vec::new(),
            dragging: false,
            loaded: HashMap::new(),
            patience: PATIENCE,
        }
    }

    /// Asks in the JSON that the real window uses, both ways.
    pub async fn ask<C: Command>(&self, command: C) -> Result<C::Reply, Failure> {
        let call: Call = command.into();
        let call: Call = serde_json::from_str(&serde_json::to_string(&call).unwrap()).unwrap();
        let reply = tokio::time::timeout(self.patience, self.engine.call(call)).await.expect("no answer to a command");
        reply.map(|reply| serde_json::from_str(&reply.to_string()).unwrap())
    }

    /// The first question.
    pub async fn launch(&mut self) -> Launched {
        let launched = self.ask(Launch {}).await.unwrap();
        self.profiles = launched.profiles.clone();
        if let Some(profile) = &launched.profile {
            self.sidebars.insert(profile.clone(), launched.conversations.clone());
        }
        launched
    }

    /// Connects a server of one's own and waits for its sidebar.
    pub async fn connect(&mut self, address: &str, key: Option<&str>) -> ProfileId {
        let place = Place::Own { address: address.to_owned() };
        let connect = Connect { place, key: key.map(str::to_owned), memory_only: false };
        let Connected::Yes { profile } = self.ask(connect).await.unwrap() else { panic!("not connected") };
        self.online(&profile).await;
        profile
    }

    /// Waits until a server is online.
    pub async fn online(&mut self, profile: &ProfileId) {
        let profile = profile.clone();
        self.until("the server is online", move |window| window.connection(&profile) == Some(&Connection::Online))
            .await;
    }

    /// The line to a server.
    pub fn connection(&self, profile: &ProfileId) -> Option<&Connection> {
        self.profiles.iter().find(|known| known.id == *profile).map(|known| &known.connection)
    }

    /// A row of any sidebar by its title.
    pub fn row(&self, title: &str) -> &Conversation {
        let found = self.sidebars.values().flatten().find(|row| row.title == title);
        found.unwrap_or_else(|| panic!("no row is called {title}: {:?}", self.titles()))
    }

    /// All titles, for words.
    pub fn titles(&self) -> Vec<&str> {
        self.sidebars.values().flatten().map(|row| row.title.as_str()).collect()
    }

    /// Opens a conversation by its title and waits for its page.
    pub async fn open(&mut self, title: &str) -> ConversationId {
        let id = self.row(title).id.clone();
        self.open_id(&id).await;
        id
    }

    /// Opens a conversation and waits for its page.
    pub async fn open_id(&mut self, id: &ConversationId) -> Opened {
        self.talks.remove(id);
        let opened = self.ask(Open { conversation: id.clone() }).await.unwrap();
        self.queues.insert(id.clone(), opened.queue.clone());
        let page = id.clone();
        self.until("the page comes", move |window| window.talks.contains_key(&page)).await;
        opened
    }

    /// Closes a conversation.
    pub async fn close(&mut self, id: &ConversationId) {
        self.ask(Close { conversation: id.clone() }).await.unwrap();
        self.talks.remove(id);
    }

    /// An open conversation.
    pub fn talk(&self, id: &ConversationId) -> &Talk {
        self.talks.get(id).expect("the conversation is not open")
    }

    /// Says something.
    pub async fn send(&self, id: &ConversationId, text: &str) -> Result<(), Failure> {
        self.ask(Send { conversation: id.clone(), text: text.to_owned(), images: Vec::new() }).await
    }

    /// Says something and waits for the end of the answer.
    pub async fn send_and_wait(&mut self, id: &ConversationId, text: &str) {
        self.send(id, text).await.unwrap();
        self.over(id).await;
    }

    /// What waits to be sent.
    pub fn queue(&self, id: &ConversationId) -> &Queue {
        self.queues.get(id).expect("the conversation was never open")
    }

    /// What waits to be sent, in words.
    pub fn queued(&self, id: &ConversationId) -> Vec<&str> {
        self.queue(id).queued.iter().map(|queued| queued.text.as_str()).collect()
    }

    /// Stops what runs.
    pub async fn stop(&self, id: &ConversationId) {
        self.ask(Stop { conversation: id.clone() }).await.unwrap();
    }

    /// Tries again what the last item of this kind offers.
    pub async fn retry(&mut self, id: &ConversationId, kind: &str) -> Result<(), Failure> {
        let item =
            self.talk(id).last(kind).unwrap_or_else(|| panic!("no {kind}: {:?}", self.talk(id).lines())).id.clone();
        self.ask(Retry { conversation: id.clone(), item }).await
    }

    /// Waits until something was said and nothing runs.
    pub async fn over(&mut self, id: &ConversationId) {
        let id = id.clone();
        self.until("the turn is over", move |window| window.talk(&id).is_over()).await;
    }

    /// Waits until the talk is so.
    pub async fn until_talk(&mut self, what: &str, id: &ConversationId, is_so: impl Fn(&Talk) -> bool) {
        let id = id.clone();
        self.until(what, move |window| window.talks.get(&id).is_some_and(&is_so)).await;
    }

    /// Applies news until it is so. A story that waits longer than its patience has failed.
    pub async fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = tokio::time::Instant::now() + self.patience;
        loop {
            while let Some(news) = self.listener.try_recv() {
                self.hear(news);
            }
            if is_so(self) {
                return;
            }
            match tokio::time::timeout_at(end, self.listener.recv()).await {
                Ok(Some(news)) => self.hear(news),
                Ok(None) => panic!("waited until {what}, and the app ended"),
                Err(_) => panic!("waited in vain until {what}\n{}", self.describe()),
            }
        }
    }

    /// Applies what was told so far, and what is told within this time.
    pub async fn listen_for(&mut self, time: std::time::Duration) {
        let end = tokio::time::Instant::now() + time;
        while let Ok(Some(news)) = tokio::time::timeout_at(end, self.listener.recv()).await {
            self.hear(news);
        }
    }

    /// Applies one piece of news, as the real window does.
    pub fn hear(&mut self, news: News) {
        let json = serde_json::to_string(&news).unwrap();
        match serde_json::from_str(&json).unwrap() {
            News::Timeline(frame) => self.frame(frame),
            News::Conversations { profile, conversations } => {
                self.sidebars.insert(profile, conversations);
            }
            News::Conversation { conversation } => {
                let rows = self.sidebars.entry(conversation.profile.clone()).or_default();
                match rows.iter_mut().find(|row| row.id == conversation.id) {
                    Some(row) => *row = *conversation,
                    None => panic!("a row was told that no list has: {}", conversation.title),
                }
            }
            News::Queue { conversation, queue } => {
                self.queues.insert(conversation, queue);
            }
            News::Profiles { profiles } => {
                self.sidebars.retain(|id, _| profiles.iter().any(|known| known.id == *id));
                self.profiles = profiles;
            }
            News::Connection { profile, connection } => {
                if let Some(known) = self.profiles.iter_mut().find(|known| known.id == profile) {
                    known.connection = connection;
                }
            }
            News::Approvals { profile, pending } => {
                self.inboxes.insert(profile, pending);
            }
            News::Storage { warning } => self.storage = warning,
            News::Attached { conversation, attachments, refused } => {
                self.attachments.insert(conversation, attachments);
                self.refused.extend(refused);
            }
            News::Dragging { over } => self.dragging = over,
            News::Loaded { conversation, loaded } => {
                self.loaded.insert(conversation, loaded);
            }
        }
    }

    fn frame(&mut self, frame: Frame) {
        let talk = if frame.version == 1 {
            self.talks.insert(frame.conversation.clone(), Talk::default());
            self.talks.get_mut(&frame.conversation).unwrap()
        } else {
            match self.talks.get_mut(&frame.conversation) {
                Some(talk) => talk,
                // It was closed here, and the news was on its way.
                None => return,
            }
        };
        assert_eq!(frame.version, talk.version + 1, "a hole in the versions of {}", frame.conversation);
        talk.version = frame.version;
        talk.frames += 1;
        talk.turn = frame.turn;
        for change in frame.changes {
            apply(&mut talk.items, change);
        }
        assert!(
            talk.items.windows(2).all(|pair| pair[0].position < pair[1].position),
            "two items stand at one place: {:?}",
            talk.lines()
        );
    }

    /// Everything that is seen, for the words of a failed story.
    pub fn describe(&self) -> String {
        let talks: Vec<String> = self
            .talks
            .iter()
            .map(|(id, talk)| format!("{id}: {:?}\n  {}", talk.turn, talk.lines().join("\n  ")))
            .collect();
        let lines: Vec<String> =
            self.profiles.iter().map(|profile| format!("{}: {:?}", profile.name, profile.connection)).collect();
        format!("{}\n{}\n{:?}", lines.join("\n"), talks.join("\n"), self.titles())
    }
}
