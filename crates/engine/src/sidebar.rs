//! The rows of the sidebar as they are now, of every profile, and their order. What the rows say comes from the store and the server
//! (`sync`) and from the conversations that run; here they only meet.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use model::{Conversation, ConversationId, ConversationKind, LastWords, News, ProfileId};
use parking_lot::Mutex;

use crate::news::Listeners;

/// One row and how recent it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub conversation: Conversation,
    /// When something last happened there as the server tells, in milliseconds since 1970 UTC; 0 where it does not.
    pub active: i64,
    /// While something runs there: the last words as they are to be read if the app is killed now.
    pub if_killed: Option<LastWords>,
}

impl Row {
    /// A row where nothing runs.
    pub(crate) fn new(conversation: Conversation, active: i64) -> Self {
        Self { conversation, active, if_killed: None }
    }

    /// Groups first, then the most recent; by title where nothing was ever said.
    fn rank(&self) -> (bool, Reverse<i64>, &str) {
        let said = self.conversation.last.as_ref().map_or(0, |last| last.at);
        let group = match self.conversation.kind {
            ConversationKind::Group | ConversationKind::Table => true,
            ConversationKind::Agent | ConversationKind::Conversation => false,
        };
        (!group, Reverse(said.max(self.active)), &self.conversation.title)
    }
}

/// Every row of every profile.
pub(crate) struct Sidebar {
    rows: Mutex<HashMap<ProfileId, Vec<Row>>>,
    /// Conversations that members of tables have there alone: known, and not listed.
    behind: Mutex<HashSet<ConversationId>>,
    listeners: Arc<Listeners>,
}

impl Sidebar {
    pub(crate) fn new(listeners: Arc<Listeners>) -> Self {
        Self { rows: Mutex::default(), behind: Mutex::default(), listeners }
    }

    /// A profile's rows in their order, as they are listed.
    pub(crate) fn of(&self, profile: &ProfileId) -> Vec<Conversation> {
        self.listed(profile, &self.rows.lock())
    }

    /// This conversation is a table's: it is not listed from now on.
    pub(crate) fn put_behind(&self, id: ConversationId) {
        self.behind.lock().insert(id);
    }

    /// It is a table's no more: it is listed as any other.
    pub(crate) fn bring_forward(&self, id: &ConversationId) {
        let rows = self.rows.lock();
        self.behind.lock().remove(id);
        let has = |rows: &[Row]| rows.iter().any(|row| row.conversation.id == *id);
        if let Some((profile, _)) = rows.iter().find(|(_, rows)| has(rows)) {
            self.tell_all(profile, &rows);
        }
    }

    /// Whether it is a table's.
    pub(crate) fn is_behind(&self, id: &ConversationId) -> bool {
        self.behind.lock().contains(id)
    }

    fn listed(&self, profile: &ProfileId, rows: &HashMap<ProfileId, Vec<Row>>) -> Vec<Conversation> {
        let behind = self.behind.lock();
        let rows = rows.get(profile).into_iter().flatten().map(|row| &row.conversation);
        rows.filter(|row| !behind.contains(&row.id)).cloned().collect()
    }

    /// The same as they are to be saved: what runs is cut short if nothing is saved after it.
    pub(crate) fn to_be_saved(&self, profile: &ProfileId) -> Vec<Conversation> {
        let rows = self.rows.lock();
        let saved = |row: &Row| {
            let mut conversation = row.conversation.clone();
            conversation.last = row.if_killed.clone().or(conversation.last);
            conversation
        };
        rows.get(profile).map(|rows| rows.iter().map(saved).collect()).unwrap_or_default()
    }

    /// The last words of a conversation in which something runs, as they are to be read if the app is killed now.
    pub(crate) fn if_killed(&self, id: &ConversationId, last: Option<LastWords>) {
        let mut rows = self.rows.lock();
        if let Some(row) = rows.values_mut().flatten().find(|row| row.conversation.id == *id) {
            row.if_killed = last;
        }
    }

    /// One row.
    pub(crate) fn row(&self, id: &ConversationId) -> Option<Conversation> {
        let rows = self.rows.lock();
        rows.values().flatten().find(|row| row.conversation.id == *id).map(|row| row.conversation.clone())
    }

    /// Whether it is known.
    pub(crate) fn has(&self, id: &ConversationId) -> bool {
        self.rows.lock().values().flatten().any(|row| row.conversation.id == *id)
    }

    /// All rows of a profile anew. What the conversations themselves tell (last words, what is new, whose turn it is) stays as it is
    /// now: it may have changed while the lists were fetched.
    pub(crate) fn replace(&self, profile: &ProfileId, mut fresh: Vec<Row>) {
        let mut rows = self.rows.lock();
        let old = rows.remove(profile).unwrap_or_default();
        for row in &mut fresh {
            if let Some(was) = old.iter().find(|was| was.conversation.id == row.conversation.id) {
                row.conversation.turn = was.conversation.turn.clone();
                row.conversation.long_run = was.conversation.long_run;
                if was.conversation.floor.is_some() {
                    row.conversation.floor.clone_from(&was.conversation.floor);
                }
                row.conversation.unread = was.conversation.unread;
                if was.conversation.last.is_some() {
                    row.conversation.last = was.conversation.last.clone();
                    row.conversation.waiting = was.conversation.waiting;
                }
                row.if_killed = was.if_killed.clone();
            }
        }
        fresh.sort_by(|a, b| a.rank().cmp(&b.rank()));
        let same = fresh == old;
        rows.insert(profile.clone(), fresh);
        if !same {
            self.tell_all(profile, &rows);
        }
    }

