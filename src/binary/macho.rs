//! Reads Mach-O images, and universal files that hold several (Apple's `mach-o/loader.h`, `nlist.h`, `fat.h`).

use std::collections::HashSet;

use object::Endianness;
use object::macho::{self, Version};
use object::read::macho::{FatArch, LoadCommandVariant, MachHeader, MachOFatFile, MachOFile, Nlist as _};

use super::{Result, sorted, text};
use crate::facts::binary::{BinaryFacts, Format};

/// A universal file has fewer images. Java's class files begin with the same four bytes and a greater number.
const IMAGES: u8 = 40;
/// All exported names of an image together are shorter, in bytes: what is longer is made to exhaust the memory.
const NAMES: usize = 256 << 20;

pub(super) fn is_universal(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, _, _, 0, 0, 0, count, ..] if *count < IMAGES)
}

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
        exports: Vec::new(),
        imports: imports(&file)?,
        symbol_versions: Vec::new(),
        needed: Vec::new(),
        soname: None,
        run_paths: Vec::new(),
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
            LoadCommandVariant::Dylib(dylib) => facts.needed.push(text(command.string(endian, dylib.dylib.name)?)),
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
fn c_name(name: &[u8]) -> String {
    text(name.strip_prefix(b"_").unwrap_or(name))
}

fn imports<Mach: MachHeader<Endian = Endianness>>(file: &MachOFile<Mach>) -> Result<Vec<String>> {
    let (endian, symbols) = (file.endian(), file.macho_symbol_table());
    let undefined = symbols.iter().filter(|symbol| {
        symbol.is_undefined() && symbol.n_type().is_ext() && !symbol.n_desc(endian).contains(macho::N_WEAK_REF)
    });
    sorted(undefined.map(|symbol| symbol.name(endian, symbols.strings()).map(c_name)))
}

/// The exports of an image that has no export trie, which old and unlinked ones have not.
fn external_symbols<Mach: MachHeader<Endian = Endianness>>(file: &MachOFile<Mach>) -> Result<Vec<String>> {
    let (endian, symbols) = (file.endian(), file.macho_symbol_table());
    let defined = symbols.iter().filter(|symbol| {
        let kind = symbol.n_type();
        let defined = matches!(kind.typ(), macho::N_SECT | macho::N_ABS | macho::N_INDR);
        !symbol.is_stab() && kind.is_ext() && !kind.is_pext() && defined
    });
    sorted(defined.map(|symbol| symbol.name(endian, symbols.strings()).map(c_name)))
}

fn slice(bytes: &[u8], offset: u32, size: u32) -> Result<&[u8]> {
    let rest = bytes.get(offset as usize..).and_then(|rest| rest.get(..size as usize));
    Ok(rest.ok_or("its export trie lies outside")?)
}

/// The names of an export trie: nodes of (size of the export, export, count of children, (edge, offset of child)...).
fn exported_names(trie: &[u8]) -> Result<Vec<String>> {
    if trie.is_empty() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
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
            names.push(Ok(c_name(&prefix)));
        }
    }
    sorted(names.into_iter())
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
