//! Links of messages open outside the app, after a word of the user the first time for each host.

use std::{cell::RefCell, collections::HashSet};

use leptos::{prelude::*, task::spawn_local};
use model::{Failure, command::OpenLink};

use crate::{ipc, state::State};

thread_local! {
    /// Where the user agreed to go, until the app ends.
    static AGREED: RefCell<HashSet<String>> = RefCell::default();
}

/// Opens a link if its host was agreed to, else asks.
pub fn follow(state: State, url: &str) {
    if AGREED.with_borrow(|agreed| agreed.contains(&place(url))) {
        let url = url.to_owned();
        spawn_local(async move {
            if open(&url).await.is_err() {
                // Asked again, the dialog says what is wrong.
                state.link.set(Some(url));
            }
        });
    } else {
        state.link.set(Some(url.to_owned()));
    }
}

/// The user agreed.
pub async fn agree(url: &str) -> Result<(), Failure> {
    AGREED.with_borrow_mut(|agreed| agreed.insert(place(url)));
    open(url).await
}

async fn open(url: &str) -> Result<(), Failure> {
    ipc::call(OpenLink { url: url.to_owned() }).await
}

/// The host as the network knows it (punycode), or the scheme where there is none.
pub fn place(url: &str) -> String {
    match web_sys::Url::new(url) {
        Ok(url) if !url.hostname().is_empty() => url.hostname(),
        Ok(url) => url.protocol(),
        Err(_) => url.to_owned(),
    }
}
