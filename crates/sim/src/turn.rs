//! One run from its opening to its last event, for an agent or for a table: what opened it, who speaks, how it ends.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    Answer,
    decision::{self, Verdict},
    ids,
    mind::Heard,
    pace::Dice,
    play::{End, Player, Used},
    step::Voice,
    table::{Nobody, Table},
    wire::{Body, ErrorMessage, Message, MoreUsage, Out, Returned, StopReason, Usage},
    world::{Agent, Pending, Place, Row, RunStatus, World},
};

/// What opens a run.
#[derive(Clone, Debug)]
pub(crate) enum Opening {
    /// The user says something.
    Said(Said),
    /// The user decides.
    Decided(Box<Pending>, Vec<Verdict>),
    /// A decision that came twice: the server tells the agent to go on (API-FACTS §6).
    Again,
}

#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// As it is stored: a string or parts.
    pub(crate) content: Value,
    /// Its words.
    pub(crate) text: String,
    pub(crate) otid: Option<String>,
    /// How many pictures are in it.
    pub(crate) pictures: usize,
}

/// How the answer is to come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) tokens: bool,
    pub(crate) pings: bool,
}

/// A run under way.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) run: String,
    pub(crate) heard: UnboundedReceiver<Out>,
}

/// The words of the automatic message after a decision that came twice.
const ALERT: &str =
    "<system-alert>Automated keep-alive ping. Ignore this message and continue from where you stopped.</system-alert>";

/// Begins a run of an agent. `first` is an answer taken already, because its faults had to be known.
pub(crate) fn begin_agent(
    world: &Arc<World>,
    agent: &Agent,
    place: &Place,
    opening: Opening,
    first: Answer,
    manner: Manner,
) -> Begun {
    let otid = match &opening {
        Opening::Said(said) => said.otid.clone(),
        Opening::Decided(..) | Opening::Again => None,
    };
    let (run, cancel) = world.state().begin(place, vec![agent.id.clone()], otid);
    let (mut player, heard) = player(world, place, agents_voice(world, &run), cancel, manner.tokens);
    let begun = Begun { run: run.clone(), heard };
    tokio::spawn(async move {
        let greets = manner.pings && !first.bare && !player.voice.old;
        if greets {
            player.emit(ping(&run)).await;
        }
        let bare = first.bare;
        let end = agent_turn(&mut player, opening, first).await;
        finish(&mut player, end, bare).await;
    });
    begun
}

fn agents_voice(world: &World, run: &str) -> Voice {
    Voice { name: None, run: run.to_owned(), old: world.settings.old_agents }
}

async fn agent_turn(player: &mut Player, opening: Opening, first: Answer) -> End {
    match &opening {
        Opening::Said(said) => player.unsaved.push(Row::of(said_row(player, said.content.clone(), said.otid.clone()))),
        Opening::Again => {
            let otid = Some(Uuid::new_v4().to_string());
            player.unsaved.push(Row::of(said_row(player, Value::String(ALERT.to_owned()), otid)));
        }
        Opening::Decided(pending, verdicts) => {
            if player.decided(pending, verdicts).await.is_err() {
                return End::Cancelled;
            }
        }
    }
    player.answer(first, None).await
}

fn said_row(player: &Player, content: Value, otid: Option<String>) -> Message {
    let otid = otid.unwrap_or_else(|| Uuid::new_v4().to_string());
    player.voice.message(ids::fresh("message"), "user_message", Some(otid), None, Body::Said { content })
}

/// Begins a turn of a table, or goes on with one after a decision.
pub(crate) fn begin_table(
    world: &Arc<World>,
    group: &str,
    table: Table,
    decided: Option<(Box<Pending>, Vec<Verdict>)>,
    first: Answer,
    manner: Manner,
) -> Begun {
    let place = Place::Group(group.to_owned());
    let name = table.speaker().map_or_else(String::new, |agent| agent.name.clone());
    let (run, cancel) = world.state().begin(&place, table.member_ids(), table.otid.clone());
    let voice = Voice { name: Some(name), run: run.clone(), old: false };
    let (mut player, heard) = player(world, &place, voice, cancel, manner.tokens);
    tokio::spawn(async move {
        let bare = first.bare;
        let end = table_turn(&mut player, table, decided, first).await;
        finish(&mut player, end, bare).await;
    });
    Begun { run, heard }
}

