//! The platform tag of a wheel, decided from the target triple, the interpreter's own word and the environment.
//!
//! Sources: the platform compatibility tags page of the packaging guide; PEP 425 and `sysconfig.get_platform()`;
//! PEP 600 and PEP 656 (Linux policies and their older names), PEP 730 (iOS), PEP 738 (Android), PEP 783 (Emscripten),
//! PEP 816 (WASI). A Linux tag here is the plain `linux_*`: what a binary may claim beyond that is known when it exists.

use std::fmt;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::plan::abi::Abi;
use crate::plan::compatibility::{CLibrary, Policy, policies};
use crate::plan::triple::Triple;
use crate::spec::tag::platform_tag;

/// A version of macOS, as tags name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MacOsVersion {
    pub major: u64,
    pub minor: u64,
}

impl fmt::Display for MacOsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What the environment says about platforms. Every field is text as it was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformFacts {
    /// `MACOSX_DEPLOYMENT_TARGET`: `11.0`
    pub macos_deployment_target: Option<String>,
    /// The promise of the Linux tag, where one is made: `manylinux_2_28`.
    pub linux_policy: Option<Policy>,
    /// What `rustc --print deployment-target` says for the target, without the variable's name.
    pub rustc_deployment_target: Option<String>,
    /// `IPHONEOS_DEPLOYMENT_TARGET`
    pub ios_deployment_target: Option<String>,
    /// `ANDROID_API_LEVEL`
    pub android_api_level: Option<String>,
    /// The linker that cargo is told to use for Android, whose name ends in the API level:
    /// `aarch64-linux-android24-clang`.
    pub android_linker: Option<String>,
    /// `PYEMSCRIPTEN_PLATFORM_VERSION`, or else its older name `PYODIDE_ABI_VERSION`: `2026_0`
    pub emscripten_platform: Option<String>,
    /// The version of emcc, for the tags before PEP 783: `3.1.58`
    pub emcc_version: Option<String>,
    /// `_PYTHON_HOST_PLATFORM`: what `sysconfig.get_platform()` shall say when Python is built for elsewhere.
    pub host_platform: Option<String>,
    /// `uname -r`, where the tag names the release of the system.
    pub system_release: Option<String>,
}

/// Whether any policy promises something of a C library on the machine of a target.
pub fn is_promised(target: &Triple, library: CLibrary) -> bool {
    !policies(library, linux_machine(target, None)).is_empty()
}

impl PlatformFacts {
    /// The facts that stand in environment variables.
    pub fn of(environment: &Environment) -> Self {
        let text = |name: &str| environment.text(name).map(str::to_owned);
        Self {
            macos_deployment_target: text("MACOSX_DEPLOYMENT_TARGET"),
            ios_deployment_target: text("IPHONEOS_DEPLOYMENT_TARGET"),
            android_api_level: text("ANDROID_API_LEVEL"),
            emscripten_platform: text("PYEMSCRIPTEN_PLATFORM_VERSION").or_else(|| text("PYODIDE_ABI_VERSION")),
            host_platform: text("_PYTHON_HOST_PLATFORM"),
            ..Self::default()
        }
    }
}

/// The platform tag for `target`, or several joined by `.` where one binary has several (universal2).
///
/// `interpreter`, if there is one, runs on that target; one from a table or a file may name no platform. `abi` is that
/// of the module; `None` is a wheel without one, of which any Python makes use.
///
/// Fails where a tag needs a fact that nobody knows, or where `_PYTHON_HOST_PLATFORM` is for another processor.
pub fn tag(
    target: &Triple,
    interpreter: Option<&Interpreter>,
    abi: Option<Abi>,
    facts: &PlatformFacts,
) -> Result<String, Diagnostic> {
    let said = interpreter.map(|interpreter| interpreter.platform.as_str()).filter(|platform| !platform.is_empty());
    let host = facts.host_platform.as_deref();
    match target.system.as_str() {
        "darwin" => macos(target, facts),
        "ios" => ios(target, host.or(said), facts),
        _ if target.is_android() => android(target, host.or(said), facts),
        "linux" => match host {
            Some(host) => host_platform(host, &[linux_architecture(target)], target),
            None => match facts.linux_policy.filter(|policy| target.c_library() == Some(policy.library)) {
                Some(policy) => Ok(policy.tags(linux_machine(target, said))),
                None => Ok(format!("linux_{}", linux_machine(target, said))),
            },
        },
        "windows" => windows(target, said.filter(|_| abi == Some(Abi::VersionSpecific)), host),
        "emscripten" => emscripten(host.or(said), facts),
        system if system.starts_with("wasi") => Ok(wasi(said, abi)),
        _ => match host.or(said) {
            Some(platform) => Ok(platform_tag(platform)),
            None => by_release(target, facts),
        },
    }
}

