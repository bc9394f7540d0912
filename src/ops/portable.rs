//! A build's wheel made portable before it is packed: what `auditwheel = "repair"` asks for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::actions::event::Report;
use crate::actions::manifest::{Entry, Source};
use crate::binary;
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
use crate::plan::compatibility::{CLibrary, Compatibility};
use crate::plan::portable::Wish;
use crate::system::disk;

/// A wheel's files with what is grafted.
pub struct Portable {
    /// The Python files, of which some may have been compiled elsewhere and edited now.
    pub python: Vec<Entry>,
    /// What was compiled, in the old order, then the libraries.
    pub compiled: Vec<Entry>,
    pub grafted: Grafted,
}

/// What a build has made so far.
#[derive(Clone, Copy)]
pub struct Made<'m> {
    pub project: &'m Project,
    pub toolchain: &'m Toolchain,
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
    let Made { project, toolchain, python, compiled, images, staged, environment, stage } = made;
    let asked = project.options.compatibility.as_ref().filter(|asked| asked.is_must);
    let policy = match asked.map(|asked| &asked.compatibility) {
        Some(Compatibility::Policy(policy)) => Some(*policy),
        _ => None,
    };
    let paths = compiled.iter().map(|entry| &entry.path);
    let mut all = graft::elf_images(paths.zip(images));
    all.extend(brought(python)?);
    let subject = Subject {
        entries: &[python, compiled].concat(),
        images: &all,
        distribution: &project.metadata.core.name.escaped(),
        is_musl: toolchain.triple.c_library() == Some(CLibrary::Musl),
        library_path: environment.get("LD_LIBRARY_PATH"),
        link_paths: &staged.iter().flat_map(|item| item.link_paths.clone()).collect::<Vec<_>>(),
        stage,
    };
    let grafted = graft::graft(subject, &Wish { policy, ..Wish::default() })?;
    graft::tell(&grafted, report);
    let (python, compiled) = grafted.entries.split_at(python.len());
    disk::unpack(compiled, &unpacked(stage))?;
    Ok(Portable { python: python.to_vec(), compiled: compiled.to_vec(), grafted: grafted.clone() })
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
fn brought(python: &[Entry]) -> Result<BTreeMap<String, BinaryFacts>, Error> {
    let mut images = BTreeMap::new();
    for entry in python.iter().filter(|entry| entry.path.ends_with(".so") || entry.path.contains(".so.")) {
        let Source::Disk { path, .. } = &entry.source else { continue };
        images.extend(graft::elf_images(
            [(&entry.path, &binary::parse(&disk::read(path)?).unwrap_or_default())].into_iter(),
        ));
    }
    Ok(images)
}

/// The bill of what is grafted, where anything is and bills are wanted.
pub fn bill(project: &Project, grafted: &Grafted, environment: &Environment) -> Result<Option<Entry>, Diagnostic> {
    if grafted.libraries.is_empty() || !project.options.sbom.crates {
        return Ok(None);
    }
    let core = &project.metadata.core;
    let time = deliver::given_time(environment)?.map(|time| time.0);
    let path = sbom::grafted_path(&dist_info::directory(&project.metadata), &core.name.escaped());
    let text = sbom::grafted(&core.name.normalized(), &core.version.to_string(), &grafted.libraries, time);
    Ok(Some(Entry::text(path, text)))
}
