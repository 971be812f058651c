//! The keyboard and the windows of the screen itself (X11), for what happens while there is no page that WebDriver could drive.

use x11rb::{
    connection::Connection as _,
    protocol::{
        xproto::{AtomEnum, ConnectionExt as _, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MapState, Window},
        xtest::ConnectionExt as _,
    },
    rust_connection::RustConnection,
};

use crate::desk::Told;

/// What X calls the keys that write no letter.
pub const RETURN: u32 = 0xff0d;
pub const TAB: u32 = 0xff09;

/// The keyboard of the screen of `DISPLAY`.
pub struct Keyboard {
    screen: RustConnection,
    root: Window,
}

impl Keyboard {
    /// Sits down at it.
    pub fn new() -> Told<Self> {
        let (screen, number) = RustConnection::connect(None)?;
        let root = screen.setup().roots.get(number).ok_or("there is no such screen")?.root;
        Ok(Self { screen, root })
    }

    /// The windows of a process that are on the screen, the lowest first.
    pub fn windows(&self, process: u32) -> Told<Vec<Window>> {
        let owner = self.screen.intern_atom(false, b"_NET_WM_PID")?.reply()?.atom;
        let mut found = Vec::new();
        for window in self.screen.query_tree(self.root)?.reply()?.children {
            // It may go in the very moment of looking.
            let Ok(attributes) = self.screen.get_window_attributes(window)?.reply() else { continue };
            let Ok(said) = self.screen.get_property(false, window, owner, AtomEnum::CARDINAL, 0, 1)?.reply() else {
                continue;
            };
            let is_its_own = said.value32().and_then(|mut values| values.next()) == Some(process);
            if is_its_own && attributes.map_state == MapState::VIEWABLE && !attributes.override_redirect {
                found.push(window);
            }
        }
        Ok(found)
    }

    /// Presses a key, by X's name of what it writes, in this window.
    pub fn press(&self, window: Window, key: u32) -> Told<()> {
        self.screen.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)?.check()?;
        let code = self.code(key)?;
        for event in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
            self.screen.xtest_fake_input(event, code, x11rb::CURRENT_TIME, self.root, 0, 0, 0)?.check()?;
        }
        Ok(())
    }

    /// Writes small letters and spaces, which X calls by their own numbers.
    pub fn write(&self, window: Window, words: &str) -> Told<()> {
        words.chars().try_for_each(|letter| self.press(window, letter.into()))
    }

    /// The key that writes this by itself.
    fn code(&self, key: u32) -> Told<u8> {
        let setup = self.screen.setup();
        let count = setup.max_keycode - setup.min_keycode + 1;
        let keys = self.screen.get_keyboard_mapping(setup.min_keycode, count)?.reply()?;
        let at = keys.keysyms.chunks(keys.keysyms_per_keycode.into()).position(|of| of.first() == Some(&key));
        let at = at.ok_or_else(|| format!("no key writes {key:#x}"))?;
        Ok(setup.min_keycode + u8::try_from(at)?)
    }
}
