//! The Linux tag that is asked for, and whether binaries keep its promise.
//!
//! A policy names a C library and its version; a binary keeps it if it asks for nothing newer and for no library that
//! the policy does not hold. Sources: PEP 600 (manylinux), PEP 656 (musllinux), the policies of auditwheel 6.8.

use std::fmt;
use std::str::FromStr;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::binary::{BinaryFacts, Format};

/// What `compatibility` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compatibility {
    /// `linux_<arch>`, which promises nothing.
    Native,
    Policy(Policy),
    /// Whatever PyPI takes.
    Pypi,
}

/// A promise about the C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub library: CLibrary,
    pub major: u64,
    pub minor: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CLibrary {
    Glibc,
    Musl,
}

impl FromStr for Compatibility {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let glibc = |minor| Policy { library: CLibrary::Glibc, major: 2, minor };
        Ok(match text {
            "linux" | "off" => Self::Native,
            "pypi" => Self::Pypi,
            "1" | "manylinux1" => Self::Policy(glibc(5)),
            "2010" | "manylinux2010" => Self::Policy(glibc(12)),
            "2014" | "manylinux2014" => Self::Policy(glibc(17)),
            _ => Self::Policy(policy(text).ok_or_else(|| {
                format!(
                    "`{text}` is no tag such as `manylinux_2_28`, `manylinux2014`, `musllinux_1_2`, `linux` or `pypi`"
                )
            })?),
        })
    }
}

fn policy(text: &str) -> Option<Policy> {
    let (library, version) = match (text.strip_prefix("manylinux_"), text.strip_prefix("musllinux_")) {
        (Some(version), _) => (CLibrary::Glibc, version),
        (_, Some(version)) => (CLibrary::Musl, version),
        _ => (CLibrary::Glibc, text),
    };
    let (major, minor) = version.split_once('_')?;
    Some(Policy { library, major: major.parse().ok()?, minor: minor.parse().ok()? })
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.library {
            CLibrary::Glibc => "manylinux",
            CLibrary::Musl => "musllinux",
        };
        write!(f, "{name}_{}_{}", self.major, self.minor)
    }
}

impl Policy {
    /// The platform tags, joined by `.`; `architecture` is as in tags.
    pub fn tags(self, architecture: &str) -> String {
        policy_tags(&self.to_string(), architecture).join(".")
    }
}

/// The platform tags of a Linux policy for an architecture as in tags: `manylinux_2_17` or its older name
/// `manylinux2014` are both of them, since old installers know only that one (PEP 600). PyPI takes the older name for
/// some architectures only.
pub fn policy_tags(policy: &str, architecture: &str) -> Vec<String> {
    const OLDER: [(&str, &str, &[&str]); 3] = [
        ("manylinux_2_5", "manylinux1", &["x86_64", "i686"]),
        ("manylinux_2_12", "manylinux2010", &["x86_64", "i686"]),
        ("manylinux_2_17", "manylinux2014", &["x86_64", "i686", "aarch64", "armv7l", "ppc64", "ppc64le", "s390x"]),
    ];
    let names = match OLDER.iter().find(|(new, old, _)| policy == *new || policy == *old) {
        Some((new, old, architectures)) if architectures.contains(&architecture) => vec![*new, *old],
        Some((new, _, _)) => vec![*new],
        None => vec![policy],
    };
    names.iter().map(|name| format!("{name}_{architecture}")).collect()
}

/// The libraries that every system of a manylinux policy has, by the version of glibc from which on it counts: the C
/// library's own, those of GCC, and those of the desktop that do not change (auditwheel 6.8).
const PLATFORM_LIBRARIES: [(u64, &str); 24] = [
    (0, "libc.so.6"),
    (0, "libm.so.6"),
    (0, "libdl.so.2"),
    (0, "librt.so.1"),
    (0, "libpthread.so.0"),
    (0, "libutil.so.1"),
    (0, "libresolv.so.2"),
    (0, "libnsl.so.1"),
    (0, "libanl.so.1"),
    (0, "libgcc_s.so.1"),
    (0, "libstdc++.so.6"),
    (0, "libatomic.so.1"),
    (0, "libz.so.1"),
    (0, "libGL.so.1"),
    (0, "libICE.so.6"),
    (0, "libSM.so.6"),
    (0, "libX11.so.6"),
    (0, "libXext.so.6"),
    (0, "libXrender.so.1"),
    (0, "libglib-2.0.so.0"),
    (0, "libgobject-2.0.so.0"),
    (0, "libgthread-2.0.so.0"),
    (12, "libexpat.so.1"),
    (24, "libmvec.so.1"),
];

