//! What wainwright tells people: errors, warnings and findings are one kind of value, with one list of codes.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// How grave a diagnostic is. Only [`Severity::Error`] stops a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

/// A place in a text file of the user's: the whole file, or a range of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path as the user would write it.
    pub file: PathBuf,
    pub span: Option<Span>,
}

/// A range of bytes in a source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub source: Arc<str>,
    pub range: Range<usize>,
}

impl Place {
    pub fn file(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), span: None }
    }

    pub fn span(file: impl Into<PathBuf>, source: &Arc<str>, range: Range<usize>) -> Self {
        Self { file: file.into(), span: Some(Span { source: source.clone(), range }) }
    }

    /// Line and column, both from 1, the column in characters.
    pub fn line_column(&self) -> Option<(usize, usize)> {
        let span = self.span.as_ref()?;
        let before = &span.source[..span.source.floor_char_boundary(span.range.start)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Some((before.matches('\n').count() + 1, before[line_start..].chars().count() + 1))
    }
}

/// One thing that is wrong, doubtful or worth knowing.
///
/// The message is one lower-case sentence without a full stop, names in backticks, keys as written;
/// the hint says how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    pub message: String,
    pub place: Option<Place>,
    pub notes: Vec<String>,
    pub hint: Option<String>,
}

impl Diagnostic {
    fn new(code: Code, severity: Severity, message: impl Into<String>) -> Self {
        Self { code, severity, message: message.into(), place: None, notes: Vec::new(), hint: None }
    }

    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, message)
    }

    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The stable name of a kind of diagnostic: what `--allow` and the `allow` key name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code, in the order of this list.
            pub const ALL: &[Code] = &[$(Code::$variant),+];

            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name),+ }
            }

            /// What the code stands for, in a sentence.
            pub fn summary(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc),+)),+ }
            }

            /// The page about it, in Markdown: what it means, what triggers it, what to do.
            pub fn page(self) -> &'static str {
                match self { $(Code::$variant => include_str!(concat!("../docs/errors/", $name, ".md"))),+ }
            }
        }
    };
}

