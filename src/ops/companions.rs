//! What travels beside a compiled file: debug information and import libraries, as cargo made them or taken out of it.

use std::path::{Path, PathBuf};

use crate::actions::event::{Event, Report};
use crate::actions::manifest::{Entry, Mode, Source};
use crate::binary::elf_strip;
use crate::contents::companions;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::plan::options::Options;
use crate::system::{disk, walk};

/// Those of the `others` that cargo made along with a file and that are asked for, copied to the stage.
pub fn staged(
    options: &Options,
    (made, others): (&Path, &[PathBuf]),
    (stage, file_name): (&Path, &str),
    report: Report<'_>,
) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    for path in companions::chosen(options.companions, others) {
        if companions::is_split(path) && !elf_strip::has_debug_information(&disk::read(made)?) {
            report(Event::Diagnostic(no_way_to_debug_information(file_name)));
            continue;
        }
        let parent = path.parent().unwrap_or(path);
        for found in walk::files(path, parent, usize::MAX, &|_| true)? {
            let Ok(relative) = found.path.strip_prefix(parent) else { continue };
            let source = disk::stage(&found.path, &stage.join("beside").join(relative))?;
            let path = companions::name(&relative.to_string_lossy().replace('\\', "/"), file_name);
            entries.push(Entry { path, source, mode: Mode::Regular });
        }
    }
    Ok(entries)
}

fn no_way_to_debug_information(file_name: &str) -> Diagnostic {
    let message =
        format!("the debug information of `{file_name}` is left out: once stripped, the file does not lead to it");
    Diagnostic::warning(Code::Setting, message)
        .hint("set `strip` in `[tool.wainwright]` in place of the profile's: it keeps a file for debuggers")
}

/// The whole file on the stage, as debuggers find it beside the one that is stripped.
pub fn debug_file(path: &Path, source: Source, (stage, file_name): (&Path, &str)) -> Result<Entry, Error> {
    let name = companions::debug_file(file_name);
    let whole = stage.join("beside").join(&name);
    disk::copy(path, &whole)?;
    let source = match source {
        Source::Disk { size, sha256, .. } => Source::Disk { path: whole, size, sha256 },
        bytes @ Source::Bytes(_) => bytes,
    };
    Ok(Entry { path: name, source, mode: Mode::Regular })
}

/// Strips a file on the stage, which then leads to its debug file.
pub fn stripped(path: &Path, file_name: &str) -> Result<Source, Error> {
    let small = elf_strip::stripped(&disk::read(path)?, &companions::debug_file(file_name)).map_err(|reason| {
        Diagnostic::error(Code::BinaryPlatform, format!("`{file_name}` cannot be stripped: {reason}"))
            .hint("leave out `strip`, or `include-debuginfo`: rustc strips by itself")
    })?;
    disk::write_whole(path, &small)?;
    let (size, sha256) = disk::digest(path)?;
    Ok(Source::Disk { path: path.to_owned(), size, sha256: Some(sha256) })
}
