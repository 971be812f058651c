//! The page of the shared memory: the blocks that two members or more have, as their servers have them now. Read, never written.

use leptos::{prelude::*, task::spawn_local};
use model::{SharedBlock, SharedMemory, Turn, Untold, command::SharedMemoryOf};

use super::subject::Subject;
use crate::{
    icons::{Icon, Symbol},
    ipc,
    row::thousands,
    seats::listed,
};

/// What is known of it.
#[derive(Clone, PartialEq)]
enum Known {
    Asked,
    Told(SharedMemory),
    Failed(String),
}

/// The page.
#[component]
pub(super) fn Memory(
    /// Of what.
    subject: Subject,
) -> impl IntoView {
    let known = RwSignal::new(Known::Asked);
    let (line, asked) = (subject.line(), StoredValue::new(0_u32));
    let members = Memo::new(move |_| subject.row.with(|row| row.as_ref().map(|row| row.members.clone())));
    // Members write into it while they are at it.
    let at_rest = Memo::new(move |_| subject.row.with(|row| row.as_ref().is_none_or(|row| row.turn == Turn::Yours)));
    let ask = move || {
        let number = asked.get_value() + 1;
        asked.set_value(number);
        spawn_local(async move {
            let told = match ipc::call(SharedMemoryOf { conversation: subject.id() }).await {
                Ok(memory) => Known::Told(memory),
                Err(failure) => Known::Failed(failure.message),
            };
            // What was asked later is newer.
            if asked.try_get_value() == Some(number) {
                known.try_set(told);
            }
        });
    };
    Effect::new(move |_| {
        // Read, not only tracked: a memo that nobody reads hears of nothing.
        line.get();
        members.get();
        at_rest.get();
        ask();
    });
    let again = move || view! { <button class="link" type="button" data-testid="memory-again" on:click=move |_| ask()>"Ask again"</button> };
    move || match known.get() {
        Known::Asked => view! { <p class="help quiet" role="status">"Asking the servers"</p> }.into_any(),
        Known::Failed(why) => {
            view! { <p class="help bad" role="alert" data-testid="memory-failed">{why}</p> {again()} }.into_any()
        }
        Known::Told(SharedMemory { blocks, untold }) => {
            let nothing = blocks.is_empty() && untold.is_empty();
            view! {
                {blocks.into_iter().map(|block| view! { <Block block=block/> }).collect_view()}
                {nothing.then(|| view! {
                    <p class="help" data-testid="memory-empty">
                        "These members share no memory. A block that two of them have on their server stands here."
                    </p>
                })}
                {(!untold.is_empty()).then(|| view! { {untold.into_iter().map(not_told).collect_view()} {again()} })}
            }
            .into_any()
        }
    }
}

fn not_told(Untold { server, why }: Untold) -> impl IntoView {
    // Who is away says so by name; what a server answered does not say whose answer it is.
    let why = if why.starts_with(&server) { why } else { format!("{server}: {why}") };
    view! { <p class="help untold" role="status" data-testid="memory-untold"><Icon symbol=Symbol::Offline class="s"/>{why}</p> }
}

#[component]
fn Block(block: SharedBlock) -> impl IntoView {
    let label = markdown::visible(&block.label).into_owned();
    let names: Vec<&str> = block.names.iter().map(String::as_str).collect();
    let whose = match &block.server {
        Some(server) => format!("{}, on {server}", listed(&names)),
        None => listed(&names),
    };
    let used = thousands(block.used);
    let count = match block.limit {
        Some(limit) => format!("{used} / {}", thousands(limit)),
        None => used,
    };
    let meter = block.limit.zip(block.percent()).map(|(limit, percent)| {
        let spoken = format!("{label}: {} of {} characters", thousands(block.used), thousands(limit));
        let (hi, full) = (block.nearly_full().is_some(), block.nearly_full() == Some(0));
        view! {
            <div class="meter" class:hi=hi class:full=full role="meter" aria-valuemin="0" aria-valuemax="100" aria-valuenow=percent aria-label=spoken>
                <b style:width=format!("{percent}%")></b>
            </div>
        }
    });
    let nearly = block.nearly_full().map(|left| {
        let words = match left {
            0 => "Full: nothing more fits".to_owned(),
            1 => "Nearly full: 1 character left".to_owned(),
            left => format!("Nearly full: {} characters left", thousands(left)),
        };
        view! { <p class="nearly" class:full=left == 0><Icon symbol=Symbol::Alert class="s"/>{words}</p> }
    });
    let text = markdown::visible(&block.text).into_owned();
    let title = label.clone();
    view! {
        <section class="mem" data-testid="shared-block" data-name=block.label.clone() aria-label=label>
            <div class="h"><b class="lb cut">{title}</b><span class="ct">{count}</span></div>
            {meter}
            {(!text.trim().is_empty()).then(|| view! { <p class="v">{text}</p> })}
            {nearly}
            <p class="whose t3">{whose}</p>
        </section>
    }
}
