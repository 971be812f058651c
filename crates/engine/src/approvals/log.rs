//! The log of decisions as the window asks for it. How it is written is `conversation::decision` and `store::decisions`.

use model::{Code, Failure, LogPage, command::DecisionLog};

use crate::{
    house::House,
    store::{LogQuestion, StoreError},
};

/// The most lines of one page.
const MOST: u32 = 500;

/// A page of it.
pub(crate) async fn of(house: &House, asked: DecisionLog) -> Result<LogPage, Failure> {
    let DecisionLog { profile, words, about, before, limit } = asked;
    let limit = limit.clamp(1, MOST);
    house.store.decision_log(LogQuestion { profile, words, about, before, limit }).await.map_err(|error| unread(&error))
}

pub(super) fn unread(error: &StoreError) -> Failure {
    Failure::new(Code::Storage, "The log of decisions could not be read.").details(error.to_string())
}
