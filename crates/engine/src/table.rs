//! Who speaks next at a table that the app leads, and what they are told. Pure: no clock, no server, no disk; time and ids are passed
//! in. Who does what is decided here is `conversation::tabled`.

mod floor;
mod guards;
mod heard;
mod lane;
mod ledger;
mod names;
mod patterns;
mod rebuilt;
mod seating;
mod steering;
mod turn;
mod view;

pub(crate) use floor::Floor;
pub(crate) use heard::{Telling, telling};
pub(crate) use lane::{Delivery, Mirror, WIDTH};
pub(crate) use names::{Choice, addressed, chosen, gives, passes, without_giving};
pub(crate) use seating::seated;
pub(crate) use turn::{Halt, Kind, Lane, Next, Outcome};
pub(crate) use view::view;

#[cfg(test)]
mod tests;
