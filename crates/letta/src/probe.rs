//! Finding a Letta server from what a person typed: name, computer, port, secure connection, version, password. Each step in words;
//! the first that fails ends it. What a found server can do is `abilities`. Keeping the result is the engine's.

use std::{net::SocketAddr, time::Duration};

use model::Check;
use secrecy::SecretString;
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};

use crate::{
    Cause, Client, Error, Health,
    address::Base,
    client::{check_key, io_cause},
};

mod abilities;
mod steps;
mod words;

pub use abilities::{Abilities, NO_BACKGROUND};
pub(crate) use abilities::{GROUPS_BROKEN, GROUPS_GONE};
use steps::Steps;

/// Longest wait for a name.
const NAME: Duration = Duration::from_secs(5);
/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for an answer.
const ANSWER: Duration = Duration::from_secs(10);

/// What a probe found, step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// The steps in order, those not tried last.
    pub checks: Vec<Check>,
    /// The server, or why there is none.
    pub outcome: Result<Server, Refused>,
}

/// A Letta server that was found and accepts the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its base address with path prefix, without a slash at the end: for [`Client::new`].
    pub base: String,
    /// Host, and port where not the usual one.
    pub host: String,
    /// Its own version.
    pub version: String,
    /// What this version can do.
    pub abilities: Abilities,
    /// Something the user must know although it works: the key travels readable by others. A sentence or two.
    pub warning: Option<String>,
}

/// Why no server was found, or why it would not have us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// "No Letta server answers at nas.lan:8283."
    pub what: String,
    /// "The computer is there. Is the server running?"
    pub hint: String,
    /// Only the key is wrong: the field of the key says so.
    pub key_refused: bool,
    /// The error behind it.
    pub error: Error,
}

