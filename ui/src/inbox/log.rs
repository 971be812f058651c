//! The log of decisions as a list: searched by words, loaded page by page, drawn only as far as it is in sight, written to a file.

use std::{collections::HashMap, time::Duration};

use leptos::{html, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use model::{
    AboutTool, ExportFormat, LogLine,
    command::{DecisionLog, ExportDecisions},
};

use super::{
    desk::{Desk, Picked, Side},
    list::{Decided, along},
};
use crate::{
    ago,
    icons::{Icon, Symbol},
    ipc,
    menu::Drop,
    state::State,
    values::written_name,
};

/// Lines of one page.
const PAGE: u32 = 60;
/// Height of a row in px; the style sheet knows it too.
const ROW: f64 = 54.0;
/// So many rows are drawn above and below those in sight.
const SPARE: usize = 8;
/// The search begins so long after the last key.
const PAUSE: Duration = Duration::from_millis(150);

/// The lines that were loaded, and what they are asked for with.
#[derive(Clone, Copy)]
struct Book {
    lines: RwSignal<Vec<LogLine>>,
    more: RwSignal<bool>,
    words: RwSignal<String>,
    failure: RwSignal<Option<String>>,
    answered: RwSignal<bool>,
    /// Counts questions from the beginning; an answer to an older one is dropped.
    question: StoredValue<u32>,
    asking: StoredValue<bool>,
}

impl Book {
    fn new() -> Self {
        Self {
            lines: RwSignal::new(Vec::new()),
            more: RwSignal::new(false),
            words: RwSignal::new(String::new()),
            failure: RwSignal::new(None),
            answered: RwSignal::new(false),
            question: StoredValue::new(0),
            asking: StoredValue::new(false),
        }
    }

    /// Asks from the newest line on.
    fn begin(self, state: State, about: Option<AboutTool>) {
        self.question.update_value(|question| *question += 1);
        self.ask(state, about, None);
    }

    /// Asks for what is older than the last line.
    fn go_on(self, state: State, about: Option<AboutTool>) {
        let last = self.lines.with_untracked(|lines| lines.last().map(|line| line.number));
        if self.more.get_untracked() && !self.asking.get_value() && last.is_some() {
            self.ask(state, about, last);
        }
    }

    fn ask(self, state: State, about: Option<AboutTool>, before: Option<i64>) {
        let Some(profile) = state.profile.get_untracked() else { return };
        let question = self.question.get_value();
        let words = self.words.get_untracked();
        self.asking.set_value(true);
        spawn_local(async move {
            let answer = ipc::call(DecisionLog { profile, words, about, before, limit: PAGE }).await;
            if self.question.try_get_value() != Some(question) {
                return;
            }
            self.asking.set_value(false);
            self.answered.set(true);
            match answer {
                Ok(page) => {
                    self.failure.set(None);
                    self.more.set(page.more);
                    if before.is_none() {
                        self.lines.set(page.lines);
                    } else {
                        self.lines.update(|lines| lines.extend(page.lines));
                    }
                }
                Err(why) => self.failure.set(Some(why.message)),
            }
        });
    }
}

/// The list.
#[component]
pub fn Log(
    /// The inbox.
    desk: Desk,
    /// Only decisions on this tool.
    about: Option<AboutTool>,
) -> impl IntoView {
    let state = State::here();
    let book = Book::new();
    let pause = StoredValue::new(None::<TimeoutHandle>);
    let only = StoredValue::new(about.clone());
    Effect::new(move |_| {
        // What is decided while the log is open stands in it at once.
        desk.today.track();
        book.begin(state, only.get_value());
    });
    let search = move |words: String| {
        book.words.set(words);
        if let Some(Some(waiting)) = pause.try_update_value(Option::take) {
            waiting.clear();
        }
        pause.set_value(set_timeout_with_handle(move || book.begin(state, only.get_value()), PAUSE).ok());
    };
    on_cleanup(move || {
        if let Some(Some(waiting)) = pause.try_update_value(Option::take) {
            waiting.clear();
        }
    });
    let back = move |_| {
        desk.picked.set(Picked::Nothing);
        desk.side.set(Side::Waiting);
    };
    view! {
        <section class="ilist" aria-label="Decisions" data-region="requests" data-testid="log" tabindex="-1" on:keydown=along>
            <header class="bar">
                <button class="ib" aria-label="Back to requests" data-testid="log-back" on:click=back><Icon symbol=Symbol::Left/></button>
                <h1 class="grow">"Decisions"</h1>
                <Export failure=book.failure/>
            </header>
            <label class="input log-find">
                <Icon symbol=Symbol::Search/>
                <input
                    type="search"
                    aria-label="Search decisions"
                    placeholder="Search decisions"
                    data-testid="log-find"
                    prop:value=book.words
                    on:input=move |event| search(event_target_value(&event))
                />
            </label>
            {about.map(|about| view! {
                <div class="log-about">
                    <span class="cut">"Only " <bdi class="mono">{written_name(&about.tool)}</bdi></span>
                    <button class="link" data-testid="log-all" on:click=move |_| desk.side.set(Side::Log(None))>"Show all"</button>
                </div>
            })}
            {move || book.failure.get().map(|why| view! { <p class="ilist-note" role="alert">{why}</p> })}
            <Lines desk=desk book=book only=only/>
        </section>
    }
}

/// The rows in sight.
#[component]
fn Lines(desk: Desk, book: Book, only: StoredValue<Option<AboutTool>>) -> impl IntoView {
    let state = State::here();
    let scroller = NodeRef::<html::Div>::new();
    let now = ago::ticking(Duration::from_secs(30));
    let seen = RwSignal::new((0.0_f64, 800.0_f64));
    let look = move || {
        let Some(scroller) = scroller.get_untracked() else { return };
        let (top, height) = (f64::from(scroller.scroll_top()), f64::from(scroller.client_height()));
        seen.set((top, height));
        let end = book.lines.with_untracked(Vec::len) as f64 * ROW;
        if top + 2.0 * height > end {
            book.go_on(state, only.get_value());
        }
    };
    Effect::new(move |_| {
        book.lines.track();
        if scroller.get().is_some() {
            request_animation_frame(look);
        }
    });
    let range = Memo::new(move |_| {
        let (top, height) = seen.get();
        let first = ((top / ROW).floor().max(0.0) as usize).saturating_sub(SPARE);
        let last = ((top + height) / ROW).ceil().max(0.0) as usize + SPARE;
        let count = book.lines.with(Vec::len);
        (first.min(count), last.min(count))
    });
    let by_number = Memo::new(move |_| {
        let (first, last) = range.get();
        book.lines.with(|lines| {
            lines
                .get(first..last)
                .unwrap_or_default()
                .iter()
                .map(|line| (line.number, line.clone()))
                .collect::<HashMap<_, _>>()
        })
    });
    let numbers = move || {
        let (first, last) = range.get();
        book.lines
            .with(|lines| lines.get(first..last).unwrap_or_default().iter().map(|line| line.number).collect::<Vec<_>>())
    };
    let nothing = move || {
        let empty = book.answered.get() && book.lines.with(Vec::is_empty) && book.failure.with(Option::is_none);
        empty.then(|| match book.words.get().trim() {
            "" => "Nothing was decided here yet.".to_owned(),
            words => format!("No decision says “{words}”."),
        })
    };
    view! {
        <div class="ilist-scroll" node_ref=scroller on:scroll=move |_| look() data-testid="log-lines">
            {move || nothing().map(|words| view! { <p class="ilist-note" data-testid="log-empty">{words}</p> })}
            <ul
                class="log-rows"
                style:padding-top=move || format!("{}px", range.get().0 as f64 * ROW)
                style:padding-bottom=move || format!("{}px", (book.lines.with(Vec::len) - range.get().1) as f64 * ROW)
            >
                <For
                    each=numbers
                    key=|number| *number
                    children=move |number| {
                        let line = by_number.with_untracked(|lines| lines.get(&number).cloned());
                        line.map(|line| view! { <Decided desk=desk line=line now=now/> })
                    }
                />
            </ul>
        </div>
    }
}

/// Writes all of it to a file.
#[component]
fn Export(
    /// Why it could not be written.
    failure: RwSignal<Option<String>>,
) -> impl IntoView {
    let state = State::here();
    let open = RwSignal::new(false);
    let write = move |format: ExportFormat| {
        open.set(false);
        let Some(profile) = state.profile.get_untracked() else { return };
        spawn_local(async move {
            match ipc::call(ExportDecisions { profile, format }).await {
                Ok(true) => state.toast.set(Some("The decisions were exported".to_owned())),
                Ok(false) => {}
                Err(why) => drop(failure.try_set(Some(format!("Not exported. {}", why.message)))),
            }
        });
    };
    let choices = [
        (ExportFormat::Markdown, "Markdown", "For reading"),
        (ExportFormat::Json, "JSON", "For programs"),
        (ExportFormat::Csv, "CSV", "For tables"),
    ];
    view! {
        <Drop
            handle="log-export"
            label="Export…"
            face=|| "Export…"
            look="btn quiet tight"
            class="export"
            menu="Export as"
            open=open
        >
                {choices
                    .into_iter()
                    .map(|(format, name, what_for)| view! {
                        <button class="mi" role="menuitem" data-testid="log-export-as" data-name=name on:click=move |_| write(format)>
                            <span class="grow"><b>{name}</b><span class="t3">{what_for}</span></span>
                        </button>
                    })
                    .collect_view()}
        </Drop>
    }
}
