//! Linking by zig: its C compiler brings the C libraries of Linux, macOS and Windows, and a linker for each.
//!
//! rustc is given a linker by name, a script that lies in the target directory and runs this program again, which hands
//! zig what it understands. Build scripts that compile C are given scripts likewise.

use std::path::Path;

use crate::actions::cargo_call::{CargoCall, PlacedFile};
use crate::actions::manifest::Mode;
use crate::plan::compatibility::{CLibrary, Compatibility};
use crate::plan::options::Options;
use crate::plan::triple::Triple;

/// The word behind the program's name by which a script asks for zig.
pub const WORD: &str = "run-zig";

/// The tools of zig that take a target, and compile and link.
const COMPILERS: [&str; 2] = ["cc", "c++"];

/// The target as zig names it: with the version of glibc that the tag promises, which zig links against, or with
/// `macos`, the oldest one to run on. `None` is one that zig does not link for.
pub fn target(name: &str, options: &Options, macos: Option<&str>) -> Option<String> {
    let triple = Triple::parse(name);
    let architecture = match triple.architecture.as_str() {
        "i586" | "i686" => "x86",
        "armv7" => "arm",
        "riscv64gc" => "riscv64",
        // Of the elder PowerPC it has musl alone.
        "powerpc64" if !triple.is_musl() => return None,
        other @ ("x86_64" | "aarch64" | "powerpc64" | "powerpc64le" | "s390x" | "loongarch64") => other,
        _ => return None,
    };
    let system = match (triple.system.as_str(), triple.environment.as_str()) {
        ("darwin", _) => macos.map_or_else(|| "macos".to_owned(), |version| format!("macos.{version}")),
        ("windows", "gnu" | "gnullvm") => "windows-gnu".to_owned(),
        ("linux", environment) if triple.c_library().is_some() => {
            match policy(&triple, options).map(|asked| asked.max(oldest_glibc(&triple))) {
                Some((major, minor)) => format!("linux-{environment}.{major}.{minor}"),
                None => format!("linux-{environment}"),
            }
        }
        _ => return None,
    };
    Some(format!("{architecture}-{system}"))
}

fn policy(triple: &Triple, options: &Options) -> Option<(u64, u64)> {
    let Compatibility::Policy(policy) = &options.compatibility.as_ref()?.compatibility else { return None };
    let is_glibc = policy.library == CLibrary::Glibc && triple.c_library() == Some(CLibrary::Glibc);
    is_glibc.then_some((policy.major, policy.minor))
}

/// The oldest glibc that zig has for an architecture (`available_libcs` in its `std.zig.target`). Where it is newer than
/// the one that is asked for, the symbols that come to be used tell whether the promise is kept.
pub fn oldest_glibc(triple: &Triple) -> (u64, u64) {
    match triple.architecture.as_str() {
        "aarch64" => (2, 17),
        "powerpc64le" => (2, 19),
        "riscv64gc" => (2, 27),
        "loongarch64" => (2, 36),
        _ => (2, 0),
    }
}

/// The name of the script that links for a target of zig's: without its place, since cargo takes flags for a part of
/// what it compiles.
pub fn linker(target: &str) -> String {
    format!("zig-cc-{target}{}", if cfg!(windows) { ".bat" } else { "" })
}

