//! Which targets may become links, and addresses that stand bare in a text.

use crate::tree::Inline;

/// Whether `url` may become a link: http, https or mailto, a host, no user name before it, nothing invisible or blank.
pub(crate) fn may_open(url: &str) -> bool {
    let odd = |letter: char| {
        letter.is_whitespace() || letter.is_control() || letter == '\\' || letter == '\u{200c}' || letter == '\u{200d}'
    };
    if url.chars().any(odd) || crate::visible(url).len() != url.len() {
        return false;
    }
    let Some((scheme, rest)) = url.split_once(':') else { return false };
    if scheme.eq_ignore_ascii_case("mailto") {
        return rest
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !name.starts_with('/') && !host.is_empty());
    }
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return false;
    }
    let Some(rest) = rest.strip_prefix("//") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !authority.is_empty() && !authority.starts_with(':') && !authority.contains('@')
}

/// The host that an address leads to, as written (with its port), or the address of a mailto. None for anything else.
pub fn host(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once(':')?;
    if scheme.eq_ignore_ascii_case("mailto") {
        return Some(rest.split('?').next().unwrap_or_default());
    }
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let authority = rest.strip_prefix("//")?.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next().unwrap_or_default();
    (!host.is_empty()).then_some(host)
}

/// Makes links of addresses that stand bare in running text.
pub(crate) fn find_bare(inlines: Vec<Inline>) -> Vec<Inline> {
    if !inlines.iter().any(|inline| matches!(inline, Inline::Text(text) if text.contains("://"))) {
        return inlines;
    }
    let mut out = Vec::with_capacity(inlines.len() + 2);
    for inline in inlines {
        match inline {
            Inline::Text(text) => split(&text, &mut out),
            other => out.push(other),
        }
    }
    out
}

fn split(text: &str, out: &mut Vec<Inline>) {
    let mut plain = 0;
    let mut from = 0;
    while let Some(found) = text[from..].find("://").map(|at| at + from) {
        from = found + 3;
        let Some(start) = ["https", "http"].iter().find_map(|scheme| starts_at(text, found, scheme)) else { continue };
        if start < plain {
            continue;
        }
        let end = start + length(&text[start..]);
        let url = &text[start..end];
        if end <= from || !may_open(url) {
            continue;
        }
        if start > plain {
            out.push(Inline::Text(text[plain..start].to_owned()));
        }
        out.push(Inline::Link {
            url: url.to_owned(),
            title: String::new(),
            content: vec![Inline::Text(url.to_owned())],
        });
        (plain, from) = (end, end);
    }
    if plain < text.len() {
        out.push(Inline::Text(text[plain..].to_owned()));
    }
}

/// Where the scheme that ends at `end` begins, if it is this one and a word of its own.
fn starts_at(text: &str, end: usize, scheme: &str) -> Option<usize> {
    let before = text.get(..end)?;
    let start = end.checked_sub(scheme.len())?;
    let own = before.get(start..)?.eq_ignore_ascii_case(scheme) && !before[..start].ends_with(char::is_alphanumeric);
    own.then_some(start)
}

/// How far an address goes: up to blanks and quotes, without the punctuation of the sentence around it.
fn length(text: &str) -> usize {
    let stop =
        |letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | '`' | '“' | '”' | '«' | '»' | '|');
    let mut url = &text[..text.find(stop).unwrap_or(text.len())];
    loop {
        let shorter = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', '’', '…']);
        let unopened = |open: char, close: char| {
            shorter.ends_with(close) && shorter.matches(close).count() > shorter.matches(open).count()
        };
        let next = if unopened('(', ')') || unopened('[', ']') { &shorter[..shorter.len() - 1] } else { shorter };
        if next.len() == url.len() {
            return url.len();
        }
        url = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_and_mail_open() {
        for url in ["https://a.b", "HTTP://a.b/c?d#e", "mailto:a@b.c", "http://[::1]:8283/x", "https://bücher.example"]
        {
            assert!(may_open(url), "{url}");
        }
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "smb://x/y",
            "//a.b",
            "/x",
            "#x",
            "https:a.b",
            "https://",
            "https://user@evil.example",
            "https://a.b\u{202e}",
            "https://a b",
            "https:\\\\a.b",
            "vbscript:x",
            " https://a.b",
            "mailto:",
            "mailto://x@y",
            "https://:80",
        ] {
            assert!(!may_open(url), "{url}");
        }
    }

    #[test]
    fn bare_addresses_leave_the_sentence_alone() {
        let link =
            |url: &str| Inline::Link { url: url.into(), title: String::new(), content: vec![Inline::Text(url.into())] };
        let text = |text: &str| Inline::Text(text.into());
        let found = find_bare(vec![text("See (https://a.b/c_(d)), http://e.f. xhttps://no ftp://no https:// end")]);
        let rest = text(". xhttps://no ftp://no https:// end");
        assert_eq!(found, [text("See ("), link("https://a.b/c_(d)"), text("), "), link("http://e.f"), rest]);
    }

    #[test]
    fn the_host_is_what_counts() {
        assert_eq!(host("https://a.b:80/c"), Some("a.b:80"));
        assert_eq!(host("https://good.example@evil.example/x"), Some("evil.example"));
        assert_eq!(host("mailto:a@b.c?subject=x"), Some("a@b.c"));
        assert_eq!(host("javascript:alert(1)"), None);
    }
}
