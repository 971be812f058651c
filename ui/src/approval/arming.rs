//! When Approve may act: not for a moment after the card appears or changes, nor under a pointer that happened to be there. Pure: the
//! time is passed in.

/// Approve is inert for so many milliseconds after something new was shown.
pub const PAUSE: f64 = 700.0;

/// The safety catch of one card.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Catch {
    since: f64,
    under_pointer: bool,
}

impl Catch {
    /// Set when the card appears, changes, is paged, or the window comes to the front. `under_pointer`: the pointer already rests where
    /// the button now is.
    pub fn set(now: f64, under_pointer: bool) -> Self {
        Self { since: now, under_pointer }
    }

    /// The pointer is no longer over the button.
    pub fn pointer_left(&mut self) {
        self.under_pointer = false;
    }

    /// The same card, read anew: the pause begins again, the pointer is where it was.
    pub fn again(&mut self, now: f64) {
        self.since = now;
    }

    /// May Approve act now?
    pub fn is_off(&self, now: f64) -> bool {
        !self.under_pointer && now - self.since >= PAUSE
    }

    /// Milliseconds until the pause is over.
    pub fn left(&self, now: f64) -> f64 {
        (self.since + PAUSE - now).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn nothing_happens_in_the_first_moment() {
        let catch = Catch::set(1_000.0, false);
        assert!(!catch.is_off(1_000.0) && !catch.is_off(1_699.0) && catch.is_off(1_700.0));
        assert_eq!((catch.left(1_200.0), catch.left(9_000.0)), (500.0, 0.0));
    }

    #[wasm_bindgen_test]
    fn a_pointer_that_was_there_must_leave_first() {
        let mut catch = Catch::set(0.0, true);
        assert!(!catch.is_off(60_000.0));
        catch.pointer_left();
        assert!(catch.is_off(60_000.0));
    }

    #[wasm_bindgen_test]
    fn the_window_coming_to_the_front_starts_the_pause_anew() {
        let mut catch = Catch::set(0.0, false);
        catch.again(5_000.0);
        assert!(!catch.is_off(5_699.0) && catch.is_off(5_700.0));
    }
}
