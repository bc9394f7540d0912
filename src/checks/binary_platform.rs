//! A binary must be for the platform that the wheel's tag names.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::binary::{BinaryFacts, Format};
use crate::plan::triple::Triple;

/// Compares the format and architecture of the file at `path` with the triple that it was planned for.
pub fn check(triple: &Triple, path: &str, images: &[BinaryFacts]) -> Option<Diagnostic> {
    let wanted_format = match triple.system.as_str() {
        "windows" | "cygwin" => Format::Pe,
        "darwin" | "ios" => Format::MachO,
        _ => Format::Elf,
    };
    let wanted: &[&str] = if triple.is_universal2() { &["x86_64", "aarch64"] } else { &[&triple.architecture] };
    let holds = |architecture: &str| {
        images.iter().any(|facts| facts.format == wanted_format && same_architecture(&facts.architecture, architecture))
    };
    if wanted.iter().all(|architecture| holds(architecture)) {
        return None;
    }
    let found: Vec<String> =
        images.iter().map(|facts| format!("{:?} for {}", facts.format, facts.architecture)).collect();
    let message = format!(
        "`{path}` is {}, but the wheel is for {} on {}",
        found.join(" and "),
        triple.architecture,
        triple.system
    );
    let hint =
        "cargo built for another target than was planned: name it with `--target` instead of cargo's configuration";
    Some(Diagnostic::error(Code::BinaryPlatform, message).hint(hint))
}

/// Formats and triples call the same processor by different names.
fn same_architecture(found: &str, wanted: &str) -> bool {
    let family = |name: &str| match name {
        "amd64" | "x86_64" | "x86_64h" | "arm64ec" => "x86_64".to_owned(),
        "arm64" | "aarch64" | "arm64e" => "aarch64".to_owned(),
        name if name.starts_with('i') && name.ends_with("86") => "x86".to_owned(),
        "win32" | "x86" => "x86".to_owned(),
        name if name.starts_with("arm") || name.starts_with("thumb") => "arm".to_owned(),
        name if name.starts_with("riscv64") => "riscv64".to_owned(),
        "ppc64le" | "powerpc64le" => "powerpc64le".to_owned(),
        "ppc64" | "powerpc64" => "powerpc64".to_owned(),
        other => other.to_owned(),
    };
    family(found) == family(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(format: Format, architecture: &str) -> BinaryFacts {
        BinaryFacts::bare(format, architecture)
    }

    #[test]
    fn names_of_one_processor_agree_over_formats() {
        let fits = |triple: &str, format, architecture: &str| {
            check(&Triple::parse(triple), "x", &[image(format, architecture)]).is_none()
        };
        assert!(fits("x86_64-unknown-linux-gnu", Format::Elf, "x86_64"));
        assert!(fits("x86_64-pc-windows-gnu", Format::Pe, "amd64"));
        assert!(fits("aarch64-apple-darwin", Format::MachO, "arm64"));
        assert!(fits("i686-unknown-linux-gnu", Format::Elf, "i686"));
        assert!(fits("armv7-unknown-linux-gnueabihf", Format::Elf, "armv7l"));
        assert!(!fits("x86_64-unknown-linux-gnu", Format::Elf, "aarch64"));
        assert!(!fits("x86_64-unknown-linux-gnu", Format::Pe, "amd64"));
    }

    #[test]
    fn the_finding_names_both_sides() {
        let found =
            check(&Triple::parse("x86_64-unknown-linux-gnu"), "m.so", &[image(Format::Elf, "aarch64")]).unwrap();
        assert_eq!(found.message, "`m.so` is Elf for aarch64, but the wheel is for x86_64 on linux");
    }
}
