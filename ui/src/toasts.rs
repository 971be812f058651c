//! Short notices at the bottom left: what was done, never what went wrong. Gone after four seconds unless the pointer rests on them.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

use crate::{
    icons::{Icon, Symbol},
    state::State,
};

const STAY: Duration = Duration::from_secs(4);

/// The notice, if there is one.
#[component]
pub fn Toasts() -> impl IntoView {
    let state = State::here();
    let rests = RwSignal::new(false);
    let pause = StoredValue::new(None::<TimeoutHandle>);
    let wait_no_more = move || {
        if let Some(Some(handle)) = pause.try_update_value(Option::take) {
            handle.clear();
        }
    };
    Effect::new(move |_| {
        wait_no_more();
        if state.toast.with(Option::is_some) && !rests.get() {
            pause.set_value(set_timeout_with_handle(move || state.toast.set(None), STAY).ok());
        }
    });
    on_cleanup(wait_no_more);
    view! {
        <div class="toasts" role="status">
            {move || {
                state.toast.get().map(|words| view! {
                    <div
                        class="toast"
                        data-testid="toast"
                        on:pointerenter=move |_| rests.set(true)
                        on:pointerleave=move |_| rests.set(false)
                    >
                        <Icon symbol=Symbol::Check/>
                        {words}
                    </div>
                })
            }}
        </div>
    }
}
