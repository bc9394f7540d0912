//! Type stubs of a module, from what PyO3 leaves in its library (feature `experimental-inspect`).

use std::collections::BTreeMap;
use std::path::Path;

/// Why there are no stubs.
#[derive(Debug, thiserror::Error)]
#[error("`{library}` tells nothing of its module `{module}`: {reason}")]
pub struct StubError {
    pub library: String,
    pub module: String,
    pub reason: String,
}

/// The stubs of the module, by their paths within its package: `__init__.pyi`, and more for submodules.
pub fn of(library: &Path, module: &str) -> Result<BTreeMap<String, String>, StubError> {
    let failed = |reason: String| {
        let library = library.file_name().unwrap_or(library.as_os_str()).to_string_lossy().into_owned();
        StubError { library, module: module.to_owned(), reason }
    };
    let described =
        pyo3_introspection::introspect_cdylib(library, module).map_err(|error| failed(format!("{error:#}")))?;
    let files = pyo3_introspection::module_stub_files(&described).into_iter();
    Ok(files.map(|(path, text)| (path.to_string_lossy().replace('\\', "/"), text)).collect())
}
