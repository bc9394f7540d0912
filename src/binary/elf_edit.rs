//! Changes the names in an ELF file by which the loader finds libraries. Pure: bytes in, bytes out.
//!
//! What is there stays where it is. The names that are new, with a copy of the old ones before them, go into one more
//! loadable segment at the end of the file; so does the dynamic table if it needs more room than it has, and what lies
//! behind the table of segments if that has no entry to spare. Headers of sections follow, so that tools for files read
//! what loaders read.
//!
//! Sources: System V gABI ("Program Header", "Dynamic Linking"); the Linux Standard Base on symbol versions; what loaders
//! ask of segments (`p_offset` and `p_vaddr` equal modulo the page, ascending addresses) is the gABI's as well.

use super::elf_words::{Field, Words, address, aligned, half, product, sum, word};
use super::{BinaryError, Damage, Result};
use crate::actions::edit::ElfEdit;
use crate::facts::binary::Format;

const E_MACHINE: Field = half(18, 18);
const E_PHOFF: Field = address(28, 32);
const E_SHOFF: Field = address(32, 40);
const E_PHENTSIZE: Field = half(42, 54);
const E_PHNUM: Field = half(44, 56);
const E_SHENTSIZE: Field = half(46, 58);
const E_SHNUM: Field = half(48, 60);

const P_TYPE: Field = word(0, 0);
const P_FLAGS: Field = word(24, 4);
const P_OFFSET: Field = address(4, 8);
const P_VADDR: Field = address(8, 16);
const P_PADDR: Field = address(12, 24);
const P_FILESZ: Field = address(16, 32);
const P_MEMSZ: Field = address(20, 40);
const P_ALIGN: Field = address(28, 48);

const SH_TYPE: Field = word(4, 4);
const SH_FLAGS: Field = address(8, 8);
const SH_ADDR: Field = address(12, 16);
const SH_OFFSET: Field = address(16, 24);
const SH_SIZE: Field = address(20, 32);

const D_TAG: Field = address(0, 0);
const D_VAL: Field = address(4, 8);

const VN_FILE: Field = word(4, 4);
const VN_NEXT: Field = word(12, 12);

const PT_NULL: u64 = 0;
const PT_LOAD: u64 = 1;
const PT_DYNAMIC: u64 = 2;
const PT_INTERP: u64 = 3;
const PT_NOTE: u64 = 4;
const PT_PHDR: u64 = 6;
const PT_GNU_PROPERTY: u64 = 0x6474_e553;

const SHT_NULL: u64 = 0;
const SHT_STRTAB: u64 = 3;
const SHT_DYNAMIC: u64 = 6;
const SHT_NOBITS: u64 = 8;
const SHF_ALLOC: u64 = 2;

/// The segments that only their own entries refer to, so that they can lie anywhere.
const MOVING_SEGMENTS: [u64; 3] = [PT_INTERP, PT_NOTE, PT_GNU_PROPERTY];
/// The sections that are found by the dynamic table or by such a segment: HASH, NOTE, DYNSYM, GNU_HASH, the versions.
const MOVING_SECTIONS: [u64; 7] = [5, 7, 11, 0x6fff_fff6, 0x6fff_fffd, 0x6fff_fffe, 0x6fff_ffff];
/// What the dynamic table finds them by: HASH, SYMTAB, GNU_HASH, VERSYM, VERDEF, VERNEED.
const MOVING_TAGS: [u64; 6] = [4, 6, 0x6fff_fef5, 0x6fff_fff0, 0x6fff_fffc, DT_VERNEED];

const DT_NULL: u64 = 0;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_STRSZ: u64 = 10;
const DT_SONAME: u64 = 14;
const DT_RPATH: u64 = 15;
const DT_RUNPATH: u64 = 29;
const DT_VERNEED: u64 = 0x6fff_fffe;
const DT_VERNEEDNUM: u64 = 0x6fff_ffff;

/// How much a program may grow so that its table of segments lies where old kernels look for it, in bytes.
const PADDING: u64 = 16 << 20;

/// Applies the changes to the bytes of a file; what it does not have is not changed.
pub fn edit(bytes: &[u8], edit: &ElfEdit) -> std::result::Result<Vec<u8>, BinaryError> {
    if edit.is_empty() {
        return Ok(bytes.to_vec());
    }
    edited(bytes, edit).map_err(|Damage(reason)| BinaryError::Damaged { format: Format::Elf, reason })
}

fn edited(bytes: &[u8], edit: &ElfEdit) -> Result<Vec<u8>> {
    let mut file = Words::new(bytes)?;
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
    match edit.run_path.as_deref() {
        Some("") => dynamic.entries.retain(|(tag, _)| ![DT_RPATH, DT_RUNPATH].contains(tag)),
        Some(path) => dynamic.set(dynamic.run_path_tag(), strings.add(path)?),
        None => {}
    }
    has_changed |= dynamic.entries != before;
    if has_changed { placed(file, segments, dynamic, strings) } else { Ok(bytes.to_vec()) }
}

