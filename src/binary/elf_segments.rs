//! The table of segments of an ELF file, by which loaders read it (System V gABI, "Program Header").

use super::words::{Field, Words, address, half, sum, word};
use super::{Damage, Result};

pub const E_PHOFF: Field = address(28, 32);
pub const E_PHENTSIZE: Field = half(42, 54);
pub const E_PHNUM: Field = half(44, 56);

const P_TYPE: Field = word(0, 0);
const P_FLAGS: Field = word(24, 4);
const P_OFFSET: Field = address(4, 8);
const P_VADDR: Field = address(8, 16);
const P_PADDR: Field = address(12, 24);
const P_FILESZ: Field = address(16, 32);
const P_MEMSZ: Field = address(20, 40);
const P_ALIGN: Field = address(28, 48);

pub const PT_LOAD: u64 = 1;
pub const PT_DYNAMIC: u64 = 2;

/// An entry of the table of segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub kind: u64,
    pub flags: u64,
    pub offset: u64,
    pub address: u64,
    pub physical: u64,
    pub in_file: u64,
    pub in_memory: u64,
    pub align: u64,
}

impl Segment {
    pub fn moves(&mut self, offset: u64, address: u64, size: u64) {
        (self.offset, self.address, self.physical) = (offset, address, address);
        (self.in_file, self.in_memory) = (size, size);
    }
}

/// The size of an entry of the table of segments.
pub fn entry_size(file: &Words) -> u64 {
    if file.is_64 { 56 } else { 32 }
}

pub fn segments(file: &Words) -> Result<Vec<Segment>> {
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

pub fn write_segment(file: &mut Words, place: u64, segment: &Segment) -> Result<()> {
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
pub fn offset_of(segments: &[Segment], address: u64) -> Result<u64> {
    let holds = |segment: &&Segment| {
        segment.kind == PT_LOAD && address.checked_sub(segment.address).is_some_and(|at| at < segment.in_file)
    };
    match segments.iter().find(holds) {
        Some(segment) => sum(segment.offset, address - segment.address),
        None => Err(Damage(format!("the address {address:#x} is in no segment"))),
    }
}
