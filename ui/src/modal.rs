//! What stops everything else: a dialog above the window. It takes the focus and gives it back, and is left by Esc, by a button, or by a
//! click beside it. The window's own keys wait meanwhile (`keys`). What is asked in it, and what is done then, is its owner's.

use std::pin::Pin;

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Event, EventTarget, HtmlElement, MouseEvent, SubmitEvent};

use crate::focus::{self, focused};

/// What lies above everything, as it is drawn by its owner. What has `autofocus` gets the focus, the first of several.
#[component]
pub fn Above(
    /// Its `data-testid`.
    handle: &'static str,
    /// Its classes.
    #[prop(into)]
    class: String,
    /// Read aloud.
    #[prop(into)]
    label: Signal<String>,
    /// A click beside it leaves it.
    #[prop(default = false)]
    lightly: bool,
    /// It is to be left.
    leave: Callback<()>,
    /// All of it.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    // Once the dialog is gone the focus returns to where it was, or, if that is gone too, to the composer. What was done has perhaps
    // taken it elsewhere.
    let before = StoredValue::new_local(focused());
    on_cleanup(move || {
        let before = before.try_get_value().flatten();
        request_animation_frame(move || {
            if !focus::is_nowhere() {
                return;
            }
            match before.filter(|before| before.is_connected() && before.tag_name() != "BODY") {
                Some(before) => drop(before.focus()),
                None => focus::to(focus::COMPOSER),
            }
        });
    });
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if !dialog.open() && dialog.show_modal().is_err() {
            dialog.set_open(true);
        }
        let first = dialog.query_selector("[autofocus]").ok().flatten();
        if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
            first.focus().ok();
        }
    });
    let is_beside = move |event: &MouseEvent| {
        dialog.get_untracked().is_some_and(|dialog| {
            let place = dialog.get_bounding_client_rect();
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            let itself: &EventTarget = dialog.as_ref();
            event.target().as_ref() == Some(itself)
                && !((place.left()..=place.right()).contains(&x) && (place.top()..=place.bottom()).contains(&y))
        })
    };
    // A press that begins within, as when words are marked, is none beside it.
    let pressed_beside = StoredValue::new(false);
    view! {
        <dialog
            class=class
            node_ref=dialog
            aria-label=label
            data-testid=handle
            on:cancel=move |event: Event| {
                event.prevent_default();
                leave.run(());
            }
            on:pointerdown=move |event| pressed_beside.set_value(is_beside(&event))
            on:click=move |event| {
                if lightly && pressed_beside.get_value() && is_beside(&event) {
                    leave.run(());
                }
            }
        >
            {children()}
        </dialog>
    }
}

/// A dialog above everything, with nothing in it but its title.
#[component]
pub fn Modal(
    /// Its `data-testid`.
    handle: &'static str,
    /// More classes.
    #[prop(default = "")]
    class: &'static str,
    /// Read aloud and shown.
    #[prop(into)]
    title: Signal<String>,
    /// A click beside it leaves it. Not where what was written would be lost.
    #[prop(default = true)]
    lightly: bool,
    /// It is to be left.
    leave: Callback<()>,
    /// What stands below the title.
    children: Children,
) -> impl IntoView {
    view! {
        <Above handle=handle class=format!("dialog {class}") label=title lightly=lightly leave=leave>
            <h2>{title}</h2>
            {children()}
        </Above>
    }
}

/// What was agreed to, while it is being done; else why it could not be, in words.
pub type Doing = Pin<Box<dyn Future<Output = Result<(), String>>>>;

/// A dialog with two buttons: Cancel, which has the focus unless a field takes it, and the one that agrees, as Enter in a field does.
/// While it is being done nothing else can be; what could not be done stands in it in words.
#[component]
pub fn Dialog(
    /// Its `data-testid`; its buttons and its failure are `-cancel`, `-agree` and `-failure` of it.
    #[prop(default = "dialog")]
    handle: &'static str,
    /// More classes.
    #[prop(default = "")]
    class: &'static str,
    /// Read aloud and shown.
    #[prop(into)]
    title: Signal<String>,
    /// The verb of the other button.
    verb: &'static str,
    /// What it does is not undone.
    #[prop(default = false)]
    danger: bool,
    /// A click beside it cancels. Not where what was written would be lost.
    #[prop(default = true)]
    lightly: bool,
    /// Does it, or tells why it could not be done.
    agree: impl Fn() -> Doing + Send + 'static,
    /// It is left: it was done, or is not wanted.
    #[prop(into)]
    leave: Callback<()>,
    /// What is asked.
    children: Children,
) -> impl IntoView {
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let agree = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        failure.set(None);
        busy.set(true);
        let doing = agree();
        spawn_local(async move {
            let done = doing.await;
            // Meanwhile the dialog may have given way to another.
            if busy.try_set(false).is_none() {
                match done {
                    Ok(()) => leave.run(()),
                    Err(why) => failure.set(Some(why)),
                }
            }
        });
    };
    // Once it was agreed to, it is too late to want it no more.
    let cancel = Callback::new(move |()| {
        if !busy.get_untracked() {
            leave.run(());
        }
    });
    let is_busy = move || busy.get().then_some("true");
    view! {
        <Modal handle=handle class=class title=title lightly=lightly leave=cancel>
            <form novalidate on:submit=agree aria-busy=is_busy>
                {children()}
                {move || failure.get().map(|why| view! {
                    <p class="help bad" role="alert" data-testid=format!("{handle}-failure")>{why}</p>
                })}
                <div class="dialog-end">
                    <button
                        class="btn"
                        class:inert=busy
                        type="button"
                        autofocus
                        aria-disabled=is_busy
                        data-testid=format!("{handle}-cancel")
                        on:click=move |_| cancel.run(())
                    >
                        "Cancel"
                    </button>
                    // Not `disabled`: it would lose the focus.
                    <button
                        class="btn"
                        class:danger=danger
                        class:primary=!danger
                        class:inert=busy
                        type="submit"
                        aria-disabled=is_busy
                        data-testid=format!("{handle}-agree")
                    >
                        {move || busy.get().then(|| view! { <span class="spin"></span> })}
                        {verb}
                    </button>
                </div>
            </form>
        </Modal>
    }
}
