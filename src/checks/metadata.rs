//! METADATA and PKG-INFO: their fields keep their standards, and fit the archive.
//!
//! Source: "Core metadata specifications"; PEP 566, 639, 643, 685, 753, 794.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::entry_points::brings;
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::archive::Archive;
use crate::facts::header_file::HeaderFile;
use crate::spec::core_metadata::{ContentType, ImportName, has_line_break};
use crate::spec::license::LicenseExpression;
use crate::spec::metadata_field::{Field, VERSIONS};
use crate::spec::name::{DistributionName, ExtraName};
use crate::spec::relative_path::RelativePath;
use crate::spec::requirement::Requirement;
use crate::spec::specifier::VersionSpecifiers;
use crate::spec::version::Version;

/// What the archive's own name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub name: DistributionName,
    pub version: Version,
}

/// Judges the text of the file `path`. `licenses` is the directory below which the files of `License-File` lie.
pub fn check(archive: &Archive, path: &str, identity: &Identity, licenses: &str) -> Vec<Diagnostic> {
    let Some(bytes) = archive.texts.get(path) else { return Vec::new() };
    let mut findings = Vec::new();
    if std::str::from_utf8(bytes).is_err() {
        findings.push(error(format!("`{path}` is not UTF-8")));
    }
    let file = HeaderFile::read(&String::from_utf8_lossy(bytes));
    findings.extend(file.strays.iter().map(|line| error(format!("`{path}` has the line `{line}`, which is no field"))));
    findings.extend(identified(path, &file, identity));
    let version = file.first("Metadata-Version").unwrap_or_default();
    findings.extend(fields(path, &file, version));
    if !version.is_empty() && !VERSIONS.contains(&version) {
        let message =
            format!("`{path}` has the `Metadata-Version` `{version}`, which is not one of {}", VERSIONS.join(", "));
        let is_newer =
            version.split('.').next().and_then(|major| major.parse().ok()).is_some_and(|major: u64| major > 2);
        findings.push(if is_newer { error(message) } else { Diagnostic::warning(Code::Metadata, message) });
    }
    findings.extend(values(&file));
    findings.extend(extras(&file));
    // From 2.4 on the files must be there, at paths of one form (PEP 639).
    let is_new =
        VERSIONS.iter().position(|known| *known == version) >= VERSIONS.iter().position(|known| *known == "2.4");
    for license in file.all("License-File").filter(|_| is_new) {
        if !is_plain_path(license) {
            let message = format!("`License-File` is `{license}`, which is no plain relative path (PEP 639)");
            findings.push(error(message));
        } else if !archive.has(&format!("{licenses}{license}")) {
            let message = format!("`License-File` is `{license}`, and there is no `{licenses}{license}` (PEP 639)");
            findings.push(error(message));
        }
    }
    findings
}

fn error(message: String) -> Diagnostic {
    Diagnostic::error(Code::Metadata, message)
}

/// Fields that nobody knows, that stand there twice, or that the format got only later.
fn fields(path: &str, file: &HeaderFile, version: &str) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let named: BTreeMap<String, &str> =
        file.headers.iter().map(|(name, _)| (name.to_ascii_lowercase(), name.as_str())).collect();
    for name in named.into_values() {
        let Some(field) = Field::named(name) else {
            let message = format!("`{path}` has `{name}`, which is no field of core metadata");
            findings.push(Diagnostic::warning(Code::Metadata, message));
            continue;
        };
        if !field.repeats && file.all(name).count() > 1 {
            findings.push(error(format!("`{path}` has the field `{name}` more than once")));
        }
        // `License-File` was in use for years before it was specified.
        if field.is_newer_than(version) && field.name != "License-File" {
            let Field { name, since, .. } = field;
            let message =
                format!("`{path}` has `{name}`, which came with format {since}, and `Metadata-Version` {version}");
            findings.push(Diagnostic::warning(Code::Metadata, message));
        }
    }
    findings
}

fn is_plain_path(path: &str) -> bool {
    !path.contains(['\\', '*']) && path.parse::<RelativePath>().is_ok_and(|plain| plain.as_str() == path)
}