/// From which minor version of glibc on, which version.
type Newest = (u64, [u64; 4]);

/// The newest versions of symbols of the libraries beside the C library, by the version of glibc from which on they
/// count (auditwheel 6.8; where its architectures differ, the older one).
const NEWEST: [(&str, &[Newest]); 5] = [
    (
        "GCC",
        &[
            (5, [4, 2, 0, 0]),
            (12, [4, 3, 0, 0]),
            (17, [4, 8, 0, 0]),
            (27, [7, 0, 0, 0]),
            (35, [12, 0, 0, 0]),
            (39, [14, 0, 0, 0]),
        ],
    ),
    (
        "CXXABI",
        &[
            (5, [1, 3, 1, 0]),
            (12, [1, 3, 3, 0]),
            (17, [1, 3, 7, 0]),
            (24, [1, 3, 10, 0]),
            (27, [1, 3, 11, 0]),
            (31, [1, 3, 12, 0]),
            (34, [1, 3, 13, 0]),
            (39, [1, 3, 15, 0]),
        ],
    ),
    (
        "GLIBCXX",
        &[
            (5, [3, 4, 8, 0]),
            (12, [3, 4, 13, 0]),
            (17, [3, 4, 19, 0]),
            (24, [3, 4, 22, 0]),
            (27, [3, 4, 24, 0]),
            (31, [3, 4, 28, 0]),
            (34, [3, 4, 29, 0]),
            (35, [3, 4, 30, 0]),
            (39, [3, 4, 33, 0]),
        ],
    ),
    ("ZLIB", &[(12, [1, 2, 2, 4]), (17, [1, 2, 5, 2]), (27, [1, 2, 9, 0])]),
    ("LIBATOMIC", &[(17, [1, 0, 0, 0]), (24, [1, 2, 0, 0])]),
];

/// The versions of glibc that have a policy, by minor number (auditwheel 6.8).
const POLICIES: [u64; 16] = [5, 12, 17, 24, 26, 27, 28, 31, 34, 35, 36, 37, 38, 39, 40, 41];

/// The architectures of policies, with the oldest glibc that there is one for.
const OLDEST: [(&str, u64); 9] = [
    ("x86_64", 5),
    ("i686", 5),
    ("aarch64", 17),
    ("armv7l", 17),
    ("ppc64", 17),
    ("ppc64le", 17),
    ("s390x", 17),
    ("riscv64", 31),
    ("loongarch64", 36),
];

/// The policy of a platform tag such as `manylinux_2_17_x86_64` or `manylinux2014_x86_64`.
pub fn policy_of_tag(tag: &str) -> Option<Policy> {
    let mut older = ["manylinux1", "manylinux2010", "manylinux2014"].into_iter();
    let name = match older.find(|old| tag.strip_prefix(old).is_some_and(|rest| rest.starts_with('_'))) {
        Some(old) => old.to_owned(),
        None if tag.starts_with("manylinux_") || tag.starts_with("musllinux_") => {
            tag.split('_').take(3).collect::<Vec<_>>().join("_")
        }
        None => return None,
    };
    if let Ok(Compatibility::Policy(policy)) = name.parse() { Some(policy) } else { None }
}

/// The policies that wheels of an architecture can keep, the most portable first.
pub fn policies(library: CLibrary, architecture: &str) -> Vec<Policy> {
    let Some((_, oldest)) = OLDEST.iter().find(|(name, _)| *name == architecture) else { return Vec::new() };
    match library {
        // What a binary asks of musl does not tell how old it may be; 1.2 is what all systems have by now.
        CLibrary::Musl => vec![Policy { library, major: 1, minor: 2 }],
        CLibrary::Glibc => {
            let minors = POLICIES.into_iter().filter(|minor| minor >= oldest);
            minors.map(|minor| Policy { library, major: 2, minor }).collect()
        }
    }
}

