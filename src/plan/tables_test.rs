//! The tables as a whole: from interpreter, target and binding to file name and tags, row by row, and the names of
//! published wheels once more from their own facts.

use crate::facts::interpreter::Interpreter;
use crate::plan::abi::{self, Abi};
use crate::plan::compatibility;
use crate::plan::known_pythons::{self, Implementation, KnownPython};
use crate::plan::platform::{self, PlatformFacts};
use crate::plan::triple::{self, Triple};
use crate::spec::filename;
use crate::spec::tag::WheelTag;

const ROWS: &str = include_str!("../../tests/data/abi_and_platform_rows.txt");
const PUBLISHED: &str = include_str!("../../tests/data/published_wheels.txt");

/// Wheels whose published names do not come out, with the reason.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// Interpreters that the tables do not hold, as they describe themselves: name, implementation, minor version, suffix,
/// `sysconfig.get_platform()`, `sys.platform`.
const RECORDED: &str = "\
pypy8 pypy 11 .pypy311-pp80-x86_64-linux-gnu.so linux-x86_64 linux
pypy8-windows pypy 11 .pypy311-pp80-win_amd64.pyd win-amd64 win32
pyston pyston 8 .pyston-23-x86_64-linux-gnu.so linux-x86_64 linux
i386 cpython 13 .cpython-313-i386-linux-gnu.so linux-x86_64 linux
raspbian cpython 11 .cpython-311-arm-linux-gnueabihf.so linux-armv7l linux
mingw cpython 12 .cp312-mingw_x86_64_ucrt_gnu.pyd mingw_x86_64_ucrt_gnu win32
android cpython 13 .cpython-313-aarch64-linux-android.so android-21-arm64_v8a android
pyodide cpython 12 .cpython-312-wasm32-emscripten.so emscripten-3.1.58-wasm32 emscripten
netbsd cpython 12 .so netbsd-10.0-amd64 netbsd10
openbsd cpython 12 .cpython-312.so openbsd-7.6-amd64 openbsd7
dragonfly cpython 11 .cpython-311.so dragonfly-6.4-RELEASE-x86_64 dragonfly6
haiku cpython 10 .cpython-310.so haiku-1-x86_64 haiku1
illumos cpython 11 .cpython-311.so solaris-2.11-i86pc.64bit sunos5
solaris cpython 11 .cpython-311.so solaris-2.11-sun4v.64bit sunos5
aix cpython 9 .cpython-39.so aix-7204-2016-64 aix
cygwin cpython 9 .cpython-39-x86_64-cygwin.dll cygwin-3.6.4-x86_64 cygwin
";

fn recorded(name: &str) -> Interpreter {
    let line = RECORDED.lines().find(|line| line.split(' ').next() == Some(name)).unwrap();
    let [_, implementation, minor, suffix, platform, system] = line.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{line}")
    };
    serde_json::from_value(serde_json::json!({
        "implementation": implementation, "major": 3, "minor": minor.parse::<u64>().unwrap(), "micro": 0,
        "ext_suffix": suffix, "platform": platform, "system": system, "pointer_width": 64,
    }))
    .unwrap()
}

fn of(python: &str, target: &Triple) -> Interpreter {
    match python.strip_prefix('@') {
        Some(name) => recorded(name),
        None => {
            let python = KnownPython::of(python.parse().unwrap()).unwrap();
            known_pythons::interpreter(python, target).unwrap_or_else(|fault| panic!("{}", fault.message))
        }
    }
}

/// The target that the environment makes of the one that is named, and the facts about platforms.
fn world(target: &str, environment: &str) -> (Triple, PlatformFacts) {
    let target = Triple::parse(target);
    let mut facts = PlatformFacts::default();
    let Some((name, value)) = environment.split_once('=') else { return (target, facts) };
    let value = Some(value.to_owned());
    match name {
        "ARCHFLAGS" => return (triple::with_archflags(target, value.as_deref()), facts),
        "MACOSX_DEPLOYMENT_TARGET" => facts.macos_deployment_target = value,
        "IPHONEOS_DEPLOYMENT_TARGET" => facts.ios_deployment_target = value,
        "ANDROID_API_LEVEL" => facts.android_api_level = value,
        "PYEMSCRIPTEN_PLATFORM_VERSION" | "PYODIDE_ABI_VERSION" => facts.emscripten_platform = value,
        "_PYTHON_HOST_PLATFORM" => facts.host_platform = value,
        "uname" => facts.system_release = value,
        other => panic!("{other}"),
    }
    (target, facts)
}

