//! The conversations of every server as signals, one a row, and how the sidebar orders and words them.

use std::collections::HashSet;

use leptos::prelude::*;
use model::{AgentId, Conversation, ConversationId, ConversationKind, Member, ProfileId, Turn};

/// So many agents stand in the sidebar before "8 more agents".
pub const FOLD_AFTER: usize = 6;

/// One conversation as a signal.
pub type Row = ArcRwSignal<Conversation>;

/// All that is known of all servers, in each server's own order.
#[derive(Clone, Copy)]
pub struct Conversations(RwSignal<Vec<Row>>);

impl Default for Conversations {
    fn default() -> Self {
        Self(RwSignal::new(Vec::new()))
    }
}

impl Conversations {
    /// Takes in a server's whole list. Rows that stay keep their signal.
    pub fn set(self, profile: &ProfileId, list: Vec<Conversation>) {
        let mut rows = self.0.get_untracked();
        let (old, mut others): (Vec<Row>, Vec<Row>) =
            rows.drain(..).partition(|row| row.with_untracked(|row| row.profile == *profile));
        others.extend(list.into_iter().map(|conversation| {
            let row = old.iter().find(|row| row.with_untracked(|row| row.id == conversation.id));
            match row {
                Some(row) => {
                    renew(row, conversation);
                    row.clone()
                }
                None => ArcRwSignal::new(conversation),
            }
        }));
        self.0.set(others);
    }

    /// Takes in one row.
    pub fn put(self, conversation: Conversation) {
        match self.get_untracked(&conversation.id) {
            Some(row) => renew(&row, conversation),
            None => self.0.update(|rows| rows.push(ArcRwSignal::new(conversation))),
        }
    }

    /// Forgets servers that are no more.
    pub fn keep(self, profiles: &HashSet<ProfileId>) {
        let gone =
            self.0.with_untracked(|rows| rows.iter().any(|row| !profiles.contains(&row.read_untracked().profile)));
        if gone {
            self.0.update(|rows| rows.retain(|row| profiles.contains(&row.read_untracked().profile)));
        }
    }

    /// Tracked: a server's rows.
    pub fn of(self, profile: &ProfileId) -> Vec<Row> {
        self.0.with(|rows| rows.iter().filter(|row| row.read_untracked().profile == *profile).cloned().collect())
    }

    /// One row.
    pub fn get_untracked(self, id: &ConversationId) -> Option<Row> {
        find(&self.0.read_untracked(), id)
    }

    /// Tracked: one row, once it is there.
    pub fn get(self, id: &ConversationId) -> Option<Row> {
        self.0.with(|rows| find(rows, id))
    }

    /// Tracked: the name of an agent, of whatever server.
    pub fn name_of(self, agent: &AgentId) -> Option<String> {
        self.agent(agent).map(|agent| agent.name)
    }

    /// Tracked: an agent by its own row, of whatever server.
    pub fn agent(self, agent: &AgentId) -> Option<Member> {
        let is_it = |row: &Conversation| {
            let members = if row.kind == ConversationKind::Agent { row.members.as_slice() } else { &[] };
            members.iter().find(|one| one.agent == *agent).cloned()
        };
        self.0.with(|rows| rows.iter().find_map(|row| row.with(is_it)))
    }

    /// Tracked: a sum over all rows.
    pub fn sum(self, count: impl Fn(&Conversation) -> u32) -> u32 {
        self.0.with(|rows| rows.iter().map(|row| row.with(&count)).sum())
    }
}

fn find(rows: &[Row], id: &ConversationId) -> Option<Row> {
    rows.iter().find(|row| row.read_untracked().id == *id).cloned()
}

fn renew(row: &Row, conversation: Conversation) {
    if *row.read_untracked() != conversation {
        row.set(conversation);
    }
}

/// The two sections of the sidebar, without what was put away: groups as the server has them, agents by when something was last said. An agent without a word
/// stays in the server's order, below. Conversations of an agent stand under it: see [`threads`].
pub fn sections(rows: &[Conversation]) -> (Vec<ConversationId>, Vec<ConversationId>) {
    let (groups, mut agents): (Vec<&Conversation>, Vec<&Conversation>) = rows
        .iter()
        .filter(|row| row.kind != ConversationKind::Conversation && !row.archived)
        .partition(|row| matches!(row.kind, ConversationKind::Group | ConversationKind::Table));
    agents.sort_by_key(|row| std::cmp::Reverse(row.last.as_ref().map(|last| last.at)));
    let ids = |rows: Vec<&Conversation>| rows.into_iter().map(|row| row.id.clone()).collect();
    (ids(groups), ids(agents))
}

/// Tables that were put away.
pub fn archived(rows: &[Conversation]) -> Vec<ConversationId> {
    rows.iter().filter(|row| row.archived).map(|row| row.id.clone()).collect()
}

/// The conversations of the agent with this row, the one with the newest words first; one without a word stands above, because it is
/// new.
pub fn threads(rows: &[Conversation], agent: &ConversationId) -> Vec<ConversationId> {
    let Some(agent) = rows.iter().find(|row| row.id == *agent).and_then(|row| row.members.first()) else {
        return Vec::new();
    };
    let is_its = |row: &&Conversation| {
        row.kind == ConversationKind::Conversation
            && row.members.first().is_some_and(|member| member.agent == agent.agent)
    };
    let mut threads: Vec<&Conversation> = rows.iter().filter(is_its).collect();
    threads.sort_by_key(|row| std::cmp::Reverse(row.last.as_ref().map_or(i64::MAX, |last| last.at)));
    threads.into_iter().map(|row| row.id.clone()).collect()
}