async fn table_turn(
    player: &mut Player,
    mut table: Table,
    decided: Option<(Box<Pending>, Vec<Verdict>)>,
    first: Answer,
) -> End {
    if let Some((pending, verdicts)) = &decided
        && player.decided(pending, verdicts).await.is_err()
    {
        return End::Cancelled;
    }
    let mut first = Some(first);
    while let Some(agent) = table.speaker().cloned() {
        player.voice.name = Some(agent.name.clone());
        let answer = first.take().unwrap_or_else(|| {
            let heard = Heard::Words(&table.text, table.pictures);
            let scene = Player::scene(&agent.name, heard, table.before);
            player.world.mind.answer(&scene)
        });
        match player.answer(answer, Some(&mut table)).await {
            // The first member sees a picture, and then the stream fails (recording 0.11.7/group-rr-image).
            End::Turn(_) if table.pictures > 0 => return End::Failed(broken_off()),
            End::Turn(_) => {
                if let Err(Nobody) = table.next() {
                    return End::Failed(broken_off());
                }
            }
            end @ (End::Asks | End::Cancelled | End::Failed(_) | End::Lost) => return end,
        }
    }
    let rest = table.heard_at_the_end(Timestamp::now());
    player.world.state().store(&player.place, rest);
    End::Turn("end_turn".to_owned())
}

/// The stream of a group fails.
fn broken_off() -> ErrorMessage {
    ErrorMessage {
        message_type: "error_message",
        run_id: None,
        error_type: "internal_error".to_owned(),
        message: "Stream failed (internal error occurred)".to_owned(),
        detail: String::new(),
        seq_id: None,
    }
}

fn player(
    world: &Arc<World>,
    place: &Place,
    voice: Voice,
    cancel: CancellationToken,
    tokens: bool,
) -> (Player, UnboundedReceiver<Out>) {
    let (out, heard) = unbounded_channel();
    let seed = u64::from_le_bytes(*Uuid::new_v4().as_bytes().first_chunk().unwrap_or(&[1; 8]));
    let player = Player {
        world: Arc::clone(world),
        place: place.clone(),
        voice,
        tokens,
        out,
        cancel,
        dice: Dice::new(seed),
        used: Used { context: 2400, ..Used::default() },
        unsaved: Vec::new(),
        sent: 0,
    };
    (player, heard)
}

/// The last events, and the run's record. What an agent says last is not what a group says last (API-FACTS §4, §9).
async fn finish(player: &mut Player, end: End, bare: bool) {
    let group = player.voice.in_group();
    let run = player.voice.run.clone();
    let used = usage(player.used, &player.voice);
    player.world.state().used(&run, used.clone());
    let usage = Out::Usage(used);
    let outs = match &end {
        End::Turn(reason) => {
            player.world.state().end(&run, RunStatus::Completed, reason, None);
            if group { vec![usage, Out::Done] } else { vec![Out::Stop(StopReason::new(reason)), usage, Out::Done] }
        }
        End::Asks => {
            player.world.state().end(&run, RunStatus::Completed, "requires_approval", None);
            vec![Out::Stop(StopReason::new("requires_approval")), usage, Out::Done]
        }
        End::Cancelled => {
            player.world.state().end(&run, RunStatus::Cancelled, "cancelled", None);
            vec![Out::Cancelled]
        }
        End::Failed(error) => {
            player.world.state().end(&run, RunStatus::Failed, "llm_api_error", Some(error.clone()));
            if player.voice.old {
                let told = if player.sent == 0 { error.detail.clone() } else { mid_stream("error") };
                vec![Out::Stop(StopReason::new("error")), old_error(&told)]
            } else if group {
                let failed = "data: {\"error\":\"Stream failed (internal error occurred)\"}\n\n";
                vec![Out::Raw(failed.into()), Out::Done]
            } else {
                vec![Out::Stop(StopReason::new("llm_api_error")), Out::Error(error.clone())]
            }
        }
        End::Lost => {
            player.world.state().end(&run, RunStatus::Failed, "error", None);
            vec![old_error(&mid_stream("requires_approval"))]
        }
    };
    if bare {
        return;
    }
    for out in outs {
        player.emit(out).await;
    }
}

/// An error as 0.11.7 streams it (recording 0.11.7/llm-error-500-tokens-mg2).
fn old_error(what: &str) -> Out {
    let what = Value::String(what.to_owned());
    Out::Raw(format!("event: error\ndata: {{\"error\": {what}, \"code\": \"INTERNAL_SERVER_ERROR\"}}\n\n").into())
}

/// What 0.11.7 makes of a stop reason that comes after other events (recording 0.11.7/llm-drop-tokens-mg2).
fn mid_stream(stop: &str) -> String {
    let event = format!("data: {{\"message_type\":\"stop_reason\",\"stop_reason\":\"{stop}\"}}\\n\\n");
    format!("An exception occurred mid-stream with status code 500 with content b'{event}'")
}

