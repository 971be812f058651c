//! Which links may leave the app. A link is written by a model, so it is judged here by a parser of our own choice and never by how
//! it looks.

use model::{Code, Failure};
use url::Url;

/// The link as it may be opened: http, https or mailto, to a named place, without a user name or password, and with nothing invisible
/// in it.
pub(crate) fn allowed(link: &str) -> Result<String, Failure> {
    if link.chars().any(|letter| letter.is_control() || letter.is_whitespace() || is_invisible(letter)) {
        return Err(refused("It has invisible characters or spaces in it."));
    }
    let Ok(url) = Url::parse(link) else { return Err(refused("It is not a complete address.")) };
    match url.scheme() {
        "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
            Err(refused("It carries a user name, which can hide where it really leads."))
        }
        "http" | "https" if url.host_str().is_none_or(str::is_empty) => Err(refused("It names no place.")),
        "http" | "https" | "mailto" => Ok(url.into()),
        _ => Err(refused("Only web and mail links are opened.")),
    }
}

fn refused(why: &str) -> Failure {
    Failure::new(Code::Invalid, format!("This link was not opened. {why}"))
}

/// Characters that are not seen but change what is: direction marks, zero-width marks, tags, fillers.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{feff}'
        | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_and_mail_links_are_opened() {
        for link in ["https://docs.letta.com/a?b=c#d", "http://127.0.0.1:8283/", "mailto:rosa@example.org"] {
            assert!(allowed(link).is_ok(), "{link}");
        }
        assert_eq!(allowed("https://münchen.example/").unwrap(), "https://xn--mnchen-3ya.example/");
    }

    #[test]
    fn everything_else_is_refused() {
        for link in [
            "",
            "docs.letta.com",
            "//docs.letta.com",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "smb://host/share",
            "tauri://localhost",
            "vscode://file/x",
            "https://letta.com@evil.example/",
            "https://user:password@evil.example/",
            "https://",
            "https://a.example/\u{202e}gpj.exe",
            "https://a.example/\u{200b}",
            "https://a.example/x\ny",
            "https://a.example/ b",
            "java\tscript:alert(1)",
        ] {
            assert!(allowed(link).is_err(), "{link:?}");
        }
    }
}
