//! Stories: the engine, asked and heard in the JSON that the window uses, against `sim`. One file a theme.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod approval;
mod approval_foreign;
mod approval_inbox;
mod approval_known;
mod approval_log;
mod approval_several;
mod approval_stuck;
mod canary;
mod connect;
mod cuts;
mod demo;
mod disk;
mod faults;
mod gaps;
mod group;
mod group_set;
mod images;
mod inspector;
mod long;
mod named;
mod observers;
mod queue;
mod real;
mod real_approvals;
mod real_tables;
mod real_talks;
mod restart;
mod sidebar;
mod table;
mod talk;
mod threads;
