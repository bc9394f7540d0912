//! Reads Mach-O images, and universal files that hold several (Apple's `mach-o/loader.h`, `nlist.h`, `fat.h`).

use std::collections::HashSet;

use object::Endianness;
use object::macho::{self, Version};
use object::read::macho::{FatArch, LoadCommandVariant, MachHeader, MachOFatFile, MachOFile, Nlist as _};

use super::universal::IMAGES;
use super::{Result, names, text};
use crate::facts::binary::{BinaryFacts, Format};
use crate::facts::names::Names;

/// All exported names of an image together are shorter, in bytes: what is longer is made to exhaust the memory.
const NAMES: usize = 256 << 20;

pub(super) fn parse_universal<Fat: FatArch>(bytes: &[u8]) -> Result<Vec<BinaryFacts>> {
    let file = MachOFatFile::<Fat>::parse(bytes)?;
    if file.arches().len() >= IMAGES.into() {
        return Err("it claims to hold too many images".into());
    }
    file.arches().iter().map(|image| parse_image(image.data(bytes)?)).collect()
}

fn parse_image(bytes: &[u8]) -> Result<BinaryFacts> {
    match object::FileKind::parse(bytes)? {
        object::FileKind::MachO32 => parse::<macho::MachHeader32<Endianness>>(bytes),
        object::FileKind::MachO64 => parse::<macho::MachHeader64<Endianness>>(bytes),
        _ => Err("it holds something that is no Mach-O image".into()),
    }
}

pub(super) fn parse<Mach: MachHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<BinaryFacts> {
    let file = MachOFile::<Mach>::parse(bytes)?;
    let mut facts = BinaryFacts {
        format: Format::MachO,
        architecture: architecture(&file),
        exports: Names::default(),
        imports: imports(&file)?,
        unversioned: None,
        symbol_versions: Vec::new(),
        needed: Vec::new(),
        optional: Vec::new(),
        soname: None,
        run_paths: Vec::new(),
        run_paths_are_inherited: false,
        minimum_os: None,
    };
    let trie = read_commands(&file, &mut facts)?;
    facts.exports = match trie {
        Some((offset, size)) => exported_names(slice(bytes, offset, size)?)?,
        None => external_symbols(&file)?,
    };
    Ok(facts)
}

/// Takes from the load commands what they say directly, and returns where the export trie lies: (offset, size).
fn read_commands<Mach: MachHeader<Endian = Endianness>>(
    file: &MachOFile<Mach>,
    facts: &mut BinaryFacts,
) -> Result<Option<(u32, u32)>> {
    let endian = file.endian();
    let mut trie = None;
    let mut commands = file.macho_load_commands()?;
    while let Some(command) = commands.next()? {
        match command.variant()? {
            LoadCommandVariant::Dylib(dylib) => {
                let is_weak = command.cmd() == macho::LC_LOAD_WEAK_DYLIB;
                let libraries = if is_weak { &mut facts.optional } else { &mut facts.needed };
                libraries.push(text(command.string(endian, dylib.dylib.name)?));
            }
            LoadCommandVariant::IdDylib(dylib) => facts.soname = Some(text(command.string(endian, dylib.dylib.name)?)),
            LoadCommandVariant::Rpath(rpath) => facts.run_paths.push(text(command.string(endian, rpath.path)?)),
            LoadCommandVariant::BuildVersion(build, _) => facts.minimum_os = Some(version(build.minos.get(endian))),
            LoadCommandVariant::VersionMin(least) => facts.minimum_os = Some(version(least.version.get(endian))),
            LoadCommandVariant::DyldInfo(info) => {
                trie = trie.or(Some((info.export_off.get(endian), info.export_size.get(endian))));
            }
            LoadCommandVariant::LinkeditData(data) if command.cmd() == macho::LC_DYLD_EXPORTS_TRIE => {
                trie = Some((data.dataoff.get(endian), data.datasize.get(endian)));
            }
            _ => {}
        }
    }
    Ok(trie)
}

fn version(version: Version) -> String {
    match version.update() {
        0 => format!("{}.{}", version.major(), version.minor()),
        update => format!("{}.{}.{update}", version.major(), version.minor()),
    }
}

fn architecture<Mach: MachHeader<Endian = Endianness>>(file: &MachOFile<Mach>) -> String {
    let header = file.macho_header();
    match header.cputype(file.endian()) {
        macho::CPU_TYPE_X86_64 => "x86_64",
        macho::CPU_TYPE_X86 => "i386",
        macho::CPU_TYPE_ARM64 if header.cpusubtype(file.endian()).id() == macho::CPU_SUBTYPE_ARM64E => "arm64e",
        macho::CPU_TYPE_ARM64 => "arm64",
        macho::CPU_TYPE_ARM64_32 => "arm64_32",
        macho::CPU_TYPE_ARM => "arm",
        macho::CPU_TYPE_POWERPC64 => "ppc64",
        macho::CPU_TYPE_POWERPC => "ppc",
        other => return format!("macho-cpu-{}", other.0),
    }
    .to_owned()
}

