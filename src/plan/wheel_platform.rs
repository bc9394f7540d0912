//! The platforms that wheels are asked for by their names: the tags that PyPI knows, and shorter forms of them.
//!
//! Sources: the platform compatibility tags page of the packaging guide, PEP 600 (manylinux), PEP 656 (musllinux), the
//! platform support page of rustc (which targets there are, and the oldest glibc, musl and macOS of each).

use std::fmt;
use std::str::FromStr;

use crate::facts::toml_document::nearest;
use crate::plan::compatibility::{self, CLibrary, Policy};
use crate::plan::platform::MacOsVersion;
use crate::plan::triple::Triple;
use crate::plan::zig;

/// A platform that a wheel is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WheelPlatform {
    pub system: System,
    /// As tags have it: `x86_64`, `armv7l`, `arm64`, `universal2`, `amd64`.
    pub architecture: &'static str,
}

/// The system, and how old it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Linux(Policy),
    MacOs(MacOsVersion),
    Windows,
}

/// An architecture as tags have it, with what people call it too, and its targets for glibc and musl.
type LinuxArchitecture = (&'static str, &'static [&'static str], &'static str, Option<&'static str>);

const LINUX: [LinuxArchitecture; 9] = [
    ("x86_64", &["amd64"], "x86_64-unknown-linux-gnu", Some("x86_64-unknown-linux-musl")),
    ("aarch64", &["arm64"], "aarch64-unknown-linux-gnu", Some("aarch64-unknown-linux-musl")),
    ("i686", &["x86"], "i686-unknown-linux-gnu", Some("i686-unknown-linux-musl")),
    ("armv7l", &["armv7"], "armv7-unknown-linux-gnueabihf", Some("armv7-unknown-linux-musleabihf")),
    ("ppc64le", &[], "powerpc64le-unknown-linux-gnu", Some("powerpc64le-unknown-linux-musl")),
    ("ppc64", &[], "powerpc64-unknown-linux-gnu", None),
    ("s390x", &[], "s390x-unknown-linux-gnu", None),
    ("riscv64", &[], "riscv64gc-unknown-linux-gnu", Some("riscv64gc-unknown-linux-musl")),
    ("loongarch64", &[], "loongarch64-unknown-linux-gnu", Some("loongarch64-unknown-linux-musl")),
];

/// An architecture of macOS, its other name, its target, and the oldest system of rustc's.
const MACOS: [(&str, &[&str], &str, MacOsVersion); 3] = [
    ("x86_64", &["amd64"], "x86_64-apple-darwin", MacOsVersion { major: 10, minor: 12 }),
    ("arm64", &["aarch64"], "aarch64-apple-darwin", MacOsVersion { major: 11, minor: 0 }),
    ("universal2", &[], "universal2-apple-darwin", MacOsVersion { major: 10, minor: 12 }),
];

/// An architecture of Windows, its other names, and its targets: Windows' own toolchain, then those of GNU and LLVM.
const WINDOWS: [(&str, &[&str], &[&str]); 3] = [
    ("amd64", &["x86_64"], &["x86_64-pc-windows-msvc", "x86_64-pc-windows-gnu"]),
    ("arm64", &["aarch64"], &["aarch64-pc-windows-msvc", "aarch64-pc-windows-gnullvm"]),
    ("win32", &["x86", "i686"], &["i686-pc-windows-msvc", "i686-pc-windows-gnu"]),
];

/// The word for the usual set.
pub const PYPI: &str = "pypi";

/// What `pypi` stands for. A universal2 wheel would say of macOS what two smaller ones say.
pub const USUAL: [&str; 12] = [
    "manylinux_x86_64",
    "manylinux_aarch64",
    "manylinux_i686",
    "manylinux_armv7l",
    "musllinux_x86_64",
    "musllinux_aarch64",
    "musllinux_i686",
    "musllinux_armv7l",
    "macos_x86_64",
    "macos_arm64",
    "windows_amd64",
    "windows_arm64",
];

/// Why a word names no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WheelPlatformError {
    #[error("`{0}` names no platform that wheels can be built for")]
    Unknown(String),
    #[error("`{asked}` names an older system than Rust compiles for")]
    TooOld { asked: String, oldest: WheelPlatform },
    #[error("`{asked}` is no tag: from macOS 11 on tags name the major version alone")]
    MinorOfMacOs { asked: String, meant: WheelPlatform },
}

impl WheelPlatformError {
    /// What to write in its place.
    pub fn hint(&self) -> String {
        match self {
            Self::TooOld { oldest: meant, .. } | Self::MinorOfMacOs { meant, .. } => format!("ask for `{meant}`"),
            Self::Unknown(word) => match nearest(word, &USUAL) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name it as PyPI does, such as `manylinux_2_28_x86_64`, `musllinux_1_2_aarch64`, \
                         `macosx_11_0_arm64` or `win_amd64`, or take `pypi`, the usual set; \
                         `--target` builds for all others"
                    .to_owned(),
            },
        }
    }
}

