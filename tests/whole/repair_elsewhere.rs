//! Wheels for macOS and Windows are made to bring their libraries along, on this machine and with nothing of theirs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wainwright::binary::{self, universal};
use wainwright::facts::binary::BinaryFacts;

use crate::fixture::{self, Archive, Sources};
use crate::process::{Ran, command, run};
use crate::setup;

const SECOND: &str = "EXPORT int second(void) { return 40; }\n";
const FIRST: &str = "IMPORT int second(void);\nEXPORT int first(void) { return second() + 2; }\n";
const LATE: &str = "EXPORT int late(void) { return 100; }\n";
const MODULE: &str = "IMPORT int first(void);\nEXPORT int PyInit_mod(void) { return first(); }\n";
/// The same, with a library that is looked for when it is called.
const HASTY: &str = "IMPORT int first(void);\nIMPORT int late(void);\n\
    EXPORT int PyInit_mod(void) { return first() + late(); }\n";
/// What linkers call to look for it. It knows no directory but the program's.
const HELPER: &str = "IMPORT void *LoadLibraryExA(const char *, void *, unsigned);\n\
    IMPORT void *GetProcAddress(void *, const char *);\n\
    extern char __ImageBase;\n\
    typedef struct { unsigned attributes, name, handle, addresses, names; } Delayed;\n\
    void *__delayLoadHelper2(const Delayed *delayed, void **place) {\n\
    \x20   char *base = &__ImageBase;\n    void *library = LoadLibraryExA(base + delayed->name, 0, 0);\n\
    \x20   if (!library) return 0;\n\
    \x20   unsigned long long index = place - (void **)(base + delayed->addresses);\n\
    \x20   unsigned long long name = ((unsigned long long *)(base + delayed->names))[index];\n\
    \x20   return *place = GetProcAddress(library, base + name + 2);\n}\n";
/// Loads the module that the command line ends with as Python does, and ends with what it answers.
const LOADER: &str = "IMPORT void *LoadLibraryExA(const char *, void *, unsigned);\n\
    IMPORT void *GetProcAddress(void *, const char *);\nIMPORT char *GetCommandLineA(void);\n\
    IMPORT void ExitProcess(unsigned);\n\
    void start(void) {\n    char *path = GetCommandLineA(), *at = path;\n\
    \x20   for (; *at; at++) if (*at == ' ' && at[1]) path = at + 1;\n\
    \x20   void *module = LoadLibraryExA(path, 0, 0x1100);\n    if (!module) ExitProcess(7);\n\
    \x20   ExitProcess(((int (*)(void))GetProcAddress(module, \"PyInit_mod\"))());\n}\n";
const KERNEL32: &str = "LIBRARY KERNEL32.dll\nEXPORTS\nLoadLibraryExA\nGetProcAddress\nGetCommandLineA\nExitProcess\n";

/// A place with sources, libraries and the files of a wheel.
struct Bench {
    root: PathBuf,
}

impl Bench {
    fn new(name: &str) -> Self {
        let root = fixture::empty(&setup::place().join("repair-elsewhere").join(name));
        let texts = [("first", FIRST), ("second", SECOND), ("late", LATE), ("mod", MODULE), ("hasty", HASTY)];
        for (name, text) in texts.into_iter().chain([("helper", HELPER), ("loader", LOADER)]) {
            fs::write(root.join(name).with_extension("c"), text).unwrap();
        }
        fs::write(root.join("kernel32.def"), KERNEL32).unwrap();
        fs::create_dir_all(root.join("libraries")).unwrap();
        Self { root }
    }

    fn zig(&self, words: &str) {
        let mut zig = command(setup::zig());
        zig.current_dir(&self.root).args(["-m", "ziglang"]).args(words.split_whitespace());
        run(zig.env("ZIG_GLOBAL_CACHE_DIR", setup::place().join("zig-cache"))).well();
    }