fn usage(used: Used, voice: &Voice) -> Usage {
    let completion = used.words + used.thoughts;
    let prompt = if used.prompt == 0 { used.context } else { used.prompt };
    Usage {
        message_type: "usage_statistics",
        completion_tokens: completion,
        prompt_tokens: prompt,
        total_tokens: prompt + completion,
        step_count: used.steps,
        steps_messages: voice.old.then_some(()),
        run_ids: None,
        more: (!voice.is_old()).then_some(MoreUsage {
            cached_input_tokens: Some(0),
            cache_write_tokens: None,
            reasoning_tokens: Some(used.thoughts),
            context_tokens: Some(used.context + completion),
        }),
    }
}

/// A ping of 0.11.7: in silence only, and without anything in it (recording 0.11.7/pings-mg2).
pub(crate) const OLD_PING: &[u8] = b"data: {\"message_type\":\"ping\"}\n\n";

/// A ping: the first event of an agent's stream, and every 20 s of silence.
pub(crate) fn ping(run: &str) -> Out {
    Out::from(Message {
        id: ids::fresh("ping"),
        date: ids::date(Timestamp::now()),
        name: None,
        message_type: "ping",
        otid: None,
        sender_id: None,
        step_id: None,
        is_err: None,
        seq_id: None,
        run_id: Some(run.to_owned()),
        body: Body::Ping {},
    })
}

/// What is stored when a request is dropped by a stop: a denial (recording 0.16.8/cancel-pending-approval-history).
pub(crate) fn dropped(pending: &Pending) -> Vec<Message> {
    let voice = Voice { name: pending.request.name.clone(), run: pending.run.clone(), old: pending.old };
    let reason = "The user cancelled the request, so the tool call was denied.";
    let verdicts = vec![Verdict::Denied(Some(reason.to_owned())); pending.asked.len()];
    // Calls that needed no approval are denied with the rest, though they are no part of the decision.
    let mut denials = pending.asked.iter().chain(&pending.harmless).map(|asked| Returned::denied(&asked.id, reason));
    let response = decision::stored(&voice, pending, &verdicts);
    let returned = denials.next().map(|first| voice.returned(None, first, denials.collect(), &pending.step));
    std::iter::once(response).chain(returned).collect()
}

/// What an agent of 0.16.8 makes of a denial in the older form alone: nothing, and the request still waits
/// (recording 0.16.8/approval-deprecated-deny-tokens-v1).
pub(crate) fn not_understood(world: &Arc<World>, place: &Place, agents: Vec<String>, pings: bool) -> Begun {
    let (out, heard) = unbounded_channel();
    let mut state = world.state();
    let (run, _) = state.begin(place, agents, None);
    state.end(&run, RunStatus::Failed, "invalid_tool_call", None);
    let nothing =
        MoreUsage { cached_input_tokens: None, cache_write_tokens: None, reasoning_tokens: None, context_tokens: None };
    let usage = Usage {
        message_type: "usage_statistics",
        completion_tokens: 0,
        prompt_tokens: 0,
        total_tokens: 0,
        step_count: 0,
        steps_messages: None,
        run_ids: None,
        more: Some(nothing),
    };
    let first = pings.then(|| ping(&run));
    let rest = [Out::Stop(StopReason::new("invalid_tool_call")), Out::Usage(usage), Out::Done];
    for event in first.into_iter().chain(rest) {
        if out.send(event).is_err() {
            break;
        }
    }
    Begun { run, heard }
}

/// A run that fails before the model was asked: ping, stop reason, error, `[DONE]`
/// (recording 0.16.8/approval-pending-user-message-tokens-v1).
pub(crate) fn refuse(
    world: &Arc<World>,
    place: &Place,
    agents: Vec<String>,
    message: &str,
    detail: &str,
    pings: bool,
) -> Begun {
    let (out, heard) = unbounded_channel();
    let mut state = world.state();
    let (run, _) = state.begin(place, agents, None);
    let error = ErrorMessage {
        message_type: "error_message",
        run_id: Some(run.clone()),
        error_type: "internal_error".to_owned(),
        message: message.to_owned(),
        detail: detail.to_owned(),
        seq_id: None,
    };
    state.end(&run, RunStatus::Failed, "error", Some(error.clone()));
    let first = pings.then(|| ping(&run));
    for event in first.into_iter().chain([Out::Stop(StopReason::new("error")), Out::Error(error), Out::Done]) {
        if out.send(event).is_err() {
            break;
        }
    }
    Begun { run, heard }
}
