//! What the window asks of a table that the app leads: who has the word, who is passed over, that it goes on, that the user writes.

use leptos::prelude::*;
use model::{
    AgentId,
    command::{GiveWord, GoOn, Mute, Skip, Writing},
};

use crate::open::Open;

impl Open {
    /// Gives a member the word, before all others.
    pub fn give_word(&self, agent: AgentId) {
        self.tell(GiveWord { conversation: self.id.clone(), agents: vec![agent] });
    }

    /// Goes on without a member.
    pub fn skip(&self, agent: AgentId) {
        self.tell(Skip { conversation: self.id.clone(), agent });
    }

    /// A member hears, and does not speak unless called; or speaks again.
    pub fn mute(&self, agent: AgentId, muted: bool) {
        self.tell(Mute { conversation: self.id.clone(), agent, muted });
    }

    /// A table that a guard or the user stopped goes on.
    pub fn go_on(&self) {
        self.tell(GoOn { conversation: self.id.clone() });
    }
}

/// While the calling component lives, tells a table when something stands in its composer and when nothing does any more.
pub fn tell_writing(open: &Open, leads: Memo<bool>, is_empty: Memo<bool>) {
    let told = ArcStoredValue::new(false);
    let tell = {
        let (open, told) = (open.clone(), told.clone());
        move |on: bool| {
            if told.get_value() != on {
                told.set_value(on);
                open.tell(Writing { conversation: open.id.clone(), on });
            }
        }
    };
    let leaving = tell.clone();
    Effect::new(move |_| tell(leads.get() && !is_empty.get()));
    on_cleanup(move || leaving(false));
}