/// `_PYTHON_HOST_PLATFORM` as a tag, if it is for the target's processor.
fn host_platform(platform: &str, architectures: &[&str], target: &Triple) -> Result<String, Diagnostic> {
    let tag = platform_tag(platform);
    if architectures.iter().any(|architecture| tag.ends_with(architecture)) {
        return Ok(tag);
    }
    let message = format!("`_PYTHON_HOST_PLATFORM` is `{platform}`, but the target is for `{}`", target.architecture);
    Err(Diagnostic::error(Code::Setting, message).hint("unset the variable, or name its target with `--target`"))
}

/// The architecture as `uname -m` has it.
fn linux_architecture(target: &Triple) -> &str {
    match target.architecture.as_str() {
        "i386" | "i586" | "i686" => "i686",
        "x86_64" if target.environment.ends_with("x32") => "x86_64",
        "armv7" | "thumbv7neon" => "armv7l",
        "arm" | "armv6" => "armv6l",
        "armv5te" => "armv5tel",
        "powerpc64le" => "ppc64le",
        "powerpc64" => "ppc64",
        "powerpc" => "ppc",
        architecture if architecture.starts_with("riscv64") => "riscv64",
        other => other,
    }
}

/// The triple decides, since a 32-bit Python on a 64-bit kernel says `linux-x86_64`. Only between the 32-bit ARMs does
/// the interpreter know better: code for ARMv6 runs on the ARMv7 that it runs on.
fn linux_machine<'t>(target: &'t Triple, said: Option<&str>) -> &'t str {
    match (linux_architecture(target), said) {
        ("armv6l", Some("linux-armv7l" | "linux-armv8l" | "linux-aarch64")) => "armv7l",
        (machine, _) => machine,
    }
}

/// `own` is the word of an interpreter that the wheel is for alone: Pythons of MinGW have a platform of their own. An
/// arm64ec library is loaded by x86_64 processes.
fn windows(target: &Triple, own: Option<&str>, host: Option<&str>) -> Result<String, Diagnostic> {
    let architecture = match target.architecture.as_str() {
        "x86_64" | "arm64ec" => "amd64",
        "aarch64" => "arm64",
        "i586" | "i686" => "win32",
        "thumbv7a" => "arm32",
        _ => return Err(no_tag(target)),
    };
    match (host, own) {
        (Some(host), _) => host_platform(host, &[architecture, "mingw", &target.architecture], target),
        (None, Some(own)) if own.starts_with("mingw") => Ok(platform_tag(own)),
        (None, _) if architecture == "win32" => Ok(architecture.to_owned()),
        (None, _) => Ok(format!("win_{architecture}")),
    }
}

/// The lowest macOS that the binary runs on: rustc's default for its architecture, or a later deployment target. What
/// `_PYTHON_HOST_PLATFORM` says is a deployment target too.
fn macos(target: &Triple, facts: &PlatformFacts) -> Result<String, Diagnostic> {
    let host = facts.host_platform.as_deref().filter(|host| host.starts_with("macosx"));
    let rustc = |default| match (&facts.rustc_deployment_target, target.architecture.as_str()) {
        (Some(text), architecture) if architecture != "universal2" => {
            version(text, "the deployment target of rustc").map(|known| known.max(default))
        }
        _ => Ok(default),
    };
    let asked = match (&facts.macos_deployment_target, host) {
        (Some(text), _) => version(text, "MACOSX_DEPLOYMENT_TARGET")?,
        (None, Some(host)) => {
            version(host.split('-').nth(1).unwrap_or_default(), "the version in `_PYTHON_HOST_PLATFORM`")?
        }
        (None, None) => (0, 0),
    };
    let named = |default: (u64, u64), name: &str| {
        let (major, minor) = asked.max(default);
        // From 11 on only the major version counts in tags.
        format!("macosx_{major}_{}_{name}", if major >= 11 { 0 } else { minor })
    };
    let names = match target.architecture.as_str() {
        "x86_64" | "x86_64h" => vec![named(rustc(INTEL)?, "x86_64")],
        "aarch64" | "arm64e" => vec![named(rustc(ARM)?, "arm64")],
        "i386" | "i686" => vec![named(rustc(INTEL)?, "i386")],
        "universal2" => vec![named(INTEL, "universal2"), named(INTEL, "x86_64"), named(ARM, "arm64")],
        _ => return Err(no_tag(target)),
    };
    if let Some(host) = host {
        let of_target = names[0].rsplit_once('_').map_or("", |(before, last)| {
            // The architecture `x86_64` itself has the separator in it.
            if before.ends_with("_x86") { "x86_64" } else { last }
        });
        host_platform(host, &[of_target, "universal2"], target)?;
    }
    Ok(names.join("."))
}

