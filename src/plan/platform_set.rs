//! The set of platforms that one command builds for: the target of each, who links it, and what is missing for it.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::tools::{StandardLibrary, Tools};
use crate::plan::compatibility::{CLibrary, Compatibility};
use crate::plan::options::{AskedTag, Linker, Options};
use crate::plan::triple::Triple;
use crate::plan::wheel_platform::{System, WheelPlatform};
use crate::plan::zig;

/// A platform of the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPlatform {
    pub platform: WheelPlatform,
    /// The target triple; `universal2-apple-darwin` stands for two.
    pub target: &'static str,
    pub route: Route,
    pub missing: Vec<Missing>,
}

/// Who links, and brings the system's libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// The system's own linker, or the one that cargo is configured for.
    System,
    Zig,
    /// GCC for Windows, which rustc finds by its name.
    Mingw,
    /// Windows' own libraries, through cargo-xwin.
    Xwin,
    /// The linker of a container.
    Cross,
}

impl Route {
    /// As people call it.
    pub fn name(self, target: &str, tools: &Tools) -> &'static str {
        match self {
            Route::System if tools.with_linker.contains(target) => "the linker that cargo is configured for",
            Route::System => "the system's linker",
            Route::Zig => "zig",
            Route::Mingw => "mingw",
            Route::Xwin => "cargo-xwin",
            Route::Cross => "cross",
        }
    }
}

/// What is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    Zig,
    /// A linker for a target that zig does not link for.
    Linker(&'static str),
    /// The standard library of a target.
    Target(String),
    /// The sources of the standard library, which cargo is told to compile.
    Sources,
}

/// The programs that decide routes, to be looked for beforehand.
pub const PROGRAMS: [&str; 5] =
    ["zig", "cargo-xwin", "x86_64-w64-mingw32-gcc", "i686-w64-mingw32-gcc", "aarch64-w64-mingw32-clang"];

/// Plans the set: each platform by the tools that are there, or the ones that are the least to get.
pub fn plan(platforms: &[WheelPlatform], linker: Linker, tools: &Tools) -> Vec<PlannedPlatform> {
    let one = |platform: &WheelPlatform| {
        let (target, route) = route(platform, linker, tools);
        PlannedPlatform { platform: *platform, target, route, missing: missing(target, route, tools) }
    };
    platforms.iter().map(one).collect()
}

fn route(platform: &WheelPlatform, linker: Linker, tools: &Tools) -> (&'static str, Route) {
    let targets = platform.targets();
    let usual = targets[0];
    let by_zig = targets[targets.len() - 1];
    if linker == Linker::Zig {
        return (by_zig, Route::Zig);
    }
    if tools.has_cross {
        return (by_zig, Route::Cross);
    }
    let halves = |target: &str| Triple::parse(target).targets(target);
    let is_configured = |target: &&str| halves(target).iter().all(|half| tools.with_linker.contains(half));
    if let Some(target) = targets.iter().copied().find(is_configured) {
        return (target, Route::System);
    }
    let host = Triple::parse(&tools.host);
    match platform.system {
        System::Linux(policy) => {
            let keeps = policy.library == CLibrary::Musl
                || tools.glibc.is_some_and(|glibc| glibc <= (policy.major, policy.minor));
            (usual, if usual == tools.host && keeps { Route::System } else { Route::Zig })
        }
        System::MacOs(_) => (usual, if host.system == "darwin" { Route::System } else { Route::Zig }),
        System::Windows if host.system == "windows" => {
            let own = targets.iter().copied().find(|target| Triple::parse(target).environment == host.environment);
            (own.unwrap_or(usual), Route::System)
        }
        System::Windows if tools.programs.contains("cargo-xwin") => (usual, Route::Xwin),
        System::Windows if tools.programs.contains(mingw(by_zig)) => (by_zig, Route::Mingw),
        System::Windows => (by_zig, Route::Zig),
    }
}

