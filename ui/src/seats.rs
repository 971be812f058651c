//! Who did what at the table since you last spoke, and what that makes of each seat. Pure; drawn by `seat.rs`.

use model::{Author, Content, Item, Member, Pattern, SeatState, Speaker, ToolState, Turn};

use crate::table::Word;

/// What one item tells about the table. Few and small, so that a token more in an answer changes nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An agent said something.
    Words(Speaker),
    /// An agent's tool call waits for you.
    Waiting(Speaker),
    /// A turn failed; the agent is known unless the server did not say.
    Failure(Option<Speaker>),
    /// A round began: 2, 3, …
    Round(u32),
}

/// Takes in one item more. The user's own words begin anew.
pub fn hear(item: &Item, heard: &mut Vec<Heard>) {
    let news = match (&item.content, &item.author) {
        (Content::User { .. }, _) => return heard.clear(),
        (Content::Assistant { .. }, Author::Agent(speaker)) => Heard::Words(speaker.clone()),
        (Content::Tool(call), Author::Agent(speaker)) if call.state == ToolState::AwaitingApproval => {
            Heard::Waiting(speaker.clone())
        }
        (Content::Error(_), Author::Agent(speaker)) => Heard::Failure(Some(speaker.clone())),
        (Content::Error(_), Author::You | Author::App) => Heard::Failure(None),
        (Content::Round { number }, _) => Heard::Round(*number),
        (
            Content::Assistant { .. }
            | Content::Tool(_)
            | Content::Reasoning { .. }
            | Content::Notice(_)
            | Content::Gap,
            _,
        ) => return,
    };
    if heard.last() != Some(&news) {
        heard.push(news);
    }
}

/// The state of every seat, in the members' order.
pub fn seats(members: &[Member], pattern: Option<&Pattern>, heard: &[Heard], turn: &Turn) -> Vec<SeatState> {
    let mut states = vec![SeatState::Idle; members.len()];
    let mut last = None;
    for news in heard {
        let (speaker, state) = match news {
            Heard::Words(speaker) => (seat_of(members, speaker), SeatState::Spoke),
            Heard::Waiting(speaker) => (seat_of(members, speaker), SeatState::Waiting),
            Heard::Failure(Some(speaker)) => (seat_of(members, speaker), SeatState::Failed),
            Heard::Failure(None) => (last, SeatState::Failed),
            Heard::Round(_) => {
                // What waits, waits over the end of a round too.
                states
                    .iter_mut()
                    .filter(|state| **state != SeatState::Waiting)
                    .for_each(|state| *state = SeatState::Idle);
                last = None;
                continue;
            }
        };
        let Some(seat) = speaker else { continue };
        states[seat] = state;
        last = Some(seat);
    }
    let now = match turn {
        Turn::Speaking { speaker } | Turn::Resuming { speaker: Some(speaker) } => {
            let Some(seat) = seat_of(members, speaker) else { return states };
            states[seat] = match pattern {
                Some(Pattern::Sleeptime { talks }) if *talks != members[seat].agent => SeatState::Background,
                Some(_) | None => SeatState::Speaking,
            };
            Some(seat)
        }
        Turn::Paused { speaker } => {
            let Some(seat) = seat_of(members, speaker) else { return states };
            states[seat] = SeatState::Waiting;
            Some(seat)
        }
        Turn::Sent | Turn::Resuming { speaker: None } => last,
        Turn::Stopping | Turn::Finishing { .. } | Turn::Yours => return states,
    };
    if pattern == Some(&Pattern::RoundRobin) {
        let next = now.map_or(0, |seat| seat + 1);
        if let Some(state) = states.get_mut(next).filter(|state| **state == SeatState::Idle) {
            *state = SeatState::Next;
        }
        if let Some(state) = states.last_mut().filter(|state| **state == SeatState::Idle) {
            *state = SeatState::Closes;
        }
    }
    states
}

/// A speaker's seat: by id where the server tells it, else by name.
pub fn seat_of(members: &[Member], speaker: &Speaker) -> Option<usize> {
    members.iter().position(|member| match &speaker.id {
        Some(id) => member.agent == *id,
        None => member.name == speaker.name,
    })
}

/// Who has the word in the drawing.
pub fn word(members: &[Member], turn: &Turn) -> Word {
    match turn {
        Turn::Speaking { speaker } | Turn::Resuming { speaker: Some(speaker) } => {
            seat_of(members, speaker).map_or(Word::Nobody, Word::Member)
        }
        Turn::Yours => Word::You,
        Turn::Sent
        | Turn::Resuming { speaker: None }
        | Turn::Paused { .. }
        | Turn::Stopping
        | Turn::Finishing { .. } => Word::Nobody,
    }
}

