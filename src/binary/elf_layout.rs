//! Puts what has grown in an ELF file into one more loadable segment at its end.
//!
//! What is there stays where it is, but for what lies behind the table of segments if that has no entry to spare.
//! Headers of sections follow, so that tools for files read what loaders read.
//!
//! Sources: System V gABI ("Program Header", "Sections"); what loaders ask of segments (`p_offset` and `p_vaddr` equal
//! modulo the page, ascending addresses) is the gABI's as well.

use super::Result;
use super::elf_dynamic::{DT_STRSZ, DT_STRTAB, DT_VERNEED, Dynamic, Strings};
use super::elf_sections::{SH_ADDR, SH_OFFSET, SH_SIZE, SHT_DYNAMIC, SHT_STRTAB, Section, sections};
use super::elf_segments::{E_PHNUM, E_PHOFF, PT_DYNAMIC, PT_LOAD, Segment, entry_size, write_segment};
use super::words::{Field, Words, aligned, half, product, sum};

const E_MACHINE: Field = half(18, 18);
const PT_NULL: u64 = 0;
const PT_INTERP: u64 = 3;
const PT_NOTE: u64 = 4;
const PT_PHDR: u64 = 6;
const PT_GNU_PROPERTY: u64 = 0x6474_e553;

/// The segments that only their own entries refer to, so that they can lie anywhere.
const MOVING_SEGMENTS: [u64; 3] = [PT_INTERP, PT_NOTE, PT_GNU_PROPERTY];
/// The sections that are found by the dynamic table or by such a segment: HASH, NOTE, DYNSYM, GNU_HASH, the versions.
const MOVING_SECTIONS: [u64; 7] = [5, 7, 11, 0x6fff_fff6, 0x6fff_fffd, 0x6fff_fffe, 0x6fff_ffff];
/// What the dynamic table finds them by: HASH, SYMTAB, GNU_HASH, VERSYM, VERDEF, VERNEED.
const MOVING_TAGS: [u64; 6] = [4, 6, 0x6fff_fef5, 0x6fff_fff0, 0x6fff_fffc, DT_VERNEED];

/// How much a program may grow so that its table of segments lies where old kernels look for it, in bytes.
const PADDING: u64 = 16 << 20;

/// Where the entry of one more segment goes.
enum Room {
    /// Over an entry that nothing is lost with.
    Spare(usize),
    /// Behind the table, over the start of this range of the file, which moves.
    Behind { start: u64, size: u64 },
    /// The whole table moves. Tools that write files anew, such as `strip`, look for it at the start.
    Elsewhere,
}

fn room(file: &Words, segments: &[Segment]) -> Result<Room> {
    if let Some(spare) = spare(segments) {
        return Ok(Room::Spare(spare));
    }
    let start = sum(file.get(0, E_PHOFF)?, segments.len() as u64 * entry_size(file))?;
    Ok(match range_behind(&sections(file)?, segments, start, entry_size(file)) {
        Some(size) => Room::Behind { start, size },
        None => Room::Elsewhere,
    })
}

/// An entry of the table of segments that is empty, or that tells of the notes that another entry tells of too.
fn spare(segments: &[Segment]) -> Option<usize> {
    let property = segments.iter().find(|segment| segment.kind == PT_GNU_PROPERTY);
    let is_same = |segment: &Segment| {
        property.is_some_and(|property| (property.offset, property.in_file) == (segment.offset, segment.in_file))
    };
    segments.iter().position(|segment| segment.kind == PT_NULL || (segment.kind == PT_NOTE && is_same(segment)))
}

/// How much from `start` on must move so that `wanted` bytes get free: whole sections, and whole segments of notes.
/// `None` if something there is found by other means than the tables that are rewritten here.
fn range_behind(sections: &[Section], segments: &[Segment], start: u64, wanted: u64) -> Option<u64> {
    let mut end = start.checked_add(wanted)?;
    loop {
        let of_sections =
            sections.iter().filter(|section| section.is_in_file()).map(|section| (section.offset, section.size));
        let moving = segments.iter().filter(|segment| MOVING_SEGMENTS.contains(&segment.kind));
        let of_segments = moving.map(|segment| (segment.offset, segment.in_file));
        let met =
            of_sections.chain(of_segments).filter(|(offset, size)| *offset < end && offset + size > start && *size > 0);
        let met: Vec<(u64, u64)> = met.collect();
        if met.iter().any(|(offset, _)| *offset < start) {
            return None;
        }
        let last = met.iter().map(|(offset, size)| offset + size).max().unwrap_or(end).max(end);
        if last == end {
            break;
        }
        end = last;
    }
    let inside = |section: &&Section| section.is_in_file() && section.offset >= start && section.offset < end;
    let is_interpreter = |section: &Section| {
        segments.iter().any(|segment| segment.kind == PT_INTERP && segment.offset == section.offset)
    };
    let can_move = |section: &Section| MOVING_SECTIONS.contains(&section.kind) || is_interpreter(section);
    let first = segments.iter().find(|segment| segment.kind == PT_LOAD)?;
    let is_loaded = first.offset <= start && end <= first.offset.checked_add(first.in_file)?;
    (is_loaded && sections.iter().filter(inside).all(can_move)).then_some(end - start)
}

