//! The conversation that a table has with each member alone, where its server has such: made once. That it is being made is saved before
//! the server is asked; one of which nobody heard any more is looked for there before another is made.

use model::{AgentId, Connection, ConversationId, Failure, Seat};

use super::Tabled;
use crate::{house::House, sidebar::Row, tables::seat_conversation, threads};

/// A conversation that was made for a member, or not.
pub(super) struct Threaded {
    number: u64,
    thread: Result<letta::Thread, Failure>,
}

impl Tabled {
    /// The conversation in which a member is spoken to; none if it is still to be made.
    pub(super) fn conversation_of(&self, agent: &AgentId) -> Option<ConversationId> {
        let seat = self.table.party(agent)?;
        let thread = self.state.threads.get(agent);
        let none = thread.is_none() && self.house.profiles.has_conversations(&seat.profile);
        (!none).then(|| seat_conversation(seat, thread))
    }

    /// A member gets a conversation of its own at this table, as soon as its server is there.
    pub(super) async fn make_thread(&mut self, number: u64) {
        let Some(running) = self.running.iter_mut().find(|running| running.lane.number == number) else { return };
        let Some(seat) = self.table.party(&running.lane.agent).cloned() else { return };
        let profile = self.house.profiles.get(&seat.profile);
        running.threading = profile.is_none_or(|profile| profile.connection == Connection::Online);
        if !running.threading {
            return;
        }
        let begun = self.state.making.get(&seat.agent).cloned();
        let may_stand = begun.is_some();
        let name = begun.unwrap_or_else(|| self.table.name.clone());
        if !may_stand {
            self.state.making.insert(seat.agent.clone(), name.clone());
            self.keep().await;
        }
        let house = self.house.clone();
        self.threading
            .push(Box::pin(async move { Threaded { number, thread: thread(&house, &seat, &name, may_stand).await } }));
    }

    /// A member has a conversation of its own at this table, or cannot be asked now.
    pub(super) async fn threaded(&mut self, threaded: Threaded) {
        let Some(running) = self.running.iter().find(|running| running.lane.number == threaded.number) else { return };
        let agent = running.lane.agent.clone();
        let Some(seat) = self.table.party(&agent).cloned() else { return };
        match threaded.thread {
            Ok(thread) => {
                let id = seat_conversation(&seat, Some(&thread.id));
                self.house.sidebar.put_behind(id.clone());
                if let Some(row) = threads::behind(&self.house, &seat, &id, &thread) {
                    let saved = self.house.store.put_conversation(&row).await;
                    self.house.sidebar.add(Row::new(row, 0));
                    self.page.warn(saved);
                }
                self.state.making.remove(&agent);
                self.state.threads.insert(agent, thread.id);
                self.keep().await;
                self.attach(threaded.number, id);
            }
            Err(failure) => self.break_off(threaded.number, failure).await,
        }
    }
}

/// A new conversation of an agent. `may_stand`: it was asked for before, and it is not known what became of that.
async fn thread(house: &House, seat: &Seat, name: &str, may_stand: bool) -> Result<letta::Thread, Failure> {
    let client = house.profiles.client(&seat.profile)?;
    if may_stand {
        let is_it = |thread: &letta::Thread| {
            let free = || !house.sidebar.is_behind(&seat_conversation(seat, Some(&thread.id)));
            thread.agent == seat.agent && thread.is_untouched && thread.name == name.trim() && free()
        };
        let known = client.threads(std::slice::from_ref(&seat.agent)).await?;
        if let Some(thread) = known.into_iter().find(is_it) {
            return Ok(thread);
        }
    }
    Ok(client.new_thread(&seat.agent, Some(name)).await?)
}
