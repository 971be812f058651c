//! How fast a model speaks: the wait before the first token and between tokens, and what a token is.

use std::time::Duration;

/// How fast answers come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Shortest and longest wait before a model's first token.
    pub first: (Duration, Duration),
    /// Tokens a second, slowest and fastest.
    pub words: (f64, f64),
    /// The same for reasoning.
    pub thoughts: (f64, f64),
    /// Tools take the time their script says; else none.
    pub tools: bool,
}

impl Pace {
    /// Like a model of today over a good line.
    pub fn like_a_model() -> Self {
        Self {
            first: (Duration::from_millis(300), Duration::from_millis(700)),
            words: (30.0, 60.0),
            thoughts: (22.0, 38.0),
            tools: true,
        }
    }

    /// Everything at once, for tests.
    pub fn instant() -> Self {
        Self {
            first: (Duration::ZERO, Duration::ZERO),
            words: (f64::INFINITY, f64::INFINITY),
            thoughts: (f64::INFINITY, f64::INFINITY),
            tools: false,
        }
    }

    /// This many tokens a second without jitter and no other wait, for tests that watch it grow.
    pub fn steady(tokens_per_second: f64) -> Self {
        let rate = tokens_per_second.max(0.001);
        Self { words: (rate, rate), thoughts: (rate, rate), ..Self::instant() }
    }

    pub(crate) fn before_first(&self, dice: &mut Dice) -> Duration {
        let (low, high) = self.first;
        low + high.saturating_sub(low).mul_f64(dice.roll())
    }

    pub(crate) fn between_words(&self, dice: &mut Dice) -> Duration {
        between(self.words, dice)
    }

    pub(crate) fn between_thoughts(&self, dice: &mut Dice) -> Duration {
        between(self.thoughts, dice)
    }
}

fn between((slow, fast): (f64, f64), dice: &mut Dice) -> Duration {
    let rate = slow + (fast - slow) * dice.roll();
    if rate.is_finite() && rate > 0.0 { Duration::from_secs_f64(1.0 / rate) } else { Duration::ZERO }
}

/// Jitter that needs no crate: a linear congruential generator.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// From 0 to 1.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 40) as u32) / f64::from(1u32 << 24)
    }
}

/// Letters of the longest token.
const LONGEST: usize = 8;

/// The pieces in which a model gives a text: about a short word each, a space going with the word that follows it.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut length = 0;
        let mut letters = 0;
        for (at, letter) in rest.char_indices() {
            let breaks = letters > 0 && (letter == ' ' || letter == '\n' || letters >= LONGEST);
            if breaks {
                break;
            }
            length = at + letter.len_utf8();
            if letter != ' ' {
                letters += 1;
            }
            if letter == '\n' {
                break;
            }
        }
        let (token, after) = rest.split_at(length);
        rest = after;
        Some(token)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_join_to_the_text() {
        for text in [
            "",
            "Hello, this is Alice.",
            "a\n\n| b | c |\n|---|---|\n",
            "Ä lovely — extraordinarily long 49.6 %",
            "   ",
        ] {
            assert_eq!(tokens(text).collect::<String>(), text);
            assert!(tokens(text).all(|token| !token.is_empty()));
        }
    }

    #[test]
    fn a_model_gives_thirty_to_sixty_tokens_a_second() {
        let mut dice = Dice::new(7);
        for _ in 0..1000 {
            let wait = Pace::like_a_model().between_words(&mut dice);
            assert!(wait >= Duration::from_millis(16) && wait <= Duration::from_millis(34), "{wait:?}");
        }
        assert_eq!(Pace::instant().between_words(&mut dice), Duration::ZERO);
    }
}