/// Every row in the order of the sidebar, conversations below their agents.
pub fn in_order(rows: &[Conversation]) -> Vec<ConversationId> {
    let (groups, agents) = sections(rows);
    let branches = agents.into_iter().flat_map(|agent| {
        let threads = threads(rows, &agent);
        std::iter::once(agent).chain(threads)
    });
    groups.into_iter().chain(branches).collect()
}

/// Which agents stand there while the rest is folded: the first few, and those that are open or want something.
pub fn unfolded(rows: &[Conversation], order: &[ConversationId], open: Option<&ConversationId>) -> Vec<ConversationId> {
    if order.len() <= FOLD_AFTER + 1 {
        return order.to_vec();
    }
    let wanted = |id: &ConversationId| {
        open == Some(id)
            || open.is_some_and(|open| threads(rows, id).contains(open))
            || rows
                .iter()
                .find(|row| row.id == *id)
                .is_some_and(|row| row.unread || row.waiting > 0 || row.turn != Turn::Yours)
    };
    order.iter().enumerate().filter(|(at, id)| *at < FOLD_AFTER || wanted(id)).map(|(_, id)| id.clone()).collect()
}

/// How a row is read aloud: its name and what it wants.
pub fn spoken(row: &Conversation) -> String {
    let mut words = vec![row.title.clone()];
    match &row.turn {
        Turn::Speaking { speaker } => words.push(format!("{} is speaking", speaker.name)),
        Turn::Sent
        | Turn::Resuming { .. }
        | Turn::Stopping
        | Turn::Finishing { .. }
        | Turn::Paused { .. }
        | Turn::Yours => {}
    }
    if row.waiting > 0 {
        words.push("waits for you".to_owned());
    }
    if row.unread {
        words.push("unread".to_owned());
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use model::LastWords;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn row(name: &str, kind: ConversationKind, at: Option<i64>) -> Conversation {
        Conversation {
            id: name.into(),
            profile: "home".into(),
            kind,
            title: name.to_owned(),
            members: vec![],
            pattern: None,
            last: at.map(|at| LastWords { speaker: None, text: "Yes".into(), at }),
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

    fn names(ids: &[ConversationId]) -> Vec<&str> {
        ids.iter().map(ConversationId::as_str).collect()
    }

    #[wasm_bindgen_test]
    fn agents_stand_by_recency_and_groups_as_the_server_has_them() {
        use ConversationKind::{Agent, Group};
        let rows = [
            row("Elena", Agent, None),
            row("Autumn", Group, Some(1)),
            row("Wen", Agent, Some(5)),
            row("Letters", Group, Some(9)),
            row("Rosa", Agent, None),
            row("Ibrahim", Agent, Some(7)),
        ];
        let (groups, agents) = sections(&rows);
        assert_eq!(names(&groups), ["Autumn", "Letters"]);
        assert_eq!(names(&agents), ["Ibrahim", "Wen", "Elena", "Rosa"]);
    }

    #[wasm_bindgen_test]
    fn conversations_stand_below_their_agent_and_nowhere_else() {
        use ConversationKind::{Agent, Conversation as Thread};
        let of = |mut row: Conversation, agent: &str| {
            let member = model::Member {
                agent: agent.into(),
                name: agent.to_owned(),
                role: String::new(),
                hue: 1,
                monogram: "W".to_owned(),
            };
            row.members = vec![member];
            row
        };
        let rows = [
            of(row("Wen", Agent, Some(5)), "wen"),
            of(row("Old", Thread, Some(1)), "wen"),
            of(row("Rosa", Agent, Some(9)), "rosa"),
            of(row("New", Thread, None), "wen"),
            of(row("Talk", Thread, Some(7)), "wen"),
            of(row("Hers", Thread, Some(99)), "rosa"),
        ];
        assert_eq!(names(&sections(&rows).1), ["Rosa", "Wen"]);
        assert_eq!(names(&threads(&rows, &"Wen".into())), ["New", "Talk", "Old"]);
        assert_eq!(names(&in_order(&rows)), ["Rosa", "Hers", "Wen", "New", "Talk", "Old"]);
    }

    #[wasm_bindgen_test]
    fn a_folded_agent_that_wants_something_is_seen() {
        let mut rows: Vec<Conversation> =
            (0..12).map(|number| row(&format!("a{number:02}"), ConversationKind::Agent, None)).collect();
        rows[8].waiting = 1;
        rows[10].unread = true;
        let order: Vec<ConversationId> = rows.iter().map(|row| row.id.clone()).collect();
        let seen = unfolded(&rows, &order, Some(&"a11".into()));
        assert_eq!(names(&seen), ["a00", "a01", "a02", "a03", "a04", "a05", "a08", "a10", "a11"]);
        assert_eq!(unfolded(&rows[..7], &order[..7], None).len(), 7, "one more row is no longer than its fold");
    }

    #[wasm_bindgen_test]
    fn a_list_keeps_the_signals_of_rows_that_stay() {
        let owner = Owner::new();
        owner.set();
        let all = Conversations::default();
        let home = ProfileId::from("home");
        all.set(&home, vec![row("Wen", ConversationKind::Agent, None), row("Rosa", ConversationKind::Agent, None)]);
        let wen = all.get_untracked(&"Wen".into()).unwrap();
        all.set(&home, vec![row("Wen", ConversationKind::Agent, Some(3))]);
        assert_eq!(wen.get_untracked().last.unwrap().at, 3);
        assert!(all.get_untracked(&"Rosa".into()).is_none());
    }
}
