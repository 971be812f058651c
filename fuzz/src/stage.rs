//! The reducer: whatever a server sends and whatever happens in between, a listener that hears only changes has the timeline's items,
//! names are unique, places ascend, what was said live is never taken back, and a page that was read adds nothing when read again.

use letta::sse::Guard;
use letta::{Cast, End, Event, Timeline, history};
use model::{Change, Content, Decision, Item, Speaker, ToolState, Trouble, apply};

/// How many events a page has that happens in between.
const PAGE: usize = 6;

/// A timeline with a listener that hears only its changes.
#[derive(Clone, Debug)]
pub struct Stage {
    cast: Cast,
    /// What is watched.
    pub timeline: Timeline,
    heard: Vec<Item>,
    now: i64,
}

impl Stage {
    /// An empty conversation, of one agent or of a group.
    pub fn new(group: bool) -> Self {
        let cast = if group { Cast::default() } else { Cast::solo(Speaker { id: None, name: "Mona".to_owned() }) };
        Self { timeline: Timeline::new(cast.clone()), cast, heard: Vec::new(), now: 1_000 }
    }

    /// One event of a run as it comes. Nothing that was said gets shorter.
    pub fn receive(&mut self, event: &Event) {
        let before = self.heard.clone();
        let now = self.tick();
        let changes = self.timeline.receive(event, now);
        self.hear(changes);
        for item in before {
            let Some(said) = said(&item) else { continue };
            // A text may take another name, but not another place.
            let after = self.heard.iter().find(|after| after.position == item.position).and_then(self::said);
            let kept = after.is_some_and(|after| after.starts_with(said));
            assert!(kept, "{said:?} became {after:?} by {event:?}");
        }
    }

    /// The user's words.
    pub fn sent(&mut self, otid: &str, text: &str) {
        let now = self.tick();
        let changes = self.timeline.sent(otid, text, &[], now);
        self.hear(changes);
    }

    /// The run ends, and leaves nothing open but what waits.
    pub fn end(&mut self, end: End) {
        let now = self.tick();
        // Whether a decision arrived is asked after a cut, not guessed.
        let is_cut = matches!(end, End::Interrupted { .. });
        let changes = self.timeline.end(end, now);
        self.hear(changes);
        let open = |item: &&Item| match item.state() {
            Some("streaming" | "writing" | "sending") => true,
            Some("deciding") => !is_cut,
            Some(_) | None => false,
        };
        assert_eq!(self.heard.iter().find(open), None, "open after the end");
    }

    /// The newest page, twice. The second time it adds nothing.
    pub fn newest(&mut self, page: &[Event]) {
        let now = self.tick();
        for _ in 0..2 {
            let changes = self.timeline.newest(page, now);
            self.hear(changes);
        }
        let items = self.heard.len();
        let changes = self.timeline.newest(page, now);
        self.hear(changes);
        assert_eq!(self.heard.len(), items, "the same page again has more");
    }

    /// A page from above.
    pub fn older(&mut self, page: &[Event]) {
        let now = self.tick();
        let changes = self.timeline.older(page, now);
        self.hear(changes);
    }

    /// The user decides the first call that waits.
    pub fn decide(&mut self, approve: bool) {
        let waiting = |item: &Item| item.tool().filter(|call| call.state == ToolState::AwaitingApproval).cloned();
        let Some(call) = self.heard.iter().find_map(waiting) else { return };
        let decision = Decision { approve, reason: (!approve).then(|| "No.".to_owned()), at: Some(self.now) };
        let changes = self.timeline.decide(&call.id, decision);
        self.hear(changes);
        assert_eq!(self.timeline.decide(&call.id, Decision { approve: true, reason: None, at: None }).len(), 0);
    }

    /// A decision did not arrive.
    pub fn undecide(&mut self) {
        let deciding = |item: &Item| item.tool().filter(|call| call.state == ToolState::Deciding).cloned();
        let Some(call) = self.heard.iter().find_map(deciding) else { return };
        let changes = self.timeline.undecide(&call.id);
        self.hear(changes);
    }

