//! What is written and chosen in the dialog of a server's group, as signals; from a group and back to one.

use leptos::prelude::*;
use model::{AgentId, ConversationKind, Group, Member, Way};

use super::Grouping;
use crate::state::State;

/// How the members take turns, before it is known who leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    RoundRobin,
    Supervisor,
    Dynamic,
    Sleeptime,
    /// One that this version does not know: it stays as it is.
    Other,
}

impl Kind {
    /// Those that can be chosen, as they are shown.
    pub(super) const ALL: [Self; 4] = [Self::RoundRobin, Self::Supervisor, Self::Dynamic, Self::Sleeptime];

    fn of(way: &Way) -> Self {
        match way {
            Way::RoundRobin { .. } => Self::RoundRobin,
            Way::Supervisor { .. } => Self::Supervisor,
            Way::Dynamic { .. } => Self::Dynamic,
            Way::Sleeptime { .. } => Self::Sleeptime,
            Way::Other { .. } => Self::Other,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "Round robin",
            Self::Supervisor => "Supervisor",
            Self::Dynamic => "Dynamic",
            Self::Sleeptime => "Sleeptime",
            Self::Other => "Another way",
        }
    }

    /// The word for `data-name`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::Supervisor => "supervisor",
            Self::Dynamic => "dynamic",
            Self::Sleeptime => "sleeptime",
            Self::Other => "other",
        }
    }

    pub(super) fn means(self) -> &'static str {
        match self {
            Self::RoundRobin => "Each in turn, in this order",
            Self::Supervisor => "One is asked, asks the others, and answers; only its words are heard",
            Self::Dynamic => "A manager picks who speaks, until it says the last word",
            Self::Sleeptime => "One talks, the others work behind",
            Self::Other => "As it was made elsewhere",
        }
    }

    /// What the one is called whom this way needs; none needs nobody.
    pub(super) fn chair(self) -> Option<&'static str> {
        match self {
            Self::Supervisor => Some("Who leads"),
            Self::Dynamic => Some("Who picks"),
            Self::Sleeptime => Some("Who talks"),
            Self::RoundRobin | Self::Other => None,
        }
    }
}

/// All of the dialog. A handle: copying it costs nothing.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub name: RwSignal<String>,
    pub members: RwSignal<Vec<AgentId>>,
    pub kind: RwSignal<Kind>,
    pub turns: RwSignal<String>,
    pub ends_with: RwSignal<String>,
    pub every: RwSignal<String>,
    /// As chosen.
    chair: RwSignal<Option<AgentId>>,
    /// The way that this version does not know.
    other: StoredValue<Option<Way>>,
    /// The agents of the server.
    pub agents: StoredValue<Vec<Member>>,
}

impl Form {
    pub(super) fn of(state: State, grouping: &Grouping) -> Self {
        let blank =
            |name: &str| Group { name: name.to_owned(), members: Vec::new(), way: Way::RoundRobin { turns: None } };
        let (group, profile) = match grouping {
            Grouping::Make(name) => (blank(name), state.profile.get_untracked()),
            Grouping::Change(id, group) => {
                let row = state.conversations.get_untracked(id);
                ((**group).clone(), row.map(|row| row.with_untracked(|row| row.profile.clone())))
            }
            Grouping::Reset(_) | Grouping::Delete(_) => (blank(""), None),
        };
        let rows = profile.map(|profile| untrack(|| state.conversations.of(&profile))).unwrap_or_default();
        let agent = |row: &model::Conversation| match row.kind {
            ConversationKind::Agent => row.members.first().cloned(),
            ConversationKind::Conversation | ConversationKind::Group | ConversationKind::Table => None,
        };
        let agents = rows.iter().filter_map(|row| row.with_untracked(agent)).collect();
        let number = |number: Option<u32>| RwSignal::new(number.map(|number| number.to_string()).unwrap_or_default());
        let (mut turns, mut ends_with, mut every) = (None, None, None);
        let other = match &group.way {
            Way::RoundRobin { turns: own } => {
                turns = *own;
                None
            }
            Way::Supervisor { .. } => None,
            Way::Dynamic { turns: own, ends_with: word, .. } => {
                turns = *own;
                ends_with.clone_from(word);
                None
            }
            Way::Sleeptime { every: own, .. } => {
                every = *own;
                None
            }
            other @ Way::Other { .. } => Some(other.clone()),
        };
        Self {
            name: RwSignal::new(group.name),
            members: RwSignal::new(group.members),
            kind: RwSignal::new(Kind::of(&group.way)),
            turns: number(turns),
            ends_with: RwSignal::new(ends_with.unwrap_or_default()),
            every: number(every),
            chair: RwSignal::new(group.way.chair().cloned()),
            other: StoredValue::new(other),
            agents: StoredValue::new(agents),
        }
    }

    /// Tracked: who leads, picks or talks: the one chosen, else the first who does not sit there, else the first who does.
    pub(super) fn chair(self) -> Option<AgentId> {
        self.chair.get().or_else(|| {
            let sits = self.members.get();
            self.agents.with_value(|agents| {
                let free = agents.iter().find(|agent| !sits.contains(&agent.agent)).or(agents.first());
                free.map(|agent| agent.agent.clone())
            })
        })
    }

    pub(super) fn choose_chair(self, agent: AgentId) {
        self.chair.set(Some(agent));
    }

    /// What is known of an agent; none: it is no longer on the server.
    pub(super) fn agent(self, id: &AgentId) -> Option<Member> {
        self.agents.with_value(|agents| agents.iter().find(|agent| agent.agent == *id).cloned())
    }

    /// What an agent is called.
    pub(super) fn name_of(self, id: &AgentId) -> String {
        self.agent(id).map_or_else(|| "No longer on the server".to_owned(), |agent| agent.name)
    }

    /// The group as it stands in the dialog; else what is wrong with it. The rest is the engine's to tell.
    pub(super) fn group(self) -> Result<Group, String> {
        let number = |field: RwSignal<String>, what: &str| match field.get_untracked().trim() {
            "" => Ok(None),
            text => match text.parse::<u32>() {
                Ok(number) if number > 0 => Ok(Some(number)),
                Ok(_) | Err(_) => Err(format!("{what} are a number from 1 on, or left empty.")),
            },
        };
        let chair = || untrack(|| self.chair()).ok_or_else(|| "There is no agent on this server.".to_owned());
        let written =
            |text: RwSignal<String>| Some(text.get_untracked().trim().to_owned()).filter(|text| !text.is_empty());
        let way = match self.kind.get_untracked() {
            Kind::RoundRobin => Way::RoundRobin { turns: number(self.turns, "Turns")? },
            Kind::Supervisor => Way::Supervisor { lead: chair()? },
            Kind::Dynamic => Way::Dynamic {
                manager: chair()?,
                turns: number(self.turns, "Turns")?,
                ends_with: written(self.ends_with),
            },
            Kind::Sleeptime => Way::Sleeptime { talks: chair()?, every: number(self.every, "Turns")? },
            Kind::Other => self.other.get_value().ok_or_else(|| "Choose who speaks when.".to_owned())?,
        };
        Ok(Group { name: self.name.get_untracked(), members: self.members.get_untracked(), way })
    }
}
