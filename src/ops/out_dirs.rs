//! What build scripts make and the wheel carries: `include` with `from = "out-dir"`.

use std::path::{Path, PathBuf};

use cargo_metadata::PackageId;

use crate::actions::event::Report;
use crate::actions::manifest::{Entry, Mode};
use crate::contents::patterns;
use crate::contents::sources;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::sources::FoundKind;
use crate::facts::tool_patterns::OutDirPattern;
use crate::ops::project::{Project, settle};
use crate::ops::resolve::ResolvedCrate;
use crate::spec::relative_path::RelativePath;
use crate::system::{disk, walk};

/// The files that the project asks for, copied to `stage` before another build can change them. `out_dirs` are those
/// of the build scripts of one run of cargo.
pub fn staged(
    project: &Project,
    found: &ResolvedCrate,
    out_dirs: &[(PackageId, PathBuf)],
    stage: &Path,
    report: Report<'_>,
) -> Result<Vec<Entry>, Error> {
    let mut entries: Vec<Entry> = Vec::new();
    for pattern in &project.pyproject.tool.out_dir_include {
        let Some(directory) = directory_of(pattern, found, out_dirs)? else { continue };
        for entry in matching(pattern, directory, project, stage, report)? {
            if !entries.iter().any(|known| known.path == entry.path) {
                entries.push(entry);
            }
        }
    }
    Ok(entries)
}

/// The `OUT_DIR` of the crate that a pattern means; `None` if another part of the project has that crate.
fn directory_of<'o>(
    pattern: &OutDirPattern,
    found: &ResolvedCrate,
    out_dirs: &'o [(PackageId, PathBuf)],
) -> Result<Option<&'o Path>, Error> {
    let name = pattern.crate_name.as_ref().map(|name| name.value.as_str());
    let is_meant = |id: &PackageId| match name {
        Some(name) => found.facts.known(id).is_some_and(|package| package.name.as_str() == name),
        None => *id == found.facts.root,
    };
    if let Some((_, directory)) = out_dirs.iter().find(|(id, _)| is_meant(id)) {
        return Ok(Some(directory));
    }
    if name.is_some_and(|name| !found.facts.metadata.packages.iter().any(|package| package.name.as_str() == name)) {
        return Ok(None);
    }
    let shown = name.unwrap_or(found.facts.package().name.as_str());
    let message = format!("`{}` takes files of the build script of `{shown}`, which has none", pattern.glob.key);
    let hint = "name the crate whose build script makes them with `crate-name`";
    Err(pattern.glob.error(Code::SourceFile, message).hint(hint).into())
}

fn matching(
    pattern: &OutDirPattern,
    directory: &Path,
    project: &Project,
    stage: &Path,
    report: Report<'_>,
) -> Result<Vec<Entry>, Error> {
    let include = patterns::include(&pattern.glob)?;
    let to = target(pattern)?;
    let mut findings = Vec::new();
    let mut entries = Vec::new();
    for found in walk::files(directory, directory, usize::MAX, &|_| true)? {
        let FoundKind::File { executable, .. } = found.kind else { continue };
        let Some(relative) = sources::archive_path(&found.path, &found.relative, &mut findings) else { continue };
        if include.matches(&relative) {
            let source = disk::stage(&found.path, &stage.join(&relative))?;
            let mode = if executable { Mode::Executable } else { Mode::Regular };
            entries.push(Entry { path: format!("{to}{relative}"), source, mode });
        }
    }
    if entries.is_empty() {
        let message = format!(
            "`{}` is `{}`, which matches nothing that the build script has made",
            pattern.glob.key, pattern.glob.value
        );
        findings.push(pattern.glob.warning(Code::SourceFile, message));
    }
    settle(findings, &project.options.allow, report)?;
    Ok(entries)
}

/// The directory in the wheel, with its slash; empty for the top.
fn target(pattern: &OutDirPattern) -> Result<String, Diagnostic> {
    let text = pattern.to.value.trim_end_matches('/');
    if text.is_empty() || text == "." {
        return Ok(String::new());
    }
    let path: RelativePath = text
        .parse()
        .map_err(|reason| pattern.to.error(Code::OutsideTree, format!("`{}`: {reason}", pattern.to.key)))?;
    Ok(format!("{}/", path.as_str()))
}