/// The round of the table: 1 until a round mark says otherwise.
pub fn round(heard: &[Heard]) -> u32 {
    heard
        .iter()
        .rev()
        .find_map(|news| match news {
            Heard::Round(number) => Some(*number),
            Heard::Words(_) | Heard::Waiting(_) | Heard::Failure(_) => None,
        })
        .unwrap_or(1)
}

/// The line under a group's name: how its members take turns.
pub fn pattern_line(members: &[Member], pattern: Option<&Pattern>, round: u32) -> String {
    let name = |agent: &model::AgentId| {
        members.iter().find(|member| member.agent == *agent).map(|member| member.name.as_str())
    };
    match pattern {
        Some(Pattern::RoundRobin) => match round {
            0 | 1 => "Round robin".to_owned(),
            number => format!("Round robin, round {number}"),
        },
        Some(Pattern::Supervisor { lead }) => match name(lead) {
            Some(name) => format!("Supervisor: {name} decides who speaks"),
            None => "Supervisor: one agent decides who speaks".to_owned(),
        },
        Some(Pattern::Dynamic { .. }) => "Dynamic: a manager picks".to_owned(),
        Some(Pattern::Sleeptime { talks }) => {
            let others: Vec<&str> =
                members.iter().filter(|member| member.agent != *talks).map(|member| member.name.as_str()).collect();
            match (name(talks), others.as_slice()) {
                (Some(name), [other]) => format!("{name} talks, {other} works behind"),
                (Some(name), _) => format!("{name} talks, the others work behind"),
                (None, _) => "One talks, the others work behind".to_owned(),
            }
        }
        Some(Pattern::CalledOn) => "Called on: you name who speaks".to_owned(),
        Some(Pattern::Other { word }) => format!("Takes turns by “{word}”"),
        None => String::new(),
    }
}