/// The ABI for a binding: `pyo3`, features of PyO3, or `bin`, which has none.
fn chosen(binding: &str, interpreter: &Interpreter) -> Option<Abi> {
    match binding {
        "bin" => None,
        "pyo3" => Some(Abi::VersionSpecific),
        features => {
            let request = abi::stable_request(features.split(' '));
            Some(abi::choose(request, interpreter, &mut Vec::new()).unwrap())
        }
    }
}

fn tags(abi: Option<Abi>, interpreter: &Interpreter) -> String {
    let (python, abi) = abi.map_or(("py3".to_owned(), "none".to_owned()), |abi| abi.tags(interpreter));
    format!("{python}-{abi}")
}

#[test]
fn every_row_of_the_table_comes_out() {
    let mut count = 0;
    for row in ROWS.lines().filter(|row| !row.starts_with('#')) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [python, target, binding, environment, file, tag, platform, source] = cells[..] else { panic!("{row}") };
        assert!(source.len() > 3, "a row without a source: {row}");
        let (target, facts) = world(target, environment);
        let interpreter = of(python, &target);
        let abi = chosen(binding, &interpreter);
        if let Some(abi) = abi {
            assert_eq!(abi.file_name("m", &interpreter).unwrap(), file, "{row}");
        }
        assert_eq!(tags(abi, &interpreter), tag, "{row}");
        let found = platform::tag(&target, Some(&interpreter), abi, &facts).unwrap();
        assert_eq!(found.to_ascii_lowercase(), platform, "{row}");
        let whole = WheelTag::new(tag.split('-').next().unwrap(), tag.split('-').nth(1).unwrap(), &found);
        assert!(whole.is_ok(), "{row}");
        count += 1;
    }
    assert!(count >= 120, "{count}");
}

/// What a published name says it is for.
struct Published {
    python: Option<KnownPython>,
    binding: String,
    target: String,
    environment: String,
    policies: Vec<String>,
}

fn read(tag: &str) -> Published {
    let [python, abi, platform] = tag.split('-').collect::<Vec<_>>()[..] else { panic!("{tag}") };
    let (target, environment, policies) = read_platform(platform);
    let (python, binding) = read_python(python, abi);
    Published { python, binding, target, environment, policies }
}

fn read_python(python: &str, abi: &str) -> (Option<KnownPython>, String) {
    if abi == "none" {
        return (None, "bin".to_owned());
    }
    let digits = python.find(|c: char| c.is_ascii_digit()).unwrap();
    let minor: u64 = python[digits + 1..].parse().unwrap();
    // The release stands in `pypy311_pp73` and in `graalpy250_312_native`.
    let release = |text: &str, split: usize| (text[..split].parse().unwrap(), text[split..].parse().unwrap());
    let known = |implementation, release| KnownPython { implementation, release, ..KnownPython::cpython(minor) };
    let python = match &python[..digits] {
        "pp" => known(Implementation::PyPy, Some(release(abi.split_once("_pp").unwrap().1, 1))),
        "graalpy" => known(Implementation::GraalPy, Some(release(&abi["graalpy".len()..abi.find('_').unwrap()], 2))),
        _ => KnownPython { free_threaded: abi.ends_with('t') && !abi.contains('.'), ..KnownPython::cpython(minor) },
    };
    let binding = match abi {
        "abi3" => format!("abi3-py3{minor}"),
        "abi3.abi3t" => format!("abi3t-py3{minor}"),
        _ => "pyo3".to_owned(),
    };
    (Some(python), binding)
}