/// `ios_13_0_arm64_iphoneos`. Python itself needs iOS 13 (PEP 730).
fn ios(target: &Triple, said: Option<&str>, facts: &PlatformFacts) -> Result<String, Diagnostic> {
    let architecture = match (target.architecture.as_str(), target.environment.as_str()) {
        (_, "macabi") => return Err(no_tag(target)),
        ("aarch64", _) => "arm64",
        ("x86_64", _) => "x86_64",
        _ => return Err(no_tag(target)),
    };
    let sdk = if target.is_simulator() { "iphonesimulator" } else { "iphoneos" };
    let of_python = said.and_then(|platform| platform.strip_prefix("ios-")?.split('-').next());
    let asked = match (&facts.ios_deployment_target, of_python) {
        (Some(text), _) => version(text, "IPHONEOS_DEPLOYMENT_TARGET")?,
        (None, Some(text)) => version(text, "the interpreter's deployment target")?,
        (None, None) => (0, 0),
    };
    let (major, minor) = asked.max((13, 0));
    Ok(format!("ios_{major}_{minor}_{architecture}_{sdk}"))
}

/// `android_24_arm64_v8a`. The API level is that of the environment, of the linker's name or of the interpreter.
fn android(target: &Triple, said: Option<&str>, facts: &PlatformFacts) -> Result<String, Diagnostic> {
    let name = match target.architecture.as_str() {
        "aarch64" => "arm64_v8a",
        "armv7" | "thumbv7neon" => "armeabi_v7a",
        "x86_64" => "x86_64",
        "i686" => "x86",
        _ => return Err(no_tag(target)),
    };
    let of_linker = facts.android_linker.as_deref().and_then(|linker| leading_digits(linker.split_once("android")?.1));
    let of_python = said.and_then(|platform| leading_digits(platform.strip_prefix("android-")?));
    let level = match &facts.android_api_level {
        Some(text) => Some(text.parse().map_err(|_| {
            let message = format!("`ANDROID_API_LEVEL` is `{text}`, which is no number");
            Diagnostic::error(Code::Setting, message).hint("set it to the lowest API level to support, such as 24")
        })?),
        None => of_linker.or(of_python),
    };
    let level: u64 = level.ok_or_else(|| {
        Diagnostic::error(Code::Setting, "the wheel's tag names Android's API level, and nothing says which it is")
            .hint("set `ANDROID_API_LEVEL` to the lowest API level to support, such as 24")
    })?;
    Ok(format!("android_{level}_{name}"))
}

