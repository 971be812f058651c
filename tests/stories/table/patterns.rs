//! Each pattern, with three agents, on a server of either age: who speaks in which order.

use model::Pattern;
use tests::Home;

use super::{Desk, VERSIONS, server};

#[tokio::test(flavor = "multi_thread")]
async fn in_turn_each_speaks_once_a_round() {
    for version in VERSIONS {
        let home = Home::new();
        let sim = server(
            version,
            &[("Ibrahim", &["One.", "Four."]), ("Wen", &["Two.", "Five."]), ("Rosa", &["Three.", "Six."])],
        );
        let mut desk =
            Desk::of(&home, sim, &["Ibrahim", "Wen", "Rosa"], |_| Pattern::RoundRobin, |table| table.guards.rounds = 2)
                .await;
        desk.say_and_hear("Count", 6).await;
        assert_eq!(
            desk.said(),
            ["You: Count", "Ibrahim: One.", "Wen: Two.", "Rosa: Three.", "Ibrahim: Four.", "Wen: Five.", "Rosa: Six."],
            "{version}"
        );
        assert_eq!(desk.talk().last("round").map(tests::item_text).as_deref(), Some("round: 2"));
        assert_eq!(desk.sim.check(), Vec::<String>::new());
    }
}
