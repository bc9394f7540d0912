//! The interpreters that need not be asked: what is known of a Python from its name and the target it runs on.
//!
//! Sources: PEP 3149 and CPython's platform triplets (file names), PEP 703 and PEP 803 (`t`), PEP 730, PEP 738, PEP 776
//! and PEP 783 (mobile and Emscripten), the names in wheels that are published.

use std::fmt;
use std::str::FromStr;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::interpreter::Interpreter;
use crate::plan::triple::Triple;
use crate::spec::tag::platform_tag;

/// The CPython minor versions that the tables hold.
const CPYTHON: std::ops::RangeInclusive<u64> = 7..=15;

/// Which Python is meant, as people write it: `3.11`, `3.14t`, `python3.13t`, `cp311`, `pypy3.11`, `graalpy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PythonRequest {
    pub implementation: Implementation,
    /// `None` leaves the version open: `python3`, `pypy`.
    pub minor: Option<u64>,
    pub micro: Option<u64>,
    /// Without the GIL: `t`.
    pub free_threaded: bool,
    /// A debug build: `d`.
    pub debug: bool,
}

/// An implementation of Python that can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Implementation {
    CPython,
    PyPy,
    GraalPy,
}

impl Implementation {
    /// `sys.implementation.name`
    pub fn name(self) -> &'static str {
        match self {
            Implementation::CPython => "cpython",
            Implementation::PyPy => "pypy",
            Implementation::GraalPy => "graalpy",
        }
    }
}

/// Why a text names no Python.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PythonRequestError {
    #[error(
        "`{0}` names no Python: it can be a version like `3.12` or `3.14t`, or a name like `python3.12` or `pypy3.11`"
    )]
    Form(String),
    #[error("`{0}` names a Python that is not of version 3")]
    Major(String),
    #[error("`{0}` asks for free threading, which only CPython 3.13 and later has")]
    FreeThreaded(String),
    #[error("`{0}` asks for a debug build, which only CPython has")]
    Debug(String),
}

impl FromStr for PythonRequest {
    type Err = PythonRequestError;

    fn from_str(text: &str) -> Result<Self, PythonRequestError> {
        let form = || PythonRequestError::Form(text.to_owned());
        let lower = text.to_ascii_lowercase();
        let (implementation, tagged, rest) = named(&lower);
        let digits = rest.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let (free_threaded, debug) = flags(&rest[digits.len()..]).ok_or_else(form)?;
        let numbers = if tagged { tag_numbers(digits) } else { dotted_numbers(digits) }.ok_or_else(form)?;
        let (major, minor, micro) = match numbers[..] {
            [] if rest.len() < text.len() && !free_threaded && !debug => (3, None, None),
            [major] => (major, None, None),
            [major, minor] => (major, Some(minor), None),
            [major, minor, micro] => (major, Some(minor), Some(micro)),
            _ => return Err(form()),
        };
        if major != 3 {
            return Err(PythonRequestError::Major(text.to_owned()));
        }
        let is_cpython = implementation == Implementation::CPython;
        if free_threaded && (!is_cpython || minor.is_some_and(|minor| minor < 13)) {
            return Err(PythonRequestError::FreeThreaded(text.to_owned()));
        }
        if debug && !is_cpython {
            return Err(PythonRequestError::Debug(text.to_owned()));
        }
        Ok(Self { implementation, minor, micro, free_threaded, debug })
    }
}

/// The implementation that a text begins with, whether it is written as in tags, and what follows.
fn named(text: &str) -> (Implementation, bool, &str) {
    const NAMES: [(&str, Implementation, bool); 7] = [
        ("graalpy", Implementation::GraalPy, false),
        ("graalpython", Implementation::GraalPy, false),
        ("pypy", Implementation::PyPy, false),
        ("cpython", Implementation::CPython, false),
        ("python", Implementation::CPython, false),
        ("pp", Implementation::PyPy, true),
        ("cp", Implementation::CPython, true),
    ];
    let found = NAMES.iter().find_map(|(name, implementation, tagged)| {
        Some((*implementation, *tagged, text.strip_prefix(name)?)).filter(|(_, _, rest)| !rest.starts_with("thon"))
    });
    match found {
        // `graalpy312` is a tag too.
        Some((implementation, tagged, rest)) => {
            let rest = rest.strip_prefix('-').unwrap_or(rest);
            let as_tag = tagged || (implementation == Implementation::GraalPy && !rest.contains('.') && rest.len() > 1);
            (implementation, as_tag, rest)
        }
        None => (Implementation::CPython, false, text),
    }
}

