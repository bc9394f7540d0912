//! What all tests share, made once below cargo's target directory and used again by later runs: an environment with
//! the pinned frontends, wainwright's wheel packed from the program that `cargo test` built, and that wheel installed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use wainwright::spec::digest::Sha256;

use crate::process::{self, command, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_wainwright");

/// wainwright's own source tree.
pub fn source_tree() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program that `cargo test` built.
pub fn program() -> &'static Path {
    Path::new(PROGRAM)
}

/// Where the tests keep what they make.
pub fn place() -> &'static Path {
    static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("tests");
        fs::create_dir_all(&place).unwrap();
        place.canonicalize().unwrap()
    });
    &PLACE
}

/// The interpreter that `python3` stands for, outside any shim or environment.
pub fn python3() -> &'static Path {
    static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
        let code = "import os, sys; print(os.path.realpath(getattr(sys, '_base_executable', sys.executable)))";
        PathBuf::from(run(command("python3").args(["-c", code])).well().stdout.trim())
    });
    &PYTHON
}

/// The Python of the environment with the frontends: pip as the interpreter ships it, and the pinned tools.
pub fn tools() -> &'static Path {
    static TOOLS: LazyLock<PathBuf> = LazyLock::new(|| {
        let list = source_tree().join("tests/whole/tools.txt");
        let wanted = format!("{}\n{}", python3().display(), fs::read_to_string(&list).unwrap());
        let directory = place().join("tools");
        once(&directory, &wanted, |directory| {
            run(command(python3()).args(["-m", "venv"]).arg(directory)).well();
            let mut install = process::with_network(directory.join("bin/python"));
            run(install.args(["-m", "pip", "install", "--quiet", "-r"]).arg(&list)).well();
        });
        directory.join("bin/python")
    });
    &TOOLS
}

/// The Python of the environment with the pinned tools that work on whole projects.
pub fn project_tools() -> &'static Path {
    static TOOLS: LazyLock<PathBuf> = LazyLock::new(|| {
        let list = source_tree().join("tests/whole/project_tools.txt");
        let wanted = format!("{}\n{}", python3().display(), fs::read_to_string(&list).unwrap());
        let directory = place().join("project-tools");
        once(&directory, &wanted, |directory| {
            let env = directory.join("env");
            run(command(uv()).args(["venv", "--quiet", "--python"]).arg(python3()).arg(&env)).well();
            let mut install = process::with_network(uv());
            // They are large, and tests let nobody write bytecode.
            install.args(["pip", "install", "--quiet", "--compile-bytecode", "--python"]).arg(&env);
            run(install.arg("-r").arg(&list)).well();
        });
        directory.join("env/bin/python")
    });
    &TOOLS
}

/// The directory of the pinned wheels that these tools install.
pub fn project_wheels() -> PathBuf {
    let list = source_tree().join("tests/whole/project_index.txt");
    let directory = place().join("project-wheels");
    once(&directory, &fs::read_to_string(&list).unwrap(), |directory| {
        let mut pip = process::with_network(tools());
        pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest"]).arg(directory);
        run(pip.arg("-r").arg(&list)).well();
    });
    directory
}

/// The pinned uv.
pub fn uv() -> PathBuf {
    tools().with_file_name("uv")
}

/// The Python of an environment with Zig, whose C compiler links for macOS and Windows on any machine.
pub fn zig() -> &'static Path {
    static ZIG: LazyLock<PathBuf> = LazyLock::new(|| {
        let wanted = format!("{}\n{ZIG_VERSION}", python3().display());
        let directory = place().join("zig");
        once(&directory, &wanted, |directory| {
            run(command(python3()).args(["-m", "venv"]).arg(directory)).well();
            let mut install = process::with_network(directory.join("bin/python"));
            run(install.args(["-m", "pip", "install", "--quiet"]).arg(format!("ziglang=={ZIG_VERSION}"))).well();
        });
        directory.join("bin/python")
    });
    &ZIG
}

const ZIG_VERSION: &str = "0.17.1";

/// The directory that holds wainwright's wheel and no other.
pub fn wheels() -> PathBuf {
    wainwright().join("wheels")
}

/// The Python of an environment in which wainwright is installed, and nothing else.
pub fn python_with_wainwright() -> PathBuf {
    wainwright().join("env/bin/python")
}

fn wainwright() -> &'static Path {
    static WAINWRIGHT: LazyLock<PathBuf> = LazyLock::new(|| {
        // A directory of its own for each state of the sources, since caches know wheels by their paths.
        let digest = digest_of_sources();
        let all = place().join("wainwright");
        let directory = all.join(&digest);
        once(&directory, &digest, |directory| {
            remove_siblings(directory);
            pack(&directory.join("wheels"));
            install(directory);
        });
        directory
    });
    &WAINWRIGHT
}

fn digest_of_sources() -> String {
    let shim = fs::read_dir(source_tree().join("backend_shim/wainwright")).unwrap();
    let mut files: Vec<PathBuf> = shim.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files.extend(["pyproject.toml", "README.md", "Cargo.toml"].map(|name| source_tree().join(name)));
    files.push(PROGRAM.into());
    let digests: String = files.iter().map(|file| Sha256::of(&fs::read(file).unwrap()).hex()).collect();
    Sha256::of(digests.as_bytes()).hex()[..16].to_owned()
}

fn remove_siblings(directory: &Path) {
    for entry in fs::read_dir(directory.parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path != directory {
            fs::remove_dir_all(path).unwrap();
        }
    }
}

/// Packs the program by the door that the shim has for it, so that no release build is needed.
fn pack(wheels: &Path) {
    let mut pip = command(tools());
    pip.args(["-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--wheel-dir"]).arg(wheels);
    run(pip.arg(source_tree()).env("WAINWRIGHT_BINARY_FOR_SOURCE_TREE", PROGRAM)).well();
}

fn install(directory: &Path) {
    let env = directory.join("env");
    run(command(uv()).args(["venv", "--quiet", "--python"]).arg(python3()).arg(&env)).well();
    let mut uv = command(uv());
    uv.args(["pip", "install", "--quiet", "--no-index", "--find-links"]).arg(directory.join("wheels"));
    run(uv.arg("--python").arg(&env).arg("wainwright")).well();
}

/// Makes a directory unless it is there, made of the same things; other processes wait meanwhile.
fn once(directory: &Path, wanted: &str, make: impl FnOnce(&Path)) {
    let name = directory.file_name().unwrap().to_str().unwrap();
    let lock = File::create(place().join(format!(".{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let made_of = directory.join("made-of.txt");
    if fs::read_to_string(&made_of).is_ok_and(|found| found == wanted) {
        return;
    }
    if directory.exists() {
        fs::remove_dir_all(directory).unwrap();
    }
    fs::create_dir_all(directory).unwrap();
    make(directory);
    fs::write(made_of, wanted).unwrap();
}
