//! How long ago, as the sidebar says it.

use leptos::prelude::*;

use crate::timeline::time::{self, Day};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// "now", "12 min", "3 h", "Tue", "9 Nov", "9 Nov 2024".
pub fn ago(at: i64, now: i64) -> String {
    worded(now - at, time::day(at), time::day(now))
}

/// "9 Nov", "9 Nov 2024".
pub fn short(day: Day, today: Day) -> String {
    let month = MONTHS.get(day.month as usize).copied().unwrap_or_default();
    if day.year == today.year { format!("{} {month}", day.day) } else { format!("{} {month} {}", day.day, day.year) }
}

fn worded(passed: i64, day: Day, today: Day) -> String {
    match passed {
        // A clock that was set back leaves talk in the future; it is as new as can be.
        ..MINUTE => "now".to_owned(),
        MINUTE..HOUR => format!("{} min", passed / MINUTE),
        HOUR..DAY => format!("{} h", passed / HOUR),
        _ if passed < 6 * DAY => WEEKDAYS.get(day.weekday as usize).copied().unwrap_or_default().to_owned(),
        _ => short(day, today),
    }
}

/// The time, told anew at this pace while the component that asks lives.
pub fn ticking(every: std::time::Duration) -> RwSignal<i64> {
    let now = RwSignal::new(time::now());
    let ticks = set_interval_with_handle(move || now.set(time::now()), every);
    on_cleanup(move || {
        if let Ok(ticks) = ticks {
            ticks.clear();
        }
    });
    now
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn near_times_are_counted_and_far_ones_are_dates() {
        let tuesday = Day { year: 2026, month: 10, day: 17, weekday: 2 };
        let today = Day { year: 2026, month: 10, day: 21, weekday: 6 };
        let said = |passed| worded(passed, tuesday, today);
        assert_eq!([said(-5 * HOUR), said(0), said(MINUTE), said(59 * MINUTE)], ["now", "now", "1 min", "59 min"]);
        assert_eq!([said(HOUR), said(23 * HOUR), said(4 * DAY)], ["1 h", "23 h", "Tue"]);
        assert_eq!(said(8 * DAY), "17 Nov");
        assert_eq!(worded(400 * DAY, Day { year: 2025, ..tuesday }, today), "17 Nov 2025");
    }
}
