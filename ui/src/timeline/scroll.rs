//! What of the list is in the page, and where the reader is in it. About three screens are mounted; what is above and below is a gap as
//! high as its rows were or may be. The line being read stays where it is: before and after each change of layout the first row in
//! sight is measured, and the difference is scrolled away before anything is painted (WebKitGTK has no scroll anchoring).

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use leptos::prelude::*;
use model::ItemId;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, ResizeObserver};

mod seek;

use super::{
    Entry, Rows, What,
    measure::{Measured, guess, scroll_top, set_scroll_top},
};

/// Within so many pixels of the end the view follows it.
const NEAR_END: f64 = 48.0;

/// What is mounted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Mounted {
    /// The rows.
    pub(super) entries: Vec<Entry>,
    /// The gap above them in pixels.
    pub(super) above: f64,
    /// The gap below them in pixels.
    pub(super) below: f64,
}

/// The scrolled list.
pub(super) struct Scroll {
    rows: Rows,
    mounted: RwSignal<Mounted>,
    earlier: Rc<dyn Fn()>,
    view: RefCell<Option<View>>,
    heights: RefCell<HashMap<Entry, f64>>,
    measured: RefCell<Vec<Measured>>,
    /// The view follows the end.
    follows: Cell<bool>,
    /// A row to be put at this fraction of the view's height, once it is mounted.
    aim: RefCell<Option<(Entry, f64)>>,
    last_top: Cell<f64>,
    due: Cell<bool>,
    placed: Cell<bool>,
    /// The first row when older ones were asked for.
    asked_at: RefCell<Option<Entry>>,
    /// An item that the view is to go to, loaded or not.
    sought: RefCell<Option<ItemId>>,
}

struct View {
    scroller: HtmlElement,
    column: Element,
    observed: RefCell<Vec<Element>>,
    observer: ResizeObserver,
    _callback: Closure<dyn Fn()>,
}

impl Scroll {
    pub(super) fn new(rows: Rows, mounted: RwSignal<Mounted>, earlier: Rc<dyn Fn()>) -> Rc<Self> {
        Rc::new(Self {
            rows,
            mounted,
            earlier,
            view: RefCell::default(),
            heights: RefCell::default(),
            measured: RefCell::default(),
            follows: Cell::new(true),
            aim: RefCell::default(),
            last_top: Cell::new(0.0),
            due: Cell::new(false),
            placed: Cell::new(false),
            asked_at: RefCell::default(),
            sought: RefCell::default(),
        })
    }

