//! Compiled modules: their file names are ones that the wheel's Pythons look for, they are for its platform, and they
//! export what the import calls.

use crate::checks::{entry_symbol, stable_abi};
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::archive::Archive;
use crate::facts::binary::{BinaryFacts, Format};
use crate::spec::module_path::ModulePath;
use crate::spec::tag::{Tag, WheelTag};

/// A file that Python may import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleFile {
    pub path: String,
    /// The dotted name below the root of the wheel.
    pub import: String,
    pub python: ModulePython,
}

/// The Python that looks for a file of such a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModulePython {
    /// `x.so` and `x.pyd`: any; it may be no module at all.
    Any,
    /// `x.abi3.so`, `x.abi3t.so`
    Stable { threads: bool },
    /// `x.cpython-313t-darwin.so`, `x.cp39-win_amd64.pyd`
    CPython { minor: u64, threads: bool },
    /// PyPy, GraalPy and others.
    Other,
}

/// The modules of a wheel, by their names.
pub fn modules(archive: &Archive) -> Vec<ModuleFile> {
    archive.images.keys().filter_map(|path| module(path)).collect()
}

fn module(path: &str) -> Option<ModuleFile> {
    let inside = path
        .split_once(".data/")
        .and_then(|(_, rest)| rest.split_once('/'))
        .filter(|(scheme, _)| scheme.ends_with("lib"));
    if path.contains(".data/") && inside.is_none() {
        return None;
    }
    let below = inside.map_or(path, |(_, below)| below);
    let (directory, name) = below.rsplit_once('/').unwrap_or(("", below));
    let (stem, suffix) = name.split_once('.')?;
    let python = match suffix.rsplit('.').next()? {
        "so" | "pyd" => python(suffix.rsplit_once('.').map_or("", |(tag, _)| tag)),
        _ => None,
    }?;
    // A package may be compiled itself.
    let stem = stem.strip_suffix("_d").filter(|_| name.ends_with(".pyd")).unwrap_or(stem);
    let parts = directory.split('/').chain((stem != "__init__").then_some(stem)).filter(|part| !part.is_empty());
    Some(ModuleFile { path: path.to_owned(), import: parts.collect::<Vec<_>>().join("."), python })
}

/// What stands between the module's name and `.so`; `None` where that is none of a module.
fn python(tag: &str) -> Option<ModulePython> {
    let first = tag.split('-').next().unwrap_or(tag);
    if tag.is_empty() {
        return Some(ModulePython::Any);
    }
    if first == "abi3" || first == "abi3t" {
        return Some(ModulePython::Stable { threads: first == "abi3t" });
    }
    let version = if first == "cpython" { tag.split('-').nth(1) } else { first.strip_prefix("cp") };
    if let Some(version) = version {
        let digits = version.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let minor = digits.strip_prefix('3')?.parse().ok()?;
        return Some(ModulePython::CPython { minor, threads: version.ends_with('t') || version.ends_with("td") });
    }
    ["pypy", "graalpy"].iter().any(|other| first.starts_with(other)).then_some(ModulePython::Other)
}

/// Judges all modules of a wheel.
pub fn check(archive: &Archive, tag: &WheelTag) -> Vec<Diagnostic> {
    let modules = modules(archive);
    let mut findings = Vec::new();
    for module in &modules {
        let images = match &archive.images[&module.path] {
            Ok(images) => images,
            Err(reason) => {
                let message = format!("`{}` cannot be read as a compiled file: {reason}", module.path);
                findings.push(Diagnostic::error(Code::BinaryPlatform, message));
                continue;
            }
        };
        if is_module(module, images) {
            findings.extend(file_name(module, &modules, tag));
            findings.extend(entry(module, images));
            findings.extend(platform(module, images, tag));
            findings.extend(stable(module, images, tag));
        }
    }
    findings
}

/// Judges what the modules of the stable ABI use.
pub fn stable_abis(archive: &Archive, tag: &WheelTag) -> Vec<Diagnostic> {
    let readable = modules(archive).into_iter().filter_map(|module| {
        let images = archive.images[&module.path].as_ref().ok()?;
        Some(stable(&module, images, tag))
    });
    readable.flatten().collect()
}

/// Whether Python is to import the file: `x.so` may be there for others.
pub fn is_module(module: &ModuleFile, images: &[BinaryFacts]) -> bool {
    module.python != ModulePython::Any || images.iter().any(|facts| facts.exports.iter().any(entry_symbol::is_entry))
}