    /// Changes one row where it is known, and tells what became of it.
    pub(crate) fn update(&self, id: &ConversationId, change: impl FnOnce(&mut Conversation)) {
        let mut all = self.rows.lock();
        let Some((profile, at)) = all.iter().find_map(|(profile, rows)| {
            rows.iter().position(|row| row.conversation.id == *id).map(|at| (profile.clone(), at))
        }) else {
            return;
        };
        let Some(rows) = all.get_mut(&profile) else { return };
        let before = rows[at].conversation.clone();
        change(&mut rows[at].conversation);
        if rows[at].conversation == before {
            return;
        }
        rows.sort_by(|a, b| a.rank().cmp(&b.rank()));
        match rows.get(at) {
            Some(row) if row.conversation.id == *id && self.is_behind(id) => {}
            Some(row) if row.conversation.id == *id => {
                self.listeners.tell(News::Conversation { conversation: Box::new(row.conversation.clone()) });
            }
            Some(_) | None => self.tell_all(&profile, &all),
        }
    }

    /// A row that is new.
    pub(crate) fn add(&self, row: Row) {
        let mut all = self.rows.lock();
        let profile = row.conversation.profile.clone();
        let rows = all.entry(profile.clone()).or_default();
        rows.retain(|other| other.conversation.id != row.conversation.id);
        rows.push(row);
        rows.sort_by(|a, b| a.rank().cmp(&b.rank()));
        self.tell_all(&profile, &all);
    }

    /// A row that is no more.
    pub(crate) fn take_out(&self, id: &ConversationId) {
        let mut all = self.rows.lock();
        let Some((profile, rows)) = all.iter_mut().find(|(_, rows)| rows.iter().any(|row| row.conversation.id == *id))
        else {
            return;
        };
        rows.retain(|row| row.conversation.id != *id);
        let profile = profile.clone();
        self.tell_all(&profile, &all);
    }

    /// The same without a word: it is told of elsewhere.
    pub(crate) fn drop_row(&self, id: &ConversationId) {
        self.rows.lock().values_mut().for_each(|rows| rows.retain(|row| row.conversation.id != *id));
    }

    /// Forgets a profile's rows.
    pub(crate) fn remove(&self, profile: &ProfileId) {
        self.rows.lock().remove(profile);
    }

    fn tell_all(&self, profile: &ProfileId, rows: &HashMap<ProfileId, Vec<Row>>) {
        let conversations = self.listed(profile, rows);
        self.listeners.tell(News::Conversations { profile: profile.clone(), conversations });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Turn;

    fn row(id: &str, kind: ConversationKind, active: i64) -> Row {
        let conversation = Conversation {
            id: ConversationId::from(id),
            profile: ProfileId::from("p"),
            kind,
            title: id.to_owned(),
            members: vec![],
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
        };
        Row::new(conversation, active)
    }

    fn order(sidebar: &Sidebar) -> Vec<String> {
        sidebar.of(&ProfileId::from("p")).into_iter().map(|row| row.title).collect()
    }

    #[test]
    fn groups_stand_first_then_the_most_recent() {
        let listeners = Arc::new(Listeners::default());
        let mut listener = listeners.listen();
        let sidebar = Sidebar::new(Arc::clone(&listeners));
        let rows = vec![
            row("old", ConversationKind::Agent, 1),
            row("new", ConversationKind::Agent, 9),
            row("b", ConversationKind::Agent, 0),
            row("a", ConversationKind::Agent, 0),
            row("group", ConversationKind::Group, 0),
        ];
        sidebar.replace(&ProfileId::from("p"), rows.clone());
        assert_eq!(order(&sidebar), ["group", "new", "old", "a", "b"]);
        assert!(matches!(listener.try_recv(), Some(News::Conversations { .. })));
        sidebar.replace(&ProfileId::from("p"), rows);
        assert!(listener.try_recv().is_none(), "nothing changed, nothing is told");

        sidebar.update(&ConversationId::from("new"), |row| row.unread = true);
        assert!(matches!(listener.try_recv(), Some(News::Conversation { .. })));
        let words = LastWords { speaker: None, text: "Hello".to_owned(), at: 10 };
        sidebar.update(&ConversationId::from("old"), |row| row.last = Some(words));
        assert_eq!(order(&sidebar), ["group", "old", "new", "a", "b"]);
        assert!(matches!(listener.try_recv(), Some(News::Conversations { .. })), "the order changed");
    }
}
