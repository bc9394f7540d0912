//! The proof: what must hold of a wheel before it gets its name, and of any wheel or sdist that somebody hands us. One
//! file a check, named as its code or its subject.
//!
//! A check is a pure function over what an archive holds, the binaries' facts and the plan; what it finds are diagnostics.
//! Their level is fixed: an error where a standard, an installer, the loader or the import would refuse it, else a warning.

pub mod archive_name;
pub mod binary_platform;
pub mod data_tree;
pub mod dist_info;
pub mod entry_points;
pub mod entry_symbol;
pub mod import;
pub mod installable;
pub mod libraries;
pub mod machine;
pub mod member_path;
pub mod metadata;
pub mod minimum_os;
pub mod modules;
pub mod record;
pub mod requires_python;
#[cfg(test)]
pub mod samples;
pub mod sdist_shape;
pub mod shadowed;
pub mod stable_abi;
pub mod undefined;
pub mod wheel_file;

use crate::actions::manifest::{Entry, Manifest};
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::archive::Archive;
use crate::facts::header_file::HeaderFile;
use crate::spec::filename::WheelName;
use crate::spec::tag::WheelTag;
use metadata::Identity;

/// Judges any archive by its name: a wheel or an sdist.
pub fn archive(archive: &Archive) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> =
        archive.container.iter().map(|reason| Diagnostic::error(Code::ArchiveForm, reason.clone())).collect();
    findings.extend(if archive.file_name.ends_with(".whl") { wheel(archive) } else { sdist(archive) });
    findings
}

fn wheel(archive: &Archive) -> Vec<Diagnostic> {
    let (name, mut findings) = match archive_name::wheel(&archive.file_name) {
        Ok(read) => read,
        Err(finding) => return vec![finding],
    };
    let (directory, more) = dist_info::check(archive, &name);
    findings.extend(more);
    if let Some(directory) = &directory {
        findings.extend(record::check(archive, directory));
        if let Some(text) = archive.text(&format!("{directory}/WHEEL")) {
            findings.extend(wheel_file::check(&text, &name, has_modules(archive)));
        }
        findings.extend(described(archive, directory, &name));
    }
    let strange = archive.members.iter().filter(|member| {
        !matches!(member.kind, crate::facts::archive::MemberKind::File | crate::facts::archive::MemberKind::Directory)
    });
    findings.extend(strange.map(|member| {
        Diagnostic::error(Code::ArchiveForm, format!("`{}` is no regular file, as all in a wheel must be", member.path))
    }));
    findings.extend(contents(archive, &name.tag, directory.as_deref()));
    findings.extend(minimum_systems(archive, &name.tag));
    findings.extend(hidden(archive));
    findings.extend(modules::check(archive, &name.tag));
    findings.extend(libraries::check(archive, &name.tag));
    findings
}

fn has_modules(archive: &Archive) -> bool {
    modules::modules(archive).iter().any(|module| module.python != modules::ModulePython::Any)
}

fn described(archive: &Archive, directory: &str, name: &WheelName) -> Vec<Diagnostic> {
    let path = format!("{directory}/METADATA");
    let Ok(own) = name.name.parse() else { return Vec::new() };
    let identity = Identity { name: own, version: name.version.clone() };
    metadata::check(archive, &path, &identity, &format!("{directory}/licenses/"))
}

/// What holds of a wheel's contents whoever made it, and can be told before it is written.
pub fn contents(archive: &Archive, tag: &WheelTag, directory: Option<&str>) -> Vec<Diagnostic> {
    let paths = || archive.members.iter().map(|member| member.path.trim_end_matches('/'));
    let mut findings = member_path::check(paths());
    findings.extend(member_path::below_files(archive));
    if let Some(directory) = directory {
        let described = format!("{directory}/METADATA");
        findings.extend(data_tree::check(paths(), directory));
        findings.extend(entry_points::check(archive, directory));
        findings.extend(metadata::import_names(archive, &described));
        let required = archive
            .text(&described)
            .and_then(|text| HeaderFile::read(&text).first("Requires-Python").map(str::to_owned));
        findings.extend(required.and_then(|required| installable::check(&required, tag)));
    }
    findings.extend(undefined::check(archive));
    findings
}

/// Modules that something else in the wheel stands in the way of.
fn hidden(archive: &Archive) -> Vec<Diagnostic> {
    let entries = archive.files().map(|member| Entry::text(member.path.as_str(), "")).collect();
    let manifest = Manifest { entries };
    let tagged = modules::modules(archive).into_iter().filter(|module| module.python != modules::ModulePython::Any);
    let alone = tagged.filter(|module| !module.path.contains("/__init__."));
    let found = alone.flat_map(|module| {
        let name = module.import.rsplit('.').next().unwrap_or(&module.import);
        shadowed::check(&manifest, &module.path, name)
    });
    // Cython's sources in Python lie beside the modules that are made of them.
    found.filter(Diagnostic::is_error).collect()
}

fn minimum_systems(archive: &Archive, tag: &WheelTag) -> Vec<Diagnostic> {
    let readable = archive.images.iter().filter_map(|(path, images)| Some((path, images.as_ref().ok()?)));
    readable.filter_map(|(path, images)| minimum_os::check(tag, path, images)).collect()
}

fn sdist(archive: &Archive) -> Vec<Diagnostic> {
    let (name, version) = match archive_name::sdist(&archive.file_name) {
        Ok(read) => read,
        Err(finding) => return vec![finding],
    };
    let (top, mut findings) = sdist_shape::check(archive);
    let paths = archive.members.iter().map(|member| member.path.trim_end_matches('/'));
    findings.extend(member_path::check(paths));
    findings.extend(member_path::below_files(archive));
    findings.extend(metadata::check(
        archive,
        &format!("{top}/PKG-INFO"),
        &Identity { name, version },
        &format!("{top}/"),
    ));
    findings
}
