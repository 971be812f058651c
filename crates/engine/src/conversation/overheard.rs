//! A conversation as a member's at a table: who listens, what they are told, and the words that a table says in it. The table itself is
//! `tabled`.

use model::{Change, ImageId, SendOptions};

use super::{
    actor::Talk,
    tabled::{Ear, Overheard},
};
use crate::store::Unsent;

impl Talk {
    /// A table listens from now on.
    pub(super) fn overhear(&mut self, ear: Ear) {
        self.unhear(&ear);
        // What waits for the next frame is in the items already: it must not be told twice.
        self.show();
        let all = vec![Change::Reset { items: self.timeline.items().to_vec() }];
        self.tell_ear(&ear, all);
        self.ears.push(ear);
    }

    pub(super) fn unhear(&mut self, ear: &Ear) {
        self.ears.retain(|other| !other.is(ear));
    }

    /// Tells those who listen what changed, and whether it is at rest.
    pub(super) fn tell_ears(&mut self, changes: &[Change]) {
        // What is not shown yet is told with the next frame: nobody may hear whose turn it is before what made it so.
        if self.ears.is_empty() || (changes.is_empty() && self.page.frames.due().is_some()) {
            return;
        }
        let now = Some((self.turn(), self.is_settled(), self.budget.asked()));
        if changes.is_empty() && self.told_ears == now {
            return;
        }
        self.told_ears = now;
        for ear in self.ears.clone() {
            self.tell_ear(&ear, changes.to_vec());
        }
        self.ears.retain(|ear| !ear.to.is_closed());
    }

    fn tell_ear(&self, ear: &Ear, changes: Vec<Change>) {
        let overheard = Overheard {
            number: ear.number,
            changes,
            turn: self.turn(),
            settled: self.is_settled(),
            long_run: self.budget.asked(),
            waiting: self.outbox.otids(),
        };
        // A table that is gone listens no more.
        let _ = ear.to.send(overheard);
    }

    /// Nothing is under way here or on the server, nothing is asked, and nothing goes by itself.
    fn is_settled(&self) -> bool {
        self.state.is_idle()
            && !self.looking
            && self.in_doubt.is_none()
            && self.cursor.run.is_none()
            && self.errands.is_empty()
            && self.page.frames.due().is_none()
            && !self.outbox.goes_by_itself()
    }

    /// A table says something here. What it said before under the same id is not said again.
    pub(super) async fn tell(
        &mut self,
        otid: String,
        text: String,
        images: Vec<ImageId>,
        options: Option<SendOptions>,
    ) {
        let row = format!("user/{otid}");
        if self.timeline.items().iter().any(|item| item.id.as_str() == row) || self.outbox.otids().contains(&otid) {
            return;
        }
        if let Some(options) = options {
            self.outbox.options = options;
        }
        let at = self.house.clock.now();
        let words = Unsent { conversation: self.id.clone(), otid, text, images, names: Vec::new(), at, queued: true };
        self.put_in_line(words).await;
    }
}
