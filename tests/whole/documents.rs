//! The pages in `docs`: all of them are found, their links lead somewhere, and what they tell to do works.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fixture::{self, Archive, Environment};
use crate::process::{command, run};
use crate::setup;

fn docs() -> PathBuf {
    setup::source_tree().join("docs")
}

/// The README and all pages.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![setup::source_tree().join("README.md")];
    let mut directories = vec![docs()];
    while let Some(directory) = directories.pop() {
        for path in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// Where a page's links lead, but for those to other sites.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.filter(|target| !target.contains("://") && !target.contains([' ', '`'])).collect()
}

/// The blocks of a page in some language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let begin = format!("```{language}\n");
    text.split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// A heading as a link names it.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    words
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn every_page_is_in_the_book() {
    let summary = fs::read_to_string(docs().join("SUMMARY.md")).unwrap();
    let listed: Vec<PathBuf> = links(&summary).iter().map(|link| docs().join(link)).collect();
    let pages: Vec<PathBuf> =
        pages().into_iter().filter(|page| page.starts_with(docs()) && !page.ends_with("SUMMARY.md")).collect();
    let missing: Vec<&PathBuf> = pages.iter().filter(|page| !listed.contains(page)).collect();
    assert!(missing.is_empty(), "SUMMARY.md does not list {missing:?}");
}

#[test]
fn links_lead_to_pages_and_headings() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            assert!(target.exists(), "{}: {link}", page.display());
            let headings = || fs::read_to_string(&target).unwrap();
            let is_there =
                heading.is_empty() || headings().lines().any(|line| line.starts_with('#') && anchor(line) == heading);
            assert!(is_there, "{}: {link}", page.display());
        }
    }
}

#[test]
fn the_program_knows_every_command_that_a_page_shows() {
    let mut shown = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let in_text = text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
        let lines = blocks(&text, "sh").into_iter().flat_map(str::lines).chain(in_text);
        for line in lines.filter_map(|line| line.strip_prefix("wainwright ")) {
            let words = line.split(" #").next().unwrap().split_whitespace().map(|word| word.trim_matches(['"', '\'']));
            let words = words.map(|word| word.trim_matches(['[', ']']));
            // Help is the last word, so all before it is understood first.
            let ran = run(command(setup::program()).args(words).arg("--help"));
            assert_eq!(ran.code, Some(0), "{}: {line}: {}", page.display(), ran.stderr);
            shown += 1;
        }
    }
    assert!(shown > 50, "{shown}");
}

#[test]
fn a_project_of_setuptools_rust_becomes_the_one_of_the_page() {
    let page = fs::read_to_string(docs().join("coming-from-setuptools-rust.md")).unwrap();
    let [before, after]: [&str; 2] = blocks(&page, "toml").try_into().unwrap();
    assert!(before.contains("setuptools-rust"));
    let wheel = fixture::mixed("moved").file("pyproject.toml", after).at("documents-moved").wheel();
    assert_eq!(Environment::with(&wheel, "documents-moved").says("import moved; print(moved.answer())"), "42");
}

/// An environment with wainwright, as a distribution has it.
fn with_wainwright(place: &str) -> Environment {
    let environment = Environment::new(place);
    let wheel = fs::read_dir(setup::wheels()).unwrap().next().unwrap().unwrap().path();
    environment.install(&Archive { path: wheel });
    environment
}

/// Calls a line of a page, in `directory`, by the pip of the tools for an environment.
#[track_caller]
fn by_pip(line: &str, environment: &Environment, directory: &Path) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let variables = words.iter().take_while(|word| word.contains('=') && !word.starts_with('-'));
    let variables: Vec<(&str, &str)> = variables.filter_map(|word| word.split_once('=')).collect();
    let [program, arguments @ ..] = &words[variables.len()..] else { panic!("{line}") };
    assert_eq!(*program, "pip", "{line}");
    let mut pip = environment.pip(arguments);
    pip.env("CARGO_NET_OFFLINE", "true").env_remove("PIP_FIND_LINKS").envs(variables).current_dir(directory);
    run(&mut pip).well();
}

#[test]
fn packagers_build_without_a_network_and_without_isolation() {
    let page = fs::read_to_string(docs().join("for-packagers.md")).unwrap();
    let [from_sdist, with_flags, itself]: [&str; 3] = blocks(&page, "sh").try_into().unwrap();
    let project = fixture::mixed("hello").at("documents-hello");
    let sdist = project.sdist();
    let environment = with_wainwright("documents-packagers");
    by_pip(from_sdist, &environment, sdist.path.parent().unwrap());
    assert_eq!(environment.says("import hello; print(hello.answer())"), "42");
    let wheels = project.out("flags");
    by_pip(&format!("{} --wheel-dir {}", with_flags.trim(), wheels.display()), &environment, &project.root);
    assert!(Archive::only_in(&wheels).file_name().starts_with("hello-1.0-"));
    // How wainwright builds itself is tested where the program is at hand already.
    assert_eq!(itself.trim(), "pip install --no-build-isolation --no-deps --no-index .");
}
