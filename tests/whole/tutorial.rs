//! The tutorial is what happens: its commands are typed, its lines changed, and what is answered is compared.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::fixture;
use crate::index::index;
use crate::page;
use crate::process::{self, command, run};
use crate::setup;

/// The directory that the page is typed in.
const HOME: &str = "/home/ada";

/// Commands that hold for all that follow.
const LASTING: [&str; 2] = ["cd ", ". "];

/// Whoever types the page.
struct Reader {
    home: PathBuf,
    path: OsString,
    lasting: Vec<String>,
}

impl Reader {
    /// With Python, cargo and twine at hand.
    fn new() -> Self {
        let home = fixture::empty(&setup::place().join("tutorial"));
        let programs = fixture::empty(&setup::place().join("out/tutorial"));
        let twine = setup::project_tools().with_file_name("twine");
        std::os::unix::fs::symlink(twine, programs.join("twine")).unwrap();
        std::os::unix::fs::symlink(setup::python3(), programs.join("python3")).unwrap();
        let mut path = programs.into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        Self { home, path, lasting: Vec::new() }
    }

    /// What a command prints.
    #[track_caller]
    fn types(&mut self, typed: &str) -> String {
        let line = [&self.lasting[..], &[format!("{{ {typed}\n}} 2>&1")]].concat().join("\n");
        let mut shell = process::with_network("sh");
        shell.args(["-c", &line]).current_dir(&self.home).env("PATH", &self.path).env("HOME", &self.home);
        shell.envs(toolchain()).env_remove("PIP_FIND_LINKS").env("PIP_INDEX_URL", index()).env("PIP_NO_CACHE_DIR", "1");
        let said = run(&mut shell).stdout;
        if LASTING.iter().any(|start| typed.starts_with(start)) {
            self.lasting.push(typed.to_owned());
        }
        if typed.starts_with("wainwright new") {
            // The versions that the fixtures have compiled.
            fs::write(self.home.join("hello/Cargo.lock"), fixture::locked("hello", "0.1.0")).unwrap();
        }
        said
    }

    /// Puts the lines with `+` in the place of those with `-`.
    #[track_caller]
    fn changes(&self, file: &str, difference: &str) {
        let side = |sign: char| -> String {
            difference.lines().filter_map(|line| line.strip_prefix(sign)).map(|line| format!("{line}\n")).collect()
        };
        let file = self.home.join("hello").join(file);
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.matches(&side('-')).count(), 1, "{difference}\n{text}");
        fs::write(file, text.replace(&side('-'), &side('+'))).unwrap();
    }
}

/// Where rustup and cargo keep what they have, which is not below the reader's home.
fn toolchain() -> Vec<(&'static str, PathBuf)> {
    let home = |variable: &str, below: &str| {
        let given = std::env::var_os(variable).map(PathBuf::from);
        given.unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap()).join(below))
    };
    vec![("CARGO_HOME", home("CARGO_HOME", ".cargo")), ("RUSTUP_HOME", home("RUSTUP_HOME", ".rustup"))]
}

/// A transcript without what differs from one machine and run to the next: cargo's lines about crates, the frames of
/// tracebacks, times, sizes, and the glibc that this machine happens to have.
fn lasting(said: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    // Some tools colour what they say wherever they say it.
    let said = said.replace("\x1b[32m", "").replace("\x1b[0m", "");
    for line in said.lines() {
        let is_frame = line.starts_with("  ") && lines.last().is_some_and(|last| last.starts_with("Traceback"));
        let is_more = line.starts_with("  ") && lines.last().is_some_and(|last| last == "  ...");
        if is_more || is_of_cargo(line) {
            continue;
        }
        lines.push(if is_frame { "  ...".to_owned() } else { measured(line) });
    }
    lines.join("\n")
}

fn is_of_cargo(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let verb = words.next().unwrap_or_default();
    let is_crate = words.next().is_some() && words.next().is_some_and(|version| version.starts_with('v'));
    let is_progress = line.contains(" crates after ");
    verb == "Compiling" && (is_crate || is_progress) || ["Blocking", "Downloaded", "Downloading"].contains(&verb)
}

/// A line in which `#` stands for what was measured.
fn measured(line: &str) -> String {
    let number = |text: &str| text.parse::<f64>().is_ok();
    let words: Vec<&str> = line.split(' ').collect();
    let word = |(index, word): (usize, &&str)| {
        let next = words.get(index + 1).copied().unwrap_or_default();
        let is_measure = number(word) && ["s", "s;", "KiB", "MiB"].contains(&next);
        if is_measure || word.strip_suffix('s').is_some_and(number) { "#".to_owned() } else { glibc(word) }
    };
    words.iter().enumerate().map(word).collect::<Vec<_>>().join(" ")
}

fn glibc(word: &str) -> String {
    let Some((before, after)) = word.split_once("manylinux_2_") else { return word.to_owned() };
    format!("{before}manylinux_2_#{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// The page as it is on this machine, with this Python, and in the tests' profile, which compiles quicker.
fn of_this_machine(page: &str, home: &Path) -> String {
    let code = "import sys; print('%d.%d' % sys.version_info[:2])";
    let minor = run(command(setup::python3()).args(["-c", code])).well().stdout.trim().to_owned();
    page.replace(HOME, home.to_str().unwrap())
        .replace("3.12", &minor)
        .replace("cp312", &format!("cp{}", minor.replace('.', "")))
        .replace("x86_64", std::env::consts::ARCH)
        .replace("(release)", "(dev)")
        .replace("`release` profile [optimized]", "`dev` profile [unoptimized]")
        .replace("[unoptimized + debuginfo]", "[unoptimized]")
}

#[test]
fn the_tutorial_is_what_happens() {
    let mut reader = Reader::new();
    let mut typed = 0;
    for block in page::blocks("tutorial.md") {
        match (block.language.as_str(), &block.file) {
            ("diff", Some(file)) => reader.changes(file, &block.text),
            ("console", None) => {
                for step in format!("\n{}", block.text).split("\n$ ").skip(1) {
                    let (line, answer) = step.split_once('\n').unwrap_or((step, ""));
                    let said = lasting(&reader.types(line));
                    let expected = lasting(&of_this_machine(answer, &reader.home));
                    assert_eq!(said.trim_end(), expected.trim_end(), "after `{line}`\n--- it said\n{said}");
                    typed += 1;
                }
            }
            other => panic!("what is a block of {other:?}?"),
        }
    }
    assert!(typed > 10, "{typed}");
}

#[test]
fn what_is_measured_is_left_out_of_the_comparison_and_no_word_is() {
    let said = "   Compiling pyo3 v0.30.1\n   Compiling hello for CPython 3.11 (dev)\n   Built a.whl: 3.3 KiB in 0.4 s; loads\n\
                Traceback (most recent call last):\n  File\n    import\nImportError: 2 files\n1 passed in 0.89s\n\
                a-manylinux_2_34_x86_64.whl";
    let left = "   Compiling hello for CPython 3.11 (dev)\n   Built a.whl: # KiB in # s; loads\n\
                Traceback (most recent call last):\n  ...\nImportError: 2 files\n1 passed in #\na-manylinux_2_#_x86_64.whl";
    assert_eq!(lasting(said), left);
}
