//! Changes the names in a PE file by which Windows finds libraries. Pure: bytes in, bytes out.
//!
//! The new names go into one more section at the end, or, where the headers have no room for its header, into what is
//! unused at the end of another. A library that is only looked for when it is called is also imported at once: the code
//! that looks for it later knows no directory but that of the program, and finds what is loaded already.
//!
//! A signature (Authenticode) would be wrong of the new bytes and goes, and so do addresses that were bound ahead.
//!
//! Source: Microsoft's "PE Format".

use std::collections::BTreeMap;

use super::pe_image::{
    HEADERS_SIZE, IMPORT, IMPORT_ADDRESSES, IMPORT_LOOKUP, IMPORT_NAME, IMPORTS, Image, Import, RAW_OFFSET, RAW_SIZE,
    RVA, SECTION_HEADER, SECTIONS, SIZE, THUNK, VIRTUAL_ADDRESS, VIRTUAL_SIZE, delayed, imports,
};
use super::words::{Field, aligned, half, sum, word};
use super::{BinaryError, Refusal, Result};
use crate::actions::edit::Edit;
use crate::facts::binary::Format;

/// Of the optional header.
const INITIALIZED: Field = word(8, 8);
const SECTION_ALIGNMENT: Field = word(32, 32);
const FILE_ALIGNMENT: Field = word(36, 36);
const IMAGE_SIZE: Field = word(56, 56);
const CHECKSUM: Field = word(64, 64);
const CHARACTERISTICS: Field = half(70, 70);

const CERTIFICATES: u64 = 4;
const BOUND_IMPORTS: u64 = 11;
/// That Windows shall load it only with a valid signature.
const FORCE_INTEGRITY: u64 = 0x80;

/// Of a section's header.
const SECTION_FLAGS: Field = word(36, 36);
const INITIALIZED_DATA: u64 = 0x40;
const DISCARDABLE: u64 = 0x0200_0000;
const EXECUTABLE: u64 = 0x2000_0000;
const READABLE: u64 = 0x4000_0000;
const WRITABLE: u64 = 0x8000_0000;

/// Applies the changes to the bytes of a file: the names of libraries. What it does not have is not changed.
pub fn edit(bytes: &[u8], edit: &Edit) -> std::result::Result<Vec<u8>, BinaryError> {
    edited(bytes, &edit.renamed).map_err(|refusal| refusal.of(Format::Pe))
}

fn edited(bytes: &[u8], renamed: &BTreeMap<String, String>) -> std::result::Result<Vec<u8>, Refusal> {
    let mut image = Image::read(bytes)?;
    let imports = imports(&image)?;
    let delayed = delayed(&image)?;
    let new_name = |import: &Import| renamed.get(&import.name).cloned();
    let changed: Vec<(&Import, String)> =
        imports.iter().chain(&delayed).filter_map(|import| Some((import, new_name(import)?))).collect();
    if changed.is_empty() {
        return Ok(bytes.to_vec());
    }
    let is_loaded = |import: &Import| imports.iter().any(|known| known.name.eq_ignore_ascii_case(&import.name));
    let mut hastened: Vec<(&Import, u64)> = Vec::new();
    for import in delayed.iter().filter(|import| renamed.contains_key(&import.name) && !is_loaded(import)) {
        hastened.extend(import.thunks(&image)?.first().map(|thunk| (import, *thunk)));
    }
    unsign(&mut image)?;
    unbind(&mut image)?;
    let mut addition = Addition::default();
    let places: Vec<u64> = changed.iter().map(|(_, name)| addition.name(name)).collect();
    let table = (!hastened.is_empty()).then(|| addition.table(&image, imports.len(), hastened.len()));
    let base = place(&mut image, addition.bytes.len() as u64, table.is_some())?;
    for ((import, _), place) in changed.iter().zip(&places) {
        let (name, time) = import.fields();
        image.words.set(import.place, name, sum(import.base, base.address + place)?)?;
        image.words.set(import.place, time, 0)?;
    }
    image.words.put(base.offset, &addition.bytes)?;
    if let Some(table) = table {
        let named = |import: &Import| {
            let index = changed.iter().position(|(known, _)| std::ptr::eq(*known, import));
            base.address + index.map_or(0, |index| places[index])
        };
        let hastened: Vec<(u64, u64)> = hastened.iter().map(|(import, thunk)| (named(import), *thunk)).collect();
        write_table(&mut image, &imports, &hastened, &base, &table)?;
    }
    let checksum = checksum(&image)?;
    image.words.set(image.optional, CHECKSUM, checksum)?;
    Ok(image.words.bytes)
}