/// An entry of the table of segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    kind: u64,
    flags: u64,
    offset: u64,
    address: u64,
    physical: u64,
    in_file: u64,
    in_memory: u64,
    align: u64,
}

impl Segment {
    fn moves(&mut self, offset: u64, address: u64, size: u64) {
        (self.offset, self.address, self.physical) = (offset, address, address);
        (self.in_file, self.in_memory) = (size, size);
    }
}

/// The size of an entry of the table of segments.
fn entry_size(file: &Words) -> u64 {
    if file.is_64 { 56 } else { 32 }
}

fn segments(file: &Words) -> Result<Vec<Segment>> {
    let (start, count) = (file.get(0, E_PHOFF)?, file.get(0, E_PHNUM)?);
    if file.get(0, E_PHENTSIZE)? != entry_size(file) || count == 0 || count >= 0xfff0 {
        return Err("it has no table of segments".into());
    }
    let places = (0..count).map(|index| sum(start, index * entry_size(file)));
    places.map(|place| segment(file, place?)).collect()
}

fn segment(file: &Words, place: u64) -> Result<Segment> {
    Ok(Segment {
        kind: file.get(place, P_TYPE)?,
        flags: file.get(place, P_FLAGS)?,
        offset: file.get(place, P_OFFSET)?,
        address: file.get(place, P_VADDR)?,
        physical: file.get(place, P_PADDR)?,
        in_file: file.get(place, P_FILESZ)?,
        in_memory: file.get(place, P_MEMSZ)?,
        align: file.get(place, P_ALIGN)?,
    })
}

fn write_segment(file: &mut Words, place: u64, segment: &Segment) -> Result<()> {
    file.set(place, P_TYPE, segment.kind)?;
    file.set(place, P_FLAGS, segment.flags)?;
    file.set(place, P_OFFSET, segment.offset)?;
    file.set(place, P_VADDR, segment.address)?;
    file.set(place, P_PADDR, segment.physical)?;
    file.set(place, P_FILESZ, segment.in_file)?;
    file.set(place, P_MEMSZ, segment.in_memory)?;
    file.set(place, P_ALIGN, segment.align)
}

/// Where what is loaded at an address lies in the file.
fn offset_of(segments: &[Segment], address: u64) -> Result<u64> {
    let holds = |segment: &&Segment| {
        segment.kind == PT_LOAD && address.checked_sub(segment.address).is_some_and(|at| at < segment.in_file)
    };
    match segments.iter().find(holds) {
        Some(segment) => sum(segment.offset, address - segment.address),
        None => Err(Damage(format!("the address {address:#x} is in no segment"))),
    }
}

/// The dynamic table, without its end.
struct Dynamic {
    offset: u64,
    /// How many entries there is room for, that of the end too.
    capacity: u64,
    entries: Vec<(u64, u64)>,
}

impl Dynamic {
    fn read(file: &Words, segments: &[Segment]) -> Result<Self> {
        let found = segments.iter().find(|segment| segment.kind == PT_DYNAMIC);
        let segment = found.ok_or("it has no dynamic table, so that it needs no libraries")?;
        file.range(segment.offset, segment.in_file)?;
        let capacity = segment.in_file / (2 * file.width());
        let mut entries = Vec::new();
        for index in 0..capacity {
            let place = sum(segment.offset, index * 2 * file.width())?;
            match file.get(place, D_TAG)? {
                DT_NULL => break,
                tag => entries.push((tag, file.get(place, D_VAL)?)),
            }
        }
        Ok(Self { offset: segment.offset, capacity, entries })
    }

    fn value(&self, tag: u64) -> Option<u64> {
        self.entries.iter().find(|(found, _)| *found == tag).map(|(_, value)| *value)
    }

    fn needed(&self, tag: u64, name: &str) -> Result<u64> {
        self.value(tag).ok_or_else(|| Damage(format!("its dynamic table has no {name}")))
    }

    /// Changes the value of a tag; one that is not there comes after the needed libraries.
    fn set(&mut self, tag: u64, value: u64) {
        match self.entries.iter_mut().find(|(found, _)| *found == tag) {
            Some(entry) => entry.1 = value,
            None => {
                let last = self.entries.iter().rposition(|(found, _)| *found == DT_NEEDED);
                self.entries.insert(last.map_or(0, |last| last + 1), (tag, value));
            }
        }
    }

    /// The run path stays of the kind that it is of; only DT_RUNPATH counts where there are both.
    fn run_path_tag(&self) -> u64 {
        let has = |tag| self.value(tag).is_some();
        if has(DT_RPATH) && !has(DT_RUNPATH) { DT_RPATH } else { DT_RUNPATH }
    }

    fn fits(&self) -> bool {
        (self.entries.len() as u64) < self.capacity
    }

    fn size(&self, file: &Words) -> u64 {
        (self.entries.len() as u64 + 1) * 2 * file.width()
    }

