//! A build's wheel made portable before it is packed: what `auditwheel = "repair"` asks for.

use std::path::{Path, PathBuf};

use crate::actions::event::Report;
use crate::actions::manifest::{Entry, Source};
use crate::contents::{dist_info, sbom};
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::facts::binary::BinaryFacts;
use crate::facts::environment::Environment;
use crate::ops::compile::Staged;
use crate::ops::deliver;
use crate::ops::graft::{self, Grafted, Subject};
use crate::ops::project::Project;
use crate::ops::resolve::Toolchain;
use crate::plan::compatibility::Compatibility;
use crate::plan::portable::{self as plan, Images, Promise, Tagged, Verdict, Wish};
use crate::system::{binary_file, disk};

/// A wheel's files with what is grafted.
pub struct Portable {
    pub grafted: Grafted,
    /// How many of the files are the Python ones, with which they begin.
    python: usize,
}

impl Portable {
    /// The Python files, of which some may have been compiled elsewhere and edited now.
    pub fn python(&self) -> &[Entry] {
        &self.grafted.entries[..self.python]
    }

    /// What was compiled, in the old order, then what is new.
    pub fn compiled(&self) -> &[Entry] {
        &self.grafted.entries[self.python..]
    }
}

/// What a build has made so far.
#[derive(Clone, Copy)]
pub struct Made<'m> {
    pub project: &'m Project,
    pub toolchain: &'m Toolchain,
    /// Those of the planned tag.
    pub platforms: &'m [String],
    pub python: &'m [Entry],
    pub compiled: &'m [Entry],
    /// Those of the first of `compiled`, in their order.
    pub images: &'m [Vec<BinaryFacts>],
    /// What `compiled` begins with.
    pub staged: &'m [Staged],
    pub environment: &'m Environment,
    /// Where edited files can be kept until they are packed.
    pub stage: &'m Path,
}

/// Grafts what is missing.
pub fn portable(made: Made<'_>, report: Report<'_>) -> Result<Portable, Error> {
    let Made { project, toolchain, platforms, python, compiled, staged, environment, stage, .. } = made;
    let asked = project.options.compatibility.as_ref().filter(|asked| asked.is_must);
    let promise = match asked.map(|asked| &asked.compatibility) {
        Some(Compatibility::Policy(policy)) if toolchain.triple.c_library().is_some() => Some(Promise::Linux(*policy)),
        _ => None,
    };
    let tagged = Tagged { platforms, is_musl: toolchain.triple.is_musl() };
    let subject = Subject {
        entries: &[python, compiled].concat(),
        images: &images(made, tagged)?,
        distribution: &project.metadata.core.name.escaped(),
        tagged,
        environment,
        library_paths: &staged.iter().flat_map(|item| item.link_paths.clone()).collect::<Vec<_>>(),
        stage,
    };
    let grafted = graft::graft(subject, &Wish { promise, ..Wish::default() })?;
    graft::tell(&grafted, report);
    let portable = Portable { grafted, python: python.len() };
    disk::unpack(portable.compiled(), &unpacked(stage))?;
    Ok(portable)
}

/// What is true of the wheel's files as they are, if any policy is; and what ties them to this machine.
pub fn met(made: Made<'_>) -> Result<(Option<Verdict>, Vec<Diagnostic>), Error> {
    let tagged = Tagged { platforms: made.platforms, is_musl: made.toolchain.triple.is_musl() };
    let images = images(made, tagged)?;
    Ok((plan::met(&images, tagged), plan::tied(&images, tagged)))
}

/// Those of all compiled files that the tag is for: what was compiled now, and what lay among the Python files.
fn images(made: Made<'_>, tagged: Tagged<'_>) -> Result<Images, Error> {
    let compiled = made.compiled.iter().map(|entry| entry.path.clone()).zip(made.images.iter().cloned());
    Ok(plan::images(compiled.chain(brought(made.python)?).collect(), tagged))
}

/// What was compiled, as it is packed: what is loaded for a proof finds the libraries that it brings along.
pub fn packed(staged: &[Staged], compiled: &[Entry], stage: &Path) -> Vec<Staged> {
    let packed = |(item, entry): (&Staged, &Entry)| Staged {
        path: unpacked(stage).join(&entry.path),
        source: entry.source.clone(),
        ..item.clone()
    };
    staged.iter().zip(compiled).map(packed).collect()
}

/// Where the compiled files lie as the wheel has them.
fn unpacked(stage: &Path) -> PathBuf {
    stage.join("unpacked")
}

/// The compiled files among the project's own.
fn brought(python: &[Entry]) -> Result<Images, Error> {
    let is_compiled = |path: &str| {
        [".so", ".dylib", ".dll", ".pyd", ".exe"].iter().any(|ending| path.ends_with(ending)) || path.contains(".so.")
    };
    let mut images = Images::new();
    for entry in python.iter().filter(|entry| is_compiled(&entry.path)) {
        let Source::Disk { path, .. } = &entry.source else { continue };
        images.insert(entry.path.clone(), binary_file::facts(path)?.unwrap_or_default());
    }
    Ok(images)
}

/// The bill of what is grafted, where anything is and bills are wanted.
pub fn bill(project: &Project, grafted: &Grafted, environment: &Environment) -> Result<Option<Entry>, Diagnostic> {
    if grafted.libraries.is_empty() || !project.options.sbom.grafted {
        return Ok(None);
    }
    let core = &project.metadata.core;
    let time = deliver::given_time(environment)?.map(|time| time.0);
    let path = sbom::grafted_path(&dist_info::directory(&project.metadata), &core.name.escaped());
    let text = sbom::grafted(&core.name.normalized(), &core.version.to_string(), &grafted.libraries, time);
    Ok(Some(Entry::text(path, text)))
}
