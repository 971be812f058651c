//! What waits to be sent: each message can be changed or taken out until it goes. What the first of them waits for is in the title.

use leptos::{html, prelude::*};
use model::{Queued, QueuedId, Turn, WaitsFor};
use web_sys::KeyboardEvent;

use crate::{
    focus,
    icons::{Icon, Symbol},
    open::Open,
};

/// The list above the composer.
#[component]
pub fn Waiting(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let (listed, held, rows) = (open.clone(), open.clone(), open.rows.clone());
    let is_any = {
        let open = open.clone();
        Memo::new(move |_| open.queue.with(|queue| !queue.queued.is_empty()))
    };
    let title = {
        let open = open.clone();
        Memo::new(move |_| open.queue.with(|queue| title(queue.queued.len(), &queue.waits_for, &rows.turn())))
    };
    let waits_for_you = Memo::new(move |_| held.queue.with(|queue| matches!(queue.waits_for, WaitsFor::You { .. })));
    let listed = StoredValue::new(listed);
    let changed = RwSignal::new(None::<QueuedId>);
    let line = move |queued: Queued| view! { <Line open=listed.get_value() queued=queued changed=changed/> };
    view! {
        <Show when=move || is_any.get()>
            <section class="qd" data-testid="queue" aria-label="Waiting to be sent">
                <div class="qh">
                    <Icon symbol=Symbol::Queue class="s"/>
                    <span class="grow" role="status">{move || title.get()}</span>
                    {move || waits_for_you.get().then(|| view! {
                        <button class="btn tight" type="button" data-testid="send-queued" on:click=move |_| listed.with_value(Open::send_queued)>"Send now"</button>
                    })}
                </div>
                <ol>
                    <For each=move || listed.with_value(|open| open.queue.get().queued) key=|queued| (queued.id.clone(), queued.text.clone()) children=line/>
                </ol>
            </section>
        </Show>
    }
}

/// "2 go in after Wen".
fn title(count: usize, waits_for: &WaitsFor, turn: &Turn) -> String {
    let go = if count == 1 { "1 goes in".to_owned() } else { format!("{count} go in") };
    match waits_for {
        WaitsFor::Turn => match turn {
            Turn::Speaking { speaker } | Turn::Paused { speaker } | Turn::Resuming { speaker: Some(speaker) } => {
                format!("{go} after {}", markdown::visible(&speaker.name))
            }
            Turn::Yours | Turn::Sent | Turn::Resuming { speaker: None } | Turn::Stopping | Turn::Finishing { .. } => {
                format!("{go} after this answer")
            }
        },
        WaitsFor::Decision => format!("{go} once you have decided"),
        WaitsFor::Line if count == 1 => "Sent when the server answers".to_owned(),
        WaitsFor::Line => format!("{count} are sent when the server answers"),
        WaitsFor::You { why } => format!("{why} {}", if count == 1 { "1 waits" } else { "The rest waits" }),
    }
}

/// One message.
#[component]
fn Line(open: Open, queued: Queued, changed: RwSignal<Option<QueuedId>>) -> impl IntoView {
    let Queued { id, text, images, .. } = queued;
    let shown = {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        markdown::visible(line).into_owned()
    };
    let pictures = match images.len() {
        0 => None,
        1 => Some("1 image".to_owned()),
        count => Some(format!("{count} images")),
    };
    let called = if shown.is_empty() { pictures.clone().unwrap_or_default() } else { shown.clone() };
    let is_changed = {
        let id = id.clone();
        Memo::new(move |_| changed.with(|changed| changed.as_ref() == Some(&id)))
    };
    let (begun, removed) = (id.clone(), (open.clone(), id.clone()));
    let remove = move |_| {
        let (open, id) = &removed;
        open.remove_queued(id.clone());
    };
    let parts = StoredValue::new((open, id.clone(), text, shown, pictures, called, begun));
    let remove = StoredValue::new(remove);
    view! {
        <li class="qi" data-testid="queued" data-id=id.to_string()>
            {move || {
                let (open, id, text, shown, pictures, called, begun) = parts.get_value();
                if is_changed.get() {
                    return view! { <Change open=open id=id text=text done=move || changed.set(None)/> }.into_any();
                }
                view! {
                    <span class="cut grow">{shown}</span>
                    {pictures.map(|pictures| view! { <span class="t3 num">{pictures}</span> })}
                    <button class="ib" type="button" aria-label=format!("Edit: {called}") data-testid="edit-queued" on:click=move |_| changed.set(Some(begun.clone()))><Icon symbol=Symbol::Pencil/></button>
                    <button class="ib" type="button" aria-label=format!("Remove: {called}") data-testid="remove-queued" on:click=move |event| remove.with_value(|remove| remove(event))><Icon symbol=Symbol::X/></button>
                }
                    .into_any()
            }}
        </li>
    }
}

/// The words of one, to be changed. Enter keeps the change, Esc does not.
#[component]
fn Change(open: Open, id: QueuedId, text: String, done: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    let words = RwSignal::new(text.clone());
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            field.focus().ok();
            let end = u32::try_from(field.value().encode_utf16().count()).unwrap_or(u32::MAX);
            field.set_selection_range(end, end).ok();
        }
    });
    let keep = {
        let before = text.clone();
        move || {
            let after = words.get_untracked();
            if after.trim().is_empty() {
                return;
            }
            if after != before {
                open.edit_queued(id.clone(), after);
            }
            done();
            focus::to(focus::COMPOSER);
        }
    };
    let keep = StoredValue::new(keep);
    let keys = move |event: KeyboardEvent| {
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        match event.key().as_str() {
            "Enter" if !event.shift_key() => keep.with_value(|keep| keep()),
            "Escape" => {
                done();
                focus::to(focus::COMPOSER);
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <textarea
            class="input grow"
            rows="1"
            aria-label="Message that waits"
            data-testid="queued-text"
            node_ref=field
            prop:value=text
            on:input=move |event| words.set(event_target_value(&event))
            on:keydown=keys
        ></textarea>
        <button class="ib" type="button" aria-label="Keep" data-testid="keep-queued" disabled=move || words.with(|words| words.trim().is_empty()) on:click=move |_| keep.with_value(|keep| keep())><Icon symbol=Symbol::Check/></button>
        <button class="ib" type="button" aria-label="Leave as it was" on:click=move |_| done()><Icon symbol=Symbol::X/></button>
    }
}

#[cfg(test)]
mod tests {
    use model::Speaker;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn the_title_says_what_is_waited_for() {
        let wen = Turn::Speaking { speaker: Speaker { id: None, name: "Wen".into() } };
        assert_eq!(title(2, &WaitsFor::Turn, &wen), "2 go in after Wen");
        assert_eq!(title(1, &WaitsFor::Turn, &wen), "1 goes in after Wen");
        assert_eq!(title(1, &WaitsFor::Turn, &Turn::Sent), "1 goes in after this answer");
        assert_eq!(title(2, &WaitsFor::Decision, &wen), "2 go in once you have decided");
        assert_eq!(title(1, &WaitsFor::Line, &Turn::Yours), "Sent when the server answers");
        let stopped = WaitsFor::You { why: "You stopped the answer.".into() };
        assert_eq!(title(1, &stopped, &Turn::Yours), "You stopped the answer. 1 waits");
    }
}
