//! The app as a person has it before them: looked at, clicked, typed into, closed, killed. Everything is found by its
//! `data-testid`, and waited for.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::{ffi::OsStrExt as _, process::CommandExt as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::desk::{Desk, Told, binary};

/// How often is looked.
const GLANCE: Duration = Duration::from_millis(40);

/// A start that has not come by then has died: WebDriver itself would wait for ever. Generous, for a machine that is busy.
const START: Duration = Duration::from_secs(45);

/// The field in which one writes.
const COMPOSER: &str = "[data-testid=composer]";

/// The running app.
pub struct App {
    page: WebDriver,
    /// Its process.
    process: u32,
    /// How long anything may take to be seen.
    patience: Duration,
    /// Where a last look goes when something is missed.
    last_look: PathBuf,
    _bridge: Bridge,
}

impl App {
    /// Starts the binary and waits for its page.
    pub async fn start(desk: &Desk, arguments: &[&str]) -> Told<Self> {
        // WebDriver's client is reqwest, which here brings no provider of its own. Another one being there already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (bridge, address) = Bridge::start(desk).await?;
        let capabilities: Capabilities = serde_json::from_value(json!({
            "browserName": "wry",
            "tauri:options": { "application": binary(), "args": arguments },
        }))?;
        // Asked once: a second question could start a second app, which would only call the first one forward and go.
        let page = match tokio::time::timeout(START, WebDriver::new(&address, capabilities)).await {
            Ok(Ok(page)) => page,
            Ok(Err(fault)) => return Err(format!("no session: {fault}; {}", left_behind(desk)).into()),
            Err(_) => return Err(format!("the app did not start within {START:?}; {}", left_behind(desk)).into()),
        };
        let process = processes_of(desk)?.first().copied().ok_or("the app runs, and yet has no process")?;
        Ok(Self { page, process, patience: desk.patience, last_look: desk.file("missed.png"), _bridge: bridge })
    }

    /// Waits until something with this handle is seen.
    pub async fn see(&self, handle: &str) -> Told<WebElement> {
        self.see_by(&by_handle(handle)).await
    }

