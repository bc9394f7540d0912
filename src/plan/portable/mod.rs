//! The systems that a wheel's compiled files can serve, and which libraries they must bring for that.
//!
//! `linux`, `macos` and `windows` hold what each system has and promises.

mod linux;
pub mod macos;
pub mod windows;

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobMatcher};

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::binary::{BinaryFacts, Format};
use crate::facts::settings::AuditMode;
use crate::plan::compatibility::{self, Compatibility, Policy};
use crate::plan::options::Options;
use crate::plan::platform;
use crate::plan::triple::Triple;

/// How a regular wheel gets its platform tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// It keeps the one that is planned.
    Leave,
    /// It gets the most portable one that is true of its files as they are.
    Look,
    /// It gets the libraries that it needs, then the tag that is true of all its files.
    Graft,
}

/// Libraries are grafted for macOS and Windows, and for the Linux that they are built on, where the system's libraries
/// are those that the loader would find.
pub fn treatment(options: &Options, triple: &Triple, runs_here: bool) -> Treatment {
    let asked = options.compatibility.as_ref().map(|asked| (&asked.compatibility, asked.is_must));
    let promises = || triple.c_library().is_some_and(|library| platform::is_promised(triple, library));
    let is_other = ["darwin", "windows"].contains(&triple.system.as_str());
    match (options.audit, asked) {
        (_, Some((Compatibility::Native, _))) | (AuditMode::Skip, _) => Treatment::Leave,
        (AuditMode::Repair, _) if is_other || (runs_here && promises()) => Treatment::Graft,
        (_, Some((Compatibility::Policy(_), true))) => Treatment::Leave,
        _ if promises() => Treatment::Look,
        _ => Treatment::Leave,
    }
}

/// What is true of the files of a wheel for Linux as they are; nothing where they need what no policy promises.
pub fn met(images: &Images, tagged: Tagged<'_>) -> Option<Verdict> {
    let wish = Wish::default();
    Audit::new(images, &wish, tagged).ok()?.verdict().ok()
}

/// The libraries that the files of a wheel for Linux find by a directory of this machine, and that it does not bring.
pub fn tied(images: &Images, tagged: Tagged<'_>) -> Vec<Diagnostic> {
    let wish = Wish::default();
    let Ok(audit) = Audit::new(images, &wish, tagged) else { return Vec::new() };
    let files = images.iter().flat_map(|(path, images)| images.iter().map(move |facts| (path, facts)));
    let of_file = |(path, facts): (&String, &BinaryFacts)| {
        let directory = facts.run_paths.iter().find(|directory| directory.starts_with('/'))?.clone();
        let library = facts.needed.iter().find(|library| audit.is_private(library))?;
        let message =
            format!("`{path}` needs `{library}`, for which it looks in `{directory}`, a directory of this machine");
        let hint = "`wainwright build` grafts the library into the wheel; else the wheel serves this machine alone";
        Some(Diagnostic::warning(Code::Library, message).hint(hint))
    };
    files.filter_map(of_file).collect()
}

/// What is wanted of a wheel.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The promise, where it is not to be found out.
    pub promise: Option<Promise>,
    /// The libraries that others bring.
    pub excluded: Vec<GlobMatcher>,
}

/// What a tag promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    Linux(Policy),
    /// The oldest macOS.
    MacOs((u64, u64)),
}

impl Wish {
    /// `excluded` are names of libraries, or globs of such; of which case, does not matter.
    pub fn new(promise: Option<Promise>, excluded: &[String]) -> Result<Self, Diagnostic> {
        let matcher = |text: &String| match GlobBuilder::new(text).case_insensitive(true).build() {
            Ok(glob) => Ok(glob.compile_matcher()),
            Err(reason) => Err(Diagnostic::error(Code::Setting, format!("`{text}` names no libraries: {reason}"))),
        };
        Ok(Self { promise, excluded: excluded.iter().map(matcher).collect::<Result<_, _>>()? })
    }
}

/// The images of a wheel's compiled files, by the files' paths.
pub type Images = BTreeMap<String, Vec<BinaryFacts>>;

/// What a wheel says of the systems that it is for.
#[derive(Debug, Clone, Copy)]
pub struct Tagged<'t> {
    /// The platform tags.
    pub platforms: &'t [String],
    /// Whether they are those of musl, where the files do not tell.
    pub is_musl: bool,
}

impl Tagged<'_> {
    /// The format of files for the platform, where it tells.
    fn format(self) -> Option<Format> {
        let is = |beginnings: &[&str]| {
            self.platforms.iter().any(|platform| beginnings.iter().any(|known| platform.starts_with(known)))
        };
        match () {
            () if is(&["macosx_"]) => Some(Format::MachO),
            () if is(&["win32", "win_"]) => Some(Format::Pe),
            () if is(&["linux_", "manylinux", "musllinux_"]) => Some(Format::Elf),
            () => None,
        }
    }
}

