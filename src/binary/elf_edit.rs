//! Changes the names in an ELF file by which the loader finds libraries. Pure: bytes in, bytes out.
//!
//! What is there stays where it is. The names that are new, with a copy of the old ones before them, go into one more
//! loadable segment at the end of the file, which `elf_layout` makes; so does the dynamic table if it needs more room
//! than it has.
//!
//! Sources: System V gABI ("Dynamic Linking"); the Linux Standard Base on symbol versions.

use super::elf_dynamic::{DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_VERNEED, DT_VERNEEDNUM, Dynamic, Strings};
use super::elf_layout::placed;
use super::elf_segments::{Segment, offset_of, segments};
use super::words::{Field, Words, sum, word};
use super::{BinaryError, Damage, Result};
use crate::actions::edit::Edit;
use crate::facts::binary::Format;

const VN_FILE: Field = word(4, 4);
const VN_NEXT: Field = word(12, 12);

/// Applies the changes to the bytes of a file; what it does not have is not changed.
pub fn edit(bytes: &[u8], edit: &Edit) -> std::result::Result<Vec<u8>, BinaryError> {
    if edit.is_empty() {
        return Ok(bytes.to_vec());
    }
    edited(bytes, edit).map_err(|Damage(reason)| BinaryError::Damaged { format: Format::Elf, reason })
}

fn edited(bytes: &[u8], edit: &Edit) -> Result<Vec<u8>> {
    let mut file = words(bytes)?;
    let segments = segments(&file)?;
    let mut dynamic = Dynamic::read(&file, &segments)?;
    let mut strings = Strings::read(&file, &segments, &dynamic)?;
    let before = dynamic.entries.clone();
    for entry in dynamic.entries.iter_mut().filter(|(tag, _)| *tag == DT_NEEDED) {
        strings.rename(&mut entry.1, edit)?;
    }
    let mut has_changed = rename_versions(&mut file, &segments, &dynamic, &mut strings, edit)?;
    if let Some(soname) = &edit.soname {
        dynamic.set(DT_SONAME, strings.add(soname)?);
    }
    match edit.run_paths.as_deref() {
        Some([]) => dynamic.entries.retain(|(tag, _)| ![DT_RPATH, DT_RUNPATH].contains(tag)),
        Some(paths) => dynamic.set(dynamic.run_path_tag(), strings.add(&paths.join(":"))?),
        None => {}
    }
    has_changed |= dynamic.entries != before;
    if has_changed { placed(file, segments, dynamic, strings) } else { Ok(bytes.to_vec()) }
}

pub(super) fn words(bytes: &[u8]) -> Result<Words> {
    match (bytes.get(..4), bytes.get(4), bytes.get(5)) {
        (Some(b"\x7fELF"), Some(class @ (1 | 2)), Some(order @ (1 | 2))) => {
            Ok(Words::new(bytes, *class == 2, *order == 1))
        }
        _ => Err("it is no ELF file".into()),
    }
}