fn flags(text: &str) -> Option<(bool, bool)> {
    match text {
        "" => Some((false, false)),
        "t" => Some((true, false)),
        "d" => Some((false, true)),
        "td" => Some((true, true)),
        _ => None,
    }
}

/// `311` is 3.11.
fn tag_numbers(digits: &str) -> Option<Vec<u64>> {
    let (major, minor) = digits.split_at_checked(1)?;
    if minor.is_empty() {
        return Some(vec![major.parse().ok()?]);
    }
    Some(vec![major.parse().ok()?, minor.parse().ok()?])
}

fn dotted_numbers(digits: &str) -> Option<Vec<u64>> {
    if digits.is_empty() {
        return Some(Vec::new());
    }
    digits.split('.').map(|number| number.parse().ok()).collect()
}

impl fmt::Display for PythonRequest {
    /// As a command would be called: `python3.14t`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.implementation {
            Implementation::CPython => "python",
            other => other.name(),
        };
        let version: String =
            [self.minor, self.micro].into_iter().flatten().map(|number| format!(".{number}")).collect();
        let flags = (if self.free_threaded { "t" } else { "" }, if self.debug { "d" } else { "" });
        write!(f, "{name}3{version}{}{}", flags.0, flags.1)
    }
}

/// One Python of which the tables are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPython {
    pub implementation: Implementation,
    pub minor: u64,
    pub free_threaded: bool,
    pub debug: bool,
    /// The release of PyPy or GraalPy, which their ABI is named by: `(7, 3)`, `(25, 0)`. `None` takes the one that the
    /// wheels of that Python version were first published for.
    pub release: Option<(u64, u64)>,
}

impl KnownPython {
    /// CPython 3.`minor`, with the GIL.
    pub fn cpython(minor: u64) -> Self {
        Self { implementation: Implementation::CPython, minor, free_threaded: false, debug: false, release: None }
    }

    /// What a request names, if it names a version.
    pub fn of(request: PythonRequest) -> Option<Self> {
        let PythonRequest { implementation, minor, free_threaded, debug, .. } = request;
        Some(Self { implementation, minor: minor?, free_threaded, debug, release: None })
    }
}

impl fmt::Display for KnownPython {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KnownPython { implementation, minor, free_threaded, debug, .. } = *self;
        PythonRequest { implementation, minor: Some(minor), micro: None, free_threaded, debug }.fmt(f)
    }
}

/// The facts of a Python on a target. Its `platform` is empty where that names what only the machine knows: the release
/// of a BSD, the API level of Android, the platform version of Emscripten.
///
/// Fails for a Python or a target that the tables do not hold.
pub fn interpreter(python: KnownPython, target: &Triple) -> Result<Interpreter, Diagnostic> {
    let system = system(target).ok_or_else(|| unknown(python, target))?;
    let named = match python.implementation {
        Implementation::CPython => cpython(python, target),
        Implementation::PyPy => pypy(python, target),
        Implementation::GraalPy => graalpy(python, target),
    };
    let Named { suffix, soabi, soabi_platform, version, library } = named.ok_or_else(|| unknown(python, target))?;
    let flag = |set: bool, flag: &str| if set { flag.to_owned() } else { String::new() };
    Ok(Interpreter {
        implementation: python.implementation.name().to_owned(),
        major: 3,
        minor: python.minor,
        micro: 0,
        abiflags: if system == "win32" { String::new() } else { cpython_flags(python) },
        ext_suffix: Some(suffix + if system == "win32" { ".pyd" } else { ".so" }),
        soabi,
        platform: platform(target),
        system: system.to_owned(),
        pointer_width: pointer_width(target),
        gil_disabled: python.free_threaded,
        debug: python.debug,
        shared: true,
        lib_name: Some(library + &flag(python.debug && system == "win32", "_d")),
        lib_dir: None,
        soabi_platform,
        implementation_version: version,
        has_manylinux_module: false,
        executable: None,
    })
}

