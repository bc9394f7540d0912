//! Asking cargo what a workspace is made of, once as long as nothing has changed of what it reads for that.
//!
//! ```text
//! TARGET/workspaces/NAME    NAME tells the crate and the call; the first line says what the answer hangs on
//! ```

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use cargo_metadata::Metadata;
use serde::{Deserialize, Serialize};

use crate::actions::cargo_call::CargoCall;
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::sources::PathKind;
use crate::ops::resolve;
use crate::plan::known_workspace::{self, Sources};
use crate::spec::digest::Sha256;
use crate::system::{cargo, disk};

/// File systems tell times so coarsely that an edit may seem older than it is.
const COARSE: Duration = Duration::from_secs(2);

/// A question to cargo, and where its answer may be known from.
#[derive(Debug)]
pub struct Question<'q> {
    cargo: &'q Path,
    call: CargoCall,
    words: String,
    places: Vec<PathBuf>,
    home: Option<PathBuf>,
    asked: SystemTime,
}

/// What stands before a kept answer.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    sources: Sources,
    /// The digest of the question and of all that the sources hold.
    state: String,
}

/// An answer of cargo's, and its text if it is a new one.
#[derive(Debug)]
pub struct Answer {
    pub metadata: Metadata,
    text: Option<String>,
}

impl<'q> Question<'q> {
    /// `version` is what cargo says of itself; in `places`, answers may be kept.
    pub fn new(
        cargo: &'q Path,
        version: &str,
        call: CargoCall,
        places: Vec<PathBuf>,
        environment: &Environment,
    ) -> Self {
        Self {
            words: known_workspace::question(cargo, version, &call, environment),
            places,
            home: resolve::cargo_home(environment),
            asked: SystemTime::now(),
            cargo,
            call,
        }
    }

    /// The answer: the known one if it still holds, else cargo's.
    pub fn answer(&self) -> Result<Answer, Error> {
        if let Some(metadata) = self.places.iter().find_map(|place| self.known(&self.file(place))) {
            return Ok(Answer { metadata, text: None });
        }
        let text = cargo::metadata_text(self.cargo, &self.call)?;
        Ok(Answer { metadata: cargo::read_metadata(&text)?, text: Some(text) })
    }

    /// Keeps a new answer in the directory where the workspace is compiled, if it is one that is looked into.
    pub fn keep(&self, answer: &Answer, directory: &Path) {
        let Some(text) = answer.text.as_deref().filter(|_| self.places.iter().any(|place| place == directory)) else {
            return;
        };
        let sources = known_workspace::sources(&answer.metadata, &self.call.directory, self.home.as_deref());
        // What is that young may have been edited since cargo read it.
        let is_settled = |file: &PathBuf| self.asked.duration_since(disk::modified(file)).is_ok_and(|age| age > COARSE);
        let Some(state) = self.state(&sources).filter(|_| sources.files.iter().all(is_settled)) else { return };
        let Ok(head) = serde_json::to_string(&Head { sources, state }) else { return };
        // What cannot be written is asked for again.
        let _ = disk::write_whole(&self.file(directory), format!("{head}\n{text}").as_bytes());
    }

    fn file(&self, place: &Path) -> PathBuf {
        let arguments: Vec<_> = self.call.arguments.iter().map(|word| word.to_string_lossy()).collect();
        place.join("workspaces").join(&Sha256::of(arguments.join("\n").as_bytes()).hex()[..16])
    }

    fn known(&self, file: &Path) -> Option<Metadata> {
        let kept = String::from_utf8(disk::read_if_there(file).ok()??).ok()?;
        let (head, text) = kept.split_once('\n')?;
        let head: Head = serde_json::from_str(head).ok()?;
        let metadata = (self.state(&head.sources)? == head.state).then(|| cargo::read_metadata(text).ok())??;
        let is_there = |manifest: &Path| disk::kind(manifest) == PathKind::File;
        metadata.packages.iter().all(|package| is_there(package.manifest_path.as_std_path())).then_some(metadata)
    }

    /// `None` where it cannot be told.
    fn state(&self, sources: &Sources) -> Option<String> {
        let mut listing = format!("{}\n", self.words);
        for file in &sources.files {
            let content = if disk::kind(file) == PathKind::File { disk::read_if_there(file).ok()? } else { None };
            if content.as_deref().is_some_and(|text| known_workspace::includes_others(file, text)) {
                return None;
            }
            let digest = content.map(|content| Sha256::of(&content).hex()).unwrap_or_default();
            listing.push_str(&format!("{} {digest}\n", file.display()));
        }
        for directory in &sources.directories {
            listing.push_str(&format!("{}: {}\n", directory.display(), names(directory).join(" ")));
        }
        Some(Sha256::of(listing.as_bytes()).hex())
    }
}

/// The names in a directory, each with whether it is a program of several files.
fn names(directory: &Path) -> Vec<String> {
    let is_program = |name: &str| disk::kind(&directory.join(name).join("main.rs")) == PathKind::File;
    let mut names = disk::names(directory).unwrap_or_default();
    names.iter_mut().filter(|name| is_program(name)).for_each(|name| name.push_str("/main.rs"));
    names
}
