//! The live table: a round table that is also a speech bubble. The tail always points down left; the ring of chairs turns until the
//! speaker sits there. Only the drawing and its geometry; who speaks is in `seats.rs`.

use leptos::prelude::*;

/// Who has the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Nobody: grey disc, no tail, every chair taken.
    Nobody,
    /// The member of this number.
    Member(usize),
    /// You: grey disc with the tail.
    You,
}

/// Centre of the 40 × 40 drawing.
const CENTRE: f64 = 20.0;
/// Radius of the ring of chairs.
const RING: f64 = 15.4;
/// Where the tail points, clockwise from three o'clock.
const TAIL: f64 = 135.0;
/// Where the first member sits while nobody speaks: at the top.
const TOP: f64 = 270.0;

/// Where a chair's arc begins and ends.
fn ends(angle: f64, half: f64) -> [(f64, f64); 2] {
    [angle - half, angle + half].map(|degrees| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        (CENTRE + RING * cos, CENTRE + RING * sin)
    })
}

/// A chair's arc, as a path.
fn chair(angle: f64, half: f64) -> String {
    let [(x1, y1), (x2, y2)] = ends(angle, half);
    format!("M{x1:.2} {y1:.2}A{RING} {RING} 0 0 1 {x2:.2} {y2:.2}")
}

/// Half the length of a chair in degrees, for so many chairs.
fn half_chair(chairs: usize) -> f64 {
    (spacing(chairs) * 0.27).min(22.0)
}
fn spacing(chairs: usize) -> f64 {
    360.0 / chairs.max(1) as f64
}

/// By how much the ring is turned from its rest for the one who has the word, by the shorter way from where it stands now.
fn turned(word: Word, members: usize, now: f64) -> f64 {
    let seat = match word {
        Word::Nobody => return now - shortest(now),
        Word::Member(seat) => seat,
        Word::You => members,
    };
    let wanted = TAIL - TOP - spacing(members + 1) * seat as f64;
    now + shortest(wanted - now)
}

/// An angle as between -180 and 180.
fn shortest(angle: f64) -> f64 {
    (angle + 180.0).rem_euclid(360.0) - 180.0
}

/// The drawing. Hidden from screen readers: what it shows stands in text beside it.
#[component]
pub fn Table(
    /// The members' colours, 1 to 10, in their order.
    #[prop(into)]
    hues: Signal<Vec<u8>>,
    /// Who has the word.
    #[prop(into)]
    word: Signal<Word>,
    /// Side length in px.
    #[prop(default = 40)]
    size: u16,
) -> impl IntoView {
    let turn = Memo::new(move |before: Option<&f64>| {
        turned(word.get(), hues.with(Vec::len), before.copied().unwrap_or_default())
    });
    let colour = move || match word.get() {
        Word::Nobody => "var(--border-control)".to_owned(),
        Word::You => "var(--text-2)".to_owned(),
        Word::Member(seat) => hues.with(|hues| hues.get(seat).map_or("var(--text-2)".to_owned(), |hue| stroke(*hue))),
    };
    let chairs = move || {
        let hues = hues.get();
        let count = hues.len() + 1;
        let seats = hues.iter().map(|hue| stroke(*hue)).chain(["var(--border-control)".to_owned()]);
        seats
            .enumerate()
            .map(|(seat, stroke)| {
                let angle = TOP + spacing(count) * seat as f64;
                let taken = move || match word.get() {
                    Word::Nobody => true,
                    Word::Member(speaker) => speaker != seat,
                    Word::You => seat + 1 != count,
                };
                view! { <path d=chair(angle, half_chair(count)) stroke=stroke class:away=move || !taken()></path> }
            })
            .collect_view()
    };
    view! {
        <svg class="glyph" width=size height=size viewBox="0 0 40 40" aria-hidden="true">
            <circle cx="20" cy="20" r="9.6" fill=colour></circle>
            <path
                class="tail"
                class:away=move || word.get() == Word::Nobody
                d="M18.69 28.93Q14.28 29.22 8.76 31.94Q7.98 32.02 8.06 31.24Q10.78 25.72 11.07 21.31Z"
                fill=colour
            ></path>
            <g class="ring" fill="none" stroke-width="3" stroke-linecap="round" style:transform=move || format!("rotate({}deg)", turn.get())>
                {chairs}
            </g>
        </svg>
    }
}

fn stroke(hue: u8) -> String {
    format!("var(--{})", crate::icons::hue_class(hue))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// Where a member's chair comes to stand.
    fn stands(seat: usize, members: usize, word: Word) -> f64 {
        let angle = TOP + spacing(members + 1) * seat as f64 + turned(word, members, 0.0);
        angle.rem_euclid(360.0)
    }

    #[wasm_bindgen_test]
    fn the_speaker_sits_at_the_tail() {
        for members in 1..8 {
            for seat in 0..members {
                assert!((stands(seat, members, Word::Member(seat)) - TAIL).abs() < 1e-9);
            }
            assert!((stands(members, members, Word::You) - TAIL).abs() < 1e-9);
            assert!((stands(0, members, Word::Nobody) - TOP).abs() < 1e-9);
        }
    }

    #[wasm_bindgen_test]
    fn the_ring_turns_the_shorter_way() {
        let mut now = 0.0;
        for seat in [0, 1, 2, 3, 0, 3, 1] {
            let next = turned(Word::Member(seat), 4, now);
            assert!((next - now).abs() <= 180.0);
            now = next;
        }
        let rest = turned(Word::Nobody, 4, now);
        assert!((rest - now).abs() <= 180.0 && shortest(rest).abs() < 1e-9);
    }

    #[wasm_bindgen_test]
    fn a_chair_is_drawn_as_in_the_design() {
        // The chair before the speaker's, at a table of four and you; the one at the top of a table of three and you.
        for (drawn, wanted) in [
            (ends(TAIL - 72.0, half_chair(5)), [(31.16, 30.61), (22.03, 35.27)]),
            (ends(TOP, half_chair(4)), [(14.23, 5.72), (25.77, 5.72)]),
        ] {
            for (drawn, wanted) in drawn.into_iter().zip(wanted) {
                assert!((drawn.0 - wanted.0).abs() < 0.02 && (drawn.1 - wanted.1).abs() < 0.02, "{drawn:?} {wanted:?}");
            }
        }
    }
}