/// What is appended, and where: a table of segments or what lay behind it, the dynamic table, the names.
struct Addition {
    offset: u64,
    address: u64,
    /// The sizes of the first two, which may be none.
    first: u64,
    dynamic: u64,
    size: u64,
    page: u64,
}

impl Addition {
    fn strings_at(&self) -> u64 {
        self.first + self.dynamic
    }
}

/// Appends the names, and the dynamic table if it has grown out of its place.
pub(super) fn placed(
    mut file: Words,
    mut segments: Vec<Segment>,
    mut dynamic: Dynamic,
    strings: Strings,
) -> Result<Vec<u8>> {
    let room = room(&file, &segments)?;
    if let Room::Spare(spare) = room {
        segments.remove(spare);
    }
    let addition = addition(&file, &segments, &room, &dynamic, &strings)?;
    let end = usize::try_from(sum(addition.offset, addition.size)?).map_err(|_| "it is too large")?;
    file.bytes.resize(end, 0);
    if let Room::Behind { start, size } = room {
        move_range(&mut file, &mut segments, &mut dynamic, (start, size), &addition)?;
    }
    dynamic.set(DT_STRTAB, addition.address + addition.strings_at());
    dynamic.set(DT_STRSZ, strings.bytes.len() as u64);
    file.put(addition.offset + addition.strings_at(), &strings.bytes)?;
    write_dynamic(&mut file, &mut segments, &dynamic, &addition)?;
    write_sections(&mut file, &dynamic, &strings, &addition)?;
    write_segments(&mut file, segments, &room, &addition)?;
    Ok(file.bytes)
}

/// Moves what lay behind the table of segments to the start of the addition, and lets all follow that refers to it.
fn move_range(
    file: &mut Words,
    segments: &mut [Segment],
    dynamic: &mut Dynamic,
    (start, size): (u64, u64),
    addition: &Addition,
) -> Result<()> {
    let first = segments.iter().find(|segment| segment.kind == PT_LOAD).ok_or("it has no segments")?;
    let old = sum(first.address, start - first.offset)?;
    let from = start - start % 16;
    let moved = |at: u64| addition.offset + (at - from);
    let loaded = |address: u64| addition.address + (address - old) + (start - from);
    let bytes = file.range(start, size)?.to_vec();
    file.put(moved(start), &bytes)?;
    for segment in segments.iter_mut().filter(|segment| MOVING_SEGMENTS.contains(&segment.kind)) {
        if (start..start + size).contains(&segment.offset) {
            segment.moves(moved(segment.offset), loaded(segment.address.max(old)), segment.in_file);
        }
    }
    for (_, value) in dynamic.entries.iter_mut().filter(|(tag, _)| MOVING_TAGS.contains(tag)) {
        if (old..old + size).contains(value) {
            *value = loaded(*value);
        }
    }
    for section in sections(file)? {
        if section.is_in_file() && (start..start + size).contains(&section.offset) {
            file.set(section.place, SH_ADDR, loaded(section.address.max(old)))?;
            file.set(section.place, SH_OFFSET, moved(section.offset))?;
        }
    }
    Ok(())
}

fn addition(file: &Words, segments: &[Segment], room: &Room, dynamic: &Dynamic, strings: &Strings) -> Result<Addition> {
    let first = match room {
        Room::Spare(_) => 0,
        Room::Behind { start, size } => aligned(start % 16 + size, 16)?,
        Room::Elsewhere => aligned((segments.len() as u64 + 1) * entry_size(file), 16)?,
    };
    let entries = if dynamic.fits() { 0 } else { aligned(dynamic.size(file), 16)? };
    let page = page(file)?;
    let mut free = 0;
    for segment in segments.iter().filter(|segment| segment.kind == PT_LOAD) {
        free = free.max(aligned(sum(segment.address, segment.in_memory)?, page)?);
    }
    let as_program = match room {
        Room::Elsewhere => program_place(file, segments, free, page),
        _ => None,
    };
    let (offset, address) = match as_program {
        Some(place) => place,
        None => {
            let offset = aligned(file.len(), 16)?;
            (offset, sum(free, offset % page)?)
        }
    };
    let size = sum(first + entries, strings.bytes.len() as u64)?;
    sum(address, size)?;
    Ok(Addition { offset, address, first, dynamic: entries, size, page })
}

