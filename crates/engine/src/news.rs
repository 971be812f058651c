//! The one path by which the window hears something without asking. A listener that is slow costs nobody anything: what waits for
//! it is folded together (changes of one conversation into one frame, states into their newest), so it is bounded by what there is
//! to see. When something is told is decided by the conversation's actor.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Weak},
};

use model::{
    Attachment, Change, Connection, Conversation, ConversationId, Frame, Item, Loaded, News, Pending, Profile,
    ProfileId, Queue, Refused, Turn, coalesce,
};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::sync::belongs;

/// This many changes may wait before they are folded.
const FOLD_AT: usize = 256;

/// What the engine's parts say; a listener makes numbered [`News`] of it.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// A conversation was opened: its whole page.
    Opened {
        conversation: ConversationId,
        items: Vec<Item>,
        turn: Turn,
    },
    /// An open conversation changed.
    Changed {
        conversation: ConversationId,
        changes: Vec<Change>,
        turn: Turn,
    },
    /// Nobody looks at it any more.
    Closed {
        conversation: ConversationId,
    },
    Conversations {
        profile: ProfileId,
        conversations: Vec<Conversation>,
    },
    Conversation {
        conversation: Box<Conversation>,
    },
    /// What waits to be sent in an open conversation changed.
    Queue {
        conversation: ConversationId,
        queue: Queue,
    },
    Profiles {
        profiles: Vec<Profile>,
    },
    Connection {
        profile: ProfileId,
        connection: Connection,
    },
    Approvals {
        profile: ProfileId,
        pending: Vec<Pending>,
    },
    Storage {
        warning: Option<String>,
    },
    /// Dropped files were attached.
    Attached {
        conversation: ConversationId,
        attachments: Vec<Attachment>,
        refused: Vec<Refused>,
    },
    Dragging {
        over: bool,
    },
    /// Pictures on the web were loaded unasked.
    Loaded {
        conversation: ConversationId,
        loaded: Vec<Loaded>,
    },
}

/// Everybody who listens.
#[derive(Default)]
pub(crate) struct Listeners {
    mailboxes: Mutex<Vec<Weak<Mailbox>>>,
}

impl Listeners {
    /// A new listener. It hears what is told from now on; of a conversation, from its next opening on.
    pub(crate) fn listen(&self) -> Listener {
        let mailbox = Arc::new(Mailbox::default());
        self.mailboxes.lock().push(Arc::downgrade(&mailbox));
        Listener { mailbox }
    }

    /// Tells everybody. Never waits.
    pub(crate) fn tell(&self, told: &Told) {
        self.mailboxes.lock().retain(|mailbox| {
            let Some(mailbox) = mailbox.upgrade() else { return false };
            mailbox.put(told.clone());
            true
        });
    }

    /// No more news: who listens hears the end.
    pub(crate) fn close(&self) {
        for mailbox in self.mailboxes.lock().drain(..).filter_map(|mailbox| mailbox.upgrade()) {
            mailbox.waiting.lock().closed = true;
            mailbox.arrived.notify_one();
        }
    }
}

/// The receiving end of the news. Dropping it ends the listening.
pub struct Listener {
    mailbox: Arc<Mailbox>,
}

impl Listener {
    /// The next piece of news; waits for it. None: the engine is closed.
    ///
    /// Cancel safe: nothing is lost if the future is dropped before it is ready.
    pub async fn recv(&mut self) -> Option<News> {
        loop {
            let arrived = self.mailbox.arrived.notified();
            {
                let mut waiting = self.mailbox.waiting.lock();
                if let Some(news) = waiting.take() {
                    return Some(news);
                }
                if waiting.closed {
                    return None;
                }
            }
            arrived.await;
        }
    }

    /// The next piece of news if one is there.
    pub fn try_recv(&mut self) -> Option<News> {
        self.mailbox.waiting.lock().take()
    }
}

#[derive(Default)]
struct Mailbox {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

impl Mailbox {
    fn put(&self, told: Told) {
        self.waiting.lock().put(told);
        self.arrived.notify_one();
    }
}

/// What a piece of waiting news is about: a newer one of the same topic takes its place.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Topic {
    Timeline(ConversationId),
    Conversations(ProfileId),
    Conversation(ConversationId),
    Queue(ConversationId),
    Profiles,
    Connection(ProfileId),
    Approvals(ProfileId),
    Storage,
    Attached(ConversationId),
    Dragging,
    Loaded(ConversationId),
}

