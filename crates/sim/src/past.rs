//! Talk that was there before the server started: rows of history with ids and dates that are the same at every start. Also how
//! agents and groups get their ids.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, value::RawValue};

use crate::{
    Call, Step,
    decision::{self, Asked, Verdict},
    ids::{self, Stem},
    step::{ModelStep, Part, Voice},
    wire::{Body, Message, Returned},
    world::{Agent, Block, Conversation, Group, Pending, Place, Row, State, Tool},
};

/// One message of the user and what was answered. None said: the agent spoke first.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    pub(crate) at: Timestamp,
    pub(crate) said: Option<Value>,
    pub(crate) steps: Vec<Step>,
}

pub(crate) fn agent_id(name: &str) -> String {
    format!("agent-{}", ids::fixed(&format!("agent {name}")))
}

pub(crate) fn conversation_id(agent: &str, summary: &str) -> String {
    format!("conv-{}", ids::fixed(&format!("conversation {agent} {summary}")))
}

pub(crate) fn group_id(description: &str) -> String {
    format!("group-{}", ids::fixed(&format!("group {description}")))
}

pub(crate) fn agent(name: &str, role: Option<&str>, description: Option<&str>, created: Timestamp) -> Agent {
    Agent {
        id: agent_id(name),
        name: name.to_owned(),
        role: role.map(str::to_owned),
        description: description.map(str::to_owned),
        created,
        updated: created,
        tools: Vec::new(),
        blocks: Vec::new(),
    }
}

/// A tool of an agent; what is not JSON is left out.
pub(crate) fn tool(agent: &mut Agent, name: &str, parameters: &str, asks: bool) {
    match RawValue::from_string(parameters.to_owned()) {
        Ok(parameters) => agent.tools.push(Tool { name: name.to_owned(), parameters, asks }),
        Err(problem) => tracing::error!(name, %problem, "the schema of a tool is not JSON"),
    }
}

/// One block of memory, which all of these agents have.
pub(crate) fn block(state: &mut State, agents: &[&str], label: &str, value: &str, limit: u64) {
    let id = format!("block-{}", ids::fixed(&format!("block {label} {}", agents.join(" "))));
    let block = Block { id, label: label.to_owned(), value: value.to_owned(), limit };
    for agent in state.agents.iter_mut().filter(|agent| agents.contains(&agent.name.as_str())) {
        agent.blocks.push(block.clone());
    }
}

pub(crate) fn group(description: &str, members: &[&str], max_turns: Option<usize>) -> Group {
    Group {
        id: group_id(description),
        description: description.to_owned(),
        members: members.iter().map(|name| agent_id(name)).collect(),
        kind: "round_robin".to_owned(),
        manager: None,
        max_turns,
        token: None,
        frequency: None,
    }
}

/// The system prompt, the first row of every agent's history.
pub(crate) fn prompt(state: &mut State, agent: &str, text: &str, at: Timestamp) {
    let row = Teller::new(format!("{agent} prompt"), None, at).prompt(text);
    state.store(&Place::Agent(agent_id(agent)), [row]);
}

/// Adds talk to an agent's history.
pub(crate) fn tell(state: &mut State, agent: &str, talk: &[Past]) {
    let id = agent_id(agent);
    if let (Some(agent), Some(last)) = (state.agents.iter_mut().find(|agent| agent.id == id), talk.last()) {
        agent.updated = last.at;
    }
    tell_at(state, &Place::Agent(id), agent, talk);
}

/// A further conversation of an agent, with what was said in it.
pub(crate) fn conversation(state: &mut State, agent: &str, summary: &str, created: Timestamp, talk: &[Past]) {
    let conversation = Conversation {
        id: conversation_id(agent, summary),
        agent: agent_id(agent),
        summary: Some(summary.to_owned()),
        created,
        updated: talk.last().map_or(created, |past| past.at),
        last_message: talk.last().map(|past| past.at),
    };
    let place = conversation.place();
    state.conversations.push(conversation);
    let mut teller = Teller::new(format!("{agent} {summary} prompt"), None, created);
    state.store(&place, [teller.prompt(&format!("You are {agent}. Scripted answers, no model."))]);
    tell_at(state, &place, &format!("{agent} {summary}"), talk);
}

fn tell_at(state: &mut State, place: &Place, seed: &str, talk: &[Past]) {
    for past in talk {
        let mut teller = Teller::new(format!("{seed} {}", state.thread(place).rows.len()), None, past.at);
        let said = past.said.as_ref().map(|said| teller.said(said));
        let answered = teller.answered(&past.steps);
        state.store(place, said.into_iter().chain(answered));
    }
}

/// Makes rows whose ids come from a name and a count.
struct Teller {
    seed: String,
    count: usize,
    voice: Voice,
    at: Timestamp,
}

impl Teller {
    fn new(seed: String, speaker: Option<&str>, at: Timestamp) -> Self {
        let run = format!("run-{}", ids::fixed(&format!("run {seed}")));
        Self { voice: Voice { name: speaker.map(str::to_owned), run, old: false }, seed, count: 0, at }
    }

