//! What is said to agents and groups: messages and decisions. Looks at the request, refuses what a real server refuses, and begins a
//! run. Stopping one is `stop`.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use crate::{
    Answer, Call, Fault,
    body::{self, Source},
    decision::{Decision, Verdict},
    fault,
    heard::{Words, decode},
    http::{self, Struck, detail, invalid},
    mind::{Heard, Scene},
    play::Player,
    settings::GroupPosts,
    table::Table,
    tape::{Reader, Tape},
    turn::{self, Begun, Manner, Opening, Said},
    whole,
    world::{Agent, Pending, Place, World},
};

const UNKNOWN: &str = "An unknown error occurred with the LLM streaming request.";
const NOTHING_PENDING: &str = "Cannot process approval response: No tool call is currently awaiting approval. Please send a \
                               regular message to interact with the agent.";

type Shared = State<Arc<World>>;

/// `POST /v1/agents/{id}/messages/stream`.
pub(crate) async fn to_agent(
    State(world): Shared,
    Path(id): Path<String>,
    Extension(struck): Extension<Struck>,
    body: Bytes,
) -> Response {
    let Some(agent) = world.state().agent(&id).cloned() else { return http::no_agent(&world, &id) };
    let place = Place::Agent(agent.id.clone());
    agent_run(&world, &agent, place, struck, &body, true).await
}

/// `POST /v1/agents/{id}/messages`: whole, unless `streaming` is set.
pub(crate) async fn to_agent_whole(
    State(world): Shared,
    Path(id): Path<String>,
    Extension(struck): Extension<Struck>,
    body: Bytes,
) -> Response {
    let streams = decode(&body).is_ok_and(|letter| letter.streaming.unwrap_or(false));
    let Some(agent) = world.state().agent(&id).cloned() else { return http::no_agent(&world, &id) };
    let place = Place::Agent(agent.id.clone());
    agent_run(&world, &agent, place, struck, &body, streams).await
}

/// `POST /v1/groups/{id}/messages/stream`.
pub(crate) async fn to_group(
    State(world): Shared,
    Path(id): Path<String>,
    Extension(struck): Extension<Struck>,
    body: Bytes,
) -> Response {
    group_run(&world, &id, struck, &body, true).await
}

/// `POST /v1/groups/{id}/messages`.
pub(crate) async fn to_group_whole(
    State(world): Shared,
    Path(id): Path<String>,
    Extension(struck): Extension<Struck>,
    body: Bytes,
) -> Response {
    group_run(&world, &id, struck, &body, false).await
}

/// A message to an agent, in its own talk or in a further conversation.
pub(crate) async fn agent_run(
    world: &Arc<World>,
    agent: &Agent,
    place: Place,
    struck: Struck,
    body: &Bytes,
    streams: bool,
) -> Response {
    let old = world.settings.old_agents;
    let letter = match decode(body) {
        Ok(letter) => letter,
        Err(_problem) if old => return http::old_invalid(),
        Err(problem) => return invalid(problem),
    };
    if letter.background && world.settings.redis.is_none() {
        let text = "INTERNAL_SERVER_ERROR: Background streaming requires Redis to be running. Please ensure Redis is properly \
                    configured. LETTA_REDIS_HOST: None, LETTA_REDIS_PORT: 6379";
        return detail(StatusCode::SERVICE_UNAVAILABLE, text);
    }
    let manner =
        Manner { tokens: letter.stream_tokens && streams, pings: letter.include_pings.unwrap_or(!old) && streams };
    let background = world.settings.redis.filter(|_| letter.background);
    let desk = Desk { world, agents: vec![agent.id.clone()], streams, group: false, manner, background, old };
    match letter.words {
        Words::Nothing if streams => desk.refuse(&place, StatusCode::OK, UNKNOWN, "list index out of range").await,
        Words::Nothing => detail(StatusCode::UNPROCESSABLE_ENTITY, "Messages must not be empty"),
        Words::Empty => {
            world.ledger.complain("a message without content");
            desk.refuse(&place, StatusCode::BAD_REQUEST, UNKNOWN, "Message content is empty or invalid").await
        }
        Words::Unreachable(why) => desk.refuse(&place, StatusCode::BAD_REQUEST, &why, &why).await,
        Words::Said(said) => {
            if let Some(refused) = desk.waiting(&place).await {
                return refused;
            }
            let earlier = desk.note_otid(&place, &said);
            let heard = Heard::Words(&said.text, said.pictures);
            let scene = Scene { agent: &agent.name, heard, before: earlier.len(), earlier: &earlier };
            let mut answer = world.mind.answer(&scene);
            let faults = merge(struck, &mut answer);
            if let Some(response) = http::instead(&faults).await {
                return response;
            }
            let begun = turn::begin_agent(world, agent, &place, Opening::Said(said), answer, manner);
            desk.answer(begun, faults).await
        }
        Words::Decided(decision) => desk.decide_agent(&place, decision, struck).await,
    }
}

