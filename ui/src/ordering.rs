//! Rows of a list put in another order: dragged by the pointer, moved by Alt with the arrows, or by the two buttons of a row. What the
//! order means is its owner's; pictures, which stand in lines, are `attachments`. Where a dragged row lands is `slots`.

mod slots;

use leptos::{context::Provider, ev, html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, Node, PointerEvent};

use self::slots::{Slot, Slots};
use crate::{
    focus::focused,
    icons::{Icon, Symbol},
};

/// A press that moved less than so many pixels is a click.
const STILL: f64 = 4.0;
/// So near the edge of what scrolls, in pixels, the list goes on by itself.
const EDGE: f64 = 32.0;
/// What can be pressed, written into or chosen: no row is dragged by it.
const CONTROLS: &str = "button, input, select, textarea, a";

/// Puts what stands at the first place to the second.
pub fn put<T>(rows: &mut Vec<T>, from: usize, to: usize) {
    if from < rows.len() && to < rows.len() {
        let row = rows.remove(from);
        rows.insert(to, row);
    }
}

/// A list whose rows, one `li` each, can be put in another order. A row is dragged by all of it but its controls.
#[component]
pub fn Ordered(
    /// More classes of the list.
    class: &'static str,
    /// What the row at a place is called.
    name: Callback<usize, String>,
    /// The row at the first place is to stand at the second; the others close up.
    put: Callback<(usize, usize)>,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let order = Order {
        list: NodeRef::new(),
        drag: StoredValue::new_local(None),
        said: RwSignal::new(String::new()),
        name,
        put,
    };
    order.follow();
    view! {
        <ol
            class=format!("ordered {class}")
            node_ref=order.list
            on:pointerdown=move |event| order.press(&event)
            on:keydown=move |event| order.key(&event)
        >
            <Provider value=order>{children()}</Provider>
        </ol>
        <p class="vh" role="status" data-testid="order-said">{order.said}</p>
    }
}

/// What shows that a row can be dragged. A finger drags it by this alone, so that it can still scroll.
#[component]
pub fn Grip() -> impl IntoView {
    view! { <span class="grip" data-testid="grip" title="Drag to another place"><Icon symbol=Symbol::Grip class="s"/></span> }
}

/// The two buttons of a row in an [`Ordered`] list.
#[component]
pub fn UpDown(
    /// What the row is called.
    #[prop(into)]
    name: Signal<String>,
    /// Where it stands, from 0, and how many there are.
    #[prop(into)]
    place: Signal<(usize, usize)>,
) -> impl IntoView {
    let order: Option<Order> = use_context();
    let button = move |handle, symbol, word: &'static str, keys, hint, by: isize| {
        let target = move || place.get().0.checked_add_signed(by).filter(|to| *to < place.get().1);
        view! {
            <button
                class="ib sm"
                type="button"
                data-testid=handle
                aria-label=move || format!("Move {} {word}", name.get())
                aria-keyshortcuts=keys
                title=hint
                // Not `disabled`: the focus stays where it is, at the end too.
                aria-disabled=move || target().is_none().then_some("true")
                on:click=move |_| {
                    if let (Some(order), Some(to)) = (order, untrack(target)) {
                        order.put(place.get_untracked().0, to);
                    }
                }
            >
                <Icon symbol=symbol class="s"/>
            </button>
        }
    };
    view! {
        {button("seat-up", Symbol::Up, "up", "Alt+ArrowUp", "Move up, Alt ↑", -1)}
        {button("seat-down", Symbol::Down, "down", "Alt+ArrowDown", "Move down, Alt ↓", 1)}
    }
}

/// The row in hand.
struct Drag {
    pointer: i32,
    rows: Vec<HtmlElement>,
    slots: Slots,
    from: usize,
    to: usize,
    /// Where it was taken, in pixels below the list's top.
    taken: f64,
    /// Where the pointer is, in pixels below the window's top.
    y: f64,
    /// It was moved; before that it may be a click.
    moves: bool,
}

/// One such list. A handle: copying it costs nothing.
#[derive(Clone, Copy)]
struct Order {
    list: NodeRef<html::Ol>,
    drag: StoredValue<Option<Drag>, LocalStorage>,
    said: RwSignal<String>,
    name: Callback<usize, String>,
    put: Callback<(usize, usize)>,
}

