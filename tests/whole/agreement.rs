//! Two readers of the standards, wainwright and `packaging`, agree on more than 100,000 words, or a sentence of the
//! standard says why not. `words.py` makes the words up, and `agree.py` tells what `packaging` makes of them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};
use wainwright::checks::metadata::{self, Identity};
use wainwright::facts::archive::{Archive, Member, MemberKind, Packing};
use wainwright::facts::header_file::HeaderFile;
use wainwright::spec::digest::Sha256;
use wainwright::spec::license::LicenseExpression;
use wainwright::spec::marker::Marker;
use wainwright::spec::name::{DistributionName, ExtraName};
use wainwright::spec::requirement::{Requirement, Source};
use wainwright::spec::specifier::{VersionSpecifier, VersionSpecifiers};
use wainwright::spec::version::Version;

use crate::process::{command, run};
use crate::setup;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Name,
    Version,
    Specifiers,
    Marker,
    Requirement,
    License,
    LicenseId,
    /// How a METADATA is taken apart.
    Headers,
    /// Whether anything is wrong with a METADATA.
    Metadata,
}

/// A word and `packaging`'s verdict: what it read, or why it refused.
#[derive(Debug, Deserialize)]
struct Word {
    kind: Kind,
    word: String,
    theirs: Option<Value>,
    why: String,
    /// The place of a version in their order, the same for equal ones.
    rank: Option<u64>,
}

/// What wainwright read, or why it refused.
type Ours = Result<Value, String>;

fn words() -> &'static [Word] {
    static WORDS: LazyLock<Vec<Word>> = LazyLock::new(|| {
        let lines = agree(&["words"]);
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    });
    &WORDS
}

fn agree(arguments: &[&str]) -> String {
    let script = setup::source_tree().join("tests/whole/agree.py");
    run(command(setup::tools()).arg(script).args(arguments)).well().stdout
}

fn parsed<T: FromStr<Err: fmt::Display>>(word: &str) -> Result<T, String> {
    word.parse().map_err(|error: T::Err| error.to_string())
}

fn ours(word: &Word) -> Ours {
    let text = word.word.as_str();
    match word.kind {
        Kind::Name => Ok(json!(parsed::<DistributionName>(text)?.normalized())),
        Kind::Version => version(text),
        Kind::Specifiers => specifiers(text, word.theirs.as_ref()),
        Kind::Marker => Ok(json!(parsed::<Marker>(text)?.to_string())),
        Kind::Requirement => requirement(text),
        Kind::License | Kind::LicenseId => Ok(json!(parsed::<LicenseExpression>(text)?.as_str())),
        Kind::Headers => Ok(headers(text)),
        Kind::Metadata => judged_metadata(text),
    }
}

fn version(text: &str) -> Ours {
    let version: Version = parsed(text)?;
    Ok(json!({
        "text": version.to_string(),
        "base": version.base().to_string(),
        "public": version.public().to_string(),
        "prerelease": version.is_prerelease(),
    }))
}

/// The versions that the specifiers are asked about are those that `packaging` was asked about.
fn specifiers(text: &str, theirs: Option<&Value>) -> Ours {
    let specifiers: VersionSpecifiers = parsed(text)?;
    let versions = theirs.and_then(|theirs| theirs["holds"].as_object()).into_iter().flat_map(|holds| holds.keys());
    let holds = |version: &String| version.parse().is_ok_and(|version| specifiers.contains(&version));
    let holds: BTreeMap<&String, bool> = versions.map(|version| (version, holds(version))).collect();
    Ok(json!({ "clauses": clauses(&specifiers), "holds": holds }))
}

fn clauses(specifiers: &VersionSpecifiers) -> BTreeSet<String> {
    specifiers.iter().map(VersionSpecifier::to_string).collect()
}

fn requirement(text: &str) -> Ours {
    let requirement: Requirement = parsed(text)?;
    let extras: BTreeSet<String> = requirement.extras().iter().map(ExtraName::normalized).collect();
    let (clauses, url) = match requirement.source() {
        Source::Any => (BTreeSet::new(), None),
        Source::Versions(specifiers) => (clauses(specifiers), None),
        Source::Url(url) => (BTreeSet::new(), Some(url)),
    };
    Ok(json!({
        "name": requirement.name().as_written(),
        "extras": extras,
        "clauses": clauses,
        "url": url,
        "marker": requirement.marker().map(Marker::to_string),
    }))
}

/// Without the commas at which `packaging` takes two fields apart, and the blanks around them.
fn headers(text: &str) -> Value {
    let file = HeaderFile::read(text);
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in file.headers {
        let name = name.to_ascii_lowercase();
        let value = match name.as_str() {
            "keywords" | "project-url" => value.replace(|c: char| c == ',' || c.is_whitespace(), ""),
            _ => value,
        };
        values.entry(name).or_default().push(value);
    }
    json!({ "values": values, "body": file.body })
}

