//! What `wainwright new` and `wainwright init` write: a project of each kind, as files that are values.

use crate::contents::new_names::Names;
use crate::spec::license::LicenseExpression;

/// What a new project is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A module of Rust alone, by PyO3
    Pure,
    /// A Python package in `python/` with a compiled module in it, by PyO3
    Mixed,
    /// The same, with the Python in `src/` and the crate in `rust/`
    Src,
    /// A Python package with several compiled modules, each a crate of one workspace
    Modules,
    /// A Python package around a library with a C interface
    Cffi,
    /// A library that uniffi makes Python for
    Uniffi,
    /// A program, which pip installs as a command
    Bin,
}

impl Kind {
    /// The directory of the Python sources, for kinds that have some.
    pub fn source(self) -> &'static str {
        if self == Kind::Src { "src" } else { "python" }
    }
}

/// What a file belongs to, by which `init` knows whether a project that is there lacks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The crates, and what tells Python of their types.
    Rust,
    /// The Python package.
    Python,
    /// Tests, which call one half through the other.
    Both,
    /// What stands around both.
    Around,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the project, with `/`.
    pub path: String,
    pub text: String,
    pub half: Half,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wish {
    pub names: Names,
    pub kind: Kind,
    /// The directory of the Python sources.
    pub source: String,
    pub license: Option<LicenseExpression>,
    /// The Rust files whose changes uv shall notice, as its patterns; none where nothing is to be said to uv.
    pub watched: Vec<&'static str>,
}

macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("templates/", $name))
    };
}

impl Wish {
    pub fn new(names: Names, kind: Kind, license: Option<LicenseExpression>) -> Self {
        Self { names, kind, source: kind.source().to_owned(), license, watched: Vec::new() }
    }

    /// The same, where uv notices what the kind compiles.
    pub fn watched_by_uv(mut self) -> Self {
        self.watched = match self.kind {
            Kind::Src | Kind::Modules => vec!["rust/**/Cargo.toml", "rust/**/*.rs"],
            Kind::Pure | Kind::Mixed | Kind::Cffi | Kind::Uniffi | Kind::Bin => WATCHED_AT_THE_TOP.to_vec(),
        };
        self
    }

    /// All files of a project that has none yet.
    pub fn files(&self) -> Vec<File> {
        let mut files = self.around();
        match self.kind {
            Kind::Pure => self.pure(&mut files),
            Kind::Mixed => self.mixed("", &mut files),
            Kind::Src => {
                files.push(self.file(Half::Rust, "Cargo.toml", &workspace(&["rust"])));
                self.mixed("rust/", &mut files);
            }
            Kind::Modules => self.modules(&mut files),
            Kind::Cffi => self.cffi(&mut files),
            Kind::Uniffi => self.uniffi(&mut files),
            Kind::Bin => self.bin(&mut files),
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    }

    /// The tables of `pyproject.toml`, each by its name.
    pub fn tables(&self) -> Vec<(&'static str, String)> {
        let mut tables = vec![
            ("build-system", template!("build-system.toml").to_owned()),
            ("project", self.project_table()),
            ("dependency-groups", "[dependency-groups]\ndev = [\"pytest\"]\n".to_owned()),
            ("tool.pytest", "[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n".to_owned()),
        ];
        let tool = self.tool_table();
        if !tool.is_empty() {
            tables.insert(2, ("tool.wainwright", self.filled(&format!("[tool.wainwright]\n{tool}"))));
        }
        if !self.watched.is_empty() {
            tables.push(("tool.uv", self.uv_table()));
        }
        tables
    }

    /// What uv looks at before it takes a build from its cache; by default it knows `pyproject.toml` alone.
    /// Source: uv's reference of settings, `cache-keys`.
    pub fn uv_table(&self) -> String {
        let files = ["pyproject.toml", "Cargo.toml", "Cargo.lock"].iter().chain(&self.watched);
        let keys: String = files.map(|file| format!("    {{ file = \"{file}\" }},\n")).collect();
        format!("[tool.uv]\n# A change in one of these makes uv build again.\ncache-keys = [\n{keys}]\n")
    }

    fn project_table(&self) -> String {
        let mut table =
            self.filled("[project]\nname = \"@name@\"\ndescription = \"@summary@\"\nreadme = \"README.md\"\n");
        if let Some(license) = &self.license {
            table.push_str(&format!("license = \"{license}\"\nlicense-files = [\"LICENSE*\"]\n"));
        }
        table.push_str(match self.kind {
            Kind::Pure | Kind::Mixed | Kind::Src | Kind::Modules => {
                "# The oldest Python that PyO3 0.30 supports.\nrequires-python = \">=3.9\"\n"
            }
            Kind::Cffi | Kind::Uniffi | Kind::Bin => "requires-python = \">=3.9\"\n",
        });
        table.push_str(match self.kind {
            Kind::Modules => "version = \"0.1.0\"\n",
            _ => "# Taken from Cargo.toml.\ndynamic = [\"version\"]\n",
        });
        if self.kind == Kind::Cffi {
            table.push_str("dependencies = [\"cffi\"]\n");
        }
        table
    }

    /// The keys of `[tool.wainwright]`; none where all is as it would be guessed.
    fn tool_table(&self) -> &'static str {
        match self.kind {
            Kind::Pure => "",
            Kind::Mixed => template!("mixed.toml"),
            Kind::Src => template!("src.toml"),
            Kind::Modules => template!("modules.toml"),
            Kind::Cffi => template!("cffi.toml"),
            Kind::Uniffi => "bindings = \"uniffi\"\n",
            Kind::Bin => "bindings = \"bin\"\n",
        }
    }