    /// The app is closed and opened: what was saved is what there is.
    pub fn restart(&mut self) {
        let saved = serde_json::to_string(self.timeline.items()).unwrap_or_default();
        let loaded: Vec<Item> = serde_json::from_str(&saved).unwrap_or_default();
        assert_eq!(loaded, self.heard, "items survive the store");
        self.timeline = Timeline::new(self.cast.clone());
        self.timeline.load(loaded);
    }

    fn tick(&mut self) -> i64 {
        self.now += 10;
        self.now
    }

    /// Tells the listener, and looks at both.
    fn hear(&mut self, changes: Vec<Change>) {
        changes.into_iter().for_each(|change| apply(&mut self.heard, change));
        let items = self.timeline.items();
        assert_eq!(self.heard, items, "the listener has what the timeline has");
        assert!(items.is_sorted_by(|one, other| one.position < other.position), "places ascend");
        let mut names: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
        names.sort_unstable();
        assert!(names.is_sorted_by(|one, other| one < other), "a name stands twice: {names:?}");
    }
}

/// The words or thoughts of an agent.
fn said(item: &Item) -> Option<&str> {
    match &item.content {
        Content::Assistant { text, .. } | Content::Reasoning { text, .. } => Some(text),
        Content::User { .. }
        | Content::Tool(_)
        | Content::Notice(_)
        | Content::Error(_)
        | Content::Gap
        | Content::Round { .. } => None,
    }
}

/// The first line says what happens between the events of the body that follows, one letter before each event, over and over: `s` the
/// user says something, `e` `x` `i` `f` the run ends, is stopped, is cut off, fails, `n` `o` the next events are also read as the
/// newest or an older page, `p` only as a page, `y` `d` `u` the user decides and undoes it, `l` a restart, `g` (first) a group.
/// Anything else: nothing. A body that begins with `[` or `{` is a stored page.
pub fn timeline(input: &[u8]) {
    let end = input.iter().position(|&byte| byte == b'\n').unwrap_or(input.len());
    let (line, body) = input.split_at(end);
    let body = body.get(1..).unwrap_or_default();
    let mut stage = Stage::new(line.first() == Some(&b'g'));
    let events = if body.starts_with(b"[") || body.starts_with(b"{") {
        let page = history::page(&String::from_utf8_lossy(body));
        stage.newest(&page);
        page
    } else {
        let mut events = Vec::new();
        // What ends a stream early is `guard`'s.
        let _ = Guard::new().push(body, &mut events);
        events
    };
    let mut happens = line.iter().copied().cycle();
    let mut rest = events.as_slice();
    let mut said = 0;
    while let Some((event, more)) = rest.split_first() {
        let page = &rest[..rest.len().min(PAGE)];
        match happens.next().unwrap_or(b'r') {
            b's' => {
                said += 1;
                stage.sent(&format!("otid-{}", said % 3), "Well?");
            }
            b'e' => stage.end(End::Finished),
            b'x' => stage.end(End::Stopped),
            b'i' => stage.end(End::Interrupted { why: "The line broke.".to_owned() }),
            b'f' => stage.end(End::Failed(trouble())),
            // A page is read while nothing is received: `Timeline::newest`.
            b'n' => {
                stage.end(End::Finished);
                stage.newest(page);
            }
            b'o' => {
                stage.end(End::Finished);
                stage.older(page);
            }
            b'p' => {
                stage.end(End::Interrupted { why: "The line broke.".to_owned() });
                stage.newest(page);
                rest = &rest[page.len()..];
                continue;
            }
            b'y' => stage.decide(true),
            b'd' => stage.decide(false),
            b'u' => stage.undecide(),
            b'l' => stage.restart(),
            _ => {}
        }
        stage.receive(event);
        rest = more;
    }
    stage.end(End::Finished);
    stage.restart();
}

fn trouble() -> Trouble {
    Trouble { what: "It failed.".to_owned(), why: "Nobody knows.".to_owned(), details: None }
}