/// Renames the libraries whose versions the file asks for; the loader looks them up by the names that are needed.
fn rename_versions(
    file: &mut Words,
    segments: &[Segment],
    dynamic: &Dynamic,
    strings: &mut Strings,
    edit: &Edit,
) -> Result<bool> {
    let Some(address) = dynamic.value(DT_VERNEED) else { return Ok(false) };
    let mut place = offset_of(segments, address)?;
    let mut has_changed = false;
    for _ in 0..dynamic.value(DT_VERNEEDNUM).unwrap_or(0) {
        let mut name = file.get(place, VN_FILE)?;
        if strings.rename(&mut name, edit)? {
            file.set(place, VN_FILE, name)?;
            has_changed = true;
        }
        match file.get(place, VN_NEXT)? {
            0 => break,
            next => place = sum(place, next)?,
        }
    }
    Ok(has_changed)
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::super::elf_segments::PT_DYNAMIC;
    use super::super::parse;
    use super::*;

    /// A program and a library of this machine.
    fn samples() -> Vec<Vec<u8>> {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let line = maps.lines().find(|line| line.contains("/libc.")).unwrap();
        let library = line[line.find('/').unwrap()..].to_owned();
        let program = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
        [library, program].map(|path| std::fs::read(path).unwrap()).into()
    }

    fn changes() -> Edit {
        let renamed = [("libc.so.6", "libc-0123abcd.so.6"), ("ld-linux-x86-64.so.2", "libld.so")];
        Edit {
            soname: Some("libnew-0123abcd.so.1".to_owned()),
            run_paths: Some(vec!["$ORIGIN/../some.libs".to_owned()]),
            renamed: renamed.map(|(old, new)| (old.to_owned(), new.to_owned())).into(),
        }
    }

    #[test]
    fn an_edited_file_says_the_new_names_and_all_else_as_before() {
        for bytes in samples() {
            let before = parse(&bytes).unwrap().remove(0);
            let after = parse(&edit(&bytes, &changes()).unwrap()).unwrap().remove(0);
            let new = |name: &String| changes().renamed.get(name).unwrap_or(name).clone();
            assert_eq!(after.needed, before.needed.iter().map(new).collect::<Vec<_>>());
            assert_eq!(after.soname.as_deref(), Some("libnew-0123abcd.so.1"));
            assert_eq!(after.run_paths, ["$ORIGIN/../some.libs"]);
            let versions = before.symbol_versions.iter().map(|(library, version)| (new(library), version.clone()));
            let versions = versions.collect::<std::collections::BTreeSet<_>>();
            assert_eq!(after.symbol_versions, versions.into_iter().collect::<Vec<_>>());
            assert_eq!((after.exports, after.imports), (before.exports, before.imports));
        }
    }

    #[test]
    fn edits_follow_each_other_and_nothing_is_done_where_nothing_changes() {
        for bytes in samples() {
            let once = edit(&bytes, &changes()).unwrap();
            assert_eq!(once, edit(&bytes, &changes()).unwrap());
            assert_eq!(edit(&bytes, &Edit::default()).unwrap(), bytes);
            let gone = Edit { run_paths: Some(Vec::new()), ..Edit::default() };
            let twice = parse(&edit(&once, &gone).unwrap()).unwrap().remove(0);
            assert_eq!((twice.run_paths.len(), twice.soname.as_deref()), (0, Some("libnew-0123abcd.so.1")));
        }
    }

    /// An edited program still runs: this one, asked for the names of its tests.
    #[test]
    fn an_edited_program_runs() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("program");
        let own = std::env::current_exe().unwrap();
        std::fs::copy(&own, &path).unwrap();
        let change = Edit { run_paths: Some(vec!["$ORIGIN/some.libs".to_owned()]), ..Edit::default() };
        std::fs::write(&path, edit(&std::fs::read(&own).unwrap(), &change).unwrap()).unwrap();
        let ran = std::process::Command::new(&path).arg("--list").output().unwrap();
        assert!(ran.status.success() && String::from_utf8_lossy(&ran.stdout).contains("an_edited_program_runs"));
    }

    /// Every truncation and many bytes at many places. What comes out does not matter; a panic fails the test.
    #[test]
    fn damaged_bytes_are_answered() {
        let bytes = samples().remove(0);
        for end in (0..4096).chain((4096..bytes.len()).step_by(bytes.len() / 50)) {
            let _ = edit(&bytes[..end], &changes());
        }
        let mut segments: Vec<usize> = (0..1024).collect();
        let dynamic = super::segments(&words(&bytes).unwrap()).unwrap();
        let dynamic = dynamic.iter().find(|segment| segment.kind == PT_DYNAMIC).unwrap();
        segments.extend(dynamic.offset as usize..(dynamic.offset + dynamic.in_file) as usize);
        let mut damaged = bytes.clone();
        for place in segments {
            for value in [0, 0x7f, 0xff] {
                damaged[place] = value;
                let _ = edit(&damaged, &changes());
            }
            damaged[place] = bytes[place];
        }
    }
}
