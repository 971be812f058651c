//! A request as a card shows it, wherever it was asked: the call byte for byte, who asks, and what Tertulia itself knows of it.

use leptos::prelude::*;
use model::{
    AgentId, Before, ConversationId, Failure, Item, Member, Pending, ProfileId, RunsWhere, Speaker, Standing, ToolCall,
    ToolState, WayOut,
    command::{Decide, Shown, Unstick},
};

use crate::{
    arguments::Arguments,
    ipc,
    seats::seat_of,
    state::State,
    timeline::time::{self, Day},
    visible::{as_text, visible_name, visible_text},
};

/// What a card asks about.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Where it is decided.
    pub conversation: ConversationId,
    /// On which server; none where the conversation is not known yet.
    pub profile: Option<ProfileId>,
    /// Who asks.
    pub asker: Asker,
    /// The call. What is decided is exactly its name and its arguments.
    pub call: ToolCall,
    /// What Tertulia knows of it; none: not told yet.
    pub standing: Option<Standing>,
    /// Other calls of the same request that are not decided yet: the server takes all of them together.
    pub others: usize,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Letta's id, where the server told.
    pub agent: Option<AgentId>,
    /// As shown.
    pub name: String,
    /// What it does; may be empty.
    pub role: String,
    /// 1 to 10.
    pub hue: u8,
    /// One letter, or two.
    pub monogram: String,
}

/// All that a card shows of a request and by which it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// Who asks, as named.
    pub agent: String,
    /// Byte for byte.
    pub tool: String,
    /// Byte for byte.
    pub arguments: String,
    /// In which order they are shown.
    pub order: Vec<String>,
}

impl Request {
    /// One of the open conversation; none for an item that is no call.
    pub fn of_item(state: State, conversation: &ConversationId, item: &Item, waiting: &[Item]) -> Option<Self> {
        let call = item.tool()?.clone();
        let row = state.conversations.get(conversation).map(|row| row.get());
        let members = row.as_ref().map(|row| row.members.as_slice()).unwrap_or_default();
        let others = others(&call, waiting.iter().filter_map(Item::tool));
        Some(Self {
            conversation: conversation.clone(),
            profile: row.as_ref().map(|row| row.profile.clone()),
            asker: asker(members, item.speaker()),
            call,
            standing: None,
            others,
        })
    }

    /// One of the inbox.
    pub fn of_pending(state: State, profile: &ProfileId, pending: &Pending, all: &[Pending]) -> Self {
        let members = state.conversations.get(&pending.conversation).map(|row| row.get().members).unwrap_or_default();
        let near = all.iter().filter(|other| other.conversation == pending.conversation);
        Self {
            conversation: pending.conversation.clone(),
            profile: Some(profile.clone()),
            asker: asker(&members, pending.speaker.as_ref()),
            others: others(&pending.call, near.map(|other| &other.call)),
            call: pending.call.clone(),
            standing: Some(pending.standing.clone()),
        }
    }

    /// What it is judged by.
    pub fn face(&self) -> Face {
        Face {
            agent: self.asker.name.clone(),
            tool: self.call.name.clone(),
            arguments: self.call.arguments.clone(),
            order: self.standing.as_ref().map(|standing| standing.order.clone()).unwrap_or_default(),
        }
    }

    /// "Ibrahim wants to run send_email", for the screen reader.
    pub fn spoken(&self) -> String {
        format!("{} wants to run {}", visible_text(&self.asker.name), as_text(visible_name(&self.call.name)))
    }

    /// Its first argument in one line, and how many others it has.
    pub fn first_argument(&self) -> (String, usize) {
        let order = self.standing.as_ref().map(|standing| standing.order.as_slice()).unwrap_or_default();
        let arguments = Arguments::read(&self.call.arguments).in_order(order);
        arguments.first().map_or((String::new(), 0), |(text, more)| (text.to_owned(), more))
    }

    /// A decision is on its way.
    pub fn is_deciding(&self) -> bool {
        self.call.state == ToolState::Deciding
    }

    /// Says yes or no, for exactly what was shown.
    pub async fn decide(self, approve: bool, reason: Option<String>) -> Result<(), Failure> {
        let shown = self.shown();
        ipc::call(Decide { conversation: self.conversation, tool_call: self.call.id, approve, reason, shown }).await
    }

    /// Leaves a stuck request by another way.
    pub async fn unstick(self, way: WayOut) -> Result<(), Failure> {
        let shown = self.shown();
        ipc::call(Unstick { conversation: self.conversation, tool_call: self.call.id, way, shown }).await
    }

    fn shown(&self) -> Shown {
        Shown { name: self.call.name.clone(), arguments: self.call.arguments.clone() }
    }
}

impl Face {
    /// The same request: neither the name nor an argument of it changed.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        self.tool == other.tool && self.arguments == other.arguments
    }
}

