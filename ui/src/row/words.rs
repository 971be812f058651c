//! Numbers and durations as the timeline words them. Pure.

/// "1.2 s" below ten seconds, "41 s", "2 min", "1 h 5 min". Milliseconds in.
pub fn seconds(took: i64) -> String {
    let took = took.max(0);
    match took {
        0..10_000 => format!("{}.{} s", took / 1000, took % 1000 / 100),
        10_000..60_000 => format!("{} s", took / 1000),
        60_000..3_600_000 => format!("{} min", took / 60_000),
        _ => format!("{} h {} min", took / 3_600_000, took % 3_600_000 / 60_000),
    }
}

/// Whole seconds: "4 s", "2 min".
pub(super) fn whole_seconds(took: i64) -> String {
    if (0..60_000).contains(&took) { format!("{} s", (took + 500) / 1000) } else { seconds(took) }
}

/// "1,846".
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "840 B", "84 KB", "1.2 MB".
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", (bytes + 500) / 1_000),
        _ => format!("{}.{} MB", thousands(bytes / 1_000_000), bytes % 1_000_000 / 100_000),
    }
}

/// "1 step", "3 steps".
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// The first line of a text with something in it, without what cannot be seen.
pub(super) fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    markdown::visible(line).chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn durations_are_short() {
        assert_eq!([840, 1_240, 9_999, 10_000, 59_999].map(seconds), ["0.8 s", "1.2 s", "9.9 s", "10 s", "59 s"]);
        assert_eq!([60_000, 150_000, 3_900_000, -5].map(seconds), ["1 min", "2 min", "1 h 5 min", "0.0 s"]);
        assert_eq!([4_499, 4_500, 61_000].map(whole_seconds), ["4 s", "5 s", "1 min"]);
    }

    #[wasm_bindgen_test]
    fn sizes_are_short() {
        assert_eq!(
            [840, 1_000, 84_499, 1_240_000, 20_000_000].map(size),
            ["840 B", "1 KB", "84 KB", "1.2 MB", "20.0 MB"]
        );
    }

    #[wasm_bindgen_test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1_000, 18_240, 1_234_567].map(thousands), ["0", "999", "1,000", "18,240", "1,234,567"]);
    }
}
