//! Which parts of a file tell what is asked of it: of ELF files, which can be large, the headers and the tables of the
//! loader. Code, data and the symbols of debuggers are none.

use std::ops::Range;

use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, SectionHeader as _};
use object::{Endianness, FileKind, pod};

/// A part of a file, in bytes from its beginning.
pub type Part = Range<u64>;

/// Where the section headers lie, by the first bytes of a file; `None` where only the whole file tells all.
pub fn section_headers(head: &[u8]) -> Option<Part> {
    match FileKind::parse(head).ok()? {
        FileKind::Elf32 => headers::<FileHeader32<Endianness>>(head),
        FileKind::Elf64 => headers::<FileHeader64<Endianness>>(head),
        _ => None,
    }
}

/// What else tells, by the first bytes and the section headers.
pub fn parts(head: &[u8], sections: &[u8]) -> Vec<Part> {
    match FileKind::parse(head) {
        Ok(FileKind::Elf32) => tables::<FileHeader32<Endianness>>(head, sections),
        Ok(FileKind::Elf64) => tables::<FileHeader64<Endianness>>(head, sections),
        _ => Vec::new(),
    }
}

fn headers<Elf: FileHeader<Endian = Endianness>>(head: &[u8]) -> Option<Part> {
    let header = Elf::parse(head).ok()?;
    let endian = header.endian().ok()?;
    let begin: u64 = header.e_shoff(endian).into();
    // Where there are too many to count here, the first of them counts: such a file is read whole.
    let size = u64::from(header.e_shentsize(endian)) * u64::from(header.e_shnum(endian));
    (begin > 0 && size > 0).then(|| begin..begin.saturating_add(size))
}

fn tables<Elf: FileHeader<Endian = Endianness>>(head: &[u8], sections: &[u8]) -> Vec<Part> {
    let Ok(header) = Elf::parse(head) else { return Vec::new() };
    let Ok(endian) = header.endian() else { return Vec::new() };
    let Ok(sections) = pod::slice_from_all_bytes::<Elf::SectionHeader>(sections) else { return Vec::new() };
    let part = |begin: u64, size: u64| begin..begin.saturating_add(size);
    let size = u64::from(header.e_phentsize(endian)) * u64::from(header.e_phnum(endian));
    let program_headers = part(header.e_phoff(endian).into(), size);
    let names = usize::from(header.e_shstrndx(endian).0);
    let tells = |(index, section): &(usize, &Elf::SectionHeader)| match section.sh_type(endian) {
        elf::SHT_PROGBITS | elf::SHT_NOBITS | elf::SHT_RELA | elf::SHT_REL | elf::SHT_RELR => false,
        elf::SHT_ARM_ATTRIBUTES => true,
        _ => *index == names || section.sh_flags(endian).contains(elf::SHF_ALLOC),
    };
    let sections = sections.iter().enumerate().filter(tells);
    let sections = sections.map(|(_, section)| part(section.sh_offset(endian).into(), section.sh_size(endian).into()));
    [program_headers].into_iter().chain(sections).collect()
}