/// Judged as that of an archive that has the name and all the files that the METADATA tells.
fn judged_metadata(text: &str) -> Ours {
    let file = HeaderFile::read(text);
    let member = |path: &str| Member {
        path: path.to_owned(),
        kind: MemberKind::File,
        size: 0,
        sha256: Sha256::of(b""),
        mode: None,
        packing: Packing::default(),
    };
    let archive = Archive {
        members: file.all("License-File").map(member).collect(),
        texts: BTreeMap::from([("METADATA".to_owned(), text.as_bytes().to_vec())]),
        ..Archive::default()
    };
    let identity = Identity { name: own(&file, "Name", "demo"), version: own(&file, "Version", "1") };
    let findings = metadata::check(&archive, "METADATA", &identity, "");
    let messages: Vec<String> = findings.into_iter().map(|finding| finding.message).collect();
    if messages.is_empty() { Ok(json!(true)) } else { Err(messages.join("; ")) }
}

fn own<T: FromStr<Err: fmt::Debug>>(file: &HeaderFile, field: &str, other: &str) -> T {
    file.first(field).and_then(|value| value.parse().ok()).unwrap_or_else(|| other.parse().unwrap())
}

/// A word on which the two do not agree.
struct Disagreement<'w> {
    word: &'w Word,
    ours: Ours,
}

impl Disagreement<'_> {
    fn how(&self) -> &'static str {
        match (&self.ours, &self.word.theirs) {
            (Ok(_), Some(_)) => "read otherwise",
            (Ok(_), None) => "only wainwright accepts",
            (Err(_), _) => "only packaging accepts",
        }
    }

    fn only_packaging_accepts(&self, reasons: &[&str]) -> bool {
        self.ours.as_ref().is_err_and(|ours| reasons.iter().any(|reason| ours.contains(reason)))
    }

    fn only_wainwright_accepts(&self, reason: &str) -> bool {
        self.ours.is_ok() && self.word.theirs.is_none() && self.word.why.contains(reason)
    }

    /// Whether the version after some `===` goes on with a comma.
    fn has_arbitrary_version_with_comma(&self) -> bool {
        let mut versions = self.word.word.split("===").skip(1).map(|rest| rest.trim_start_matches([' ', '\t']));
        versions.any(|rest| rest.split([' ', '\t', ';', ')']).next().is_some_and(|version| version.contains(',')))
    }
}

impl fmt::Display for Disagreement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Word { word, theirs, why, .. } = self.word;
        let theirs = theirs.as_ref().map_or_else(|| why.clone(), Value::to_string);
        let ours = self.ours.as_ref().map_or_else(String::clone, Value::to_string);
        write!(f, "  {word:?}\n    wainwright: {ours}\n    packaging:  {theirs}")
    }
}

