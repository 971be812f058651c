//! Where a dragged row lands and how far the others give way: plain arithmetic over the places that the rows had when it was taken.

/// The place of a row, in pixels below the top of its list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slot {
    pub top: f64,
    pub height: f64,
}

impl Slot {
    fn bottom(self) -> f64 {
        self.top + self.height
    }

    fn middle(self) -> f64 {
        self.top + self.height / 2.0
    }
}

/// The places of all rows, from above. Rows may be of different heights.
pub(super) struct Slots(Vec<Slot>);

impl Slots {
    pub(super) fn new(slots: Vec<Slot>) -> Self {
        Self(slots)
    }

    /// How far the row at `from` goes if it is to go `by` pixels: not beyond the first or the last.
    pub(super) fn within(&self, from: usize, by: f64) -> f64 {
        match (self.0.first(), self.0.get(from), self.0.last()) {
            (Some(first), Some(taken), Some(last)) => by.max(first.top - taken.top).min(last.bottom() - taken.bottom()),
            _ => 0.0,
        }
    }

    /// The place of the row at `from` once it is `by` pixels away and let go there: behind all whose middle it has passed.
    pub(super) fn landing(&self, from: usize, by: f64) -> usize {
        let Some(taken) = self.0.get(from) else { return from };
        let (top, bottom) = (taken.top + by, taken.bottom() + by);
        let above = self.0.iter().enumerate().filter(|(at, slot)| match at.cmp(&from) {
            std::cmp::Ordering::Less => slot.middle() < top,
            std::cmp::Ordering::Equal => false,
            std::cmp::Ordering::Greater => slot.middle() <= bottom,
        });
        above.count()
    }

    /// How far the row `at` gives way when the one at `from` is to stand at `to`.
    pub(super) fn yields(&self, at: usize, from: usize, to: usize) -> f64 {
        let gap = match self.0.as_slice() {
            [first, second, ..] => second.top - first.bottom(),
            _ => 0.0,
        };
        let room = self.0.get(from).map_or(0.0, |taken| taken.height + gap);
        if (from + 1..=to).contains(&at) {
            -room
        } else if (to..from).contains(&at) {
            room
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// Three rows of 30 with 4 between, the second of 60.
    fn slots() -> Slots {
        Slots::new([(0.0, 30.0), (34.0, 60.0), (98.0, 30.0)].map(|(top, height)| Slot { top, height }).to_vec())
    }

    #[wasm_bindgen_test]
    fn a_row_lands_behind_those_whose_middle_it_has_passed() {
        let slots = slots();
        assert_eq!([0.0, 33.0, 34.0, 82.0, 83.0].map(|by| slots.landing(0, by)), [0, 0, 1, 1, 2]);
        assert_eq!([0.0, -33.0, -34.0, -82.0, -83.0].map(|by| slots.landing(2, by)), [2, 2, 1, 1, 0]);
        assert_eq!(slots.landing(1, 0.0), 1, "one that was not moved stays");
    }

    #[wasm_bindgen_test]
    fn no_row_leaves_its_list() {
        let slots = slots();
        assert_eq!([-50.0, 20.0, 500.0].map(|by| slots.within(0, by)), [0.0, 20.0, 98.0]);
        assert_eq!([-500.0, 50.0].map(|by| slots.within(1, by)), [-34.0, 34.0]);
        assert_eq!(slots.landing(0, slots.within(0, 500.0)), 2, "as far as it goes it is the last");
        assert_eq!(slots.landing(2, slots.within(2, -500.0)), 0, "or the first");
    }

    #[wasm_bindgen_test]
    fn the_others_give_way_by_the_room_of_the_one_in_hand() {
        let slots = slots();
        assert_eq!([0, 1, 2].map(|at| slots.yields(at, 0, 2)), [0.0, -34.0, -34.0]);
        assert_eq!([0, 1, 2].map(|at| slots.yields(at, 2, 1)), [0.0, 34.0, 0.0]);
        assert_eq!([0, 1, 2].map(|at| slots.yields(at, 1, 1)), [0.0, 0.0, 0.0]);
        assert_eq!(slots.yields(0, 1, 0), 64.0, "the height of the one that comes");
    }
}