/// A name as C source writes it.
fn c_name(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"_").unwrap_or(name)
}

fn imports<Mach: MachHeader<Endian = Endianness>>(file: &MachOFile<Mach>) -> Result<Names> {
    let (endian, symbols) = (file.endian(), file.macho_symbol_table());
    let undefined = symbols.iter().filter(|symbol| {
        symbol.is_undefined() && symbol.n_type().is_ext() && !symbol.n_desc(endian).contains(macho::N_WEAK_REF)
    });
    names(undefined.map(|symbol| symbol.name(endian, symbols.strings()).map(c_name)))
}

/// The exports of an image that has no export trie, which old and unlinked ones have not.
fn external_symbols<Mach: MachHeader<Endian = Endianness>>(file: &MachOFile<Mach>) -> Result<Names> {
    let (endian, symbols) = (file.endian(), file.macho_symbol_table());
    let defined = symbols.iter().filter(|symbol| {
        let kind = symbol.n_type();
        let defined = matches!(kind.typ(), macho::N_SECT | macho::N_ABS | macho::N_INDR);
        !symbol.is_stab() && kind.is_ext() && !kind.is_pext() && defined
    });
    names(defined.map(|symbol| symbol.name(endian, symbols.strings()).map(c_name)))
}

fn slice(bytes: &[u8], offset: u32, size: u32) -> Result<&[u8]> {
    let rest = bytes.get(offset as usize..).and_then(|rest| rest.get(..size as usize));
    Ok(rest.ok_or("its export trie lies outside")?)
}

/// The names of an export trie: nodes of (size of the export, export, count of children, (edge, offset of child)...).
fn exported_names(trie: &[u8]) -> Result<Names> {
    if trie.is_empty() {
        return Ok(Names::default());
    }
    let mut exported = Vec::new();
    let mut length = 0;
    let mut seen = HashSet::from([0]);
    let mut waiting = vec![(0, Vec::new())];
    while let Some((offset, prefix)) = waiting.pop() {
        let (is_export, children) = node(trie, offset).ok_or("its export trie is cut off")?;
        for (edge, child) in children {
            length += prefix.len() + edge.len();
            // In a tree, every node has one parent. In a loop, or in what is made to branch endlessly, one has more.
            if !seen.insert(child) || length > NAMES {
                return Err("its export trie is no tree".into());
            }
            waiting.push((child, [&prefix, edge].concat()));
        }
        if is_export {
            exported.push(prefix);
        }
    }
    names(exported.iter().map(|name| Ok(c_name(name))))
}

type Children<'data> = Vec<(&'data [u8], usize)>;

/// Whether the node is an export, and its children: what their names add and where they lie.
fn node(trie: &[u8], offset: usize) -> Option<(bool, Children<'_>)> {
    let mut rest = trie.get(offset..)?;
    let size = uleb128(&mut rest)?;
    let (count, mut rest) = rest.get(size..)?.split_first()?;
    let mut children = Vec::new();
    for _ in 0..*count {
        let end = rest.iter().position(|byte| *byte == 0)?;
        let edge = &rest[..end];
        rest = &rest[end + 1..];
        children.push((edge, uleb128(&mut rest)?));
    }
    Some((size > 0, children))
}

