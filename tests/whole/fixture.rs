//! Fixture projects: a project as files, what wainwright makes of it, and an environment to try that in.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{command, run};
use crate::setup;

const BUILD_SYSTEM: &str = "[build-system]\nrequires = [\"wainwright\"]\nbuild-backend = \"wainwright\"\n";

/// The files of a project in the making.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: BTreeMap<String, String>,
}

/// A `pyproject.toml` of the usual build system and `rest`.
pub fn with_build_system(rest: &str) -> String {
    format!("{BUILD_SYSTEM}\n{rest}")
}

/// A crate of one PyO3 module `module` with the function `answer`, and no Python.
pub fn rust(name: &str, module: &str) -> Sources {
    Sources::default()
        .pyproject(&format!("[project]\nname = \"{name}\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n"))
        .crate_at("", name, module)
}

/// A package `name` with an `__init__.py` in `python/`, and the module `name._name` in it. No two projects have a module
/// of one name: cargo would put both into one file of the target directory that they share.
pub fn mixed(name: &str) -> Sources {
    let tool = format!("[tool.wainwright]\nmodule-name = \"{name}._{name}\"\npython-source = \"python\"\n");
    rust(name, &format!("_{name}")).append("pyproject.toml", &tool).file(
        &format!("python/{name}/__init__.py"),
        &format!(
            "\"\"\"A package with a compiled heart.\"\"\"\n\nfrom ._{name} import answer\n\n__all__ = [\"answer\"]\n"
        ),
    )
}

/// A crate of one binary, without Python and without dependencies.
pub fn binary(name: &str) -> Sources {
    Sources::default()
        .pyproject(&format!("[project]\nname = \"{name}\"\nversion = \"1.0\"\n[tool.wainwright]\nbindings = \"bin\"\n"))
        .file(
            "Cargo.toml",
            &format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n"),
        )
        .file("Cargo.lock", &format!("version = 4\n\n[[package]]\nname = \"{name}\"\nversion = \"0.0.0\"\n"))
        .file("src/main.rs", "fn main() {\n    println!(\"forty-two\");\n}\n")
}

impl Sources {
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    pub fn append(mut self, path: &str, text: &str) -> Self {
        self.files.entry(path.to_owned()).or_default().push_str(text);
        self
    }

    pub fn without(mut self, path: &str) -> Self {
        self.files.remove(path).unwrap();
        self
    }

    /// Replaces `old`, which must be there, in a file.
    pub fn replace(mut self, path: &str, old: &str, new: &str) -> Self {
        let text = self.files.get_mut(path).unwrap();
        assert!(text.contains(old), "{path} does not hold {old}");
        *text = text.replace(old, new);
        self
    }

    /// The project's `pyproject.toml` is the usual build system and `rest`.
    pub fn pyproject(self, rest: &str) -> Self {
        self.file("pyproject.toml", &with_build_system(rest))
    }