/// A module that no Python of the wheel looks for, and none of its namesakes either.
fn file_name(module: &ModuleFile, all: &[ModuleFile], tag: &WheelTag) -> Option<Diagnostic> {
    let tags = tag.tags();
    let lost = tags.iter().find(|tag| {
        let namesakes = all.iter().filter(|other| other.import == module.import);
        !namesakes.into_iter().any(|other| is_found(&other.python, tag))
    })?;
    let name = module.path.rsplit('/').next().unwrap_or(&module.path);
    let message = format!("`{}` is imported by no Python that the tag `{lost}` stands for", module.path);
    let hint =
        format!("Python looks for a module by the ending of its file's name, which `{name}` has for another one");
    Some(Diagnostic::error(Code::ModuleFile, message).hint(hint))
}

/// Whether every Python that a tag stands for looks for such a file.
fn is_found(python: &ModulePython, tag: &Tag) -> bool {
    let minor = tag.python.strip_prefix("cp3").and_then(|minor| minor.parse::<u64>().ok());
    let is_threaded = tag.abi.ends_with('t') && tag.abi.starts_with("cp");
    match python {
        // `py3` and others promise nothing of compiled modules.
        _ if minor.is_none() || tag.abi == "none" => true,
        ModulePython::Any => true,
        ModulePython::Stable { threads: false } => !is_threaded && tag.abi != "abi3t",
        ModulePython::Stable { threads: true } => tag.abi != "abi3" || minor >= Some(15),
        ModulePython::CPython { minor: own, threads } => {
            !tag.abi.starts_with("abi3") && Some(*own) == minor && *threads == is_threaded
        }
        ModulePython::Other => false,
    }
}

fn entry(module: &ModuleFile, images: &[BinaryFacts]) -> Vec<Diagnostic> {
    let Ok(import) = module.import.parse::<ModulePath>() else { return Vec::new() };
    // cffi's own modules have another way into PyPy.
    let is_cffis = |facts: &BinaryFacts| facts.exports.iter().any(|symbol| symbol.starts_with("_cffi_pypyinit_"));
    if module.python == ModulePython::Other && images.iter().all(is_cffis) {
        return Vec::new();
    }
    entry_symbol::check(&import, &module.path, images)
}

fn platform(module: &ModuleFile, images: &[BinaryFacts], tag: &WheelTag) -> Option<Diagnostic> {
    let lost = tag.platform().iter().find(|platform| {
        let needed = needs(platform);
        !needed.iter().all(|(format, architectures)| {
            let fits =
                |facts: &BinaryFacts| facts.format == *format && architectures.contains(&facts.architecture.as_str());
            images.iter().any(fits)
        })
    })?;
    let found: Vec<String> =
        images.iter().map(|facts| format!("{:?} for {}", facts.format, facts.architecture)).collect();
    let message = format!("`{}` is {}, but the wheel is for `{lost}`", module.path, found.join(" and "));
    Some(Diagnostic::error(Code::BinaryPlatform, message).hint("mend the tag, or build for its platform"))
}

/// The images that a platform needs, each in one of some architectures; empty where nothing is known.
fn needs(platform: &str) -> Vec<(Format, &'static [&'static str])> {
    const X86_64: &[&str] = &["x86_64", "amd64", "x86_64h"];
    const ARM64: &[&str] = &["aarch64", "arm64", "arm64e"];
    const X86: &[&str] = &["i686", "i386", "win32", "x86"];
    const ARM: &[&str] = &["armv7l", "armv6l", "armv5tel", "arm"];
    if platform == "any" {
        return Vec::new();
    }
    let is_apple = platform.starts_with("macosx_") || platform.starts_with("ios_");
    let format = match platform {
        _ if is_apple => Format::MachO,
        _ if platform.starts_with("win") => Format::Pe,
        _ if ["linux", "manylinux", "musllinux", "android", "freebsd"]
            .iter()
            .any(|name| platform.starts_with(name)) =>
        {
            Format::Elf
        }
        _ => return Vec::new(),
    };
    let one = |architectures| vec![(format, architectures)];
    match platform {
        _ if is_apple && platform.ends_with("_universal2") => vec![(format, X86_64), (format, ARM64)],
        _ if platform.contains("x86_64") || platform == "win_amd64" => one(X86_64),
        _ if platform.ends_with("_aarch64") || platform.contains("arm64") => one(ARM64),
        _ if platform.ends_with("_i686") || platform.ends_with("_i386") || platform == "win32" => one(X86),
        _ if platform.ends_with("_armv7l") || platform.ends_with("_armv6l") => one(ARM),
        _ if platform.ends_with("_ppc64le") => one(&["ppc64le"]),
        _ if platform.ends_with("_s390x") => one(&["s390x"]),
        _ if platform.ends_with("_riscv64") => one(&["riscv64"]),
        _ if platform.ends_with("_loongarch64") => one(&["loongarch64"]),
        _ => Vec::new(),
    }
}

