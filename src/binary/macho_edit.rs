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
    let start = command.words.get(0, NAME)?;
    let bytes = command.words.range(start, command.words.len().saturating_sub(start))?;
    Ok(text(&bytes[..bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len())]))
}

/// The command with another name behind its fields.
fn named(command: &Command, name: &str) -> Result<Command> {
    if name.contains('\0') {
        return Err("a name cannot hold a zero".into());
    }
    let mut new = command.clone();
    let start = command.words.get(0, NAME)?;
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
    let room = first_contents(file, old)?.saturating_sub(start).max(old_size);
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

/// Where the first bytes lie that belong to a section, or to a segment without any.
fn first_contents(file: &Words, commands: &[Command]) -> Result<u64> {
    let mut first = file.len();
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
    Ok(first)
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