/// Whether an interpreter runs on a target: the same system, the same processor, and the same C library as far as the
/// names of its modules tell it, which those of older versions do not.
pub fn is_for(interpreter: &Interpreter, target: &Triple) -> bool {
    let same_system = system(target).is_none_or(|system| system == interpreter.system);
    let of_target = platform(target);
    let machine = |platform: &str| platform.rsplit('-').next().unwrap_or_default().to_owned();
    let (own, wanted) = (machine(&interpreter.platform), machine(&of_target));
    let same_machine = own.is_empty()
        || wanted.is_empty()
        || own == wanted
        || own == "universal2"
        // One half is what this one loads.
        || wanted == "universal2"
        || (own.starts_with("arm") && wanted.starts_with("armv"))
        // A 32-bit Python on a 64-bit kernel says what the kernel is.
        || (own == "x86_64" && wanted == "i686" && interpreter.pointer_width == 32);
    let of_musl = |name: &str| name.contains("-linux-musl");
    let own_suffix =
        interpreter.ext_suffix.as_deref().filter(|name| interpreter.is_cpython() && name.contains("-linux-"));
    let wanted = platform_triplet(target, interpreter.minor);
    let same_library = own_suffix.is_none_or(|own| of_musl(own) == wanted.as_deref().is_some_and(of_musl));
    same_system && same_machine && same_library && interpreter.pointer_width == pointer_width(target)
}

/// An interpreter from a file that tells less than an interpreter does, with what the tables know of the target.
pub fn completed(told: Interpreter, target: &Triple) -> Interpreter {
    let implementation = match told.implementation.as_str() {
        "cpython" => Implementation::CPython,
        "pypy" => Implementation::PyPy,
        "graalpy" => Implementation::GraalPy,
        _ => return told,
    };
    let release = match told.implementation_version[..] {
        [major, minor, ..] => Some((major, minor)),
        _ => None,
    };
    let python =
        KnownPython { implementation, minor: told.minor, free_threaded: told.gil_disabled, debug: told.debug, release };
    let Ok(known) = interpreter(python, target) else { return told };
    let or_known = |told: String, known: String| if told.is_empty() { known } else { told };
    Interpreter {
        abiflags: or_known(told.abiflags, known.abiflags),
        ext_suffix: told.ext_suffix.or(known.ext_suffix),
        soabi: told.soabi.or(known.soabi),
        platform: or_known(told.platform, known.platform),
        system: or_known(told.system, known.system),
        pointer_width: if told.pointer_width == 0 { known.pointer_width } else { told.pointer_width },
        lib_name: told.lib_name.or(known.lib_name),
        soabi_platform: told.soabi_platform.or(known.soabi_platform),
        ..told
    }
}

fn unknown(python: KnownPython, target: &Triple) -> Diagnostic {
    let names = [target.architecture.as_str(), &target.system, &target.environment];
    let target: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    let message = format!("nothing is known of `{python}` on `{}` without asking it", target.join("-"));
    let hint = format!(
        "give the path of an interpreter, or `PYO3_CROSS_LIB_DIR` with its `build-details.json` or `_sysconfigdata*.py`; \
         built-in are CPython 3.{} to 3.{}, and PyPy and GraalPy on the systems that they are released for",
        CPYTHON.start(),
        CPYTHON.end()
    );
    Diagnostic::error(Code::Interpreter, message).hint(hint)
}

/// What an interpreter's names are made of.
struct Named {
    /// The suffix of modules without its last part.
    suffix: String,
    soabi: Option<String>,
    soabi_platform: Option<String>,
    version: Vec<u64>,
    library: String,
}

/// `m` before 3.8, `t` without the GIL, `d` in debug builds.
fn cpython_flags(python: KnownPython) -> String {
    if python.implementation != Implementation::CPython {
        return String::new();
    }
    let flags = [("t", python.free_threaded), ("d", python.debug), ("m", python.minor < 8)];
    flags.into_iter().filter(|(_, set)| *set).map(|(flag, _)| flag).collect()
}

fn cpython(python: KnownPython, target: &Triple) -> Option<Named> {
    let minor = python.minor;
    let on_phone = target.is_android() || target.system == "ios";
    let first_free_threaded = if python.free_threaded { 13 } else { *CPYTHON.start() };
    if !CPYTHON.contains(&minor) || minor < first_free_threaded || (on_phone && minor < 13) {
        return None;
    }
    let version = vec![3, minor];
    let threads = if python.free_threaded { "t" } else { "" };
    if target.system == "windows" {
        let debug = if python.debug { "_d" } else { "" };
        let suffix = format!("{debug}.cp3{minor}{threads}-{}", platform_tag(&platform(target)));
        let library = format!("python3{minor}{threads}");
        return Some(Named { suffix, soabi: None, soabi_platform: None, version, library });
    }
    let flags = cpython_flags(python);
    let triplet = platform_triplet(target, minor)?;
    let end = if triplet.is_empty() { String::new() } else { format!("-{triplet}") };
    let soabi = format!("cpython-3{minor}{flags}{end}");
    Some(Named {
        suffix: format!(".{soabi}"),
        soabi: Some(soabi),
        soabi_platform: (!triplet.is_empty() && minor >= 15).then_some(triplet),
        version,
        library: format!("python3.{minor}{flags}"),
    })
}