/// A wheel's compiled files of one system, seen together.
#[derive(Debug, Clone)]
pub struct Audit<'a> {
    pub images: &'a Images,
    pub format: Format,
    system: System<'a>,
    wish: &'a Wish,
    /// The names of the wheel's own libraries.
    brought: BTreeSet<String>,
}

#[derive(Debug, Clone)]
enum System<'a> {
    Linux(linux::Linux<'a>),
    MacOs,
    Windows,
}

/// What is true of a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Linux {
        policy: Policy,
        architecture: String,
    },
    /// The oldest macOS that the files run on.
    MacOs((u64, u64)),
    Windows,
}

impl Verdict {
    /// The platform tags, joined by `.`, in place of others.
    pub fn platform(&self, old: &[String]) -> String {
        match self {
            Self::Linux { policy, architecture } => policy.tags(architecture),
            Self::MacOs(oldest) => macos::raised(old, *oldest).join("."),
            Self::Windows => old.join("."),
        }
    }
}

/// The files that a wheel's tag is for: those of one format. An empty wheel has none.
pub fn images(all: Vec<(String, Vec<BinaryFacts>)>, tagged: Tagged<'_>) -> Images {
    let format_of = |images: &[BinaryFacts]| images.first().map(|facts| facts.format);
    let first = all.iter().find_map(|(_, images)| format_of(images));
    let Some(format) = tagged.format().or(first) else { return Images::new() };
    all.into_iter().filter(|(_, images)| format_of(images) == Some(format)).collect()
}

impl<'a> Audit<'a> {
    pub fn new(images: &'a Images, wish: &'a Wish, tagged: Tagged<'_>) -> Result<Self, Diagnostic> {
        let Some(format) = images.values().flatten().next().map(|facts| facts.format) else {
            return Err(nothing_compiled());
        };
        let system = match format {
            Format::Elf => System::Linux(linux::Linux::new(images, wish, tagged.is_musl)?),
            Format::MachO => System::MacOs,
            Format::Pe => System::Windows,
        };
        let names = images.iter().flat_map(|(path, images)| {
            // glibc and musl know what is loaded by such names; dyld looks for files.
            let sonames = images.iter().filter(|facts| facts.format == Format::Elf);
            let sonames = sonames.filter_map(|facts| facts.soname.as_deref());
            sonames.chain([path.as_str()]).map(|name| known_as(format, name)).collect::<Vec<_>>()
        });
        Ok(Self { images, format, brought: names.collect(), system, wish })
    }

    /// Whether a library must be grafted.
    pub fn is_private(&self, library: &str) -> bool {
        !self.is_of_system(library) && !self.is_elsewhere(library)
    }

    fn is_of_system(&self, library: &str) -> bool {
        match &self.system {
            System::Linux(linux) => compatibility::is_of_platform(linux.policy, library),
            System::MacOs => macos::is_of_system(library),
            System::Windows => windows::is_of_system(library),
        }
    }

    /// Whether a library is there by other means than the system: in the wheel, by another distribution, by Python.
    fn is_elsewhere(&self, library: &str) -> bool {
        let name = known_as(self.format, library);
        self.brought.contains(&name) || is_pythons(self.format, library) || self.is_excluded(&name)
    }

    fn is_excluded(&self, name: &str) -> bool {
        self.wish.excluded.iter().any(|excluded| excluded.is_match(name))
    }

    /// The most portable promise that is true of all files, or what they need beyond the one that is asked for.
    pub fn verdict(&self) -> Result<Verdict, Diagnostic> {
        match &self.system {
            System::Linux(linux) => {
                let policy = linux.verdict(self.images, &|library| self.is_elsewhere(library))?;
                Ok(Verdict::Linux { policy, architecture: linux.architecture.to_owned() })
            }
            System::MacOs => macos::verdict(self.images, self.wish.promise).map(Verdict::MacOs),
            System::Windows => match self.wish.promise {
                None => Ok(Verdict::Windows),
                Some(_) => Err(another_system("Windows")),
            },
        }
    }
}

/// The name that libraries are told apart by: without directories, and in small letters where cases do not count.
pub fn known_as(format: Format, library: &str) -> String {
    let name = library.rsplit('/').next().unwrap_or(library);
    if format == Format::Pe { name.to_ascii_lowercase() } else { name.to_owned() }
}