/// Why the file at `path` in the wheel does not keep a policy; empty if it does. Libraries that are elsewhere than on the
/// system need not be promised.
pub fn unmet(policy: Policy, path: &str, images: &[BinaryFacts], is_elsewhere: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut reasons = Vec::new();
    for facts in images.iter().filter(|facts| facts.format == Format::Elf) {
        // What other libraries call their versions says nothing of the platform.
        for (library, version) in facts.symbol_versions.iter().filter(|(name, _)| is_of_platform(policy, name)) {
            if is_newer(policy, version) {
                reasons.push(format!("`{path}` needs `{version}` of `{library}`"));
            }
        }
        let needed = facts.needed.iter().filter(|library| !is_elsewhere(library));
        for library in needed.filter(|library| !is_of_platform(policy, library)) {
            reasons.push(format!("`{path}` needs the library `{library}`, which is no part of `{policy}`"));
        }
    }
    reasons
}

/// Whether a versioned symbol is newer than what the policy promises.
pub fn is_newer(policy: Policy, version: &str) -> bool {
    let Some((namespace, number)) = version.rsplit_once('_') else { return false };
    let Some(parts) = number.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>() else {
        // `GLIBC_ABI_DT_RELR` is what loaders say that know such relocations; `GLIBC_PRIVATE` promises nothing.
        return namespace.starts_with("GLIBC") && (version != "GLIBC_ABI_DT_RELR" || policy.minor < 36);
    };
    if namespace == "GLIBC" {
        return parts > vec![policy.major, policy.minor, u64::MAX];
    }
    let Some((_, known)) = NEWEST.iter().find(|(name, _)| *name == namespace) else { return false };
    let newest = known.iter().rev().find(|(minor, _)| *minor <= policy.minor).map_or([0; 4], |(_, newest)| *newest);
    parts > newest.to_vec()
}

/// Whether a library is on every system that the policy stands for.
pub fn is_of_platform(policy: Policy, library: &str) -> bool {
    let loader = library.starts_with("ld-") || library.starts_with("ld64.so");
    match policy.library {
        CLibrary::Glibc => {
            loader || PLATFORM_LIBRARIES.iter().any(|(minor, name)| *name == library && *minor <= policy.minor)
        }
        CLibrary::Musl => ["libc.so", "libz.so.1"].contains(&library) || library.starts_with("libc.musl-") || loader,
    }
}

/// Whether a library beside the C library is on every system of some manylinux policy; old ones had `libcrypt.so.1`.
pub fn is_of_some_platform(library: &str) -> bool {
    library == "libcrypt.so.1" || PLATFORM_LIBRARIES.iter().any(|(_, name)| *name == library)
}

/// The finding of a promise that is not kept.
pub fn broken(policy: Policy, reasons: &[String]) -> Diagnostic {
    let message = format!("the wheel does not keep what `{policy}` promises");
    let finding = Diagnostic::error(Code::PlatformPolicy, message).hint(
        "build on an older system or with `--zig`, or let `wainwright repair` graft the libraries and find the tag",
    );
    reasons.iter().fold(finding, |finding, reason| finding.with_note(reason.clone()))
}