/// PyPy 8.0 has a new ABI; wheels for 3.11 and older are for 7.3 unless told otherwise.
fn pypy(python: KnownPython, target: &Triple) -> Option<Named> {
    if python.free_threaded || python.debug || !(7..=12).contains(&python.minor) {
        return None;
    }
    let (major, minor) = python.release.unwrap_or(if python.minor >= 12 { (8, 0) } else { (7, 3) });
    let soabi = format!("pypy3{}-pp{major}{minor}", python.minor);
    let (end, prefix) = match target.system.as_str() {
        "darwin" => ("darwin".to_owned(), ""),
        "windows" => (platform_tag(&platform(target)), "lib"),
        "linux" if !target.is_android() => (format!("{}-linux-gnu", triplet_architecture(target)), ""),
        _ => return None,
    };
    Some(Named {
        suffix: format!(".{soabi}-{end}"),
        soabi: Some(soabi),
        soabi_platform: None,
        version: vec![major, minor],
        library: format!("{prefix}pypy3.{}-c", python.minor),
    })
}

fn graalpy(python: KnownPython, target: &Triple) -> Option<Named> {
    if python.free_threaded || python.debug {
        return None;
    }
    let of_version = match python.minor {
        10 => Some((23, 1)),
        11 => Some((24, 2)),
        12 => Some((25, 0)),
        13 => Some((25, 3)),
        _ => None,
    };
    let (major, minor) = python.release.or(of_version)?;
    let end = match target.system.as_str() {
        system @ ("darwin" | "linux") if !target.is_android() && !target.is_musl() => {
            format!("{}-{system}", target.architecture)
        }
        _ => return None,
    };
    let soabi = format!("graalpy{major}{minor}-3{}-native-{end}", python.minor);
    Some(Named {
        suffix: format!(".{soabi}"),
        soabi: Some(soabi),
        soabi_platform: None,
        version: vec![major, minor],
        library: "python-native".to_owned(),
    })
}

/// CPython's name of the platform in file names; empty where it has none. musl has its own since 3.11.
fn platform_triplet(target: &Triple, minor: u64) -> Option<String> {
    let architecture = triplet_architecture(target);
    if target.is_android() {
        let environment = if architecture == "arm" { "androideabi" } else { "android" };
        let architecture = if architecture == "i386" { "i686" } else { architecture };
        return Some(format!("{architecture}-linux-{environment}"));
    }
    match target.system.as_str() {
        "linux" => {
            let environment = linux_environment(target);
            let libc = if target.is_musl() && minor < 11 { environment.replace("musl", "gnu") } else { environment };
            Some(format!("{architecture}-linux-{libc}"))
        }
        "darwin" => Some("darwin".to_owned()),
        "ios" if target.is_simulator() => Some("iphonesimulator".to_owned()),
        "ios" => Some("iphoneos".to_owned()),
        "freebsd" => Some(String::new()),
        "emscripten" => Some("wasm32-emscripten".to_owned()),
        system if system.starts_with("wasi") => Some("wasm32-wasi".to_owned()),
        _ => None,
    }
}

/// `gnueabihf` and its like for ARM, the plain libc for others; MIPS names its ABI where there are several.
fn linux_environment(target: &Triple) -> String {
    let environment = target.environment.as_str();
    let keeps = ["arm", "thumb", "mips64"].iter().any(|prefix| target.architecture.starts_with(prefix));
    match environment {
        "gnux32" => environment.to_owned(),
        _ if keeps => environment.to_owned(),
        _ if target.is_musl() => "musl".to_owned(),
        _ => "gnu".to_owned(),
    }
}

/// The processor in CPython's platform triplets, which are Debian's.
fn triplet_architecture(target: &Triple) -> &str {
    match target.architecture.as_str() {
        "i386" | "i586" | "i686" => "i386",
        architecture if architecture.starts_with("arm") || architecture.starts_with("thumb") => "arm",
        architecture if architecture.starts_with("riscv64") => "riscv64",
        other => other,
    }
}