/// Names as one says them: "Ibrahim, Wen and Rosa".
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use model::{AgentId, SendState, TextState, ToolCall, ToolCallId};
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use SeatState::{Background, Closes, Failed, Idle, Next, Speaking, Spoke, Waiting};

    fn member(name: &str) -> Member {
        Member {
            agent: AgentId::from(format!("agent-{name}")),
            name: name.to_owned(),
            role: String::new(),
            hue: 1,
            monogram: name[..1].to_owned(),
        }
    }

    fn desk() -> Vec<Member> {
        ["Ibrahim", "Wen", "Rosa", "Elena"].map(member).to_vec()
    }

    fn by_id(name: &str) -> Speaker {
        Speaker { id: Some(AgentId::from(format!("agent-{name}"))), name: "another spelling".to_owned() }
    }

    fn by_name(name: &str) -> Speaker {
        Speaker { id: None, name: name.to_owned() }
    }

    fn speaking(name: &str) -> Turn {
        Turn::Speaking { speaker: by_name(name) }
    }

    fn item(author: Author, content: Content) -> Item {
        Item { id: "i".into(), position: 0, author, at: 0, run: None, step: None, content }
    }

    fn words(name: &str) -> Item {
        item(
            Author::Agent(by_name(name)),
            Content::Assistant { text: "…".into(), images: vec![], state: TextState::Streaming },
        )
    }

    fn request(name: &str, state: ToolState) -> Item {
        let call = ToolCall {
            id: ToolCallId::from("call"),
            name: "send_email".into(),
            arguments: "{}".into(),
            state,
            request: None,
            stuck: None,
            foreign: false,
            decision: None,
            took: None,
        };
        item(Author::Agent(by_name(name)), Content::Tool(call))
    }

    fn heard(items: &[Item]) -> Vec<Heard> {
        let mut heard = Vec::new();
        items.iter().for_each(|item| hear(item, &mut heard));
        heard
    }

    fn yours() -> Item {
        item(Author::You, Content::User { text: "So?".into(), images: vec![], state: SendState::Sent })
    }

    fn round_mark(number: u32) -> Item {
        item(Author::App, Content::Round { number })
    }

    #[wasm_bindgen_test]
    fn the_header_of_the_design() {
        let items = [
            yours(),
            words("Ibrahim"),
            words("Elena"),
            round_mark(2),
            words("Ibrahim"),
            request("Ibrahim", ToolState::AwaitingApproval),
            words("Wen"),
        ];
        let heard = heard(&items);
        assert_eq!(
            seats(&desk(), Some(&Pattern::RoundRobin), &heard, &speaking("Wen")),
            [Waiting, Speaking, Next, Closes]
        );
        assert_eq!(pattern_line(&desk(), Some(&Pattern::RoundRobin), round(&heard)), "Round robin, round 2");
    }

    #[wasm_bindgen_test]
    fn your_words_clear_the_table() {
        let heard = heard(&[words("Ibrahim"), words("Wen"), yours()]);
        assert_eq!(heard, []);
        assert_eq!(seats(&desk(), Some(&Pattern::RoundRobin), &heard, &Turn::Sent), [Next, Idle, Idle, Closes]);
        assert_eq!(seats(&desk(), Some(&Pattern::RoundRobin), &heard, &Turn::Yours), [Idle; 4]);
    }

    #[wasm_bindgen_test]
    fn a_round_goes_to_its_end() {
        let all = heard(&[yours(), words("Ibrahim"), words("Wen"), words("Rosa")]);
        assert_eq!(seats(&desk(), Some(&Pattern::RoundRobin), &all, &speaking("Rosa")), [Spoke, Spoke, Speaking, Next]);
        assert_eq!(
            seats(&desk(), Some(&Pattern::RoundRobin), &all, &speaking("Elena")),
            [Spoke, Spoke, Spoke, Speaking]
        );
        assert_eq!(seats(&desk(), Some(&Pattern::RoundRobin), &all, &Turn::Sent), [Spoke, Spoke, Spoke, Next]);
        assert_eq!(seats(&desk(), Some(&Pattern::RoundRobin), &all, &Turn::Yours), [Spoke, Spoke, Spoke, Idle]);
    }

    #[wasm_bindgen_test]
    fn a_pause_shows_who_waits_and_who_would_be_next() {
        let heard = heard(&[yours(), words("Ibrahim"), request("Ibrahim", ToolState::AwaitingApproval)]);
        let turn = Turn::Paused { speaker: by_id("Ibrahim") };
        assert_eq!(seats(&desk(), Some(&Pattern::RoundRobin), &heard, &turn), [Waiting, Next, Idle, Closes]);
    }

    #[wasm_bindgen_test]
    fn a_decided_request_waits_no_more() {
        let heard = heard(&[yours(), words("Wen"), request("Wen", ToolState::Running)]);
        assert_eq!(seats(&desk(), Some(&Pattern::RoundRobin), &heard, &Turn::Yours), [Idle, Spoke, Idle, Idle]);
    }

    #[wasm_bindgen_test]
    fn a_failure_without_a_name_is_the_last_speakers() {
        let trouble = || Content::Error(model::Trouble { what: "Stopped".into(), why: String::new(), details: None });
        let unnamed = heard(&[yours(), words("Wen"), item(Author::App, trouble())]);
        assert_eq!(seats(&desk(), None, &unnamed, &Turn::Yours), [Idle, Failed, Idle, Idle]);
        let named = heard(&[yours(), words("Wen"), item(Author::Agent(by_id("Rosa")), trouble())]);
        assert_eq!(seats(&desk(), None, &named, &Turn::Yours), [Idle, Spoke, Failed, Idle]);
    }

    #[wasm_bindgen_test]
    fn only_a_fixed_order_tells_who_is_next() {
        let heard = heard(&[yours(), words("Elena")]);
        let lead = Pattern::Supervisor { lead: "agent-Elena".into() };
        assert_eq!(seats(&desk(), Some(&lead), &heard, &speaking("Wen")), [Idle, Speaking, Idle, Spoke]);
        assert_eq!(pattern_line(&desk(), Some(&lead), round(&heard)), "Supervisor: Elena decides who speaks");
        let manager = Pattern::Dynamic { manager: "agent-Elena".into() };
        assert_eq!(seats(&desk(), Some(&manager), &heard, &Turn::Sent), [Idle, Idle, Idle, Spoke]);
    }

    #[wasm_bindgen_test]
    fn the_sleeper_works_in_the_background() {
        let pair = ["Wen", "Bruna"].map(member).to_vec();
        let pattern = Pattern::Sleeptime { talks: "agent-Wen".into() };
        let heard = heard(&[yours(), words("Wen")]);
        assert_eq!(seats(&pair, Some(&pattern), &heard, &speaking("Bruna")), [Spoke, Background]);
        assert_eq!(pattern_line(&pair, Some(&pattern), round(&heard)), "Wen talks, Bruna works behind");
    }

    #[wasm_bindgen_test]
    fn a_stranger_at_the_table_disturbs_nobody() {
        let heard = heard(&[yours(), words("Nobody we know"), words("Wen")]);
        assert_eq!(seats(&desk(), Some(&Pattern::RoundRobin), &heard, &speaking("Nobody we know"))[1], Spoke);
        assert_eq!(word(&desk(), &speaking("Nobody we know")), Word::Nobody);
        assert_eq!(word(&desk(), &speaking("Rosa")), Word::Member(2));
    }
}