impl Order {
    fn rows(self) -> Vec<HtmlElement> {
        let Some(list) = self.list.get_untracked() else { return Vec::new() };
        let rows = list.children();
        (0..rows.length()).filter_map(|at| rows.item(at)).filter_map(|row| row.dyn_into().ok()).collect()
    }

    /// Where the list begins, in pixels below the window's top.
    fn top(self) -> f64 {
        self.list.get_untracked().map_or(0.0, |list| list.get_bounding_client_rect().top())
    }

    /// Puts a row elsewhere. What has the focus in it keeps it, and where it stands now is said.
    fn put(self, from: usize, to: usize) {
        let (name, rows) = (self.name.run(from), self.rows());
        let within = |element: &HtmlElement| rows.get(from).is_some_and(|row| row.contains(Some(element)));
        let held = focused().filter(within);
        self.put.run((from, to));
        self.say(&name, to, rows.len());
        // A row that was put elsewhere has lost the focus.
        request_animation_frame(move || {
            if let Some(held) = held.filter(|held| held.is_connected()) {
                held.focus().ok();
            }
        });
    }

    fn say(self, name: &str, at: usize, of: usize) {
        self.said.set(format!("{name}, {} of {of}", at + 1));
    }

    /// Alt with an arrow moves the row that has the focus.
    fn key(self, event: &KeyboardEvent) {
        let by = match event.key().as_str() {
            "ArrowUp" if event.alt_key() => -1,
            "ArrowDown" if event.alt_key() => 1,
            _ => return,
        };
        let at: Option<Node> = event.target().and_then(|target| target.dyn_into().ok());
        let rows = self.rows();
        let Some(from) = rows.iter().position(|row| row.contains(at.as_ref())) else { return };
        // Elsewhere these keys go to another conversation.
        event.prevent_default();
        event.stop_propagation();
        if let Some(to) = from.checked_add_signed(by).filter(|to| *to < rows.len()) {
            self.put(from, to);
        }
    }

    fn press(self, event: &PointerEvent) {
        let Some(on) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let on_control = on.closest(CONTROLS).ok().flatten().is_some();
        let by_finger = event.pointer_type() == "touch" && on.closest(".grip").ok().flatten().is_none();
        if event.button() != 0 || on_control || by_finger {
            return;
        }
        let rows = self.rows();
        let Some(from) = rows.iter().position(|row| row.contains(Some(&on))) else { return };
        let (top, y) = (self.top(), f64::from(event.client_y()));
        let slot = |row: &HtmlElement| {
            let place = row.get_bounding_client_rect();
            Slot { top: place.top() - top, height: place.height() }
        };
        let slots = Slots::new(rows.iter().map(slot).collect());
        let pointer = event.pointer_id();
        self.drag.set_value(Some(Drag { pointer, rows, slots, from, to: from, taken: y - top, y, moves: false }));
    }

    /// The pointer is elsewhere.
    fn drag_on(self, event: &PointerEvent) {
        let mut begins = false;
        self.drag.update_value(|drag| {
            let Some(drag) = drag.as_mut().filter(|drag| drag.pointer == event.pointer_id()) else { return };
            drag.y = f64::from(event.client_y());
            begins = !drag.moves && (drag.y - self.top() - drag.taken).abs() >= STILL;
            drag.moves |= begins;
        });
        // The button was let go where the window could not see it, or the rows are others by now.
        if event.buttons() & 1 == 0
            || self.drag.with_value(|drag| drag.as_ref().is_some_and(|drag| drag.rows != self.rows()))
        {
            return self.let_go(false);
        }
        if begins {
            self.drag.with_value(|drag| drag.iter().for_each(|drag| self.wear(drag, true)));
            self.go_along();
        }
        self.show();
    }