/// `sys.platform`
fn system(target: &Triple) -> Option<&'static str> {
    match target.system.as_str() {
        _ if target.is_android() => Some("android"),
        "linux" => Some("linux"),
        "darwin" => Some("darwin"),
        "windows" => Some("win32"),
        "ios" => Some("ios"),
        "freebsd" => Some("freebsd"),
        "emscripten" => Some("emscripten"),
        system if system.starts_with("wasi") => Some("wasi"),
        _ => None,
    }
}

/// `sysconfig.get_platform()`, where the target alone decides it.
fn platform(target: &Triple) -> String {
    match (target.system.as_str(), target.architecture.as_str()) {
        _ if target.is_android() => String::new(),
        ("windows", "x86_64" | "arm64ec") => "win-amd64".to_owned(),
        ("windows", "aarch64") => "win-arm64".to_owned(),
        ("windows", _) => "win32".to_owned(),
        ("darwin", "aarch64") => "macosx-11.0-arm64".to_owned(),
        ("darwin", architecture) => format!("macosx-10.12-{architecture}"),
        ("linux", "armv7" | "thumbv7neon") => "linux-armv7l".to_owned(),
        ("linux", "arm") => "linux-armv6l".to_owned(),
        ("linux", "powerpc64le") => "linux-ppc64le".to_owned(),
        ("linux", "powerpc64") => "linux-ppc64".to_owned(),
        ("linux", "i586" | "i386") => "linux-i686".to_owned(),
        ("linux", architecture) if architecture.starts_with("riscv64") => "linux-riscv64".to_owned(),
        ("linux", architecture) => format!("linux-{architecture}"),
        ("ios", architecture) => {
            let architecture = if architecture == "aarch64" { "arm64" } else { architecture };
            let sdk = if target.is_simulator() { "iphonesimulator" } else { "iphoneos" };
            format!("ios-13.0-{architecture}-{sdk}")
        }
        (system, _) if system.starts_with("wasi") => "wasi-0.0.0-wasm32".to_owned(),
        _ => String::new(),
    }
}

