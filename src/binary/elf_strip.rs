//! Takes symbols and debug information out of an ELF file, and lets it name the file where debuggers find them. Pure:
//! bytes in, bytes out.
//!
//! What the loader reads stays where it is, and so do notes, the build id among them. What is dropped lies behind that;
//! the sections that stay move together, and the table of sections follows at the end.
//!
//! Sources: System V gABI ("Sections"); GDB's manual, "Separate Debug Files", for `.gnu_debuglink`.

use super::elf_edit::words;
use super::elf_sections::{
    E_SHENTSIZE, E_SHNUM, E_SHOFF, E_SHSTRNDX, SH_ADDRALIGN, SH_FLAGS, SH_INFO, SH_LINK, SH_NAME, SH_OFFSET, SH_SIZE,
    SH_TYPE, SHT_PROGBITS, SHT_STRTAB, SHT_SYMTAB, Section, sections,
};
use super::elf_segments::segments;
use super::words::{Words, aligned, product, sum};
use super::{BinaryError, Damage, Result};
use crate::facts::binary::Format;

const SHT_RELA: u64 = 4;
const SHT_REL: u64 = 9;
/// `sh_info` is the number of a section.
const SHF_INFO_LINK: u64 = 0x40;

/// In bytes; nothing that is not loaded has reason for more.
const LARGEST_ALIGN: u64 = 0x1_0000;

const LINK: &str = ".gnu_debuglink";
const NAMES: &str = ".shstrtab";
const DEBUG_INFORMATION: [&str; 5] = [".debug_", ".zdebug_", ".gdb_index", ".stab", LINK];

/// Whether the file holds debug information, or leads to where it lies.
pub fn has_debug_information(bytes: &[u8]) -> bool {
    let names = || {
        let file = words(bytes)?;
        let all = named(&file)?;
        Ok::<_, Damage>(all.iter().any(|(_, name)| [".debug_info", ".zdebug_info"].contains(&&**name)))
    };
    names().unwrap_or(false)
}

/// The file without symbols and debug information, which it says are in the file `debug_name` beside it, whose bytes are
/// those of the whole one.
pub fn stripped(bytes: &[u8], debug_name: &str) -> std::result::Result<Vec<u8>, BinaryError> {
    split(bytes, debug_name).map_err(|Damage(reason)| BinaryError::Damaged { format: Format::Elf, reason })
}

/// A section of the new file.
struct Kept {
    name: String,
    /// Its header, as it was; of a new one, an empty one.
    header: Words,
    /// What is appended to the file; a loaded section is there already.
    content: Option<Vec<u8>>,
}

fn split(bytes: &[u8], debug_name: &str) -> Result<Vec<u8>> {
    let file = words(bytes)?;
    let all = named(&file)?;
    let stays: Vec<bool> = all.iter().map(|(section, name)| section.is_loaded || stays(section, name)).collect();
    let loaded = loaded_end(&file, &all)?;
    let entry = file.get(0, E_SHENTSIZE)?;
    let mut kept = Vec::new();
    for ((section, name), _) in all.iter().zip(&stays).filter(|(_, stays)| **stays) {
        let mut header = file.part(section.place, entry)?;
        renumber(&mut header, &stays)?;
        let is_there = section.is_loaded || !section.is_in_file();
        let content = if is_there { None } else { Some(file.range(section.offset, section.size)?.to_vec()) };
        kept.push(Kept { name: name.clone(), header, content });
    }
    let mut link = debug_name.as_bytes().to_vec();
    link.resize(link.len() / 4 * 4 + 4, 0);
    link.extend(in_order(crc32fast::hash(bytes), file.is_little()));
    kept.push(new_section(LINK, SHT_PROGBITS, 4, link, &file, entry)?);
    kept.push(new_section(NAMES, SHT_STRTAB, 1, Vec::new(), &file, entry)?);
    written(file.part(0, loaded)?, kept, entry)
}

fn in_order(number: u32, is_little: bool) -> [u8; 4] {
    if is_little { number.to_le_bytes() } else { number.to_be_bytes() }
}

/// The sections with their names.
fn named(file: &Words) -> Result<Vec<(Section, String)>> {
    let all = sections(file)?;
    let index = usize::try_from(file.get(0, E_SHSTRNDX)?).unwrap_or(usize::MAX);
    if all.is_empty() || file.get(0, E_SHNUM)? == 0 {
        return Err("it has no table of sections, or one of too many".into());
    }
    let strings = all.get(index).ok_or("its sections have no names")?;
    let strings = file.range(strings.offset, strings.size)?;
    let name = |section: &Section| -> Result<String> {
        let start = usize::try_from(file.get(section.place, SH_NAME)?).unwrap_or(usize::MAX);
        let rest = strings.get(start..).ok_or("the name of a section lies elsewhere")?;
        let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
        Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
    };
    all.iter().map(|section| Ok((*section, name(section)?))).collect()
}

/// Whether a section that is not loaded stays: not symbols and what belongs to them, nor debug information.
fn stays(section: &Section, name: &str) -> bool {
    let is_of_symbols = [SHT_SYMTAB, SHT_STRTAB, SHT_RELA, SHT_REL].contains(&section.kind);
    !is_of_symbols && !DEBUG_INFORMATION.iter().any(|start| name.starts_with(start))
}

