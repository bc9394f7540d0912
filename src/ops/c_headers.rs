//! The C headers of crates that cffi opens: those that build scripts and authors leave, and those that cbindgen makes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::facts::sources::PathKind;
use crate::ops::resolve::ResolvedCrate;
use crate::system::{c_header, disk};

/// The header that the crate's build script has made, or that its author has put where cargo's target directory is.
pub fn shipped(found: &ResolvedCrate, target_dir: &Path) -> Option<PathBuf> {
    let workspace = found.facts.metadata.workspace_root.as_std_path();
    let cargos = Some(found.facts.metadata.target_directory.as_std_path()).filter(|path| path.starts_with(workspace));
    let beside = [workspace, found.directory()].map(|directory| directory.join("target"));
    let directories = cargos.map(Path::to_owned).into_iter().chain(beside);
    // Without a build script, what is kept is another package's of the same name.
    let has_build_script = found.facts.package().targets.iter().any(|target| target.is_custom_build());
    let own = has_build_script.then(|| kept(found, target_dir));
    let candidates = own.into_iter().chain(directories.map(|path| path.join(HEADER)));
    candidates.into_iter().find(|file| disk::kind(file) == PathKind::File)
}

/// What build scripts call the header that they leave where a target directory begins.
const HEADER: &str = "header.h";

/// Where the header of a package is kept: several crates may leave theirs in one target directory.
fn kept(found: &ResolvedCrate, target_dir: &Path) -> PathBuf {
    target_dir.join("headers").join(format!("{}.h", found.facts.package().name))
}

/// Takes another crate's header out of the way of a compile.
pub fn before_compile(target_dir: &Path) -> Result<(), Error> {
    Ok(disk::remove_if_there(&target_dir.join(HEADER))?)
}

/// Keeps the header that a compile has made. A build script that did not run has left none: then the last one holds.
pub fn after_compile(found: &ResolvedCrate, target_dir: &Path) -> Result<(), Error> {
    if let Some(text) = disk::read_if_there(&target_dir.join(HEADER))? {
        disk::write_whole(&kept(found, target_dir), &text)?;
    }
    Ok(())
}

/// Lets cbindgen make the header of the crate in `directory`, in a child.
pub fn made(cargo: &Path, directory: &Path) -> Result<String, Error> {
    Ok(c_header::by_child(cargo, directory)?)
}

/// What that child does.
pub fn make(directory: &Path) -> Result<String, Error> {
    Ok(c_header::generate(directory)?)
}

/// The words of the child's command line, kept beside those who write them.
pub fn is_call_of_child(arguments: &[OsString]) -> Option<PathBuf> {
    match arguments {
        [command, directory] if command == c_header::COMMAND => Some(directory.into()),
        _ => None,
    }
}