impl FromStr for WheelPlatform {
    type Err = WheelPlatformError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || WheelPlatformError::Unknown(text.to_owned());
        let word = text.to_ascii_lowercase().replace(['-', '.'], "_");
        if word.starts_with("manylinux") {
            let (policy, architecture) = linux(&word, "manylinux", CLibrary::Glibc).ok_or_else(unknown)?;
            return linux_platform(text, policy, architecture);
        }
        if word.starts_with("musllinux") {
            let (policy, architecture) = linux(&word, "musllinux", CLibrary::Musl).ok_or_else(unknown)?;
            return linux_platform(text, policy, architecture);
        }
        if let Some(rest) = word.strip_prefix("macosx_").or_else(|| word.strip_prefix("macos_")) {
            return macos(text, rest);
        }
        let rest = word.strip_prefix("windows_").or_else(|| word.strip_prefix("win_")).unwrap_or(&word);
        let is_windows = rest != word || word == "win32";
        let known = WINDOWS.iter().find(|(name, others, _)| is_windows && (*name == rest || others.contains(&rest)));
        let (architecture, ..) = known.ok_or_else(unknown)?;
        Ok(Self { system: System::Windows, architecture })
    }
}

/// The policy of a word, if it names one, and its architecture.
fn linux(word: &str, family: &str, library: CLibrary) -> Option<(Option<Policy>, &'static LinuxArchitecture)> {
    let policy = compatibility::policy_of_tag(word);
    let known = LINUX.iter().find(|(name, others, ..)| {
        [name].into_iter().chain(others.iter()).any(|name| match policy {
            Some(policy) => is_tag_of(word, policy, name),
            None => word == format!("{family}_{name}"),
        })
    })?;
    (policy.is_none_or(|policy| policy.library == library)).then_some((policy, known))
}

/// Whether a word is the tag of a policy, or its older name, for an architecture.
fn is_tag_of(word: &str, policy: Policy, architecture: &str) -> bool {
    let old =
        ["manylinux1", "manylinux2010", "manylinux2014"].iter().any(|old| word == format!("{old}_{architecture}"));
    old || word == format!("{policy}_{architecture}")
}

fn linux_platform(
    text: &str,
    policy: Option<Policy>,
    (architecture, _, gnu, musl): &LinuxArchitecture,
) -> Result<WheelPlatform, WheelPlatformError> {
    let library = policy.map_or_else(
        || if text.to_ascii_lowercase().starts_with("musl") { CLibrary::Musl } else { CLibrary::Glibc },
        |policy| policy.library,
    );
    if library == CLibrary::Musl && musl.is_none() {
        return Err(WheelPlatformError::Unknown(text.to_owned()));
    }
    let oldest = oldest(library, architecture);
    let platform = |policy| WheelPlatform { system: System::Linux(policy), architecture };
    match policy {
        Some(policy) if (policy.major, policy.minor) < (oldest.major, oldest.minor) => {
            Err(WheelPlatformError::TooOld { asked: text.to_owned(), oldest: platform(oldest) })
        }
        asked => Ok(platform(asked.unwrap_or_else(|| usual(library, architecture, gnu)))),
    }
}

/// The oldest C library that both rustc and a policy know: rustc asks for glibc 2.17 and musl 1.2.
fn oldest(library: CLibrary, architecture: &str) -> Policy {
    let of_rustc = match library {
        CLibrary::Glibc => Policy { library, major: 2, minor: 17 },
        CLibrary::Musl => Policy { library, major: 1, minor: 2 },
    };
    let known = compatibility::policies(library, architecture).into_iter();
    known.filter(|policy| policy.minor >= of_rustc.minor).min_by_key(|policy| policy.minor).unwrap_or(of_rustc)
}

/// The oldest C library that zig, which links for most, has too: Rust's own code uses what came between.
fn usual(library: CLibrary, architecture: &str, gnu: &str) -> Policy {
    let oldest = oldest(library, architecture);
    if library == CLibrary::Musl {
        return oldest;
    }
    let (_, minor) = zig::oldest_glibc(&Triple::parse(gnu));
    let known = compatibility::policies(library, architecture).into_iter();
    known.filter(|policy| policy.minor >= minor.max(oldest.minor)).min_by_key(|policy| policy.minor).unwrap_or(oldest)
}

