//! Earlier decisions on the tool that is asked for, with the way to all of them.

use leptos::{prelude::*, task::spawn_local};
use model::{AboutTool, LogLine, ProfileId, command::DecisionLog};

use super::{
    desk::{Desk, Picked, Side},
    row::{Verdict, first_argument, one_line, reason, when},
};
use crate::{approval::Request, icons::Icon, ipc, timeline::time, values::written_name};

/// So many are shown.
const SHOWN: u32 = 3;

/// The section; nothing where nothing was decided before.
#[component]
pub fn Earlier(
    /// The inbox.
    desk: Desk,
    /// The request that is shown.
    request: Memo<Option<Request>>,
) -> impl IntoView {
    let lines = RwSignal::new(Vec::<LogLine>::new());
    let about = Memo::new(move |_| {
        request.with(|request| {
            let request = request.as_ref()?;
            let about = AboutTool { agent: request.asker.agent.clone(), tool: request.call.name.clone() };
            Some((request.profile.clone()?, about))
        })
    });
    Effect::new(move |_| {
        if let Some((profile, about)) = about.get() {
            ask(profile, about, lines);
        }
    });
    let count = move || {
        let before = request.with(|request| request.as_ref()?.standing.as_ref()?.before.clone());
        before.map_or(0, |before| before.approved + before.denied)
    };
    let tool = move || about.get().map(|(_, about)| about.tool).unwrap_or_default();
    let all = move |_| {
        if let Some((_, about)) = about.get_untracked() {
            desk.picked.set(Picked::Nothing);
            desk.side.set(Side::Log(Some(about)));
        }
    };
    view! {
        <Show when=move || lines.with(|lines| !lines.is_empty())>
            <div class="ctx" data-testid="earlier">
                <div class="ctxh">
                    <h3 class="grow">"Earlier decisions on " <bdi>{move || written_name(&tool())}</bdi></h3>
                    <button class="link" type="button" data-testid="earlier-all" on:click=all>
                        {move || match count() {
                            0 => "All".to_owned(),
                            count => format!("All {count}"),
                        }}
                    </button>
                </div>
                <ul class="prev">{move || lines.get().iter().map(one).collect_view()}</ul>
            </div>
        </Show>
    }
}

fn ask(profile: ProfileId, about: AboutTool, lines: RwSignal<Vec<LogLine>>) {
    spawn_local(async move {
        let asked = DecisionLog { profile, words: String::new(), about: Some(about), before: None, limit: SHOWN };
        // The card does not need it; the log says what is wrong.
        if let Ok(page) = ipc::call(asked).await {
            lines.try_set(page.lines);
        }
    });
}

fn one(line: &LogLine) -> impl IntoView + use<> {
    let now = time::now();
    let verdict = Verdict::of(line);
    let why = reason(&line.ruling).filter(|why| !why.trim().is_empty()).map(|why| format!("“{}”", one_line(why)));
    view! {
        <li class:ok=verdict.is_yes title=verdict.word>
            <Icon symbol=verdict.symbol class="s"/>
            <span class="vh">{verdict.word}</span>
            <bdi class="mono cut">{first_argument(&line.arguments)}</bdi>
            <bdi class="t3 cut">{why}</bdi>
            <span class="when">{when(line.at, time::day(now), now)}</span>
        </li>
    }
}
