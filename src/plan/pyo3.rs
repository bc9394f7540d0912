//! PyO3 in the crate's graph: its version, its features, and the Pythons that it supports.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::cargo::CargoFacts;
use crate::facts::interpreter::Interpreter;
use crate::plan::abi::Abi;
use crate::plan::pyo3_config::Linking;
use crate::spec::version::Version;

/// PyO3 in the graph: its version, the features of pyo3 and pyo3-ffi, and the Pythons that it supports.
#[derive(Debug, Clone)]
pub struct Pyo3 {
    pub version: Version,
    /// Those of pyo3 and of pyo3-ffi.
    pub features: Vec<String>,
    minimum: Option<(u64, u64)>,
    maximum: Option<(u64, u64)>,
}

impl Pyo3 {
    /// PyO3 as the crate depends on it, if it does.
    pub fn of(cargo: &CargoFacts) -> Result<Option<Pyo3>, Diagnostic> {
        // cargo itself refuses two versions, since both link Python.
        let packages: Vec<_> =
            ["pyo3", "pyo3-ffi"].into_iter().flat_map(|name| cargo.dependencies_named(name)).collect();
        let Some((first, _)) = packages.first() else { return Ok(None) };
        let version = Version::from_semver(&first.version.to_string()).map_err(|reason| {
            Diagnostic::error(Code::Bindings, format!("the version of `{}`: {reason}", first.name))
        })?;
        let range = packages
            .iter()
            .find(|(package, _)| package.name.as_str() == "pyo3-ffi")
            .map(|(package, _)| &package.metadata);
        let bound = |key: &str| range.and_then(|metadata| parse_minor(metadata.get("cpython")?.get(key)?.as_str()?));
        Ok(Some(Pyo3 {
            version,
            minimum: bound("min-version"),
            maximum: bound("max-version"),
            features: packages.iter().flat_map(|(_, features)| features.clone()).collect(),
        }))
    }

    /// PyO3 before 0.26 links libpython unless its feature says otherwise.
    pub fn linking(&self) -> Linking {
        let told =
            self.version.release() >= &[0, 26][..] || self.features.iter().any(|feature| feature == "extension-module");
        if told { Linking::Module } else { Linking::Libpython }
    }

    /// Refuses an interpreter out of the range that PyO3 names for itself. Whether a newer one will do with the stable
    /// ABI, PyO3 decides.
    pub fn supports(&self, abi: Abi, interpreter: &Interpreter) -> Result<(), Diagnostic> {
        let version = (interpreter.major, interpreter.minor);
        let too_old = self.minimum.is_some_and(|minimum| version < minimum);
        let too_new = self.maximum.is_some_and(|maximum| version > maximum) && abi == Abi::VersionSpecific;
        if !interpreter.is_cpython() || !(too_old || too_new) {
            return Ok(());
        }
        let shown =
            |bound: Option<(u64, u64)>| bound.map_or("?".to_owned(), |(major, minor)| format!("{major}.{minor}"));
        let message = format!(
            "PyO3 {} supports Python {} to {}, not {}",
            self.version,
            shown(self.minimum),
            shown(self.maximum),
            interpreter.title()
        );
        let hint = if too_old {
            "build with a later Python, or with an older PyO3"
        } else {
            "update PyO3, or use its `abi3` feature"
        };
        Err(Diagnostic::error(Code::InterpreterSupport, message).hint(hint))
    }
}

fn parse_minor(text: &str) -> Option<(u64, u64)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