/// Looks for a Letta server at an address as typed (scheme, port, path prefix as far as given), with a key as typed.
pub async fn probe(address: &str, key: Option<&str>) -> Probe {
    let key = key.map(str::trim).filter(|key| !key.is_empty());
    let bases = match key.map_or(Ok(()), check_key).and_then(|()| Base::typed(address)) {
        Ok(bases) => bases,
        Err(error) => return Probe { checks: Vec::new(), outcome: Err(error.into()) },
    };
    let mut waiting: std::collections::VecDeque<Base> = bases.into();
    let mut best: Option<(usize, Probe)> = None;
    while let Some(base) = waiting.pop_front() {
        let mut steps = plan(&base);
        let outcome = attempt(&base, key, &mut steps).await;
        let mut rank = 2 * steps.count();
        let found = Probe { checks: steps.finish(), outcome: outcome.map_err(Refused::from) };
        match &found.outcome {
            Ok(_) => return found,
            // The front door sends everybody to its own https: that is where we meant to go.
            Err(Refused { error: Error::Elsewhere { to }, .. }) => {
                if let Some(secure) = secure_twin(&base, to) {
                    waiting.push_front(secure);
                }
            }
            Err(refused) if refused.is_final() => return found,
            Err(Refused { error: Error::Unreachable { cause: Cause::NeedsTls, .. }, .. }) => {}
            // Of two that came equally far, the one that was not merely a step to the other.
            Err(_) => rank += 1,
        }
        if best.as_ref().is_none_or(|(most, _)| rank > *most) {
            best = Some((rank, found));
        }
    }
    match best {
        Some((_, probe)) => probe,
        None => {
            let error = Error::Address { why: "This is no address. It looks like http://nas.lan:8283.".to_owned() };
            Probe { checks: Vec::new(), outcome: Err(error.into()) }
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let key_refused = matches!(error, Error::Unauthorized { .. } | Error::Key { .. });
        Self { what: error.what(), hint: error.hint(), key_refused, error }
    }
}

impl Refused {
    /// Whether another scheme or port could not help.
    fn is_final(&self) -> bool {
        self.key_refused
            || matches!(self.error, Error::Unreachable { cause: Cause::Name | Cause::NoRoute | Cause::Silent, .. })
    }
}

/// The steps to an address, as the connect screen lists them.
fn plan(base: &Base) -> Steps {
    let name = (!base.is_number()).then(|| "Name found".to_owned());
    let secure = (base.is_secure() || !base.is_near()).then(|| "Secure connection".to_owned());
    let key = if base.is_cloud() { "API key" } else { "Password" };
    let port = format!("Port {}", base.port());
    Steps::plan(
        name.into_iter()
            .chain(["Computer answers".to_owned(), port])
            .chain(secure)
            .chain(["Letta server".to_owned(), key.to_owned()]),
    )
}

async fn attempt(base: &Base, key: Option<&str>, steps: &mut Steps) -> Result<Server, Error> {
    reach(base, steps).await?;
    let client = Client::to(base.clone(), None, CONNECT)?;
    let keyed = Client::to(base.clone(), key.map(SecretString::from), CONNECT)?;
    // Without the key first: it is given to nothing that is no Letta server. Some gateways want it for every path.
    let health = match limited(base, client.health()).await {
        Err(Error::Unauthorized { .. }) if key.is_some() => limited(base, keyed.health()).await,
        other => other,
    };
    let version = recognise(base, steps, health)?;
    match limited(base, keyed.one_agent()).await {
        Ok(()) => steps.passed(if key.is_some() { "accepted" } else { "not needed" }),
        Err(error) => {
            steps.failed(match &error {
                Error::Unauthorized { .. } if key.is_some() => "refused",
                Error::Unauthorized { .. } => "needed",
                _ => "no answer",
            });
            return Err(error);
        }
    }
    Ok(Server {
        base: base.as_str().to_owned(),
        host: base.label(),
        abilities: Abilities::of(&version, base.is_cloud()),
        version,
        warning: warning(base),
    })
}

/// Name, computer and port, by hand, because only that tells them apart.
async fn reach(base: &Base, steps: &mut Steps) -> Result<(), Error> {
    let unreachable = |cause, details: String| Error::Unreachable { server: base.label(), cause, details };
    let found = timeout(NAME, lookup_host((base.host(), base.port()))).await;
    let addresses: Vec<SocketAddr> = match found {
        Ok(Ok(addresses)) => addresses.collect(),
        _ if by_proxy(base) => return through_proxy(base, steps),
        Ok(Err(error)) => {
            steps.failed("not found");
            return Err(unreachable(Cause::Name, error.to_string()));
        }
        Err(_) => {
            steps.failed(format!("no answer in {} s", NAME.as_secs()));
            return Err(unreachable(Cause::Name, "no answer from the name server".to_owned()));
        }
    };
    if !base.is_number() {
        steps.passed(addresses.first().map(|address| address.ip().to_string()).unwrap_or_default());
    }
    let begun = Instant::now();
    let tried = timeout(CONNECT, connect(&addresses)).await;
    let took = format!("{} ms", begun.elapsed().as_millis().max(1));
    match tried {
        Ok(Ok(())) => {
            steps.passed(took);
            steps.passed("open");
            Ok(())
        }
        _ if by_proxy(base) => through_proxy(base, steps),
        Ok(Err(error)) => {
            let cause = io_cause(&error).unwrap_or(Cause::NoRoute);
            if cause == Cause::Refused {
                steps.passed(took);
                steps.failed("refused");
            } else {
                steps.failed(if cause == Cause::NoRoute { "no way there" } else { "no answer" });
            }
            Err(unreachable(cause, error.to_string()))
        }
        Err(_) => {
            steps.failed(format!("no answer in {} s", CONNECT.as_secs()));
            Err(unreachable(Cause::Silent, format!("no answer in {} s", CONNECT.as_secs())))
        }
    }
}

/// One address after the other, as the name server ranks them; a refusal tells more than silence.
async fn connect(addresses: &[SocketAddr]) -> std::io::Result<()> {
    let mut worst = std::io::Error::new(std::io::ErrorKind::HostUnreachable, "the name stands for no address");
    let share = CONNECT / u32::try_from(addresses.len().max(1)).unwrap_or(1);
    for address in addresses {
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => {
                if worst.kind() != std::io::ErrorKind::ConnectionRefused {
                    worst = error;
                }
            }
            Err(_) if addresses.len() == 1 => return std::future::pending().await,
            Err(_) => worst = std::io::ErrorKind::TimedOut.into(),
        }
    }
    Err(worst)
}

/// Whether a proxy of the environment may reach what we cannot.
fn by_proxy(base: &Base) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !base.is_near()
        && ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"]
            .iter()
            .any(|name| set(name))
}

fn through_proxy(base: &Base, steps: &mut Steps) -> Result<(), Error> {
    let left = if base.is_number() { 2 } else { 3usize.saturating_sub(steps.count()) };
    for _ in 0..left {
        steps.skipped("left to the proxy");
    }
    Ok(())
}

/// Within the short patience of somebody who waits at the connect screen.
async fn limited<T>(base: &Base, asking: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let late = || Err(Error::Timeout { server: base.label(), after: ANSWER });
    timeout(ANSWER, asking).await.unwrap_or_else(|_| late())
}

