//! Tables that the app leads, over ordinary agents of servers of either age: who speaks in which pattern, and what each member is told.

mod aside;
mod away;
mod deleting;
mod hearing;
mod keeping;
mod leaving;
mod long;
mod manners;
mod patterns;
mod trouble;

use model::{
    AgentId, Content, ConversationId, Guest, Notice, Pattern, Seat, Table,
    command::{Guests, MakeTable},
};
use serde_json::Value;
use sim::{Answer, Script, Sim};
use tests::{Home, Talk, Window};

/// The newest server, which has no groups and gives each member a conversation of its own, and an old one that has only main threads.
pub(crate) const VERSIONS: [&str; 2] = ["0.16.8", "0.11.7"];

/// A table of these agents of one server, with nobody having said anything.
pub(crate) struct Desk {
    pub sim: Sim,
    pub window: Window,
    pub table: ConversationId,
}

/// A server with these agents, each with what it answers in turn.
pub(crate) fn server(version: &str, agents: &[(&str, &[&str])]) -> Sim {
    let script = agents.iter().fold(Script::new().version(version), |script, (name, answers)| {
        script.agent(name, answers.iter().map(|answer| Answer::text(*answer)))
    });
    Sim::scripted(script).unwrap()
}

/// A pattern, made of the ids of agents by their names.
pub(crate) type Patterned = fn(&dyn Fn(&str) -> AgentId) -> Pattern;

/// A table as the window would make it at first.
pub(crate) fn table(guests: &[Guest], names: &[&str], pattern: impl Fn(&dyn Fn(&str) -> AgentId) -> Pattern) -> Table {
    let guest = |name: &str| guests.iter().find(|guest| guest.name == name).unwrap();
    let seats = names.iter().map(|name| guest(name).seat()).collect();
    Table::new("Autumn issue", seats, pattern(&|name| guest(name).agent.clone()))
}

impl Desk {
    /// A table of all agents of a server, in the pattern.
    pub(crate) async fn of(
        home: &Home,
        sim: Sim,
        names: &[&str],
        pattern: impl Fn(&dyn Fn(&str) -> AgentId) -> Pattern,
        set: impl Fn(&mut Table),
    ) -> Self {
        let mut window = home.start().await;
        window.launch().await;
        let profile = window.connect(&sim.address(), None).await;
        window.online(&profile).await;
        let guests = window.ask(Guests {}).await.unwrap();
        let mut table = table(&guests, names, pattern);
        set(&mut table);
        let table = window.ask(MakeTable { profile, table }).await.unwrap();
        window.open_id(&table).await;
        Self { sim, window, table }
    }

    /// The same with somebody who picks and does not sit at it.
    pub(crate) async fn of_managed(
        home: &Home,
        sim: Sim,
        names: &[&str],
        pattern: impl Fn(&dyn Fn(&str) -> AgentId) -> Pattern,
        manager: &str,
    ) -> Self {
        let id = AgentId::from(sim.agent_id(manager));
        let seat = |table: &mut Table| {
            let seat = Seat { agent: id.clone(), name: manager.to_owned(), ..table.seats[0].clone() };
            table.manager = Some(seat);
        };
        Self::of(home, sim, names, pattern, seat).await
    }

    pub(crate) fn agent(&self, name: &str) -> AgentId {
        AgentId::from(self.sim.agent_id(name))
    }

    /// To whom the word was given, and whether at the same time.
    pub(crate) fn handed(&self) -> Vec<(Vec<String>, bool)> {
        let handed = |item: &model::Item| match &item.content {
            Content::Notice(Notice::HandOff { to, side_by_side, .. }) => Some((to.clone(), *side_by_side)),
            _ => None,
        };
        self.talk().items.iter().filter_map(handed).collect()
    }

    /// What the table itself told.
    pub(crate) fn notes(&self) -> Vec<String> {
        notes(self.talk())
    }

    pub(crate) fn talk(&self) -> &Talk {
        self.window.talk(&self.table)
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.window.send(&self.table, text).await.unwrap();
    }

    /// Says something and waits until it is your turn again, with so many answers in all.
    pub(crate) async fn say_and_hear(&mut self, text: &str, answers: usize) {
        self.say(text).await;
        self.until_answers(answers).await;
    }

    pub(crate) async fn until_answers(&mut self, answers: usize) {
        let what = format!("{answers} answers at the table");
        let said = |talk: &Talk| talk.items.iter().filter(|item| item.kind() == "assistant").count();
        self.window.until_talk(&what, &self.table, |talk| said(talk) >= answers && talk.is_over()).await;
        assert_eq!(said(self.talk()), answers, "{:#?}", self.talk().lines());
    }

    /// Who said what, without what stands between.
    pub(crate) fn said(&self) -> Vec<String> {
        self.talk().items.iter().filter(|item| matches!(item.kind(), "user" | "assistant")).map(said).collect()
    }

    /// What each request told its member, in order.
    pub(crate) fn told(&self) -> Vec<String> {
        told(&self.sim)
    }
}

/// What a table itself told.
pub(crate) fn notes(talk: &Talk) -> Vec<String> {
    let told = |item: &model::Item| match &item.content {
        Content::Notice(Notice::Table { text }) => Some(text.clone()),
        _ => None,
    };
    talk.items.iter().filter_map(told).collect()
}

fn said(item: &model::Item) -> String {
    let who = item.speaker().map_or("You", |speaker| speaker.name.as_str());
    let text = match &item.content {
        Content::User { text, .. } | Content::Assistant { text, .. } => text.as_str(),
        _ => "",
    };
    format!("{who}: {text}")
}

/// What each request told its member, in order.
pub(crate) fn told(sim: &Sim) -> Vec<String> {
    let sends =
        sim.requests().into_iter().filter(|request| request.method == "POST" && request.path.contains("/messages"));
    sends.filter_map(|request| text_of(&request.body)).collect()
}

fn text_of(body: &Value) -> Option<String> {
    let content = &body.get("messages")?.get(0)?["content"];
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            Some(parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n"))
        }
        _ => None,
    }
}
