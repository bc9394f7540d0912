//! The Linux systems that a wheel's compiled files can serve, and which libraries they must bring for that.
//!
//! Sources: PEP 600 (manylinux), PEP 656 (musllinux); `compatibility` holds what each policy promises.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobMatcher};

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::binary::BinaryFacts;
use crate::plan::compatibility::{self, CLibrary, Policy, policies};

/// What is wanted of a wheel.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The policy, where it is not to be found out.
    pub policy: Option<Policy>,
    /// The libraries that others bring.
    pub excluded: Vec<GlobMatcher>,
}

impl Wish {
    /// `excluded` are names of libraries, or globs of such.
    pub fn new(policy: Option<Policy>, excluded: &[String]) -> Result<Self, Diagnostic> {
        let matcher = |text: &String| match Glob::new(text) {
            Ok(glob) => Ok(glob.compile_matcher()),
            Err(reason) => Err(Diagnostic::error(Code::Setting, format!("`{text}` names no libraries: {reason}"))),
        };
        Ok(Self { policy, excluded: excluded.iter().map(matcher).collect::<Result<_, _>>()? })
    }
}

/// A wheel's compiled files, by their paths, seen together.
#[derive(Debug, Clone)]
pub struct Audit<'a> {
    pub images: &'a BTreeMap<String, BinaryFacts>,
    pub architecture: &'a str,
    /// The policies that come into question, the most portable first.
    pub policies: Vec<Policy>,
    wish: &'a Wish,
    brought: BTreeSet<&'a str>,
}

impl<'a> Audit<'a> {
    /// `is_musl` is what the wheel's tag says, where the files do not.
    pub fn new(images: &'a BTreeMap<String, BinaryFacts>, wish: &'a Wish, is_musl: bool) -> Result<Self, Diagnostic> {
        let architecture = architecture(images)?;
        let library = c_library(images, is_musl)?;
        let known = policies(library, architecture);
        let policies = match wish.policy {
            Some(policy) if policy.library != library => return Err(other_library(policy, images)),
            Some(policy) => vec![policy],
            None if known.is_empty() => return Err(no_policy(architecture)),
            None => known,
        };
        let names = images.iter().flat_map(|(path, facts)| [path.rsplit('/').next(), facts.soname.as_deref()]);
        Ok(Self { images, architecture, policies, wish, brought: names.flatten().collect() })
    }

    /// The policy by whose libraries the wheel is judged: the first that knows the versions that the files ask for.
    pub fn policy(&self) -> Policy {
        let knows = |policy: &&Policy| {
            let versions = self.images.values().flat_map(|facts| &facts.symbol_versions);
            let mut own = versions.filter(|(library, _)| compatibility::is_of_platform(**policy, library));
            own.all(|(_, version)| !compatibility::is_newer(**policy, version))
        };
        // There is one at least.
        let last = Policy { library: CLibrary::Glibc, major: 2, minor: 0 };
        self.policies.iter().find(knows).or(self.policies.last()).copied().unwrap_or(last)
    }

    /// Whether a library must be grafted.
    pub fn is_private(&self, policy: Policy, library: &str) -> bool {
        !compatibility::is_of_platform(policy, library) && !self.is_elsewhere(library)
    }

    /// Whether a library is there by other means than the policy: in the wheel, by another distribution, by Python.
    fn is_elsewhere(&self, library: &str) -> bool {
        let name = library.rsplit('/').next().unwrap_or(library);
        self.brought.contains(name)
            || name.starts_with("libpython")
            || self.wish.excluded.iter().any(|excluded| excluded.is_match(name))
    }

    /// The most portable policy that is true of all files, or what they need beyond the last one.
    pub fn verdict(&self) -> Result<Policy, Diagnostic> {
        let mut reasons = Vec::new();
        for policy in &self.policies {
            reasons = self.images.iter().flat_map(|(path, facts)| self.unmet(*policy, path, facts)).collect();
            if reasons.is_empty() {
                return Ok(*policy);
            }
        }
        Err(compatibility::broken(self.policies.last().copied().unwrap_or(self.policy()), &reasons))
    }

    fn unmet(&self, policy: Policy, path: &str, facts: &BinaryFacts) -> Vec<String> {
        let needed = facts.needed.iter().filter(|library| !self.is_elsewhere(library));
        let facts = BinaryFacts { needed: needed.cloned().collect(), ..facts.clone() };
        compatibility::unmet(policy, path, &[facts])
    }
}

fn architecture(images: &BTreeMap<String, BinaryFacts>) -> Result<&str, Diagnostic> {
    let Some((first, facts)) = images.iter().next() else {
        let message = "the wheel holds no compiled file of Linux, so that there is nothing to make portable";
        return Err(Diagnostic::error(Code::PlatformPolicy, message).hint("a wheel of Python alone runs everywhere"));
    };
    match images.iter().find(|(_, other)| other.architecture != facts.architecture) {
        None => Ok(&facts.architecture),
        Some((path, other)) => {
            let message = format!(
                "`{first}` is for `{}` and `{path}` for `{}`, but a wheel serves one machine",
                facts.architecture, other.architecture
            );
            Err(Diagnostic::error(Code::PlatformPolicy, message))
        }
    }
}