async fn group_run(world: &Arc<World>, id: &str, struck: Struck, body: &Bytes, streams: bool) -> Response {
    match world.settings.group_posts() {
        GroupPosts::Work => {}
        GroupPosts::Broken => {
            let text =
                "Can't instantiate abstract class RoundRobinMultiAgent without an implementation for abstract methods";
            return detail(StatusCode::INTERNAL_SERVER_ERROR, text);
        }
        GroupPosts::Gone => return detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
    }
    let letter = match decode(body) {
        Ok(letter) => letter,
        Err(problem) => return invalid(problem),
    };
    let (group, members, manager) = {
        let state = world.state();
        let Some(group) = state.group(id).cloned() else { return http::no_group(id) };
        let members: Vec<Agent> = group.speakers().iter().filter_map(|id| state.agent(id)).cloned().collect();
        let picks = group.manager.as_ref().filter(|_| group.kind == "dynamic");
        let manager = picks.and_then(|id| state.agent(id)).cloned();
        (group, members, manager)
    };
    let place = Place::Group(group.id.clone());
    let manner = Manner { tokens: letter.stream_tokens && streams, pings: false };
    let desk = Desk { world, agents: group.speakers(), streams, group: true, manner, background: None, old: false };
    match letter.words {
        Words::Nothing | Words::Empty => {
            world.ledger.complain("a message without content to a group");
            desk.refuse(&place, StatusCode::BAD_REQUEST, UNKNOWN, "Message content is empty or invalid").await
        }
        Words::Unreachable(why) => desk.refuse(&place, StatusCode::BAD_REQUEST, &why, &why).await,
        Words::Said(said) => {
            if let Some(refused) = desk.waiting(&place).await {
                return refused;
            }
            let before = desk.note_otid(&place, &said).len();
            let turns = group.max_turns.unwrap_or(members.len());
            let table = Table::new(members, turns, said, before);
            let table = match manager {
                Some(manager) => table.led_by(manager, group.token.clone()),
                None => table,
            };
            let mut first = match table.speaker() {
                Some(agent) => {
                    world.mind.answer(&Player::scene(&agent.name, Heard::Words(&table.text, table.pictures), before))
                }
                None => Answer::default(),
            };
            let faults = merge(struck, &mut first);
            if let Some(response) = http::instead(&faults).await {
                return response;
            }
            let begun = turn::begin_table(world, &group.id, table, None, first, manner);
            desk.answer(begun, faults).await
        }
        Words::Decided(decision) => desk.decide(&place, decision, struck).await,
    }
}

fn merge(struck: Struck, answer: &mut Answer) -> Vec<Fault> {
    let mut faults = struck.0;
    faults.append(&mut answer.faults);
    faults
}

/// Where one request is dealt with.
struct Desk<'a> {
    world: &'a Arc<World>,
    /// Whose run it becomes.
    agents: Vec<String>,
    streams: bool,
    group: bool,
    manner: Manner,
    /// In the background, in batches of this age.
    background: Option<Duration>,
    /// An agent of 0.11.7.
    old: bool,
}