    /// The same for any selector, where a handle has values (`data-state` and the like).
    pub async fn see_by(&self, selector: &str) -> Told<WebElement> {
        let began = Instant::now();
        loop {
            for element in self.page.find_all(By::Css(selector)).await? {
                if element.is_displayed().await.unwrap_or(false) {
                    return Ok(element);
                }
            }
            if began.elapsed() > self.patience {
                return Err(self.missed(&format!("{selector} was not seen")).await);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Waits until nothing with this selector is seen.
    pub async fn see_gone(&self, selector: &str) -> Told<()> {
        self.until(&format!("{selector} is gone"), async || {
            for element in self.page.find_all(By::Css(selector)).await? {
                if element.is_displayed().await.unwrap_or(false) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }

    /// Waits until something holds.
    pub async fn until(&self, what: &str, holds: impl AsyncFn() -> Told<bool>) -> Told<()> {
        let began = Instant::now();
        // What is looked at may be replaced in the very moment of looking.
        while !holds().await.unwrap_or(false) {
            if began.elapsed() > self.patience {
                return Err(self.missed(&format!("never: {what}")).await);
            }
            tokio::time::sleep(GLANCE).await;
        }
        Ok(())
    }

    /// Waits until the element of a handle says this.
    pub async fn read(&self, handle: &str, words: &str) -> Told<()> {
        self.read_by(&by_handle(handle), words).await
    }

    /// Waits until one element of the selector says this.
    pub async fn read_by(&self, selector: &str, words: &str) -> Told<()> {
        self.until(&format!("{selector} says {words:?}"), async || {
            Ok(self.texts(selector).await?.iter().any(|text| text.contains(words)))
        })
        .await
    }

    /// What the elements of a selector say now, in their order.
    pub async fn texts(&self, selector: &str) -> Told<Vec<String>> {
        let script = "return Array.from(document.querySelectorAll(arguments[0]), (found) => found.innerText)";
        let found = self.page.execute(script, vec![json!(selector)]).await?;
        Ok(serde_json::from_value(found.json().clone())?)
    }

    /// Each value of an attribute among the elements of a selector, in their order.
    pub async fn values(&self, selector: &str, attribute: &str) -> Told<Vec<String>> {
        let script = "return Array.from(document.querySelectorAll(arguments[0]), (found) => found.getAttribute(arguments[1]) ?? '')";
        let found = self.page.execute(script, vec![json!(selector), json!(attribute)]).await?;
        Ok(serde_json::from_value(found.json().clone())?)
    }

    /// Clicks what has this handle.
    pub async fn click(&self, handle: &str) -> Told<()> {
        self.click_by(&by_handle(handle)).await
    }

    /// The same for any selector. What moves, or is drawn anew in this very moment, is clicked once it stands.
    pub async fn click_by(&self, selector: &str) -> Told<()> {
        self.until(&format!("{selector} to be clicked"), async || {
            self.see_by(selector).await?.click().await?;
            Ok(true)
        })
        .await
    }

    /// Types into the field of this handle, in place of what it holds.
    pub async fn fill(&self, handle: &str, words: &str) -> Told<()> {
        let field = self.see(handle).await?;
        field.clear().await?;
        field.send_keys(words).await?;
        self.until(&format!("{handle} to hold {words:?}"), async || Ok(self.held(handle).await? == words)).await
    }

    /// What the field of this handle holds.
    pub async fn held(&self, handle: &str) -> Told<String> {
        Ok(self.see(handle).await?.prop("value").await?.unwrap_or_default())
    }

    /// Opens the conversation of this title. The list is drawn anew whenever the server's is told.
    pub async fn open(&self, title: &str) -> Told<()> {
        self.until(&format!("a conversation {title:?} to be opened"), async || {
            let texts = self.texts(&by_handle("conversation-row")).await?;
            let Some(at) = texts.iter().position(|text| text.contains(title)) else { return Ok(false) };
            let rows = self.page.find_all(By::Css(by_handle("conversation-row"))).await?;
            let Some(row) = rows.get(at) else { return Ok(false) };
            row.click().await?;
            Ok(true)
        })
        .await?;
        self.read("bar", title).await
    }

    /// Writes into the composer and leaves it there.
    pub async fn compose(&self, words: &str) -> Told<()> {
        Ok(self.see_by(COMPOSER).await?.send_keys(words).await?)
    }

    /// What stands in the composer.
    pub async fn composed(&self) -> Told<String> {
        Ok(self.see_by(COMPOSER).await?.prop("value").await?.unwrap_or_default())
    }

    /// Writes and sends.
    pub async fn say(&self, words: &str) -> Told<()> {
        self.compose(words).await?;
        self.see_by("[data-testid=send]:not([disabled])").await?.click().await?;
        Ok(())
    }

    /// Takes a screenshot of what is there now: once it is painted, and what moves has come to rest.
    pub async fn shoot(&self, desk: &Desk, name: &str) -> Told<()> {
        let painted = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 200)))";
        self.page.execute_async(painted, vec![]).await?;
        Ok(self.page.screenshot(&desk.next_shot(name)).await?)
    }

    /// Makes the window this wide and high.
    pub async fn resize(&self, width: u32, height: u32) -> Told<()> {
        Ok(self.page.set_window_rect(0, 0, width, height).await?)
    }

    /// Runs a script in the page. Its last argument takes the answer.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Told<String> {
        Ok(self.page.execute_async(script, arguments).await?.convert()?)
    }

    /// How wide the page is, in its own pixels.
    pub async fn width(&self) -> Told<u32> {
        Ok(self.page.execute("return window.innerWidth", vec![]).await?.convert()?)
    }

    /// Ends the app as the system asks it to end, and waits for it.
    pub async fn close(self) -> Told<()> {
        self.end("TERM").await
    }

    /// Ends the app in the middle of whatever it does.
    pub async fn kill(self) -> Told<()> {
        self.end("KILL").await
    }

    async fn end(self, signal: &str) -> Told<()> {
        Command::new("kill").args([format!("-{signal}"), self.process.to_string()]).status()?;
        let began = Instant::now();
        while is_running(self.process) {
            if began.elapsed() > self.patience {
                return Err(format!("the app outlives SIG{signal}").into());
            }
            tokio::time::sleep(GLANCE).await;
        }
        // The session has lost its app; there is nothing to quit. Dropping the bridge ends the rest.
        self.page.leak()?;
        Ok(())
    }

    /// What was missed, with what was there instead.
    async fn missed(&self, what: &str) -> Box<dyn std::error::Error> {
        self.page.screenshot(&self.last_look).await.ok();
        let there = self.texts("body").await.map(|texts| texts.concat()).unwrap_or_else(|fault| fault.to_string());
        format!("{what}; the window says:\n{there}").into()
    }
}

/// A selector for a handle.
pub fn by_handle(handle: &str) -> String {
    format!("[data-testid={handle:?}]")
}

/// tauri-driver, which starts the app and speaks WebDriver for it.
struct Bridge(Child);

impl Bridge {
    /// Starts it and waits until it and the native driver behind it listen: what is asked before either does is lost or half done.
    async fn start(desk: &Desk) -> Told<(Self, String)> {
        let [port, native] = free_ports()?;
        let said = File::options().create(true).append(true).open(desk.file("terminal.log"))?;
        let driver = std::env::var_os("TAURI_DRIVER").map_or_else(|| PathBuf::from("tauri-driver"), PathBuf::from);
        let child = desk
            .session(&driver)
            .args(["--port", &port.to_string(), "--native-port", &native.to_string()])
            .envs(desk.environment())
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .stderr(said)
            .process_group(0)
            .spawn()
            .map_err(|fault| format!("{}: {fault}", driver.display()))?;
        let mut bridge = Self(child);
        let began = Instant::now();
        for listening in [native, port] {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, listening)).is_err() {
                if let Some(ended) = bridge.0.try_wait()? {
                    return Err(format!("{} ended at once ({ended}); {}", driver.display(), left_behind(desk)).into());
                }
                if began.elapsed() > START {
                    return Err(format!("{} does not listen; {}", driver.display(), left_behind(desk)).into());
                }
                tokio::time::sleep(GLANCE).await;
            }
        }
        Ok((bridge, format!("http://127.0.0.1:{port}")))
    }
}