/// The page that segments are laid out for: the largest that systems of the machine have.
fn page(file: &Words) -> Result<u64> {
    // 386, x86-64, S/390 and RISC-V have no larger ones; the others are ARM, AArch64, PowerPC, LoongArch.
    Ok(match file.get(0, E_MACHINE)? {
        3 | 22 | 62 | 243 => 0x1000,
        _ => 0x1_0000,
    })
}

/// A place for the table of segments of a program, where its offset tells its address: kernels before 5.18 reckon so.
/// `None` if it is no program, or would grow too large.
fn program_place(file: &Words, segments: &[Segment], free: u64, page: u64) -> Option<(u64, u64)> {
    segments.iter().find(|segment| segment.kind == PT_INTERP)?;
    let first = segments.iter().find(|segment| segment.kind == PT_LOAD)?;
    let base = first.address.checked_sub(first.offset).filter(|base| base % page == 0)?;
    let offset = aligned(file.len(), 16).ok()?.max(free.checked_sub(base)?);
    let is_small = offset - file.len() <= PADDING;
    is_small.then(|| sum(base, offset).ok().map(|address| (offset, address))).flatten()
}

/// Writes the dynamic table over the old one, or into the new segment if it has grown out of its place.
fn write_dynamic(file: &mut Words, segments: &mut [Segment], dynamic: &Dynamic, addition: &Addition) -> Result<()> {
    if addition.dynamic == 0 {
        return dynamic.write(file, dynamic.offset, product(dynamic.capacity, 2 * file.width())?);
    }
    let size = dynamic.size(file);
    for segment in segments.iter_mut().filter(|segment| segment.kind == PT_DYNAMIC) {
        segment.moves(addition.offset + addition.first, addition.address + addition.first, size);
    }
    dynamic.write(file, addition.offset + addition.first, size)
}

/// Lets the headers of sections follow. A file without any is as good to the loader.
fn write_sections(file: &mut Words, dynamic: &Dynamic, strings: &Strings, addition: &Addition) -> Result<()> {
    for section in sections(file)? {
        let is_names = section.kind == SHT_STRTAB && section.is_loaded && section.address == strings.address;
        let (at, length) = match section.kind {
            SHT_DYNAMIC if addition.dynamic > 0 => (addition.first, dynamic.size(file)),
            _ if is_names => (addition.strings_at(), strings.bytes.len() as u64),
            _ => continue,
        };
        file.set(section.place, SH_ADDR, addition.address + at)?;
        file.set(section.place, SH_OFFSET, addition.offset + at)?;
        file.set(section.place, SH_SIZE, length)?;
    }
    Ok(())
}

/// Writes the table of segments with the new one after the last that is loaded.
fn write_segments(file: &mut Words, mut segments: Vec<Segment>, room: &Room, addition: &Addition) -> Result<()> {
    let new = Segment {
        kind: PT_LOAD,
        // The loader writes into the dynamic table; all else it only reads.
        flags: if addition.dynamic > 0 { 6 } else { 4 },
        offset: addition.offset,
        address: addition.address,
        physical: addition.address,
        in_file: addition.size,
        in_memory: addition.size,
        align: addition.page,
    };
    let last = segments.iter().rposition(|segment| segment.kind == PT_LOAD);
    segments.insert(last.map_or(0, |last| last + 1), new);
    let size = segments.len() as u64 * entry_size(file);
    for segment in segments.iter_mut().filter(|segment| segment.kind == PT_PHDR) {
        match room {
            Room::Elsewhere => segment.moves(addition.offset, addition.address, size),
            _ => segment.moves(segment.offset, segment.address, size),
        }
    }
    if let Room::Elsewhere = room {
        file.set(0, E_PHOFF, addition.offset)?;
    }
    file.set(0, E_PHNUM, segments.len() as u64)?;
    let start = file.get(0, E_PHOFF)?;
    for (index, segment) in segments.iter().enumerate() {
        write_segment(file, start + index as u64 * entry_size(file), segment)?;
    }
    Ok(())
}
