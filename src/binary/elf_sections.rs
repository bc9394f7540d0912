//! The table of sections of an ELF file, by which tools read it (System V gABI, "Sections").

use super::Result;
use super::words::{Field, Words, address, half, product, sum, word};

pub const E_SHOFF: Field = address(32, 40);
pub const E_SHENTSIZE: Field = half(46, 58);
pub const E_SHNUM: Field = half(48, 60);
pub const E_SHSTRNDX: Field = half(50, 62);

pub const SH_NAME: Field = word(0, 0);
pub const SH_TYPE: Field = word(4, 4);
pub const SH_FLAGS: Field = address(8, 8);
pub const SH_ADDR: Field = address(12, 16);
pub const SH_OFFSET: Field = address(16, 24);
pub const SH_SIZE: Field = address(20, 32);
pub const SH_LINK: Field = word(24, 40);
pub const SH_INFO: Field = word(28, 44);
pub const SH_ADDRALIGN: Field = address(32, 48);

const SHT_NULL: u64 = 0;
pub const SHT_PROGBITS: u64 = 1;
pub const SHT_SYMTAB: u64 = 2;
pub const SHT_STRTAB: u64 = 3;
pub const SHT_DYNAMIC: u64 = 6;
const SHT_NOBITS: u64 = 8;
const SHF_ALLOC: u64 = 2;

/// What a header of a section says.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    pub place: u64,
    pub kind: u64,
    pub is_loaded: bool,
    pub address: u64,
    pub offset: u64,
    pub size: u64,
}

impl Section {
    pub fn is_in_file(&self) -> bool {
        ![SHT_NULL, SHT_NOBITS].contains(&self.kind)
    }
}

pub fn sections(file: &Words) -> Result<Vec<Section>> {
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
