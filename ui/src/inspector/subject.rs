//! The table or group that is inspected: what is known of it, and how it is changed. Each change is made of what the engine has then,
//! one after the other, so that nothing is undone that was changed elsewhere; what is refused is said in the pane.

use std::collections::VecDeque;

use leptos::{prelude::*, task::spawn_local};
use model::{
    AgentId, Conversation, ConversationId, ConversationKind, Failure, Guest, Pattern,
    command::{ChangeGroup, ChangeTable, GroupOf, Guests, TableOf},
};

use super::edit::{Edit, way_of};
use crate::{ipc, making::Way, open::Open, seat::Led, state::State};

/// What is inspected. A handle: copying it costs nothing.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    pub state: State,
    pub kind: ConversationKind,
    /// As the sidebar has it.
    pub row: Memo<Option<Conversation>>,
    /// Everyone who can be asked to it; none until the engine has told.
    pub guests: RwSignal<Option<Vec<Guest>>>,
    /// Why the engine could not tell, in the user's words.
    pub unasked: RwSignal<Option<String>>,
    /// Why the last change was not made, in the user's words.
    pub refused: RwSignal<Option<String>>,
    /// A way that was chosen and is not yet so.
    pub chosen: RwSignal<Option<Way>>,
    /// An order that was chosen and is not yet so.
    pub order: RwSignal<Option<Vec<AgentId>>>,
    /// Who led, talked or picked last, so that going back to a way brings them back.
    led: RwSignal<[Option<AgentId>; 2]>,
    open: StoredValue<Open>,
    waiting: StoredValue<VecDeque<Edit>>,
    busy: StoredValue<bool>,
}

impl Subject {
    pub(super) fn new(state: State, kind: ConversationKind, open: Open) -> Self {
        let at = open.clone();
        let row = Memo::new(move |_| at.row(state));
        let subject = Self {
            state,
            kind,
            row,
            guests: RwSignal::new(None),
            unasked: RwSignal::new(None),
            refused: RwSignal::new(None),
            chosen: RwSignal::new(None),
            order: RwSignal::new(None),
            led: RwSignal::new([None, None]),
            open: StoredValue::new(open),
            waiting: StoredValue::new(VecDeque::new()),
            busy: StoredValue::new(false),
        };
        let pattern = Memo::new(move |_| row.with(|row| row.as_ref().and_then(|row| row.pattern.clone())));
        Effect::new(move |_| {
            let pattern = pattern.get();
            subject.chosen.set(None);
            if let Some((way, Some(chief))) = pattern.as_ref().and_then(way_of) {
                subject.led.update(|led| led[usize::from(way == Way::Dynamic)] = Some(chief.clone()));
            }
        });
        // Whatever order there is by now, it is the one that counts.
        let seated = Memo::new(move |_| {
            row.with(|row| row.iter().flat_map(|row| &row.members).map(|one| one.agent.clone()).collect::<Vec<_>>())
        });
        Effect::new(move |_| {
            seated.get();
            subject.order.set(None);
        });
        subject.ask_guests();
        subject
    }

    pub(super) fn id(self) -> ConversationId {
        self.open.with_value(|open| open.id.clone())
    }

    /// Tracked: how the members take turns.
    pub(super) fn pattern(self) -> Option<Pattern> {
        self.row.with(|row| row.as_ref().and_then(|row| row.pattern.clone()))
    }

    /// Tracked: members and order can be changed here: always at a table, of a group where its server's groups work and it is in reach.
    pub(super) fn can_change(self) -> bool {
        match self.kind {
            ConversationKind::Table => true,
            ConversationKind::Group => {
                let profile = self.row.with(|row| row.as_ref().map(|row| row.profile.clone()));
                self.state.has_groups() && profile.is_some_and(|profile| self.state.is_reached(&profile))
            }
            ConversationKind::Agent | ConversationKind::Conversation => false,
        }
    }

    /// How the lines to the servers are, which decides what they can tell.
    pub(super) fn line(self) -> Memo<Vec<&'static str>> {
        let state = self.state;
        Memo::new(move |_| {
            state.profiles.with(|profiles| profiles.iter().map(|profile| profile.connection.word()).collect())
        })
    }

    /// The table as its seats need it; none for a group.
    pub(super) fn led(self) -> Option<Led> {
        (self.kind == ConversationKind::Table).then(|| Led::new(self.row, self.open.get_value()))
    }

    /// Who led, talked or picked in this way last.
    pub(super) fn last_chief(self, way: Way) -> Option<AgentId> {
        self.led.with_untracked(|led| led[usize::from(way == Way::Dynamic)].clone())
    }

    /// Asks who can be asked. The servers' lists change while the pane is open.
    pub(super) fn ask_guests(self) {
        spawn_local(async move {
            match ipc::call(Guests {}).await {
                Ok(guests) => drop(self.guests.try_set(Some(guests))),
                Err(why) => drop(self.unasked.try_set(Some(why.message))),
            }
        });
    }

    /// Makes a change, behind those that are not made yet.
    pub(super) fn change(self, edit: Edit) {
        self.refused.set(None);
        self.waiting.update_value(|waiting| waiting.push_back(edit));
        if self.busy.get_value() {
            return;
        }
        self.busy.set_value(true);
        let (id, kind) = (self.id(), self.kind);
        spawn_local(async move {
            // The pane may be gone meanwhile: what was asked for is done nevertheless.
            while let Some(edit) = self.waiting.try_update_value(VecDeque::pop_front).flatten() {
                let guests = self.guests.try_get_untracked().flatten().unwrap_or_default();
                if let Err(failure) = make(&id, kind, edit, &guests).await {
                    self.refused.try_set(Some(failure.message));
                    self.chosen.try_set(None);
                    self.order.try_set(None);
                }
            }
            self.busy.try_update_value(|busy| *busy = false);
        });
    }
}

async fn make(id: &ConversationId, kind: ConversationKind, edit: Edit, guests: &[Guest]) -> Result<(), Failure> {
    let conversation = id.clone();
    match kind {
        ConversationKind::Table => {
            let mut table = ipc::call(TableOf { conversation: conversation.clone() }).await?;
            edit.table(&mut table, guests);
            ipc::call(ChangeTable { conversation, table }).await
        }
        ConversationKind::Group => {
            let mut group = ipc::call(GroupOf { conversation: conversation.clone() }).await?;
            edit.group(&mut group);
            ipc::call(ChangeGroup { conversation, group }).await
        }
        ConversationKind::Agent | ConversationKind::Conversation => Ok(()),
    }
}