/// The end of what the loader reads, its tables too.
fn loaded_end(file: &Words, all: &[(Section, String)]) -> Result<u64> {
    let mut end = if file.is_64 { 64 } else { 52 };
    for segment in segments(file)? {
        end = end.max(sum(segment.offset, segment.in_file)?);
    }
    for (section, _) in all.iter().filter(|(section, _)| section.is_loaded && section.is_in_file()) {
        end = end.max(sum(section.offset, section.size)?);
    }
    Ok(end)
}

/// Lets a header refer to sections by their new numbers.
fn renumber(header: &mut Words, stays: &[bool]) -> Result<()> {
    let new = |old: u64| match usize::try_from(old).ok().filter(|old| stays.get(*old) == Some(&true)) {
        Some(old) => stays[..old].iter().filter(|stays| **stays).count() as u64,
        None => 0,
    };
    let link = header.get(0, SH_LINK)?;
    header.set(0, SH_LINK, new(link))?;
    let refers = header.get(0, SH_FLAGS)? & SHF_INFO_LINK != 0;
    if refers {
        let info = header.get(0, SH_INFO)?;
        header.set(0, SH_INFO, new(info))?;
    }
    Ok(())
}

fn new_section(name: &str, kind: u64, align: u64, content: Vec<u8>, file: &Words, entry: u64) -> Result<Kept> {
    let size = usize::try_from(entry).map_err(|_| "its headers are too large")?;
    let mut header = Words::new(&vec![0; size], file.is_64, file.is_little());
    header.set(0, SH_TYPE, kind)?;
    header.set(0, SH_ADDRALIGN, align)?;
    Ok(Kept { name: name.to_owned(), header, content: Some(content) })
}

/// What is loaded, then the other sections, then the table of all; the last section holds the names.
fn written(mut file: Words, mut kept: Vec<Kept>, entry: u64) -> Result<Vec<u8>> {
    let mut names = vec![0];
    for section in &mut kept {
        let start = if section.name.is_empty() { 0 } else { names.len() as u64 };
        section.header.set(0, SH_NAME, start)?;
        if !section.name.is_empty() {
            names.extend(section.name.bytes().chain([0]));
        }
    }
    if let Some(last) = kept.last_mut() {
        last.content = Some(names);
    }
    for section in &mut kept {
        let Some(content) = &section.content else { continue };
        let align = section.header.get(0, SH_ADDRALIGN)?;
        if align > LARGEST_ALIGN {
            return Err("a section asks for more than a page before it".into());
        }
        let start = aligned(file.len(), align)?;
        section.header.set(0, SH_OFFSET, start)?;
        section.header.set(0, SH_SIZE, content.len() as u64)?;
        append(&mut file, start, content)?;
    }
    let table = aligned(file.len(), file.width())?;
    for (index, section) in kept.iter().enumerate() {
        append(&mut file, sum(table, product(index as u64, entry)?)?, &section.header.bytes)?;
    }
    file.set(0, E_SHOFF, table)?;
    file.set(0, E_SHNUM, kept.len() as u64)?;
    file.set(0, E_SHSTRNDX, kept.len() as u64 - 1)?;
    Ok(file.bytes)
}

/// Appends bytes at a place that is not before the end.
fn append(file: &mut Words, start: u64, bytes: &[u8]) -> Result<()> {
    let start = usize::try_from(start).map_err(|_| "it is too large")?;
    file.bytes.resize(start, 0);
    file.bytes.extend_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use crate::binary::parse;

    fn this_program() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    #[test]
    fn what_is_no_whole_elf_file_is_refused() {
        for bytes in [&b""[..], b"\x7fELF\x02\x01", b"MZ"] {
            assert!(stripped(bytes, "m.debug").is_err());
            assert!(!has_debug_information(bytes));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_stripped_file_says_the_same_to_the_loader_and_names_its_debug_file() {
        let whole = this_program();
        let small = stripped(&whole, "program.debug").unwrap();
        assert!(small.len() < whole.len());
        assert!(has_debug_information(&whole) && !has_debug_information(&small));
        assert_eq!(parse(&small).unwrap(), parse(&whole).unwrap());
        let file = words(&small).unwrap();
        let all = named(&file).unwrap();
        let (link, _) = all.iter().find(|(_, name)| name == LINK).unwrap();
        let crc = crc32fast::hash(&whole).to_le_bytes();
        let said = [&b"program.debug\0\0\0"[..], &crc].concat();
        assert_eq!(file.range(link.offset, link.size).unwrap(), said);
        assert!(all.iter().any(|(_, name)| name == ".comment") && !all.iter().any(|(_, name)| name == ".symtab"));
        // Once more there is nothing left to take.
        assert_eq!(stripped(&small, "program.debug").unwrap().len(), small.len());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn no_damage_makes_it_panic() {
        let whole = this_program();
        let head = &whole[..4096.min(whole.len())];
        for at in 0..64 {
            for value in [0, 1, 0x7f, 0xff] {
                let mut damaged = head.to_vec();
                damaged[at] = value;
                let _ = stripped(&damaged, "m.debug");
            }
        }
    }
}
