//! Which wheels a set of Pythons needs: one for the stable ABI serves all that it fits, the others get their own.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::interpreter::Interpreter;
use crate::plan::abi::Abi;
use crate::plan::build::BuildPlan;
use crate::plan::wheel_platform::WheelPlatform;
use crate::spec::tag::WheelTag;

/// A wheel that is planned for one of the Pythons, and may serve more of them.
#[derive(Debug, Clone)]
pub struct Member {
    /// Which of the Pythons it is built with, by their order.
    pub builder: usize,
    /// The Pythons that it serves, the builder among them.
    pub serves: Vec<usize>,
}

/// One Python of the set, with what was planned for it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'c> {
    pub interpreter: &'c Interpreter,
    pub plan: &'c BuildPlan,
    pub features: &'c [String],
}

/// Groups the candidates into wheels. Older Pythons come first, so that a stable ABI without a minimum begins where
/// the oldest is.
pub fn group(candidates: &[Candidate<'_>]) -> Result<Vec<Member>, Diagnostic> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|index| (candidates[*index].interpreter.major, candidates[*index].interpreter.minor));
    let mut members: Vec<Member> = Vec::new();
    for index in order {
        let candidate = candidates[index];
        let serving = members.iter_mut().find(|member| serves(candidates[member.builder], candidate));
        match serving {
            Some(member) => member.serves.push(index),
            None => members.push(Member { builder: index, serves: vec![index] }),
        }
    }
    same_name(candidates, &members)?;
    members.sort_by_key(|member| member.builder);
    Ok(members)
}

/// Whether the wheel of one candidate is also what the other needs.
fn serves(built: Candidate<'_>, wanted: Candidate<'_>) -> bool {
    let same_features = built.features == wanted.features;
    let stable = |plan: &BuildPlan| matches!(plan.abi, Some(Abi::Stable { .. }));
    let same_tag = built.plan.tag == wanted.plan.tag;
    let same_kind =
        built.plan.tag.abi() == wanted.plan.tag.abi() && built.plan.tag.platform() == wanted.plan.tag.platform();
    same_features && (same_tag || (stable(built.plan) && stable(wanted.plan) && same_kind))
}

/// Two wheels of one name, from different features, would overwrite each other.
fn same_name(candidates: &[Candidate<'_>], members: &[Member]) -> Result<(), Diagnostic> {
    for (at, member) in members.iter().enumerate() {
        let tag = &candidates[member.builder].plan.tag;
        let Some(other) = members[..at].iter().find(|other| candidates[other.builder].plan.tag == *tag) else {
            continue;
        };
        let features = |member: &Member| candidates[member.builder].features.join(",");
        let message = format!(
            "two wheels would bear the tag `{tag}`, one with the features `{}` and one with `{}`",
            features(other),
            features(member)
        );
        let hint = "mend the conditions of `features`, or build the two into different directories";
        return Err(Diagnostic::error(Code::KeyConflict, message).hint(hint));
    }
    Ok(())
}

/// How much of an expected set a command builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    Whole,
    /// A hook builds one wheel of it.
    One,
}

/// Compares the names of a set with those that were expected; an expectation may be a name's end from a tag on.
pub fn expect(expected: &[String], planned: &[&str], share: Share) -> Result<(), Diagnostic> {
    if expected.is_empty() {
        return Ok(());
    }
    let fits = |planned: &str, expected: &str| {
        let (planned, expected) = (planned.trim_end_matches(".whl"), expected.trim_end_matches(".whl"));
        let planned = as_promising(planned, expected);
        planned == expected || planned.ends_with(&format!("-{expected}"))
    };
    let missing: Vec<&str> = expected
        .iter()
        .filter(|_| share == Share::Whole)
        .map(String::as_str)
        .filter(|wanted| !planned.iter().any(|name| fits(name, wanted)))
        .collect();
    let extra: Vec<&str> =
        planned.iter().copied().filter(|name| !expected.iter().any(|wanted| fits(name, wanted))).collect();
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    let listed =
        |names: &[&str]| if names.is_empty() { "none".to_owned() } else { format!("`{}`", names.join("`, `")) };
    let fault = Diagnostic::error(Code::WheelSet, "the wheels that would be built are not those that are expected");
    let fault = fault
        .with_note(format!("missing: {}", listed(&missing)))
        .with_note(format!("not expected: {}", listed(&extra)));
    Err(fault.hint("mend the Pythons that are built for, the crate's `abi3` features, or `expect`"))
}

/// A planned name as it would be with the promise that is expected: which one a Linux wheel keeps is known when it is
/// compiled.
fn as_promising(planned: &str, expected: &str) -> String {
    let promised = expected.rsplit('-').next().unwrap_or(expected);
    let kept = planned.rsplit_once("-linux_").filter(|(_, machine)| {
        let is_one = |tag: &str| {
            let is_promise = tag.starts_with("manylinux") || tag.starts_with("musllinux_");
            is_promise && tag.ends_with(&format!("_{machine}"))
        };
        promised.split('.').all(is_one)
    });
    kept.map_or_else(|| planned.to_owned(), |(start, _)| format!("{start}-{promised}"))
}

/// Refuses a wheel whose tag does not name the platform that was asked for.
pub fn is_for(platform: WheelPlatform, name: &str, tag: &WheelTag) -> Result<(), Diagnostic> {
    if tag.platform().iter().any(|tag| *tag == platform.to_string()) {
        return Ok(());
    }
    let message = format!("the wheel for `{platform}` would be `{name}`");
    let hint = match tag.platform() {
        [any] if any == "any" => {
            "nothing of the project is compiled, so that one wheel serves all: leave `--platform` out"
        }
        _ => "unset `MACOSX_DEPLOYMENT_TARGET` and `_PYTHON_HOST_PLATFORM`, or ask for the platform that they name",
    };
    Err(Diagnostic::error(Code::WheelSet, message).hint(hint))
}

/// The word about a set of which one wheel could not be built.
pub fn incomplete(planned: usize, done: &[String]) -> Diagnostic {
    let message = format!("the set is not complete: {} of {planned} wheels are done", done.len());
    let note = Diagnostic::note(Code::WheelSet, message);
    done.iter().fold(note, |note, name| note.with_note(format!("done: `{name}`")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::interpreter::samples::cpython;
    use crate::plan::triple::Triple;

    fn plan(tag: &str, abi: Abi) -> BuildPlan {
        BuildPlan {
            compiles: Vec::new(),
            tag: tag.parse().unwrap(),
            triple: Triple::parse("x86_64-unknown-linux-gnu"),
            abi: Some(abi),
        }
    }

    /// For each wheel, its tag and how many Pythons it serves.
    fn grouped(candidates: &[(u64, BuildPlan, &[String])]) -> Result<Vec<(String, usize)>, String> {
        let pythons: Vec<Interpreter> = candidates.iter().map(|(minor, ..)| cpython(*minor)).collect();
        let candidates: Vec<Candidate<'_>> = candidates
            .iter()
            .zip(&pythons)
            .map(|((_, plan, features), interpreter)| Candidate { interpreter, plan, features })
            .collect();
        let members = group(&candidates).map_err(|fault| fault.message)?;
        Ok(members
            .iter()
            .map(|member| (candidates[member.builder].plan.tag.to_string(), member.serves.len()))
            .collect())
    }

    fn stable(minor: u64) -> BuildPlan {
        plan(
            &format!("cp3{minor}-abi3-linux_x86_64"),
            crate::plan::abi::choose(
                crate::plan::abi::stable_request([format!("abi3-py3{minor}").as_str()]),
                &cpython(minor),
                &mut Vec::new(),
            )
            .unwrap(),
        )
    }

    #[test]
    fn one_stable_wheel_serves_all_and_the_oldest_python_begins_it() {
        let set = grouped(&[(12, stable(12), &[]), (9, stable(9), &[]), (11, stable(11), &[])]).unwrap();
        assert_eq!(set, [("cp39-abi3-linux_x86_64".to_owned(), 3)]);
    }

    #[test]
    fn version_specific_pythons_get_a_wheel_each() {
        let own = |minor: u64| plan(&format!("cp3{minor}-cp3{minor}-linux_x86_64"), Abi::VersionSpecific);
        let set = grouped(&[(12, own(12), &[]), (9, own(9), &[]), (13, stable(13), &[])]).unwrap();
        assert_eq!(set.iter().map(|(_, serves)| *serves).collect::<Vec<_>>(), [1, 1, 1]);
    }

    #[test]
    fn one_name_for_different_features_is_refused() {
        let features = ["a".to_owned()];
        let refused = grouped(&[(11, stable(9), &[]), (12, stable(9), &features)]).unwrap_err();
        assert!(refused.starts_with("two wheels would bear the tag `cp39-abi3-linux_x86_64`"), "{refused}");
    }

    #[test]
    fn a_wheel_that_names_another_platform_than_was_asked_for_is_refused() {
        let told = |platform: &str, tag: &str| {
            let asked = is_for(platform.parse().unwrap(), "d.whl", &tag.parse().unwrap());
            asked.map_err(|fault| fault.hint.unwrap_or_default())
        };
        assert_eq!(told("manylinux2014_x86_64", "cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64"), Ok(()));
        assert!(told("macosx_11_0_arm64", "cp39-abi3-macosx_13_0_arm64").unwrap_err().starts_with("unset `MACOSX"));
        assert!(told("win_amd64", "py3-none-any").unwrap_err().starts_with("nothing of the project is compiled"));
    }

    #[test]
    fn a_set_that_is_not_complete_names_what_is_done() {
        let told = incomplete(3, &["a.whl".to_owned()]);
        assert_eq!(told.message, "the set is not complete: 1 of 3 wheels are done");
        assert_eq!(told.notes, ["done: `a.whl`"]);
    }

    #[test]
    fn an_expected_set_is_complete_or_refused_with_both_sides() {
        let expected = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let planned = ["d-1-cp39-abi3-linux_x86_64.whl"];
        let whole = |names: &[&str]| expect(&expected(names), &planned, Share::Whole);
        assert_eq!(whole(&[]), Ok(()));
        assert_eq!(whole(&["cp39-abi3-linux_x86_64"]), Ok(()));
        assert_eq!(whole(&["d-1-cp39-abi3-linux_x86_64.whl"]), Ok(()));
        let two = expected(&["cp39-abi3-linux_x86_64", "pp311-pypy311_pp73-linux_x86_64"]);
        assert_eq!(expect(&two, &planned, Share::One), Ok(()));
        assert!(expect(&two, &planned, Share::Whole).is_err());
        // Which promise is kept will be known when it is compiled.
        assert_eq!(whole(&["cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64"]), Ok(()));
        assert_eq!(whole(&["d-1-cp39-abi3-musllinux_1_2_x86_64.whl"]), Ok(()));
        assert!(whole(&["cp39-abi3-manylinux_2_17_aarch64"]).is_err());
        assert!(whole(&["cp310-abi3-manylinux_2_17_x86_64"]).is_err());
        let fault = whole(&["cp310-abi3-linux_x86_64"]).unwrap_err();
        assert_eq!(
            fault.notes,
            ["missing: `cp310-abi3-linux_x86_64`", "not expected: `d-1-cp39-abi3-linux_x86_64.whl`"]
        );
    }
}