codes! {
    /// A file is not valid TOML, or not UTF-8.
    TomlSyntax = "toml-syntax",
    /// A value has another type than its key asks for.
    ValueType = "value-type",
    /// A table holds a key that nothing reads.
    UnknownKey = "unknown-key",
    /// A required key is missing.
    MissingKey = "missing-key",
    /// Two keys or values cannot stand together.
    KeyConflict = "key-conflict",
    /// A value of `[project]` breaks its standard.
    ProjectValue = "project-value",
    /// `dynamic` lists what cannot be determined, or what is static as well.
    ProjectDynamic = "project-dynamic",
    /// A value of the tool table cannot be used.
    ToolValue = "tool-value",
    /// Two tool tables stand in one file, and one of them is ignored.
    ToolTable = "tool-table",
    /// A key or form is outdated and has a better successor.
    Deprecated = "deprecated",
    /// A setting of the frontend, an option or a variable is unknown or has a bad value.
    Setting = "setting",
    /// The repository tells no version.
    GitVersion = "git-version",
    /// A value of `Cargo.toml` is missing or cannot be used.
    CargoManifest = "cargo-manifest",
    /// A binary does not keep what a platform tag promises.
    PlatformPolicy = "platform-policy",
    /// A profile-guided build lacks what it needs.
    Profiling = "profiling",
    /// No type stubs can be made of a module.
    Stubs = "stubs",
    /// The same input would not give the same bytes everywhere.
    Reproducible = "reproducible",
    /// What an sdist holds is not enough to build from it.
    SdistProof = "sdist-proof",
    /// A part of the wheel that is optional could not be built, and is left out.
    PartLeftOut = "part-left-out",
    /// A crate that is compiled in carries no text of its licence.
    LicenseText = "license-text",
    /// A file that the configuration names is missing, unreadable or not text.
    SourceFile = "source-file",
    /// A link, device or name in the tree that no archive may hold.
    SourceKind = "source-kind",
    /// A file stays behind since files of its name hold secrets.
    Secret = "secret",
    /// A private key would be published.
    PrivateKey = "private-key",
    /// Something outside the project's tree was asked for.
    OutsideTree = "outside-tree",
    /// A name of a wheel or sdist breaks its standard.
    ArchiveName = "archive-name",
    /// An archive is damaged, or of a form that installers refuse.
    ArchiveForm = "archive-form",
    /// A path in an archive leads elsewhere, or is one that some systems cannot hold.
    MemberPath = "member-path",
    /// The `.dist-info` directory of a wheel is missing, or not the one of its name.
    DistInfo = "dist-info",
    /// WHEEL breaks its standard, or says other things than the file's name.
    WheelFile = "wheel-file",
    /// METADATA or PKG-INFO breaks its standard, or does not fit what is there.
    Metadata = "metadata",
    /// RECORD is not the list of what is there.
    Record = "record",
    /// `entry_points.txt` cannot be read, or names what is not there.
    EntryPoints = "entry-points",
    /// The `.data` directory of a wheel holds what no installer knows a place for.
    DataTree = "data-tree",
    /// A module has a file name that no Python of the wheel looks for.
    ModuleFile = "module-file",
    /// A module of the stable ABI uses what is not in it.
    StableAbi = "stable-abi",
    /// A module uses a symbol that nothing provides.
    UndefinedSymbol = "undefined-symbol",
    /// A compiled file needs a library that the wheel does not bring and its tag does not promise.
    Library = "library",
    /// Two files want one place in an archive.
    PathClash = "path-clash",
    /// No cargo was found, or it cannot be run.
    CargoMissing = "cargo-missing",
    /// A tool that builds for other machines need is not there.
    ToolMissing = "tool-missing",
    /// cargo failed; it has said why.
    CargoFailed = "cargo-failed",
    /// A cargo configuration or toolchain file is passed over.
    CargoConfig = "cargo-config",
    /// No Python interpreter was found, or it could not be asked.
    Interpreter = "interpreter",
    /// The interpreter is none that PyO3 or this project supports.
    InterpreterSupport = "interpreter-support",
    /// The kind of bindings cannot be told, or is not supported here.
    Bindings = "bindings",
    /// The crate has no target that could become the module or the binary.
    CrateTarget = "crate-target",
    /// The extension does not export its entry symbol.
    EntrySymbol = "entry-symbol",
    /// The extension cannot be loaded, or its initialiser fails.
    Import = "import",
    /// The module's name cannot be imported or fits nothing.
    ModuleName = "module-name",
    /// A package or file stands in the way of the module.
    Shadowed = "shadowed",
    /// `requires-python` and the ABI of the wheel do not fit.
    RequiresPython = "requires-python",
    /// A file lands at the top of site-packages.
    TopLevelFile = "top-level-file",
    /// The set of wheels is not the one that was asked for.
    WheelSet = "wheel-set",
    /// The binary is not for the platform that the tag names.
    BinaryPlatform = "binary-platform",
    /// A path could not be read, written or locked.
    Disk = "disk",
    /// What was written is not what was meant.
    Verification = "verification",
    /// A program that wainwright runs could not be started or failed.
    Process = "process",
    /// A request of the shim cannot be understood.
    Contract = "contract",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Code {
    type Err = UnknownCode;

    fn from_str(name: &str) -> Result<Self, UnknownCode> {
        Self::ALL.iter().copied().find(|code| code.name() == name).ok_or_else(|| UnknownCode(name.to_owned()))
    }
}

/// A name that is none of the codes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a diagnostic code")]
pub struct UnknownCode(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_kebab_case_and_found_by_its_name() {
        for code in Code::ALL {
            assert!(code.name().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{code}");
            assert_eq!(code.name().parse(), Ok(*code));
        }
        assert_eq!("nonsense".parse::<Code>(), Err(UnknownCode("nonsense".into())));
    }

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let source: Arc<str> = "a = 1\né = x\n".into();
        assert_eq!(Place::span("f", &source, 0..1).line_column(), Some((1, 1)));
        assert_eq!(Place::span("f", &source, 11..12).line_column(), Some((2, 5)));
        assert_eq!(Place::file("f").line_column(), None);
    }
}
