//! Clock and calendar as the reader has them: the browser's time zone and hours. The only file of the timeline that reads a clock.

use js_sys::Date;
use wasm_bindgen::JsValue;

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day of the local calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day {
    /// 2026.
    pub year: u32,
    /// 0 to 11.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 (Sunday) to 6.
    pub weekday: u32,
}

/// Milliseconds since 1970 UTC.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
pub fn now() -> i64 {
    Date::now() as i64
}

/// The local day of an instant.
pub fn day(at: i64) -> Day {
    let date = date(at);
    Day { year: date.get_full_year(), month: date.get_month(), day: date.get_date(), weekday: date.get_day() }
}

/// "10:41", local.
pub fn clock(at: i64) -> String {
    let date = date(at);
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

impl Day {
    /// "Wednesday 12 November", with the year where it is not the one of `today`.
    pub fn title(self, today: Day) -> String {
        let weekday = DAYS.get(self.weekday as usize).copied().unwrap_or_default();
        let month = MONTHS.get(self.month as usize).copied().unwrap_or_default();
        if self.year == today.year {
            format!("{weekday} {} {month}", self.day)
        } else {
            format!("{weekday} {} {month} {}", self.day, self.year)
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
fn date(at: i64) -> Date {
    Date::new(&JsValue::from_f64(at as f64))
}
