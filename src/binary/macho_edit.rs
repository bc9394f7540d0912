//! Changes the names in a Mach-O file by which dyld finds libraries. Pure: bytes in, bytes out.
//!
//! The load commands are written anew into the space that linkers leave behind them; all else stays where it is. What
//! was signed, or must be, is signed anew without an identity. A universal file is edited image by image.
//!
//! Sources: Apple's `mach-o/loader.h` and `mach-o/fat.h`.

use super::macho_sign::{self, Signed};
use super::words::{Field, Words, address, sum, word};
use super::{BinaryError, Refusal, Result, text, universal};
use crate::actions::edit::Edit;
use crate::facts::binary::Format;

const CPU_TYPE: Field = word(4, 4);
const FILE_TYPE: Field = word(12, 12);
const COUNT: Field = word(16, 16);
const SIZE: Field = word(20, 20);

/// Of a load command: its kind and size, then what some kinds hold.
const KIND: Field = word(0, 0);
const COMMAND_SIZE: Field = word(4, 4);
const NAME: Field = word(8, 8);
/// Where the fields of a `rpath_command` end, and those of a `dylib_command`, in bytes.
const RPATH_FIELDS: u64 = 12;
const DYLIB_FIELDS: u64 = 24;
const DATA_OFFSET: Field = word(8, 8);
const DATA_SIZE: Field = word(12, 12);
const SEGMENT_VMSIZE: Field = address(28, 32);
const SEGMENT_OFFSET: Field = address(32, 40);
const SEGMENT_SIZE: Field = address(36, 48);
const SEGMENT_SECTIONS: Field = word(48, 64);

const SECTION_SIZE: Field = address(36, 40);
const SECTION_OFFSET: Field = word(40, 48);
const SECTION_FLAGS: Field = word(56, 64);

const LC_SEGMENT: u64 = 0x1;
const LC_SEGMENT_64: u64 = 0x19;
const LC_ID_DYLIB: u64 = 0xd;
const LC_CODE_SIGNATURE: u64 = 0x1d;
const LC_RPATH: u64 = 0x8000_001c;
/// Those that name a library which is needed: as it is, weakly, as a part of the own one, lazily, upward.
const LOADS: [u64; 5] = [0xc, 0x8000_0018, 0x8000_001f, 0x20, 0x8000_0023];

const CPU_TYPE_ARM64: u64 = 0x0100_000c;
const MH_EXECUTE: u64 = 2;
/// The kinds of sections that hold nothing in the file: zeros, many zeros, zeros of threads.
const ZEROS: [u64; 3] = [0x1, 0xc, 0x12];

/// Applies the changes to the bytes of a file; what it does not have is not changed. `name` is what a signature calls
/// it by.
pub fn edit(bytes: &[u8], edit: &Edit, name: &str) -> std::result::Result<Vec<u8>, BinaryError> {
    if edit.is_empty() {
        return Ok(bytes.to_vec());
    }
    let edited = match universal::is_universal(bytes) {
        true => universal::mapped(bytes, |image| edited(image, edit, name)),
        false => edited(bytes, edit, name),
    };
    edited.map_err(|refusal| refusal.of(Format::MachO))
}

fn edited(bytes: &[u8], edit: &Edit, name: &str) -> std::result::Result<Vec<u8>, Refusal> {
    let mut file = words(bytes)?;
    let commands = commands(&file)?;
    let mut renewed = Vec::new();
    for command in &commands {
        renewed.extend(self::renewed(command, edit)?);
    }
    if renewed == commands {
        return Ok(bytes.to_vec());
    }
    let signature = renewed.iter().position(|command| command.kind == LC_CODE_SIGNATURE);
    if signature.is_none() && file.get(0, CPU_TYPE)? != CPU_TYPE_ARM64 {
        write(&mut file, &renewed, &commands)?;
        return Ok(file.bytes);
    }
    let signed = signed(&file, &mut renewed, signature, name)?;
    file.bytes.resize(usize::try_from(signed.limit).map_err(|_| "it is too large")?, 0);
    write(&mut file, &renewed, &commands)?;
    let signature = macho_sign::signature(&file.bytes, name, signed);
    file.bytes.extend(signature);
    Ok(file.bytes)
}

