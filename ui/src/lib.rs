//! Tertulia's window: shows what the engine tells and asks it for the rest. It knows no wire, no database and no network.

pub mod icons;
pub mod ipc;
pub mod timeline;
