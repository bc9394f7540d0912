//! Looks libraries up where the loader would, on this machine, whichever system they are for.
//!
//! Sources: ld.so(8) and ldconfig(8) of glibc; musl's `ldso/dynlink.c` for its path files; dyld(1) of macOS; Microsoft's
//! "Dynamic-link library search order". Directories for machines with more abilities (`glibc-hwcaps`) are passed over:
//! what is grafted shall run everywhere.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::binary;
use crate::facts::binary::{BinaryFacts, Format};
use crate::facts::environment::Environment;
use crate::facts::libraries::Library;
use crate::spec::digest::Sha256;
use crate::system::disk::DiskError;

/// Where the loader looks, apart from what the files themselves say.
#[derive(Debug, Clone)]
pub struct Loader {
    format: Format,
    /// What goes before all that files say, but for DT_RPATH: `LD_LIBRARY_PATH`, `DYLD_LIBRARY_PATH`.
    first: Vec<PathBuf>,
    /// What comes last: the system's directories, `DYLD_FALLBACK_LIBRARY_PATH`, `PATH` of Windows.
    last: Vec<PathBuf>,
}

/// The directories that a file's own run paths name.
#[derive(Debug, Clone, Default)]
pub struct RunPaths {
    /// Those of DT_RPATH, the file's own and those of who loads it.
    pub inherited: Vec<PathBuf>,
    /// Those of DT_RUNPATH, and of LC_RPATH.
    pub own: Vec<PathBuf>,
    /// The directory of the file itself, where it is one of the machine.
    pub origin: Option<PathBuf>,
}

/// What is found under a name.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    pub library: Option<Library>,
    /// Files of the name that are none for the machine.
    pub others: Vec<PathBuf>,
}

impl Loader {
    /// `more` are directories to look in beside those of the environment; `architecture` is that of the files, by which
    /// musl's path file is named.
    pub fn new(format: Format, environment: &Environment, more: &[PathBuf], architecture: &str) -> Self {
        let paths = |name: &str| paths(environment.get(name));
        let with = |own: Vec<PathBuf>| [own, more.to_vec()].concat();
        let (first, last) = match format {
            Format::Elf => (with(paths("LD_LIBRARY_PATH")), system_directories(architecture)),
            Format::MachO => match environment.get("DYLD_FALLBACK_LIBRARY_PATH") {
                Some(fallback) => (with(paths("DYLD_LIBRARY_PATH")), self::paths(Some(fallback))),
                None => (with(paths("DYLD_LIBRARY_PATH")), vec![PathBuf::from("/usr/local/lib")]),
            },
            Format::Pe => (more.to_vec(), paths("PATH")),
        };
        Self { format, first, last }
    }

    /// The first library of the name that is for all of the architectures.
    pub fn find(&self, name: &str, run_paths: &RunPaths, architectures: &[&str]) -> Result<Lookup, DiskError> {
        let mut lookup = Lookup::default();
        for path in self.candidates(name, run_paths).into_iter().filter(|path| path.is_absolute()) {
            let Some(path) = self.file(&path) else { continue };
            match library(&path, self.format, architectures)? {
                Some(library) => return Ok(Lookup { library: Some(library), ..lookup }),
                None if lookup.others.contains(&path) => {}
                None => lookup.others.push(path),
            }
        }
        Ok(lookup)
    }

    /// Where a library may lie, the first place first.
    fn candidates(&self, name: &str, run_paths: &RunPaths) -> Vec<PathBuf> {
        let RunPaths { inherited, own, origin } = run_paths;
        let (first, last) = (self.first.iter(), self.last.iter());
        match self.format {
            Format::Elf => inherited.iter().chain(first).chain(own).chain(last).map(|place| place.join(name)).collect(),
            Format::Pe => origin.iter().chain(first).chain(last).map(|place| place.join(name)).collect(),
            Format::MachO => {
                let leaf = name.rsplit('/').next().unwrap_or(name);
                let named = match (name.strip_prefix("@rpath/"), name.strip_prefix("@loader_path/")) {
                    (Some(rest), _) => own.iter().map(|place| place.join(rest)).collect(),
                    (_, Some(rest)) => origin.iter().map(|place| place.join(rest)).collect(),
                    _ => vec![PathBuf::from(name)],
                };
                let of = |place: &PathBuf| place.join(leaf);
                first.map(of).chain(named).chain(last.map(of)).collect()
            }
        }
    }

