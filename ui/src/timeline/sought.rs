//! An item to which another one points: the reader asks for it, the view goes there (`scroll::seek`), and it is marked for a moment.

use std::time::Duration;

use leptos::prelude::*;
use model::ItemId;

/// How long it is marked.
const MARKED: Duration = Duration::from_secs(2);

/// What is looked for in a conversation. Cloning gives another handle to the same.
#[derive(Clone, Default)]
pub struct Sought {
    wanted: ArcRwSignal<Option<ItemId>>,
    found: ArcRwSignal<Option<ItemId>>,
}

impl Sought {
    /// The reader wants to see it.
    pub fn ask(&self, item: ItemId) {
        self.wanted.set(Some(item));
    }

    /// Tracked: what was asked for last; told again when it is asked for again.
    pub(super) fn wanted(&self) -> Option<ItemId> {
        self.wanted.get()
    }

    /// It is in sight.
    pub(super) fn reached(&self, item: ItemId) {
        self.found.set(Some(item.clone()));
        let found = self.found.clone();
        set_timeout(
            move || {
                if found.with_untracked(|found| *found == Some(item)) {
                    found.set(None);
                }
            },
            MARKED,
        );
    }

    /// Tracked: it was just found.
    pub(crate) fn is_found(&self, item: &ItemId) -> bool {
        self.found.with(|found| found.as_ref() == Some(item))
    }
}
