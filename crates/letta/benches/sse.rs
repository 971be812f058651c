//! The guard against bare `eventsource-stream`, in one run: the same bytes in the same chunks to the same typed events. The rows go
//! to the file that `TERTULIA_BENCH_ROWS` names, or to standard output. `cargo xtask bench sse` lays them out.

use std::convert::Infallible;
use std::error::Error;
use std::hint::black_box;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use eventsource_stream::EventStream;
use futures_util::{Stream, stream};
use letta::Event;
use letta::sse::Guard;
use mimalloc::MiMalloc;
use serde_json::{Value, json};

/// As in the app (`src-tauri`).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const EVENTS: usize = 100_000;
const GIANTS: usize = 10;
const MIB: usize = 1 << 20;
const KIB: usize = 1 << 10;
const PEER: &str = "eventsource-stream 0.2.3";

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo test --benches` runs it too, without this word: a minute of waiting would test nothing.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let tokens = tokens();
    let mut rows = Vec::new();
    for (name, chunk) in
        [("a token event, chunks of 16 KiB", 16 * KIB), ("a token event, bursts of 256 KiB", 256 * KIB)]
    {
        let per_event = 1e6 / EVENTS as f64;
        let ours = median(5, || guarded(&tokens, chunk, EVENTS)) * per_event;
        let peer = median(3, || bare(&tokens, chunk, EVENTS)) * per_event;
        rows.push(row(name, "µs", ours, peer));
    }
    let mut whole = Vec::new();
    for size in [10, 20] {
        let giant = giant(size * MIB);
        // Many at once: the system counts a thread's time by ticks of some milliseconds.
        let ours = median(5, || (0..GIANTS).for_each(|_| guarded(&giant, 4 * KIB, 1))) * 1e3 / GIANTS as f64;
        let peer = median(1, || bare(&giant, 4 * KIB, 1)) * 1e3;
        rows.push(row(&format!("one event of {size} MiB, chunks of 4 KiB"), "ms", ours, peer));
        whole.push((ours, peer));
    }
    if let [(ours, peer), (twice, twice_peer)] = whole[..] {
        rows.push(row("20 MiB takes as long as 10 MiB", "times", twice / ours, twice_peer / peer));
    }
    let rows = serde_json::to_string_pretty(&rows)?;
    match std::env::var_os("TERTULIA_BENCH_ROWS") {
        Some(file) => std::fs::write(file, rows)?,
        None => println!("{rows}"),
    }
    Ok(())
}

fn row(name: &str, unit: &str, ours: f64, peer: f64) -> Value {
    json!({"name": name, "unit": unit, "ours": ours, "peer": peer, "peer_name": PEER})
}

/// The median of some runs, in seconds on the processor: what else this machine does meanwhile is not ours to measure.
fn median(runs: usize, run: impl Fn()) -> f64 {
    let mut seconds: Vec<f64> = (0..runs)
        .map(|_| {
            let (begun, wall) = (on_processor(), Instant::now());
            run();
            match (begun, on_processor()) {
                (Some(begun), Some(ended)) => ended - begun,
                (_, None) | (None, _) => wall.elapsed().as_secs_f64(),
            }
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[runs / 2]
}

/// How long this thread has run so far, where Linux tells; elsewhere the clock on the wall has to do.
fn on_processor() -> Option<f64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = told.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// A run as a background run is replayed: 366 bytes an event, as recorded from 0.16.8.
fn tokens() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(EVENTS * 370);
    for nth in 0..EVENTS {
        let event = json!({
            "id": "message-b60d1a3a-3412-468d-8321-fe950e6e20bd", "date": "2026-11-20T22:36:51+00:00", "name": null,
            "message_type": "assistant_message", "otid": "b60d1a3a-3412-468d-8321-fe950e6e2080", "sender_id": null,
            "step_id": "step-663e45f0-fe2e-439b-8300-375ba3e4cb84", "is_err": null, "seq_id": nth,
            "run_id": "run-e17bbe63-5a6f-48d1-98ed-cbe8d40021df", "content": " word",
        });
        bytes.extend_from_slice(format!("data: {event}\n\n").as_bytes());
    }
    bytes
}

/// One tool return with a long value.
fn giant(size: usize) -> Vec<u8> {
    let value = "0123456789abcdef".repeat(size / 16);
    let event =
        json!({"id": "message-1", "message_type": "tool_return_message", "tool_return": value, "status": "success"});
    format!("data: {event}\n\n").into_bytes()
}

/// Our way: bytes to events.
fn guarded(bytes: &[u8], chunk: usize, expected: usize) {
    let mut guard = Guard::new();
    let mut events = Vec::new();
    let mut count = 0;
    for chunk in bytes.chunks(chunk) {
        assert!(guard.push(chunk, &mut events).is_ok());
        count += events.len();
        black_box(&events);
        events.clear();
    }
    assert_eq!(count, expected);
}

/// The crate alone, its frames read by the same reader.
fn bare(bytes: &[u8], chunk: usize, expected: usize) {
    let body = stream::iter(bytes.chunks(chunk).map(Ok::<_, Infallible>));
    let mut frames = std::pin::pin!(EventStream::new(body));
    let mut context = Context::from_waker(Waker::noop());
    let mut count = 0;
    while let Poll::Ready(Some(Ok(frame))) = frames.as_mut().poll_next(&mut context) {
        black_box(Event::from_frame(&frame.event, &frame.data));
        count += 1;
    }
    assert_eq!(count, expected);
}
