//! The headers of a PE file, and its two tables of imports (Microsoft's "PE Format").
//!
//! What a table names may lie in any section: tools that rename libraries add some.

use super::words::{Field, Words, address, half, sum, word};
use super::{Damage, Result, text};

/// Of the COFF header, which four bytes lead.
pub const SECTIONS: Field = half(6, 6);
const OPTIONAL_SIZE: Field = half(20, 20);
const OPTIONAL: u64 = 24;

/// Of the optional header.
const IMAGE_BASE: Field = address(28, 24);
pub const HEADERS_SIZE: Field = word(60, 60);
const DIRECTORIES: Field = word(92, 108);

pub const IMPORTS: u64 = 1;
const DELAYED_IMPORTS: u64 = 13;

/// Of a data directory.
pub const RVA: Field = word(0, 0);
pub const SIZE: Field = word(4, 4);

/// Of a section's header.
pub const SECTION_HEADER: u64 = 40;
pub const VIRTUAL_SIZE: Field = word(8, 8);
pub const VIRTUAL_ADDRESS: Field = word(12, 12);
pub const RAW_SIZE: Field = word(16, 16);
pub const RAW_OFFSET: Field = word(20, 20);

/// Of an import's entry.
pub const IMPORT: u64 = 20;
pub const IMPORT_LOOKUP: Field = word(0, 0);
const IMPORT_TIME: Field = word(4, 4);
pub const IMPORT_NAME: Field = word(12, 12);
pub const IMPORT_ADDRESSES: Field = word(16, 16);

/// Of a delayed import's entry.
const DELAYED: u64 = 32;
const ATTRIBUTES: Field = word(0, 0);
const DELAYED_NAME: Field = word(4, 4);
const DELAYED_LOOKUP: Field = word(16, 16);
const DELAYED_TIME: Field = word(28, 28);

/// An entry of a table of symbols.
pub const THUNK: Field = address(0, 0);

/// No name of a library or of a symbol is longer, nor are those of all symbols together, in bytes: what is longer is made
/// to exhaust the memory.
const LIBRARY: u64 = 1 << 9;
const SYMBOL: u64 = 1 << 16;
const SYMBOLS: usize = 64 << 20;

/// A file and where its headers lie.
pub struct Image {
    pub words: Words,
    /// The COFF header, the optional one, the table of sections.
    pub coff: u64,
    pub optional: u64,
    sections: u64,
    pub count: u64,
}

impl Image {
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let words = Words::new(bytes, false, true);
        if !bytes.starts_with(b"MZ") {
            return Err("it is no PE file".into());
        }
        let coff = words.get(0x3c, RVA)?;
        if words.range(coff, 4)? != b"PE\0\0" {
            return Err("it is no PE file".into());
        }
        let optional = coff + OPTIONAL;
        let is_64 = match words.get(optional, half(0, 0))? {
            0x10b => false,
            0x20b => true,
            _ => return Err("its optional header is of an unknown kind".into()),
        };
        let sections = optional + words.get(coff, OPTIONAL_SIZE)?;
        let count = words.get(coff, SECTIONS)?;
        words.range(sections, count * SECTION_HEADER)?;
        Ok(Self { words: Words::new(bytes, is_64, true), coff, optional, sections, count })
    }

    /// Where a data directory's entry lies, if the file has it.
    pub fn directory(&self, index: u64) -> Result<Option<u64>> {
        let first = self.optional + if self.words.is_64 { 112 } else { 96 };
        let place = first + index * 8;
        Ok((index < self.words.get(self.optional, DIRECTORIES)? && place + 8 <= self.sections).then_some(place))
    }

    /// What a data directory names, unless that is nothing.
    fn named(&self, index: u64) -> Result<Option<u64>> {
        let Some(place) = self.directory(index)? else { return Ok(None) };
        Ok(Some(self.words.get(place, RVA)?).filter(|address| *address != 0))
    }

    pub fn section(&self, index: u64) -> u64 {
        self.sections + index * SECTION_HEADER
    }

    /// Where what is loaded at an address lies in the file.
    pub fn offset(&self, address: u64) -> Result<u64> {
        for index in 0..self.count {
            let section = self.section(index);
            let start = self.words.get(section, VIRTUAL_ADDRESS)?;
            let within =
                address.checked_sub(start).filter(|at| self.words.get(section, RAW_SIZE).is_ok_and(|size| *at < size));
            if let Some(at) = within {
                return sum(self.words.get(section, RAW_OFFSET)?, at);
            }
        }
        if address < self.words.get(self.optional, HEADERS_SIZE)? {
            return Ok(address);
        }
        Err(Damage(format!("the address {address:#x} is in no section")))
    }

    /// A text of at most so many bytes, with its end.
    fn text(&self, address: u64, limit: u64) -> Result<String> {
        let start = self.offset(address)?;
        let bytes = self.words.range(start, self.words.len().saturating_sub(start).min(limit))?;
        let end = bytes.iter().position(|byte| *byte == 0).ok_or("a name has no end")?;
        Ok(text(&bytes[..end]))
    }

    /// Where the contents of the last section end in the file.
    pub fn contents_end(&self) -> Result<u64> {
        let mut end = self.words.get(self.optional, HEADERS_SIZE)?;
        for index in 0..self.count {
            let section = self.section(index);
            if self.words.get(section, RAW_SIZE)? > 0 {
                end = end.max(self.words.get(section, RAW_OFFSET)? + self.words.get(section, RAW_SIZE)?);
            }
        }
        Ok(end)
    }

    /// Where the sections end in memory.
    pub fn memory_end(&self) -> Result<u64> {
        let mut end = self.words.get(self.optional, HEADERS_SIZE)?;
        for index in 0..self.count {
            let section = self.section(index);
            let size = self.words.get(section, VIRTUAL_SIZE)?.max(self.words.get(section, RAW_SIZE)?);
            end = end.max(self.words.get(section, VIRTUAL_ADDRESS)? + size);
        }
        Ok(end)
    }
}