/// "Ibrahim wants to run send_email", for the screen reader.
pub fn spoken_title(members: &[Member], item: &Item) -> Option<String> {
    let call = item.tool()?;
    let asker = asker(members, item.speaker());
    Some(format!("{} wants to run {}", visible_text(&asker.name), as_text(visible_name(&call.name))))
}

/// Who asks: a member of the conversation, else the name that came with the request.
fn asker(members: &[Member], speaker: Option<&Speaker>) -> Asker {
    let seat = speaker.and_then(|speaker| seat_of(members, speaker)).and_then(|seat| members.get(seat));
    let only = members.first().filter(|_| speaker.is_none() && members.len() == 1);
    if let Some(member) = seat.or(only) {
        return Asker {
            agent: Some(member.agent.clone()),
            name: member.name.clone(),
            role: member.role.clone(),
            hue: member.hue,
            monogram: member.monogram.clone(),
        };
    }
    let name = speaker.map(|speaker| speaker.name.clone()).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "The agent".to_owned());
    Asker {
        agent: speaker.and_then(|speaker| speaker.id.clone()),
        role: String::new(),
        hue: 1,
        monogram: name.chars().next().map(String::from).unwrap_or_default(),
        name,
    }
}

/// Calls of the same request that wait for a decision still.
fn others<'a>(call: &ToolCall, all: impl Iterator<Item = &'a ToolCall>) -> usize {
    all.filter(|other| other.id != call.id && other.request.is_some() && other.request == call.request)
        .filter(|other| other.state == ToolState::AwaitingApproval)
        .count()
}

/// Where it runs, as far as it is known: "Runs on Home server".
pub fn runs_on(standing: Option<&Standing>, server: Option<&str>) -> String {
    match standing.map(|standing| &standing.runs_where) {
        Some(RunsWhere::Server { name }) => format!("Runs on {name}"),
        Some(RunsWhere::Mcp { name, program: Some(program) }) => format!("Runs in {program}, called by {name}"),
        Some(RunsWhere::Mcp { name, program: None }) => format!("Runs in a program called by {name}"),
        Some(RunsWhere::Unlisted) => "The agent’s list of tools does not have it".to_owned(),
        Some(RunsWhere::Unknown) | None => server.map(|name| format!("Runs on {name}")).unwrap_or_default(),
    }
}

/// How such calls were decided before.
pub fn decided_before(standing: &Standing, today: Day) -> String {
    let Some(before) = &standing.before else { return "Asked for the first time".to_owned() };
    let Before { approved, denied, last_at, last_approved } = before;
    match (last_approved, denied) {
        (false, _) => "You denied it last time".to_owned(),
        (true, 0) => {
            let times = if *approved == 1 { "once".to_owned() } else { format!("{approved} times, last") };
            format!("You approved this tool {times} {}", on_day(*last_at, today))
        }
        (true, _) => format!("Approved {approved} of {} times", approved + denied),
    }
}

/// "today at 10:46", "on 6 Nov", "on 6 Nov 2025".
pub fn on_day(at: i64, today: Day) -> String {
    let day = time::day(at);
    if day == today { format!("today at {}", time::clock(at)) } else { format!("on {}", crate::ago::short(day, today)) }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    const DAY: i64 = 86_400_000;
    const NOON: i64 = 1_763_726_400_000;

    fn standing(before: Option<Before>) -> Standing {
        Standing { before, ..Standing::default() }
    }

    fn before(approved: u32, denied: u32, last_approved: bool) -> Standing {
        standing(Some(Before { approved, denied, last_at: NOON - 15 * DAY, last_approved }))
    }

    #[wasm_bindgen_test]
    fn what_was_decided_before_is_said_in_words() {
        let said = |standing: &Standing| decided_before(standing, time::day(NOON));
        assert_eq!(said(&standing(None)), "Asked for the first time");
        assert_eq!(said(&before(3, 0, true)), "You approved this tool 3 times, last on 6 Nov");
        assert_eq!(said(&before(1, 0, true)), "You approved this tool once on 6 Nov");
        assert_eq!(said(&before(12, 1, true)), "Approved 12 of 13 times");
        assert_eq!(said(&before(12, 1, false)), "You denied it last time");
        assert!(on_day(NOON, time::day(NOON)).starts_with("today at "));
    }

    #[wasm_bindgen_test]
    fn where_it_runs_is_said_in_words() {
        let said = |runs_where| runs_on(Some(&Standing { runs_where, ..Standing::default() }), Some("Home server"));
        let name = || "Home server".to_owned();
        assert_eq!(said(RunsWhere::Server { name: name() }), "Runs on Home server");
        assert_eq!(said(RunsWhere::Unknown), "Runs on Home server");
        assert_eq!(
            said(RunsWhere::Mcp { name: name(), program: Some("github".to_owned()) }),
            "Runs in github, called by Home server"
        );
        assert_eq!(said(RunsWhere::Unlisted), "The agent’s list of tools does not have it");
    }
}
