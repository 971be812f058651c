//! A group while it speaks: whose turn it is, in order or as its manager picks, and what each member has heard. Also the copies of each
//! other's words that 0.11.7 stores in a group's history. Pure.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    ids::{self, Stem},
    turn::Said,
    wire::{Body, Message},
    world::{Agent, Row},
};

/// Where the table stands after one message of the user.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    members: Vec<Agent>,
    /// Who picks who speaks; none: they speak in order.
    manager: Option<Manager>,
    /// How many turns are over, of members.
    turn: usize,
    turns: usize,
    /// What the user said.
    pub(crate) text: String,
    /// The same as it is stored, with its pictures.
    content: Value,
    pub(crate) pictures: usize,
    pub(crate) otid: Option<String>,
    utterances: Vec<Utterance>,
    /// How many utterances each member has heard.
    heard: Vec<usize>,
    /// Messages the user sent here before.
    pub(crate) before: usize,
}

/// Who picks in a dynamic group. Its choice is streamed like any words of its own (recording 0.11.7/group-dyn-stream-steps).
#[derive(Clone, Debug)]
struct Manager {
    agent: Agent,
    /// The word that ends it all.
    token: Option<String>,
    /// The seat it picked, until that one has spoken.
    picked: Option<usize>,
    /// What was said in the turn that goes on.
    said: String,
}

/// The manager named nobody who sits there: a real server breaks off (API-FACTS §9).
#[derive(Debug)]
pub(crate) struct Nobody;

#[derive(Clone, Debug)]
struct Utterance {
    member: usize,
    content: String,
    otid: Option<String>,
}

impl Table {
    pub(crate) fn new(members: Vec<Agent>, turns: usize, said: Said, before: usize) -> Self {
        let Said { content, text, otid, pictures } = said;
        let heard = vec![0; members.len()];
        let turns = if members.is_empty() { 0 } else { turns };
        let utterances = Vec::new();
        Self { members, manager: None, turn: 0, turns, text, content, pictures, otid, utterances, heard, before }
    }

    /// The same with somebody who picks who speaks.
    pub(crate) fn led_by(self, agent: Agent, token: Option<String>) -> Self {
        Self { manager: Some(Manager { agent, token, picked: None, said: String::new() }), ..self }
    }

    fn seat(&self) -> usize {
        let picked = self.manager.as_ref().and_then(|manager| manager.picked);
        picked.unwrap_or(self.turn % self.members.len().max(1))
    }

    /// Who picks, while it is to pick.
    fn picks(&self) -> Option<&Agent> {
        self.manager.as_ref().filter(|manager| manager.picked.is_none()).map(|manager| &manager.agent)
    }

    /// Who speaks now; none when the table is done.
    pub(crate) fn speaker(&self) -> Option<&Agent> {
        let member = || self.members.get(self.seat());
        (self.turn < self.turns).then(|| self.picks().or_else(member)).flatten()
    }

    pub(crate) fn speaker_id(&self) -> Option<&str> {
        self.speaker().map(|agent| agent.id.as_str())
    }

    pub(crate) fn member_ids(&self) -> Vec<String> {
        let manager = self.manager.iter().map(|manager| &manager.agent);
        self.members.iter().chain(manager).map(|agent| agent.id.clone()).collect()
    }

    /// The turn is over. Names, not ids, are looked for in what a manager says, although real ones are offered ids (API-FACTS §9).
    pub(crate) fn next(&mut self) -> Result<(), Nobody> {
        let Some(manager) = &mut self.manager else {
            self.turn += 1;
            return Ok(());
        };
        let said = std::mem::take(&mut manager.said);
        if manager.token.as_ref().is_some_and(|token| said.contains(token)) {
            self.turn = self.turns;
        } else if manager.picked.take().is_some() {
            self.turn += 1;
        } else {
            let named = self.members.iter().position(|member| said.contains(&member.name));
            manager.picked = Some(named.ok_or(Nobody)?);
        }
        Ok(())
    }