    fn around(&self) -> Vec<File> {
        let tables: Vec<String> = self.tables().into_iter().map(|(_, text)| text).collect();
        let mut files = vec![
            self.file(Half::Around, "pyproject.toml", &tables.join("\n")),
            self.file(Half::Around, ".gitignore", template!("gitignore")),
            self.file(Half::Around, "README.md", template!("README.md")),
        ];
        if self.license.as_ref().is_some_and(|license| license.as_str() == "MIT") {
            files.push(self.file(Half::Around, "LICENSE", template!("LICENSE")));
        }
        files
    }

    fn pure(&self, files: &mut Vec<File>) {
        self.module("", &self.names.package, &self.names.package, files);
        files.push(self.file(Half::Rust, "@package@.pyi", template!("greeting.pyi")));
        files.push(self.file(Half::Both, "tests/test_@package@.py", template!("test_greeting.py")));
    }

    fn mixed(&self, directory: &str, files: &mut Vec<File>) {
        let library = &self.names.library;
        self.module(directory, library, &format!("{}.{library}", self.names.package), files);
        self.package(template!("init_greeting.py"), template!("test_greeting.py"), files);
        files.push(self.stub("@library@.pyi", template!("greeting.pyi")));
    }

    fn modules(&self, files: &mut Vec<File>) {
        files.push(self.file(Half::Rust, "Cargo.toml", &workspace(&["rust/counting", "rust/greeting"])));
        for (part, source) in [("counting", template!("counting.rs")), ("greeting", template!("greeting.rs"))] {
            let library = format!("_{part}");
            let name = format!("{}-{part}", self.names.krate);
            let manifest = manifest(&name, Some(&library), PYO3);
            files.push(self.file(Half::Rust, &format!("rust/{part}/Cargo.toml"), &manifest));
            let source = named(source, &library, &format!("{}.{library}", self.names.package));
            files.push(self.file(Half::Rust, &format!("rust/{part}/src/lib.rs"), &source));
        }
        files.push(self.stub("_counting.pyi", template!("counting.pyi")));
        files.push(self.stub("_greeting.pyi", template!("greeting.pyi")));
        self.package(template!("init_both.py"), template!("test_both.py"), files);
    }

    fn cffi(&self, files: &mut Vec<File>) {
        files.push(self.file(Half::Rust, "Cargo.toml", &alone(manifest(&self.names.krate, None, ""))));
        files.push(self.file(Half::Rust, "src/lib.rs", template!("cffi.rs")));
        files.push(self.stub("@library@.pyi", template!("cffi.pyi")));
        self.package(template!("init_cffi.py"), template!("test_cffi.py"), files);
    }

    fn uniffi(&self, files: &mut Vec<File>) {
        let manifest = alone(manifest(&self.names.krate, None, template!("uniffi.toml")));
        files.push(self.file(Half::Rust, "Cargo.toml", &manifest));
        files.push(self.file(Half::Rust, "src/lib.rs", template!("uniffi.rs")));
        files.push(self.file(Half::Rust, "uniffi-bindgen.rs", template!("uniffi_bindgen.rs")));
        files.push(self.file(Half::Both, "tests/test_@package@.py", template!("test_greeting.py")));
    }

    fn bin(&self, files: &mut Vec<File>) {
        files.push(self.file(Half::Rust, "Cargo.toml", &alone(package(&self.names.krate))));
        files.push(self.file(Half::Rust, "src/main.rs", template!("main.rs")));
        files.push(self.file(Half::Both, "tests/test_@package@.py", template!("test_bin.py")));
    }

    /// A crate of one PyO3 module.
    fn module(&self, directory: &str, library: &str, module: &str, files: &mut Vec<File>) {
        let manifest = manifest(&self.names.krate, Some(library), PYO3);
        let manifest = if directory.is_empty() { alone(manifest) } else { manifest };
        files.push(self.file(Half::Rust, &format!("{directory}Cargo.toml"), &manifest));
        let source = named(template!("greeting.rs"), library, module);
        files.push(self.file(Half::Rust, &format!("{directory}src/lib.rs"), &source));
    }

    /// The Python package, with a test of it.
    fn package(&self, init: &str, test: &str, files: &mut Vec<File>) {
        files.push(self.file(Half::Python, "@source@/@package@/__init__.py", init));
        files.push(self.file(Half::Python, "@source@/@package@/py.typed", ""));
        files.push(self.file(Half::Both, "tests/test_@package@.py", test));
    }