impl Desk<'_> {
    async fn answer(&self, begun: Begun, faults: Vec<Fault>) -> Response {
        if self.streams {
            let ping_every: Option<Duration> = self.manner.pings.then_some(self.world.settings.ping_every);
            let Begun { run, heard } = begun;
            let source = match self.background {
                None => Source::Live(heard),
                Some(batch) => {
                    let tape = Tape::recording(heard, run.clone(), batch);
                    self.world.state().keep(&run, Arc::clone(&tape));
                    Source::Kept(Reader::after(tape, 0))
                }
            };
            if self.old {
                return body::old(source, faults, ping_every).await;
            }
            body::streaming(source, run, faults, ping_every)
        } else {
            whole::answer(begun, self.group).await
        }
    }

    /// A run that fails before it begins: inside a stream with HTTP 200, else with a status.
    async fn refuse(&self, place: &Place, status: StatusCode, message: &str, why: &str) -> Response {
        if self.old {
            return http::old_failure();
        }
        if !self.streams {
            return detail(status, why);
        }
        let begun = turn::refuse(self.world, place, self.agents.clone(), message, why, self.manner.pings);
        self.answer(begun, Vec::new()).await
    }

    /// The refusal of words while a request waits for a decision.
    async fn waiting(&self, place: &Place) -> Option<Response> {
        let request = self.world.state().thread(place).pending.as_ref().map(|pending| pending.request.id.clone())?;
        if !self.streams && !self.old {
            return Some((StatusCode::CONFLICT, Json(fault::pending_body(&request))).into_response());
        }
        Some(self.refuse(place, StatusCode::CONFLICT, fault::PENDING, fault::PENDING).await)
    }

    /// Complains about an otid that the server has already. Returns what was heard here before.
    fn note_otid(&self, place: &Place, said: &Said) -> Vec<String> {
        let mut state = self.world.state();
        if let Some(otid) = &said.otid
            && state.has_otid(place, otid)
        {
            self.world.ledger.complain(format!("otid {otid} was sent again although the server has it"));
        }
        let thread = state.thread(place);
        let earlier = thread.heard.clone();
        thread.heard.push(said.text.clone());
        earlier
    }

    /// A decision sent to an agent: its own request first, else one of a group it sits in.
    async fn decide_agent(&self, place: &Place, decision: Decision, struck: Struck) -> Response {
        let waiting = match place {
            Place::Agent(agent) => self.world.state().waiting_place(agent, decision.ids().first().copied()),
            Place::Conversation { .. } | Place::Group(_) => None,
        };
        self.decide(waiting.as_ref().unwrap_or(place), decision, struck).await
    }

    async fn decide(&self, place: &Place, decision: Decision, struck: Struck) -> Response {
        let (pending, decided_before) = {
            let mut state = self.world.state();
            let thread = state.thread(place);
            let again = decision.ids().iter().any(|id| thread.decided.iter().any(|decided| decided == id));
            (thread.pending.clone(), again)
        };
        if self.old && decision.older.is_none() {
            self.world.ledger.complain("a decision without its older form");
            return http::old_invalid();
        }
        let Some(pending) = pending else {
            self.world.ledger.complain(format!("a decision although nothing waits: {:?}", decision.ids()));
            return match place.agent() {
                Some(agent) if decided_before => self.again(agent, place, struck).await,
                Some(_) | None => self.refuse(place, StatusCode::BAD_REQUEST, UNKNOWN, NOTHING_PENDING).await,
            };
        };
        let verdicts = match decision.on(&pending) {
            Ok(verdicts) => verdicts,
            Err(why) => {
                self.world.ledger.complain(format!("a decision that does not fit what waits: {why}"));
                return self.refuse(place, StatusCode::BAD_REQUEST, UNKNOWN, &why).await;
            }
        };
        if let Some(response) = http::instead(&struck.0).await {
            return response;
        }
        if decision.is_older_denial() && self.world.settings.group_posts() != GroupPosts::Work {
            self.world.ledger.complain("a denial in the older form alone");
            let begun = turn::not_understood(self.world, place, self.agents.clone(), self.manner.pings);
            return self.answer(begun, struck.0).await;
        }
        {
            let mut state = self.world.state();
            let thread = state.thread(place);
            thread.pending = None;
            thread.decided.extend(pending.ids());
        }
        self.go_on(place, pending, verdicts, struck).await
    }

    async fn go_on(&self, place: &Place, pending: Pending, verdicts: Vec<Verdict>, struck: Struck) -> Response {
        let world = self.world;
        let calls = pending.asked.iter().map(|asked| asked.call.clone());
        let decided: Vec<(Call, Verdict)> = calls.zip(verdicts.iter().cloned()).collect();
        let speaker = match place.agent() {
            Some(id) => world.state().agent(id).cloned(),
            None => pending.table.as_ref().and_then(|table| table.speaker().cloned()),
        };
        let Some(agent) = speaker else { return detail(StatusCode::NOT_FOUND, "Agent not found") };
        let mut answer = world.mind.answer(&Player::scene(&agent.name, Heard::Decided(&decided), 1));
        let faults = merge(struck, &mut answer);
        let pending = Box::new(pending);
        let begun = match (place, pending.table.clone()) {
            (Place::Group(id), Some(table)) => {
                turn::begin_table(world, id, table, Some((pending, verdicts)), answer, self.manner)
            }
            (Place::Agent(_) | Place::Conversation { .. } | Place::Group(_), _) => {
                turn::begin_agent(world, &agent, place, Opening::Decided(pending, verdicts), answer, self.manner)
            }
        };
        self.answer(begun, faults).await
    }

    async fn again(&self, id: &str, place: &Place, struck: Struck) -> Response {
        let Some(agent) = self.world.state().agent(id).cloned() else {
            return detail(StatusCode::NOT_FOUND, "Agent not found");
        };
        let mut answer = self.world.mind.answer(&Player::scene(&agent.name, Heard::Again, 1));
        let faults = merge(struck, &mut answer);
        let begun = turn::begin_agent(self.world, &agent, place, Opening::Again, answer, self.manner);
        self.answer(begun, faults).await
    }
}