/// A class of words on which the two may disagree.
type Defended = (&'static str, fn(&Disagreement) -> bool);

/// Here the standard's text, which each comment quotes, is on wainwright's side.
const DEFENDED: [Defended; 11] = [
    // Names: "It must start and end with a letter or number."
    ("a requirement's name or extra that ends in `_`", |found| {
        found.word.kind != Kind::Name && found.only_packaging_accepts(&["must begin and end with an ASCII letter"])
    }),
    // Version specifiers: "Whitespace between a conditional operator and the following version identifier is optional,
    // as is the whitespace around the commas." `packaging` takes the comma to the version, and other commas after it.
    ("a requirement with `===` before another clause", |found| {
        let differs = found.only_wainwright_accepts("") || found.only_packaging_accepts(&["two commas without"]);
        differs && found.has_arbitrary_version_with_comma()
    }),
    // Dependency specifiers: `version = wsp* ( letterOrDigit | '-' | '_' | '.' | '*' | '+' | '!' )+`, so there is at
    // least one character, and none is a control character or a blank; `wsp = ' ' | '\t'`.
    ("a version of nothing, or with what no version can hold", |found| {
        found.only_packaging_accepts(&["names no version", "which cannot stand in it"])
    }),
    // Dependency specifiers: "The language defined is a compact line based format", and "Non line-breaking whitespace is
    // mostly optional".
    ("a requirement of several lines", |found| found.only_packaging_accepts(&["holds a line break"])),
    // Dependency specifiers: "Note that backslash escapes are not defined", and `python_str_c` lists what a text may
    // hold: no backslash, no control character but the tab.
    ("a marker's text with a backslash or a control character", |found| {
        found.only_packaging_accepts(&["in a text, which is not allowed"])
    }),
    // PEP 639: "`LicenseRef-[idstring]` string(s), where `[idstring]` is a unique string". `packaging` writes the one
    // over the other.
    ("two `LicenseRef` that differ in case", |found| match (&found.ours, &found.word.theirs) {
        (Ok(Value::String(ours)), Some(Value::String(theirs))) => ours.eq_ignore_ascii_case(theirs),
        _ => false,
    }),
    // SPDX: `idstring = 1*(ALPHA / DIGIT / "-" / "." )`. `packaging` takes what is an ASCII letter in lower case only.
    ("the sign for kelvin as a letter of a licence", |found| {
        found.word.word.contains('\u{212a}') && found.only_packaging_accepts(&["the license expression"])
    }),
    // PEP 639: "Specification of the new `License-File` Core Metadata field ... codifies the existing practices of many
    // packaging tools."
    ("`License-File` before the format had it", |found| {
        found.only_wainwright_accepts("license-file introduced in metadata version 2.4")
    }),
    // PEP 639: "parent directory indicators (`..`) MUST NOT be used": `a..b` holds none.
    ("two dots in the name of a licence file", |found| {
        found.only_wainwright_accepts("parent directory indicators are not allowed")
    }),
    // Core metadata: "Project-URL (multiple-use)", of which "the label is free text".
    ("a label of two URLs", |found| found.only_wainwright_accepts("'project-url' has invalid data")),
    // The standards set no limit. These are beyond what indexes, clocks and people write, and keep us from running out
    // of stack.
    ("a name, number or nesting beyond any use", |found| {
        found.only_packaging_accepts(&["which is too long", "a number that is too large", "more than 100 parentheses"])
    }),
];

/// The first disagreements of each kind, and how many there are.
fn report(found: &[Disagreement]) -> String {
    let mut kinds: BTreeMap<(Kind, &str), Vec<&Disagreement>> = BTreeMap::new();
    for disagreement in found {
        kinds.entry((disagreement.word.kind, disagreement.how())).or_default().push(disagreement);
    }
    let section = |((kind, how), all): (&(Kind, &str), &Vec<&Disagreement>)| {
        let shown: Vec<String> = all.iter().take(20).map(ToString::to_string).collect();
        format!("{kind:?}, {how}: {}\n{}\n", all.len(), shown.join("\n"))
    };
    kinds.iter().map(section).collect()
}

#[test]
fn both_read_the_same_words_and_refuse_the_same() {
    let mut agreed = 0;
    let mut accepted: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut defended: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for word in words() {
        let ours = ours(word);
        *accepted.entry(word.kind).or_default() += usize::from(word.theirs.is_some());
        if ours.as_ref().ok() == word.theirs.as_ref() {
            agreed += 1;
            continue;
        }
        let disagreement = Disagreement { word, ours };
        match DEFENDED.iter().find(|(_, covers)| covers(&disagreement)) {
            Some((what, _)) => drop(defended.insert(what)),
            None => found.push(disagreement),
        }
    }
    assert!(found.is_empty(), "{} words are read in two ways:\n{}", found.len(), report(&found));
    assert!(agreed >= 100_000, "only {agreed} words were compared");
    // What no word needs any more is no defence, and words that are all refused prove little.
    let idle: Vec<&str> = DEFENDED.iter().map(|(what, _)| *what).filter(|what| !defended.contains(what)).collect();
    assert!(idle.is_empty(), "defended in vain: {idle:?}");
    assert!(accepted.values().all(|count| *count > 500), "{accepted:?}");
}

#[test]
fn both_put_versions_into_the_same_order() {
    let ranked = words().iter().filter_map(|word| Some((word.rank?, word.word.parse::<Version>().ok()?)));
    let mut ranked: Vec<(u64, Version)> = ranked.collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let orders = ranked.windows(2).map(|pair| (&pair[0], &pair[1]));
    let wrong: Vec<String> = orders
        .filter(|((rank, version), (next_rank, next))| version.cmp(next) != rank.cmp(next_rank))
        .map(|((rank, version), (next_rank, next))| {
            let sign = if rank.cmp(next_rank) == Ordering::Equal { "==" } else { "<" };
            format!("  {version} {sign} {next}")
        })
        .collect();
    let shown = wrong[..wrong.len().min(20)].join("\n");
    assert!(wrong.is_empty(), "{} pairs are in another order than packaging says:\n{shown}", wrong.len());
    assert!(ranked.len() >= 10_000, "only {} versions were compared", ranked.len());
}

#[test]
fn a_marker_with_an_extra_holds_where_both_do() {
    let extra = Marker::extra(&"dev".parse().unwrap());
    let accepted = words().iter().filter(|word| word.kind == Kind::Marker && word.theirs.is_some());
    // Each is evaluated a dozen times, so half of them must do.
    let markers = accepted.step_by(2).filter_map(|word| Some((&word.word, word.word.parse::<Marker>().ok()?)));
    let pairs: Vec<String> =
        markers.map(|(word, marker)| json!([word, marker.and(extra.clone()).to_string()]).to_string()).collect();
    let file = setup::place().join("markers.jsonl");
    fs::write(&file, pairs.join("\n")).unwrap();
    let changed = agree(&["meaning", file.to_str().unwrap()]);
    let shown: Vec<&str> = changed.lines().take(20).collect();
    assert!(shown.is_empty(), "{} markers hold elsewhere:\n{}", changed.lines().count(), shown.join("\n"));
    assert!(pairs.len() >= 3_000, "only {} markers were compared", pairs.len());
}
