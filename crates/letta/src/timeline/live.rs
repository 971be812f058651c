//! What one event does to the list: words and thoughts grow, the user's row is confirmed, what is not the user's business is left
//! out. Tools are `tools`, ends and usage `ending`.

use model::{Author, Content, ImageRef, Item, Notice, SendState, TextState, ToolState};

use super::edit::Edit;
use super::names::{self, Kind};
use super::{APP, rounds, tools};
use crate::Event;
use crate::event::{Body, Head, Said, Words};

/// The most of an unknown message that is shown in one row, beyond its first piece.
const MOST_RAW: usize = 64 * 1024;

impl Edit<'_> {
    /// Applies one event.
    pub fn receive(&mut self, event: &Event) {
        let head = &event.head;
        if self.live() {
            self.confirm_sent(head);
            // Whether or not anybody said so: a run of which more is heard goes on.
            if event.body != Body::Ping && self.last().is_some_and(|item| names::is_cut(&item.id)) {
                self.resumed();
            }
        }
        match &event.body {
            Body::Ping => {}
            Body::Assistant(words) => self.grow(head, Kind::Assistant, &words.text, &words.images),
            Body::Reasoning { text } => self.grow(head, Kind::Reasoning, text, &[]),
            Body::HiddenReasoning => self.hidden_reasoning(head),
            Body::ToolCalls(calls) => self.calls(head, calls, false),
            Body::ApprovalRequest(calls) => self.calls(head, calls, true),
            Body::ApprovalResponse(verdicts) => self.verdicts(verdicts),
            Body::ToolReturns(returns) => self.returns(head, returns),
            Body::User(said) => self.user(head, said),
            Body::System(words) => self.system(head, words),
            Body::Compacted { summary } => self.compacted(head, summary.as_deref()),
            Body::StopReason { reason } => self.stop_reason(reason),
            Body::Usage { steps, input, output } => self.usage(*steps, *input, *output),
            Body::Error(problem) => self.failed(problem),
            Body::Parts(parts) => parts.iter().for_each(|part| self.receive(part)),
            Body::Done => self.finish(),
            Body::Unknown { message_type, raw } => self.unknown(head, message_type, raw),
        }
    }

    /// The user's words before the server has them.
    pub fn sent(&mut self, otid: &str, text: &str, images: &[ImageRef]) {
        let id = names::user(otid);
        let Some(row) = self.find(&id) else {
            let content = Content::User { text: text.to_owned(), images: images.to_vec(), state: SendState::Sending };
            self.push(id, Author::You, &Head::default(), content);
            return;
        };
        while self.items.get(row + 1).is_some_and(|item| names::is_end(&item.id)) {
            self.remove(row + 1);
        }
        let now = self.now;
        self.alter(row, |item| {
            item.at = now;
            if let Content::User { text: words, images: pictures, state } = &mut item.content {
                text.clone_into(words);
                images.clone_into(pictures);
                *state = SendState::Sending;
            }
        });
        if row + 1 < self.items.len() {
            self.move_to_end(row);
        }
    }

    /// Whatever comes back shows that the server has the words.
    fn confirm_sent(&mut self, head: &Head) {
        let sending = self
            .items
            .iter()
            .enumerate()
            .rev()
            .take_while(|(_, item)| matches!(item.content, Content::User { .. }))
            .filter(|(_, item)| matches!(item.content, Content::User { state: SendState::Sending, .. }))
            .map(|(index, _)| index)
            .collect::<Vec<_>>();
        for index in sending {
            self.alter(index, |item| {
                item.run = head.run_id.as_deref().map(Into::into).or(item.run.take());
                if let Content::User { state, .. } = &mut item.content {
                    *state = SendState::Sent;
                }
            });
        }
    }

    /// Adds a piece of words or thoughts to its item, or begins one.
    fn grow(&mut self, head: &Head, kind: Kind, text: &str, images: &[ImageRef]) {
        if let Some(index) = self.text(head, kind) {
            self.lengthen(index, kind, text, images);
            return;
        }
        // Models of memgpt agents begin their thoughts with a space, only in streams.
        let text = if kind == Kind::Reasoning { text.trim_start() } else { text };
        if text.is_empty() && images.is_empty() {
            return;
        }
        let state = TextState::Streaming;
        let content = match kind {
            Kind::Reasoning => Content::Reasoning { text: text.to_owned(), hidden: false, state, took: None },
            Kind::Assistant => Content::Assistant { text: text.to_owned(), images: images.to_vec(), state },
        };
        self.begin(head, kind, content);
    }

    fn hidden_reasoning(&mut self, head: &Head) {
        if self.text(head, Kind::Reasoning).is_none() {
            let state = TextState::Streaming;
            let content = Content::Reasoning { text: String::new(), hidden: true, state, took: None };
            self.begin(head, Kind::Reasoning, content);
        }
    }

    /// Begins a text: whatever ran before it is over.
    fn begin(&mut self, head: &Head, kind: Kind, content: Content) {
        let message = match &head.id {
            Some(id) => id.clone(),
            None => format!("loose-{}", self.next_position()),
        };
        let id = names::text(&message, kind, names::part(head));
        let author = self.speaker(head);
        self.settle();
        self.open_round(&id, &author);
        self.push(id, author, head, content);
    }

    /// Where the text stands that an event goes on with.
    fn text(&self, head: &Head, kind: Kind) -> Option<usize> {
        let Some(message) = &head.id else {
            // Without an id only what stands last can go on.
            let last = self.items.last()?;
            let same = names::stem(&last.id).starts_with("loose-") && names::is_text(last, names::stem(&last.id), kind);
            return (same && is_open(last)).then(|| self.items.len() - 1);
        };
        let part = names::part(head);
        let exact = names::text(message, kind, part);
        if let Some(index) = self.find(&exact) {
            return Some(index);
        }
        // One side told the part and the other did not: the same if the message has only one.
        let mut same = self.items.iter().enumerate().rev().filter(|(_, item)| names::is_text(item, message, kind));
        let (index, item) = same.next()?;
        let told = item.id != names::text(message, kind, None);
        (same.next().is_none() && (part.is_none() || !told)).then_some(index)
    }

    fn lengthen(&mut self, index: usize, kind: Kind, piece: &str, images: &[ImageRef]) {
        let whole = !self.live();
        let (empty, interrupted, hidden) = match &self.items[index].content {
            Content::Assistant { text, state, .. } => (text.is_empty(), *state == TextState::Interrupted, false),
            Content::Reasoning { text, state, hidden, .. } => {
                (text.is_empty(), *state == TextState::Interrupted, *hidden)
            }
            Content::User { .. }
            | Content::Tool(_)
            | Content::Notice(_)
            | Content::Error(_)
            | Content::Gap
            | Content::Round { .. } => return,
        };
        let piece = if empty && kind == Kind::Reasoning { piece.trim_start() } else { piece };
        if !interrupted && !hidden && images.is_empty() && !whole {
            self.append(index, piece);
            return;
        }
        if interrupted {
            self.settle();
        }
        self.alter(index, |item| {
            if let Content::Assistant { text, state, .. } | Content::Reasoning { text, state, .. } = &mut item.content {
                if whole {
                    text.clear();
                }
                text.push_str(piece);
                if interrupted {
                    *state = TextState::Streaming;
                }
            }
            if let Content::Reasoning { text, hidden, .. } = &mut item.content {
                *hidden = text.is_empty() && *hidden;
            }
            if let Content::Assistant { images: shown, .. } = &mut item.content {
                if whole {
                    shown.clear();
                }
                shown.extend_from_slice(images);
            }
        });
    }

    /// Something new comes, so what grew is done.
    pub fn settle(&mut self) {
        for index in self.turn()..self.items.len() {
            match &self.items[index].content {
                Content::Assistant { state: TextState::Streaming, .. }
                | Content::Reasoning { state: TextState::Streaming, .. } => self.close_text(index, TextState::Done),
                Content::Tool(call) => match &call.state {
                    // What asks for approval is written until the server stops for it.
                    ToolState::Writing if call.request.is_none() => self.set_state(index, ToolState::Running),
                    // The run goes on after a refusal without saying so (recording 0.16.8/approval-deny-tokens-v1).
                    ToolState::Deciding if tools::is_refused(call) => self.set_state(index, ToolState::Denied),
                    ToolState::Writing
                    | ToolState::Running
                    | ToolState::AwaitingApproval
                    | ToolState::Deciding
                    | ToolState::Denied
                    | ToolState::Returned(_)
                    | ToolState::Stopped
                    | ToolState::Interrupted => {}
                },
                Content::Assistant { .. }
                | Content::Reasoning { .. }
                | Content::User { .. }
                | Content::Notice(_)
                | Content::Error(_)
                | Content::Gap
                | Content::Round { .. } => {}
            }
        }
    }

    /// Ends a text that grew.
    pub fn close_text(&mut self, index: usize, end: TextState) {
        let (now, live) = (self.now, self.live());
        self.alter(index, |item| {
            let at = item.at;
            match &mut item.content {
                Content::Assistant { state, .. } => *state = end,
                Content::Reasoning { state, took, .. } => {
                    *state = end;
                    *took = live.then(|| (now - at).max(0));
                }
                Content::User { .. }
                | Content::Tool(_)
                | Content::Notice(_)
                | Content::Error(_)
                | Content::Gap
                | Content::Round { .. } => {}
            }
        });
    }

    /// A message in the user's name. In a group every further member has its own copy; only the first is shown.
    fn user(&mut self, head: &Head, said: &Said) {
        let words = match said {
            Said::Words(words) => words,
            Said::Copy(words) if self.cast.solo.is_some() => words,
            Said::Copy(_) | Said::Machine => return,
            Said::Summary(summary) => {
                self.compacted(head, summary.as_deref());
                return;
            }
        };
        let id = match (&head.otid, &head.id) {
            (Some(otid), _) => names::user(otid),
            (None, Some(message)) => names::user(message),
            (None, None) => names::user(&format!("loose-{}", self.next_position())),
        };
        if self.find(&id).is_some() || words.is_empty() {
            return;
        }
        self.settle();
        let (text, images) = (words.text.clone(), words.images.clone());
        self.push(id, Author::You, head, Content::User { text, images, state: SendState::Sent });
    }

    /// In history: the prompt (no otid) and copies of what another member said (a sender) are nobody's business.
    fn system(&mut self, head: &Head, words: &Words) {
        let hidden = head.sender_id.is_some() || head.name.is_some() || (!self.live() && head.otid.is_none());
        if hidden || words.is_empty() {
            return;
        }
        let id = names::system(&self.message(head));
        if self.find(&id).is_none() {
            self.settle();
            self.push(id, APP, head, Content::Notice(Notice::System { text: words.text.clone() }));
        }
    }

    /// A compaction is told by an event, then by its summary, or by the summary alone: one notice.
    fn compacted(&mut self, head: &Head, summary: Option<&str>) {
        let id = names::compaction(&self.message(head));
        let notice = Notice::Compacted { summary: summary.map(str::to_owned) };
        let announced = self.find(&id).or_else(|| {
            let last = self.items.len().checked_sub(1)?;
            matches!(self.items[last].content, Content::Notice(Notice::Compacted { summary: None })).then_some(last)
        });
        match announced {
            Some(index) => self.alter(index, |item| {
                item.id = id;
                item.content = Content::Notice(notice);
            }),
            None => {
                self.settle();
                self.push(id, APP, head, Content::Notice(notice));
            }
        }
    }

    /// Shown as it came; more of the same message, or of the same noise, goes to the same row.
    fn unknown(&mut self, head: &Head, kind: &str, text: &str) {
        let id = names::unknown(head.id.as_deref(), kind, self.next_position());
        let last = self.items.len().checked_sub(1).filter(|_| head.id.is_none());
        let noise = |&last: &usize| matches!(&self.items[last].content, Content::Notice(Notice::Unknown { message_type, .. }) if message_type == kind);
        if let Some(index) = self.find(&id).or(last.filter(noise)) {
            self.alter(index, |item| {
                if let Content::Notice(Notice::Unknown { raw, .. }) = &mut item.content
                    && raw.len() + text.len() < MOST_RAW
                {
                    raw.push('\n');
                    raw.push_str(text);
                }
            });
            return;
        }
        let notice = Notice::Unknown { message_type: kind.to_owned(), raw: text.to_owned() };
        self.push(id, APP, head, Content::Notice(notice));
    }

    /// Marks the beginning of a table's next round.
    pub fn open_round(&mut self, first: &model::ItemId, author: &Author) {
        if !self.live() || self.cast.solo.is_some() {
            return;
        }
        let Author::Agent(speaker) = author else { return };
        if let Some(number) = rounds::next(self.cast, self.items, speaker) {
            self.push(names::round(first), APP, &Head::default(), Content::Round { number });
        }
    }
}

/// More may come to it.
fn is_open(item: &Item) -> bool {
    matches!(
        item.content,
        Content::Assistant { state: TextState::Streaming, .. } | Content::Reasoning { state: TextState::Streaming, .. }
    )
}