    /// A PyO3 crate at `directory` ("" or "rust/"), with the versions that the example has locked.
    pub fn crate_at(self, directory: &str, name: &str, module: &str) -> Self {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [lib]\nname = \"{module}\"\ncrate-type = [\"cdylib\"]\n\n[dependencies]\npyo3 = \"0.30\"\n\n[workspace]\n"
        );
        let library = format!(
            "//! The module `{module}`.\n\nuse pyo3::prelude::*;\n\n#[pymodule]\nmod {module} {{\n    use super::*;\n\n    \
             /// The answer.\n    #[pyfunction]\n    fn answer() -> u32 {{\n        42\n    }}\n}}\n"
        );
        self.file(&format!("{directory}Cargo.toml"), &manifest)
            .file(&format!("{directory}Cargo.lock"), &locked(name, "0.0.0"))
            .file(&format!("{directory}src/lib.rs"), &library)
    }

    /// The module is built for the stable ABI, so that its names hang on no version of Python.
    pub fn stable_abi(self) -> Self {
        let abi3 = "pyo3 = { version = \"0.30\", features = [\"abi3-py39\"] }";
        self.replace("Cargo.toml", "pyo3 = \"0.30\"", abi3)
    }

    /// The same files, all below a directory (`"inner/"`).
    pub fn below(self, directory: &str) -> Self {
        let files = self.files.into_iter().map(|(path, text)| (format!("{directory}{path}"), text));
        Self { files: files.collect() }
    }

    /// These files and others.
    pub fn and(mut self, others: Self) -> Self {
        self.files.extend(others.files);
        self
    }

    /// Puts the project below the directory of all fixtures. What has not changed is not written again, so that cargo
    /// finds it fresh in later runs.
    pub fn at(self, place: &str) -> Project {
        let root = setup::place().join("projects").join(place);
        remove_others(&root, &root, &self.files);
        for (path, text) in &self.files {
            let file = root.join(path);
            if fs::read_to_string(&file).is_ok_and(|found| found == *text) {
                continue;
            }
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        Project { root, place: place.to_owned() }
    }
}

/// The example's lock file, as that of a crate `name`.
pub fn locked(name: &str, version: &str) -> String {
    let lock = fs::read_to_string(setup::source_tree().join("examples/hello/Cargo.lock")).unwrap();
    let old = "name = \"hello\"\nversion = \"0.1.0\"";
    assert!(lock.contains(old));
    lock.replace(old, &format!("name = \"{name}\"\nversion = \"{version}\""))
}

fn remove_others(root: &Path, directory: &Path, files: &BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && !path.is_symlink() && files.keys().any(|file| file.starts_with(&format!("{relative}/"))) {
            remove_others(root, &path, files);
        } else if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(path).unwrap();
        } else if !files.contains_key(&relative) {
            fs::remove_file(path).unwrap();
        }
    }
}

/// A project on the disk.
#[derive(Debug, Clone)]
pub struct Project {
    pub root: PathBuf,
    place: String,
}

impl Project {
    /// A directory that holds a project already; what it makes goes to a directory called `place`.
    pub fn existing(root: &Path, place: &str) -> Self {
        Self { root: root.to_owned(), place: place.to_owned() }
    }

    /// The project in a directory of this tree.
    pub fn below(&self, directory: &str) -> Self {
        Self { root: self.root.join(directory), place: self.place.clone() }
    }

    /// An empty directory for what `purpose` makes.
    pub fn out(&self, purpose: &str) -> PathBuf {
        empty(&setup::place().join("out").join(&self.place).join(purpose))
    }

    /// `wainwright ARGUMENTS`, called in the project's directory.
    pub fn wainwright(&self, arguments: &[&str]) -> Command {
        let mut wainwright = command(setup::program());
        wainwright.args(arguments).current_dir(&self.root);
        wainwright
    }

    /// The wheel of `wainwright build`, for `python3`.
    #[track_caller]
    pub fn wheel(&self) -> Archive {
        self.wheel_by(self.wainwright(&["build", "--interpreter"]).arg(setup::python3()))
    }

    /// The wheel of a command that ends in the options of `wainwright build`.
    #[track_caller]
    pub fn wheel_by(&self, build: &mut Command) -> Archive {
        let out = self.out("wheel");
        run(build.arg("--out").arg(&out)).well();
        Archive::only_in(&out)
    }

    /// The sdist of `wainwright sdist`.
    #[track_caller]
    pub fn sdist(&self) -> Archive {
        let out = self.out("sdist");
        run(self.wainwright(&["sdist", "--out"]).arg(&out)).well();
        Archive::only_in(&out)
    }

    /// A hook of the installed shim, called as a frontend calls it; it prints the result at last.
    pub fn hook(&self, hook: &str, arguments: &[&Path]) -> Command {
        let code = "import sys, wainwright; print(getattr(wainwright, sys.argv[1])(*sys.argv[2:]))";
        let mut python = command(setup::python_with_wainwright());
        python.args(["-c", code, hook]).args(arguments).current_dir(&self.root);
        python
    }

