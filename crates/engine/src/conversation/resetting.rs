//! Taking out all that was said in a server's group, on the server and here. Who asks for it is `groups`.

use letta::Target;
use model::{Change, Code, Failure};

use super::{actor::Talk, state::State};
use crate::store::Cursor;

impl Talk {
    /// Begins anew with nothing said. The task does nothing else until the server has answered, so that nothing is said meanwhile.
    ///
    /// # Errors
    /// A conflict while an answer comes or is looked for; else why the server did not do it. Nothing is lost then.
    pub(super) async fn reset(&mut self) -> Result<(), Failure> {
        let Target::Group(group) = self.target.clone() else {
            return Err(Failure::new(Code::Invalid, "Only what was said in a group can be taken out."));
        };
        match self.state {
            State::Idle => {}
            State::Asking(..) | State::Hearing(..) | State::Stopping | State::Finishing(..) | State::Resuming(..) => {
                let why = "An answer still comes here. Stop it, or wait for its end.";
                return Err(Failure::new(Code::Conflict, why));
            }
        }
        let client = self.client()?;
        client.reset_group(&group).await.inspect_err(|error| self.house.profiles.noticed(&self.profile, error))?;
        // Pages that were asked for before hold what is no more.
        self.errands.clear();
        self.filling.clear();
        self.looking = false;
        for words in self.house.store.unsent(&self.id).await.unwrap_or_default() {
            let saved = self.house.store.take_unsent(&words.otid).await;
            self.page.warn(saved);
        }
        self.in_doubt = None;
        self.restored = false;
        self.examined = None;
        self.refusal = None;
        self.speaker = None;
        self.page.unread = false;
        self.page.more_saved = false;
        self.cursor = Cursor { whole: true, ..Cursor::default() };
        self.timeline.load(Vec::new());
        self.changed(vec![Change::Reset { items: Vec::new() }]);
        self.show();
        self.save().await;
        Ok(())
    }
}