    /// Writes the table over `room` bytes.
    fn write(&self, file: &mut Words, offset: u64, room: u64) -> Result<()> {
        let zeros = vec![0; usize::try_from(room).unwrap_or(0)];
        file.put(offset, &zeros)?;
        for (index, (tag, value)) in self.entries.iter().enumerate() {
            let place = offset + index as u64 * 2 * file.width();
            file.set(place, D_TAG, *tag)?;
            file.set(place, D_VAL, *value)?;
        }
        Ok(())
    }
}

/// The names that the dynamic table refers to.
struct Strings {
    /// Where the old ones are loaded.
    address: u64,
    bytes: Vec<u8>,
    old: usize,
}

impl Strings {
    fn read(file: &Words, segments: &[Segment], dynamic: &Dynamic) -> Result<Self> {
        let address = dynamic.needed(DT_STRTAB, "DT_STRTAB")?;
        let size = dynamic.needed(DT_STRSZ, "DT_STRSZ")?;
        let bytes = file.range(offset_of(segments, address)?, size)?.to_vec();
        if bytes.last().is_some_and(|last| *last != 0) {
            return Err("its names have no end".into());
        }
        Ok(Self { address, old: bytes.len(), bytes })
    }

    fn at(&self, index: u64) -> Result<&[u8]> {
        let rest = usize::try_from(index).ok().and_then(|index| self.bytes.get(index..));
        let rest = rest.ok_or("it refers to a name beyond all names")?;
        Ok(&rest[..rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len())])
    }

    /// The index of a name, which is added unless it was before.
    fn add(&mut self, name: &str) -> Result<u64> {
        if name.contains('\0') {
            return Err("a name cannot hold a zero".into());
        }
        let whole = [b"\0", name.as_bytes(), b"\0"].concat();
        let from = self.old.saturating_sub(1);
        let known = self.bytes[from..].windows(whole.len()).position(|window| window == whole);
        if let Some(known) = known {
            return Ok((from + known + 1) as u64);
        }
        let index = self.bytes.len() as u64;
        self.bytes.extend(&whole[1..]);
        Ok(index)
    }

    /// Changes the index of a name to that of its new one; whether there is one.
    fn rename(&mut self, index: &mut u64, edit: &ElfEdit) -> Result<bool> {
        let old = String::from_utf8_lossy(self.at(*index)?).into_owned();
        let Some(new) = edit.renamed.get(&old) else { return Ok(false) };
        *index = self.add(new)?;
        Ok(true)
    }
}

/// Renames the libraries whose versions the file asks for; the loader looks them up by the names that are needed.
fn rename_versions(
    file: &mut Words,
    segments: &[Segment],
    dynamic: &Dynamic,
    strings: &mut Strings,
    edit: &ElfEdit,
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

/// What a header of a section says.
struct Section {
    place: u64,
    kind: u64,
    is_loaded: bool,
    address: u64,
    offset: u64,
    size: u64,
}

impl Section {
    fn is_in_file(&self) -> bool {
        ![SHT_NULL, SHT_NOBITS].contains(&self.kind)
    }
}

fn sections(file: &Words) -> Result<Vec<Section>> {
    let (start, size) = (file.get(0, E_SHOFF)?, file.get(0, E_SHENTSIZE)?);
    if start == 0 {
        return Ok(Vec::new());
    }
    let count = match file.get(0, E_SHNUM)? {
        0 => file.get(start, SH_SIZE)?,
        count => count,
    };
    file.range(start, product(count, size)?)?;
    (0..count).map(|index| section(file, start + index * size)).collect()
}

fn section(file: &Words, place: u64) -> Result<Section> {
    let (offset, size) = (file.get(place, SH_OFFSET)?, file.get(place, SH_SIZE)?);
    sum(offset, size)?;
    Ok(Section {
        place,
        kind: file.get(place, SH_TYPE)?,
        is_loaded: file.get(place, SH_FLAGS)? & SHF_ALLOC != 0,
        address: file.get(place, SH_ADDR)?,
        offset,
        size,
    })
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

fn placed(mut file: Words, mut segments: Vec<Segment>, mut dynamic: Dynamic, strings: Strings) -> Result<Vec<u8>> {
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

#[cfg(test)]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(clippy::disallowed_methods)]
mod tests {
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

    fn changes() -> ElfEdit {
        let renamed = [("libc.so.6", "libc-0123abcd.so.6"), ("ld-linux-x86-64.so.2", "libld.so")];
        ElfEdit {
            soname: Some("libnew-0123abcd.so.1".to_owned()),
            run_path: Some("$ORIGIN/../some.libs".to_owned()),
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
            assert_eq!(edit(&bytes, &ElfEdit::default()).unwrap(), bytes);
            let gone = ElfEdit { run_path: Some(String::new()), ..ElfEdit::default() };
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
        let change = ElfEdit { run_path: Some("$ORIGIN/some.libs".to_owned()), ..ElfEdit::default() };
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
        let dynamic = super::segments(&Words::new(&bytes).unwrap()).unwrap();
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