impl Drop for Bridge {
    /// First asked to end, so that it ends the native driver too; then its whole group, should something be left.
    fn drop(&mut self) {
        let process = self.0.id().to_string();
        Command::new("kill").args(["-TERM", &process]).status().ok();
        for _ in 0..40 {
            if matches!(self.0.try_wait(), Ok(Some(_))) {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        Command::new("kill").args(["-KILL", "--", &format!("-{process}")]).stderr(Stdio::null()).status().ok();
        self.0.wait().ok();
    }
}

/// Two ports that nobody has. Both are held until both are known, so that they are two.
fn free_ports() -> io::Result<[u16; 2]> {
    let held = [TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?];
    Ok([held[0].local_addr()?.port(), held[1].local_addr()?.port()])
}

/// What a start that failed left behind, for its words: whether the app runs, and what was said.
fn left_behind(desk: &Desk) -> String {
    let running = processes_of(desk).map_or(0, |found| found.len());
    let said = fs::read_to_string(desk.file("terminal.log")).unwrap_or_default();
    let log = desk.log();
    let last: Vec<&str> = log.lines().rev().take(8).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    format!("of the app {running} run; on the terminal:\n{said}\nin its log:\n{}", last.join("\n"))
}

/// The processes of the binary that have this desk's home.
fn processes_of(desk: &Desk) -> io::Result<Vec<u32>> {
    let program = fs::canonicalize(binary())?;
    let home = [b"TERTULIA_HOME=", desk.home().as_os_str().as_bytes()].concat();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let folder = entry.path();
        let is_ours = fs::read_link(folder.join("exe")).is_ok_and(|exe| exe == program)
            && fs::read(folder.join("environ")).is_ok_and(|all| all.split(|byte| *byte == 0).any(|one| one == home));
        if is_ours {
            found.push(process);
        }
    }
    Ok(found)
}

/// Whether a process is there and not merely waiting to be buried.
fn is_running(process: u32) -> bool {
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.rsplit(')').next().is_some_and(|after| !after.is_empty() && !after.trim_start().starts_with('Z'))
}
