//! This program as it is run by the scripts that stand for linkers and compilers: it hands zig what it is told.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::error::Error;
use crate::plan::zig::{self, WORD};
use crate::system::{disk, zig as running};

/// What a script asks for.
pub struct Call {
    zig: PathBuf,
    tool: String,
    target: String,
    words: Vec<String>,
}

/// The call of a script, if these arguments are one.
pub fn is_call_of_script(arguments: &[OsString]) -> Option<Call> {
    let [word, zig, tool, target, words @ ..] = arguments else { return None };
    let text = |word: &OsString| word.to_string_lossy().into_owned();
    (word == WORD).then(|| Call {
        zig: zig.into(),
        tool: text(tool),
        target: text(target),
        words: words.iter().map(text).collect(),
    })
}

/// Runs zig.
pub fn run(call: &Call) -> Result<ExitStatus, Error> {
    let words = match call.words.as_slice() {
        // More than a command line can hold; zig reads such files as well.
        [one] if one.starts_with('@') => {
            let file = Path::new(&one[1..]);
            let listed = zig::listed(&String::from_utf8_lossy(&disk::read(file)?));
            let told = zig::words(&call.tool, &call.target, &listed);
            let (head, rest) = told.split_at(3.min(told.len()));
            let own = file.with_extension("zig");
            disk::write_whole(&own, zig::as_list(rest).as_bytes())?;
            head.iter().cloned().chain([format!("@{}", own.display())]).collect()
        }
        words => zig::words(&call.tool, &call.target, words),
    };
    let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
    Ok(running::run(&call.zig, &words)?)
}
