//! A disk that does not do what it should. What databases do in each state is tested in `engine::store`; here: the app starts, talk
//! goes on, the user is told.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use sim::{Answer, Script, Sim};
use tests::Home;

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_stops_nothing_and_is_told() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("All the same.")])).unwrap();
    let home = Home::new();
    // A file in the place of the folder: nobody can write there, root neither.
    let blocked = home.folder().join("blocked");
    std::fs::write(&blocked, b"a file").unwrap();
    let mut window = home.start_in(&blocked.join("home")).await;
    let launched = window.launch().await;
    assert!(launched.storage_warning.is_some());
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    window.send_and_wait(&wen, "Still there?").await;
    assert!(window.talk(&wen).lines().contains(&"assistant done Wen: All the same.".to_owned()));
    window.close(&wen).await;
    window.open_id(&wen).await;
    assert_eq!(window.talk(&wen).lines()[0], "user done: Still there?", "it is kept as long as the app runs");
    window.engine.close().await;
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_of_any_content_stop_no_start() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("Here.")])).unwrap();
    for content in [&b""[..], b"SQLite format 3\0 and then nothing", &[0; 8192], b"{}"] {
        let home = Home::new();
        for file in ["cache.db", "ours.db"] {
            std::fs::write(home.folder().join(file), content).unwrap();
        }
        let mut window = home.start().await;
        let launched = window.launch().await;
        assert_eq!(launched.storage_warning.is_none(), content.is_empty(), "{:?}", launched.storage_warning);
        window.connect(&sim.address(), None).await;
        let wen = window.open("Wen").await;
        window.send_and_wait(&wen, "Hello").await;
        window.engine.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_for_a_while_costs_no_word() {
    let home = Home::new();
    let Some(disk) = SmallDisk::new(&home.folder().join("small")) else {
        eprintln!("skipped: a disk of one's own takes the rights to mount one");
        return;
    };
    let long = ["A word that takes room."; 20_000].join(" ");
    let answers = [Answer::text("There is room."), Answer::text(&long), Answer::text("Room again.")];
    let sim = Sim::scripted(Script::new().agent("Wen", answers)).unwrap();
    let mut window = home.start_in(&disk.0).await;
    window.launch().await;
    let profile = window.connect(&sim.address(), None).await;
    window.online(&profile).await;
    let wen = window.open("Wen").await;
    window.send_and_wait(&wen, "First").await;

    let filler = disk.fill();
    window.send_and_wait(&wen, "Second").await;
    assert!(window.talk(&wen).lines().contains(&format!("assistant done Wen: {long}")));
    window.until("the full disk is told", |window| window.storage.is_some()).await;

    fs::remove_file(filler).unwrap();
    window.until("the disk is well again", |window| window.storage.is_none()).await;
    window.send_and_wait(&wen, "Third").await;
    let said = window.talk(&wen).lines();
    window.engine.close().await;
    assert_eq!(sim.check(), Vec::<String>::new());
    drop(sim);

    let mut again = home.start_in(&disk.0).await;
    again.launch().await;
    again.open_id(&wen).await;
    assert_eq!(again.talk(&wen).lines(), said);
    again.engine.close().await;
}

/// A disk of eight megabytes, gone with the story.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn new(at: &Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(at).output().ok()?;
        mount.status.success().then(|| Self(at.to_owned()))
    }

    /// Takes all the room there is.
    fn fill(&self) -> PathBuf {
        let at = self.0.join("filler");
        let mut filler = fs::File::create(&at).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
        at
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}
