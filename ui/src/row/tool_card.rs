//! An opened tool call: each argument, what came back, what it printed. Long output is cut until asked for.

use leptos::prelude::*;
use model::{ItemId, ToolCall, ToolState};

use super::{pictures, thousands};
use crate::{arguments::Arguments, timeline::Rows};

/// Output of more lines is cut.
const LINES: usize = 12;
/// Output of more letters is cut too, however few lines it has.
const LETTERS: usize = 4_000;

/// The parts of the card under the row.
pub(super) fn view(
    rows: &Rows,
    id: &ItemId,
    call: Memo<Option<ToolCall>>,
    frame: pictures::Frame,
) -> impl IntoView + use<> {
    let arguments =
        Memo::new(move |_| call.with(|call| call.as_ref().map(|call| call.arguments.clone()).unwrap_or_default()));
    let returned = Memo::new(move |_| {
        call.with(|call| match call.as_ref().map(|call| &call.state) {
            Some(ToolState::Returned(returned)) => Some(returned.clone()),
            _ => None,
        })
    });
    let (given, back) = ((rows.clone(), id.clone()), (rows.clone(), id.clone()));
    let arguments = move || {
        let (rows, id) = &given;
        let listed = match Arguments::read(&arguments.get()) {
            Arguments::Listed(listed) => listed.into_iter().map(|argument| (argument.name, argument.value)).collect(),
            Arguments::Raw(raw) => vec![("arguments".to_owned(), raw)],
        };
        let parts = listed.into_iter().map(|(name, value)| {
            let name = markdown::visible(&name).into_owned();
            part(rows, &format!("{id}/{name}"), name, &value, false)
        });
        parts.collect::<Vec<_>>()
    };
    let output = move || {
        let Some(returned) = returned.get() else { return Vec::new() };
        let (rows, id) = &back;
        let mut parts = Vec::new();
        let mut add = |name: &str, text: &str, bad: bool| {
            if !text.trim().is_empty() {
                parts.push(part(rows, &format!("{id}/{name}"), name.to_owned(), text, bad));
            }
        };
        add("return", &returned.text, !returned.ok);
        add("stdout", &returned.stdout.join("\n"), false);
        add("stderr", &returned.stderr.join("\n"), true);
        parts
    };
    let images = move || {
        let returned = returned.get()?;
        let name = call.with_untracked(|call| call.as_ref().map(|call| call.name.clone()).unwrap_or_default());
        let shown = pictures::listed(&frame, &returned.images, &format!("Image from {name}"))?;
        let label = if returned.images.len() == 1 { "image" } else { "images" };
        Some(view! { <dl class="io"><dt>{label}</dt><dd class="shown">{shown}</dd></dl> })
    };
    view! { {arguments}{output}{images} }
}

/// One named value, cut if it is long.
fn part(rows: &Rows, key: &str, name: String, text: &str, bad: bool) -> impl IntoView + use<> {
    let text = markdown::visible(text.trim_matches('\n')).into_owned();
    let lines = text.lines().count();
    let is_long = lines > LINES || text.len() > LETTERS;
    let all = rows.disclosure(key);
    let start: String = text.lines().take(LINES).collect::<Vec<_>>().join("\n").chars().take(LETTERS).collect();
    let size = if text.len() < 1_000 {
        format!("{} B", text.len())
    } else {
        format!("{} KB", thousands(text.len() as u64 / 1_000))
    };
    let (is_open, toggled, words) = (all.clone(), all.clone(), all);
    let shown = {
        let is_open = is_open.clone();
        move || if is_long && !is_open.get() { start.clone() } else { text.clone() }
    };
    let class = move || match (is_long, is_open.get()) {
        (true, false) => "fade",
        (true, true) => "all",
        (false, _) => "",
    };
    let count =
        if lines > LINES { format!("Show all {} lines", thousands(lines as u64)) } else { "Show all of it".to_owned() };
    let more = is_long.then(|| {
        let label = move || if words.get() { "Show less".to_owned() } else { count.clone() };
        view! {
            <div class="more">
                <button class="link" type="button" on:click=move |_| toggled.update(|all| *all = !*all)>{label}</button>
                <span class="t3">{size}</span>
            </div>
        }
    });
    view! {
        <dl class=if bad { "io err" } else { "io" }>
            <dt class="cut">{name}</dt>
            <dd class=class>{shown}</dd>
        </dl>
        {more}
    }
}