    /// Puts a file into the wheel.
    fn file(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root.join("files").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn wheel(&self, platform: &str) -> PathBuf {
        self.file("linked-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: linked\nVersion: 1.0\n");
        let tag = format!("cp39-abi3-{platform}");
        let wheel = format!("Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: false\nTag: {tag}\n");
        self.file("linked-1.0.dist-info/WHEEL", wheel);
        let wheel = self.root.join(format!("linked-1.0-{tag}.whl"));
        fixture::pack(&self.root.join("files"), &wheel);
        wheel
    }

    fn repair(&self, platform: &str, words: &[&str]) -> Ran {
        let mut repair = command(setup::program());
        repair.args(["repair", "--library-path"]).arg(self.root.join("libraries")).args(words);
        run(repair.arg("--out").arg(fixture::empty(&self.root.join("out"))).arg(self.wheel(platform)))
    }

    fn repaired(&self, platform: &str, words: &[&str]) -> Archive {
        self.repair(platform, words).well();
        let wheel = Archive::only_in(&self.root.join("out"));
        run(command(setup::program()).args(["check", "--strict"]).arg(&wheel.path)).well();
        wheel
    }

    /// What the images of a file of a wheel say.
    fn facts(&self, wheel: &Archive, path: &str) -> Vec<BinaryFacts> {
        binary::parse(&contents(wheel, path)).unwrap()
    }

    /// A library or module for macOS, for both processors.
    fn for_macos(&self, source: &str, output: &str, oldest: &str, words: &str) -> Vec<u8> {
        let plain = "-DEXPORT= -DIMPORT= -shared -Wl,-headerpad_max_install_names";
        let halves = ["aarch64", "x86_64"].map(|processor| {
            fs::create_dir_all(self.root.join(processor)).unwrap();
            let words = words.replace("HALF", processor);
            self.zig(&format!(
                "cc -target {processor}-macos.{oldest} {plain} -o {processor}/{output} {source}.c {words}"
            ));
            fs::read(self.root.join(processor).join(output)).unwrap()
        });
        universal::join(&halves).unwrap()
    }

    /// A library or module for Windows, linked with others.
    fn for_windows(&self, processor: &str, sources: &[&str], output: &str, words: &str) -> PathBuf {
        let machine = if processor == "x86" { "/safeseh:no" } else { "/dynamicbase" };
        let mut objects = String::new();
        for source in sources {
            let plain = "-O1 -fno-sanitize=all -DEXPORT=__declspec(dllexport) -DIMPORT=__declspec(dllimport)";
            self.zig(&format!("cc -target {processor}-windows-msvc {plain} -c -o {source}.o {source}.c"));
            objects.push_str(&format!("{source}.o "));
        }
        self.zig(&format!("lld-link {machine} /out:{output} {objects} {words}"));
        self.root.join(output)
    }

    /// The two libraries that the modules for Windows need, out of the wheel.
    fn libraries_for_windows(&self, processor: &str) {
        self.for_windows(processor, &["second"], "libraries/Second.dll", "/dll /noentry /implib:second.lib");
        self.for_windows(processor, &["first"], "libraries/first.dll", "/dll /noentry /implib:first.lib second.lib");
    }
}

fn contents(wheel: &Archive, path: &str) -> Vec<u8> {
    wheel.contents().into_iter().find(|(name, _)| name == path).unwrap().1
}

fn grafted(wheel: &Archive) -> Vec<String> {
    let is_library = |name: &String| name.contains(".dylib") || name.ends_with(".dll");
    wheel.names().into_iter().filter(is_library).collect()
}

/// A build for a target, of a module that is there already.
fn built(bench: &Bench, target: &str, file: &str, module: &[u8], variable: &str) -> Archive {
    let text = format!(
        "[project]\nname = \"linked\"\nversion = \"1.0\"\nrequires-python = \">=3.12\"\n\
         [tool.wainwright]\npython-source = \"python\"\n\
         module = [{{ name = \"linked.mod\", artifact = \"built/{file}\" }}]\n"
    );
    let sources = Sources::default().pyproject(&text).file("python/linked/__init__.py", "");
    let project = sources.at(&format!("repair-elsewhere-{target}"));
    fs::create_dir_all(project.root.join("built")).unwrap();
    fs::write(project.root.join("built").join(file), module).unwrap();
    let out = project.out("wheel");
    let mut build = project.wainwright(&["build", "--auditwheel", "repair", "-i", "3.12", "--target", target]);
    let others = std::env::var_os(variable).unwrap_or_default();
    let places = [bench.root.join("libraries")].into_iter().chain(std::env::split_paths(&others));
    build.env(variable, std::env::join_paths(places).unwrap()).arg("--out").arg(&out);
    run(&mut build).well();
    Archive::only_in(&out)
}

#[test]
fn builds_for_elsewhere_graft_too() {
    let bench = Bench::new("built");
    bench.libraries_for_windows("x86_64");
    let module = fs::read(bench.for_windows("x86_64", &["mod"], "mod.dll", "/dll /noentry first.lib")).unwrap();
    let wheel = built(&bench, "x86_64-pc-windows-gnu", "mod.pyd", &module, "PATH");
    assert_eq!(wheel.file_name(), "linked-1.0-cp312-cp312-win_amd64.whl");
    assert_eq!(grafted(&wheel).len(), 2, "{:?}", wheel.names());
    wheel.text("linked-1.0.dist-info/sboms/linked.libraries.cyclonedx.json");
    let words = "-Wl,-install_name,@rpath/libsecond.dylib";
    let library = bench.for_macos("second", "libsecond.dylib", "12.0", words);
    fs::write(bench.root.join("libraries/libsecond.dylib"), library).unwrap();
    fs::write(bench.root.join("mod.c"), "int second(void);\nint PyInit_mod(void) { return second(); }\n").unwrap();
    let module = bench.for_macos("mod", "mod.so", "11.0", "HALF/libsecond.dylib");
    let wheel = built(&bench, "universal2-apple-darwin", "mod.abi3.so", &module, "DYLD_LIBRARY_PATH");
    let tags = "macosx_12_0_arm64.macosx_12_0_universal2.macosx_12_0_x86_64";
    assert_eq!(wheel.file_name(), format!("linked-1.0-cp312-abi3-{tags}.whl"));
    assert_eq!(grafted(&wheel), ["linked/.dylibs/libsecond.dylib"]);
}

#[test]
fn both_halves_of_a_wheel_for_macos_find_the_libraries_that_it_brings() {
    let bench = Bench::new("macos");
    let libraries = bench.root.join("libraries");
    let second = bench.for_macos("second", "libsecond.dylib", "11.0", "-Wl,-install_name,@rpath/libsecond.dylib");
    let words = "-Wl,-install_name,/nowhere/libfirst.1.dylib -LHALF -lsecond -Wl,-rpath,@loader_path/inner";
    let first = bench.for_macos("first", "libfirst.1.dylib", "12.0", words);
    fs::create_dir(libraries.join("inner")).unwrap();
    fs::write(libraries.join("inner/libsecond.dylib"), second).unwrap();
    fs::write(libraries.join("libfirst.1.dylib"), &first).unwrap();
    let module = bench.for_macos("mod", "mod.so", "11.0", "HALF/libfirst.1.dylib -Wl,-rpath,/build");
    bench.file("linked/__init__.py", "");
    bench.file("linked/inner/__init__.py", "");
    for path in ["linked/mod.abi3.so", "linked/inner/mod.abi3.so"] {
        bench.file(path, &module);
    }
    let wheel = bench.repaired("macosx_11_0_universal2", &[]);
    assert_eq!(wheel.file_name(), "linked-1.0-cp39-abi3-macosx_12_0_universal2.whl");
    assert_eq!(grafted(&wheel), ["linked/.dylibs/libfirst.1.dylib", "linked/.dylibs/libsecond.dylib"]);
    let system = "/usr/lib/libSystem.B.dylib";
    for (path, needed) in [
        ("linked/mod.abi3.so", "@loader_path/.dylibs/libfirst.1.dylib"),
        ("linked/inner/mod.abi3.so", "@loader_path/../.dylibs/libfirst.1.dylib"),
        ("linked/.dylibs/libfirst.1.dylib", "@loader_path/libsecond.dylib"),
    ] {
        let images = bench.facts(&wheel, path);
        assert_eq!(images.len(), 2);
        for facts in images {
            let (found, wanted): (BTreeSet<&str>, _) =
                (facts.needed.iter().map(String::as_str).collect(), [system, needed].into());
            assert_eq!(found, wanted, "{path}");
            assert!(!facts.run_paths.contains(&"/build".to_owned()), "{facts:?}");
        }
    }
    let ids = bench.facts(&wheel, "linked/.dylibs/libfirst.1.dylib").into_iter().map(|facts| facts.soname.unwrap());
    assert_eq!(ids.collect::<Vec<_>>(), ["/DLC/linked/.dylibs/libfirst.1.dylib"; 2]);
    let bill = wheel.text("linked-1.0.dist-info/sboms/linked.libraries.cyclonedx.json");
    assert!(bill.contains("linked/.dylibs/libsecond.dylib"), "{bill}");
    bench.repair("macosx_11_0_universal2", &["--exclude", "LIBFIRST*"]).well();
    let outside = Archive::only_in(&bench.root.join("out"));
    assert_eq!((grafted(&outside).len(), outside.file_name()), (0, "linked-1.0-cp39-abi3-macosx_11_0_universal2.whl"));
    let ran = bench.repair("macosx_11_0_universal2", &["--plat", "macosx_11_0"]).with_code(1);
    assert!(ran.stderr.contains("libfirst.1.dylib` needs macOS 12.0, which is newer than 11.0"), "{ran}");
    // One half is not enough for both.
    fs::copy(bench.root.join("aarch64/libfirst.1.dylib"), libraries.join("libfirst.1.dylib")).unwrap();
    let ran = bench.repair("macosx_11_0_universal2", &[]).with_code(1);
    assert!(ran.stderr.contains("is no library for `x86_64` and `arm64`"), "{ran}");
}

#[test]
fn a_header_without_room_is_an_error_that_names_the_file_and_the_flag() {
    let bench = Bench::new("full");
    let first =
        bench.for_macos("first", "libfirst.1.dylib", "11.0", "-Wl,-install_name,/n/f.dylib -undefined dynamic_lookup");
    fs::write(bench.root.join("libraries/f.dylib"), first).unwrap();
    bench.zig(
        "cc -target aarch64-macos.11.0 -DEXPORT= -DIMPORT= -shared -o full.so mod.c aarch64/libfirst.1.dylib \
         -Wl,-headerpad,0",
    );
    bench.file("linked/__init__.py", "");
    bench.file("linked/full.abi3.so", fs::read(bench.root.join("full.so")).unwrap());
    let ran = bench.repair("macosx_11_0_arm64", &[]).with_code(1);
    assert!(ran.stderr.contains("error[binary-platform]: `linked/full.abi3.so` cannot be told"), "{ran}");
    assert!(ran.stderr.contains("-headerpad_max_install_names"), "{ran}");
}

#[test]
fn a_wheel_for_windows_has_its_libraries_beside_the_module() {
    for (processor, platform) in [("x86_64", "win_amd64"), ("x86", "win32"), ("aarch64", "win_arm64")] {
        let bench = Bench::new(platform);
        bench.libraries_for_windows(processor);
        let module = bench.for_windows(processor, &["mod"], "mod.dll", "/dll /noentry first.lib");
        bench.file("linked/__init__.py", "");
        bench.file("linked/mod.pyd", fs::read(module).unwrap());
        let wheel = bench.repaired(platform, &[]);
        assert_eq!(wheel.file_name(), format!("linked-1.0-cp39-abi3-{platform}.whl"));
        let [second, first] = &grafted(&wheel)[..] else { panic!("{:?}", wheel.names()) };
        assert!(second.starts_with("linked/Second-") && first.starts_with("linked/first-"), "{first} {second}");
        let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        assert_eq!(bench.facts(&wheel, "linked/mod.pyd")[0].needed, [name(first)]);
        assert_eq!(bench.facts(&wheel, first)[0].needed, [name(second)]);
        assert_eq!(wheel.text("linked/__init__.py"), "");
        // What needs no change has none.
        assert_eq!(contents(&wheel, second), fs::read(bench.root.join("libraries/Second.dll")).unwrap());
    }
}

#[test]
fn directories_that_share_libraries_are_told_where_they_are() {
    let bench = Bench::new("shared");
    bench.libraries_for_windows("x86_64");
    let module = fs::read(bench.for_windows("x86_64", &["mod"], "mod.dll", "/dll /noentry first.lib")).unwrap();
    let docstring = "\"\"\"About it.\"\"\"\nfrom __future__ import annotations\n\nimport os\n";
    bench.file("linked/__init__.py", docstring);
    for path in ["linked/mod.pyd", "linked/inner/mod.pyd"] {
        bench.file(path, &module);
    }
    let wheel = bench.repaired("win_amd64", &[]);
    assert!(grafted(&wheel).iter().all(|library| library.starts_with("linked.libs/")), "{:?}", wheel.names());
    assert_eq!(grafted(&wheel).len(), 2);
    let root = fixture::empty(&bench.root.join("installed"));
    let code = "import os, sys, zipfile\nzipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])\nsys.path.insert(0, sys.argv[2])\n\
                os.add_dll_directory = lambda path: print(sorted(os.listdir(path)))\n\
                import linked\nprint(linked.__doc__, sorted(n for n in vars(linked) if n[:2] != '__'))";
    let ran = run(command(setup::python3()).args(["-c", code]).arg(&wheel.path).arg(&root)).well();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines[0].contains("Second-") && lines[0].contains("first-"), "{ran}");
    assert_eq!(lines[1], "About it. ['annotations', 'os']");
}

