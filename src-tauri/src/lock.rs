//! One app per home folder. A file lock is the truth: it ends with the process that holds it, however that ends. Beside it lies the
//! first start's address on loopback, by which a second start asks it to come forward. No D-Bus.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// How long a second start waits for the first to answer or to go.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long one connection may take.
const LINE: Duration = Duration::from_secs(1);

/// The first start's answer.
const SHOWN: &str = "shown";

/// Whether this start is the first.
pub enum Claim {
    /// It is. Keep the seat until the end.
    First(Seat),
    /// It is not, and the first has come forward.
    Second,
}

/// A second start that cannot go on.
#[derive(Debug, thiserror::Error)]
#[error(
    "Tertulia is already running with the folder {home}, but does not answer. End it, or set TERTULIA_HOME to another folder."
)]
pub struct Silent {
    home: PathBuf,
}

/// Being the only app with this folder.
pub struct Seat {
    /// Locked as long as it is open; none where the disk can lock nothing.
    _lock: Option<File>,
    door: Option<Door>,
}

struct Door {
    listener: TcpListener,
    /// What a second start must say: read from a file that only this user can read.
    word: String,
}

/// Claims the folder. A folder in which nothing can be locked (read-only, some network disks) is used without a lock: that the app
/// starts is worth more.
///
/// # Errors
/// The folder is taken, and whoever has it does not answer.
pub fn claim(home: &Path) -> Result<Claim, Silent> {
    let file = match OpenOptions::new().create(true).truncate(false).write(true).open(home.join("lock")) {
        Ok(file) => file,
        Err(fault) => {
            tracing::warn!(%fault, "no lock: the folder takes no file");
            return Ok(Claim::First(Seat { _lock: None, door: None }));
        }
    };
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(fault)) => {
                tracing::warn!(%fault, "no lock: this disk has none");
                break;
            }
            // Whoever has it answers, or is about to write its address, or was killed and is not quite gone.
            Err(TryLockError::WouldBlock) if ask_first(home).unwrap_or(false) => return Ok(Claim::Second),
            Err(TryLockError::WouldBlock) if began.elapsed() > PATIENCE => {
                return Err(Silent { home: home.to_owned() });
            }
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(50)),
        }
    }
    let door = open_door(home).inspect_err(|fault| tracing::warn!(%fault, "a second start will get no answer")).ok();
    Ok(Claim::First(Seat { _lock: Some(file), door }))
}

impl Seat {
    /// Answers second starts from now on: `come_forward` is called for each, on a thread of its own.
    pub fn answer(&mut self, come_forward: impl Fn() + Send + 'static) {
        let Some(Door { listener, word }) = self.door.take() else { return };
        thread::spawn(move || {
            for line in listener.incoming().flatten() {
                if hear(&line, &word).unwrap_or(false) {
                    come_forward();
                    // Whether the other side still waits for it changes nothing here.
                    (&line).write_all(SHOWN.as_bytes()).ok();
                }
            }
        });
    }
}

fn open_door(home: &Path) -> io::Result<Door> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let word = uuid::Uuid::new_v4().to_string();
    let fresh = home.join("lock.address.new");
    // Made anew each time, so that it has this mode from its first byte on.
    fs::remove_file(&fresh).ok();
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&fresh)?.write_all(format!("{} {word}", listener.local_addr()?.port()).as_bytes())?;
    fs::rename(fresh, address_file(home))?;
    Ok(Door { listener, word })
}

fn hear(mut line: &TcpStream, word: &str) -> io::Result<bool> {
    line.set_read_timeout(Some(LINE))?;
    let mut said = vec![0; word.len()];
    line.read_exact(&mut said)?;
    Ok(said == word.as_bytes())
}

fn ask_first(home: &Path) -> io::Result<bool> {
    let address = fs::read_to_string(address_file(home))?;
    let Some((port, word)) = address.split_once(' ') else { return Ok(false) };
    let Ok(port) = port.parse::<u16>() else { return Ok(false) };
    let mut line = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), LINE)?;
    line.set_read_timeout(Some(LINE))?;
    line.write_all(word.as_bytes())?;
    let mut answer = String::new();
    line.take(SHOWN.len() as u64).read_to_string(&mut answer)?;
    Ok(answer == SHOWN)
}

fn address_file(home: &Path) -> PathBuf {
    home.join("lock.address")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn first(home: &Path) -> Seat {
        match claim(home) {
            Ok(Claim::First(seat)) => seat,
            Ok(Claim::Second) => panic!("the folder was free"),
            Err(silent) => panic!("{silent}"),
        }
    }

    #[test]
    fn a_second_start_makes_the_first_come_forward() {
        let home = tempfile::tempdir().unwrap();
        let mut seat = first(home.path());
        assert!(seat._lock.is_some());
        let (forward, came) = mpsc::channel();
        seat.answer(move || forward.send(()).unwrap());
        for _ in 0..2 {
            assert!(matches!(claim(home.path()), Ok(Claim::Second)));
            came.recv_timeout(Duration::from_secs(1)).unwrap();
        }
    }

    #[test]
    fn a_first_start_that_does_not_answer_is_said() {
        let home = tempfile::tempdir().unwrap();
        let _seat = first(home.path());
        let Err(silent) = claim(home.path()) else { panic!("nobody answered") };
        assert!(silent.to_string().contains("does not answer"));
    }

    #[test]
    fn a_first_start_that_goes_while_it_is_asked_leaves_its_place() {
        let home = tempfile::tempdir().unwrap();
        let seat = first(home.path());
        let going = thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            drop(seat);
        });
        first(home.path());
        going.join().unwrap();
    }

    #[test]
    fn an_ended_app_leaves_the_folder_free_whatever_lies_there() {
        let home = tempfile::tempdir().unwrap();
        drop(first(home.path()));
        fs::write(address_file(home.path()), "1 stale").unwrap();
        first(home.path());
    }

    #[test]
    fn who_does_not_know_the_word_gets_no_answer() {
        let home = tempfile::tempdir().unwrap();
        let mut seat = first(home.path());
        seat.answer(|| panic!("nobody asked"));
        let address = fs::read_to_string(address_file(home.path())).unwrap();
        let port: u16 = address.split_once(' ').unwrap().0.parse().unwrap();
        let mut line = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        line.write_all(&[b'x'; 36]).unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "");
    }

    #[cfg(unix)]
    #[test]
    fn the_word_is_for_this_user_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let _seat = first(home.path());
        let mode = fs::metadata(address_file(home.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_folder_that_is_not_there_is_used_without_a_lock() {
        let home = tempfile::tempdir().unwrap();
        assert!(first(&home.path().join("missing"))._lock.is_none());
    }
}
