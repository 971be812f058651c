//! What the inspector tells of what members share and of what a table used.

use model::{Code, Failure, MemberUsage, News, Pattern, RoundUsage, SharedBlock, SharedMemory, Turn, Untold, Usage};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{inspecting, led_by, press, spent, texts};

fn block(label: &str, used: u64) -> SharedBlock {
    SharedBlock {
        label: label.to_owned(),
        text: format!("About {label}.\nMore."),
        used,
        limit: Some(5_000),
        members: vec!["agent-Wen".into(), "agent-Rosa".into()],
        names: vec!["Wen".into(), "Rosa".into()],
        server: None,
    }
}

#[wasm_bindgen_test]
async fn what_they_share_is_told_with_its_room() {
    let page = inspecting(led_by(Pattern::CalledOn, [(0, 0); 3])).await;
    let blocks = vec![block("plan", 1_204), block("sources", 4_710), block("notes", 5_000)];
    page.answer("shared_memory_of", Ok(json!(SharedMemory { blocks, untold: vec![] })));
    press(&page, "[data-testid=inspector-tab][data-name=memory]").await;
    assert_eq!(texts(&page, ".mem .lb"), ["plan", "sources", "notes"]);
    assert_eq!(texts(&page, ".mem .ct"), ["1,204 / 5,000", "4,710 / 5,000", "5,000 / 5,000"]);
    let meter = |at: usize| page.all(".mem [role=meter]")[at].clone();
    assert_eq!(meter(0).get_attribute("aria-valuenow").as_deref(), Some("24"));
    assert_eq!(meter(1).get_attribute("aria-label").as_deref(), Some("sources: 4,710 of 5,000 characters"));
    assert_eq!(meter(1).class_name().split_whitespace().collect::<Vec<_>>(), ["meter", "hi"]);
    assert_eq!(texts(&page, ".nearly"), ["Nearly full: 290 characters left", "Full: nothing more fits"]);
    assert!(page.select(".nearly.full").is_some());
    assert_eq!(texts(&page, ".mem .whose")[0], "Wen and Rosa");

    // Somebody has spoken: it may be another by now.
    let untold = vec![Untold {
        server: "Nas".into(),
        why: "Nas is away. What is shared there is shown when it is back.".into(),
    }];
    let memory = SharedMemory { blocks: vec![block("plan", 1_300)], untold };
    let mut row = led_by(Pattern::CalledOn, [(0, 0); 3]);
    row.turn = Turn::Sent;
    page.answer("shared_memory_of", Ok(json!(memory.clone())));
    page.news(News::Conversation { conversation: Box::new(row) }).await;
    assert_eq!(texts(&page, ".mem .ct"), ["1,300 / 5,000"]);
    assert_eq!(page.text("memory-untold"), "Nas is away. What is shared there is shown when it is back.");
    page.answer("shared_memory_of", Ok(json!(SharedMemory::default())));
    page.click("memory-again").await;
    assert!(page.text("memory-empty").starts_with("These members share no memory."));
    page.answer("shared_memory_of", Err(Failure::new(Code::Invalid, "This conversation is no longer there.")));
    page.news(News::Conversation { conversation: Box::new(led_by(Pattern::CalledOn, [(0, 0); 3])) }).await;
    assert_eq!(page.text("memory-failed"), "This conversation is no longer there.");
}

#[wasm_bindgen_test]
async fn what_was_used_is_told_in_all_by_member_and_by_message() {
    let page = inspecting(led_by(Pattern::CalledOn, [(0, 0); 3])).await;
    let member = |agent: &str, name: Option<&str>, input| MemberUsage {
        agent: format!("agent-{agent}").into(),
        name: name.map(str::to_owned),
        input,
        output: 10,
    };
    let round =
        |item: &str, words: &str, spent| RoundUsage { item: item.into(), at: 0, words: words.to_owned(), spent };
    let usage = Usage {
        total: spent(6, 9_120, 744, Some(31_000)),
        members: vec![member("Wen", Some("Wen"), 6_010), member("gone", None, 3_090)],
        rounds: vec![
            round("u2", "Pick three for the page.", spent(4, 9_000, 700, Some(31_000))),
            round("u1", "", spent(1, 120, 44, None)),
        ],
    };
    page.answer("usage_of", Ok(json!(usage)));
    press(&page, "[data-testid=inspector-tab][data-name=usage]").await;
    assert_eq!(texts(&page, "[data-testid=usage-total] dd"), ["6", "9,120", "744", "31 s"]);
    assert_eq!(texts(&page, "[data-testid=usage-member] b.cut"), ["Wen", "Somebody who left"]);
    assert_eq!(texts(&page, "[data-testid=usage-member] .ct"), ["6,010 in, 10 out", "3,090 in, 10 out"]);
    let meter = page.select("[data-testid=usage-member] [role=meter]").unwrap();
    assert_eq!(meter.get_attribute("aria-label").as_deref(), Some("Wen: 6,020 of 9,120 tokens"));
    assert_eq!(texts(&page, "[data-testid=usage-round] .use"), ["4 turns9,000 in700 out31 s", "1 turn120 in44 out"]);
    assert_eq!(texts(&page, "[data-testid=usage-round] .cut"), ["Pick three for the page.", "Without words"]);
    assert!(page.find("usage-untimed").is_some(), "what nobody measured is not made up");
    page.answer("usage_of", Ok(json!(Usage::default())));
    page.news(News::Conversation { conversation: Box::new(led_by(Pattern::CalledOn, [(7, 7); 3])) }).await;
    assert_eq!(page.text("usage-empty"), "Nothing was used yet.");
}
