//! What each member is told: what was said since its own last turn, each line under its speaker's name, once.

use model::Pattern;
use tests::Home;

use super::{Desk, server};

#[tokio::test(flavor = "multi_thread")]
async fn each_hears_what_was_said_since_its_own_last_turn() {
    let home = Home::new();
    let sim = server("0.16.8", &[("Ibrahim", &["One.", "Three."]), ("Wen", &["Two.", "Four."])]);
    let mut desk = Desk::of(&home, sim, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
    desk.say_and_hear("Count", 2).await;
    desk.say_and_hear("On", 4).await;
    let told = desk.told();
    assert!(told[0].starts_with("[You are Ibrahim at the table “Autumn issue”, with Wen and the user."), "{}", told[0]);
    assert!(told[0].ends_with("]\n\nUser: Count"), "{}", told[0]);
    assert!(told[1].ends_with("]\n\nUser: Count\n\nIbrahim: One."), "{}", told[1]);
    assert_eq!(told[2], "Wen: Two.\n\nUser: On");
    assert_eq!(told[3], "User: On\n\nIbrahim: Three.");
}
