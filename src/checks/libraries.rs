//! What compiled files need of the system is what the wheel's tag promises, or what the wheel brings.
//!
//! Source: PEP 600, 656; the policies of auditwheel 6.8; `plan::portable` on macOS and Windows.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::archive::Archive;
use crate::facts::binary::{BinaryFacts, Format};
use crate::plan::compatibility::{self, CLibrary, Policy};
use crate::plan::portable::{is_pythons, known_as, macos, windows};
use crate::spec::tag::WheelTag;

pub fn check(archive: &Archive, tag: &WheelTag) -> Vec<Diagnostic> {
    let is_for = |beginning: &str| tag.platform().iter().any(|platform| platform.starts_with(beginning));
    match () {
        () if is_for("macosx_") => elsewhere(archive, Format::MachO, "macOS", macos::is_of_system),
        () if is_for("win") => elsewhere(archive, Format::Pe, "Windows", windows::is_of_system),
        () => linux(archive, tag),
    }
}

/// What files of a format need that neither the system has, nor the wheel, nor Python.
fn elsewhere(archive: &Archive, format: Format, system: &str, is_of_system: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
    let brought: BTreeSet<String> = archive.files().map(|member| known_as(format, &member.path)).collect();
    let mut findings = Vec::new();
    for (path, images) in &archive.images {
        let own = images.iter().flatten().filter(|facts| facts.format == format);
        // The halves of a universal file need the same.
        let needed: BTreeSet<&String> = own.flat_map(|facts| &facts.needed).collect();
        for library in needed {
            let is_python = is_pythons(format, library);
            if is_python && library.starts_with('/') {
                let message = format!("`{path}` needs `{library}`, which Pythons from elsewhere do not have there");
                let hint = "extension modules find Python's symbols in the program that loads them: do not link it";
                findings.push(Diagnostic::warning(Code::Library, message).hint(hint));
            } else if !is_python && !is_of_system(library) && !brought.contains(&known_as(format, library)) {
                findings.push(missing(path, library, system));
            }
        }
    }
    findings
}

fn missing(path: &str, library: &str, system: &str) -> Diagnostic {
    let message = format!("`{path}` needs the library `{library}`, which neither the wheel nor {system} brings");
    let hint = "graft it into the wheel (`wainwright repair`), or say that another distribution brings it";
    Diagnostic::warning(Code::Library, message).hint(hint)
}

fn linux(archive: &Archive, tag: &WheelTag) -> Vec<Diagnostic> {
    let policies: Vec<Policy> =
        tag.platform().iter().filter_map(|platform| compatibility::policy_of_tag(platform)).collect();
    let Some(oldest) = policies.into_iter().min_by_key(|policy| (policy.major, policy.minor)) else {
        return Vec::new();
    };
    let brought: BTreeSet<&str> = archive.files().filter_map(|member| member.path.rsplit('/').next()).collect();
    let mut findings = Vec::new();
    for (path, images) in &archive.images {
        for facts in images.iter().flatten().filter(|facts| facts.format == Format::Elf) {
            findings.extend(too_new(path, facts, oldest));
            findings.extend(foreign(path, facts, oldest, &brought));
        }
    }
    findings
}

fn too_new(path: &str, facts: &BinaryFacts, policy: Policy) -> Option<Diagnostic> {
    if policy.library == CLibrary::Musl {
        return None;
    }
    let is_glibcs = |version: &&(String, String)| version.1.starts_with("GLIBC_") && version.1 != "GLIBC_PRIVATE";
    let newer =
        facts.symbol_versions.iter().filter(is_glibcs).find(|(_, version)| compatibility::is_newer(policy, version))?;
    let message = format!("`{path}` needs `{}` of `{}`, which is newer than `{policy}` promises", newer.1, newer.0);
    let hint = "build on an older system or with `--zig`, or claim the newer tag";
    Some(Diagnostic::error(Code::PlatformPolicy, message).hint(hint))
}

fn foreign(path: &str, facts: &BinaryFacts, policy: Policy, brought: &BTreeSet<&str>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for library in &facts.needed {
        let other_c = match policy.library {
            CLibrary::Glibc => library.starts_with("libc.musl-"),
            CLibrary::Musl => library == "libc.so.6",
        };
        if other_c {
            let message = format!("`{path}` is for another C library (`{library}`) than `{policy}`");
            findings.push(Diagnostic::error(Code::PlatformPolicy, message));
        } else if library.starts_with("libpython") {
            let message = format!("`{path}` needs `{library}`, which a Python without a shared library lacks");
            let hint = "extension modules find Python's symbols in the program that loads them: do not link it";
            findings.push(Diagnostic::warning(Code::Library, message).hint(hint));
        } else if !is_there(library, policy, brought) {
            findings.push(missing(path, library, &format!("`{policy}`")));
        }
    }
    findings
}

