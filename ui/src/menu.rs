//! A menu that drops from a button: the button, the panel, its items; keys, focus, and the click beside it. Which items stand in it,
//! and what they do, is its owner's.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, Node};

use crate::{
    focus::focused,
    icons::{Icon, Symbol},
};

/// A button, and what drops from it.
#[component]
pub fn Drop(
    /// The `data-testid` of the button.
    handle: &'static str,
    /// The button, read aloud.
    #[prop(into)]
    label: Signal<String>,
    /// What stands on the button.
    #[prop(into)]
    face: ViewFn,
    /// How the button looks.
    #[prop(default = "ib")]
    look: &'static str,
    /// More classes of what stands around both.
    #[prop(default = "")]
    class: &'static str,
    /// The menu, read aloud.
    menu: &'static str,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Fields and choices, through which Tab goes, rather than items to be picked.
    #[prop(default = false)]
    form: bool,
    /// The items.
    children: ChildrenFn,
) -> impl IntoView {
    view! {
        <div class=format!("drop {class}")>
            <button
                class=look
                type="button"
                data-testid=handle
                aria-haspopup=if form { "dialog" } else { "menu" }
                aria-expanded=move || open.get().to_string()
                aria-label=label
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {face.run()}
            </button>
            <Menu open=open label=menu form=form children=children/>
        </div>
    }
}

/// The menu around, for what stands in it.
#[derive(Clone, Copy)]
struct Around {
    open: RwSignal<bool>,
    form: bool,
}

/// Something that can be done: what, in a word or two. The menu around it is closed first.
#[component]
pub fn MenuItem(
    /// Its `data-testid`.
    handle: &'static str,
    /// Its icon.
    symbol: Symbol,
    /// What is done.
    #[prop(into)]
    words: String,
    /// Does it.
    act: impl Fn() + 'static,
) -> impl IntoView {
    let around = use_context::<Around>();
    let role = around.is_some_and(|around| !around.form).then_some("menuitem");
    let press = move |_| {
        if let Some(around) = around {
            around.open.set(false);
        }
        act();
    };
    view! {
        <button class="mi one" type="button" role=role data-testid=handle on:click=press>
            <Icon symbol=symbol/>
            <span class="grow cut">{words}</span>
        </button>
    }
}

/// The panel of a menu, behind its button. Its items are the buttons within. Whatever closes it, the focus goes back from it to the button.
#[component]
pub fn Menu(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Read aloud.
    #[prop(into)]
    label: String,
    /// Fields and choices, through which Tab goes, rather than items to be picked.
    #[prop(default = false)]
    form: bool,
    /// The items.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    let label = StoredValue::new(label);
    view! {
        <Show when=move || open.get()>
            <Panel open=open label=label.get_value() form=form>{children.with_value(|children| children())}</Panel>
        </Show>
    }
}

#[component]
fn Panel(open: RwSignal<bool>, label: String, form: bool, children: Children) -> impl IntoView {
    let panel = NodeRef::<html::Div>::new();
    provide_context(Around { open, form });
    // Before it is taken away: what is asked next, in a dialog, finds the focus where it is to come back to.
    on_cleanup(move || {
        let Some(panel) = panel.try_get_untracked().flatten() else { return };
        let is_within = panel.contains(focused().as_ref().map(AsRef::as_ref));
        let button = panel.previous_element_sibling().and_then(|button| button.dyn_into::<HtmlElement>().ok());
        if let Some(button) = button.filter(|_| is_within) {
            button.focus().ok();
        }
    });
    Effect::new(move |_| {
        if let Some(panel) = panel.get()
            && let Some(first) = items(&panel).first()
        {
            first.focus().ok();
        }
    });
    // A press beside the menu closes it. Its own button closes it too, by its own click.
    let beside = window_event_listener(ev::pointerdown, move |event| {
        let Some(panel) = panel.get_untracked() else { return };
        let at: Option<Node> = event.target().and_then(|target| target.dyn_into().ok());
        let within = panel.parent_element().is_some_and(|around| around.contains(at.as_ref()));
        if !within {
            open.set(false);
        }
    });
    on_cleanup(move || beside.remove());
    let keys = move |event: KeyboardEvent| {
        let Some(panel) = panel.get_untracked() else { return };
        let items = items(&panel);
        let here = items.iter().position(|item| focused().as_ref() == Some(item));
        let target = match (event.key().as_str(), here) {
            (key, _) if form && key != "Escape" => return,
            ("ArrowDown", Some(at)) => (at + 1) % items.len(),
            ("ArrowDown" | "Home", _) => 0,
            ("ArrowUp", Some(at)) => (at + items.len() - 1) % items.len(),
            ("ArrowUp" | "End", _) => items.len().saturating_sub(1),
            ("Escape", _) => {
                event.prevent_default();
                event.stop_propagation();
                return open.set(false);
            }
            ("Tab", _) => return open.set(false),
            _ => return,
        };
        event.prevent_default();
        if let Some(item) = items.get(target) {
            item.focus().ok();
        }
    };
    view! {
        <div class="menu" class:form=form role=if form { "dialog" } else { "menu" } aria-label=label node_ref=panel on:keydown=keys>
            {children()}
        </div>
    }
}

fn items(panel: &HtmlElement) -> Vec<HtmlElement> {
    let Ok(found) = panel.query_selector_all("button:not([disabled])") else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)).filter_map(|node| node.dyn_into().ok()).collect()
}