/// The target, the variable that the build had set, and the policies that were asked for.
fn read_platform(platform: &str) -> (String, String, Vec<String>) {
    let parts: Vec<&str> = platform.split('.').collect();
    let plain = |target: &str, environment: String| (target.to_owned(), environment, Vec::new());
    if let Some(part) = parts.iter().find(|part| part.starts_with("macosx") && part.ends_with("universal2")) {
        return plain("universal2-apple-darwin", deployment_target(part));
    }
    let first = parts[0];
    match first {
        "win_amd64" => return plain("x86_64-pc-windows-msvc", String::new()),
        "win_arm64" => return plain("aarch64-pc-windows-msvc", String::new()),
        "win32" => return plain("i686-pc-windows-msvc", String::new()),
        _ if first.starts_with("macosx") => {
            let architecture = if first.ends_with("arm64") { "aarch64" } else { "x86_64" };
            return plain(&format!("{architecture}-apple-darwin"), deployment_target(first));
        }
        _ if first.starts_with("pyemscripten_") => {
            let version = first.trim_start_matches("pyemscripten_").trim_end_matches("_wasm32");
            return plain("wasm32-unknown-emscripten", format!("PYEMSCRIPTEN_PLATFORM_VERSION={version}"));
        }
        _ => {}
    }
    const ARCHITECTURES: [(&str, &str); 9] = [
        ("_x86_64", "x86_64"),
        ("_i686", "i686"),
        ("_aarch64", "aarch64"),
        ("_armv6l", "arm"),
        ("_armv7l", "armv7"),
        ("_ppc64le", "powerpc64le"),
        ("_s390x", "s390x"),
        ("_riscv64", "riscv64gc"),
        ("_loongarch64", "loongarch64"),
    ];
    let (end, architecture) = ARCHITECTURES.iter().find(|(end, _)| first.ends_with(end)).unwrap();
    let names = parts.iter().map(|part| part.strip_suffix(end).unwrap().to_owned());
    // A policy and its older name are one request.
    let policies: Vec<String> = names
        .filter(|name| *name != "linux" && !["manylinux1", "manylinux2010", "manylinux2014"].contains(&name.as_str()))
        .collect();
    let libc = if policies.first().is_some_and(|policy| policy.starts_with("musl")) { "musl" } else { "gnu" };
    let environment = if architecture.starts_with("arm") { format!("{libc}eabihf") } else { libc.to_owned() };
    (format!("{architecture}-unknown-linux-{environment}"), String::new(), policies)
}

fn deployment_target(tag: &str) -> String {
    let numbers: Vec<&str> = tag.split('_').skip(1).take(2).collect();
    format!("MACOSX_DEPLOYMENT_TARGET={}", numbers.join("."))
}

/// The tag that the tables make of what a name says.
fn made(published: &Published) -> Option<WheelTag> {
    let (target, facts) = world(&published.target, &published.environment);
    let interpreter = match published.python {
        Some(python) => known_pythons::interpreter(python, &target).ok()?,
        None => known_pythons::interpreter(KnownPython::cpython(13), &target).ok()?,
    };
    let abi = chosen(&published.binding, &interpreter);
    let plain = platform::tag(&target, Some(&interpreter), abi, &facts).ok()?;
    let platform = match published.policies.as_slice() {
        [] => plain,
        policies => {
            let architecture = plain.strip_prefix("linux_")?;
            let tags = policies.iter().flat_map(|policy| compatibility::policy_tags(policy, architecture));
            tags.collect::<Vec<_>>().join(".")
        }
    };
    let tags = tags(abi, &interpreter);
    let (python, abi) = tags.split_once('-')?;
    WheelTag::new(python, abi, &platform).ok()
}

#[test]
fn the_names_of_published_wheels_come_out_of_the_tables() {
    let names: Vec<&str> = PUBLISHED.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(names.len() >= 300, "{}", names.len());
    let mut missed = Vec::new();
    for name in &names {
        let parts: Vec<&str> = name.strip_suffix(".whl").unwrap().splitn(3, '-').collect();
        // The parts of a compressed set have no order that counts; ours are sorted.
        let sorted: WheelTag = parts[2].parse().unwrap();
        let (project, version) = (parts[0].parse().unwrap(), parts[1].parse().unwrap());
        let ours = made(&read(parts[2])).map(|tag| filename::wheel(&project, &version, None, &tag));
        if ours != Some(format!("{}-{}-{sorted}.whl", parts[0], parts[1])) {
            missed.push(*name);
        }
    }
    let reasoned: Vec<&str> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(missed, reasoned);
    assert!(missed.len() * 100 <= names.len() * 3);
}