/// Takes a signature away, and what asks for one.
fn unsign(image: &mut Image) -> Result<()> {
    let flags = image.words.get(image.optional, CHARACTERISTICS)?;
    image.words.set(image.optional, CHARACTERISTICS, flags & !FORCE_INTEGRITY)?;
    let Some(place) = image.directory(CERTIFICATES)? else { return Ok(()) };
    // This one names a place in the file, which is mostly its end.
    let (start, size) = (image.words.get(place, RVA)?, image.words.get(place, SIZE)?);
    if start >= image.contents_end()?
        && start < image.words.len()
        && start + size.next_multiple_of(8) >= image.words.len()
    {
        image.words.bytes.truncate(start as usize);
    }
    clear(image, place)
}

/// Takes away the addresses that were bound ahead: they are those of libraries of other names.
fn unbind(image: &mut Image) -> Result<()> {
    let Some(place) = image.directory(BOUND_IMPORTS)? else { return Ok(()) };
    let (start, size) = (image.words.get(place, RVA)?, image.words.get(place, SIZE)?);
    let is_in_headers = start + size <= image.words.get(image.optional, HEADERS_SIZE)?;
    if start >= image.section(image.count) && is_in_headers {
        let zeros = vec![0; image.words.range(start, size)?.len()];
        image.words.put(start, &zeros)?;
    }
    clear(image, place)
}

fn clear(image: &mut Image, directory: u64) -> Result<()> {
    image.words.set(directory, RVA, 0)?;
    image.words.set(directory, SIZE, 0)
}

/// What is new, by its distance from the start.
#[derive(Default)]
struct Addition {
    bytes: Vec<u8>,
}

/// Where the table of imports goes, and the lookup tables and addresses of what is imported at once.
struct Table {
    start: u64,
    size: u64,
    thunks: u64,
}

impl Addition {
    fn name(&mut self, name: &str) -> u64 {
        self.room(name.len() as u64 + 1, 2, name.as_bytes())
    }

    /// A place of a size and alignment, which begins with some bytes.
    fn room(&mut self, size: u64, align: usize, bytes: &[u8]) -> u64 {
        let start = self.bytes.len().next_multiple_of(align);
        self.bytes.resize(start, 0);
        self.bytes.extend(bytes);
        self.bytes.resize(start + size as usize, 0);
        start as u64
    }

    fn table(&mut self, image: &Image, imports: usize, hastened: usize) -> Table {
        let size = (imports + hastened + 1) as u64 * IMPORT;
        let start = self.room(size, 8, &[]);
        let thunks = self.room(hastened as u64 * 4 * image.words.width(), 8, &[]);
        Table { start, size, thunks }
    }
}

/// A place in memory and in the file.
struct Base {
    address: u64,
    offset: u64,
}

/// Finds a place for so many bytes. Addresses that the loader fills in must be writable.
fn place(image: &mut Image, size: u64, is_writable: bool) -> std::result::Result<Base, Refusal> {
    let header = image.section(image.count);
    let limit = image.words.get(image.optional, HEADERS_SIZE)?.min(first_contents(image)?);
    let free = image.words.range(header, SECTION_HEADER).is_ok_and(|bytes| bytes.iter().all(|byte| *byte == 0));
    if header + SECTION_HEADER <= limit && free {
        return Ok(add_section(image, header, size, is_writable)?);
    }
    match unused(image, size, is_writable)? {
        Some(base) => Ok(base),
        None => Err(Refusal::Full(SECTION_HEADER)),
    }
}

fn first_contents(image: &Image) -> Result<u64> {
    let mut first = image.words.len();
    for index in 0..image.count {
        let section = image.section(index);
        if image.words.get(section, RAW_SIZE)? > 0 {
            first = first.min(image.words.get(section, RAW_OFFSET)?);
        }
    }
    Ok(first)
}

fn add_section(image: &mut Image, header: u64, size: u64, is_writable: bool) -> Result<Base> {
    let [in_memory, in_file] = [SECTION_ALIGNMENT, FILE_ALIGNMENT].map(|field| image.words.get(image.optional, field));
    let (in_memory, in_file) = (power(in_memory?)?, power(in_file?)?);
    let address = aligned(image.memory_end()?, in_memory)?;
    let offset = aligned(image.words.len().max(image.contents_end()?), in_file)?;
    let raw = aligned(size, in_file)?;
    if offset - image.words.len() > in_memory.max(in_file) {
        return Err("a section lies beyond its end".into());
    }
    image.words.bytes.resize((offset + raw) as usize, 0);
    image.words.put(header, b".graft\0\0")?;
    let flags = INITIALIZED_DATA | READABLE | if is_writable { WRITABLE } else { 0 };
    let fields = [VIRTUAL_SIZE, VIRTUAL_ADDRESS, RAW_SIZE, RAW_OFFSET, SECTION_FLAGS];
    for (field, value) in fields.into_iter().zip([size, address, raw, offset, flags]) {
        image.words.set(header, field, value)?;
    }
    image.count += 1;
    image.words.set(image.coff, SECTIONS, image.count)?;
    let initialized = image.words.get(image.optional, INITIALIZED)?;
    image.words.set(image.optional, INITIALIZED, (initialized + raw).min(u32::MAX.into()))?;
    image.words.set(image.optional, IMAGE_SIZE, aligned(address + size, in_memory)?)?;
    Ok(Base { address, offset })
}

