//! Reads ELF shared objects and programs (System V gABI; symbol versions as in the Linux Standard Base).

use object::elf;
use object::read::elf::{AttributesSection, ElfFile, FileHeader, ProgramHeader as _, SectionHeader as _, Sym as _};
use object::{Endianness, ExportFlags, Object as _};

use super::{Result, names, text};
use crate::facts::binary::{BinaryFacts, Format};
use crate::facts::names::Names;

pub(super) fn parse<Elf: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<BinaryFacts> {
    let file = ElfFile::<Elf>::parse(bytes)?;
    if has_lost_sections(&file) {
        return Err("it has no section headers, which tell where its symbols lie".into());
    }
    let run_path = strings(&file, elf::DT_RUNPATH)?;
    // The loader does not look at DT_RPATH where there is a DT_RUNPATH.
    let is_old = run_path.is_empty();
    let run_path = if is_old { strings(&file, elf::DT_RPATH)? } else { run_path };
    Ok(BinaryFacts {
        format: Format::Elf,
        architecture: architecture(&file),
        exports: exports(&file)?,
        imports: imports(&file)?,
        unversioned: unversioned(&file)?,
        symbol_versions: symbol_versions(&file)?,
        needed: strings(&file, elf::DT_NEEDED)?,
        optional: Vec::new(),
        soname: strings(&file, elf::DT_SONAME)?.into_iter().next(),
        run_paths: run_path.iter().flat_map(|paths| paths.split(':')).map(str::to_owned).collect(),
        run_paths_are_inherited: is_old && !run_path.is_empty(),
        minimum_os: None,
    })
}

/// Without section headers (packers and `sstrip` remove them) symbols would seem to be missing.
fn has_lost_sections<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>) -> bool {
    let is_dynamic = |segment: &Elf::ProgramHeader| segment.p_type(file.endian()) == elf::PT_DYNAMIC;
    file.elf_section_table().is_empty() && file.elf_program_headers().iter().any(is_dynamic)
}

/// What `uname -m` says on such machines.
fn architecture<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>) -> String {
    let machine = file.elf_header().e_machine(file.endian());
    let little = file.endian() == Endianness::Little;
    match (machine, file.elf_header().is_class_64(), little) {
        (elf::EM_X86_64, true, _) => "x86_64",
        (elf::EM_X86_64, false, _) => "x32",
        (elf::EM_386, ..) => "i686",
        (elf::EM_AARCH64, _, true) => "aarch64",
        (elf::EM_AARCH64, _, false) => "aarch64_be",
        (elf::EM_ARM, _, true) => arm(file),
        (elf::EM_ARM, _, false) => "armv7b",
        (elf::EM_PPC64, _, true) => "ppc64le",
        (elf::EM_PPC64, _, false) => "ppc64",
        (elf::EM_PPC, ..) => "ppc",
        (elf::EM_S390, true, _) => "s390x",
        (elf::EM_S390, false, _) => "s390",
        (elf::EM_RISCV, true, _) => "riscv64",
        (elf::EM_RISCV, false, _) => "riscv32",
        (elf::EM_LOONGARCH, true, _) => "loongarch64",
        (elf::EM_MIPS, true, _) => "mips64",
        (elf::EM_MIPS, false, _) => "mips",
        (elf::EM_SPARCV9, ..) => "sparc64",
        _ => return format!("elf-machine-{}", machine.0),
    }
    .to_owned()
}

/// The oldest 32-bit ARM machine that runs it.
fn arm<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>) -> &'static str {
    let endian = file.endian();
    let section = file.elf_section_table().iter().find(|section| section.sh_type(endian) == elf::SHT_ARM_ATTRIBUTES);
    let attributes = section.and_then(|section| section.attributes(endian, file.data()).ok());
    match attributes.and_then(|attributes| arm_version(attributes).ok()).flatten() {
        Some(0..6) => "armv5tel",
        Some(6..10) => "armv6l",
        _ => "armv7l",
    }
}

/// `Tag_CPU_arch` ("Addenda to the ABI for the Arm Architecture": 6 is ARMv6, 10 is ARMv7).
fn arm_version<Elf: FileHeader>(attributes: AttributesSection<Elf>) -> Result<Option<u64>> {
    let mut vendors = attributes.subsections()?;
    while let Some(vendor) = vendors.next()? {
        let mut scopes = vendor.subsubsections();
        while let Some(scope) = scopes.next()? {
            let mut values = scope.attributes();
            while let Some(tag) = values.read_tag()? {
                match tag {
                    // The name of a processor, which stands before its version.
                    4 | 5 => drop(values.read_string()?),
                    6 => return Ok(Some(values.read_integer()?)),
                    _ => break,
                }
            }
        }
    }
    Ok(None)
}

fn exports<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>) -> Result<Names> {
    names(file.exports()?.filter_map(|export| match export {
        Ok(export) => {
            let ExportFlags::Elf { st_other, .. } = export.flags() else { return None };
            // Protected symbols are found like others; it is only that the file itself always uses its own.
            let visible = matches!(st_other.visibility(), elf::STV_DEFAULT | elf::STV_PROTECTED);
            export.into_name().into_name().filter(|_| visible).map(Ok)
        }
        Err(error) => Some(Err(error)),
    }))
}

