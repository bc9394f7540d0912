//! The proof: what can be told of the compiled files before they are packed.

use std::path::PathBuf;

use crate::actions::manifest::{Entry, Manifest, Source};
use crate::checks;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::archive::{Archive, Member, MemberKind, Packing};
use crate::facts::binary::BinaryFacts;
use crate::facts::interpreter::Interpreter;
use crate::facts::loading::Loading;
use crate::facts::sources::PathKind;
use crate::ops::compile::Staged;
use crate::ops::project::Project;
use crate::ops::resolve::Resolved;
use crate::plan::build::{BuildPlan, Destination};
use crate::plan::options::ImportCheck;
use crate::spec::digest::Sha256;
use crate::spec::tag::WheelTag;
use crate::system::{binary_file, disk, python};

/// What a compiled file says of itself.
pub fn images(entry: &Entry, staged: &Staged) -> Result<Vec<BinaryFacts>, Error> {
    binary_file::facts(&staged.path)?.map_err(|reason| {
        let message = format!("`{}` cannot be read as a compiled file: {reason}", entry.path);
        Diagnostic::error(Code::BinaryPlatform, message).into()
    })
}

/// Judges a compiled file by what it says of itself; `entry` is where it lies in the wheel.
pub fn binary(plan: &BuildPlan, entry: &Entry, staged: &Staged, images: &[BinaryFacts]) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> =
        checks::binary_platform::check(&plan.triple, &entry.path, images).into_iter().collect();
    findings.extend(checks::minimum_os::check(&plan.tag, &entry.path, images));
    if let Destination::Module(module) = &staged.compile.destination {
        findings.extend(checks::entry_symbol::check(module.import(), &entry.path, images));
    }
    findings
}

/// Judges a wheel by what it holds, as `check` judges one that lies there.
pub fn contents(
    manifest: &Manifest,
    tag: &WheelTag,
    dist_info: &str,
    images: impl Iterator<Item = (String, Vec<BinaryFacts>)>,
) -> Vec<Diagnostic> {
    let member = |entry: &Entry| Member {
        path: entry.path.clone(),
        kind: MemberKind::File,
        size: 0,
        sha256: Sha256::of(b""),
        mode: Some(entry.mode.bits()),
        packing: Packing::default(),
    };
    let text = |entry: &Entry| match &entry.source {
        Source::Bytes(bytes) => Some((entry.path.clone(), bytes.to_vec())),
        Source::Disk { .. } => None,
    };
    let archive = Archive {
        members: manifest.entries.iter().map(member).collect(),
        texts: manifest.entries.iter().filter_map(text).collect(),
        images: images.map(|(path, images)| (path, Ok(images))).collect(),
        ..Archive::default()
    };
    let mut findings = checks::contents(&archive, tag, Some(dist_info));
    findings.extend(checks::modules::stable_abis(&archive, tag));
    findings
}

/// Loads a module where that is possible: on the machine that it was built for. Bytes that have been loaded once by
/// this Python under this name are not loaded again.
pub fn loading(
    project: &Project,
    resolved: &Resolved,
    interpreter: &Interpreter,
    entry: &Entry,
    staged: &Staged,
    proofs: &mut Vec<String>,
) -> Result<Option<Diagnostic>, Error> {
    let Destination::Module(module) = &staged.compile.destination else { return Ok(None) };
    let import = module.import();
    let executable = interpreter.executable.as_deref().filter(|_| resolved.toolchain.runs_here);
    let (Some(executable), ImportCheck::On) = (executable, project.options.import_check) else {
        say(proofs, "entry symbol found");
        return Ok(None);
    };
    let proven = proven_mark(resolved, interpreter, &import.to_string(), staged);
    if proven.as_ref().is_some_and(|mark| disk::kind(mark) == PathKind::File) {
        say(proofs, "loads");
        return Ok(None);
    }
    let loading = python::load(executable, &import.to_string(), &staged.path)?;
    if loading == Loading::Loaded {
        say(proofs, "loads");
        proven.map(|mark| disk::write_whole(&mark, b"")).transpose()?;
    } else {
        say(proofs, "entry symbol found");
    }
    Ok(checks::import::check(&entry.path, &loading))
}

/// One word serves several modules.
fn say(proofs: &mut Vec<String>, proof: &str) {
    if !proofs.iter().any(|said| said == proof) {
        proofs.push(proof.to_owned());
    }
}

/// The file whose presence says that these bytes were loaded before.
fn proven_mark(resolved: &Resolved, interpreter: &Interpreter, name: &str, staged: &Staged) -> Option<PathBuf> {
    let Source::Disk { sha256: Some(digest), .. } = &staged.source else { return None };
    let python = interpreter.executable.as_deref()?.display();
    let subject = format!("{python} {} {:?} {name} {}", interpreter.full_version(), interpreter.soabi, digest.hex());
    Some(resolved.target_dir.path.join("proven").join(Sha256::of(subject.as_bytes()).hex()))
}
