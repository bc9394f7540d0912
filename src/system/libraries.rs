//! Looks libraries up where the loader would.
//!
//! Sources: ld.so(8) and ldconfig(8) of glibc; musl's `ldso/dynlink.c` for its path files. Directories for machines
//! with more abilities (`glibc-hwcaps`) are passed over: what is grafted shall run everywhere.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::binary;
use crate::facts::binary::{BinaryFacts, Format};
use crate::facts::libraries::Library;
use crate::spec::digest::Sha256;
use crate::system::disk::DiskError;

/// Where the loader looks, apart from what the files themselves say.
#[derive(Debug, Clone, Default)]
pub struct Loader {
    /// `LD_LIBRARY_PATH`
    variable: Vec<PathBuf>,
    /// What the system is configured for, then what every system has.
    system: Vec<PathBuf>,
}

/// The directories that a file's own run paths name.
#[derive(Debug, Clone, Default)]
pub struct RunPaths {
    /// Those of DT_RPATH, the file's own and those of who loads it.
    pub inherited: Vec<PathBuf>,
    /// Those of DT_RUNPATH.
    pub own: Vec<PathBuf>,
}

/// What is found under a name.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    pub library: Option<Library>,
    /// Files of the name that are none for the machine.
    pub others: Vec<PathBuf>,
}

impl Loader {
    /// `variable` is `LD_LIBRARY_PATH`, to which `more` is added; `architecture` is that of the files, by which musl's
    /// path file is named.
    pub fn new(variable: Option<&OsStr>, more: &[PathBuf], architecture: &str) -> Self {
        let mut variable: Vec<PathBuf> =
            variable.map(|value| std::env::split_paths(value).collect()).unwrap_or_default();
        variable.extend_from_slice(more);
        let mut system = Vec::new();
        read_configuration(Path::new("/etc/ld.so.conf"), 0, &mut system);
        for line in lines(Path::new(&format!("/etc/ld-musl-{architecture}.path"))) {
            system.extend(line.split(':').map(PathBuf::from));
        }
        system.extend(["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"].map(PathBuf::from));
        Self { variable, system }
    }

    /// The first library of the name that is for the machine.
    pub fn find(&self, name: &str, run_paths: &RunPaths, architecture: &str) -> Result<Lookup, DiskError> {
        let mut lookup = Lookup::default();
        let directories = run_paths.inherited.iter().chain(&self.variable).chain(&run_paths.own).chain(&self.system);
        for directory in directories.filter(|directory| directory.is_absolute()) {
            let path = directory.join(name);
            if !path.is_file() {
                continue;
            }
            match library(&path, architecture)? {
                Some(library) => return Ok(Lookup { library: Some(library), ..lookup }),
                None if lookup.others.contains(&path) => {}
                None => lookup.others.push(path),
            }
        }
        Ok(lookup)
    }
}

/// The library at a path, if it is one for the machine.
fn library(path: &Path, architecture: &str) -> Result<Option<Library>, DiskError> {
    let bytes = fs_err::read(path)?;
    let images = binary::parse(&bytes).unwrap_or_default();
    let is_right = |facts: &BinaryFacts| facts.format == Format::Elf && facts.architecture == architecture;
    let Some(facts) = images.into_iter().find(is_right) else { return Ok(None) };
    let origin = path.parent().unwrap_or(Path::new("/")).to_owned();
    Ok(Some(Library { path: fs_err::canonicalize(path)?, origin, sha256: Sha256::of(&bytes), facts }))
}

/// The directories of a configuration file and of those that it includes.
fn read_configuration(file: &Path, depth: usize, directories: &mut Vec<PathBuf>) {
    for line in lines(file) {
        match line.strip_prefix("include") {
            Some(pattern) if depth < 8 => {
                for included in included(pattern.trim(), file) {
                    read_configuration(&included, depth + 1, directories);
                }
            }
            _ => directories.push(PathBuf::from(line.split('=').next().unwrap_or(&line).trim())),
        }
    }
}

/// The files that a pattern means. Only the last part of one holds wildcards in all systems there are.
fn included(pattern: &str, from: &Path) -> Vec<PathBuf> {
    let pattern = from.parent().unwrap_or(Path::new("/")).join(pattern);
    let (Some(directory), Some(name)) = (pattern.parent(), pattern.file_name().and_then(OsStr::to_str)) else {
        return Vec::new();
    };
    let Ok(glob) = globset::Glob::new(name) else { return Vec::new() };
    let glob = glob.compile_matcher();
    let entries = fs_err::read_dir(directory).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    let mut files: Vec<PathBuf> = entries.iter().map(fs_err::DirEntry::path).collect();
    files.retain(|file| file.file_name().is_some_and(|name| glob.is_match(name)));
    files.sort();
    files
}

/// The lines of a file that say something; none where there is no file.
fn lines(file: &Path) -> Vec<String> {
    let text = fs_err::read_to_string(file).unwrap_or_default();
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or(line).trim());
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_includes_others() {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs_err::write(place.path().join(name), text).unwrap();
        fs_err::create_dir(place.path().join("more.d")).unwrap();
        write("ld.so.conf", "# where to look\n/first\ninclude more.d/*.conf\n/last # trailing\n");
        write("more.d/b.conf", "/b\n");
        write("more.d/a.conf", "/a\n");
        write("more.d/c.txt", "/c\n");
        let mut found = Vec::new();
        read_configuration(&place.path().join("ld.so.conf"), 0, &mut found);
        assert_eq!(found, ["/first", "/a", "/b", "/last"].map(PathBuf::from));
    }

    #[test]
    fn what_is_no_library_for_the_machine_is_told() {
        let place = tempfile::tempdir().unwrap();
        fs_err::write(place.path().join("libnone.so.1"), "a text").unwrap();
        let run_paths = RunPaths { own: vec![place.path().to_owned()], ..RunPaths::default() };
        let lookup = Loader::default().find("libnone.so.1", &run_paths, "x86_64").unwrap();
        assert!(lookup.library.is_none());
        assert_eq!(lookup.others, [place.path().join("libnone.so.1")]);
    }
}