fn power(alignment: u64) -> Result<u64> {
    if alignment.is_power_of_two() && alignment <= 1 << 24 {
        return Ok(alignment);
    }
    Err("it is aligned to no power of two".into())
}

/// What is filled up with zeros at the end of a section.
fn unused(image: &mut Image, size: u64, is_writable: bool) -> Result<Option<Base>> {
    for index in 0..image.count {
        let section = image.section(index);
        let [used, raw, start, offset, flags] = [VIRTUAL_SIZE, RAW_SIZE, VIRTUAL_ADDRESS, RAW_OFFSET, SECTION_FLAGS]
            .map(|field| image.words.get(section, field));
        let (used, raw, start, offset, flags) = (used?.next_multiple_of(8), raw?, start?, offset?, flags?);
        let is_fit = flags & READABLE != 0 && flags & (EXECUTABLE | DISCARDABLE) == 0;
        if !is_fit || (is_writable && flags & WRITABLE == 0) || used + size > raw {
            continue;
        }
        if image.words.range(offset + used, size)?.iter().all(|byte| *byte == 0) {
            image.words.set(section, VIRTUAL_SIZE, used + size)?;
            return Ok(Some(Base { address: start + used, offset: offset + used }));
        }
    }
    Ok(None)
}

/// Writes the table of imports anew, with those at its end that were looked for later: (name, first symbol).
fn write_table(
    image: &mut Image,
    imports: &[Import],
    hastened: &[(u64, u64)],
    base: &Base,
    table: &Table,
) -> Result<()> {
    let width = image.words.width();
    let mut place = base.offset + table.start;
    for import in imports {
        let entry = image.words.range(import.place, IMPORT)?.to_vec();
        image.words.put(place, &entry)?;
        place += IMPORT;
    }
    for (index, (name, thunk)) in hastened.iter().enumerate() {
        let thunks = table.thunks + index as u64 * 4 * width;
        image.words.set(place, IMPORT_LOOKUP, base.address + thunks)?;
        image.words.set(place, IMPORT_NAME, *name)?;
        image.words.set(place, IMPORT_ADDRESSES, base.address + thunks + 2 * width)?;
        for at in [0, 2 * width] {
            image.words.set(base.offset + thunks + at, THUNK, *thunk)?;
        }
        place += IMPORT;
    }
    let directory = image.directory(IMPORTS)?.ok_or("it has no directory of imports")?;
    image.words.set(directory, RVA, base.address + table.start)?;
    image.words.set(directory, SIZE, table.size)
}

