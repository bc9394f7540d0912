//! How the compiled file meets Python: as a module through PyO3, or as a program.
//!
//! A plain read of the manifests promises it, for the layout and for metadata; cargo's graph confirms it.

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::cargo::{CargoFacts, CrateTargetKind};
use crate::facts::cargo_manifest::CargoManifest;
use crate::facts::settings::Bindings;
use crate::facts::sources::PathKind;
use crate::facts::toml_document::Located;
use crate::facts::tool_table::ToolTable;
use crate::plan::layout::Look;

/// The bindings that the tool table names, or that the crate's dependencies and targets show.
pub fn promised(table: &ToolTable, manifest: Option<&CargoManifest>, look: Look<'_>) -> Bindings {
    match (&table.bindings, manifest) {
        (Some(named), _) => named.value,
        (None, Some(manifest)) => shown(manifest, look),
        (None, None) => Bindings::Pyo3,
    }
}

/// The bindings that a crate's dependencies and targets show.
pub fn shown(manifest: &CargoManifest, look: Look<'_>) -> Bindings {
    let depends = |name: &str| manifest.depends_on(name);
    // Where no lock file tells, PyO3 is the more usual guess.
    let reaches_pyo3 =
        manifest.locked.is_empty() || ["pyo3", "pyo3-ffi"].iter().any(|name| manifest.locked.contains(*name));
    let file = |path: &str| look(&manifest.directory().join(path)) == PathKind::File;
    let library = manifest.lib_types.is_some() || file("src/lib.rs");
    let is_cdylib = manifest.is_cdylib();
    let binaries = manifest.names_binaries
        || file("src/main.rs")
        || look(&manifest.directory().join("src/bin")) == PathKind::Directory;
    match () {
        () if depends("pyo3") || depends("pyo3-ffi") => {
            if is_cdylib || (library && !binaries) {
                Bindings::Pyo3
            } else {
                Bindings::Bin
            }
        }
        () if depends("uniffi") && library => Bindings::Uniffi,
        () if binaries && !is_cdylib => Bindings::Bin,
        // PyO3 may come through another crate.
        () if is_cdylib && !reaches_pyo3 => Bindings::Cffi,
        () => Bindings::Pyo3,
    }
}

/// The bindings by cargo's word, where none are named.
pub fn confirmed(named: Option<&Located<Bindings>>, cargo: &CargoFacts) -> Result<Bindings, Diagnostic> {
    match named {
        Some(named) => needed(named.value, cargo).map_or(Ok(named.value), |missing| {
            let message = format!("`{}` is `{missing}`, but the crate does not depend on `{missing}`", named.key);
            let hint = format!("run `cargo add {missing}`, or take the key out");
            Err(named.error(Code::Bindings, message).hint(hint))
        }),
        None => detected(cargo),
    }
}

/// The dependency that bindings need and the crate lacks.
fn needed(bindings: Bindings, cargo: &CargoFacts) -> Option<&'static str> {
    let dependency = match bindings {
        Bindings::Pyo3 => "pyo3",
        Bindings::Pyo3Ffi => "pyo3-ffi",
        _ => return None,
    };
    cargo.dependencies_named(dependency).is_empty().then_some(dependency)
}

fn detected(cargo: &CargoFacts) -> Result<Bindings, Diagnostic> {
    let has = |name: &str| !cargo.dependencies_named(name).is_empty();
    let targets = cargo.targets();
    let any = |kind| targets.iter().any(|target| target.kind == kind);
    let library = any(CrateTargetKind::Cdylib) || any(CrateTargetKind::OtherLibrary);
    if has("pyo3") || has("pyo3-ffi") {
        let is_program = any(CrateTargetKind::Binary) && !any(CrateTargetKind::Cdylib);
        return Ok(if is_program { Bindings::Bin } else { Bindings::Pyo3 });
    }
    if has("uniffi") && library {
        return Ok(Bindings::Uniffi);
    }
    match (any(CrateTargetKind::Cdylib), any(CrateTargetKind::Binary)) {
        (true, _) => Ok(Bindings::Cffi),
        (false, true) => Ok(Bindings::Bin),
        (false, false) => Err(unknown(cargo)),
    }
}

fn unknown(cargo: &CargoFacts) -> Diagnostic {
    let message = format!(
        "cannot tell how `{}` meets Python: it depends on neither pyo3, pyo3-ffi nor uniffi, and has no binary",
        cargo.package().name
    );
    Diagnostic::error(Code::Bindings, message)
        .at(Place::file(cargo.package().manifest_path.as_std_path()))
        .hint("run `cargo add pyo3`, or set `bindings` in the tool table")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::facts::toml_document::Document;

    fn of(cargo: &str, files: &[&str]) -> Bindings {
        let document = Document::parse(Path::new("/p/Cargo.toml"), cargo.as_bytes()).unwrap();
        let manifest = CargoManifest::read(&document, None, &mut Vec::new());
        let look = |path: &Path| {
            let known = files.iter().any(|file| Path::new("/p").join(file) == path);
            if known { PathKind::File } else { PathKind::Missing }
        };
        promised(&ToolTable::default(), manifest.as_ref(), &look)
    }

    #[test]
    fn a_cdylib_with_pyo3_is_a_module_and_a_program_beside_any_other_library_is_a_program() {
        let pyo3 = "[package]\nname='c'\n[dependencies]\npyo3='0.30'\n";
        let cdylib = format!("{pyo3}[lib]\ncrate-type=['cdylib']\n");
        assert_eq!(of(&cdylib, &["src/lib.rs", "src/main.rs"]), Bindings::Pyo3);
        assert_eq!(of(pyo3, &["src/lib.rs"]), Bindings::Pyo3);
        assert_eq!(of(pyo3, &["src/lib.rs", "src/main.rs"]), Bindings::Bin);
        assert_eq!(of(pyo3, &["src/main.rs"]), Bindings::Bin);
    }

    #[test]
    fn a_program_without_pyo3_is_a_program_also_if_it_has_a_library() {
        let plain = "[package]\nname='c'\n";
        assert_eq!(of(plain, &["src/lib.rs", "src/main.rs"]), Bindings::Bin);
        assert_eq!(of("[package]\nname='c'\n[lib]\ncrate-type=['cdylib']\n", &["src/main.rs"]), Bindings::Pyo3);
        assert_eq!(of(plain, &["src/lib.rs"]), Bindings::Pyo3);
    }
}