/// Takes a number of seven bits a byte, the lowest first.
fn uleb128(rest: &mut &[u8]) -> Option<usize> {
    let mut number = 0u64;
    for shift in (0..63).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return number.try_into().ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::damage_everywhere;
    use super::super::{BinaryError, parse};
    use super::*;

    const ARM64: u32 = 0x0100_000c;
    const X86_64: u32 = 0x0100_0007;

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// A load command: its number, its fields, and a text behind them.
    fn command(number: u32, fields: &[u32], text: &str) -> Vec<u8> {
        let mut bytes = [words(&[number, 0]), words(fields), text.as_bytes().to_vec()].concat();
        bytes.resize((bytes.len() + 1).next_multiple_of(8), 0);
        let size = bytes.len() as u32;
        bytes[4..8].copy_from_slice(&size.to_le_bytes());
        bytes
    }

    fn symbol(name: u32, kind: u8, section: u8, description: u16, value: u64) -> Vec<u8> {
        [&name.to_le_bytes()[..], &[kind, section], &description.to_le_bytes(), &value.to_le_bytes()].concat()
    }

    /// A 64-bit library. Its parts lie behind the commands, which must know where: hence two passes.
    fn library(cpu: u32, trie: Option<&[u8]>) -> Vec<u8> {
        let names = b"\0_PyInit_a\0_PyErr_Clear\0_maybe\0_hidden\0";
        let symbols = [
            symbol(1, 0x0f, 1, 0, 0x1000),
            symbol(11, 0x01, 0, 0xfe00, 0),
            symbol(24, 0x01, 0, 0xfe40, 0),
            symbol(31, 0x1f, 1, 0, 0x1000),
        ];
        let mut start = 0;
        loop {
            let strings = start + 64;
            let exports = strings + names.len() as u32;
            let mut commands = vec![
                command(0x0d, &[24, 2, 0, 0], "@rpath/liba.dylib"),
                command(0x0c, &[24, 2, 0, 0], "/usr/lib/libSystem.B.dylib"),
                command(0x8000_001c, &[12], "@loader_path/.libs"),
                command(0x32, &[1, 0x000d_0400, 0x000e_0000, 0], ""),
                command(0x02, &[start, 4, strings, names.len() as u32], ""),
            ];
            commands.extend(trie.map(|trie| command(0x8000_0033, &[exports, trie.len() as u32], "")));
            let count = commands.len() as u32;
            let commands = commands.concat();
            let header = words(&[0xfeed_facf, cpu, 0, 6, count, commands.len() as u32, 0x85, 0]);
            let found = (header.len() + commands.len()) as u32;
            if start == found {
                return [header, commands, symbols.concat(), names.to_vec(), trie.unwrap_or(&[]).to_vec()].concat();
            }
            start = found;
        }
    }

    fn universal(images: &[(u32, &[u8])]) -> Vec<u8> {
        let mut header: Vec<u32> = vec![0xcafe_babe, images.len() as u32];
        let mut content = Vec::new();
        for (cpu, image) in images {
            let offset = 8 + 20 * images.len() + content.len();
            header.extend([*cpu, 0, offset as u32, image.len() as u32, 0]);
            content.extend_from_slice(image);
        }
        [header.iter().flat_map(|word| word.to_be_bytes()).collect(), content].concat()
    }

    /// The names `_a`, `_ab` and `_ac`.
    const TRIE: &[u8] = b"\x00\x01_a\0\x07\x00\x02\x00\x10\x02b\0\x11c\0\x15\x02\x00\x20\x00\x02\x00\x30\x00";

    #[test]
    fn a_library_tells_everything_about_itself() {
        let facts = parse(&library(ARM64, None)).unwrap();
        let expected = BinaryFacts {
            format: Format::MachO,
            architecture: "arm64".into(),
            exports: ["PyInit_a"].into_iter().collect(),
            imports: ["PyErr_Clear"].into_iter().collect(),
            unversioned: None,
            symbol_versions: vec![],
            needed: vec!["/usr/lib/libSystem.B.dylib".into()],
            optional: vec![],
            soname: Some("@rpath/liba.dylib".into()),
            run_paths: vec!["@loader_path/.libs".into()],
            run_paths_are_inherited: false,
            minimum_os: Some("13.4".into()),
        };
        assert_eq!(facts, [expected]);
    }

    #[test]
    fn the_export_trie_goes_before_the_symbols() {
        assert_eq!(parse(&library(ARM64, Some(TRIE))).unwrap()[0].exports, ["a", "ab", "ac"]);
        assert_eq!(parse(&library(ARM64, Some(b""))).unwrap()[0].exports, [""; 0]);
    }

    #[test]
    fn a_trie_that_loops_or_shares_nodes_is_damaged() {
        let looping = b"\x00\x01a\0\x00";
        let shared = b"\x00\x02a\0\x08b\0\x08\x00\x02\x00\x10\x00";
        for trie in [looping.as_slice(), shared] {
            let error = parse(&library(ARM64, Some(trie))).unwrap_err();
            assert_eq!(error.to_string(), "the Mach-O binary is damaged: its export trie is no tree");
        }
    }

    #[test]
    fn a_universal_file_has_facts_for_each_architecture() {
        let file = universal(&[(X86_64, &library(X86_64, None)), (ARM64, &library(ARM64, Some(TRIE)))]);
        let facts = parse(&file).unwrap();
        let architectures: Vec<_> = facts.iter().map(|facts| facts.architecture.as_str()).collect();
        assert_eq!(architectures, ["x86_64", "arm64"]);
        assert_eq!(facts[1].exports, ["a", "ab", "ac"]);
    }

    #[test]
    fn a_universal_file_inside_another_is_damaged() {
        let inner = universal(&[(ARM64, &library(ARM64, None))]);
        let error = parse(&universal(&[(ARM64, &inner)])).unwrap_err();
        assert!(matches!(error, BinaryError::Damaged { format: Format::MachO, .. }), "{error}");
    }

    #[test]
    fn a_version_shows_its_third_number_only_if_there_is_one() {
        assert_eq!(version(Version::new(10, 12, 0)), "10.12");
        assert_eq!(version(Version::new(10, 13, 4)), "10.13.4");
    }

    #[test]
    fn no_damage_makes_it_panic() {
        damage_everywhere(&universal(&[(ARM64, &library(ARM64, Some(TRIE))), (X86_64, &library(X86_64, None))]));
    }
}
