//! Prints what a growing reply costs: bytes parsed and time, for replies of 10, 50 and 100 KB in pieces of four letters.

use std::time::Instant;

use markdown::Document;

fn main() {
    let part = "## A heading\n\nSome words with **strong** and `code`, and [a link](https://a.b/c) in a paragraph of a few lines that goes\non \
                below.\n\n- first item with some words\n- second item, *slanted*\n- third item\n\n| a | b | c |\n|---|--:|---|\n| one | 2 | three |\n\n\
                ```rust\nfn main() {\n    println!(\"a line of code\");\n}\n```\n\n";
    for size in [10_000, 50_000, 100_000] {
        let reply = part.repeat(size / part.len() + 1);
        let start = Instant::now();
        let mut document = Document::new();
        let mut worst = 0;
        for piece in reply.as_bytes().chunks(4) {
            let before = Instant::now();
            document.append(std::str::from_utf8(piece).unwrap_or_default());
            worst = worst.max(before.elapsed().as_micros());
        }
        document.finish();
        let total = start.elapsed().as_micros();
        let pieces = reply.len() / 4;
        println!(
            "{:>7} bytes: {:>9} bytes parsed ({:.0} for each), {:>6} µs ({:.1} for each of {pieces} pieces, at worst {worst})",
            reply.len(),
            document.parsed_bytes(),
            document.parsed_bytes() as f64 / reply.len() as f64,
            total,
            total as f64 / pieces as f64,
        );
    }
}