    fn stub(&self, name: &str, text: &str) -> File {
        self.file(Half::Rust, &format!("@source@/@package@/{name}"), text)
    }

    fn file(&self, half: Half, path: &str, text: &str) -> File {
        File { path: self.filled(path), text: self.filled(text), half }
    }

    /// A template of this room with the project's names in their places.
    pub fn filled(&self, text: &str) -> String {
        let summary = if self.kind == Kind::Bin { "A program in Rust" } else { "A Python package with Rust inside" };
        text.replace("@name@", self.names.distribution.as_written())
            .replace("@program@", &self.names.krate)
            .replace("@package@", &self.names.package)
            .replace("@library@", &self.names.library)
            .replace("@source@", &self.source)
            .replace("@summary@", summary)
    }
}

/// The sources of a crate that lies where `pyproject.toml` does.
pub const WATCHED_AT_THE_TOP: &[&str] = &["build.rs", "src/**/*.rs"];

const PYO3: &str = "\n[dependencies]\npyo3 = \"0.30\"\n";

fn named(source: &str, library: &str, module: &str) -> String {
    source.replace("@library@", library).replace("@module@", module)
}

fn workspace(members: &[&str]) -> String {
    format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n")
}

fn package(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
}

fn manifest(name: &str, library: Option<&str>, rest: &str) -> String {
    let library = library.map(|library| format!("name = \"{library}\"\n")).unwrap_or_default();
    let kind = "# A shared library, which Python can open.\ncrate-type = [\"cdylib\"]\n";
    format!("{}\n[lib]\n{library}{kind}{rest}", package(name))
}

fn alone(manifest: String) -> String {
    manifest + "\n# Stands alone, also inside another project's tree.\n[workspace]\n"
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;
    use crate::contents::new_names::names;

    fn wish(kind: Kind) -> Wish {
        Wish::new(names("My-Demo", kind).unwrap(), kind, Some("MIT".parse().unwrap()))
    }

    fn paths(kind: Kind) -> Vec<String> {
        wish(kind).files().into_iter().map(|file| file.path).collect()
    }

    #[test]
    fn a_mixed_project_has_python_beside_its_crate() {
        assert_eq!(
            paths(Kind::Mixed),
            [
                ".gitignore",
                "Cargo.toml",
                "LICENSE",
                "README.md",
                "pyproject.toml",
                "python/my_demo/__init__.py",
                "python/my_demo/_my_demo.pyi",
                "python/my_demo/py.typed",
                "src/lib.rs",
                "tests/test_my_demo.py",
            ]
        );
    }

    #[test]
    fn nothing_is_left_to_fill_in_and_no_path_stands_twice() {
        for kind in Kind::value_variants() {
            let files = wish(*kind).files();
            for file in &files {
                let mut words = file.text.split(|c: char| c.is_whitespace() || "\"'(){}/._".contains(c));
                let blank = words.find(|word| word.starts_with('@') && word.len() > 1);
                assert_eq!((blank, file.path.contains('@')), (None, false), "{kind:?}: {}", file.path);
            }
            let mut paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
            paths.dedup();
            assert_eq!(paths.len(), files.len(), "{kind:?}");
        }
    }

    #[test]
    fn a_licence_whose_text_is_not_at_hand_is_named_alone() {
        let other = Wish { license: Some("MIT OR Apache-2.0".parse().unwrap()), ..wish(Kind::Pure) };
        assert!(other.tables()[1].1.contains("license = \"MIT OR Apache-2.0\"\n"));
        assert!(other.files().iter().all(|file| file.path != "LICENSE"));
        let none = Wish { license: None, ..wish(Kind::Pure) };
        assert!(!none.tables()[1].1.contains("license"));
    }

    #[test]
    fn uv_is_told_of_rust_sources_on_request_alone() {
        let text = |wish: Wish| wish.tables().into_iter().map(|(_, text)| text).collect::<String>();
        assert!(!text(wish(Kind::Mixed)).contains("[tool.uv]"));
        let top = text(wish(Kind::Mixed).watched_by_uv());
        assert!(
            top.ends_with(
                "cache-keys = [\n    { file = \"pyproject.toml\" },\n    { file = \"Cargo.toml\" },\n    \
                 { file = \"Cargo.lock\" },\n    { file = \"build.rs\" },\n    { file = \"src/**/*.rs\" },\n]\n"
            ),
            "{top}"
        );
        for kind in Kind::value_variants() {
            let wish = wish(*kind).watched_by_uv();
            let compiled = wish
                .files()
                .into_iter()
                .filter(|file| file.path.ends_with("/lib.rs") || file.path.ends_with("/main.rs"));
            for file in compiled {
                let is_watched = wish
                    .watched
                    .iter()
                    .any(|pattern| pattern.split_once("**").is_some_and(|(start, _)| file.path.starts_with(start)));
                assert!(is_watched, "{kind:?}: {}", file.path);
            }
        }
    }
}
