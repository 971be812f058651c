//! The list of steps that the connect screen shows, filled in as they are taken.

use model::{Check, CheckState};

/// Steps taken so far, and those still planned.
#[derive(Debug)]
pub(super) struct Steps {
    taken: Vec<Check>,
    planned: Vec<String>,
}

impl Steps {
    /// Plans the steps, in their order.
    pub(super) fn plan(planned: impl IntoIterator<Item = String>) -> Self {
        Self { taken: Vec::new(), planned: planned.into_iter().collect() }
    }

    /// The next planned step went well.
    pub(super) fn passed(&mut self, note: impl Into<String>) {
        self.take(CheckState::Passed, note.into());
    }

    /// The next planned step is left out for a reason.
    pub(super) fn skipped(&mut self, note: impl Into<String>) {
        self.take(CheckState::NotTried, note.into());
    }

    /// The next planned step failed; no other is taken.
    pub(super) fn failed(&mut self, note: impl Into<String>) {
        self.take(CheckState::Failed, note.into());
    }

    /// How many went well.
    pub(super) fn count(&self) -> usize {
        self.taken.iter().filter(|check| check.state == CheckState::Passed).count()
    }

    /// All of them; what was not reached says so.
    pub(super) fn finish(mut self) -> Vec<Check> {
        let rest = self.planned.into_iter();
        self.taken.extend(rest.map(|step| Check { step, state: CheckState::NotTried, note: "not tried".to_owned() }));
        self.taken
    }

    fn take(&mut self, state: CheckState, note: String) {
        if !self.planned.is_empty() {
            let step = self.planned.remove(0);
            self.taken.push(Check { step, state, note });
        }
    }
}