/// Whether PyPI takes wheels for a platform (Warehouse's list).
pub fn pypi_takes(platform: &str) -> bool {
    const WHOLE: [&str; 6] = ["any", "win32", "win_amd64", "win_arm64", "linux_armv6l", "linux_armv7l"];
    const BEGINNINGS: [&str; 7] = ["manylinux", "musllinux_", "macosx_", "ios_", "android_", "pyemscripten_", "wasi_"];
    WHOLE.contains(&platform) || BEGINNINGS.iter().any(|beginning| platform.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(versions: &[(&str, &str)], needed: &[&str]) -> BinaryFacts {
        BinaryFacts {
            symbol_versions: versions.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect(),
            needed: needed.iter().map(|name| name.to_string()).collect(),
            ..BinaryFacts::bare(Format::Elf, "x86_64")
        }
    }

    fn asked(text: &str) -> Policy {
        match text.parse() {
            Ok(Compatibility::Policy(policy)) => policy,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_spelling_of_a_policy_is_one() {
        for (text, tags) in [
            ("manylinux2014", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
            ("2_28", "manylinux_2_28_x86_64"),
            ("manylinux_2_17", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
            ("musllinux_1_2", "musllinux_1_2_x86_64"),
        ] {
            assert_eq!(asked(text).tags("x86_64"), tags, "{text}");
        }
        assert_eq!("off".parse(), Ok(Compatibility::Native));
        assert!("manylinux".parse::<Compatibility>().is_err());
    }

    fn unmet_by(policy: Policy, facts: &BinaryFacts) -> Vec<String> {
        unmet(policy, "m.so", std::slice::from_ref(facts), &|library| library == "libelsewhere.so")
    }

    #[test]
    fn a_newer_symbol_and_a_foreign_library_break_the_promise() {
        let old =
            facts(&[("libc.so.6", "GLIBC_2.17"), ("libgcc_s.so.1", "GCC_4.2.0")], &["libc.so.6", "libgcc_s.so.1"]);
        let new = facts(&[("libc.so.6", "GLIBC_2.34")], &["libssl.so.3", "ld-linux-x86-64.so.2", "libelsewhere.so"]);
        assert_eq!(unmet_by(asked("2014"), &old), [""; 0]);
        assert_eq!(
            unmet_by(asked("2014"), &new),
            [
                "`m.so` needs `GLIBC_2.34` of `libc.so.6`",
                "`m.so` needs the library `libssl.so.3`, which is no part of `manylinux_2_17`"
            ]
        );
    }

    #[test]
    fn libraries_beside_the_c_library_have_versions_too() {
        let cxx = facts(&[("libstdc++.so.6", "GLIBCXX_3.4.29"), ("libown.so.1", "GLIBCXX_9")], &["libstdc++.so.6"]);
        assert_eq!(unmet_by(asked("2_28"), &cxx), ["`m.so` needs `GLIBCXX_3.4.29` of `libstdc++.so.6`"]);
        assert_eq!(unmet_by(asked("2_34"), &cxx), [""; 0]);
        assert!(is_newer(asked("2_35"), "GLIBC_ABI_DT_RELR") && !is_newer(asked("2_36"), "GLIBC_ABI_DT_RELR"));
        assert!(!is_newer(asked("2_17"), "GCC_4.2.0") && is_newer(asked("2_17"), "GCC_4.8.0.1"));
    }

    #[test]
    fn policies_begin_with_the_oldest_system_of_the_architecture() {
        assert_eq!(policies(CLibrary::Glibc, "x86_64")[0], asked("2_5"));
        assert_eq!(policies(CLibrary::Glibc, "riscv64")[0], asked("2_31"));
        assert_eq!(policies(CLibrary::Musl, "aarch64"), [asked("musllinux_1_2")]);
        assert_eq!(policies(CLibrary::Glibc, "sparc64"), []);
    }

    #[test]
    fn a_policy_has_its_older_name_beside_it_where_there_is_one() {
        assert_eq!(policy_tags("manylinux2014", "x86_64"), ["manylinux_2_17_x86_64", "manylinux2014_x86_64"]);
        assert_eq!(policy_tags("manylinux_2_17", "riscv64"), ["manylinux_2_17_riscv64"]);
        assert_eq!(policy_tags("manylinux_2_5", "i686"), ["manylinux_2_5_i686", "manylinux1_i686"]);
        assert_eq!(policy_tags("musllinux_1_2", "armv7l"), ["musllinux_1_2_armv7l"]);
    }

    #[test]
    fn pypi_takes_no_plain_linux() {
        assert!(pypi_takes("manylinux_2_17_x86_64") && pypi_takes("any") && !pypi_takes("linux_x86_64"));
    }
}
