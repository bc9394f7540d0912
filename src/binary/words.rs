//! The bytes of a compiled file as numbers of its own width and byte order, read and written at their places.
//!
//! Nothing is trusted: what lies beyond the end is an error.

use super::{Damage, Result};

/// Bytes, and how their numbers are written.
#[derive(Debug, Clone)]
pub struct Words {
    pub bytes: Vec<u8>,
    pub is_64: bool,
    is_little: bool,
}

/// Where a field lies in a structure of files of 32 and of 64 bits, and its width in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    narrow: (u64, usize),
    wide: (u64, usize),
}

/// A field that is as wide as an address.
pub const fn address(narrow: u64, wide: u64) -> Field {
    Field { narrow: (narrow, 4), wide: (wide, 8) }
}

/// A field of 32 bits.
pub const fn word(narrow: u64, wide: u64) -> Field {
    Field { narrow: (narrow, 4), wide: (wide, 4) }
}

/// A field of 16 bits.
pub const fn half(narrow: u64, wide: u64) -> Field {
    Field { narrow: (narrow, 2), wide: (wide, 2) }
}

impl Words {
    pub fn new(bytes: &[u8], is_64: bool, is_little: bool) -> Self {
        Self { bytes: bytes.to_vec(), is_64, is_little }
    }

    pub fn is_little(&self) -> bool {
        self.is_little
    }

    /// Some of the bytes, by themselves.
    pub fn part(&self, start: u64, size: u64) -> Result<Self> {
        Ok(Self::new(self.range(start, size)?, self.is_64, self.is_little))
    }

    pub fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The width of an address in bytes.
    pub fn width(&self) -> u64 {
        if self.is_64 { 8 } else { 4 }
    }

    /// The field of the structure at `base`.
    pub fn get(&self, base: u64, field: Field) -> Result<u64> {
        let (offset, width) = self.place(field);
        let bytes = self.range(sum(base, offset)?, width as u64)?;
        let join = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Ok(if self.is_little { bytes.iter().rev().fold(0, join) } else { bytes.iter().fold(0, join) })
    }

    pub fn set(&mut self, base: u64, field: Field, value: u64) -> Result<()> {
        let (offset, width) = self.place(field);
        let start = sum(base, offset)?;
        self.range(start, width as u64)?;
        let bytes = self.encoded(value, width)?;
        self.bytes[start as usize..start as usize + width].copy_from_slice(&bytes);
        Ok(())
    }

    fn place(&self, field: Field) -> (u64, usize) {
        if self.is_64 { field.wide } else { field.narrow }
    }

    /// A number as bytes.
    fn encoded(&self, value: u64, width: usize) -> Result<Vec<u8>> {
        let mut bytes = value.to_le_bytes();
        if bytes[width..].iter().any(|byte| *byte != 0) {
            return Err(Damage(format!("the number {value:#x} does not fit into {width} bytes")));
        }
        bytes[..width].reverse();
        let mut bytes = bytes[..width].to_vec();
        if self.is_little {
            bytes.reverse();
        }
        Ok(bytes)
    }

    pub fn range(&self, start: u64, size: u64) -> Result<&[u8]> {
        let end = sum(start, size)?;
        if end > self.len() {
            return Err(Damage(format!("it refers to {size} bytes at {start:#x}, which is beyond its end")));
        }
        Ok(&self.bytes[start as usize..end as usize])
    }

    /// Writes bytes over others, which must be there.
    pub fn put(&mut self, start: u64, bytes: &[u8]) -> Result<()> {
        self.range(start, bytes.len() as u64)?;
        self.bytes[start as usize..start as usize + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}

/// `a + b`, where that is a number that files can hold.
pub fn sum(a: u64, b: u64) -> Result<u64> {
    a.checked_add(b).filter(|sum| *sum < 1 << 62).ok_or_else(|| "it holds a number beyond all files".into())
}

/// `a * b`, likewise.
pub fn product(a: u64, b: u64) -> Result<u64> {
    a.checked_mul(b).filter(|product| *product < 1 << 62).ok_or_else(|| "it holds a number beyond all files".into())
}

/// The next multiple of a power of two.
pub fn aligned(value: u64, to: u64) -> Result<u64> {
    let to = to.max(1);
    Ok(sum(value, to - 1)? / to * to)
}
