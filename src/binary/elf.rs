//! Reads ELF shared objects and programs (System V gABI; symbol versions as in the Linux Standard Base).

use object::elf;
use object::read::elf::{ElfFile, FileHeader};
use object::{Endianness, ExportFlags, Object as _};

use super::{Result, sorted, text};
use crate::facts::binary::{BinaryFacts, Format};

pub(super) fn parse<Elf: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<BinaryFacts> {
    let file = ElfFile::<Elf>::parse(bytes)?;
    let run_path = match strings(&file, elf::DT_RUNPATH)? {
        // The loader does not look at DT_RPATH where there is a DT_RUNPATH.
        paths if paths.is_empty() => strings(&file, elf::DT_RPATH)?,
        paths => paths,
    };
    Ok(BinaryFacts {
        format: Format::Elf,
        architecture: architecture(&file),
        exports: exports(&file)?,
        imports: imports(&file)?,
        symbol_versions: symbol_versions(&file)?,
        needed: strings(&file, elf::DT_NEEDED)?,
        soname: strings(&file, elf::DT_SONAME)?.into_iter().next(),
        run_paths: run_path.iter().flat_map(|paths| paths.split(':')).map(str::to_owned).collect(),
        minimum_os: None,
    })
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
        (elf::EM_ARM, _, true) => "armv7l",
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

fn exports<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>) -> Result<Vec<String>> {
    sorted(file.exports()?.filter_map(|export| match export {
        Ok(export) => {
            let ExportFlags::Elf { st_other, .. } = export.flags() else { return None };
            // Protected symbols are found like others; it is only that the file itself always uses its own.
            let visible = matches!(st_other.visibility(), elf::STV_DEFAULT | elf::STV_PROTECTED);
            export.name().into_name().filter(|_| visible).map(|name| Ok(text(name)))
        }
        Err(error) => Some(Err(error)),
    }))
}

fn imports<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>) -> Result<Vec<String>> {
    sorted(file.imports()?.filter_map(|import| match import {
        Ok(import) if import.is_weak() => None,
        Ok(import) => import.name().into_name().map(|name| Ok(text(name))),
        Err(error) => Some(Err(error)),
    }))
}

fn symbol_versions<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>) -> Result<Vec<(String, String)>> {
    let (endian, sections) = (file.endian(), file.elf_section_table());
    let Some((mut libraries, link)) = sections.gnu_verneed(endian, file.data())? else { return Ok(Vec::new()) };
    let names = sections.strings(endian, file.data(), link)?;
    let mut found = Vec::new();
    while let Some((library, mut versions)) = libraries.next()? {
        let library = text(library.file(endian, names)?);
        while let Some(version) = versions.next()? {
            found.push(Ok((library.clone(), text(version.name(endian, names)?))));
            // The last one says so; only damaged files count further than that.
            if version.vna_next.get(endian) == 0 {
                break;
            }
        }
    }
    sorted(found.into_iter())
}

/// The values of a tag of the dynamic section, in order.
fn strings<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<Elf>, tag: elf::DynamicTag) -> Result<Vec<String>> {
    let table = file.elf_dynamic_table()?;
    let values = table.iter().filter(|entry| entry.tag == tag);
    values.map(|entry| Ok(text(table.string(entry)?))).collect()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::super::parse;
    use super::*;

    fn facts(path: impl AsRef<std::path::Path>) -> BinaryFacts {
        let mut facts = parse(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(facts.len(), 1);
        facts.remove(0)
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
        assert!(facts.imports.is_sorted() && facts.soname.is_none());
        if cfg!(target_env = "gnu") {
            assert!(
                facts
                    .symbol_versions
                    .iter()
                    .any(|(library, version)| { library == "libc.so.6" && version.starts_with("GLIBC_2.") })
            );
        }
    }

    #[test]
    fn a_library_tells_what_it_has() {
        let facts = facts(c_library());
        for name in ["malloc", "memcpy", "strlen"] {
            assert!(facts.exports.iter().any(|export| export == name), "{name}");
        }
        assert!(facts.exports.is_sorted());
        assert!(facts.soname.unwrap().starts_with("libc."));
    }
}