    /// All files of the tree, relative to it.
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        collect(&self.root, &self.root, &mut files);
        files.sort();
        files
    }

    /// A copy of the tree in another directory.
    pub fn copy_to(&self, place: &str) -> Project {
        let mut sources = Sources::default();
        for file in self.files() {
            let text = fs::read_to_string(self.root.join(&file)).unwrap();
            sources = sources.file(&file, &text);
        }
        sources.at(place)
    }
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<String>) {
    for path in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() && !path.is_symlink() {
            collect(root, &path, files);
        } else {
            files.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}

/// A directory with nothing in it.
pub fn empty(directory: &Path) -> PathBuf {
    if directory.exists() {
        fs::remove_dir_all(directory).unwrap();
    }
    fs::create_dir_all(directory).unwrap();
    directory.to_owned()
}

/// A cargo that writes the first word of each call into a file, and hands on to the real one; and that file.
pub fn counting_cargo(place: &str) -> (PathBuf, PathBuf) {
    let directory = empty(&setup::place().join("counting-cargo").join(place));
    let [cargo, log] = ["cargo", "calls.txt"].map(|name| directory.join(name));
    let real = run(Command::new("sh").args(["-c", "command -v cargo"])).well().stdout;
    let script = format!("#!/bin/sh\necho \"$1\" >> '{}'\nexec '{}' \"$@\"\n", log.display(), real.trim());
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    (cargo, log)
}

/// A wheel or sdist that was made, and that independent readers have found to be valid.
#[derive(Debug)]
pub struct Archive {
    pub path: PathBuf,
}

impl Archive {
    /// The one file in a directory.
    #[track_caller]
    pub fn only_in(directory: &Path) -> Self {
        let found: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        Self::judged(&found[0])
    }

    /// The file at `path`, after `validate.py` has found nothing wrong with it; nor has the checker of a collection of
    /// faults that may lie beside this repository, if it does.
    #[track_caller]
    pub fn judged(path: &Path) -> Self {
        let own = setup::source_tree().join("tests/whole/validate.py");
        let other = setup::source_tree().join("../shared/faults/checkwheel.py");
        let ran = run(command(setup::tools()).arg(own).arg(path)).well();
        assert_eq!(ran.stdout, "", "{ran}");
        if other.is_file() {
            let ran = run(command(setup::tools()).arg(other).arg(path)).well();
            assert_eq!(ran.stdout, format!("{} OK\n", path.display()), "{ran}");
        }
        Self { path: path.to_owned() }
    }

    pub fn file_name(&self) -> &str {
        self.path.file_name().unwrap().to_str().unwrap()
    }

    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }

    /// The paths of the files, in the archive's order.
    pub fn names(&self) -> Vec<String> {
        self.contents().into_iter().map(|(name, _)| name).collect()
    }

    /// The text of one file.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        let found = self.contents().into_iter().find(|(path, _)| path == name);
        let (_, bytes) =
            found.unwrap_or_else(|| panic!("{} holds no {name}, but {:?}", self.path.display(), self.names()));
        String::from_utf8(bytes).unwrap()
    }

    /// All files with their bytes.
    pub fn contents(&self) -> Vec<(String, Vec<u8>)> {
        let file = fs::File::open(&self.path).unwrap();
        if self.path.extension().is_some_and(|extension| extension == "whl") {
            let mut zip = zip::ZipArchive::new(file).unwrap();
            return (0..zip.len()).map(|index| whole(zip.by_index(index).unwrap())).collect();
        }
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(file));
        let files = tar.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.path().unwrap().to_str().unwrap().to_owned(), bytes)
        });
        files.collect()
    }

    /// Asserts that both hold the same bytes; names the files that do not.
    #[track_caller]
    pub fn equals(&self, other: &Archive) {
        assert_eq!(self.names(), other.names());
        let others = other.contents();
        let own = self.contents().into_iter();
        let differing: Vec<String> = own.filter(|file| !others.contains(file)).map(|(name, _)| name).collect();
        assert_eq!(differing, [""; 0]);
        assert!(self.bytes() == other.bytes(), "the archives differ though their files do not");
    }

    /// Unpacks an sdist as installers do, by `tarfile`'s filter for data; gives its top directory.
    pub fn unpacked_in(&self, directory: &Path) -> Project {
        let directory = empty(directory);
        let code = "import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2], filter='data')";
        run(command(setup::tools()).args(["-c", code]).arg(&self.path).arg(&directory)).well();
        let top: Vec<PathBuf> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(top.len(), 1, "{top:?}");
        Project { root: top[0].clone(), place: format!("from-sdist-{}", self.file_name()) }
    }
}