/// Gives a call the scripts, in `directory`, which goes before all others on `path`. `zig` and `program` are the paths of
/// zig and of this very program. Compilers that the user has named for the target stay.
pub fn with_scripts(
    mut call: CargoCall,
    (name, target): (&str, &str),
    (zig, program): (&Path, &Path),
    directory: &Path,
    path: &[std::path::PathBuf],
    is_set: &dyn Fn(&str) -> bool,
) -> CargoCall {
    let mut place = |script: String, tool: &str| {
        let path = directory.join(script);
        let text = script_text(program, zig, tool, target);
        call.files.push(PlacedFile { path: path.clone(), text, mode: Mode::Executable });
        path
    };
    let cc = place(linker(target), "cc");
    let cxx = place(linker(target).replacen("cc", "c++", 1), "c++");
    let ar = place(linker(target).replacen("cc", "ar", 1), "ar");
    let triple = Triple::parse(name);
    if triple.system == "windows" {
        // The name by which rustc looks for what makes import libraries.
        place(format!("{}-w64-mingw32-dlltool", triple.architecture), "dlltool");
    }
    for (variable, script) in [("CC", cc), ("CXX", cxx), ("AR", ar)] {
        let names = [name.to_owned(), name.replace('-', "_")].map(|name| format!("{variable}_{name}"));
        if !names.iter().any(|name| is_set(name)) {
            call.set.push((names[1].clone(), script.into()));
        }
    }
    if triple.system == "darwin" && !is_set("SDKROOT") {
        let path = directory.join("macos").join("usr/lib/libiconv.tbd");
        call.files.push(PlacedFile { path, text: LIBICONV.to_owned(), mode: Mode::Regular });
        call.set.push(("SDKROOT".to_owned(), directory.join("macos").into()));
    }
    let separator = if cfg!(windows) { ";" } else { ":" };
    let mut joined = directory.as_os_str().to_owned();
    for other in path {
        joined.push(separator);
        joined.push(other);
    }
    call.set.push(("PATH".to_owned(), joined));
    call
}

/// What Rust's standard library links of macOS besides what zig brings, as a linker reads it: the name of a library that
/// every macOS has, and what is in it.
const LIBICONV: &str = "\
--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
install-name: '/usr/lib/libiconv.2.dylib'
current-version: 7
compatibility-version: 7
exports:
  - targets: [ x86_64-macos, arm64-macos ]
    symbols: [ _iconv, _iconv_close, _iconv_open, _iconvctl, _iconvlist, _libiconv, _libiconv_close, _libiconv_open ]
...
";

fn script_text(program: &Path, zig: &Path, tool: &str, target: &str) -> String {
    let (program, zig) = (program.display().to_string(), zig.display().to_string());
    // rustc leaves it to the variable where Apple's compiler finds the kit.
    let has_kit = target.contains("macos") && COMPILERS.contains(&tool);
    if cfg!(windows) {
        let kit = if has_kit { "-isysroot \"%SDKROOT%\" " } else { "" };
        return format!("@\"{program}\" {WORD} \"{zig}\" {tool} {target} {kit}%*\r\n");
    }
    let kit = if has_kit { "-isysroot \"$SDKROOT\" " } else { "" };
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    format!("#!/bin/sh\nexec {} {WORD} {} {tool} {target} {kit}\"$@\"\n", quoted(&program), quoted(&zig))
}

/// What zig is told where rustc or a build script tells a tool of GNU's or Apple's `words`.
pub fn words(tool: &str, target: &str, words: &[String]) -> Vec<String> {
    if !COMPILERS.contains(&tool) {
        return [tool.to_owned()].into_iter().chain(words.iter().cloned()).collect();
    }
    let mut told = [tool, "-target", target].map(str::to_owned).to_vec();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-target" | "-arch" => drop(rest.next()),
            // zig has a system of its own; what a software development kit has besides is looked for there.
            "-isysroot" => told.extend(rest.next().into_iter().flat_map(|root| parts_of_kit(root))),
            word if is_left_out(word) || (target.contains("windows") && is_of_gcc(word)) => {}
            "-lgcc_eh" if target.contains("windows") => told.push("-lunwind".to_owned()),
            // What a library exports, which zig takes as a file like others.
            word if word.ends_with(".def") => told.push(word.trim_start_matches("-Wl,").to_owned()),
            word => told.push(word.to_owned()),
        }
    }
    told
}

/// What GCC for Windows brings, and zig otherwise or by itself.
fn is_of_gcc(word: &str) -> bool {
    const LEFT_OUT: [&str; 10] = [
        "-lgcc",
        "-lgcc_s",
        "-lmingw32",
        "-lmingwex",
        "-lmsvcrt",
        "-l:libpthread.a",
        "-fno-use-linker-plugin",
        "-Wl,--disable-auto-image-base",
        // For programs of 32 bits.
        "-Wl,--large-address-aware",
        "-nodefaultlibs",
    ];
    LEFT_OUT.contains(&word)
}

