//! The one path by which the window hears something without asking. A listener that is slow costs nobody anything: what waits for
//! it is folded together (`waiting`), so it is bounded by what there is to see. When something is told is decided by the
//! conversation's actor.

mod told;
mod waiting;

use std::sync::{Arc, Weak};

use model::News;
use parking_lot::Mutex;
use tokio::sync::Notify;

pub(crate) use told::Told;
use waiting::Waiting;

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
    pub(crate) fn tell(&self, told: impl Into<Told>) {
        let told = told.into();
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

#[cfg(test)]
mod tests {
    use model::{
        Author, Change, Connection, Content, Conversation, ConversationId, Frame, Item, ItemId, Profile, ProfileId,
        SendState, Turn,
    };

    use serde_json::json;

    use super::*;

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
        listeners.tell(opened());
        let first = frame(listener.try_recv());
        assert_eq!(first.version, 1);
        assert!(matches!(first.changes[..], [Change::Reset { .. }]));
        for _ in 0..1000 {
            listeners.tell(changed(append("x")));
        }
        let second = frame(listener.try_recv());
        assert_eq!(second.version, 2);
        assert_eq!(second.changes, append(&"x".repeat(1000)));
        assert!(listener.try_recv().is_none());
        listeners.tell(changed(append("y")));
        assert_eq!(frame(listener.try_recv()).version, 3);
        listeners.tell(opened());
        assert_eq!(frame(listener.try_recv()).version, 1);
    }

    #[test]
    fn nothing_is_heard_of_a_conversation_before_its_opening_or_after_its_closing() {
        let listeners = Listeners::default();
        let mut listener = listeners.listen();
        listeners.tell(changed(append("x")));
        assert!(listener.try_recv().is_none());
        listeners.tell(opened());
        listeners.tell(Told::Closed { conversation: ConversationId::from("c") });
        assert!(listener.try_recv().is_none());
    }

    #[test]
    fn only_the_newest_state_waits() {
        let listeners = Listeners::default();
        let mut listener = listeners.listen();
        for attempt in 1..=3 {
            let connection = Connection::Reconnecting { attempt, next: None };
            listeners.tell(News::Connection { profile: ProfileId::from("p"), connection });
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
        let told = |connection| News::Connection { profile: ProfileId::from("p"), connection };
        listeners.tell(told(offline()));
        listeners.tell(News::Profiles { profiles: vec![profile(offline())] });
        listeners.tell(told(Connection::Online));
        let heard: Vec<News> = std::iter::from_fn(|| listener.try_recv()).collect();
        assert!(
            matches!(&heard[..], [News::Profiles { .. }, News::Connection { connection: Connection::Online, .. }]),
            "{heard:?}"
        );
    }

    #[test]
    fn a_row_of_a_list_is_not_heard_after_a_list_without_it_wherever_it_was_made() {
        let listeners = Listeners::default();
        let mut listener = listeners.listen();
        let list = || News::Conversations { profile: ProfileId::from("q"), conversations: Vec::new() };
        let row: Conversation = serde_json::from_value(json!({
            "id": "p/table-1", "kind": "table", "members": [], "profile": "q", "title": "Moved", "turn": {"is": "yours"},
            "unread": false, "waiting": 0,
        }))
        .unwrap();
        listeners.tell(list());
        listeners.tell(News::Conversation { conversation: Box::new(row) });
        listeners.tell(list());
        let heard: Vec<News> = std::iter::from_fn(|| listener.try_recv()).collect();
        assert_eq!(heard, [list()]);
    }

    #[tokio::test]
    async fn closing_is_heard_after_what_was_told() {
        let listeners = Listeners::default();
        let mut listener = listeners.listen();
        listeners.tell(News::Storage { warning: None });
        listeners.close();
        assert!(listener.recv().await.is_some());
        assert!(listener.recv().await.is_none());
    }
}
