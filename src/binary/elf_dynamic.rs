//! The dynamic table of an ELF file and the names that it refers to (System V gABI, "Dynamic Linking").

use super::elf_segments::{PT_DYNAMIC, Segment, offset_of};
use super::words::{Field, Words, address, sum};
use super::{Damage, Result};
use crate::actions::edit::Edit;

const D_TAG: Field = address(0, 0);
const D_VAL: Field = address(4, 8);

const DT_NULL: u64 = 0;
pub const DT_NEEDED: u64 = 1;
pub const DT_STRTAB: u64 = 5;
pub const DT_STRSZ: u64 = 10;
pub const DT_SONAME: u64 = 14;
pub const DT_RPATH: u64 = 15;
pub const DT_RUNPATH: u64 = 29;
pub const DT_VERNEED: u64 = 0x6fff_fffe;
pub const DT_VERNEEDNUM: u64 = 0x6fff_ffff;

/// The dynamic table, without its end.
pub struct Dynamic {
    pub offset: u64,
    /// How many entries there is room for, that of the end too.
    pub capacity: u64,
    pub entries: Vec<(u64, u64)>,
}

impl Dynamic {
    pub fn read(file: &Words, segments: &[Segment]) -> Result<Self> {
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

    pub fn value(&self, tag: u64) -> Option<u64> {
        self.entries.iter().find(|(found, _)| *found == tag).map(|(_, value)| *value)
    }

    fn needed(&self, tag: u64, name: &str) -> Result<u64> {
        self.value(tag).ok_or_else(|| Damage(format!("its dynamic table has no {name}")))
    }

    /// Changes the value of a tag; one that is not there comes after the needed libraries.
    pub fn set(&mut self, tag: u64, value: u64) {
        match self.entries.iter_mut().find(|(found, _)| *found == tag) {
            Some(entry) => entry.1 = value,
            None => {
                let last = self.entries.iter().rposition(|(found, _)| *found == DT_NEEDED);
                self.entries.insert(last.map_or(0, |last| last + 1), (tag, value));
            }
        }
    }

    /// The run path stays of the kind that it is of; only DT_RUNPATH counts where there are both.
    pub fn run_path_tag(&self) -> u64 {
        let has = |tag| self.value(tag).is_some();
        if has(DT_RPATH) && !has(DT_RUNPATH) { DT_RPATH } else { DT_RUNPATH }
    }

    pub fn fits(&self) -> bool {
        (self.entries.len() as u64) < self.capacity
    }

    pub fn size(&self, file: &Words) -> u64 {
        (self.entries.len() as u64 + 1) * 2 * file.width()
    }

    /// Writes the table over `room` bytes.
    pub fn write(&self, file: &mut Words, offset: u64, room: u64) -> Result<()> {
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
pub struct Strings {
    /// Where the old ones are loaded.
    pub address: u64,
    pub bytes: Vec<u8>,
    old: usize,
}

impl Strings {
    pub fn read(file: &Words, segments: &[Segment], dynamic: &Dynamic) -> Result<Self> {
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
    pub fn add(&mut self, name: &str) -> Result<u64> {
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
    pub fn rename(&mut self, index: &mut u64, edit: &Edit) -> Result<bool> {
        let old = String::from_utf8_lossy(self.at(*index)?).into_owned();
        let Some(new) = edit.renamed.get(&old) else { return Ok(false) };
        *index = self.add(new)?;
        Ok(true)
    }
}
