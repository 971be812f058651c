//! Going to an item that may be far above the view, or not loaded yet.

use std::rc::Rc;

use leptos::prelude::WithUntracked;
use model::ItemId;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{Entry, Scroll, What};

/// Where its top is then, as a fraction of the view's height.
const PLACE: f64 = 0.25;

impl Scroll {
    /// Goes to an item; older turns are asked for until it is there.
    pub(in crate::timeline) fn seek(self: &Rc<Self>, item: ItemId) {
        self.release();
        *self.sought.borrow_mut() = Some(item);
        self.approach();
    }

    /// The rows are others: what is sought may be among them now.
    pub(super) fn approach(self: &Rc<Self>) {
        let Some(what) = self.sought.borrow().clone().map(What::Item) else { return };
        let entries = self.rows.entries_untracked();
        if let Some(entry) = entries.iter().find(|entry| entry.what == what) {
            *self.aim.borrow_mut() = Some((entry.clone(), PLACE));
            self.reframe();
            self.soon();
        } else if self.rows.more() {
            let first = entries.iter().find(|entry| matches!(entry.what, What::Item(_))).cloned();
            if *self.asked_at.borrow() != first {
                *self.asked_at.borrow_mut() = first;
                (self.earlier)();
            }
        } else {
            self.sought.take();
        }
    }

    /// The view is at its aim. If that was sought it is marked, and the keys go on from there.
    pub(super) fn arrived(&self, entry: &Entry) {
        let Some(item) = self.sought.take() else { return };
        if entry.what != What::Item(item.clone()) {
            return;
        }
        let at = self.mounted.with_untracked(|mounted| mounted.entries.iter().position(|other| other == entry));
        let row = at.and_then(|at| self.elements().into_iter().nth(at));
        if let Some(row) = row.and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
            row.focus().ok();
        }
        self.rows.sought().reached(item);
    }
}