/// The linker of a target of GNU's or LLVM's toolchain for Windows.
fn mingw(target: &str) -> &'static str {
    match Triple::parse(target).architecture.as_str() {
        "x86_64" => "x86_64-w64-mingw32-gcc",
        "aarch64" => "aarch64-w64-mingw32-clang",
        _ => "i686-w64-mingw32-gcc",
    }
}

fn missing(target: &'static str, route: Route, tools: &Tools) -> Vec<Missing> {
    // What it lacks, cross gets or tells.
    if route == Route::Cross {
        return Vec::new();
    }
    let targets = Triple::parse(target).targets(target);
    let zig_links = |target: &String| zig::target(target, &Options::default(), None).is_some();
    let linker = match route {
        Route::Zig if !targets.iter().all(zig_links) => Some(Missing::Linker(target)),
        Route::Zig if !tools.programs.contains("zig") => Some(Missing::Zig),
        _ => None,
    };
    let mut missing: Vec<Missing> = linker.into_iter().collect();
    match &tools.standard_library {
        StandardLibrary::Installed(there) => {
            missing.extend(targets.into_iter().filter(|target| !there.contains(target)).map(Missing::Target));
        }
        StandardLibrary::Compiled { has_sources: false } => missing.push(Missing::Sources),
        StandardLibrary::Compiled { has_sources: true } => {}
    }
    missing
}

/// What is missing for the whole set: an error for each tool, with the one command that gets it.
pub fn refusals(set: &[PlannedPlatform]) -> Vec<Diagnostic> {
    let all: BTreeSet<&Missing> = set.iter().flat_map(|planned| &planned.missing).collect();
    let (targets, tools): (Vec<&Missing>, Vec<&Missing>) =
        all.into_iter().partition(|missing| matches!(missing, Missing::Target(_)));
    let groups = tools.into_iter().map(|tool| vec![tool]).chain([targets]).filter(|group| !group.is_empty());
    groups.map(|group| refusal(&group, set)).collect()
}

fn refusal(group: &[&Missing], set: &[PlannedPlatform]) -> Diagnostic {
    let what = match group {
        [Missing::Zig, ..] => "zig, which links, is not here".to_owned(),
        [Missing::Linker(target), ..] => format!("zig does not link for `{target}`"),
        [Missing::Sources, ..] => {
            "the source of the standard library, which cargo is to compile, is not here".to_owned()
        }
        targets => {
            format!("the standard library is not here for {}", listed(targets.iter().copied().filter_map(target)))
        }
    };
    let wanting = set.iter().filter(|planned| planned.missing.iter().any(|missing| group.contains(&missing)));
    Diagnostic::error(Code::ToolMissing, what)
        .with_note(format!("needed for {}", listed(wanting.map(|planned| planned.platform))))
        .hint(remedy(group))
}

fn target(missing: &Missing) -> Option<&str> {
    if let Missing::Target(target) = missing { Some(target) } else { None }
}

