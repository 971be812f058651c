//! Noticing that the computer slept: timers stand still meanwhile, the time of day does not. Lines that died in the sleep say nothing of
//! it, so every server is asked and every answer that comes is doubted. What that means for one is `sync`'s and the conversation's.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use crate::{conversation::Input, house::House};

/// A clock that is further ahead than this was not merely set right.
const ASLEEP: Duration = Duration::from_secs(10);

/// Watches for sleep until the engine ends.
pub(crate) async fn watch(house: Arc<House>) {
    loop {
        let (began, clock) = (Instant::now(), house.clock.now());
        sleep(house.pace.tick).await;
        if slept(house.clock.now().saturating_sub(clock), began.elapsed()) {
            tracing::info!("the computer slept");
            for profile in house.profiles.list() {
                house.profiles.wake(&profile.id);
            }
            for talk in house.talks.running(|_| true) {
                house.talks.tell_running(&talk, Input::Woke);
            }
        }
    }
}

/// Whether the clock went on (milliseconds) while timers stood still.
fn slept(clock: i64, timers: Duration) -> bool {
    u64::try_from(clock).is_ok_and(|clock| Duration::from_millis(clock) > timers + ASLEEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_jump_ahead_is_sleep() {
        let tick = Duration::from_secs(5);
        assert!(!slept(5_000, tick) && !slept(9_000, tick), "a slow machine is awake");
        assert!(!slept(-3_600_000, tick), "a clock set back");
        assert!(slept(16_000, tick) && slept(8 * 3_600_000, tick));
    }
}