fn words(bytes: &[u8]) -> Result<Words> {
    Ok(match bytes.get(..4) {
        Some(b"\xce\xfa\xed\xfe") => Words::new(bytes, false, true),
        Some(b"\xcf\xfa\xed\xfe") => Words::new(bytes, true, true),
        Some(b"\xfe\xed\xfa\xce") => Words::new(bytes, false, false),
        Some(b"\xfe\xed\xfa\xcf") => Words::new(bytes, true, false),
        _ => return Err("it is no Mach-O image".into()),
    })
}

fn header_size(file: &Words) -> u64 {
    if file.is_64 { 32 } else { 28 }
}

/// A load command, which keeps its own bytes.
#[derive(Debug, Clone)]
struct Command {
    kind: u64,
    words: Words,
}

impl PartialEq for Command {
    fn eq(&self, other: &Self) -> bool {
        self.words.bytes == other.words.bytes
    }
}

fn commands(file: &Words) -> Result<Vec<Command>> {
    let (mut at, end) = (header_size(file), sum(header_size(file), file.get(0, SIZE)?)?);
    let mut commands = Vec::new();
    for _ in 0..file.get(0, COUNT)? {
        let size = file.get(at, COMMAND_SIZE)?;
        if size < 8 || sum(at, size)? > end {
            return Err("its load commands do not fit into their place".into());
        }
        commands.push(Command { kind: file.get(at, KIND)?, words: file.part(at, size)? });
        at += size;
    }
    Ok(commands)
}

/// The command as it is from now on; `None` is a run path that goes.
fn renewed(command: &Command, edit: &Edit) -> Result<Option<Command>> {
    let new = match command.kind {
        LC_ID_DYLIB => edit.soname.as_ref(),
        kind if LOADS.contains(&kind) => edit.renamed.get(&name(command)?),
        LC_RPATH => {
            let goes =
                edit.run_paths.as_ref().is_some_and(|kept| name(command).is_ok_and(|path| !kept.contains(&path)));
            return Ok((!goes).then(|| command.clone()));
        }
        _ => None,
    };
    new.map_or(Ok(command.clone()), |new| named(command, new)).map(Some)
}

fn name(command: &Command) -> Result<String> {
    let start = name_start(command)?;
    let bytes = command.words.range(start, command.words.len().saturating_sub(start))?;
    Ok(text(&bytes[..bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len())]))
}

/// Where a command's name begins: behind its fields.
fn name_start(command: &Command) -> Result<u64> {
    let fields = if command.kind == LC_RPATH { RPATH_FIELDS } else { DYLIB_FIELDS };
    let start = command.words.get(0, NAME)?;
    if start < fields { Err("the name of a load command lies among its fields".into()) } else { Ok(start) }
}

/// The command with another name behind its fields.
fn named(command: &Command, name: &str) -> Result<Command> {
    if name.contains('\0') {
        return Err("a name cannot hold a zero".into());
    }
    let mut new = command.clone();
    let start = name_start(command)?;
    new.words.bytes = [command.words.range(0, start)?, name.as_bytes(), b"\0"].concat();
    let size = new.words.bytes.len().next_multiple_of(8);
    new.words.bytes.resize(size, 0);
    new.words.set(0, COMMAND_SIZE, size as u64)?;
    Ok(new)
}

/// Writes the commands over the old ones, up to where the first contents lie.
fn write(file: &mut Words, commands: &[Command], old: &[Command]) -> std::result::Result<(), Refusal> {
    let size = |commands: &[Command]| commands.iter().map(|command| command.words.len()).sum::<u64>();
    let (start, size, old_size) = (header_size(file), size(commands), size(old));
    let room = first_contents(old)?.min(file.len()).saturating_sub(start).max(old_size);
    if size > room {
        return Err(Refusal::Full(size - room));
    }
    let mut bytes: Vec<u8> = commands.iter().flat_map(|command| command.words.bytes.iter().copied()).collect();
    bytes.resize(bytes.len().max(old_size as usize), 0);
    file.put(start, &bytes)?;
    file.set(0, COUNT, commands.len() as u64)?;
    file.set(0, SIZE, size)?;
    Ok(())
}