/// What the answer to the first question tells about the secure connection and about who answers.
fn recognise(base: &Base, steps: &mut Steps, health: Result<Health, Error>) -> Result<String, Error> {
    if let Err(error @ Error::Unreachable { cause, .. }) = &health
        && (cause.is_tls() || *cause == Cause::NeedsTls)
    {
        let note = match cause {
            Cause::UnknownIssuer => "certificate not trusted",
            Cause::Expired => "certificate not valid today",
            Cause::OtherName => "certificate for another name",
            Cause::NotTls => "no https there",
            Cause::NeedsTls => "https is needed",
            Cause::NotSecure | Cause::Name | Cause::Refused | Cause::NoRoute | Cause::Silent | Cause::Lost => {
                "not agreed on"
            }
        };
        steps.failed(note);
        return Err(error.clone());
    }
    if base.is_secure() {
        steps.passed("certificate trusted");
    } else if !base.is_near() {
        steps.skipped("none: the password can be read on the way");
    }
    match health {
        Ok(health) => {
            steps.passed(health.version.clone());
            Ok(health.version)
        }
        // Letta Cloud need not answer this question.
        Err(Error::NotFound { .. } | Error::Unauthorized { .. }) if base.is_cloud() => {
            steps.passed("Letta Cloud");
            Ok(String::new())
        }
        Err(error) => {
            let (note, error) = stranger(base, error);
            steps.failed(note);
            Err(error)
        }
    }
}

/// Something answers, but not as a Letta server would.
fn stranger(base: &Base, error: Error) -> (&'static str, Error) {
    let server = base.label();
    match error {
        Error::NotFound { details } | Error::Server { status: 405, body: details } | Error::Invalid { details, .. } => {
            let what = format!("Something answers at {server}, but it is no Letta server.");
            ("something else answers", Error::BadAnswer { what, details })
        }
        Error::BadAnswer { .. } => ("something else answers", error),
        Error::Unauthorized { .. } => ("asks for a password", error),
        Error::Elsewhere { .. } => ("sends us elsewhere", error),
        Error::Unavailable { .. } => ("not ready", error),
        Error::Timeout { .. } => ("no answer in 10 s", error),
        Error::Unreachable { cause: Cause::Lost, .. } => ("hung up", error),
        Error::Address { .. }
        | Error::Key { .. }
        | Error::Busy { .. }
        | Error::PendingApproval { .. }
        | Error::TooMany { .. }
        | Error::Model { .. }
        | Error::NoGroups { .. }
        | Error::Server { .. }
        | Error::Unreachable { .. } => ("failed", error),
    }
}

/// The same host under https, if that is where a redirect of the health check goes.
fn secure_twin(base: &Base, to: &str) -> Option<Base> {
    if base.is_secure() {
        return None;
    }
    let prefix = to.split("v1/health").next()?;
    Base::parse(prefix).ok().filter(|twin| twin.is_secure() && twin.host() == base.host())
}

/// Something the user must know of an address although it works: that the key travels readable by others. None: nothing, or no
/// address at all.
pub fn warning_of(address: &str) -> Option<String> {
    Base::parse(address).ok().as_ref().and_then(warning)
}

/// What is to be said of plain http beyond one's own network.
fn warning(base: &Base) -> Option<String> {
    (!base.is_secure() && !base.is_near()).then(|| {
        "This address is plain http: the password and all that is said can be read on the way. Use https if the server \
         has it."
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use model::CheckState;

    use super::*;

    #[test]
    fn plain_http_is_fine_at_home_and_warned_of_beyond() {
        let steps = |address: &str| {
            let base = Base::parse(address).unwrap();
            let mut steps = plan(&base);
            for _ in 0..if base.is_number() { 2 } else { 3 } {
                steps.passed("");
            }
            recognise(&base, &mut steps, Ok(Health { version: "0.16.8".to_owned() })).unwrap();
            (steps.finish(), warning(&base).is_some())
        };
        let secure = |checks: &[Check]| checks.iter().find(|check| check.step == "Secure connection").cloned();
        for near in ["http://localhost:8283", "http://192.168.1.20:8283", "http://nas.lan"] {
            let (checks, warned) = steps(near);
            assert!(!warned && secure(&checks).is_none(), "{near}: {checks:?}");
            assert_eq!(warning_of(near), None);
        }
        for far in ["http://letta.example.org", "http://8.8.8.8:8283"] {
            let (checks, warned) = steps(far);
            let secure = secure(&checks).unwrap();
            assert!(
                warned && secure.state == CheckState::NotTried && secure.note.contains("can be read"),
                "{checks:?}"
            );
        }
        let (checks, warned) = steps("https://letta.example.org");
        assert!(!warned && secure(&checks).unwrap().state == CheckState::Passed);
        let (checks, _) = steps("https://api.letta.com");
        assert_eq!(checks.last().unwrap().step, "API key");
    }
}
