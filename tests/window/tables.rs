//! Tables that the app leads, in the demo: a full round of each pattern, with a letter that waits in the middle of one.

use crate::{
    app::{App, by_handle},
    desk::{Desk, Told, tell},
};

const FIGURES: &str = "Do the cork figures hold?";

/// Says something at a table and waits until these have answered and it is your turn.
async fn round(app: &App, desk: &Desk, table: &str, words: &str, heard: &[(&str, &str)]) -> Told<()> {
    app.open(table).await?;
    app.say(words).await?;
    for (name, words) in heard {
        app.read_by(&by_author(name), words).await?;
    }
    app.see_gone(&by_handle("stop")).await?;
    app.shoot(desk, &table.to_lowercase().replace(' ', "-")).await
}

fn by_author(name: &str) -> String {
    format!("[data-testid=item][data-kind=assistant][data-author={name}]")
}

fn notice() -> String {
    "[data-testid=item][data-kind=notice]".to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_named_leads_or_is_picked_speaks_and_others_work_behind() {
    tell("tables", async |desk| {
        let app = desk.start(&["--demo"]).await?;
        round(&app, &desk, "Night notes", FIGURES, &[("Wen", "719,900 ha")]).await?;
        app.read_by(&notice(), "Elena changed 1 memory block").await?;

        round(&app, &desk, "In the corridor", "@Wen do the cork figures hold?", &[("Wen", "719,900 ha")]).await?;
        assert_eq!(app.texts(&by_author("Ibrahim")).await?.len(), 0, "nobody else speaks");

        round(&app, &desk, "Letters desk", FIGURES, &[("Elena", "do they hold?"), ("Wen", "719,900 ha"), ("Rosa", "")])
            .await?;
        app.read_by(&notice(), "Gives the word to Wen, then Rosa").await?;
        assert!(app.texts(&by_author("Elena")).await?.len() >= 2, "she closes");

        round(&app, &desk, "Cover meeting", "Which photo for the cover?", &[("Rosa", "")]).await?;
        app.read_by(&notice(), "Rosa is next: it is about the page").await?;
        app.read_by(&notice(), "Elena ends the round").await?;
        app.close().await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_speak_in_turn_and_a_letter_waits_in_the_middle() {
    tell("in-turn", async |desk| {
        let app = desk.start(&["--demo"]).await?;
        app.open("Autumn issue").await?;
        app.say("We print on the 14th. What do 96 pages cost, and do the cork figures hold?").await?;
        for name in ["Ibrahim", "Wen", "Rosa", "Elena"] {
            app.read_by(&by_author(name), "").await?;
        }
        app.see_by("[data-testid=item][data-kind=round]").await?;
        app.see("approval").await?;
        app.shoot(&desk, "a-letter-waits").await?;
        app.see_by("[data-testid=approve]:not([disabled]):not([aria-disabled=true])").await?;
        // The letter is longer than the card: the first press shows all of it, the second approves.
        app.click("approve").await?;
        app.read("approval-arguments", "Ibrahim, for the editors").await?;
        app.see_by("[data-testid=approve]:not([disabled]):not([aria-disabled=true])").await?;
        app.click("approve").await?;
        app.read_by(&by_author("Wen"), "719,900 ha").await?;
        app.read_by(&by_author("Rosa"), "saves me a line").await?;
        app.read_by(&by_author("Elena"), "Then this is settled").await?;
        app.see_gone(&by_handle("stop")).await?;
        app.shoot(&desk, "settled").await?;
        app.close().await
    })
    .await;
}
