//! The proof: what can be told of the compiled files before they are packed.

use std::path::PathBuf;

use crate::actions::manifest::{Entry, Source};
use crate::checks;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::binary::BinaryFacts;
use crate::facts::interpreter::Interpreter;
use crate::facts::loading::Loading;
use crate::facts::sources::PathKind;
use crate::ops::compile::Staged;
use crate::ops::project::Project;
use crate::ops::resolve::Resolved;
use crate::plan::build::BuildPlan;
use crate::plan::cargo_calls::CompileTarget;
use crate::plan::options::ImportCheck;
use crate::spec::digest::Sha256;
use crate::system::{disk, python};

/// Judges a compiled file by what it says of itself; `entry` is where it lies in the wheel.
pub fn binary(project: &Project, plan: &BuildPlan, entry: &Entry, staged: &Staged) -> Result<Vec<Diagnostic>, Error> {
    let bytes = disk::read(&staged.path)?;
    let images: Vec<BinaryFacts> = match crate::binary::parse(&bytes) {
        Ok(images) => images,
        Err(reason) => {
            let message = format!("`{}` cannot be read as a compiled file: {reason}", entry.path);
            return Ok(vec![Diagnostic::error(Code::BinaryPlatform, message)]);
        }
    };
    let mut findings: Vec<Diagnostic> =
        checks::binary_platform::check(&plan.triple, &entry.path, &images).into_iter().collect();
    findings.extend(checks::minimum_os::check(&plan.tag, &entry.path, &images));
    if let (CompileTarget::Module { .. }, Some(import)) = (&staged.compile.target, project.layout.module.import()) {
        findings.extend(checks::entry_symbol::check(import, &entry.path, &images));
    }
    Ok(findings)
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
    let (CompileTarget::Module { .. }, Some(import)) = (&staged.compile.target, project.layout.module.import()) else {
        return Ok(None);
    };
    let executable = interpreter.executable.as_deref().filter(|_| resolved.toolchain.runs_here);
    let (Some(executable), ImportCheck::On) = (executable, project.options.import_check) else {
        proofs.push("entry symbol found".to_owned());
        return Ok(None);
    };
    let proven = proven_mark(resolved, interpreter, &import.to_string(), staged);
    if proven.as_ref().is_some_and(|mark| disk::kind(mark) == PathKind::File) {
        proofs.push("loads".to_owned());
        return Ok(None);
    }
    let loading = python::load(executable, &import.to_string(), &staged.path)?;
    if loading == Loading::Loaded {
        proofs.push("loads".to_owned());
        proven.map(|mark| disk::write_whole(&mark, b"")).transpose()?;
    } else {
        proofs.push("entry symbol found".to_owned());
    }
    Ok(checks::import::check(&entry.path, &loading))
}

/// The file whose presence says that these bytes were loaded before.
fn proven_mark(resolved: &Resolved, interpreter: &Interpreter, name: &str, staged: &Staged) -> Option<PathBuf> {
    let Source::Disk { sha256: Some(digest), .. } = &staged.source else { return None };
    let python = interpreter.executable.as_deref()?.display();
    let subject = format!("{python} {} {:?} {name} {}", interpreter.full_version(), interpreter.soabi, digest.hex());
    Some(resolved.target_dir.join("proven").join(Sha256::of(subject.as_bytes()).hex()))
}