/// In bits.
fn pointer_width(target: &Triple) -> u32 {
    let wide = ["x86_64", "aarch64", "powerpc64", "s390x", "riscv64", "loongarch64", "mips64", "sparc64", "universal2"];
    let is_wide = wide.iter().any(|prefix| target.architecture.starts_with(prefix)) || target.architecture == "arm64ec";
    if is_wide && !target.environment.ends_with("x32") { 64 } else { 32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_is_for_targets_of_its_system_and_processor() {
        let python = known("3.12", "x86_64-unknown-linux-gnu");
        assert!(is_for(&python, &Triple::parse("x86_64-unknown-linux-gnu")));
        assert!(!is_for(&python, &Triple::parse("x86_64-unknown-linux-musl")));
        let of_musl = known("3.12", "x86_64-unknown-linux-musl");
        assert!(is_for(&of_musl, &Triple::parse("x86_64-unknown-linux-musl")));
        assert!(!is_for(&of_musl, &Triple::parse("x86_64-unknown-linux-gnu")));
        assert!(is_for(&known("3.9", "x86_64-unknown-linux-gnu"), &Triple::parse("x86_64-unknown-linux-musl")));
        for other in
            ["aarch64-unknown-linux-gnu", "i686-unknown-linux-gnu", "x86_64-pc-windows-msvc", "aarch64-linux-android"]
        {
            assert!(!is_for(&python, &Triple::parse(other)), "{other}");
        }
        assert!(is_for(&known("3.12", "aarch64-apple-darwin"), &Triple::parse("universal2-apple-darwin")));
        let narrow = Interpreter { pointer_width: 32, ..python };
        assert!(is_for(&narrow, &Triple::parse("i686-unknown-linux-gnu")));
    }

    fn known(python: &str, triple: &str) -> Interpreter {
        let python = KnownPython::of(python.parse().unwrap()).unwrap();
        interpreter(python, &Triple::parse(triple)).unwrap()
    }

    #[test]
    fn every_spelling_of_a_python_is_understood() {
        let rows = [
            ("3.11", "python3.11"),
            ("3.11.7", "python3.11.7"),
            ("3", "python3"),
            ("python", "python3"),
            ("python3", "python3"),
            ("python3.12", "python3.12"),
            ("python-3.11", "python3.11"),
            ("cpython-3.11", "python3.11"),
            ("3.14t", "python3.14t"),
            ("python3.13t", "python3.13t"),
            ("3.13td", "python3.13td"),
            ("3.12d", "python3.12d"),
            ("cp311", "python3.11"),
            ("cp314t", "python3.14t"),
            ("pypy", "pypy3"),
            ("pypy3", "pypy3"),
            ("pypy3.11", "pypy3.11"),
            ("pypy-3.11", "pypy3.11"),
            ("PyPy3.11", "pypy3.11"),
            ("pp311", "pypy3.11"),
            ("graalpy", "graalpy3"),
            ("graalpy3.11", "graalpy3.11"),
            ("graalpy-3.12", "graalpy3.12"),
            ("graalpy312", "graalpy3.12"),
        ];
        for (text, expected) in rows {
            assert_eq!(text.parse::<PythonRequest>().map(|request| request.to_string()), Ok(expected.into()), "{text}");
        }
    }

    #[test]
    fn what_names_no_python_is_refused_with_its_reason() {
        let refused = |text: &str| text.parse::<PythonRequest>().unwrap_err();
        for text in
            ["", "ruby", "3.", "3.x", "python3.11w", "3.11.1.1", "/usr/bin/python3", "python3.11-config", "cp", "t"]
        {
            assert!(matches!(refused(text), PythonRequestError::Form(_)), "{text}: {:?}", refused(text));
        }
        assert!(matches!(refused("2.7"), PythonRequestError::Major(_)));
        for text in ["3.12t", "pypy3.11t", "graalpy3.12t"] {
            assert!(matches!(refused(text), PythonRequestError::FreeThreaded(_)), "{text}");
        }
        assert!(matches!(refused("pypy3.11d"), PythonRequestError::Debug(_)));
    }

    #[test]
    fn the_tables_say_what_recorded_interpreters_say() {
        let python = known("3.15", "x86_64-unknown-linux-gnu");
        assert_eq!(python.ext_suffix.as_deref(), Some(".cpython-315-x86_64-linux-gnu.so"));
        assert_eq!(python.soabi_platform.as_deref(), Some("x86_64-linux-gnu"));
        assert_eq!((python.platform.as_str(), python.lib_name.as_deref()), ("linux-x86_64", Some("python3.15")));
        let windows = known("3.14t", "x86_64-pc-windows-msvc");
        assert_eq!(windows.lib_name.as_deref(), Some("python314t"));
        assert_eq!((windows.system.as_str(), windows.abiflags.as_str()), ("win32", ""));
        assert_eq!(known("3.12d", "i686-pc-windows-msvc").lib_name.as_deref(), Some("python312_d"));
        assert_eq!(known("3.12", "i686-pc-windows-msvc").pointer_width, 32);
        assert_eq!(known("pypy3.11", "x86_64-pc-windows-msvc").lib_name.as_deref(), Some("libpypy3.11-c"));
    }

    #[test]
    fn what_the_tables_do_not_hold_is_an_error_that_names_it() {
        let refused = |python: &str, triple: &str| {
            let python = KnownPython::of(python.parse().unwrap()).unwrap();
            interpreter(python, &Triple::parse(triple)).unwrap_err().message
        };
        assert_eq!(
            refused("3.99", "x86_64-unknown-linux-gnu"),
            "nothing is known of `python3.99` on `x86_64-linux-gnu` without asking it"
        );
        refused("3.12", "aarch64-linux-android");
        refused("3.12", "x86_64-unknown-openbsd");
        refused("graalpy3.12", "x86_64-pc-windows-msvc");
        refused("pypy3.99", "x86_64-unknown-linux-gnu");
    }

    #[test]
    fn what_a_file_does_not_tell_comes_from_the_tables() {
        let target = Triple::parse("aarch64-unknown-linux-gnu");
        let told = Interpreter {
            ext_suffix: None,
            platform: String::new(),
            lib_name: Some("python3.13-mine".into()),
            ..known("3.13", "aarch64-unknown-linux-gnu")
        };
        let completed = completed(told, &target);
        assert_eq!(completed.ext_suffix.as_deref(), Some(".cpython-313-aarch64-linux-gnu.so"));
        assert_eq!(completed.platform, "linux-aarch64");
        assert_eq!(completed.lib_name.as_deref(), Some("python3.13-mine"));
    }
}
