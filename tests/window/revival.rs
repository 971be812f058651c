//! The page's process dies. WebDriver's session would die with it: the app runs by itself here, and is written to by the keyboard.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};
use sim::{Answer, Pace, Script, Sim};

use crate::{
    desk::{Desk, Told, binary, tell},
    keyboard::{Keyboard, RETURN, TAB},
};

const STORY: &str = "There was a garden with nine trees, and under each tree there was a chair, and on each chair there sat somebody \
                     who waited for a word. They sat until the leaves fell, and the count was never the same twice.";

/// How often is looked.
const GLANCE: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_dies_comes_back_with_what_was_being_written_and_nobody_is_asked_twice() {
    tell("revival", async |mut desk| {
        let script = Script::new().pace(Pace::steady(6.0)).agent("Ada", [Answer::text(STORY), Answer::text("Nobody.")]);
        let sim = Sim::scripted(script)?;
        desk.set("LETTA_BASE_URL", &sim.address());
        leave_in_the_composer(&desk, "tell me a story").await?;

        let app = Alone::start(&desk)?;
        app.until("the first words are sent", || app.press(RETURN).and(Ok(asked(&sim, "tell me a story") == 1)))
            .await?;
        app.write("who was first")?;
        app.until("what is being written is kept", || Ok(draft(&desk)? == "who was first")).await?;
        let dead = app.kill_the_page()?;
        app.until("another process draws the page", || Ok(app.pages()?.iter().any(|page| *page != dead))).await?;
        app.until("the page sends what was being written", || {
            app.press(RETURN).and(Ok(asked(&sim, "who was first") == 1))
        })
        .await?;
        assert_eq!(draft(&desk)?, "");
        app.end().await?;
        assert!(desk.log().contains("the page died"), "{}", desk.log());
        assert!(!desk.log().contains("panicked"), "{}", desk.log());

        let app = desk.start(&[]).await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "never the same twice").await?;
        let said = app.texts("[data-testid=item][data-kind=user]").await?;
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("tell me a story") && said[1].contains("who was first"), "{said:?}");
        app.shoot(&desk, "afterwards").await?;
        app.close().await?;
        assert_eq!([asked(&sim, "tell me a story"), asked(&sim, "who was first")], [1, 1]);
        assert!(sim.check().is_empty(), "{:?}", sim.check());
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_dies_again_and_again_is_loaded_no_more_until_the_user_wants_it() {
    tell("no-revival", async |mut desk| {
        let sim = Sim::scripted(Script::new().agent("Ada", [Answer::text("Yes.")]))?;
        desk.set("LETTA_BASE_URL", &sim.address());
        leave_in_the_composer(&desk, "are you there").await?;
        let mut app = Alone::start(&desk)?;
        app.until("the page is there", || app.press(RETURN).and(Ok(asked(&sim, "are you there") == 1))).await?;

        app.kill_the_page_until_it_stays_dead(&desk).await?;
        app.press(RETURN)?;
        app.until("it is loaded as the user wants", || Ok(app.pages()?.len() == 1)).await?;
        app.until("the question is gone", || Ok(app.windows()?.len() == 1)).await?;

        app.kill_the_page_until_it_stays_dead(&desk).await?;
        app.press(TAB)?;
        app.press(RETURN)?;
        app.is_over().await
    })
    .await;
}

/// Writes something into the composer and ends the app. The same words are there at the next start.
async fn leave_in_the_composer(desk: &Desk, words: &str) -> Told<()> {
    let app = desk.start(&[]).await?;
    app.open("Ada").await?;
    app.compose(words).await?;
    app.until("the words are kept", async || Ok(draft(desk)? == words)).await?;
    app.close().await
}

/// How often the server was told this.
fn asked(sim: &Sim, words: &str) -> usize {
    let posts = sim.requests().into_iter().filter(|request| request.method == "POST");
    posts.filter(|request| request.body.to_string().contains(words)).count()
}

/// What is kept of what is being written.
fn draft(desk: &Desk) -> Told<String> {
    let ours = Connection::open_with_flags(desk.home().join("ours.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut asked = ours.prepare("SELECT text FROM drafts")?;
    let drafts = asked.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(drafts.concat())
}

/// The app, with nobody who drives its page.
struct Alone {
    app: Child,
    keyboard: Keyboard,
    patience: Duration,
}

impl Alone {
    fn start(desk: &Desk) -> Told<Self> {
        let said = fs::File::create(desk.file("alone.log"))?;
        let mut command = Command::new(binary());
        command.envs(desk.environment()).stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
        Ok(Self { app: command.spawn()?, keyboard: Keyboard::new()?, patience: desk.patience })
    }

    /// Waits until something holds.
    async fn until(&self, what: &str, holds: impl Fn() -> Told<bool>) -> Told<()> {
        let began = Instant::now();
        while !holds().unwrap_or(false) {
            if began.elapsed() > self.patience {
                return Err(format!("never: {what}").into());
            }
            tokio::time::sleep(GLANCE).await;
        }
        Ok(())
    }

    fn windows(&self) -> Told<Vec<u32>> {
        self.keyboard.windows(self.app.id())
    }

    /// Presses a key in what lies above: the window, or a question before it.
    fn press(&self, key: u32) -> Told<()> {
        let above = self.windows()?.pop().ok_or("there is no window")?;
        self.keyboard.press(above, key)
    }

    fn write(&self, words: &str) -> Told<()> {
        let above = self.windows()?.pop().ok_or("there is no window")?;
        self.keyboard.write(above, words)
    }

    /// The processes that draw the page: children of the app, and of no other.
    fn pages(&self) -> Told<Vec<u32>> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc")?.flatten() {
            let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
            // `12 (name) state parent …`; a dead one that nobody has buried is none.
            let Some((name, rest)) = stat.rsplit_once(')') else { continue };
            let mut rest = rest.split_whitespace();
            let (state, parent) = (rest.next(), rest.next().and_then(|parent| parent.parse().ok()));
            if name.ends_with("(WebKitWebProces") && state != Some("Z") && parent == Some(self.app.id()) {
                found.push(process);
            }
        }
        Ok(found)
    }

    /// Kills the process that draws the page, and tells which it was.
    fn kill_the_page(&self) -> Told<u32> {
        let [page] = self.pages()?[..] else { return Err("not one process draws the page".into()) };
        Command::new("kill").args(["-KILL", &page.to_string()]).status()?;
        Ok(page)
    }

    /// Waits until the page does what a key means. A process that dies before it has begun takes the app with it: WebKit wants it so.
    async fn is_alive(&self, desk: &Desk) -> Told<()> {
        let before = draft(desk)?;
        self.until("the page hears the keyboard", || self.write("a").and(Ok(draft(desk)? != before))).await
    }

    /// Twice it comes back by itself; the third time the user is asked.
    async fn kill_the_page_until_it_stays_dead(&self, desk: &Desk) -> Told<()> {
        for _ in 0..2 {
            self.is_alive(desk).await?;
            let dead = self.kill_the_page()?;
            self.until("it is loaded by itself", || Ok(self.pages()?.iter().any(|page| *page != dead))).await?;
        }
        self.is_alive(desk).await?;
        self.kill_the_page()?;
        self.until("the user is asked", || Ok(self.windows()?.len() == 2)).await?;
        assert!(self.pages()?.is_empty(), "it was loaded all the same");
        Ok(())
    }

    /// Asks the app to end, and waits for it.
    async fn end(mut self) -> Told<()> {
        Command::new("kill").args(["-TERM", &self.app.id().to_string()]).status()?;
        self.is_over().await
    }

    /// Waits until the app has ended well.
    async fn is_over(&mut self) -> Told<()> {
        let began = Instant::now();
        while began.elapsed() < self.patience {
            if let Some(ended) = self.app.try_wait()? {
                return if ended.success() { Ok(()) } else { Err(format!("the app ended badly: {ended}").into()) };
            }
            tokio::time::sleep(GLANCE).await;
        }
        Err("the app does not end".into())
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.app.kill().ok();
        self.app.wait().ok();
    }
}