    /// Shows the row in hand at the pointer, and the others where they will stand.
    fn show(self) {
        let top = self.top();
        self.drag.update_value(|drag| {
            let Some(drag) = drag.as_mut().filter(|drag| drag.moves) else { return };
            let by = drag.slots.within(drag.from, drag.y - top - drag.taken);
            drag.to = drag.slots.landing(drag.from, by);
            for (at, row) in drag.rows.iter().enumerate() {
                let by = if at == drag.from { by } else { drag.slots.yields(at, drag.from, drag.to) };
                // A page that cannot move its rows shows them where they stand.
                row.style().set_property("transform", &format!("translateY({by}px)")).ok();
            }
        });
    }

    /// Near the edge of what scrolls, more of it comes, frame by frame, until the row is let go.
    fn go_along(self) {
        request_animation_frame(move || {
            let Some(Some(y)) =
                self.drag.try_with_value(|drag| drag.as_ref().filter(|drag| drag.moves).map(|drag| drag.y))
            else {
                return;
            };
            if let Some(around) = self.list.get_untracked().and_then(|list| scrolls(&list)) {
                let place = around.get_bounding_client_rect();
                let by = (y - (place.bottom() - EDGE)).max(0.0) - (place.top() + EDGE - y).max(0.0);
                if by != 0.0 {
                    around.set_scroll_top(around.scroll_top() + (by / 4.0).clamp(-12.0, 12.0).round() as i32);
                    self.show();
                }
            }
            self.go_along();
        });
    }

    /// The row in hand stands again where it stood, or where it was let go.
    fn let_go(self, there: bool) {
        let Some(Some(drag)) = self.drag.try_update_value(Option::take) else { return };
        if !drag.moves {
            return;
        }
        self.wear(&drag, false);
        for row in &drag.rows {
            row.style().remove_property("transform").ok();
        }
        match there && drag.to != drag.from {
            true => self.put(drag.from, drag.to),
            false => self.say(&self.name.run(drag.from), drag.from, drag.rows.len()),
        }
    }

    /// The looks of a list of which a row is in hand.
    fn wear(self, drag: &Drag, on: bool) {
        if let (Some(list), Some(row)) = (self.list.get_untracked(), drag.rows.get(drag.from)) {
            list.class_list().toggle_with_force("moving", on).ok();
            row.class_list().toggle_with_force("in-hand", on).ok();
        }
    }

    /// Listens while the calling component lives.
    fn follow(self) {
        let ours = move |event: &PointerEvent| {
            self.drag.with_value(|drag| drag.as_ref().is_some_and(|drag| drag.pointer == event.pointer_id()))
        };
        let moves = window_event_listener(ev::pointermove, move |event| {
            if ours(&event) {
                self.drag_on(&event);
            }
        });
        let ends = window_event_listener(ev::pointerup, move |event| {
            if ours(&event) {
                self.let_go(true);
            }
        });
        let breaks = window_event_listener(ev::pointercancel, move |event| {
            if ours(&event) {
                self.let_go(false);
            }
        });
        let leaves = window_event_listener(ev::blur, move |_| self.let_go(false));
        // Before all others: while a row is in hand, Esc is for it and closes nothing.
        let escape = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            let is_escape = event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape");
            if is_escape && self.drag.with_value(|drag| drag.as_ref().is_some_and(|drag| drag.moves)) {
                event.prevent_default();
                event.stop_immediate_propagation();
                self.let_go(false);
            }
        });
        let ear = escape.as_ref().unchecked_ref();
        window().add_event_listener_with_callback_and_bool("keydown", ear, true).ok();
        let escape = StoredValue::new_local(escape);
        on_cleanup(move || {
            [moves, ends, breaks, leaves].into_iter().for_each(|handle| handle.remove());
            escape.with_value(|escape| {
                let ear = escape.as_ref().unchecked_ref();
                window().remove_event_listener_with_callback_and_bool("keydown", ear, true).ok();
            });
        });
    }
}

/// The nearest element around that scrolls up and down.
fn scrolls(list: &Element) -> Option<Element> {
    let mut around = list.parent_element();
    while let Some(element) = around {
        let overflow = window().get_computed_style(&element).ok().flatten()?.get_property_value("overflow-y").ok()?;
        if matches!(overflow.as_str(), "auto" | "scroll") && element.scroll_height() > element.client_height() {
            return Some(element);
        }
        around = element.parent_element();
    }
    None
}