/// Where the first bytes lie that belong to a section, or to a segment without any; the start where nothing tells.
fn first_contents(commands: &[Command]) -> Result<u64> {
    let mut first = u64::MAX;
    for segment in segments(commands) {
        let words = &segment.words;
        let sections = words.get(0, SEGMENT_SECTIONS)?;
        let (offset, size) = (words.get(0, SEGMENT_OFFSET)?, words.get(0, SEGMENT_SIZE)?);
        if sections == 0 && offset > 0 && size > 0 {
            first = first.min(offset);
        }
        let (start, width) = if words.is_64 { (72, 80) } else { (56, 68) };
        for index in 0..sections {
            let base = start + index * width;
            let (offset, size) = (words.get(base, SECTION_OFFSET)?, words.get(base, SECTION_SIZE)?);
            let is_zeros = ZEROS.contains(&(words.get(base, SECTION_FLAGS)? & 0xff));
            if offset > 0 && size > 0 && !is_zeros {
                first = first.min(offset);
            }
        }
    }
    Ok(if first == u64::MAX { 0 } else { first })
}

fn segments(commands: &[Command]) -> impl Iterator<Item = &Command> {
    commands.iter().filter(|command| is_segment(command))
}

fn is_segment(command: &Command) -> bool {
    command.kind == if command.words.is_64 { LC_SEGMENT_64 } else { LC_SEGMENT }
}

fn is_called(segment: &Command, name: &[u8]) -> bool {
    segment.words.bytes.get(8..24).is_some_and(|found| found.starts_with(name) && found[name.len()] == 0)
}

/// Makes room for a signature: in the commands, and in the last segment. `at` is the command of an old one.
fn signed(
    file: &Words,
    commands: &mut Vec<Command>,
    at: Option<usize>,
    name: &str,
) -> std::result::Result<Signed, Refusal> {
    let end = match at {
        Some(at) => {
            let old = &commands[at].words;
            let (start, size) = (old.get(0, DATA_OFFSET)?, old.get(0, DATA_SIZE)?);
            let rest = file.range(sum(start, size)?, file.len().saturating_sub(sum(start, size)?))?;
            if rest.iter().any(|byte| *byte != 0) {
                return Err("something lies behind its signature".into());
            }
            start
        }
        None => file.len(),
    };
    let limit = end.next_multiple_of(16);
    let size = macho_sign::size(limit, name);
    let mut command = Words::new(&[0; 16], file.is_64, file.is_little());
    for (field, value) in [(KIND, LC_CODE_SIGNATURE), (COMMAND_SIZE, 16), (DATA_OFFSET, limit), (DATA_SIZE, size)] {
        command.set(0, field, value)?;
    }
    let command = Command { kind: LC_CODE_SIGNATURE, words: command };
    match at {
        Some(at) => commands[at] = command,
        None => commands.push(command),
    }
    let last = commands.iter_mut().find(|command| is_segment(command) && is_called(command, b"__LINKEDIT"));
    stretch(&mut last.ok_or("it has no segment for a signature")?.words, limit, size, file.len())?;
    let text = segments(commands).find(|segment| is_called(segment, b"__TEXT"));
    let text = match text {
        Some(text) => (text.words.get(0, SEGMENT_OFFSET)?, text.words.get(0, SEGMENT_SIZE)?),
        None => (0, 0),
    };
    Ok(Signed { limit, text, is_program: file.get(0, FILE_TYPE)? == MH_EXECUTE })
}