fn identified(path: &str, file: &HeaderFile, identity: &Identity) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = ["Metadata-Version", "Name", "Version"]
        .into_iter()
        .filter(|field| file.first(field).is_none_or(str::is_empty))
        .map(|field| error(format!("`{path}` has no `{field}`")))
        .collect();
    if let Some(name) = file.first("Name").filter(|name| !name.is_empty()) {
        match name.parse::<DistributionName>() {
            Err(reason) => findings.push(error(format!("`Name`: {reason}"))),
            Ok(own) if own.normalized() != identity.name.normalized() => {
                let message =
                    format!("`Name` is `{name}`, but the archive is called after `{}`", identity.name.as_written());
                findings.push(error(message));
            }
            Ok(_) => {}
        }
    }
    if let Some(version) = file.first("Version").filter(|version| !version.is_empty()) {
        match version.parse::<Version>() {
            Err(reason) => findings.push(error(format!("`Version`: {reason}"))),
            Ok(own) if own != identity.version => {
                findings.push(error(format!(
                    "`Version` is `{version}`, but the archive's name says `{}`",
                    identity.version
                )));
            }
            Ok(_) => {}
        }
    }
    findings
}

fn values(file: &HeaderFile) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for requirement in file.all("Requires-Dist") {
        if let Err(reason) = requirement.parse::<Requirement>() {
            findings.push(error(format!("`Requires-Dist` is `{requirement}`: {reason}")));
        }
    }
    if let Some(Err(reason)) = file.first("Requires-Python").map(str::parse::<VersionSpecifiers>) {
        findings.push(error(format!("`Requires-Python`: {reason}")));
    }
    if let Some(Err(reason)) = file.first("License-Expression").map(str::parse::<LicenseExpression>) {
        findings.push(error(format!("`License-Expression`: {reason}")));
    }
    if file.first("License-Expression").is_some() && file.first("License").is_some() {
        findings.push(error("`License` stands beside `License-Expression`, which PEP 639 forbids".to_owned()));
    }
    if let Some(Err(reason)) = file.first("Description-Content-Type").map(ContentType::parse) {
        findings.push(Diagnostic::warning(Code::Metadata, format!("`Description-Content-Type`: {reason}")));
    }
    if file.first("Summary").is_some_and(has_line_break) {
        findings.push(Diagnostic::warning(Code::Metadata, "`Summary` has more than one line"));
    }
    for field in file.all("Dynamic").filter(|field| !Field::named(field).is_some_and(|field| field.may_be_dynamic())) {
        findings.push(error(format!("`Dynamic` is `{field}`, which is no field that may be dynamic (PEP 643)")));
    }
    findings.extend(invalid_import_names(file));
    findings
}

/// One empty `Import-Name` says that there is nothing to import.
fn invalid_import_names(file: &HeaderFile) -> Vec<Diagnostic> {
    let names: Vec<&str> = file.all("Import-Name").collect();
    let names = if names == [""] { Vec::new() } else { names };
    let namespaces = file.all("Import-Namespace");
    let invalid = names.into_iter().chain(namespaces).filter_map(|name| name.parse::<ImportName>().err());
    invalid.map(|reason| error(reason.to_string())).collect()
}

fn extras(file: &HeaderFile) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut provided: BTreeSet<String> = BTreeSet::new();
    for extra in file.all("Provides-Extra") {
        match extra.parse::<ExtraName>() {
            Ok(name) => drop(provided.insert(name.normalized())),
            Err(reason) => findings.push(error(format!("`Provides-Extra` is `{extra}`: {reason}"))),
        }
    }
    let wanted = file.all("Requires-Dist").flat_map(extras_of_marker);
    let missing: BTreeSet<String> = wanted.filter(|extra| !provided.contains(extra)).collect();
    findings.extend(missing.into_iter().map(|extra| {
        let message = format!("a `Requires-Dist` is for the extra `{extra}`, which no `Provides-Extra` names");
        Diagnostic::warning(Code::Metadata, message)
    }));
    findings
}