    /// The file at a path; Windows does not tell cases apart.
    fn file(&self, path: &Path) -> Option<PathBuf> {
        if path.is_file() {
            return Some(path.to_owned());
        }
        let (directory, name) = (path.parent()?, path.file_name()?.to_str()?);
        if self.format != Format::Pe {
            return None;
        }
        let entries = fs_err::read_dir(directory).ok()?.flatten();
        let is_same = |found: &Path| found.file_name().is_some_and(|found| found.eq_ignore_ascii_case(name));
        let mut same: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|found| is_same(found)).collect();
        same.sort();
        same.into_iter().find(|found| found.is_file())
    }
}

fn paths(variable: Option<&OsStr>) -> Vec<PathBuf> {
    variable.map(|value| std::env::split_paths(value).collect()).unwrap_or_default()
}

/// What Linux is configured for, then what every system has.
fn system_directories(architecture: &str) -> Vec<PathBuf> {
    let mut directories = Vec::new();
    read_configuration(Path::new("/etc/ld.so.conf"), 0, &mut directories);
    for line in lines(Path::new(&format!("/etc/ld-musl-{architecture}.path"))) {
        directories.extend(line.split(':').map(PathBuf::from));
    }
    directories.extend(["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"].map(PathBuf::from));
    directories
}

/// The library at a path, if it is one for the machines.
fn library(path: &Path, format: Format, architectures: &[&str]) -> Result<Option<Library>, DiskError> {
    let bytes = fs_err::read(path)?;
    let mut images = binary::parse(&bytes).unwrap_or_default();
    images.retain(|facts: &BinaryFacts| facts.format == format);
    let has = |architecture: &&str| images.iter().any(|facts| facts.architecture == **architecture);
    if images.is_empty() || !architectures.iter().all(has) {
        return Ok(None);
    }
    let origin = path.parent().unwrap_or(Path::new("/")).to_owned();
    Ok(Some(Library { path: fs_err::canonicalize(path)?, origin, sha256: Sha256::of(&bytes), images }))
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

    fn loader(format: Format, first: &[&Path]) -> Loader {
        Loader { format, first: first.iter().map(|path| path.to_path_buf()).collect(), last: Vec::new() }
    }

    #[test]
    fn what_is_no_library_for_the_machine_is_told() {
        let place = tempfile::tempdir().unwrap();
        fs_err::write(place.path().join("libnone.so.1"), "a text").unwrap();
        let run_paths = RunPaths { own: vec![place.path().to_owned()], ..RunPaths::default() };
        let lookup = loader(Format::Elf, &[]).find("libnone.so.1", &run_paths, &["x86_64"]).unwrap();
        assert!(lookup.library.is_none());
        assert_eq!(lookup.others, [place.path().join("libnone.so.1")]);
    }

    #[test]
    fn each_system_looks_in_its_own_order() {
        let paths = |texts: &[&str]| texts.iter().map(PathBuf::from).collect::<Vec<_>>();
        let of = |format, name: &str| {
            let loader = Loader { format, first: paths(&["/first"]), last: paths(&["/last"]) };
            let origin = Some(PathBuf::from("/origin"));
            let (inherited, own) = (paths(&["/inherited"]), paths(&["/own"]));
            loader.candidates(name, &RunPaths { inherited, own, origin })
        };
        assert_eq!(of(Format::Elf, "a"), paths(&["/inherited/a", "/first/a", "/own/a", "/last/a"]));
        assert_eq!(of(Format::Pe, "a"), paths(&["/origin/a", "/first/a", "/last/a"]));
        assert_eq!(of(Format::MachO, "@rpath/x/a"), paths(&["/first/a", "/own/x/a", "/last/a"]));
        assert_eq!(of(Format::MachO, "@loader_path/../a"), paths(&["/first/a", "/origin/../a", "/last/a"]));
        assert_eq!(of(Format::MachO, "/opt/a"), paths(&["/first/a", "/opt/a", "/last/a"]));
        assert_eq!(of(Format::MachO, "@executable_path/a"), paths(&["/first/a", "@executable_path/a", "/last/a"]));
    }

    #[test]
    fn windows_tells_no_cases_apart() {
        let place = tempfile::tempdir().unwrap();
        fs_err::write(place.path().join("Some.DLL"), "").unwrap();
        let loader = loader(Format::Pe, &[]);
        assert_eq!(loader.file(&place.path().join("some.dll")), Some(place.path().join("Some.DLL")));
        assert_eq!(loader.file(&place.path().join("other.dll")), None);
    }
}