/// Lets the last segment reach to the end of the signature.
fn stretch(segment: &mut Words, limit: u64, size: u64, length: u64) -> Result<()> {
    let (offset, old) = (segment.get(0, SEGMENT_OFFSET)?, segment.get(0, SEGMENT_SIZE)?);
    if offset > limit || sum(offset, old)?.next_multiple_of(16) < limit.min(length) {
        return Err("something lies behind its last segment".into());
    }
    let new = sum(limit, size)? - offset;
    segment.set(0, SEGMENT_SIZE, new)?;
    // The largest page of the machines; 4 KiB more or less of address space are nothing.
    let in_memory = new.next_multiple_of(0x4000).max(segment.get(0, SEGMENT_VMSIZE)?);
    segment.set(0, SEGMENT_VMSIZE, in_memory)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::super::{parse, universal};
    use super::*;

    const ARM64: u32 = 0x0100_000c;
    const X86_64: u32 = 0x0100_0007;
    /// Where the code lies, and what it is.
    const CODE: usize = 0x400;
    const CONTENTS: &[u8] = b"the code";

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn command(kind: u32, fields: &[u32], rest: &[u8]) -> Vec<u8> {
        let mut bytes = [words(&[kind, 0]), words(fields), rest.to_vec()].concat();
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        let size = bytes.len() as u32;
        bytes[4..8].copy_from_slice(&size.to_le_bytes());
        bytes
    }

    /// A segment with its place in the file, and perhaps one section in it.
    fn segment(name: &[u8], offset: u32, size: u32, section: Option<u32>) -> Vec<u8> {
        let mut rest = name.to_vec();
        rest.resize(16, 0);
        rest.extend(words(&[offset, 0, size, 0, offset, 0, size, 0, 7, 5, section.map_or(0, |_| 1), 0]));
        if let Some(offset) = section {
            rest.extend([0; 32]);
            rest.extend(words(&[offset, 0, CONTENTS.len() as u32, 0, offset, 2, 0, 0, 0, 0, 0, 0]));
        }
        command(0x19, &[], &rest)
    }

    /// A library with names to change, and a signature where it is wanted.
    fn library(cpu: u32, is_signed: bool) -> Vec<u8> {
        let text = |kind: u32, fields: &[u32], text: &str| command(kind, fields, format!("{text}\0").as_bytes());
        let linkedit = 0x800;
        let mut commands = vec![
            segment(b"__TEXT", 0, 0x800, Some(CODE as u32)),
            segment(b"__LINKEDIT", linkedit, if is_signed { 0x50 } else { 0x30 }, None),
            text(0x0d, &[24, 2, 0, 0], "/opt/libown.dylib"),
            text(0x0c, &[24, 2, 0, 0], "@rpath/liba.dylib"),
            text(0x8000_0018, &[24, 2, 0, 0], "@rpath/libweak.dylib"),
            text(0x0c, &[24, 2, 0, 0], "/usr/lib/libSystem.B.dylib"),
            text(0x8000_001c, &[12], "/opt/lib"),
            text(0x8000_001c, &[12], "@loader_path/x"),
        ];
        if is_signed {
            commands.push(command(0x1d, &[linkedit + 0x30, 0x20], &[]));
        }
        let count = commands.len() as u32;
        let commands = commands.concat();
        let mut bytes = words(&[0xfeed_facf, cpu, 0, 6, count, commands.len() as u32, 0x85, 0]);
        bytes.extend(commands);
        bytes.resize(CODE, 0);
        bytes.extend(CONTENTS);
        bytes.resize(linkedit as usize + if is_signed { 0x50 } else { 0x30 }, 7);
        bytes
    }

    fn changes(own: &str) -> Edit {
        let renamed = [("@rpath/liba.dylib", own), ("@rpath/libweak.dylib", "@loader_path/libweak.dylib")];
        Edit {
            soname: Some("/DLC/p/.dylibs/libown.dylib".to_owned()),
            run_paths: Some(vec!["@loader_path/x".to_owned()]),
            renamed: renamed.map(|(old, new)| (old.to_owned(), new.to_owned())).into(),
        }
    }

    fn edit_well(bytes: &[u8]) -> Vec<u8> {
        edit(bytes, &changes("@loader_path/../.dylibs/liba.dylib"), "libown.dylib").unwrap()
    }

    /// Checks a signature against the bytes, as the kernel does; `None` where there is none.
    fn signature_is_true(bytes: &[u8]) -> Option<bool> {
        let file = super::words(bytes).unwrap();
        let commands = commands(&file).unwrap();
        let command = commands.iter().find(|command| command.kind == LC_CODE_SIGNATURE)?;
        let [start, size] = [DATA_OFFSET, DATA_SIZE].map(|field| command.words.get(0, field).unwrap() as usize);
        let segment = segments(&commands).find(|segment| is_called(segment, b"__LINKEDIT")).unwrap();
        let [from, length] = [SEGMENT_OFFSET, SEGMENT_SIZE].map(|field| segment.words.get(0, field).unwrap() as usize);
        assert_eq!((start + size, from + length), (bytes.len(), bytes.len()));
        let directory = &bytes[start + 20..];
        let number = |at: usize| u32::from_be_bytes(directory[at..at + 4].try_into().unwrap()) as usize;
        let (hashes, name, pages) = (number(16), number(20), number(28));
        assert_eq!((number(0), number(32), directory[39]), (0xfade_0c02, start, 12));
        assert!(directory[name..].starts_with(b"libown.dylib\0"));
        let mut digests = bytes[..start].chunks(4096).map(|page| Sha256::digest(page).to_vec());
        assert_eq!(digests.len(), pages);
        Some((0..pages).all(|page| digests.next().unwrap() == directory[hashes + page * 32..][..32]))
    }

    #[test]
    fn an_edited_file_says_the_new_names_and_keeps_its_contents_where_they_were() {
        for bytes in [library(ARM64, true), library(X86_64, false)] {
            let edited = edit_well(&bytes);
            let facts = parse(&edited).unwrap().remove(0);
            assert_eq!(facts.needed, ["@loader_path/../.dylibs/liba.dylib", "/usr/lib/libSystem.B.dylib"]);
            assert_eq!(facts.optional, ["@loader_path/libweak.dylib"]);
            assert_eq!(facts.soname.as_deref(), Some("/DLC/p/.dylibs/libown.dylib"));
            assert_eq!(facts.run_paths, ["@loader_path/x"]);
            assert_eq!(edited[CODE..0x830], bytes[CODE..0x830]);
        }
    }

    #[test]
    fn what_was_signed_or_must_be_is_signed_anew() {
        assert_eq!(signature_is_true(&edit_well(&library(ARM64, true))), Some(true));
        assert_eq!(signature_is_true(&edit_well(&library(ARM64, false))), Some(true));
        assert_eq!(signature_is_true(&edit_well(&library(X86_64, true))), Some(true));
        assert_eq!(signature_is_true(&edit_well(&library(X86_64, false))), None);
        let twice = edit(
            &edit_well(&library(ARM64, false)),
            &Edit { soname: Some("x".into()), ..Edit::default() },
            "libown.dylib",
        );
        assert_eq!(signature_is_true(&twice.unwrap()), Some(true));
    }

    #[test]
    fn both_halves_of_a_universal_file_are_edited() {
        let both = universal::join(&[library(X86_64, false), library(ARM64, true)]).unwrap();
        let edited = edit_well(&both);
        let facts = parse(&edited).unwrap();
        assert_eq!(facts.iter().map(|facts| facts.architecture.as_str()).collect::<Vec<_>>(), ["x86_64", "arm64"]);
        assert!(facts.iter().all(|facts| facts.needed[0] == "@loader_path/../.dylibs/liba.dylib"));
        assert_eq!(u32::from_be_bytes(edited[16..20].try_into().unwrap()) % 0x1000, 0);
        assert_eq!(u32::from_be_bytes(edited[36..40].try_into().unwrap()) % 0x4000, 0);
        let none = Edit { soname: Some("/opt/libown.dylib".into()), ..Edit::default() };
        assert_eq!(edit(&both, &none, "x").unwrap(), both);
    }

    #[test]
    fn a_name_among_the_fields_of_its_command_is_refused() {
        let mut file = library(CPU_TYPE_ARM64 as u32, false);
        let at = file.windows(4).position(|word| word == (LOADS[0] as u32).to_le_bytes()).unwrap();
        assert_eq!(file[at + 8..at + 12], [24, 0, 0, 0]);
        file[at + 8] = 10;
        let refused = edit(&file, &Edit { soname: Some("x".into()), ..Edit::default() }, "x").unwrap_err();
        assert!(refused.to_string().contains("among its fields"), "{refused}");
    }

    #[test]
    fn a_name_that_does_not_fit_is_an_error_that_says_how_much_is_missing() {
        let long = "x".repeat(900);
        let error = edit(&library(ARM64, true), &changes(&long), "x").unwrap_err();
        let BinaryError::Full { format: Format::MachO, bytes } = error else { panic!("{error}") };
        let fits = "x".repeat(900 - bytes as usize);
        assert!(edit(&library(ARM64, true), &changes(&fits), "x").is_ok());
    }

    /// Every truncation and many bytes at every place. What comes out does not matter; a panic fails the test.
    #[test]
    fn damaged_bytes_are_answered() {
        for bytes in [library(ARM64, true), universal::join(&[library(X86_64, false)]).unwrap()] {
            for length in 0..bytes.len() {
                let _ = edit(&bytes[..length], &changes("new"), "x");
            }
            for at in (0..CODE).chain(bytes.len() - 0x100..bytes.len()) {
                for byte in [0, 0xff, 0x7f, bytes[at] ^ 1, bytes[at] ^ 0x80] {
                    let mut damaged = bytes.clone();
                    damaged[at] = byte;
                    let _ = edit(&damaged, &changes("new"), "x");
                }
            }
        }
    }
}