/// `11_0_arm64`, or `arm64` for the oldest.
fn macos(text: &str, rest: &str) -> Result<WheelPlatform, WheelPlatformError> {
    let unknown = || WheelPlatformError::Unknown(text.to_owned());
    let named = MACOS.iter().find_map(|(name, others, _, oldest)| {
        let own = [name].into_iter().chain(others.iter()).find_map(|name| rest.strip_suffix(name))?;
        Some((*name, *oldest, own))
    });
    let (architecture, oldest, version) = named.ok_or_else(unknown)?;
    let platform = |version| WheelPlatform { system: System::MacOs(version), architecture };
    let Some(version) = version.strip_suffix('_') else {
        return if version.is_empty() { Ok(platform(oldest)) } else { Err(unknown()) };
    };
    let (major, minor) = version.split_once('_').ok_or_else(unknown)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| unknown());
    let asked = MacOsVersion { major: number(major)?, minor: number(minor)? };
    if asked < oldest {
        return Err(WheelPlatformError::TooOld { asked: text.to_owned(), oldest: platform(oldest) });
    }
    if asked.major >= 11 && asked.minor != 0 {
        let meant = platform(MacOsVersion { minor: 0, ..asked });
        return Err(WheelPlatformError::MinorOfMacOs { asked: text.to_owned(), meant });
    }
    Ok(platform(asked))
}

/// The tag, the first where a wheel has several.
impl fmt::Display for WheelPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.system {
            System::Linux(policy) => write!(f, "{policy}_{}", self.architecture),
            System::MacOs(version) => write!(f, "macosx_{}_{}_{}", version.major, version.minor, self.architecture),
            System::Windows if self.architecture == "win32" => f.write_str(self.architecture),
            System::Windows => write!(f, "win_{}", self.architecture),
        }
    }
}

impl WheelPlatform {
    /// The target triples that fit, the one of the system's own toolchain first.
    pub fn targets(&self) -> Vec<&'static str> {
        match self.system {
            System::Linux(policy) => LINUX
                .iter()
                .filter(|(name, ..)| *name == self.architecture)
                .filter_map(|(_, _, gnu, musl)| if policy.library == CLibrary::Musl { *musl } else { Some(*gnu) })
                .collect(),
            System::MacOs(_) => {
                MACOS.iter().filter(|(name, ..)| *name == self.architecture).map(|(_, _, target, _)| *target).collect()
            }
            System::Windows => WINDOWS
                .iter()
                .filter(|(name, ..)| *name == self.architecture)
                .flat_map(|(_, _, targets)| targets.iter().copied())
                .collect(),
        }
    }
}

