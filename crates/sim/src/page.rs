//! Pages: of history, which is ascending whatever `order` says, and of lists of agents, groups and runs, which follow it. Pure.

use crate::world::Row;

/// Query parameters of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) limit: Option<usize>,
    pub(crate) ascending: bool,
}

impl Page {
    pub(crate) fn of(query: &[(String, String)]) -> Self {
        let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        Self {
            before: value("before"),
            after: value("after"),
            limit: value("limit").and_then(|limit| limit.parse().ok()),
            ascending: value("order").as_deref() == Some("asc"),
        }
    }
}

/// An unknown cursor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoSuchMessage(pub(crate) String);

/// A page of an agent's history: always oldest first; `desc`, the default, takes the newest rows, `asc` the oldest; `before` and
/// `after` are chronological; `limit` counts rows (API-FACTS §8).
pub(crate) fn history<'a>(rows: &'a [Row], page: &Page) -> Result<&'a [Row], NoSuchMessage> {
    let range = between(rows, page)?;
    let limit = page.limit.unwrap_or(100).min(range.len());
    Ok(if page.ascending { &range[..limit] } else { &range[range.len() - limit..] })
}

/// A page of a conversation: really in the asked order, newest first by default, row by row; `before` and `after` are chronological,
/// and a cursor that is unknown is none (recordings 0.16.8/conversation-messages-list, -list-asc; source of 0.16.8).
pub(crate) fn conversation<'a>(rows: &'a [Row], page: &Page) -> Vec<&'a Row> {
    let known = |cursor: &Option<String>| cursor.clone().filter(|id| rows.iter().any(|row| row.id == *id));
    let page = Page { before: known(&page.before), after: known(&page.after), ..page.clone() };
    let range = between(rows, &page).unwrap_or(rows);
    let limit = page.limit.unwrap_or(100);
    if page.ascending { range.iter().take(limit).collect() } else { range.iter().rev().take(limit).collect() }
}

/// A page of a group's history: always the oldest rows, `order` ignored, ten by default (API-FACTS §9).
pub(crate) fn group_history<'a>(rows: &'a [Row], page: &Page) -> Result<&'a [Row], NoSuchMessage> {
    let range = between(rows, page)?;
    Ok(&range[..page.limit.unwrap_or(10).min(range.len())])
}

fn between<'a>(rows: &'a [Row], page: &Page) -> Result<&'a [Row], NoSuchMessage> {
    let find = |id: &String| rows.iter().position(|row| row.id == *id).ok_or_else(|| NoSuchMessage(id.clone()));
    let from = page.after.as_ref().map(find).transpose()?.map_or(0, |at| at + 1);
    let to = page.before.as_ref().map(find).transpose()?.unwrap_or(rows.len());
    Ok(&rows[from.min(to)..to])
}

/// A page of a list in the asked order; `after` goes on in that order. Items come in their order of creation.
pub(crate) fn list<'a, T>(items: &'a [T], id: impl Fn(&T) -> &str, page: &Page, usual: usize) -> Vec<&'a T> {
    let mut items: Vec<&T> = items.iter().collect();
    if !page.ascending {
        items.reverse();
    }
    let position = |cursor: &str| items.iter().position(|item| id(item) == cursor);
    let from = page.after.as_deref().and_then(position).map_or(0, |at| at + 1);
    let to = page.before.as_deref().and_then(position).unwrap_or(items.len());
    items.get(from.min(to)..to).unwrap_or_default().iter().copied().take(page.limit.unwrap_or(usual)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Vec<Row> {
        (1..=count).map(|n| Row { id: format!("m{n}"), messages: Vec::new(), order: n as u64 }).collect()
    }

    fn ids(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| row.id.as_str()).collect()
    }

    fn page(before: Option<&str>, after: Option<&str>, limit: usize, ascending: bool) -> Page {
        Page { before: before.map(str::to_owned), after: after.map(str::to_owned), limit: Some(limit), ascending }
    }

    #[test]
    fn history_is_ascending_and_newest_by_default() {
        let rows = rows(5);
        assert_eq!(ids(history(&rows, &page(None, None, 2, false)).unwrap()), ["m4", "m5"]);
        assert_eq!(ids(history(&rows, &page(Some("m4"), None, 2, false)).unwrap()), ["m2", "m3"]);
        assert_eq!(ids(history(&rows, &page(None, None, 2, true)).unwrap()), ["m1", "m2"]);
        assert_eq!(ids(history(&rows, &page(None, Some("m2"), 2, true)).unwrap()), ["m3", "m4"]);
        assert!(history(&rows, &page(None, Some("m5"), 2, true)).unwrap().is_empty());
        assert_eq!(
            history(&rows, &page(Some("nonsense"), None, 2, false)).unwrap_err(),
            NoSuchMessage("nonsense".to_owned())
        );
    }

    #[test]
    fn a_groups_history_is_the_oldest() {
        let rows = rows(12);
        assert_eq!(group_history(&rows, &Page::default()).unwrap().len(), 10);
        assert_eq!(ids(group_history(&rows, &page(None, Some("m10"), 10, false)).unwrap()), ["m11", "m12"]);
    }

    #[test]
    fn lists_follow_their_order() {
        let items = ["a", "b", "c"];
        let of = |page: &Page| list(&items, |item| item, page, 50).into_iter().copied().collect::<Vec<_>>();
        assert_eq!(of(&page(None, None, 2, false)), ["c", "b"]);
        assert_eq!(of(&page(None, Some("b"), 2, false)), ["a"]);
        assert_eq!(of(&page(None, Some("a"), 2, true)), ["b", "c"]);
    }
}
