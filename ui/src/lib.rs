//! Tertulia's window: shows what the engine tells and asks it for the rest. It knows no wire, no database and no network.

pub mod abilities;
pub mod ago;
pub mod app;
pub mod approval;
pub mod arguments;
pub mod art;
pub mod attaching;
pub mod attachments;
pub mod banners;
pub mod bar;
pub mod branch;
pub mod choice;
pub mod composer;
pub mod connect;
pub mod conversations;
pub mod copy;
pub mod dialogs;
pub mod dock;
pub mod elsewhere;
pub mod empty;
pub mod focus;
pub mod form;
pub mod front;
pub mod icons;
pub mod inbox;
pub mod ipc;
pub mod keys;
pub mod lightbox;
pub mod links;
pub mod live;
pub mod look;
pub mod markdown_view;
pub mod menu;
pub mod open;
pub mod options;
pub mod outcome;
pub mod picture;
pub mod pointer;
pub mod queue;
pub mod rail;
pub mod row;
pub mod seats;
pub mod server_menu;
pub mod sidebar;
pub mod state;
pub mod streaming;
pub mod table;
pub mod timeline;
pub mod toasts;
pub mod tray;
pub mod values;
pub mod visible;

// In a browser like the rest of the page's tests, so that they need no other program.
#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