fn is_there(library: &str, policy: Policy, brought: &BTreeSet<&str>) -> bool {
    let name = library.rsplit('/').next().unwrap_or(library);
    compatibility::is_of_platform(policy, library)
        || brought.contains(name)
        || (policy.library == CLibrary::Glibc && compatibility::is_of_some_platform(library))
        || (policy.library == CLibrary::Musl && ["libz.so.1", "libstdc++.so.6", "libgcc_s.so.1"].contains(&library))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::{archive, elf};

    fn found(tag: &str, versions: &[(&str, &str)], needed: &[&str]) -> Vec<(Code, bool)> {
        let mut archive = archive("", &[("m.abi3.so", ""), ("d.libs/libown-1.so.2", "")]);
        let image = BinaryFacts {
            symbol_versions: versions.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect(),
            needed: needed.iter().map(|name| name.to_string()).collect(),
            ..elf(&[], &[])
        };
        archive.images.insert("m.abi3.so".to_owned(), Ok(vec![image]));
        check(&archive, &tag.parse().unwrap()).into_iter().map(|finding| (finding.code, finding.is_error())).collect()
    }

    #[test]
    fn what_the_tag_promises_holds() {
        let glibc = [("libc.so.6", "GLIBC_2.17")];
        let needed = ["libc.so.6", "libm.so.6", "libown-1.so.2", "ld-linux-x86-64.so.2"];
        assert_eq!(found("cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64", &glibc, &needed), []);
        assert_eq!(found("cp39-abi3-manylinux_2_12_x86_64", &glibc, &needed), [(Code::PlatformPolicy, true)]);
        assert_eq!(found("cp39-abi3-linux_x86_64", &[("libc.so.6", "GLIBC_2.99")], &["libfoo.so"]), []);
        assert_eq!(found("cp39-abi3-manylinux2014_x86_64", &[], &["libfoo.so.1"]), [(Code::Library, false)]);
        assert_eq!(found("cp39-abi3-manylinux2014_x86_64", &[], &["libpython3.11.so.1.0"]), [(Code::Library, false)]);
        assert_eq!(found("cp39-abi3-musllinux_1_2_x86_64", &[], &["libc.so.6"]), [(Code::PlatformPolicy, true)]);
        assert_eq!(found("cp39-abi3-musllinux_1_2_x86_64", &[], &["libc.so", "libc.musl-x86_64.so.1"]), []);
    }
    fn foreign(format: Format, tag: &str, needed: &[&str]) -> Vec<String> {
        let mut archive = archive("", &[("p/m.so", ""), ("p/.dylibs/libown.1.dylib", ""), ("p/own.dll", "")]);
        let needed = needed.iter().map(|name| name.to_string()).collect();
        let image = BinaryFacts { needed, ..BinaryFacts::bare(format, "x86_64") };
        archive.images.insert("p/m.so".to_owned(), Ok(vec![image.clone(), image]));
        check(&archive, &tag.parse().unwrap()).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn macos_and_windows_have_libraries_of_their_own() {
        let of = |needed: &[&str]| foreign(Format::MachO, "cp39-abi3-macosx_11_0_arm64", needed);
        let framework = "/Library/Frameworks/Python.framework/Versions/3.12/Python";
        assert_eq!(of(&["/usr/lib/libz.1.dylib", "@loader_path/.dylibs/libown.1.dylib", "@rpath/Python"]), [""; 0]);
        assert_eq!(
            of(&["/opt/homebrew/lib/liba.dylib"]),
            ["`p/m.so` needs the library `/opt/homebrew/lib/liba.dylib`, which neither the wheel nor macOS brings"]
        );
        assert_eq!(of(&[framework]).len(), 1);
        let of = |needed: &[&str]| foreign(Format::Pe, "cp39-abi3-win_amd64", needed);
        assert_eq!(of(&["KERNEL32.dll", "OWN.dll", "python3.dll", "VCRUNTIME140.dll"]), [""; 0]);
        assert_eq!(
            of(&["msvcp140.dll"]),
            ["`p/m.so` needs the library `msvcp140.dll`, which neither the wheel nor Windows brings"]
        );
    }
}
