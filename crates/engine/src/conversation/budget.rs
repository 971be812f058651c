//! A run that does not end: after a while the user is asked whether it shall go on. It is never cut for that, only heard on; what
//! ends a run at last is its limit of bytes (`letta::Turn`). The numbers are in `Pace`.

use std::time::Duration;

use model::LongRun;
use tokio::time::Instant;

use super::{actor::Talk, state::State};
use crate::options::Pace;

/// What one run has used, and up to where nobody is asked.
#[derive(Debug, Default)]
pub(super) struct Budget {
    run: Option<Run>,
}

#[derive(Debug)]
struct Run {
    /// Which one, by the count of requests.
    number: u64,
    since: Instant,
    /// Over lines that were cut.
    before: usize,
    /// Over the line that stands.
    line: usize,
    /// Asked at this time, or at this many bytes.
    ask_at: Instant,
    ask_beyond: usize,
    asked: Option<LongRun>,
}

impl Run {
    fn new(number: u64, now: Instant, pace: &Pace) -> Self {
        Self {
            number,
            since: now,
            before: 0,
            line: 0,
            ask_at: now + pace.long_run,
            ask_beyond: pace.large_run,
            asked: None,
        }
    }

    fn bytes(&self) -> usize {
        self.before.saturating_add(self.line)
    }
}

impl Budget {
    /// When to ask, if nothing happens until then.
    pub(super) fn due(&self) -> Option<Instant> {
        self.run.as_ref().map(|run| run.ask_at)
    }

    /// Takes note of the run that goes on: which, and the bytes of the line it is heard over, where one stands. None: nothing runs.
    fn note(&mut self, run: Option<(u64, Option<usize>)>, now: Instant, pace: &Pace) {
        let Some((number, line)) = run else {
            self.run = None;
            return;
        };
        let known = self.run.take().filter(|run| run.number == number);
        let run = self.run.insert(known.unwrap_or_else(|| Run::new(number, now, pace)));
        if let Some(line) = line {
            if line < run.line {
                run.before = run.bytes();
            }
            run.line = line;
        }
        if run.bytes() > run.ask_beyond {
            run.ask_beyond = run.bytes().saturating_add(pace.large_run);
            run.asked = Some(LongRun::Large { mebibytes: run.bytes() >> 20 });
        }
    }

    /// The time is over; it will be told again after as long once more.
    fn lasts(&mut self, now: Instant, pace: &Pace) {
        if let Some(run) = &mut self.run
            && run.ask_at <= now
        {
            run.ask_at = now + pace.long_run;
            run.asked = Some(LongRun::Lasting { minutes: whole_minutes(now - run.since) });
        }
    }

    /// The user lets it go on for as long, and for as much, once more.
    fn renew(&mut self, now: Instant, pace: &Pace) {
        if let Some(run) = &mut self.run {
            run.ask_at = now + pace.long_run;
            run.ask_beyond = run.bytes().saturating_add(pace.large_run);
            run.asked = None;
        }
    }

    /// What the user is asked about it now.
    pub(super) fn asked(&self) -> Option<LongRun> {
        self.run.as_ref().and_then(|run| run.asked)
    }
}

fn whole_minutes(time: Duration) -> u64 {
    time.as_secs() / 60
}

impl Talk {
    /// Looks how long the run is by now.
    pub(super) fn weigh(&mut self) {
        let run = match &self.state {
            State::Asking(..) | State::Resuming(..) => Some((self.begun, None)),
            State::Hearing(_, turn) => Some((self.begun, Some(turn.taken()))),
            State::Idle | State::Stopping | State::Finishing(..) => None,
        };
        let before = self.budget.asked();
        self.budget.note(run, Instant::now(), &self.house.pace);
        if before != self.budget.asked() {
            self.tell_long_run();
        }
    }

    /// The run has lasted for its time.
    pub(super) fn ask_whether_to_go_on(&mut self) {
        self.budget.lasts(Instant::now(), &self.house.pace);
        tracing::info!(conversation = %self.id, long = ?self.budget.asked(), "a long run is asked about");
        self.tell_long_run();
    }

    /// The user lets it go on.
    pub(super) fn keep_going(&mut self) {
        self.budget.renew(Instant::now(), &self.house.pace);
        self.tell_long_run();
    }

    fn tell_long_run(&self) {
        let asked = self.budget.asked();
        self.house.sidebar.update(&self.id, |row| row.long_run = asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_long_run_is_asked_about_again_and_again_and_a_new_one_begins_at_nothing() {
        let pace = Pace { long_run: 30 * MINUTE, large_run: 64 << 20, ..Pace::default() };
        let began = Instant::now();
        let mut budget = Budget::default();
        assert_eq!(budget.due(), None, "nothing runs");
        budget.note(Some((1, None)), began, &pace);
        assert_eq!(budget.due(), Some(began + 30 * MINUTE));
        budget.lasts(began + 29 * MINUTE, &pace);
        assert_eq!(budget.asked(), None);
        budget.lasts(began + 30 * MINUTE, &pace);
        assert_eq!(budget.asked(), Some(LongRun::Lasting { minutes: 30 }));
        // Nobody answers: it is heard on, and the words stay true.
        budget.lasts(began + 60 * MINUTE, &pace);
        assert_eq!(budget.asked(), Some(LongRun::Lasting { minutes: 60 }));
        budget.renew(began + 61 * MINUTE, &pace);
        assert_eq!((budget.asked(), budget.due()), (None, Some(began + 91 * MINUTE)));
        budget.lasts(began + 91 * MINUTE, &pace);
        budget.note(Some((2, None)), began + 92 * MINUTE, &pace);
        assert_eq!((budget.asked(), budget.due()), (None, Some(began + 122 * MINUTE)));
        budget.note(None, began + 93 * MINUTE, &pace);
        assert_eq!(budget.due(), None);
    }

    #[test]
    fn bytes_are_counted_over_all_lines_of_a_run() {
        let pace = Pace { large_run: 64 << 20, ..Pace::default() };
        let now = Instant::now();
        let mut budget = Budget::default();
        budget.note(Some((1, Some(40 << 20))), now, &pace);
        budget.note(Some((1, None)), now, &pace);
        budget.note(Some((1, Some(24 << 20))), now, &pace);
        assert_eq!(budget.asked(), None);
        budget.note(Some((1, Some(25 << 20))), now, &pace);
        assert_eq!(budget.asked(), Some(LongRun::Large { mebibytes: 65 }));
        budget.renew(now, &pace);
        budget.note(Some((1, Some(89 << 20))), now, &pace);
        assert_eq!(budget.asked(), None);
        budget.note(Some((1, Some(90 << 20))), now, &pace);
        assert_eq!(budget.asked(), Some(LongRun::Large { mebibytes: 130 }));
    }
}
