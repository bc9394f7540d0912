//! The Linux systems that a wheel's files can serve.
//!
//! Sources: PEP 600 (manylinux), PEP 656 (musllinux); `compatibility` holds what each policy promises.

use super::{Images, Promise, Wish, another_system};
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::binary::BinaryFacts;
use crate::plan::compatibility::{self, CLibrary, Policy, policies};

/// What is known of a wheel for Linux.
#[derive(Debug, Clone)]
pub struct Linux<'a> {
    pub architecture: &'a str,
    /// The policies that come into question, the most portable first; there is one at least.
    policies: Vec<Policy>,
    /// The one by whose libraries the wheel is judged: the first that knows the versions that the files ask for.
    pub policy: Policy,
}

impl<'a> Linux<'a> {
    /// `is_musl` is what the wheel's tag says, where the files do not.
    pub fn new(images: &'a Images, wish: &Wish, is_musl: bool) -> Result<Self, Diagnostic> {
        let architecture = architecture(images)?;
        let library = c_library(images, is_musl)?;
        let known = policies(library, architecture);
        let policies = match wish.promise {
            Some(Promise::MacOs(_)) => return Err(another_system("Linux")),
            Some(Promise::Linux(policy)) if policy.library != library => return Err(other_library(policy, images)),
            Some(Promise::Linux(policy)) => vec![policy],
            None => known,
        };
        let Some(last) = policies.last().copied() else { return Err(no_policy(architecture)) };
        let policy = policies.iter().find(|policy| knows(**policy, images)).copied().unwrap_or(last);
        Ok(Self { architecture, policies, policy })
    }

    /// The most portable policy that is true of all files, or what they need beyond the last one.
    pub fn verdict(&self, images: &Images, is_elsewhere: &dyn Fn(&str) -> bool) -> Result<Policy, Diagnostic> {
        let reasons = |policy| {
            images.iter().flat_map(move |(path, images)| compatibility::unmet(policy, path, images, is_elsewhere))
        };
        let met = self.policies.iter().find(|policy| reasons(**policy).next().is_none());
        let last = self.policies.last().copied().unwrap_or(self.policy);
        met.copied().ok_or_else(|| compatibility::broken(last, &reasons(last).collect::<Vec<_>>()))
    }
}

/// Whether a policy has all versions of the platform's libraries that the files ask for.
fn knows(policy: Policy, images: &Images) -> bool {
    let versions = images.values().flatten().flat_map(|facts| &facts.symbol_versions);
    let mut own = versions.filter(|(library, _)| compatibility::is_of_platform(policy, library));
    own.all(|(_, version)| !compatibility::is_newer(policy, version))
}

fn files(images: &Images) -> impl Iterator<Item = (&String, &BinaryFacts)> {
    images.iter().flat_map(|(path, images)| images.iter().map(move |facts| (path, facts)))
}

fn architecture(images: &Images) -> Result<&str, Diagnostic> {
    let Some((first, facts)) = files(images).next() else { return Err(super::nothing_compiled()) };
    match files(images).find(|(_, other)| other.architecture != facts.architecture) {
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

fn c_library(images: &Images, is_musl: bool) -> Result<CLibrary, Diagnostic> {
    let of = |library| files(images).find(|(_, facts)| asks_for(facts) == Some(library)).map(|(path, _)| path);
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

fn other_library(policy: Policy, images: &Images) -> Diagnostic {
    let path = images.keys().next().map_or("", String::as_str);
    let message = format!("`{path}` is for another C library than `{policy}`");
    Diagnostic::error(Code::PlatformPolicy, message).hint("build for that C library, or ask for no tag")
}

fn no_policy(architecture: &str) -> Diagnostic {
    let message = format!("no policy promises anything for `{architecture}`");
    Diagnostic::error(Code::PlatformPolicy, message)
        .hint("such wheels are `linux` ones, for the machine they are built on")
}