/// The platforms of a list, each once; `pypi` among them is the usual set.
pub fn list(words: &[String]) -> Result<Vec<WheelPlatform>, Vec<WheelPlatformError>> {
    let (mut platforms, mut faults) = (Vec::new(), Vec::new());
    let words = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty());
    let all = words.flat_map(|word| if word == PYPI { USUAL.to_vec() } else { vec![word] });
    for word in all {
        match word.parse::<WheelPlatform>() {
            Ok(platform) if platforms.contains(&platform) => {}
            Ok(platform) => platforms.push(platform),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(platforms) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(word: &str) -> Result<(String, &'static str), String> {
        let platform = word.parse::<WheelPlatform>().map_err(|fault| format!("{fault}; {}", fault.hint()))?;
        Ok((platform.to_string(), platform.targets()[0]))
    }

    #[test]
    fn every_form_of_a_platform_is_one_tag_and_one_target() {
        for (word, tag, target) in [
            ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "x86_64-unknown-linux-gnu"),
            ("manylinux_x86_64", "manylinux_2_17_x86_64", "x86_64-unknown-linux-gnu"),
            ("manylinux_2_28_aarch64", "manylinux_2_28_aarch64", "aarch64-unknown-linux-gnu"),
            ("manylinux_arm64", "manylinux_2_17_aarch64", "aarch64-unknown-linux-gnu"),
            ("manylinux_i686", "manylinux_2_17_i686", "i686-unknown-linux-gnu"),
            ("manylinux_armv7", "manylinux_2_17_armv7l", "armv7-unknown-linux-gnueabihf"),
            ("manylinux_2_31_armv7l", "manylinux_2_31_armv7l", "armv7-unknown-linux-gnueabihf"),
            ("manylinux2014_ppc64le", "manylinux_2_17_ppc64le", "powerpc64le-unknown-linux-gnu"),
            ("manylinux_ppc64le", "manylinux_2_24_ppc64le", "powerpc64le-unknown-linux-gnu"),
            ("manylinux_ppc64", "manylinux_2_17_ppc64", "powerpc64-unknown-linux-gnu"),
            ("manylinux_s390x", "manylinux_2_17_s390x", "s390x-unknown-linux-gnu"),
            ("manylinux_riscv64", "manylinux_2_31_riscv64", "riscv64gc-unknown-linux-gnu"),
            ("manylinux_loongarch64", "manylinux_2_36_loongarch64", "loongarch64-unknown-linux-gnu"),
            ("musllinux_1_2_x86_64", "musllinux_1_2_x86_64", "x86_64-unknown-linux-musl"),
            ("musllinux_aarch64", "musllinux_1_2_aarch64", "aarch64-unknown-linux-musl"),
            ("musllinux_i686", "musllinux_1_2_i686", "i686-unknown-linux-musl"),
            ("musllinux_armv7l", "musllinux_1_2_armv7l", "armv7-unknown-linux-musleabihf"),
            ("musllinux_riscv64", "musllinux_1_2_riscv64", "riscv64gc-unknown-linux-musl"),
            ("macosx_10_12_x86_64", "macosx_10_12_x86_64", "x86_64-apple-darwin"),
            ("macos_x86_64", "macosx_10_12_x86_64", "x86_64-apple-darwin"),
            ("macosx_11_0_arm64", "macosx_11_0_arm64", "aarch64-apple-darwin"),
            ("macos_aarch64", "macosx_11_0_arm64", "aarch64-apple-darwin"),
            ("macosx_13_0_universal2", "macosx_13_0_universal2", "universal2-apple-darwin"),
            ("macos_universal2", "macosx_10_12_universal2", "universal2-apple-darwin"),
            ("win_amd64", "win_amd64", "x86_64-pc-windows-msvc"),
            ("windows_x86_64", "win_amd64", "x86_64-pc-windows-msvc"),
            ("win_arm64", "win_arm64", "aarch64-pc-windows-msvc"),
            ("win32", "win32", "i686-pc-windows-msvc"),
            ("windows_x86", "win32", "i686-pc-windows-msvc"),
        ] {
            assert_eq!(read(word), Ok((tag.to_owned(), target)), "{word}");
        }
    }

    #[test]
    fn what_no_wheel_can_be_built_for_is_refused_with_what_to_write() {
        for (word, said) in [
            (
                "manylinux2010_x86_64",
                "`manylinux2010_x86_64` names an older system than Rust compiles for; ask for `manylinux_2_17_x86_64`",
            ),
            (
                "musllinux_1_1_x86_64",
                "`musllinux_1_1_x86_64` names an older system than Rust compiles for; ask for `musllinux_1_2_x86_64`",
            ),
            (
                "macosx_10_9_arm64",
                "`macosx_10_9_arm64` names an older system than Rust compiles for; ask for `macosx_11_0_arm64`",
            ),
            (
                "macosx_13_4_arm64",
                "`macosx_13_4_arm64` is no tag: from macOS 11 on tags name the major version alone; ask for `macosx_13_0_arm64`",
            ),
            (
                "manylinx_x86_64",
                "`manylinx_x86_64` names no platform that wheels can be built for; did you mean `manylinux_x86_64`?",
            ),
        ] {
            assert_eq!(read(word), Err(said.to_owned()));
        }
        for word in
            ["manylinux", "musllinux_s390x", "win_x", "amd64", "macosx_arm64_11", "linux_x86_64", "macosx_11_arm64"]
        {
            assert!(read(word).unwrap_err().contains("names no platform"), "{word}");
        }
    }

    #[test]
    fn a_list_holds_each_platform_once_and_tells_all_its_faults() {
        let words = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
        let named = |list: &[&str]| list_names(&words(list));
        assert_eq!(named(&["win_amd64", "", "windows_amd64"]).unwrap(), ["win_amd64"]);
        assert_eq!(named(&["pypi", "macos_universal2"]).unwrap().len(), USUAL.len() + 1);
        assert_eq!(named(&["pypi"]).unwrap().len(), USUAL.len());
        assert_eq!(list(&words(&["a", "win_amd64", "b"])).unwrap_err().len(), 2);
    }

    fn list_names(words: &[String]) -> Option<Vec<String>> {
        Some(list(words).ok()?.iter().map(WheelPlatform::to_string).collect())
    }

    #[test]
    fn every_architecture_of_every_system_has_its_targets() {
        let oldest = |library, architecture| WheelPlatform {
            system: System::Linux(oldest(library, architecture)),
            architecture,
        };
        for (architecture, _, gnu, musl) in &LINUX {
            assert_eq!(oldest(CLibrary::Glibc, architecture).targets(), [*gnu]);
            assert_eq!(oldest(CLibrary::Musl, architecture).targets(), musl.as_slice());
        }
        for (architecture, _, targets) in &WINDOWS {
            assert_eq!(WheelPlatform { system: System::Windows, architecture }.targets(), *targets);
        }
    }
}