#[derive(Default)]
struct Waiting {
    /// In the order in which they were first told.
    order: VecDeque<Topic>,
    timelines: HashMap<ConversationId, Timeline>,
    /// Newest state of every other topic that waits.
    states: HashMap<Topic, News>,
    closed: bool,
}

/// One open conversation as this listener knows it.
#[derive(Default)]
struct Timeline {
    /// The version of the last frame taken.
    version: u64,
    changes: Vec<Change>,
    turn: Option<Turn>,
}

impl Waiting {
    fn put(&mut self, told: Told) {
        match told {
            Told::Opened { conversation, items, turn } => {
                let opened = Timeline { version: 0, changes: vec![Change::Reset { items }], turn: Some(turn) };
                self.timelines.insert(conversation.clone(), opened);
                self.queue(Topic::Timeline(conversation));
            }
            Told::Changed { conversation, changes, turn } => {
                let Some(timeline) = self.timelines.get_mut(&conversation) else { return };
                timeline.changes.extend(changes);
                timeline.turn = Some(turn);
                if timeline.changes.len() > FOLD_AT {
                    timeline.changes = coalesce(std::mem::take(&mut timeline.changes));
                }
                self.queue(Topic::Timeline(conversation));
            }
            Told::Closed { conversation } => {
                self.timelines.remove(&conversation);
            }
            Told::Conversations { profile, conversations } => {
                self.supersede(|topic| matches!(topic, Topic::Conversation(id) if belongs(id, &profile)));
                let news = News::Conversations { profile: profile.clone(), conversations };
                self.state(Topic::Conversations(profile), news);
            }
            Told::Conversation { conversation } => {
                let topic = Topic::Conversation(conversation.id.clone());
                self.state(topic, News::Conversation { conversation });
            }
            Told::Queue { conversation, queue } => {
                self.state(Topic::Queue(conversation.clone()), News::Queue { conversation, queue });
            }
            Told::Profiles { profiles } => {
                self.supersede(|topic| matches!(topic, Topic::Connection(_)));
                self.state(Topic::Profiles, News::Profiles { profiles });
            }
            Told::Connection { profile, connection } => {
                self.state(Topic::Connection(profile.clone()), News::Connection { profile, connection });
            }
            Told::Approvals { profile, pending } => {
                self.state(Topic::Approvals(profile.clone()), News::Approvals { profile, pending });
            }
            Told::Storage { warning } => self.state(Topic::Storage, News::Storage { warning }),
            Told::Attached { conversation, attachments, mut refused } => {
                let topic = Topic::Attached(conversation.clone());
                // What was refused before and not yet heard is not forgotten.
                if let Some(News::Attached { refused: before, .. }) = self.states.remove(&topic) {
                    refused.splice(0..0, before);
                }
                self.state(topic, News::Attached { conversation, attachments, refused });
            }
            Told::Dragging { over } => self.state(Topic::Dragging, News::Dragging { over }),
            Told::Loaded { conversation, loaded } => {
                self.state(Topic::Loaded(conversation.clone()), News::Loaded { conversation, loaded });
            }
        }
    }

    /// A whole list says it all: what still waits of its parts would only repeat or undo it. Their places go too, so that what is
    /// told of a part from now on is heard after the list.
    fn supersede(&mut self, by_the_list: impl Fn(&Topic) -> bool) {
        self.order.retain(|topic| !by_the_list(topic));
        self.states.retain(|topic, _| !by_the_list(topic));
    }

    fn state(&mut self, topic: Topic, news: News) {
        self.states.insert(topic.clone(), news);
        self.queue(topic);
    }

    fn queue(&mut self, topic: Topic) {
        if !self.order.contains(&topic) {
            self.order.push_back(topic);
        }
    }