/// The checksum that Windows compares for drivers and some services: the sum of all 16-bit words but its own, and the
/// file's size.
fn checksum(image: &Image) -> Result<u64> {
    let own = image.optional + 64;
    let mut total = 0u64;
    for (index, pair) in image.words.bytes.chunks(2).enumerate() {
        let at = index as u64 * 2;
        let is_own = at + 2 > own && at < own + 4;
        let byte = |index: usize| match is_own && (own..own + 4).contains(&(at + index as u64)) {
            true => 0,
            false => u64::from(pair.get(index).copied().unwrap_or(0)),
        };
        total += byte(0) | byte(1) << 8;
        total = (total & 0xffff) + (total >> 16);
    }
    sum(total, image.words.len()).map(|sum| sum & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::super::pe::tests::{library, words};
    use super::*;

    fn changes() -> Edit {
        let renamed = [("python3.dll", "a-much-longer-name-0123abcd.dll"), ("late.dll", "late-0123abcd.dll")];
        Edit { renamed: renamed.map(|(old, new)| (old.to_owned(), new.to_owned())).into(), ..Edit::default() }
    }

    /// The library with a delayed import of `b` from `late.dll`.
    fn with_delayed() -> Vec<u8> {
        let mut bytes = library();
        let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
        put(0x58 + 112 + 13 * 8, &words(&[0x320, 64]));
        put(0x320, &words(&[1, 0x370, 0x3f0, 0x380, 0x390, 0, 0, 9]));
        put(0x370, b"late.dll\0");
        put(0x390, &words(&[0x3a0, 0, 0, 0]));
        put(0x3a2, b"b\0");
        bytes
    }

    fn word_at(bytes: &[u8], at: usize) -> u32 {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
    }

    #[test]
    fn an_edited_file_says_the_new_names_and_all_else_as_before() {
        let before = parse(&library()).unwrap().remove(0);
        let edited = edit(&library(), &changes()).unwrap();
        let after = parse(&edited).unwrap().remove(0);
        assert_eq!(after.needed, ["a-much-longer-name-0123abcd.dll"]);
        assert_eq!((after.exports, after.imports), (before.exports, before.imports));
        // The size of the image ends with the new section, which begins where the old one ends.
        assert_eq!((word_at(&edited, 0x58 + 56), edited.len()), (0x600, 0x600));
        assert_eq!(edited[0x170..0x178], *b".graft\0\0");
        assert_eq!(edit(&edited, &changes()).unwrap(), edited);
        assert_eq!(edit(&library(), &Edit::default()).unwrap(), library());
    }

    #[test]
    fn the_checksum_is_the_sum_of_all_words_but_its_own() {
        let edited = edit(&library(), &changes()).unwrap();
        let mut bytes = edited.clone();
        bytes[0x58 + 64..0x58 + 68].fill(0);
        let halves = bytes.chunks(2).map(|pair| u64::from(pair[0]) + 256 * u64::from(pair[1]));
        let mut sum: u64 = halves.sum();
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        assert_eq!(u64::from(word_at(&edited, 0x58 + 64)), sum + edited.len() as u64);
    }

    #[test]
    fn a_signature_goes_with_what_asks_for_it() {
        let mut bytes = library();
        bytes[0x58 + 70] = 0x80;
        bytes[0x58 + 112 + 4 * 8..][..8].copy_from_slice(&words(&[0x400, 0x38]));
        bytes.resize(0x438, 0xaa);
        let edited = edit(&bytes, &changes()).unwrap();
        assert_eq!(edited[0x58 + 70], 0);
        assert_eq!(edited[0x58 + 112 + 4 * 8..][..8], [0; 8]);
        assert!(edited.len() == 0x600 && !edited.contains(&0xaa));
    }

    #[test]
    fn a_library_that_is_looked_for_later_is_loaded_at_once() {
        let bytes = with_delayed();
        assert_eq!(parse(&bytes).unwrap()[0].optional, ["late.dll"]);
        let after = parse(&edit(&bytes, &changes()).unwrap()).unwrap().remove(0);
        assert_eq!(after.needed, ["a-much-longer-name-0123abcd.dll", "late-0123abcd.dll"]);
        assert_eq!(after.optional, ["late-0123abcd.dll"]);
        assert_eq!(after.imports, ["PyErr_Clear", "b"]);
        let kept = Edit { renamed: [("python3.dll".to_owned(), "p.dll".to_owned())].into(), ..Edit::default() };
        assert_eq!(parse(&edit(&bytes, &kept).unwrap()).unwrap()[0].needed, ["p.dll"]);
    }

    #[test]
    fn full_headers_make_use_of_what_is_unused_in_a_section() {
        let mut bytes = library();
        bytes[0x170..0x200].fill(1);
        assert_eq!(edit(&bytes, &changes()).unwrap_err(), BinaryError::Full { format: Format::Pe, bytes: 40 });
        // The section is for reading, but what lies behind its end is no zeros; then it is.
        bytes[0x148 + 8..0x148 + 12].copy_from_slice(&words(&[0xe0]));
        bytes[0x148 + 36..0x148 + 40].copy_from_slice(&words(&[0x4000_0040]));
        assert_eq!(edit(&bytes, &changes()).unwrap_err(), BinaryError::Full { format: Format::Pe, bytes: 40 });
        bytes[0x148 + 8..0x148 + 12].copy_from_slice(&words(&[0x1a0]));
        let edited = edit(&bytes, &changes()).unwrap();
        assert_eq!(edited.len(), bytes.len());
        assert_eq!(parse(&edited).unwrap()[0].needed, ["a-much-longer-name-0123abcd.dll"]);
    }

    /// Every truncation and many bytes at every place. What comes out does not matter; a panic fails the test.
    #[test]
    fn damaged_bytes_are_answered() {
        let bytes = with_delayed();
        for length in 0..bytes.len() {
            let _ = edit(&bytes[..length], &changes());
        }
        for at in 0..bytes.len() {
            for byte in [0, 0xff, 0x7f, bytes[at] ^ 1, bytes[at] ^ 0x80] {
                let mut damaged = bytes.clone();
                damaged[at] = byte;
                let _ = edit(&damaged, &changes());
            }
        }
    }
}
