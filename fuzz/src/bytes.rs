//! The guard: bytes in any cut are the same events as in one piece, and those that the HTML standard says, and nothing but size ends
//! a stream.

use letta::Event;
use letta::sse::{Guard, StreamError};

/// The first byte says how the rest is cut: by a rule of small sizes that it begins.
pub fn guard(input: &[u8]) {
    let Some((&seed, body)) = input.split_first() else { return };
    let (events, torn) = decoded([body]);
    assert_eq!(decoded(cut(body, seed)), (events.clone(), torn), "cut by {seed}");
    if body.len() <= 4_096 {
        assert_eq!(decoded(body.chunks(1)), (events.clone(), torn), "byte by byte");
    }
    assert_eq!(events, by_the_standard(body), "against the standard");
}

/// The events of a body, and whether it ends inside one.
fn decoded<'b>(chunks: impl IntoIterator<Item = &'b [u8]>) -> (Vec<Event>, bool) {
    let mut guard = Guard::new();
    let mut events = Vec::new();
    for chunk in chunks {
        let pushed = guard.push(chunk, &mut events);
        assert!(pushed.is_ok(), "no body of this size ends by an error: {pushed:?}");
    }
    let torn = match guard.finish() {
        Ok(()) => false,
        Err(StreamError::Torn { bytes }) => {
            assert!(bytes > 0, "torn after nothing");
            true
        }
        Err(other) => {
            assert!(matches!(other, StreamError::Torn { .. }), "{other}");
            true
        }
    };
    (events, torn)
}

/// Pieces of 1 to 61 bytes, in an order that the seed begins.
fn cut(mut body: &[u8], seed: u8) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut state = u32::from(seed);
    while !body.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let size = (state >> 16) as usize % 61 + 1;
        let (piece, rest) = body.split_at(size.min(body.len()));
        pieces.push(piece);
        body = rest;
    }
    pieces
}

/// The events of a whole body, read as "9.2.6 Interpreting an event stream" has it, slowly and plainly. As our guard does, a byte
/// order mark is also taken off behind leading blank lines, and an event is made of its bytes before bad UTF-8 is replaced.
fn by_the_standard(body: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut first = true;
    for block in blocks(body) {
        let text = String::from_utf8_lossy(&block).into_owned();
        let text = if first { text.strip_prefix('\u{feff}').unwrap_or(&text) } else { &text };
        first = false;
        let (mut name, mut data) = (String::new(), String::new());
        for line in text.split('\n') {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut name),
                "data" => {
                    data.push_str(value);
                    data.push('\n');
                }
                _ => {}
            }
        }
        if let Some(data) = data.strip_suffix('\n') {
            let name = if name.is_empty() { "message" } else { &name };
            events.push(Event::from_frame(name, data));
        }
    }
    events
}

/// The lines of each event that a blank line ends, joined by `\n`.
fn blocks(body: &[u8]) -> Vec<Vec<u8>> {
    let mut blocks = Vec::new();
    let mut block: Vec<Vec<u8>> = Vec::new();
    let mut line = Vec::new();
    let mut bytes = body.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\r' {
            bytes.next_if_eq(&b'\n');
        } else if byte != b'\n' {
            line.push(byte);
            continue;
        }
        let whole = std::mem::take(&mut line);
        if !whole.is_empty() {
            block.push(whole);
        } else if !block.is_empty() {
            blocks.push(std::mem::take(&mut block).join(&b'\n'));
        }
    }
    blocks
}