fn parts_of_kit(root: &str) -> [String; 2] {
    [format!("-L{root}/usr/lib"), format!("-F{root}/System/Library/Frameworks")]
}

/// What names the target or the linker in ways that zig does not know.
fn is_left_out(word: &str) -> bool {
    ["--target=", "-fuse-ld=", "-march=", "-Wl,-melf_", "-mmacosx-version-min=", "-mmacos-version-min="]
        .iter()
        .any(|start| word.starts_with(start))
        || (word.starts_with("-B") && word.ends_with("gcc-ld"))
}

/// The words of a file that rustc puts them in where they are too many: a line each, with a backslash before blanks and
/// backslashes.
pub fn listed(text: &str) -> Vec<String> {
    let word = |line: &str| {
        let mut word = String::new();
        let mut characters = line.chars();
        while let Some(c) = characters.next() {
            word.extend(if c == '\\' { characters.next() } else { Some(c) });
        }
        word
    };
    text.lines().map(word).collect()
}

/// The same, written.
pub fn as_list(words: &[String]) -> String {
    words.iter().map(|word| format!("{}\n", word.replace('\\', r"\\").replace(' ', r"\ "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::options::AskedTag;

    fn of(name: &str, compatibility: Option<&str>) -> Option<String> {
        let compatibility = compatibility.map(|text| AskedTag { compatibility: text.parse().unwrap(), is_must: true });
        target(name, &Options { compatibility, ..Options::default() }, Some("11.0"))
    }

    #[test]
    fn every_target_has_its_name_and_glibc_its_version() {
        for (name, compatibility, expected) in [
            ("x86_64-unknown-linux-gnu", Some("2014"), "x86_64-linux-gnu.2.17"),
            ("aarch64-unknown-linux-gnu", Some("manylinux_2_28"), "aarch64-linux-gnu.2.28"),
            ("aarch64-unknown-linux-gnu", None, "aarch64-linux-gnu"),
            ("i686-unknown-linux-gnu", Some("2014"), "x86-linux-gnu.2.17"),
            ("armv7-unknown-linux-gnueabihf", Some("2014"), "arm-linux-gnueabihf.2.17"),
            ("powerpc64le-unknown-linux-gnu", Some("2014"), "powerpc64le-linux-gnu.2.19"),
            ("powerpc64le-unknown-linux-gnu", Some("manylinux_2_28"), "powerpc64le-linux-gnu.2.28"),
            ("s390x-unknown-linux-gnu", Some("2014"), "s390x-linux-gnu.2.17"),
            ("riscv64gc-unknown-linux-gnu", None, "riscv64-linux-gnu"),
            ("x86_64-unknown-linux-musl", Some("musllinux_1_2"), "x86_64-linux-musl"),
            ("armv7-unknown-linux-musleabihf", None, "arm-linux-musleabihf"),
            ("aarch64-apple-darwin", None, "aarch64-macos.11.0"),
            ("x86_64-pc-windows-gnu", None, "x86_64-windows-gnu"),
            ("aarch64-pc-windows-gnullvm", None, "aarch64-windows-gnu"),
        ] {
            assert_eq!(of(name, compatibility).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(of("x86_64-pc-windows-msvc", None), None);
        assert_eq!(of("wasm32-unknown-emscripten", None), None);
        assert_eq!(of("powerpc64-unknown-linux-gnu", None), None);
    }

    #[test]
    fn zig_is_told_nothing_that_it_does_not_know() {
        let told = |tool, given: &str| {
            let given: Vec<String> = given.split(' ').map(str::to_owned).collect();
            words(tool, "aarch64-macos", &given).join(" ")
        };
        assert_eq!(told("cc", "-arch arm64 --target=arm64-apple-macosx a.o -o m"), "cc -target aarch64-macos a.o -o m");
        assert_eq!(told("cc", "-m64 -B/tc/gcc-ld -fuse-ld=lld a.o"), "cc -target aarch64-macos -m64 a.o");
        assert_eq!(
            told("cc", "-isysroot /sdk a.o"),
            "cc -target aarch64-macos -L/sdk/usr/lib -F/sdk/System/Library/Frameworks a.o"
        );
        assert_eq!(told("cc", "-m32 -Wl,-melf_i386 a.o"), "cc -target aarch64-macos -m32 a.o");
        assert_eq!(told("ar", "crs a.a -arch"), "ar crs a.a -arch");
    }

    #[test]
    fn windows_is_linked_by_what_zig_has_of_it_in_place_of_gccs() {
        let given = "-Wl,/t/list.def -Wl,--large-address-aware -lgcc_eh -l:libpthread.a -lmsvcrt -lgcc -luserenv -nodefaultlibs m.o".split(' ');
        let given: Vec<String> = given.map(str::to_owned).collect();
        let told = words("cc", "x86_64-windows-gnu", &given).join(" ");
        assert_eq!(told, "cc -target x86_64-windows-gnu /t/list.def -lunwind -luserenv m.o");
        let elsewhere = words("cc", "x86_64-linux-gnu", &["-nodefaultlibs".to_owned()]).join(" ");
        assert_eq!(elsewhere, "cc -target x86_64-linux-gnu -nodefaultlibs");
    }

    fn scripts(name: &str, target: &str, set_by_user: &[&str]) -> CargoCall {
        let tools = (Path::new("/py/it's/zig"), Path::new("/bin/wainwright"));
        let is_set = |name: &str| set_by_user.contains(&name);
        with_scripts(CargoCall::default(), (name, target), tools, Path::new("/t/zig"), &["/usr/bin".into()], &is_set)
    }

    #[cfg(unix)]
    #[test]
    fn rustc_and_build_scripts_find_zig_by_scripts() {
        let call = scripts("aarch64-apple-darwin", "aarch64-macos.11.0", &["AR_aarch64-apple-darwin"]);
        let text = |name: &str| {
            let placed = call.files.iter().find(|file| file.path == Path::new("/t/zig").join(name));
            placed.map(|file| file.text.lines().last().unwrap_or_default().to_owned()).unwrap_or_default()
        };
        let run = r"exec '/bin/wainwright' run-zig '/py/it'\''s/zig'";
        let kit = "-isysroot \"$SDKROOT\" \"$@\"";
        assert_eq!(text(&linker("aarch64-macos.11.0")), format!("{run} cc aarch64-macos.11.0 {kit}"));
        assert_eq!(text("zig-ar-aarch64-macos.11.0"), format!("{run} ar aarch64-macos.11.0 \"$@\""));
        assert_eq!(text("macos/usr/lib/libiconv.tbd"), "...");
        let set: Vec<_> = call.set.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(
            set,
            [
                ("CC_aarch64_apple_darwin", "/t/zig/zig-cc-aarch64-macos.11.0"),
                ("CXX_aarch64_apple_darwin", "/t/zig/zig-c++-aarch64-macos.11.0"),
                ("SDKROOT", "/t/zig/macos"),
                ("PATH", "/t/zig:/usr/bin"),
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_kit_of_the_users_stays_and_windows_gets_what_makes_import_libraries() {
        let own = scripts("x86_64-apple-darwin", "x86_64-macos.10.12", &["SDKROOT"]);
        assert!(!own.set.iter().any(|(name, _)| name == "SDKROOT"));
        assert!(own.files.iter().all(|file| file.mode == Mode::Executable));
        let windows = scripts("x86_64-pc-windows-gnu", "x86_64-windows-gnu", &[]);
        assert!(windows.files.iter().any(|file| file.path == Path::new("/t/zig/x86_64-w64-mingw32-dlltool")));
    }

    #[test]
    fn long_lists_of_words_are_read_and_written() {
        let words = ["-o", "/a b/c", r"C:\d"].map(str::to_owned);
        assert_eq!(as_list(&words), "-o\n/a\\ b/c\nC:\\\\d\n");
        assert_eq!(listed(&as_list(&words)), words);
    }
}
