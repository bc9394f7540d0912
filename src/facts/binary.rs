//! What a compiled file says of itself: an ELF shared object or program, a Mach-O image, a PE DLL or program.

use crate::facts::names::Names;

/// The container format of a compiled file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Elf,
    MachO,
    Pe,
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Format::Elf => "ELF",
            Format::MachO => "Mach-O",
            Format::Pe => "PE",
        }
    }
}

/// What one compiled image says of itself. A universal Mach-O file has one for each architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryFacts {
    pub format: Format,
    /// As wheel tags name it where they do: `x86_64`, `aarch64` (ELF), `arm64` (Mach-O, PE), `i686`, `armv7l`, `amd64` (PE), ...
    pub architecture: String,
    /// Names of exported symbols, as C source writes them (Mach-O without the leading underscore).
    pub exports: Names,
    /// Names of symbols that the loader must find elsewhere. Weak ones are left out.
    pub imports: Names,
    /// The imports of ELF that name no version of a library; `None` where the file has no versions at all.
    pub unversioned: Option<Names>,
    /// Versioned imports of ELF: (library, version), e.g. (`libc.so.6`, `GLIBC_2.17`), sorted.
    pub symbol_versions: Vec<(String, String)>,
    /// The libraries it asks the loader for: DT_NEEDED, LC_LOAD_DYLIB, import directory, in order.
    pub needed: Vec<String>,
    /// Those that it is loaded without, where they are not there: LC_LOAD_WEAK_DYLIB, delay-load directory.
    pub optional: Vec<String>,
    /// DT_SONAME or LC_ID_DYLIB.
    pub soname: Option<String>,
    /// DT_RUNPATH or DT_RPATH split at `:`; LC_RPATH.
    pub run_paths: Vec<String>,
    /// Whether they are those of DT_RPATH, which count before all others, and for what the libraries need as well.
    pub run_paths_are_inherited: bool,
    /// Mach-O's minimum system version, e.g. `11.0`.
    pub minimum_os: Option<String>,
}

impl BinaryFacts {
    /// The oldest version of glibc that has all symbols that are asked of it: `2.17`.
    pub fn glibc(&self) -> Option<String> {
        let numbers = self.symbol_versions.iter().filter_map(|(_, version)| version.strip_prefix("GLIBC_"));
        let parsed = numbers.filter_map(|number| {
            let parts: Option<Vec<u64>> = number.split('.').map(|part| part.parse().ok()).collect();
            Some((parts?, number))
        });
        parsed.max().map(|(_, number)| number.to_owned())
    }
}

#[cfg(test)]
impl BinaryFacts {
    /// An image that needs nothing and has nothing.
    pub fn bare(format: Format, architecture: &str) -> Self {
        Self {
            format,
            architecture: architecture.to_owned(),
            exports: Names::default(),
            imports: Names::default(),
            unversioned: None,
            symbol_versions: Vec::new(),
            needed: Vec::new(),
            optional: Vec::new(),
            soname: None,
            run_paths: Vec::new(),
            run_paths_are_inherited: false,
            minimum_os: None,
        }
    }
}
