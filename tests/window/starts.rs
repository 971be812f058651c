//! Starting twice at once, and ending.

use std::process::Command;

use crate::desk::{binary, tell};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_makes_the_first_window_come_forward() {
    tell("two-starts", async |desk| {
        let app = desk.start(&[]).await?;
        let second = Command::new(binary()).envs(desk.environment()).output()?;
        assert!(second.status.success(), "{second:?}");
        app.until("the first start tells of it", async || Ok(desk.log().contains("coming forward"))).await?;
        app.shoot(&desk, "the-first-window").await?;
        app.close().await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_is_where_it_was_left() {
    tell("window", async |desk| {
        let app = desk.start(&[]).await?;
        app.see("connect").await?;
        app.resize(900, 700).await?;
        app.until("the window is smaller", async || Ok(app.width().await? == 900)).await?;
        app.close().await?;
        assert!(!desk.log().contains("not closed within"), "{}", desk.log());

        let app = desk.start(&[]).await?;
        app.see("connect").await?;
        app.until("the window is as it was", async || Ok(app.width().await? == 900)).await?;
        app.close().await
    })
    .await;
}
