//! Starting: twice at once.

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