fn listed(names: impl Iterator<Item = impl std::fmt::Display>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The one command that gets what is missing, or what to write.
pub fn remedy(missing: &[&Missing]) -> String {
    match missing {
        [Missing::Zig, ..] => "run `pip install ziglang`".to_owned(),
        [Missing::Linker(target), ..] => {
            format!("name a linker as `target.{target}.linker` in `.cargo/config.toml`, or leave the platform out")
        }
        [Missing::Sources, ..] => "run `rustup component add rust-src`".to_owned(),
        targets => {
            let names: Vec<&str> = targets.iter().copied().filter_map(target).collect();
            format!("run `rustup target add {}`", names.join(" "))
        }
    }
}

/// The options by which a platform's wheels are built.
pub fn options(options: &Options, planned: &PlannedPlatform) -> Options {
    let (compatibility, macos) = match planned.platform.system {
        System::Linux(policy) => (Some(AskedTag { compatibility: Compatibility::Policy(policy), is_must: true }), None),
        System::MacOs(version) => (None, Some(version)),
        System::Windows => (None, None),
    };
    let linker = if planned.route == Route::Zig { Linker::Zig } else { Linker::Cargos };
    Options { target: Some(planned.target.to_owned()), linker, compatibility, macos, ..options.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::wheel_platform;

    fn tools(host: &str, programs: &[&str], standard_library: StandardLibrary) -> Tools {
        Tools {
            host: host.to_owned(),
            programs: programs.iter().map(|name| name.to_string()).collect(),
            standard_library,
            ..Tools::default()
        }
    }

    fn set(words: &[&str], tools: &Tools) -> Vec<PlannedPlatform> {
        let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
        plan(&wheel_platform::list(&words).unwrap(), Linker::Cargos, tools)
    }

    fn all_there() -> StandardLibrary {
        StandardLibrary::Compiled { has_sources: true }
    }

    /// The target and the route of one platform.
    fn of(word: &str, tools: &Tools) -> (&'static str, Route) {
        let set = set(&[word], tools);
        (set[0].target, set[0].route)
    }

    const LINUX: &str = "x86_64-unknown-linux-gnu";

    #[test]
    fn linux_is_linked_by_zig_unless_the_machine_keeps_the_promise_itself() {
        let modern = Tools { glibc: Some((2, 36)), ..tools(LINUX, &["zig"], all_there()) };
        let old = Tools { glibc: Some((2, 17)), ..modern.clone() };
        for (word, tools, route) in [
            ("manylinux2014_x86_64", &modern, Route::Zig),
            ("manylinux_2_36_x86_64", &modern, Route::System),
            ("manylinux2014_x86_64", &old, Route::System),
            ("manylinux2014_aarch64", &old, Route::Zig),
            ("musllinux_x86_64", &modern, Route::Zig),
        ] {
            assert_eq!(of(word, tools).1, route, "{word}");
        }
        let alpine = tools("x86_64-unknown-linux-musl", &[], all_there());
        assert_eq!(of("musllinux_x86_64", &alpine).1, Route::System);
        assert_eq!(of("manylinux_x86_64", &alpine).1, Route::Zig);
    }

    #[test]
    fn macos_is_linked_by_itself_or_by_zig() {
        for word in ["macos_x86_64", "macos_arm64", "macos_universal2"] {
            assert_eq!(of(word, &tools(LINUX, &[], all_there())).1, Route::Zig);
            assert_eq!(of(word, &tools("aarch64-apple-darwin", &[], all_there())).1, Route::System);
        }
    }

    #[test]
    fn windows_is_linked_by_what_is_there_and_its_target_follows() {
        let on = |programs: &[&str], word| of(word, &tools(LINUX, programs, all_there()));
        assert_eq!(on(&["cargo-xwin", "zig"], "win_amd64"), ("x86_64-pc-windows-msvc", Route::Xwin));
        assert_eq!(on(&["x86_64-w64-mingw32-gcc", "zig"], "win_amd64"), ("x86_64-pc-windows-gnu", Route::Mingw));
        assert_eq!(on(&["x86_64-w64-mingw32-gcc", "zig"], "win_arm64"), ("aarch64-pc-windows-gnullvm", Route::Zig));
        assert_eq!(on(&["zig"], "win32"), ("i686-pc-windows-gnu", Route::Zig));
        let at_home = |host| of("win_amd64", &tools(host, &[], all_there()));
        assert_eq!(at_home("x86_64-pc-windows-msvc"), ("x86_64-pc-windows-msvc", Route::System));
        assert_eq!(at_home("x86_64-pc-windows-gnu"), ("x86_64-pc-windows-gnu", Route::System));
        assert_eq!(at_home("aarch64-pc-windows-msvc"), ("x86_64-pc-windows-msvc", Route::System));
    }

    #[test]
    fn a_linker_that_cargo_is_configured_for_comes_first_and_zig_where_it_is_asked_for() {
        let with = |targets: &[&str]| Tools {
            with_linker: targets.iter().map(|target| target.to_string()).collect(),
            ..tools(LINUX, &["zig", "cargo-xwin"], all_there())
        };
        let aarch64 = with(&["aarch64-unknown-linux-gnu"]);
        assert_eq!(of("manylinux_aarch64", &aarch64).1, Route::System);
        assert_eq!(
            Route::System.name("aarch64-unknown-linux-gnu", &aarch64),
            "the linker that cargo is configured for"
        );
        assert_eq!(of("win_amd64", &with(&["x86_64-pc-windows-gnu"])), ("x86_64-pc-windows-gnu", Route::System));
        assert_eq!(of("macos_universal2", &with(&["aarch64-apple-darwin"])).1, Route::Zig);
        let both = ["aarch64-apple-darwin", "x86_64-apple-darwin"];
        assert_eq!(of("macos_universal2", &with(&both)).1, Route::System);
        let platforms = ["win_amd64".parse().unwrap()];
        let in_containers = Tools { has_cross: true, ..with(&["aarch64-unknown-linux-gnu"]) };
        assert_eq!(of("manylinux_aarch64", &in_containers), ("aarch64-unknown-linux-gnu", Route::Cross));
        assert_eq!(of("win_amd64", &in_containers), ("x86_64-pc-windows-gnu", Route::Cross));
        let asked = plan(&platforms, Linker::Zig, &with(&["x86_64-pc-windows-gnu"]));
        assert_eq!((asked[0].target, asked[0].route), ("x86_64-pc-windows-gnu", Route::Zig));
    }

    #[test]
    fn all_that_is_missing_is_told_at_once_each_with_its_one_command() {
        let here = StandardLibrary::Installed(["x86_64-apple-darwin".to_owned()].into());
        let refused = refusals(&set(&["macos_universal2", "manylinux_aarch64"], &tools(LINUX, &[], here)));
        let told: Vec<_> =
            refused.iter().map(|fault| (fault.message.as_str(), fault.hint.as_deref().unwrap())).collect();
        assert_eq!(
            told,
            [
                ("zig, which links, is not here", "run `pip install ziglang`"),
                (
                    "the standard library is not here for `aarch64-apple-darwin`, `aarch64-unknown-linux-gnu`",
                    "run `rustup target add aarch64-apple-darwin aarch64-unknown-linux-gnu`"
                ),
            ]
        );
        assert_eq!(refused[0].notes, ["needed for `macosx_10_12_universal2`, `manylinux_2_17_aarch64`"]);
        let refused = refusals(&set(&["manylinux_ppc64"], &tools(LINUX, &["zig"], all_there())));
        assert_eq!(refused[0].message, "zig does not link for `powerpc64-unknown-linux-gnu`");
        assert!(refused[0].hint.as_deref().unwrap().contains("`target.powerpc64-unknown-linux-gnu.linker`"));
        let none = StandardLibrary::Compiled { has_sources: false };
        let refused = refusals(&set(&["win_amd64"], &tools(LINUX, &["zig"], none)));
        assert_eq!(refused[0].hint.as_deref(), Some("run `rustup component add rust-src`"));
        assert_eq!(refusals(&set(&["pypi"], &tools(LINUX, &["zig"], all_there()))), []);
    }

    #[test]
    fn a_platform_sets_the_target_the_tag_and_the_linker() {
        let of = |word: &str| {
            let set = set(&[word], &tools(LINUX, &["zig"], all_there()));
            let made = options(&Options::default(), &set[0]);
            let tag = made.compatibility.map(|asked| asked.is_must);
            (made.target.unwrap(), tag, made.macos.map(|version| version.to_string()), made.linker)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of("manylinux_aarch64"), ("aarch64-unknown-linux-gnu".into(), Some(true), None, Linker::Zig));
        assert_eq!(of("macosx_12_0_arm64"), ("aarch64-apple-darwin".into(), None, some("12.0"), Linker::Zig));
        assert_eq!(of("win_amd64"), ("x86_64-pc-windows-gnu".into(), None, None, Linker::Zig));
    }
}