/// Which C library a file names as its own.
fn asks_for(facts: &BinaryFacts) -> Option<CLibrary> {
    let needs = |wanted: &dyn Fn(&str) -> bool| facts.needed.iter().any(|library| wanted(library));
    if needs(&|library| library == "libc.so" || library.starts_with("libc.musl-")) {
        return Some(CLibrary::Musl);
    }
    needs(&|library| library == "libc.so.6").then_some(CLibrary::Glibc)
}

fn c_library(images: &BTreeMap<String, BinaryFacts>, is_musl: bool) -> Result<CLibrary, Diagnostic> {
    let of = |library| images.iter().find(|(_, facts)| asks_for(facts) == Some(library)).map(|(path, _)| path);
    match (of(CLibrary::Glibc), of(CLibrary::Musl)) {
        (Some(glibc), Some(musl)) => {
            let message = format!("`{glibc}` is for glibc and `{musl}` for musl, but a wheel serves one of them");
            Err(Diagnostic::error(Code::PlatformPolicy, message))
        }
        (None, Some(_)) => Ok(CLibrary::Musl),
        (None, None) if is_musl => Ok(CLibrary::Musl),
        _ => Ok(CLibrary::Glibc),
    }
}

fn other_library(policy: Policy, images: &BTreeMap<String, BinaryFacts>) -> Diagnostic {
    let path = images.keys().next().map_or("", String::as_str);
    let message = format!("`{path}` is for another C library than `{policy}`");
    Diagnostic::error(Code::PlatformPolicy, message).hint("build for that C library, or ask for no tag")
}

fn no_policy(architecture: &str) -> Diagnostic {
    let message = format!("no policy promises anything for `{architecture}`");
    Diagnostic::error(Code::PlatformPolicy, message)
        .hint("such wheels are `linux` ones, for the machine they are built on")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::binary::Format;

    fn facts(versions: &[(&str, &str)], needed: &[&str]) -> BinaryFacts {
        BinaryFacts {
            symbol_versions: versions.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect(),
            needed: needed.iter().map(|name| name.to_string()).collect(),
            ..BinaryFacts::bare(Format::Elf, "x86_64")
        }
    }

    fn images(files: &[(&str, BinaryFacts)]) -> BTreeMap<String, BinaryFacts> {
        files.iter().map(|(path, facts)| (path.to_string(), facts.clone())).collect()
    }

    #[test]
    fn the_verdict_is_the_most_portable_policy_that_is_true() {
        let wish = Wish::new(None, &["libcuda*".to_owned()]).unwrap();
        let needed = ["libc.so.6", "libexpat.so.1", "libcuda.so.1", "libin-01.so", "libpython3.12.so.1.0"];
        let files = images(&[
            ("m.so", facts(&[("libc.so.6", "GLIBC_2.4")], &needed)),
            ("d.libs/libin-01.so", facts(&[("libc.so.6", "GLIBC_2.26")], &["libc.so.6"])),
        ]);
        let audit = Audit::new(&files, &wish, false).unwrap();
        assert_eq!(audit.verdict().unwrap().to_string(), "manylinux_2_26");
        assert!(audit.is_private(audit.policy(), "libssl.so.3") && !audit.is_private(audit.policy(), "libcuda.so.1"));
    }

    #[test]
    fn what_is_asked_for_must_be_true() {
        let files = images(&[("m.so", facts(&[("libc.so.6", "GLIBC_2.26")], &["libc.so.6", "libx.so.1"]))]);
        let policy = |minor| Policy { library: CLibrary::Glibc, major: 2, minor };
        let wish = Wish::new(Some(policy(17)), &[]).unwrap();
        let fault = Audit::new(&files, &wish, false).unwrap().verdict().unwrap_err();
        assert_eq!(fault.notes.len(), 2, "{fault:?}");
        let musl = Policy { library: CLibrary::Musl, major: 1, minor: 2 };
        let wish = Wish::new(Some(musl), &[]).unwrap();
        assert!(Audit::new(&files, &wish, false).unwrap_err().message.contains("another C library"));
    }

    #[test]
    fn musl_is_known_by_its_name_or_by_the_tag() {
        let wish = Wish::default();
        let named = images(&[("m.so", facts(&[], &["libc.musl-x86_64.so.1"]))]);
        assert_eq!(Audit::new(&named, &wish, false).unwrap().verdict().unwrap().to_string(), "musllinux_1_2");
        let silent = images(&[("m.so", facts(&[], &[]))]);
        assert_eq!(Audit::new(&silent, &wish, true).unwrap().policy().to_string(), "musllinux_1_2");
        assert_eq!(Audit::new(&silent, &wish, false).unwrap().verdict().unwrap().to_string(), "manylinux_2_5");
        assert!(Audit::new(&images(&[]), &wish, false).is_err());
    }
}
