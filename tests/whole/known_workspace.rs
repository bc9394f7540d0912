//! cargo is asked what a workspace is made of once per change of anything that its answer hangs on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::fixture::{self, Project, Sources};
use crate::process::run;

/// A project of which cargo is asked through a log.
struct Asked {
    project: Project,
    cargo: PathBuf,
    log: PathBuf,
}

impl Asked {
    fn new(sources: Sources, place: &str) -> Self {
        let (cargo, log) = fixture::counting_cargo(place);
        let project = sources.at(place);
        Self { project, cargo, log }
    }

    /// How often a build asks, if some of its circumstances are changed.
    fn by(&self, change: impl FnOnce(&mut Command)) -> usize {
        // What is young may have been edited since it was read.
        for file in self.project.files() {
            age(&self.project.root.join(file));
        }
        let _ = fs::remove_file(&self.log);
        let mut build = self.project.wainwright(&["build", "--out"]);
        build.arg(self.project.out("wheel")).env("CARGO", &self.cargo);
        change(&mut build);
        run(&mut build).well();
        fs::read_to_string(&self.log).unwrap().lines().filter(|word| *word == "metadata").count()
    }

    /// How often two builds ask: one after a change, and one later, when cargo has written its lock file.
    fn after_change_and_later(&self) -> [usize; 2] {
        let after_change = self.by(|_| {});
        self.by(|_| {});
        [after_change, self.by(|_| {})]
    }
}

fn age(file: &Path) {
    let earlier = SystemTime::now() - Duration::from_secs(3600);
    fs::OpenOptions::new().write(true).open(file).unwrap().set_modified(earlier).unwrap();
}

#[test]
fn cargo_resolves_a_workspace_once_per_change() {
    let asked = Asked::new(fixture::binary("resolved"), "known-workspace");
    let root = asked.project.root.clone();
    assert_eq!(asked.after_change_and_later(), [1, 0]);
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for (file, text) in [
        ("Cargo.toml", format!("{manifest}\n[features]\nother = []\n")),
        ("Cargo.lock", fs::read_to_string(root.join("Cargo.lock")).unwrap() + "\n"),
        ("src/bin/second.rs", "fn main() {}\n".to_owned()),
        ("src/bin/third/main.rs", "fn main() {}\n".to_owned()),
        (".cargo/config.toml", "[term]\nquiet = true\n".to_owned()),
    ] {
        fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
        fs::write(root.join(file), text).unwrap();
        assert_eq!(asked.after_change_and_later(), [1, 0], "{file}");
    }
    for (name, value) in [("CARGO_NET_OFFLINE", "true"), ("WAINWRIGHT_NO_CACHE", "1"), ("RUSTFLAGS", "-g")] {
        assert_eq!(
            asked.by(|build| {
                build.env(name, value);
            }),
            1,
            "{name}"
        );
    }
    fs::remove_file(root.join("src/bin/second.rs")).unwrap();
    assert_eq!(asked.after_change_and_later(), [1, 0]);
}

#[test]
fn a_crate_beside_the_project_counts_as_its_own() {
    let library = "[package]\nname = \"beside\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";
    let lock = "version = 4\n\n[[package]]\nname = \"beside\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"leaning\"\n\
                version = \"0.0.0\"\ndependencies = [\n \"beside\",\n]\n";
    let sources = fixture::binary("leaning")
        .replace("Cargo.toml", "[workspace]\n", "[dependencies]\nbeside = { path = \"beside\" }\n[workspace]\n")
        .file("Cargo.lock", lock)
        .file("beside/Cargo.toml", library)
        .file("beside/src/lib.rs", "");
    let asked = Asked::new(sources, "known-workspace-beside");
    assert_eq!(asked.after_change_and_later(), [1, 0]);
    let manifest = asked.project.root.join("beside/Cargo.toml");
    fs::write(&manifest, library.to_owned() + "license = \"MIT\"\n").unwrap();
    assert_eq!(asked.after_change_and_later(), [1, 0]);
    fs::write(asked.project.root.join("beside/build.rs"), "fn main() {}\n").unwrap();
    assert_eq!(asked.after_change_and_later(), [1, 0]);
}