/// The extras that the marker of a requirement asks for by `==`.
fn extras_of_marker(requirement: &str) -> Vec<String> {
    let Some((_, marker)) = requirement.split_once(';') else { return Vec::new() };
    let spaced = marker.replace("==", " == ");
    let words: Vec<&str> = spaced.split([' ', '(', ')']).filter(|word| !word.is_empty()).collect();
    let named = words.windows(3).filter_map(|words| match words {
        ["extra", "==", name] | [name, "==", "extra"] => Some(name.trim_matches(['"', '\''])),
        _ => None,
    });
    named.filter_map(|name| name.parse::<ExtraName>().ok()).map(|name| name.normalized()).collect()
}

/// The import names that METADATA tells, but that the wheel does not bring (PEP 794).
pub fn import_names(archive: &Archive, path: &str) -> Vec<Diagnostic> {
    let Some(text) = archive.text(path) else { return Vec::new() };
    let file = HeaderFile::read(&text);
    let mut findings = Vec::new();
    for field in ["Import-Name", "Import-Namespace"] {
        for value in file.all(field) {
            let name = value.split(';').next().unwrap_or(value).trim();
            if !name.is_empty() && !brings(archive, name) {
                let message = format!("`{field}` is `{name}`, which the wheel does not bring");
                findings.push(Diagnostic::warning(Code::Metadata, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::archive;

    const GOOD: &str = "Metadata-Version: 2.6\nName: Demo\nVersion: 1.0\nLicense-Expression: MIT\nLicense-File: LICENSE\n\
                        Requires-Python: >=3.9\nProvides-Extra: x-y\nRequires-Dist: a>=1; extra == 'x_y' and python_version < '4'\n\
                        Import-Name: demo\n\nBody\n";

    fn found(text: &str) -> Vec<String> {
        let files = [("demo/a.py", ""), ("M", text), ("licenses/LICENSE", "")];
        let archive = archive("", &files);
        let identity = Identity { name: "demo".parse().unwrap(), version: "1.0".parse().unwrap() };
        let mut findings = check(&archive, "M", &identity, "licenses/");
        findings.extend(import_names(&archive, "M"));
        findings.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn what_keeps_its_standards_passes() {
        assert_eq!(found(GOOD), [""; 0]);
    }

    #[test]
    fn what_breaks_them_is_named() {
        for (old, new, part) in [
            ("Name: Demo", "Name: other", "called after `demo`"),
            ("Version: 1.0", "Version: 1.1", "the archive's name says `1.0`"),
            ("Version: 1.0", "Version: one", "`Version`: `one`"),
            ("Metadata-Version: 2.6\n", "", "no `Metadata-Version`"),
            ("Metadata-Version: 2.6", "Metadata-Version: 3.0", "`3.0`"),
            (">=3.9", "=>3.9", "`Requires-Python`"),
            ("MIT", "Mit or so", "`License-Expression`"),
            ("LICENSE", "GONE", "PEP 639"),
            ("x-y", "other", "the extra `x-y`"),
            ("a>=1;", "a>>1;", "`Requires-Dist`"),
            ("Import-Name: demo", "Import-Name: gone", "`gone`, which the wheel does not bring"),
            ("Requires-Python", "no field\nRequires-Python", "no field"),
            ("Name: Demo\n", "Name: Demo\nName: Demo\n", "more than once"),
            ("Name: Demo\n", "Name: Demo\nLicense: MIT\n", "PEP 639 forbids"),
            ("Name: Demo\n", "Name: Demo\nColour: red\n", "`Colour`, which is no field"),
            ("2.6", "2.3", "`License-Expression`, which came with format 2.4"),
            ("File: LICENSE", "File: ../LICENSE", "no plain relative path"),
            ("Name: Demo\n", "Name: Demo\nDynamic: Version\n", "may be dynamic"),
            ("Import-Name: demo", "Import-Name: demo.class", "the keyword `class`"),
            ("Name: Demo\n", "Name: Demo\nSummary: a\u{2028}b\n", "more than one line"),
        ] {
            let messages = found(&GOOD.replace(old, new));
            assert!(messages.iter().any(|message| message.contains(part)), "{part}: {messages:?}");
        }
    }
}