/// Where wine is there, Windows' own way to load is taken; where not, the output says so.
#[test]
fn the_module_loads_by_the_ways_of_windows_delayed_libraries_too() {
    let bench = Bench::new("loaded");
    bench.libraries_for_windows("x86_64");
    bench.for_windows("x86_64", &["late"], "libraries/late.dll", "/dll /noentry /implib:late.lib");
    bench.zig("dlltool -d kernel32.def -l kernel32.lib -m i386:x86-64");
    let libraries = "first.lib late.lib kernel32.lib";
    let words = format!("/dll /noentry /delayload:late.dll {libraries}");
    let module = bench.for_windows("x86_64", &["hasty", "helper"], "hasty.dll", &words);
    assert_eq!(binary::parse(&fs::read(&module).unwrap()).unwrap()[0].optional, ["late.dll"]);
    bench.file("linked/__init__.py", "");
    bench.file("linked/mod.pyd", fs::read(&module).unwrap());
    let wheel = bench.repaired("win_amd64", &[]);
    assert_eq!(grafted(&wheel).len(), 3, "{:?}", wheel.names());
    let facts = &bench.facts(&wheel, "linked/mod.pyd")[0];
    assert!(facts.optional[0].starts_with("late-") && facts.needed.contains(&facts.optional[0]), "{facts:?}");
    let Some(wine) = wine() else {
        println!("wine is not there: the module was not loaded");
        return;
    };
    let words = "/subsystem:console /entry:start kernel32.lib";
    let loader = bench.for_windows("x86_64", &["loader"], "loader.exe", words);
    let place = fixture::empty(&bench.root.join("installed"));
    let code = "import sys, zipfile\nzipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    run(command(setup::python3()).args(["-c", code]).arg(&wheel.path).arg(&place)).well();
    let load = |module: &Path| {
        let mut wine = command(&wine);
        wine.env("WINEPREFIX", setup::place().join("wine")).env("WINEDEBUG", "-all").current_dir(&place);
        let path = format!("Z:{}", module.display().to_string().replace('/', "\\"));
        run(wine.arg(&loader).arg(path))
    };
    load(&place.join("linked/mod.pyd")).with_code(142);
    load(&bench.root.join("files/linked/mod.pyd")).with_code(7);
}

fn wine() -> Option<PathBuf> {
    let directories = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut all = directories.unwrap_or_default();
    all.push("/usr/lib/wine".into());
    let mut programs = all.iter().flat_map(|directory| ["wine64", "wine"].map(|name| directory.join(name)));
    programs.find(|program| program.is_file())
}
