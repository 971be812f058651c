//! Pictures on the web that a conversation names: which of them are kept here by now, which are being loaded, what went wrong. The page
//! loads none of them: the reader asks, and the engine fetches.

use std::collections::{HashMap, HashSet};

use leptos::prelude::*;
use model::{ItemId, Loaded, Picture};

/// A place in the talk that names a picture: the item, and which of its pictures.
pub type Place = (ItemId, usize);

/// What is known of them. Cloning gives another handle to the same.
#[derive(Clone, Default)]
pub struct Elsewhere {
    kept: ArcRwSignal<HashMap<String, Picture>>,
    always: ArcRwSignal<bool>,
    loading: ArcRwSignal<HashSet<Place>>,
    failed: ArcRwSignal<HashMap<Place, String>>,
}

impl Elsewhere {
    /// Takes in all that are kept.
    pub fn take_in(&self, loaded: Vec<Loaded>) {
        let kept = loaded.into_iter().map(|loaded| (loaded.url, loaded.picture)).collect();
        if *self.kept.read_untracked() != kept {
            self.kept.set(kept);
        }
    }

    /// One was asked for.
    pub fn begin(&self, place: &Place) {
        self.failed.update(|failed| _ = failed.remove(place));
        self.loading.update(|loading| _ = loading.insert(place.clone()));
    }

    /// It came, or why not.
    pub fn end(&self, place: &Place, answer: Result<Loaded, String>) {
        self.loading.update(|loading| _ = loading.remove(place));
        match answer {
            Ok(loaded) => self.kept.update(|kept| _ = kept.insert(loaded.url, loaded.picture)),
            Err(why) => self.failed.update(|failed| _ = failed.insert(place.clone(), why)),
        }
    }

    /// Loaded unasked from now on, or no longer.
    pub fn set_always(&self, on: bool) {
        self.always.set(on);
    }

    /// Tracked: they are loaded unasked here.
    pub fn always(&self) -> bool {
        self.always.get()
    }

    /// Tracked: the picture of an address, if it is kept here.
    pub fn kept(&self, url: &str) -> Option<Picture> {
        self.kept.with(|kept| kept.get(url).cloned())
    }

    /// Tracked: it is being loaded.
    pub fn is_loading(&self, place: &Place) -> bool {
        self.loading.with(|loading| loading.contains(place))
    }

    /// Tracked: why it could not be loaded.
    pub fn failed(&self, place: &Place) -> Option<String> {
        self.failed.with(|failed| failed.get(place).cloned())
    }
}