fn imports<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>) -> Result<Names> {
    names(file.imports()?.filter_map(|import| match import {
        Ok(import) if import.is_weak() => None,
        Ok(import) => import.name().into_name().map(Ok),
        Err(error) => Some(Err(error)),
    }))
}

/// The undefined symbols that any library may provide, since they name no version; `None` where no symbol has one.
fn unversioned<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>) -> Result<Option<Names>> {
    let (endian, symbols) = (file.endian(), file.elf_dynamic_symbol_table());
    let Some(versions) = file.elf_section_table().versions(endian, file.data())? else { return Ok(None) };
    let mut free = Vec::new();
    for (index, symbol) in symbols.enumerate() {
        let is_free = versions.version_index(endian, index).index().0 <= 1;
        if symbol.is_undefined(endian) && is_free && !symbol.is_weak() && index.0 != 0 {
            free.push(symbol.name(endian, symbols.strings()));
        }
    }
    names(free.into_iter()).map(Some)
}

fn symbol_versions<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>) -> Result<Vec<(String, String)>> {
    let (endian, sections) = (file.endian(), file.elf_section_table());
    let Some((mut libraries, link)) = sections.gnu_verneed(endian, file.data())? else { return Ok(Vec::new()) };
    let names = sections.strings(endian, file.data(), link)?;
    let mut found = Vec::new();
    while let Some((library, mut versions)) = libraries.next()? {
        let library = text(library.file(endian, names)?);
        while let Some(version) = versions.next()? {
            found.push((library.clone(), text(version.name(endian, names)?)));
            // The last one says so; only damaged files count further than that.
            if version.vna_next.get(endian) == 0 {
                break;
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The values of a tag of the dynamic section, in order.
fn strings<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>, tag: elf::DynamicTag) -> Result<Vec<String>> {
    let table = file.elf_dynamic_table()?;
    let values = table.iter().filter(|entry| entry.tag == tag);
    values.map(|entry| Ok(text(table.string(entry)?))).collect()
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::super::parse;
    use super::*;

    fn facts(path: impl AsRef<std::path::Path>) -> BinaryFacts {
        let mut facts = parse(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(facts.len(), 1);
        facts.remove(0)
    }

    #[test]
    fn the_version_of_an_arm_machine_is_read_from_the_attributes() {
        type Elf = object::elf::FileHeader32<Endianness>;
        let version = |values: &[u8]| {
            let file = [&[1, 5 + values.len() as u8, 0, 0, 0][..], values].concat();
            let bytes = [b"A".as_slice(), &[10 + file.len() as u8, 0, 0, 0], b"aeabi\0", &file].concat();
            arm_version(AttributesSection::<Elf>::new(Endianness::Little, &bytes).unwrap()).unwrap()
        };
        assert_eq!(version(b"\x05ARM1176\0\x06\x07"), Some(7));
        assert_eq!(version(&[6, 10, 7, 65]), Some(10));
        assert_eq!(version(&[8, 1]), None);
    }

    #[test]
    fn a_library_without_section_headers_is_not_taken_for_an_empty_one() {
        let mut bytes = std::fs::read(c_library()).unwrap();
        // e_shoff, then e_shnum and e_shstrndx, of a 64-bit header.
        bytes[0x28..0x30].fill(0);
        bytes[0x3c..0x40].fill(0);
        let error = parse(&bytes).unwrap_err().to_string();
        assert!(error.contains("it has no section headers"), "{error}");
    }

    /// Where this very process has its C library from.
    fn c_library() -> String {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let line = maps.lines().find(|line| line.contains("/libc.")).unwrap();
        line[line.find('/').unwrap()..].to_owned()
    }

    #[test]
    fn a_program_tells_what_it_needs() {
        let facts = facts(std::env::current_exe().unwrap());
        assert_eq!((facts.format, facts.architecture.as_str()), (Format::Elf, std::env::consts::ARCH));
        assert!(facts.needed.iter().any(|name| name.starts_with("libc.")), "{:?}", facts.needed);
        assert!(facts.imports.iter().any(|name| name == "memcpy"), "{:?}", facts.imports);
        // A weak import, which every program built by gcc or clang has.
        assert!(!facts.imports.iter().any(|name| name == "__cxa_finalize" || name == "__gmon_start__"));
        assert!(facts.imports.iter().is_sorted() && facts.soname.is_none());
        let is_glibc = |(library, version): &(String, String)| library == "libc.so.6" && version.starts_with("GLIBC_");
        assert!(facts.symbol_versions.iter().any(is_glibc));
    }

    #[test]
    fn a_library_tells_what_it_has() {
        let facts = facts(c_library());
        for name in ["malloc", "memcpy", "strlen"] {
            assert!(facts.exports.iter().any(|export| export == name), "{name}");
        }
        assert!(facts.exports.iter().is_sorted());
        assert!(facts.soname.unwrap().starts_with("libc."));
    }
}
