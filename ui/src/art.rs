//! The drawing of the first run: the table as a speech bubble, five chairs, five cups, a letter.

use leptos::prelude::*;

/// A point of the drawing.
type Point = (f64, f64);

/// A cup: where it stands, and its handle from there to there.
const CUPS: [(Point, Point, Point); 5] = [
    ((118.8, 188.6), (128.3, 194.1), (133.5, 197.1)),
    ((170.0, 125.8), (180.3, 122.0), (186.0, 120.0)),
    ((250.5, 135.4), (256.0, 144.9), (259.0, 150.1)),
    ((279.2, 211.1), (269.7, 216.6), (264.5, 219.6)),
    ((230.7, 276.0), (220.4, 272.2), (214.7, 270.2)),
];

/// The chairs and their colours.
const CHAIRS: [(&str, &str); 5] = [
    ("M25.7 224.5A176 176 0 0 1 39.2 128.4", "var(--brand-1)"),
    ("M91.6 61.3A176 176 0 0 1 181.6 25.0", "var(--brand-2)"),
    ("M265.9 36.8A176 176 0 0 1 342.4 96.5", "var(--brand-3)"),
    ("M374.3 175.5A176 176 0 0 1 360.8 271.6", "var(--brand-4)"),
    ("M308.4 338.7A176 176 0 0 1 218.4 375.0", "var(--brand-5)"),
];

/// The drawing.
#[component]
pub fn Art() -> impl IntoView {
    view! {
        <svg class="art" viewBox="0 0 400 400" aria-hidden="true">
            <circle cx="200" cy="200" r="118" fill="var(--brand-paper)"></circle>
            <path d="M184.6 309.8Q139.5 318.8 87.9 350.9Q80.6 352.9 80.7 345.3Q99.4 287.5 97.2 241.6Z" fill="var(--brand-paper)"></path>
            <g fill="none" stroke-width="20" stroke-linecap="round">
                {CHAIRS.map(|(arc, colour)| view! { <path d=arc stroke=colour></path> }).collect_view()}
            </g>
            {CUPS
                .map(|((x, y), from, to)| {
                    view! {
                        <circle cx=x cy=y r="19" fill="#e3d6bf"></circle>
                        <path
                            d=format!("M{} {}L{} {}", from.0, from.1, to.0, to.1)
                            stroke="#fffdf8"
                            stroke-width="5"
                            stroke-linecap="round"
                        ></path>
                        <circle cx=x cy=y r="12.5" fill="#fffdf8"></circle>
                        <circle cx=x cy=y r="9.5" fill="#6f4a33"></circle>
                        <path
                            d=format!("M{} {}a6 6 0 0 1 5-4.8", x - 5.5, y - 1.0)
                            fill="none"
                            stroke="#a67c5f"
                            stroke-width="2"
                            stroke-linecap="round"
                        ></path>
                    }
                })
                .collect_view()}
            <g transform="rotate(9 200 200)"><rect x="178" y="172" width="46" height="58" rx="3" fill="#ece2cf"></rect></g>
            <g transform="rotate(-8 200 200)">
                <rect x="176" y="172" width="46" height="58" rx="3" fill="#fffdf8"></rect>
                <path d="M184 184h30M184 193h30M184 202h30M184 211h17" stroke="#d8ccb6" stroke-width="2.5" stroke-linecap="round"></path>
            </g>
        </svg>
    }
}
