//! Every page of `wainwright explain` shows an example that triggers its diagnostic. Here they are carried out as they
//! stand; `docs/errors/README.md` says how they are meant.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use wainwright::diagnostic::Code;
use wainwright::spec::digest::Sha256;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::fixture;
use crate::process::{Ran, command, run};
use crate::setup;

/// What stands for anything in the outputs.
const ANYTHING: char = '…';

/// A fenced block of a page: the file that it shows, or what is typed and printed.
struct Block {
    language: String,
    file: Option<String>,
    text: String,
}

/// The example of a page.
struct Example {
    /// With its place filled.
    directory: PathBuf,
    commands: Vec<String>,
    shown: Vec<String>,
}

#[test]
fn the_example_of_every_page_triggers_its_diagnostic() {
    let mut faults = Vec::new();
    let mut without = Vec::new();
    for code in Code::ALL {
        match example(*code) {
            Some(example) => faults.extend(fault(*code, &example)),
            None => without.push(*code),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // It takes a failing disk; that the code is reached is tested beside `Error`.
    assert_eq!(without, [Code::Verification]);
}

#[test]
fn an_explanation_is_found_by_its_code_and_a_near_one_is_named() {
    let explain = |words: &[&str]| run(command(setup::program()).arg("explain").args(words));
    let list = explain(&[]).well().stdout;
    assert_eq!(list.lines().count(), Code::ALL.len());
    assert!(list.lines().any(|line| line.starts_with("entry-symbol ")), "{list}");
    let page = explain(&["entry-symbol"]).well().stdout;
    assert!(page.starts_with("entry-symbol\n\nThe extension does not export"), "{page}");
    assert_eq!(explain(&["error[entry-symbol]"]).well().stdout, page);
    assert!(explain(&["entry-symbl"]).with_code(1).stderr.contains("did you mean `entry-symbol`?"));
}

/// On a terminal a failure ends with where more is to be read; in a log it does not.
#[test]
fn a_failure_on_a_terminal_points_to_the_explanation() {
    let directory = fixture::empty(&setup::place().join("explained/terminal"));
    let script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
    let mut terminal = command(setup::python3());
    let ran = run(terminal.args(["-c", script]).arg(setup::program()).arg("metadata").current_dir(&directory));
    assert!(ran.stdout.contains("`wainwright explain source-file` tells more"), "{ran}");
    let ran = run(command(setup::program()).arg("metadata").current_dir(&directory)).with_code(1);
    assert!(ran.stderr.contains("error[source-file]") && !ran.stderr.contains("wainwright explain"), "{ran}");
}

/// What is not as the page says.
fn fault(code: Code, example: &Example) -> Option<String> {
    let ran = carried_out(example, "");
    let output = output(&ran, &example.directory);
    let lost = example.shown.iter().find(|line| !output.lines().any(|printed| is_like(printed, line)));
    if let Some(line) = lost {
        return Some(format!("{code}: `{line}` is not printed: {ran}"));
    }
    let is_error = example.shown.iter().any(|line| line.starts_with(&format!("error[{code}]")));
    let is_told = is_error || example.shown.iter().any(|line| line.contains(&format!("[{code}]: ")));
    if !is_told {
        return Some(format!("{code}: its own diagnostic is not shown"));
    }
    is_error.then(|| allowing(code, example)).flatten()
}

/// That an error can be allowed is said just where it is so.
fn allowing(code: Code, example: &Example) -> Option<String> {
    let ran = carried_out(example, &format!(" --allow {code}"));
    let output = output(&ran, &example.directory);
    let is_allowed = !output.contains(&format!("error[{code}]")) && output.contains(&format!("warning[{code}]"));
    let is_said = code.page().contains("\n## Allowing it\n");
    (is_allowed != is_said).then(|| format!("{code}: allowing it is {is_allowed}, and the page says {is_said}: {ran}"))
}

/// Runs the commands in a shell, the last of them with `more` words.
fn carried_out(example: &Example, more: &str) -> Ran {
    let programs = setup::place().join("explained/bin");
    let path = std::env::var("PATH").unwrap();
    let script = format!("{}{more}", example.commands.join("\n"));
    let mut shell = command("sh");
    shell.args(["-c", &script]).current_dir(&example.directory);
    shell.env("PATH", format!("{}:{path}", programs.display()));
    // Many projects of one name, each built after the other.
    run(shell.env("CARGO_TARGET_DIR", setup::place().join("explained/cargo")))
}

/// What was printed, without the place where that was.
fn output(ran: &Ran, directory: &Path) -> String {
    let place = directory.display().to_string();
    format!("{}{}", ran.stdout, ran.stderr).replace(&format!("{place}/"), "").replace(&place, ".")
}

/// Whether a line is one of the page, in which `…` stands for anything.
fn is_like(printed: &str, shown: &str) -> bool {
    let parts: Vec<&str> = shown.split(ANYTHING).collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    let mut rest = match printed.strip_prefix(first) {
        Some(rest) if parts.len() > 1 => rest,
        Some(rest) => return rest.is_empty(),
        None => return false,
    };
    for part in &parts[1..parts.len() - 1] {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Lays the files of a page's example over those that all share; `None` where it has no command.
fn example(code: Code) -> Option<Example> {
    let own = blocks(code.page());
    let console = own.iter().find(|block| block.language == "console")?;
    let (commands, shown) = console.text.lines().partition::<Vec<&str>, _>(|line| line.starts_with("$ "));
    let owned = |lines: Vec<&str>| lines.into_iter().map(|line| line.trim_start_matches("$ ").to_owned()).collect();
    let directory = fixture::empty(&setup::place().join("explained/projects").join(code.name()));
    let index = fs::read_to_string(setup::source_tree().join("docs/errors/README.md")).unwrap();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for block in blocks(&index).into_iter().chain(blocks(code.page())) {
        files.extend(block.file.map(|file| (file, block.text)));
    }
    write(&directory, files);
    link_program();
    Some(Example { directory, commands: owned(commands), shown: owned(shown) })
}

fn write(directory: &Path, files: BTreeMap<String, String>) {
    let mut wheels: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (file, text) in files {
        match file.split_once(".whl/") {
            Some((wheel, path)) => {
                wheels.entry(format!("{wheel}.whl")).or_default().insert(path.to_owned(), text);
            }
            None => {
                let path = directory.join(&file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                let text = if file == "pyproject.toml" { fixture::with_build_system(&text) } else { text };
                fs::write(path, text).unwrap();
            }
        }
    }
    fs::write(directory.join("Cargo.lock"), fixture::locked("hello", "0.1.0")).unwrap();
    for (name, files) in wheels {
        write_wheel(&directory.join(&name), &name, files);
    }
}

/// A wheel that is in order, but for what `files` say.
fn write_wheel(path: &Path, name: &str, files: BTreeMap<String, String>) {
    let parts: Vec<&str> = name.trim_end_matches(".whl").split('-').collect();
    let info = format!("{}.dist-info", parts[..2].join("-"));
    let tag = parts[2..].join("-");
    let metadata = "Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n".to_owned();
    let wheel = format!("Wheel-Version: 1.0\nRoot-Is-Purelib: {}\nTag: {tag}\n", tag.ends_with("none-any"));
    let mut all = BTreeMap::from([(format!("{info}/METADATA"), metadata), (format!("{info}/WHEEL"), wheel)]);
    all.extend(files);
    let record = format!("{info}/RECORD");
    if !all.contains_key(&record) {
        let row = |(file, text): (&String, &String)| {
            format!("{file},sha256={},{}\n", Sha256::of(text.as_bytes()).base64(), text.len())
        };
        let rows: String = all.iter().map(row).collect();
        all.insert(record.clone(), format!("{rows}{record},,\n"));
    }
    let mut archive = ZipWriter::new(fs::File::create(path).unwrap());
    for (file, text) in all {
        archive.start_file(file, SimpleFileOptions::default().unix_permissions(0o644)).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
}

/// The program under its own name, for the shell.
fn link_program() {
    let link = setup::place().join("explained/bin/wainwright");
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    let _ = fs::remove_file(&link);
    symlink(setup::program(), link).unwrap();
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_inside = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(_) if is_inside => is_inside = false,
            Some(head) => {
                let (language, file) = head.split_once(' ').map_or((head, None), |(name, file)| (name, Some(file)));
                let file = file.map(str::to_owned);
                blocks.push(Block { language: language.to_owned(), file, text: String::new() });
                is_inside = true;
            }
            None if is_inside => blocks.last_mut().unwrap().text.push_str(&format!("{line}\n")),
            None => {}
        }
    }
    blocks
}