    fn stem(&mut self) -> Stem {
        self.count += 1;
        Stem::from(ids::fixed(&format!("message {} {}", self.seed, self.count)))
    }

    fn step_id(&self) -> String {
        format!("step-{}", ids::fixed(&format!("step {} {}", self.seed, self.count)))
    }

    fn dated(&self, mut message: Message) -> Message {
        message.date = ids::date(self.at);
        message
    }

    fn later(&mut self, seconds: i64) {
        self.at = self.at.saturating_add(seconds.seconds()).unwrap_or(self.at);
    }

    fn prompt(&mut self, text: &str) -> Row {
        let stem = self.stem();
        let body = Body::Words { content: text.to_owned() };
        let mut message = self.voice.message(stem.message(), "system_message", None, None, body);
        message.run_id = None;
        Row::of(self.dated(message))
    }

    /// What the user said, as stored: a text or parts.
    fn said(&mut self, content: &Value) -> Row {
        let (stem, step) = (self.stem(), self.step_id());
        let body = Body::Said { content: content.clone() };
        let mut message = self.voice.message(stem.message(), "user_message", Some(stem.otid(0)), Some(&step), body);
        message.name = None;
        let row = Row::of(self.dated(message));
        self.later(4);
        row
    }

    fn answered(&mut self, steps: &[Step]) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut step = self.model_step();
        for next in steps {
            match next {
                Step::Reasoning(text) => self.speak(&mut step, &mut rows, Part::Reasoning, text),
                Step::Text(text) | Step::Whole(text) => self.speak(&mut step, &mut rows, Part::Words, text),
                Step::Parts(parts) => step.parts(&self.voice, parts.clone()),
                Step::Call(call) => self.called(&mut step, &mut rows, std::slice::from_ref(call)),
                Step::Ask(call) => self.called(&mut step, &mut rows, &[call.clone().asking()]),
                Step::Together(calls) => self.called(&mut step, &mut rows, calls),
                Step::Pause(_) | Step::Gate | Step::Event(_) | Step::Raw(_) | Step::Fail { .. } => {}
            }
        }
        self.finish(&mut step, &mut rows);
        rows
    }

    /// Calls of one step and what came back. What asked was approved.
    fn called(&mut self, step: &mut ModelStep, rows: &mut Vec<Row>, calls: &[Call]) {
        let named = |teller: &Self, number: usize, call: &Call| Asked {
            id: call.id.clone().unwrap_or_else(|| teller.call_id(number)),
            call: call.clone(),
        };
        let calls: Vec<Asked> = calls.iter().enumerate().map(|(number, call)| named(self, number, call)).collect();
        let (asked, harmless): (Vec<Asked>, Vec<Asked>) = calls.into_iter().partition(|asked| asked.call.asks);
        step.call(&self.voice, &harmless);
        let request = step.ask(&self.voice, &asked, false);
        let finished = self.finish(step, rows);
        let mut returns = asked.iter().chain(&harmless).map(|Asked { call, id }| Returned::ran(call, id));
        let first = returns.next().map(|first| {
            let name = asked.first().or(harmless.first()).map(|asked| asked.call.name.as_str());
            self.voice.returned(name, first, returns.collect(), &finished)
        });
        if let Some(request) = request {
            let verdicts = vec![Verdict::Approved(None); asked.len()];
            let run = self.voice.run.clone();
            let pending = Pending { request, asked, harmless, step: finished, run, old: false, table: None };
            let response = decision::stored(&self.voice, &pending, &verdicts);
            self.answer_row(rows, response);
        }
        if let Some(returned) = first {
            self.answer_row(rows, returned);
        }
    }

    fn model_step(&mut self) -> ModelStep {
        let stem = self.stem();
        ModelStep::known(stem, self.step_id())
    }

    fn speak(&mut self, step: &mut ModelStep, rows: &mut Vec<Row>, part: Part, text: &str) {
        if !step.takes(part) {
            self.finish(step, rows);
        }
        step.enter(&self.voice, part);
        step.grow(&self.voice, text);
    }

    /// Stores the step and begins the next. Returns the finished step's id.
    fn finish(&mut self, step: &mut ModelStep, rows: &mut Vec<Row>) -> String {
        let next = self.model_step();
        let finished = std::mem::replace(step, next);
        let id = finished.step.clone();
        for mut row in finished.rows(&self.voice) {
            row.messages = row.messages.into_iter().map(|message| self.dated(message)).collect();
            rows.push(row);
            self.later(3);
        }
        id
    }

    /// A message that is a row of its own, with an id of ours.
    fn answer_row(&mut self, rows: &mut Vec<Row>, mut message: Message) {
        let stem = self.stem();
        message.id = stem.message();
        message.otid = message.otid.map(|_| stem.otid(0));
        rows.push(Row::of(self.dated(message)));
        self.later(2);
    }

    /// The id of the n-th call of a step; the first keeps the id it had when there was only one.
    fn call_id(&self, number: usize) -> String {
        let more = if number == 0 { String::new() } else { format!(" {number}") };
        let hex = ids::fixed(&format!("call {} {}{more}", self.seed, self.count)).simple().to_string();
        format!("call_{}", &hex[..24])
    }
}
