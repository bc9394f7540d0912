//! Which cargo features hold for an interpreter.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::cargo_manifest::CargoManifest;
use crate::facts::interpreter::Interpreter;
use crate::facts::tool_parts::FeatureField;
use crate::plan::options::Options;
use crate::plan::parts::PartFeatures;
use crate::spec::specifier::VersionSpecifiers;
use crate::spec::version::Version;

/// The features of a part's crate that hold for an interpreter: its own or the table's, and those of flags, settings and
/// variables where they are meant for it.
pub fn of(options: &Options, part: &PartFeatures, interpreter: &Interpreter) -> Result<Vec<String>, Diagnostic> {
    let asked: &[String] = if part.of_project { &options.features } else { &[] };
    let said = part.own.as_ref().unwrap_or(&options.table_features);
    let mut features = Vec::new();
    for field in said {
        if applies(field, interpreter)? {
            features.push(field.feature.value.clone());
        }
    }
    features.extend(asked.iter().filter(|feature| !said.iter().any(|field| field.feature.value == **feature)).cloned());
    Ok(features)
}

fn applies(field: &FeatureField, interpreter: &Interpreter) -> Result<bool, Diagnostic> {
    if let Some(wanted) = &field.python_implementation
        && !wanted.value.eq_ignore_ascii_case(&interpreter.implementation)
    {
        return Ok(false);
    }
    let Some(wanted) = &field.python_version else { return Ok(true) };
    let specifiers: VersionSpecifiers =
        wanted.value.parse().map_err(|reason| wanted.error(Code::ToolValue, format!("`{}`: {reason}", wanted.key)))?;
    let version: Version = interpreter
        .version()
        .parse()
        .map_err(|reason| Diagnostic::error(Code::Interpreter, format!("{}: {reason}", interpreter.title())))?;
    Ok(specifiers.contains(&version))
}

/// The features that a plain read of the manifest shows to be turned on, those of dependencies (`pyo3/abi3`) too.
pub fn promised(manifest: &CargoManifest, options: &Options, asked: &[String]) -> Vec<String> {
    let mut on: Vec<String> = asked.to_vec();
    if !options.no_default_features {
        on.push("default".to_owned());
    }
    if options.all_features {
        on.extend(manifest.features.keys().cloned());
    }
    let mut next = 0;
    while next < on.len() {
        let more = manifest.features.get(&on[next]).into_iter().flatten();
        let new: Vec<String> = more.filter(|feature| !on.contains(feature)).cloned().collect();
        on.extend(new);
        next += 1;
    }
    on
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::facts::toml_document::Document;

    #[test]
    fn features_are_followed_to_those_of_dependencies() {
        let text = "[package]\nname='c'\n[features]\ndefault=['stable']\nstable=['pyo3/abi3-py39']\nother=['x']\n";
        let document = Document::parse(Path::new("Cargo.toml"), text.as_bytes()).unwrap();
        let manifest = CargoManifest::read(&document, None, &mut Vec::new()).unwrap();
        assert_eq!(promised(&manifest, &Options::default(), &[]), ["default", "stable", "pyo3/abi3-py39"]);
        let none = Options { no_default_features: true, ..Options::default() };
        assert_eq!(promised(&manifest, &none, &["other".to_owned()]), ["other", "x"]);
    }
}