/// An entry of the import directory, or of the delay-load directory.
#[derive(Debug)]
pub struct Import {
    /// Where it lies in the file.
    pub place: u64,
    /// The library's name.
    pub name: String,
    /// What its addresses count from: those of old delayed imports from zero, all others from the image's base.
    pub base: u64,
    /// Where its table of symbols lies in the file.
    lookup: u64,
    pub is_delayed: bool,
}

impl Import {
    /// The fields of its name, and of the time of the library that addresses were bound to.
    pub fn fields(&self) -> (Field, Field) {
        if self.is_delayed { (DELAYED_NAME, DELAYED_TIME) } else { (IMPORT_NAME, IMPORT_TIME) }
    }

    /// The symbols, as tables name those of ordinary imports.
    pub fn thunks(&self, image: &Image) -> Result<Vec<u64>> {
        let mut thunks = Vec::new();
        let mut place = self.lookup;
        loop {
            match image.words.get(place, THUNK)? {
                0 => return Ok(thunks),
                number if is_number(image, number) => thunks.push(number),
                symbol => thunks.push(symbol.checked_sub(self.base).ok_or("an address lies before the image")?),
            }
            place += image.words.width();
        }
    }
}

/// Whether a table names a symbol by its number.
fn is_number(image: &Image, thunk: u64) -> bool {
    thunk >> (image.words.width() * 8 - 1) == 1
}

/// The libraries that are loaded with the image.
pub fn imports(image: &Image) -> Result<Vec<Import>> {
    let mut imports = Vec::new();
    let Some(start) = image.named(IMPORTS)? else { return Ok(imports) };
    let mut place = image.offset(start)?;
    loop {
        let field = |field| image.words.get(place, field);
        let (name, addresses) = (field(IMPORT_NAME)?, field(IMPORT_ADDRESSES)?);
        if name == 0 || addresses == 0 {
            return Ok(imports);
        }
        // Old linkers wrote one table only.
        let lookup = Some(field(IMPORT_LOOKUP)?).filter(|lookup| *lookup != 0).unwrap_or(addresses);
        let (name, lookup) = (image.text(name, LIBRARY)?, image.offset(lookup)?);
        imports.push(Import { place, name, base: 0, lookup, is_delayed: false });
        place += IMPORT;
    }
}

/// The libraries that are loaded when they are called.
pub fn delayed(image: &Image) -> Result<Vec<Import>> {
    let mut imports = Vec::new();
    let Some(start) = image.named(DELAYED_IMPORTS)? else { return Ok(imports) };
    let mut place = image.offset(start)?;
    loop {
        let name = image.words.get(place, DELAYED_NAME)?;
        if name == 0 {
            return Ok(imports);
        }
        let is_relative = image.words.get(place, ATTRIBUTES)? & 1 == 1;
        let base = if is_relative { 0 } else { image.words.get(image.optional, IMAGE_BASE)? };
        let relative = |address: u64| address.checked_sub(base).ok_or("an address lies before the image");
        let lookup = image.offset(relative(image.words.get(place, DELAYED_LOOKUP)?)?)?;
        imports.push(Import { place, name: image.text(relative(name)?, LIBRARY)?, base, lookup, is_delayed: true });
        place += DELAYED;
    }
}

/// The names of the symbols of imports, without those that have only numbers.
pub fn symbols(image: &Image, imports: &[Import]) -> Result<Vec<String>> {
    let (mut names, mut size) = (Vec::new(), 0);
    for import in imports {
        for thunk in import.thunks(image)?.into_iter().filter(|thunk| !is_number(image, *thunk)) {
            let name = image.text(sum(thunk, 2)?, SYMBOL)?;
            size += name.len() + 1;
            if size > SYMBOLS {
                return Err("it imports more than any file does".into());
            }
            names.push(name);
        }
    }
    Ok(names)
}