/// The number that a text begins with; `eabi` may stand before it (`arm-linux-androideabi21-clang`).
fn leading_digits(text: &str) -> Option<u64> {
    let text = text.strip_prefix("eabi").unwrap_or(text);
    text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// `pyemscripten_2026_0_wasm32` (PEP 783), or the tag with the version of emcc, which each release of Pyodide changed.
fn emscripten(said: Option<&str>, facts: &PlatformFacts) -> Result<String, Diagnostic> {
    if let Some(text) = &facts.emscripten_platform {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        return match text.split_once('_') {
            Some((year, patch)) if is_number(year) && is_number(patch) => Ok(format!("pyemscripten_{text}_wasm32")),
            _ => Err(Diagnostic::error(Code::Setting, format!("`{text}` is no platform version of Emscripten"))
                .hint("set `PYEMSCRIPTEN_PLATFORM_VERSION` to a year and a number, such as 2026_0")),
        };
    }
    let of_python = said.filter(|platform| platform.starts_with("emscripten") && platform.ends_with("wasm32"));
    match (&facts.emcc_version, of_python) {
        (_, Some(platform)) => Ok(platform_tag(platform)),
        (Some(emcc), None) => Ok(platform_tag(&format!("emscripten-{emcc}-wasm32"))),
        (None, None) => Err(Diagnostic::error(
            Code::Setting,
            "the wheel's tag names the platform version of Emscripten, and nothing says which it is",
        )
        .hint("set `PYEMSCRIPTEN_PLATFORM_VERSION`, for example to what `pyodide config get pyemscripten_platform_version` says")),
    }
}

/// WASI tells no release of itself, so its platform has been `wasi-0.0.0-wasm32`. A wheel without a module holds a
/// program that runs wherever a runtime is.
fn wasi(said: Option<&str>, abi: Option<Abi>) -> String {
    match (abi, said) {
        (None, _) => "any".to_owned(),
        (Some(_), Some(platform)) => platform_tag(platform),
        (Some(_), None) => "wasi_0_0_0_wasm32".to_owned(),
    }
}

/// The systems whose tags name their release, as `sysconfig.get_platform()` builds them.
fn by_release(target: &Triple, facts: &PlatformFacts) -> Result<String, Diagnostic> {
    let needs_release = |system: &str| {
        facts.system_release.as_deref().ok_or_else(|| {
            let message = format!("the tag of a wheel for {system} names the system's release, which is not known");
            Diagnostic::error(Code::Setting, message)
                .hint("build with an interpreter of that system, or set `_PYTHON_HOST_PLATFORM` to its `sysconfig.get_platform()`")
        })
    };
    let machine = machine(target);
    let platform = match target.system.as_str() {
        system @ ("freebsd" | "netbsd" | "openbsd" | "dragonfly" | "haiku") => {
            format!("{system}-{}-{machine}", needs_release(system)?)
        }
        "cygwin" => {
            let release = needs_release("Cygwin")?;
            let end = release.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(release.len());
            format!("cygwin-{}-{machine}", &release[..end])
        }
        // SunOS 5.11 is Solaris 2.11.
        system @ ("solaris" | "illumos") => {
            let release = needs_release(system)?;
            let (major, minor) = release.split_once('.').unwrap_or((release, "0"));
            let major =
                major.parse::<u64>().ok().and_then(|major| major.checked_sub(3)).ok_or_else(|| no_tag(target))?;
            format!("solaris-{major}.{minor}-{machine}.64bit")
        }
        "aix" => {
            needs_release("AIX")?;
            return Err(Diagnostic::error(Code::Setting, "the tag of a wheel for AIX names more than its release")
                .hint("build with an interpreter of that system"));
        }
        _ => return Err(no_tag(target)),
    };
    Ok(platform_tag(&platform))
}

/// The processor as `uname -m` of the system calls it.
fn machine(target: &Triple) -> &str {
    match (target.system.as_str(), target.architecture.as_str()) {
        ("freebsd" | "netbsd" | "openbsd", "x86_64") => "amd64",
        ("freebsd" | "netbsd" | "openbsd", "i586" | "i686") => "i386",
        ("freebsd" | "openbsd", "aarch64") => "arm64",
        ("netbsd", "aarch64" | "armv6" | "armv7") => "evbarm",
        ("freebsd" | "openbsd", architecture) if architecture.starts_with("riscv64") => "riscv64",
        ("haiku", "i686") => "BePC",
        ("solaris" | "illumos", "x86_64") => "i86pc",
        ("solaris", "sparcv9") => "sun4v",
        (_, architecture) => architecture,
    }
}

fn no_tag(target: &Triple) -> Diagnostic {
    let names = [target.architecture.as_str(), &target.system, &target.environment];
    let named: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    Diagnostic::error(Code::Setting, format!("no platform tag is known for the target `{}`", named.join("-")))
        .hint("build for a target that Python runs on")
}

/// Major and minor version of a system: `10.15`, `11`, `13.4.1`.
fn version(text: &str, name: &str) -> Result<(u64, u64), Diagnostic> {
    let mut parts = text.trim().split('.');
    let mut next = |default: &str| parts.next().unwrap_or(default).parse::<u64>();
    match (next(""), next("0")) {
        (Ok(major), Ok(minor)) => Ok((major, minor)),
        _ => Err(Diagnostic::error(Code::Setting, format!("`{text}` is no version, but {name} must be one"))
            .hint("write it as `11.0`")),
    }
}

/// The oldest macOS that rustc compiles for, by processor.
const INTEL: (u64, u64) = (10, 12);
const ARM: (u64, u64) = (11, 0);

/// What `MACOSX_DEPLOYMENT_TARGET` must say for a compile, so that the binary asks for no newer system than the tag
/// claims: linkers have defaults of their own.
pub fn deployment_target(triple: &Triple, facts: &PlatformFacts) -> Option<String> {
    let of_host = || Some(facts.host_platform.as_deref()?.strip_prefix("macosx-")?.split('-').next()?.to_owned());
    let oldest = if triple.architecture == "aarch64" { ARM } else { INTEL };
    // One half of a universal2 file begins later than the other.
    let is_known = |text: &String| version(text, "a deployment target").map_or(true, |asked| asked >= oldest);
    let said = || facts.macos_deployment_target.clone().or_else(of_host).filter(is_known);
    (triple.system == "darwin").then(|| said().unwrap_or_else(|| format!("{}.{}", oldest.0, oldest.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::interpreter::samples::cpython;

    fn facts(set: impl FnOnce(&mut PlatformFacts)) -> PlatformFacts {
        let mut facts = PlatformFacts::default();
        set(&mut facts);
        facts
    }

    fn of(triple: &str, facts: &PlatformFacts) -> Result<String, String> {
        tag(&Triple::parse(triple), None, Some(Abi::VersionSpecific), facts).map_err(|fault| fault.message)
    }

    #[test]
    fn compiles_for_macos_are_told_what_the_tag_claims() {
        let told = |triple: &str, facts: &PlatformFacts| deployment_target(&Triple::parse(triple), facts);
        let none = PlatformFacts::default();
        assert_eq!(told("x86_64-apple-darwin", &none).as_deref(), Some("10.12"));
        assert_eq!(told("aarch64-apple-darwin", &none).as_deref(), Some("11.0"));
        assert_eq!(told("x86_64-unknown-linux-gnu", &none), None);
        let said = PlatformFacts { macos_deployment_target: Some("13".into()), ..none };
        assert_eq!(told("aarch64-apple-darwin", &said).as_deref(), Some("13"));
        let old = PlatformFacts { macos_deployment_target: Some("10.15".into()), ..said };
        assert_eq!(told("aarch64-apple-darwin", &old).as_deref(), Some("11.0"));
        assert_eq!(told("x86_64-apple-darwin", &old).as_deref(), Some("10.15"));
    }

    #[test]
    fn a_deployment_target_only_ever_raises_the_version() {
        let asked = |text: &str| facts(|facts| facts.macos_deployment_target = Some(text.into()));
        assert_eq!(of("x86_64-apple-darwin", &asked("10.9")).unwrap(), "macosx_10_12_x86_64");
        assert_eq!(of("x86_64-apple-darwin", &asked("10.15")).unwrap(), "macosx_10_15_x86_64");
        assert_eq!(of("aarch64-apple-darwin", &asked("10.15")).unwrap(), "macosx_11_0_arm64");
        assert_eq!(of("aarch64-apple-darwin", &asked("13.4")).unwrap(), "macosx_13_0_arm64");
        assert!(of("aarch64-apple-darwin", &asked("Ventura")).is_err());
        let rustc = facts(|facts| facts.rustc_deployment_target = Some("12.0".into()));
        assert_eq!(of("aarch64-apple-darwin", &rustc).unwrap(), "macosx_12_0_arm64");
    }

    #[test]
    fn both_architectures_of_macos_make_three_tags() {
        let target = Triple::parse("universal2-apple-darwin");
        assert_eq!(
            tag(&target, None, None, &PlatformFacts::default()).unwrap(),
            "macosx_10_12_universal2.macosx_10_12_x86_64.macosx_11_0_arm64"
        );
    }

    #[test]
    fn a_host_platform_for_another_processor_is_refused() {
        let host = |text: &str| facts(|facts| facts.host_platform = Some(text.into()));
        assert_eq!(of("aarch64-apple-darwin", &host("macosx-12.0-arm64")).unwrap(), "macosx_12_0_arm64");
        assert_eq!(of("x86_64-apple-darwin", &host("macosx-10.9-universal2")).unwrap(), "macosx_10_12_x86_64");
        assert!(of("x86_64-apple-darwin", &host("macosx-11.0-arm64")).is_err());
        assert_eq!(of("aarch64-unknown-linux-gnu", &host("linux-aarch64")).unwrap(), "linux_aarch64");
        assert_eq!(
            of("x86_64-unknown-linux-gnu", &host("linux-aarch64")).unwrap_err(),
            "`_PYTHON_HOST_PLATFORM` is `linux-aarch64`, but the target is for `x86_64`"
        );
        assert_eq!(of("x86_64-pc-windows-msvc", &host("win-amd64")).unwrap(), "win_amd64");
    }

    #[test]
    fn the_api_level_of_android_comes_from_the_variable_the_linker_or_python() {
        let android = "aarch64-linux-android";
        assert!(of(android, &PlatformFacts::default()).unwrap_err().contains("API level"));
        let linker = facts(|facts| facts.android_linker = Some("/ndk/armv7a-linux-androideabi23-clang".into()));
        assert_eq!(of("armv7-linux-androideabi", &linker).unwrap(), "android_23_armeabi_v7a");
        let level = PlatformFacts { android_api_level: Some("26".into()), ..linker };
        assert_eq!(of(android, &level).unwrap(), "android_26_arm64_v8a");
        let python = Interpreter { platform: "android-21-arm64_v8a".into(), ..cpython(13) };
        let found = tag(&Triple::parse(android), Some(&python), None, &PlatformFacts::default());
        assert_eq!(found.unwrap(), "android_21_arm64_v8a");
        assert!(of(android, &facts(|facts| facts.android_api_level = Some("new".into()))).is_err());
    }

    #[test]
    fn emscripten_needs_a_platform_version_or_a_python_that_tells_it() {
        let emscripten = "wasm32-unknown-emscripten";
        assert!(of(emscripten, &PlatformFacts::default()).is_err());
        let version = |text: &str| facts(|facts| facts.emscripten_platform = Some(text.into()));
        assert_eq!(of(emscripten, &version("2026_0")).unwrap(), "pyemscripten_2026_0_wasm32");
        assert!(of(emscripten, &version("2026.0")).is_err());
        let emcc = facts(|facts| facts.emcc_version = Some("3.1.58".into()));
        assert_eq!(of(emscripten, &emcc).unwrap(), "emscripten_3_1_58_wasm32");
    }

    #[test]
    fn systems_that_name_their_release_need_it() {
        let release = |text: &str| facts(|facts| facts.system_release = Some(text.into()));
        assert!(of("x86_64-unknown-freebsd", &PlatformFacts::default()).is_err());
        assert_eq!(of("x86_64-unknown-freebsd", &release("14.1-RELEASE")).unwrap(), "freebsd_14_1_RELEASE_amd64");
        assert_eq!(of("x86_64-unknown-illumos", &release("5.11")).unwrap(), "solaris_2_11_i86pc_64bit");
        assert_eq!(of("x86_64-pc-cygwin", &release("3.6.4-1.x86_64")).unwrap(), "cygwin_3_6_4_x86_64");
        assert!(of("powerpc64-ibm-aix", &release("2")).is_err());
    }

    #[test]
    fn targets_that_no_python_runs_on_have_no_tag() {
        for triple in
            ["wasm32-unknown-unknown", "thumbv7em-none-eabi", "riscv64-linux-android", "x86_64-apple-ios-macabi"]
        {
            assert!(
                of(triple, &PlatformFacts::default()).unwrap_err().starts_with("no platform tag is known"),
                "{triple}"
            );
        }
    }

    #[test]
    fn only_a_wheel_for_one_mingw_python_bears_its_platform() {
        let python = Interpreter { platform: "mingw_x86_64_ucrt_gnu".into(), system: "win32".into(), ..cpython(12) };
        let target = Triple::parse("x86_64-pc-windows-gnu");
        let of = |abi| tag(&target, Some(&python), abi, &PlatformFacts::default()).unwrap();
        assert_eq!(of(Some(Abi::VersionSpecific)), "mingw_x86_64_ucrt_gnu");
        assert_eq!(of(None), "win_amd64");
    }
}