    /// What is stored as the speaker's before it speaks: the user's message (a copy wrapped once per member before it), and the
    /// others' words it has not heard. Recording 0.11.7/group-rr4-list.
    pub(crate) fn heard_before_speaking(&mut self, step: &str, at: Timestamp) -> Vec<Row> {
        let seat = self.seat();
        let mut rows = Vec::new();
        let hears_you = match &self.manager {
            // The user's message is kept once. No list shows it: reading such a group failed (recording 0.11.7/group-dyn-list).
            Some(manager) => manager.picked.is_none() && self.turn == 0,
            None => self.turn < self.members.len(),
        };
        if hears_you {
            let packed = || (0..seat).fold(self.text.clone(), |text, _| wrapped("user_message", &text, at, true));
            let content = if seat == 0 { self.content.clone() } else { Value::String(packed()) };
            rows.push(Row::of(stored(
                at,
                "user_message",
                None,
                self.otid.clone(),
                None,
                Some(step),
                Body::Said { content },
            )));
        }
        if self.picks().is_some() {
            return rows;
        }
        let from = self.heard[seat];
        for utterance in self.utterances[from..].iter().filter(|utterance| utterance.member != seat) {
            rows.push(self.copy(utterance, Some(step), true, at));
        }
        self.heard[seat] = self.utterances.len();
        rows
    }

    /// Remembers what the speaker said, for the others.
    pub(crate) fn said(&mut self, content: String, otid: Option<String>) {
        if let Some(manager) = &mut self.manager {
            manager.said.push_str(&content);
            if manager.picked.is_none() {
                return;
            }
        }
        self.utterances.push(Utterance { member: self.seat(), content, otid });
    }

    /// What is stored when the table is done: the words that some members have not heard yet.
    pub(crate) fn heard_at_the_end(&mut self, at: Timestamp) -> Vec<Row> {
        let mut rows = Vec::new();
        let all = self.utterances.len();
        for (seat, heard) in self.heard.iter().enumerate() {
            for (index, utterance) in self.utterances.iter().enumerate().skip(*heard) {
                if utterance.member != seat {
                    rows.push(self.copy(utterance, None, index + 1 < all, at));
                }
            }
        }
        self.heard.fill(all);
        rows
    }

    /// One member's words as stored for another: a system_message with the otid of the original.
    fn copy(&self, utterance: &Utterance, step: Option<&str>, wrap: bool, at: Timestamp) -> Row {
        let speaker = &self.members[utterance.member];
        let content =
            if wrap { wrapped("system_alert", &utterance.content, at, false) } else { utterance.content.clone() };
        Row::of(stored(
            at,
            "system_message",
            Some(speaker.name.clone()),
            utterance.otid.clone(),
            Some(speaker.id.clone()),
            step,
            Body::Words { content },
        ))
    }
}

fn stored(
    at: Timestamp,
    message_type: &'static str,
    name: Option<String>,
    otid: Option<String>,
    sender_id: Option<String>,
    step: Option<&str>,
    body: Body,
) -> Message {
    Message {
        id: Stem::fresh().message(),
        date: ids::date(at),
        name,
        message_type,
        otid,
        sender_id,
        step_id: step.map(str::to_owned),
        is_err: None,
        seq_id: None,
        run_id: None,
        body,
    }
}

/// The JSON in which 0.11.7 packs a text for an agent; over several lines for a user's message, on one for an alert.
fn wrapped(kind: &str, text: &str, at: Timestamp, lines: bool) -> String {
    let time = at.strftime("%Y-%m-%d %I:%M:%S %p UTC+0000").to_string();
    let (text, time) = (json!(text), json!(time));
    if lines {
        format!("{{\n  \"type\": \"{kind}\",\n  \"message\": {text},\n  \"time\": {time}\n}}")
    } else {
        format!("{{\"type\": \"{kind}\", \"message\": {text}, \"time\": {time}}}")
    }
}
