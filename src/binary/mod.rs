//! Reads what a compiled file says of itself. Pure over bytes: any bytes are answered, none make it panic.

mod elf;
mod elf_dynamic;
pub mod elf_edit;
mod elf_layout;
mod elf_sections;
mod elf_segments;
pub mod elf_strip;
mod macho;
pub mod macho_edit;
mod macho_sign;
mod pe;
pub mod pe_edit;
mod pe_image;
pub mod telling;
pub mod universal;
mod words;

use std::borrow::Cow;

use object::macho::{FatArch32, FatArch64, MachHeader32, MachHeader64};
use object::pe::{ImageNtHeaders32, ImageNtHeaders64};
use object::{Endianness, FileKind};

use crate::actions::edit::Edit;
use crate::facts::binary::{BinaryFacts, Format};
use crate::facts::names::Names;

/// Why bytes could not be read as a compiled file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BinaryError {
    #[error("the file is no ELF, Mach-O or PE binary")]
    UnknownFormat,
    #[error("the {} binary is damaged: {reason}", format.name())]
    Damaged { format: Format, reason: String },
    /// Names that are longer do not fit: so many bytes are missing.
    #[error("the header of the {} binary is full: {bytes} bytes more are needed", format.name())]
    Full { format: Format, bytes: u64 },
}

/// The facts of a binary: one for each architecture, so several for a universal Mach-O file.
pub fn parse(bytes: &[u8]) -> std::result::Result<Vec<BinaryFacts>, BinaryError> {
    let one = |facts: Result<BinaryFacts>| facts.map(|facts| vec![facts]);
    let kind = FileKind::parse(bytes).map_err(|_| BinaryError::UnknownFormat)?;
    let (format, facts) = match kind {
        FileKind::Elf32 => (Format::Elf, one(elf::parse::<object::elf::FileHeader32<Endianness>>(bytes))),
        FileKind::Elf64 => (Format::Elf, one(elf::parse::<object::elf::FileHeader64<Endianness>>(bytes))),
        FileKind::MachO32 => (Format::MachO, one(macho::parse::<MachHeader32<Endianness>>(bytes))),
        FileKind::MachO64 => (Format::MachO, one(macho::parse::<MachHeader64<Endianness>>(bytes))),
        FileKind::MachOFat32 if universal::is_universal(bytes) => {
            (Format::MachO, macho::parse_universal::<FatArch32>(bytes))
        }
        FileKind::MachOFat64 => (Format::MachO, macho::parse_universal::<FatArch64>(bytes)),
        FileKind::Pe32 => (Format::Pe, one(pe::parse::<ImageNtHeaders32>(bytes))),
        FileKind::Pe64 => (Format::Pe, one(pe::parse::<ImageNtHeaders64>(bytes))),
        _ => return Err(BinaryError::UnknownFormat),
    };
    facts.map_err(|Damage(reason)| BinaryError::Damaged { format, reason })
}

/// Applies changes to the bytes of a file of any format; `name` is the file's.
pub fn edit(bytes: &[u8], edit: &Edit, name: &str) -> std::result::Result<Vec<u8>, BinaryError> {
    match bytes.get(..2) {
        Some(b"\x7fE") => elf_edit::edit(bytes, edit),
        Some(b"MZ") => pe_edit::edit(bytes, edit),
        _ => macho_edit::edit(bytes, edit, name),
    }
}

/// Why a file cannot be edited.
#[derive(Debug)]
enum Refusal {
    Damage(Damage),
    /// So many bytes are missing.
    Full(u64),
}

impl Refusal {
    fn of(self, format: Format) -> BinaryError {
        match self {
            Self::Damage(Damage(reason)) => BinaryError::Damaged { format, reason },
            Self::Full(bytes) => BinaryError::Full { format, bytes },
        }
    }
}

impl From<Damage> for Refusal {
    fn from(damage: Damage) -> Self {
        Self::Damage(damage)
    }
}

impl From<&str> for Refusal {
    fn from(reason: &str) -> Self {
        Self::Damage(reason.into())
    }
}

/// What is wrong with the bytes, as the end of a sentence.
#[derive(Debug)]
struct Damage(String);

type Result<T> = std::result::Result<T, Damage>;

impl From<object::Error> for Damage {
    fn from(error: object::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<&str> for Damage {
    fn from(reason: &str) -> Self {
        Self(reason.to_owned())
    }
}

/// Names are bytes; those that are not UTF-8 are shown with replacement characters.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Many such names. Those that are UTF-8 are copied once.
fn names<'b, N: Into<Cow<'b, [u8]>>>(names: impl Iterator<Item = object::Result<N>>) -> Result<Names> {
    let shown = |name: N| match name.into() {
        Cow::Borrowed(name) => String::from_utf8_lossy(name),
        Cow::Owned(name) => Cow::Owned(text(&name)),
    };
    Ok(names.map(|name| name.map(shown)).collect::<object::Result<Names>>()?)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    fn this_program() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    /// Every truncation and many bytes at every place. What comes out does not matter; a panic fails the test.
    pub(super) fn damage_everywhere(sample: &[u8]) {
        assert!(parse(sample).is_ok());
        for length in 0..sample.len() {
            let _ = parse(&sample[..length]);
        }
        for at in 0..sample.len() {
            for byte in [0, 0xff, sample[at] ^ 1, sample[at] ^ 0x80] {
                let mut damaged = sample.to_vec();
                damaged[at] = byte;
                let _ = parse(&damaged);
            }
        }
    }

    #[test]
    fn other_bytes_are_an_unknown_format() {
        let java: &[u8] = &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 0, 0, 0, 0, 0, 0, 0, 0];
        for bytes in [b"".as_slice(), b"\x7fELF", b"MZ", b"PK\x03\x04 and more of it", &[0; 100], java] {
            assert_eq!(parse(bytes), Err(BinaryError::UnknownFormat));
        }
    }

    #[test]
    fn a_truncated_binary_is_damaged() {
        let bytes = this_program();
        let error = parse(&bytes[..1000]).unwrap_err();
        assert!(matches!(error, BinaryError::Damaged { .. }), "{error}");
    }

    #[test]
    fn nothing_done_to_a_real_binary_makes_it_panic() {
        let mut bytes = this_program();
        let length = bytes.len();
        for step in 0..100 {
            let _ = parse(&bytes[..length * step / 100]);
        }
        // The headers and dynamic tables at both ends, and samples of what lies between.
        let positions = (0..4096).chain(length - 4096..length).chain((4096..length).step_by(length / 1000));
        for at in positions {
            let kept = bytes[at];
            bytes[at] ^= 1 << (at % 8);
            let _ = parse(&bytes);
            bytes[at] = kept;
        }
    }

    #[test]
    fn bytes_need_not_be_aligned() {
        let shifted = [&[0], this_program().as_slice()].concat();
        assert_eq!(parse(&shifted[1..]), parse(&this_program()));
        assert!(parse(&shifted[1..]).is_ok());
    }
}