    fn take(&mut self) -> Option<News> {
        while let Some(topic) = self.order.pop_front() {
            let Topic::Timeline(conversation) = topic else {
                if let Some(news) = self.states.remove(&topic) {
                    return Some(news);
                }
                continue;
            };
            let Some(timeline) = self.timelines.get_mut(&conversation) else { continue };
            let Some(turn) = timeline.turn.take() else { continue };
            timeline.version += 1;
            let changes = coalesce(std::mem::take(&mut timeline.changes));
            return Some(News::Timeline(Frame { conversation, version: timeline.version, changes, turn }));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Author, Content, ItemId, SendState};

    fn item(id: &str, position: i64) -> Item {
        Item {
            id: ItemId::from(id),
            position,
            author: Author::You,
            at: 0,
            run: None,
            step: None,
            content: Content::User { text: String::new(), images: vec![], state: SendState::Sent },
        }
    }

    fn append(text: &str) -> Vec<Change> {
        vec![Change::Append { id: ItemId::from("a"), text: text.to_owned() }]
    }

    fn changed(changes: Vec<Change>) -> Told {
        Told::Changed { conversation: ConversationId::from("c"), changes, turn: Turn::Sent }
    }

    fn opened() -> Told {
        Told::Opened { conversation: ConversationId::from("c"), items: vec![item("a", 1)], turn: Turn::Yours }
    }

    fn frame(news: Option<News>) -> Frame {
        match news {
            Some(News::Timeline(frame)) => frame,
            other => panic!("a frame was due, not {other:?}"),
        }
    }

    #[test]
    fn versions_count_up_by_one_from_the_opening_however_slow_the_listener() {
        let listeners = Listeners::default();
        let mut listener = listeners.listen();
        listeners.tell(&opened());
        let first = frame(listener.try_recv());
        assert_eq!(first.version, 1);
        assert!(matches!(first.changes[..], [Change::Reset { .. }]));
        for _ in 0..1000 {
            listeners.tell(&changed(append("x")));
        }
        let second = frame(listener.try_recv());
        assert_eq!(second.version, 2);
        assert_eq!(second.changes, append(&"x".repeat(1000)));
        assert!(listener.try_recv().is_none());
        listeners.tell(&changed(append("y")));
        assert_eq!(frame(listener.try_recv()).version, 3);
        listeners.tell(&opened());
        assert_eq!(frame(listener.try_recv()).version, 1);
    }

    #[test]
    fn nothing_is_heard_of_a_conversation_before_its_opening_or_after_its_closing() {
        let listeners = Listeners::default();
        let mut listener = listeners.listen();
        listeners.tell(&changed(append("x")));
        assert!(listener.try_recv().is_none());
        listeners.tell(&opened());
        listeners.tell(&Told::Closed { conversation: ConversationId::from("c") });
        assert!(listener.try_recv().is_none());
    }

    #[test]
    fn only_the_newest_state_waits() {
        let listeners = Listeners::default();
        let mut listener = listeners.listen();
        for attempt in 1..=3 {
            let connection = Connection::Reconnecting { attempt, next: None };
            listeners.tell(&Told::Connection { profile: ProfileId::from("p"), connection });
        }
        let Some(News::Connection { connection, .. }) = listener.try_recv() else { panic!("the connection was due") };
        assert_eq!(connection, Connection::Reconnecting { attempt: 3, next: None });
        assert!(listener.try_recv().is_none());
    }

    #[test]
    fn what_is_told_of_a_part_after_its_list_is_heard_after_it() {
        let listeners = Listeners::default();
        let mut listener = listeners.listen();
        let profile = |connection| Profile {
            id: ProfileId::from("p"),
            name: String::new(),
            place: model::Place::Demo,
            host: String::new(),
            version: None,
            has_key: false,
            connection,
            groups_closed: None,
            warning: None,
            streaming: model::Streaming::Auto,
            abilities: Vec::new(),
            background_closed: None,
        };
        let offline = || Connection::Offline { why: "It is away.".to_owned() };
        let told = |connection| Told::Connection { profile: ProfileId::from("p"), connection };
        listeners.tell(&told(offline()));
        listeners.tell(&Told::Profiles { profiles: vec![profile(offline())] });
        listeners.tell(&told(Connection::Online));
        let heard: Vec<News> = std::iter::from_fn(|| listener.try_recv()).collect();
        assert!(
            matches!(&heard[..], [News::Profiles { .. }, News::Connection { connection: Connection::Online, .. }]),
            "{heard:?}"
        );
    }

    #[tokio::test]
    async fn closing_is_heard_after_what_was_told() {
        let listeners = Listeners::default();
        let mut listener = listeners.listen();
        listeners.tell(&Told::Storage { warning: None });
        listeners.close();
        assert!(listener.recv().await.is_some());
        assert!(listener.recv().await.is_none());
    }
}