fn stable(module: &ModuleFile, images: &[BinaryFacts], tag: &WheelTag) -> Vec<Diagnostic> {
    let is_of_stable = |tag: &&Tag| tag.abi.starts_with("abi3");
    let claimed =
        tag.tags().iter().filter(is_of_stable).filter_map(|tag| tag.python.strip_prefix("cp3")?.parse().ok()).min();
    let is_stable = matches!(module.python, ModulePython::Stable { .. });
    match claimed.filter(|_| is_stable || module.python == ModulePython::Any) {
        Some(minor) => stable_abi::check(&module.path, minor, images),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::{archive, elf};

    fn found(path: &str, tag: &str, image: BinaryFacts) -> Vec<Code> {
        let mut archive = archive("", &[(path, "")]);
        archive.images.insert(path.to_owned(), Ok(vec![image]));
        check(&archive, &tag.parse().unwrap()).into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_modules_file_name_tells_its_python_and_its_import() {
        let read = |path: &str| module(path).map(|module| (module.import, module.python));
        let cpython = |minor, threads| ModulePython::CPython { minor, threads };
        assert_eq!(read("a/b.cpython-311-x86_64-linux-gnu.so"), Some(("a.b".into(), cpython(11, false))));
        assert_eq!(read("b.cp313t-win_amd64.pyd"), Some(("b".into(), cpython(13, true))));
        assert_eq!(read("a/__init__.abi3.so"), Some(("a".into(), ModulePython::Stable { threads: false })));
        assert_eq!(read("d-1.data/platlib/b.abi3t.so"), Some(("b".into(), ModulePython::Stable { threads: true })));
        assert_eq!(read("a/b.pypy311-pp73-darwin.so"), Some(("a.b".into(), ModulePython::Other)));
        assert_eq!(read("a/b.so"), Some(("a.b".into(), ModulePython::Any)));
        for other in ["d-1.data/scripts/tool", "a.libs/libz-abc.so.1", "a/b.so.1.2", "a/libx.dylib", "a/b.node.so"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn the_wheels_pythons_must_look_for_the_file() {
        let good = || elf(&["PyInit_b"], &[]);
        for (path, tag) in [
            ("b.cpython-311-x86_64-linux-gnu.so", "cp311-cp311-linux_x86_64"),
            ("b.abi3.so", "cp39-abi3-linux_x86_64"),
            ("b.abi3.so", "cp311-cp311-linux_x86_64"),
            ("b.so", "cp311-cp311-linux_x86_64"),
            ("b.cpython-313t-x86_64-linux-gnu.so", "cp313-cp313t-linux_x86_64"),
            ("b.cpython-311-x86_64-linux-gnu.so", "py3-none-linux_x86_64"),
        ] {
            assert_eq!(found(path, tag, good()), [], "{path} {tag}");
        }
        for (path, tag) in [
            ("b.cpython-311-x86_64-linux-gnu.so", "cp312-cp312-linux_x86_64"),
            ("b.cpython-311-x86_64-linux-gnu.so", "cp311-abi3-linux_x86_64"),
            ("b.abi3.so", "cp313-cp313t-linux_x86_64"),
            ("b.abi3t.so", "cp39-abi3-linux_x86_64"),
        ] {
            assert_eq!(found(path, tag, good()), [Code::ModuleFile], "{path} {tag}");
        }
    }

    #[test]
    fn entry_symbols_platforms_and_the_stable_abi_are_looked_at() {
        let path = "b.abi3.so";
        assert_eq!(found(path, "cp39-abi3-linux_x86_64", elf(&["PyInit_c"], &[])), [Code::EntrySymbol]);
        assert_eq!(found(path, "cp39-abi3-linux_aarch64", elf(&["PyInit_b"], &[])), [Code::BinaryPlatform]);
        assert_eq!(found(path, "cp39-abi3-win_amd64", elf(&["PyInit_b"], &[])), [Code::BinaryPlatform]);
        assert_eq!(found(path, "cp39-abi3-linux_x86_64", elf(&["PyInit_b"], &["_PyLong_Sign"])), [Code::StableAbi]);
        assert_eq!(found("libc.so", "cp39-abi3-linux_x86_64", elf(&[], &["_PyLong_Sign"])), []);
    }
}