/// Whether every Python of the wheel's kind brings a library.
pub fn is_pythons(format: Format, library: &str) -> bool {
    let name = known_as(format, library);
    match format {
        Format::Elf => name.starts_with("libpython"),
        // The last three are frameworks.
        Format::MachO => name.starts_with("libpython") || ["Python", "Python3", "PythonT"].contains(&name.as_str()),
        Format::Pe => windows::is_pythons(&name),
    }
}

fn nothing_compiled() -> Diagnostic {
    let message = "the wheel holds no compiled file for its platform, so that there is nothing to make portable";
    Diagnostic::error(Code::PlatformPolicy, message).hint("a wheel of Python alone runs everywhere")
}

fn another_system(system: &str) -> Diagnostic {
    Diagnostic::error(Code::PlatformPolicy, format!("the wheel is for {system}, but another system's tag is asked for"))
        .hint("leave `--plat` out")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::compatibility::CLibrary;
    use crate::plan::options::AskedTag;

    fn facts(versions: &[(&str, &str)], needed: &[&str]) -> BinaryFacts {
        BinaryFacts {
            symbol_versions: versions.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect(),
            needed: needed.iter().map(|name| name.to_string()).collect(),
            ..BinaryFacts::bare(Format::Elf, "x86_64")
        }
    }

    fn files(files: &[(&str, BinaryFacts)]) -> Images {
        files.iter().map(|(path, facts)| (path.to_string(), vec![facts.clone()])).collect()
    }

    const PLAIN: Tagged<'_> = Tagged { platforms: &[], is_musl: false };

    fn found(verdict: Result<Verdict, Diagnostic>) -> String {
        verdict.unwrap().platform(&[])
    }

    #[test]
    fn the_verdict_is_the_most_portable_policy_that_is_true() {
        let wish = Wish::new(None, &["LibCuda*".to_owned()]).unwrap();
        let needed = ["libc.so.6", "libexpat.so.1", "libcuda.so.1", "libin-01.so", "libpython3.12.so.1.0"];
        let files = files(&[
            ("m.so", facts(&[("libc.so.6", "GLIBC_2.4")], &needed)),
            ("d.libs/libin-01.so", facts(&[("libc.so.6", "GLIBC_2.26")], &["libc.so.6"])),
        ]);
        let audit = Audit::new(&files, &wish, PLAIN).unwrap();
        assert_eq!(found(audit.verdict()), "manylinux_2_26_x86_64");
        assert!(audit.is_private("libssl.so.3") && !audit.is_private("libcuda.so.1"));
    }

    #[test]
    fn a_library_in_a_directory_of_this_machine_is_told() {
        let run_paths = |paths: &[&str], needed: &[&str]| BinaryFacts {
            run_paths: paths.iter().map(|path| path.to_string()).collect(),
            ..facts(&[], needed)
        };
        let told = |facts| -> Vec<String> {
            tied(&files(&[("m.so", facts)]), PLAIN).into_iter().map(|finding| finding.message).collect()
        };
        assert_eq!(
            told(run_paths(&["$ORIGIN", "/opt/lib"], &["libc.so.6", "libpriv.so"])),
            ["`m.so` needs `libpriv.so`, for which it looks in `/opt/lib`, a directory of this machine"]
        );
        assert_eq!(told(run_paths(&["$ORIGIN"], &["libpriv.so"])), [""; 0]);
        assert_eq!(told(run_paths(&["/opt/lib"], &["libc.so.6"])), [""; 0]);
    }

    #[test]
    fn what_is_done_hangs_on_the_mode_the_machine_and_what_is_asked_for() {
        let treated = |audit, asked: Option<(&str, bool)>, triple: &str, runs_here| {
            let asked = asked.map(|(text, is_must)| AskedTag { compatibility: text.parse().unwrap(), is_must });
            let options = Options { audit, compatibility: asked, ..Options::default() };
            treatment(&options, &Triple::parse(triple), runs_here)
        };
        use AuditMode::{Repair, Skip, Warn};
        use Treatment::{Graft, Leave, Look};
        let linux = "x86_64-unknown-linux-gnu";
        for (audit, asked, triple, runs_here, expected) in [
            (Repair, None, linux, true, Graft),
            (Repair, None, linux, false, Look),
            (Repair, None, "aarch64-apple-darwin", false, Graft),
            (Repair, None, "mips-unknown-linux-gnu", true, Leave),
            (Repair, None, "x86_64-unknown-freebsd", true, Leave),
            (Repair, Some(("linux", true)), linux, true, Leave),
            (Repair, Some(("manylinux_2_28", true)), linux, true, Graft),
            (Warn, None, linux, true, Look),
            (Warn, None, "armv7-unknown-linux-musleabihf", true, Look),
            (Warn, None, "x86_64-pc-windows-msvc", true, Leave),
            (Warn, Some(("pypi", true)), linux, true, Look),
            (Warn, Some(("manylinux_2_28", true)), linux, true, Leave),
            (Warn, Some(("manylinux_2_28", false)), linux, true, Look),
            (Skip, None, linux, true, Leave),
        ] {
            assert_eq!(treated(audit, asked, triple, runs_here), expected, "{audit:?} {asked:?} {triple} {runs_here}");
        }
    }

    #[test]
    fn what_is_met_is_told_and_what_needs_others_libraries_is_not() {
        let met = |needed: &[&str]| {
            met(&files(&[("m.so", facts(&[("libc.so.6", "GLIBC_2.26")], needed))]), PLAIN)
                .map(|verdict| verdict.platform(&[]))
        };
        assert_eq!(met(&["libc.so.6"]).as_deref(), Some("manylinux_2_26_x86_64"));
        assert_eq!(met(&["libc.so.6", "libssl.so.3"]), None);
    }

    #[test]
    fn what_is_asked_for_must_be_true() {
        let files = files(&[("m.so", facts(&[("libc.so.6", "GLIBC_2.26")], &["libc.so.6", "libx.so.1"]))]);
        let policy = |minor| Policy { library: CLibrary::Glibc, major: 2, minor };
        let wish = Wish::new(Some(Promise::Linux(policy(17))), &[]).unwrap();
        let fault = Audit::new(&files, &wish, PLAIN).unwrap().verdict().unwrap_err();
        assert_eq!(fault.notes.len(), 2, "{fault:?}");
        let musl = Policy { library: CLibrary::Musl, major: 1, minor: 2 };
        for (promise, words) in [(Promise::Linux(musl), "another C library"), (Promise::MacOs((11, 0)), "for Linux")] {
            let wish = Wish::new(Some(promise), &[]).unwrap();
            assert!(Audit::new(&files, &wish, PLAIN).unwrap_err().message.contains(words));
        }
    }

    #[test]
    fn musl_is_known_by_its_name_or_by_the_tag() {
        let wish = Wish::default();
        let named = files(&[("m.so", facts(&[], &["libc.musl-x86_64.so.1"]))]);
        assert_eq!(found(Audit::new(&named, &wish, PLAIN).unwrap().verdict()), "musllinux_1_2_x86_64");
        let silent = files(&[("m.so", facts(&[], &[]))]);
        let musl = Tagged { is_musl: true, ..PLAIN };
        assert_eq!(found(Audit::new(&silent, &wish, musl).unwrap().verdict()), "musllinux_1_2_x86_64");
        let plain = Audit::new(&silent, &wish, PLAIN).unwrap().verdict();
        assert_eq!(found(plain), "manylinux_2_5_x86_64.manylinux1_x86_64");
        assert!(Audit::new(&files(&[]), &wish, PLAIN).is_err());
    }

    #[test]
    fn the_tag_says_which_files_count() {
        let image = |format| vec![BinaryFacts::bare(format, "x86_64")];
        let all: Vec<_> = [("a.so", Format::Elf), ("b.dll", Format::Pe), ("c.dylib", Format::MachO)]
            .map(|(path, format)| (path.to_owned(), image(format)))
            .into();
        let of = |platform: &str| {
            let platforms = [platform.to_owned()];
            images(all.clone(), Tagged { platforms: &platforms, is_musl: false }).into_keys().collect::<Vec<_>>()
        };
        assert_eq!(of("win_amd64"), ["b.dll"]);
        assert_eq!(of("macosx_10_9_x86_64"), ["c.dylib"]);
        assert_eq!(of("manylinux_2_17_x86_64"), ["a.so"]);
        assert_eq!(of("any"), ["a.so"]);
    }

    #[test]
    fn windows_and_macos_have_names_of_their_own() {
        let of = |format, path: &str, library: &str| {
            let images: Images = [(path.to_owned(), vec![BinaryFacts::bare(format, "x86_64")])].into();
            let wish = Wish::new(None, &["libR*".to_owned()]).unwrap();
            Audit::new(&images, &wish, PLAIN).unwrap().is_private(library)
        };
        let private = |library| of(Format::Pe, "p/Own.dll", library);
        assert!(private("libgcc_s_seh-1.dll") && private("MSVCP140.dll"));
        assert!(!private("OWN.DLL") && !private("KERNEL32.dll") && !private("python3.dll") && !private("libr.dll"));
        let private = |library| of(Format::MachO, "p/libown.dylib", library);
        assert!(private("/opt/lib/liba.dylib") && private("@rpath/libb.dylib"));
        assert!(!private("@rpath/libown.dylib") && !private("/usr/lib/libz.1.dylib") && !private("@rpath/libR.dylib"));
        assert!(!private("/Library/Frameworks/Python.framework/Versions/3.12/Python"));
    }
}