    /// The list is on the page.
    pub(super) fn attach(self: &Rc<Self>, scroller: HtmlElement, column: Element) {
        let this = Rc::downgrade(self);
        let callback = Closure::<dyn Fn()>::new(move || {
            if let Some(this) = this.upgrade() {
                this.settle();
            }
        });
        let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) else { return };
        observer.observe(&scroller);
        *self.view.borrow_mut() =
            Some(View { scroller, column, observed: RefCell::default(), observer, _callback: callback });
        self.reframe();
        self.soon();
    }

    /// The list is gone.
    pub(super) fn detach(&self) {
        if let Some(view) = self.view.take() {
            view.observer.disconnect();
        }
    }

    /// The rows are others now.
    pub(super) fn changed(self: &Rc<Self>) {
        self.approach();
        self.reframe();
        self.soon();
    }

    /// Down, and stay there.
    pub(super) fn go_to_end(self: &Rc<Self>) {
        self.follows.set(true);
        self.aim.take();
        self.sought.take();
        self.reframe();
        self.soon();
    }

    /// The reader means to look up: nothing pulls the view down again until the end is reached.
    pub(super) fn release(&self) {
        self.follows.set(false);
        self.aim.take();
        self.sought.take();
    }

    /// The view was scrolled, by the reader or by us.
    pub(super) fn scrolled(self: &Rc<Self>) {
        let Some((top, height, whole)) = self.extent() else { return };
        let before = self.last_top.replace(top);
        if (top - before).abs() >= 1.0 {
            let left = whole - top - height;
            // Where there is no more below, the view did not go up: it became taller, or its content shorter.
            let is_pushed = top < before && left < 1.0;
            let is_down = left <= NEAR_END && top > before;
            self.follows.set(is_down || self.follows.get() && (top >= before || is_pushed));
        }
        self.tell();
        if !self.covers(top, height) {
            self.reframe();
            self.soon();
        }
        self.load_older(top, height);
    }

    /// The element of the row that comes `by` rows after the one in focus or the first in sight.
    pub(super) fn neighbour(&self, from: Option<&Element>, by: isize) -> Option<HtmlElement> {
        let elements = self.elements();
        let current = from.and_then(|from| elements.iter().position(|element| element.contains(Some(from))));
        let at = match current {
            Some(at) => at.checked_add_signed(by)?,
            None => {
                let (top, _, _) = self.extent()?;
                self.measured.borrow().iter().position(|row| row.end() > top + 1.0)?
            }
        };
        elements.get(at)?.clone().dyn_into().ok()
    }

    /// At the next frame: watch the rows that are new, and settle.
    fn soon(self: &Rc<Self>) {
        if self.due.replace(true) {
            return;
        }
        let this = Rc::downgrade(self);
        request_animation_frame(move || {
            if let Some(this) = this.upgrade() {
                this.due.set(false);
                this.watch();
                this.settle();
                if let Some((top, height, _)) = this.extent() {
                    if !this.covers(top, height) {
                        this.reframe();
                    }
                    this.load_older(top, height);
                }
            }
        });
    }

    /// Observes the mounted rows and the gap above them.
    fn watch(&self) {
        let elements = self.elements();
        let view = self.view.borrow();
        let Some(view) = view.as_ref() else { return };
        let mut wanted = elements;
        wanted.extend(view.column.first_element_child());
        let observed = view.observed.replace(wanted.clone());
        for gone in observed.iter().filter(|element| !wanted.contains(element)) {
            view.observer.unobserve(gone);
        }
        for new in wanted.iter().filter(|element| !observed.contains(element)) {
            view.observer.observe(new);
        }
    }

    /// After a change of layout and before the next paint: the end stays in sight, or the line being read stays where it is.
    fn settle(self: &Rc<Self>) {
        let Some((top, height, _)) = self.extent() else { return };
        if height < 1.0 {
            return;
        }
        let now = self.measure(top);
        let before = self.measured.replace(now.clone());
        {
            let mut heights = self.heights.borrow_mut();
            for row in &now {
                heights.insert(row.entry.clone(), row.height);
            }
        }
        let aimed = self.aim.borrow().clone().and_then(|(entry, fraction)| {
            let row = now.iter().find(|row| row.entry == entry)?;
            Some((row.top - height * fraction, entry))
        });
        if let Some((aimed, entry)) = aimed {
            self.aim.take();
            self.arrived(&entry);
            // After the focus, which the page may have scrolled to in its own way.
            self.scroll_to(aimed);
            // If the end is as good as in sight from there, it is the end.
            if self.extent().is_some_and(|(top, height, whole)| whole - top - height <= NEAR_END) {
                self.follows.set(true);
                self.scroll_to(f64::MAX);
            }
        } else if self.follows.get() && !self.has_selection() {
            self.scroll_to(f64::MAX);
        } else {
            let mut still = before.iter().filter(|row| row.end() > top + 1.0 && row.holds());
            let moved = still.find_map(|row| {
                let after = now.iter().find(|after| after.entry.what == row.entry.what)?;
                // A row whose turn's header went up to older words is another above its first line, and the same below it.
                Some(if after.entry == row.entry { after.top - row.top } else { after.end() - row.end() })
            });
            if let Some(moved) = moved.filter(|moved| moved.abs() >= 0.5) {
                self.scroll_to(top + moved);
            }
        }
        self.tell();
    }

    fn scroll_to(&self, top: f64) {
        let view = self.view.borrow();
        let Some(view) = view.as_ref() else { return };
        let end = f64::from(view.scroller.scroll_height() - view.scroller.client_height());
        set_scroll_top(&view.scroller, top.min(end).max(0.0));
        self.last_top.set(scroll_top(&view.scroller));
    }

    /// Says whether the reader is at the end.
    fn tell(&self) {
        if let Some((top, height, whole)) = self.extent() {
            self.rows.set_at_end(whole - top - height <= NEAR_END);
        }
    }

    /// Older turns are asked for one screen before they are needed, once for each first row.
    fn load_older(&self, top: f64, height: f64) {
        if top > height * 2.0 {
            // Far from the first row a request that came to nothing may be made again.
            self.asked_at.take();
        }
        if !self.rows.more()
            || !self.placed.get()
            || self.mounted.with_untracked(|mounted| mounted.above > 0.0)
            || top > height
        {
            return;
        }
        let first = self.mounted.with_untracked(|mounted| {
            mounted.entries.iter().find(|entry| matches!(entry.what, What::Item(_))).cloned()
        });
        if first.is_some() && *self.asked_at.borrow() != first {
            *self.asked_at.borrow_mut() = first;
            (self.earlier)();
        }
    }

    /// Whether half a screen above and below the view is mounted, as far as there is anything.
    fn covers(&self, top: f64, height: f64) -> bool {
        let measured = self.measured.borrow();
        let (Some(first), Some(last)) = (measured.first(), measured.last()) else { return false };
        self.mounted.with_untracked(|mounted| {
            (mounted.above <= 0.0 || first.top <= top - height / 2.0)
                && (mounted.below <= 0.0 || last.end() >= top + height * 1.5)
        })
    }

    /// Chooses what is mounted: a screen above the view, the view, a screen below.
    fn reframe(&self) {
        let entries = self.rows.entries_untracked();
        let (top, height) = self.extent().map_or((0.0, 800.0), |(top, height, _)| (top, height.max(200.0)));
        if entries.is_empty() {
            self.mounted.set(Mounted::default());
            self.measured.borrow_mut().clear();
            return;
        }
        if !self.placed.replace(true)
            && let Some(line) = entries.iter().find(|entry| matches!(entry.what, What::NewSince(_)))
        {
            self.follows.set(false);
            *self.aim.borrow_mut() = Some((line.clone(), 0.25));
        }
        let (anchor, offset) = self.anchor(&entries, top, height);
        let heights = self.heights.borrow();
        let height_of = |entry: &Entry| heights.get(entry).copied().unwrap_or_else(|| guess(entry));
        let mut first = anchor;
        let mut above = offset;
        while first > 0 && above > -height {
            first -= 1;
            above -= height_of(&entries[first]);
        }
        let mut end = anchor;
        let mut below = offset;
        while end < entries.len() && below < height * 2.0 {
            below += height_of(&entries[end]);
            end += 1;
        }
        let sum = |entries: &[Entry]| entries.iter().map(height_of).sum::<f64>();
        let mounted = Mounted {
            entries: entries[first..end].to_vec(),
            above: sum(&entries[..first]),
            below: sum(&entries[end..]),
        };
        drop(heights);
        if self.mounted.with_untracked(|before| *before != mounted) {
            self.mounted.set(mounted);
        }
    }

    /// A row and where its top is below the top of the view.
    fn anchor(&self, entries: &[Entry], top: f64, height: f64) -> (usize, f64) {
        if let Some((entry, fraction)) = self.aim.borrow().as_ref()
            && let Some(at) = entries.iter().position(|other| other == entry)
        {
            return (at, height * fraction);
        }
        let last = entries.len() - 1;
        if self.follows.get() {
            let heights = self.heights.borrow();
            let tall = heights.get(&entries[last]).copied().unwrap_or_else(|| guess(&entries[last]));
            return (last, height - tall);
        }
        let measured = self.measured.borrow();
        let in_sight = measured.iter().filter(|row| row.end() > top + 1.0 && row.top < top + height && row.holds());
        let known = in_sight
            .filter_map(|row| {
                entries.iter().position(|entry| entry.what == row.entry.what).map(|at| (at, row.top - top))
            })
            .next();
        if let Some(known) = known {
            return known;
        }
        // The view was thrown far away (the scroll bar): find the place by the remembered heights.
        let heights = self.heights.borrow();
        let mut at_top = 0.0;
        for (at, entry) in entries.iter().enumerate() {
            let tall = heights.get(entry).copied().unwrap_or_else(|| guess(entry));
            if at_top + tall > top {
                return (at, at_top - top);
            }
            at_top += tall;
        }
        (last, height / 2.0)
    }

    /// Scroll position, height of the view, height of the content.
    fn extent(&self) -> Option<(f64, f64, f64)> {
        let view = self.view.borrow();
        let scroller = &view.as_ref()?.scroller;
        Some((scroll_top(scroller), f64::from(scroller.client_height()), f64::from(scroller.scroll_height())))
    }

    fn measure(&self, top: f64) -> Vec<Measured> {
        let origin = match self.view.borrow().as_ref() {
            Some(view) => view.scroller.get_bounding_client_rect().top(),
            None => return Vec::new(),
        };
        let elements = self.elements();
        self.mounted.with_untracked(|mounted| {
            let rows = mounted.entries.iter().zip(&elements);
            let measured = rows.map(|(entry, element)| {
                let place = element.get_bounding_client_rect();
                Measured { entry: entry.clone(), top: place.top() - origin + top, height: place.height() }
            });
            measured.collect()
        })
    }

    /// The mounted rows on the page: what stands between the two gaps.
    fn elements(&self) -> Vec<Element> {
        let view = self.view.borrow();
        let Some(view) = view.as_ref() else { return Vec::new() };
        let children = view.column.children();
        (1..children.length().saturating_sub(1)).filter_map(|at| children.item(at)).collect()
    }

    fn has_selection(&self) -> bool {
        let view = self.view.borrow();
        let Some(view) = view.as_ref() else { return false };
        let Some(selection) = window().get_selection().ok().flatten() else { return false };
        !selection.is_collapsed() && view.scroller.contains(selection.anchor_node().as_ref())
    }
}