fn whole(mut file: zip::read::ZipFile<'_, fs::File>) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    (file.name().unwrap().into_owned(), bytes)
}

/// A virtual environment to try things in.
#[derive(Debug)]
pub struct Environment {
    pub root: PathBuf,
}

impl Environment {
    /// An empty environment of `python3`, without pip.
    pub fn new(place: &str) -> Self {
        Self::of(setup::python3(), place)
    }

    /// An empty environment of an interpreter.
    pub fn of(python: &Path, place: &str) -> Self {
        let root = setup::place().join("envs").join(place);
        if root.exists() {
            fs::remove_dir_all(&root).unwrap();
        }
        run(command(setup::uv()).args(["venv", "--quiet", "--python"]).arg(python).arg(&root)).well();
        Self { root }
    }

    /// An environment in which a wheel is installed.
    pub fn with(wheel: &Archive, place: &str) -> Self {
        let environment = Self::new(place);
        environment.install(wheel);
        environment
    }

    pub fn install(&self, wheel: &Archive) {
        let mut uv = command(setup::uv());
        uv.args(["pip", "install", "--quiet", "--no-index", "--no-deps", "--python"]).arg(&self.root);
        run(uv.arg(&wheel.path)).well();
    }

    /// A program of the environment.
    pub fn bin(&self, name: &str) -> PathBuf {
        self.root.join("bin").join(name)
    }

    pub fn python(&self) -> Command {
        command(self.bin("python"))
    }

    /// pip of the tools, which works in this environment.
    pub fn pip(&self, arguments: &[&str]) -> Command {
        let mut pip = command(setup::tools());
        pip.args(["-m", "pip", "--python"]).arg(self.bin("python")).args(arguments);
        pip.env("PIP_FIND_LINKS", setup::wheels());
        pip
    }

    /// What a line of Python prints.
    #[track_caller]
    pub fn says(&self, code: &str) -> String {
        // Apart from every source tree, so that only what is installed is found.
        let elsewhere = self.root.join("bin");
        run(self.python().args(["-c", code]).current_dir(elsewhere)).well().stdout.trim().to_owned()
    }
}

const PACK: &str = "import base64, hashlib, pathlib, sys, zipfile\n\
    root, wheel = pathlib.Path(sys.argv[1]), zipfile.ZipFile(sys.argv[2], 'w')\nrecord = ''\n\
    for file in sorted(p for p in root.rglob('*') if p.is_file()):\n\
    \x20   name, data = file.relative_to(root).as_posix(), file.read_bytes()\n\
    \x20   digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()\n\
    \x20   record += f'{name},sha256={digest},{len(data)}\\n'\n    wheel.writestr(name, data)\n\
    name = next(root.glob('*.dist-info')).name + '/RECORD'\nwheel.writestr(name, record + name + ',,\\n')\nwheel.close()\n";

/// Packs the files below a directory, whoever made them, into a wheel, RECORD too.
pub fn pack(root: &Path, wheel: &Path) {
    run(command(setup::python3()).args(["-c", PACK]).arg(root).arg(wheel)).well();
}
