//! The C header of a crate, by cbindgen.
//!
//! cbindgen asks cargo for the crate's graph, by the variable `CARGO`, and may panic on sources that it does not
//! understand: so it runs in a child, which is this program once more.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use cbindgen::{Builder, Config, Language};

/// Why there is no header.
#[derive(Debug, thiserror::Error)]
pub enum CHeaderError {
    #[error("cannot start wainwright once more: {0}")]
    Start(io::Error),
    #[error("cbindgen cannot make a C header of the crate: {0}")]
    Failed(String),
}

/// The word by which the child is called.
pub const COMMAND: &str = "c-header";

/// Makes the header of the crate in `directory`, in a child.
pub fn by_child(cargo: &Path, directory: &Path) -> Result<String, CHeaderError> {
    let program = std::env::current_exe().map_err(CHeaderError::Start)?;
    let mut child = Command::new(program);
    child.args([OsString::from(COMMAND), directory.into()]).env("CARGO", cargo).stdin(Stdio::null());
    let output = child.output().map_err(CHeaderError::Start)?;
    if !output.status.success() {
        return Err(CHeaderError::Failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Makes the header of the crate in `directory`, by its `cbindgen.toml` if there is one. What only a C compiler
/// understands stays out, since cffi has no preprocessor.
pub fn generate(directory: &Path) -> Result<String, CHeaderError> {
    let config = Config {
        language: Language::C,
        no_includes: true,
        sys_includes: Vec::new(),
        includes: Vec::new(),
        after_includes: None,
        defines: Default::default(),
        include_guard: None,
        pragma_once: false,
        cpp_compat: false,
        ..Config::from_root_or_default(directory)
    };
    let made = Builder::new().with_config(config).with_crate(directory).generate();
    let mut text = Vec::new();
    made.map_err(|error| CHeaderError::Failed(error.to_string()))?.write(&mut text);
    Ok(String::from_utf8_lossy(&text).into_owned())
}
