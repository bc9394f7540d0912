//! A wheel has one `.dist-info` directory, of its own name and version, with METADATA, WHEEL and RECORD in it.
//!
//! Source: "Binary distribution format"; PEP 427.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::archive::Archive;
use crate::spec::filename::WheelName;
use crate::spec::name::DistributionName;
use crate::spec::version::Version;

/// Finds the directory, and what is wrong with it.
pub fn check(archive: &Archive, name: &WheelName) -> (Option<String>, Vec<Diagnostic>) {
    let tops = archive.tops();
    let found: Vec<&str> = tops.into_iter().filter(|top| top.ends_with(".dist-info")).collect();
    let [directory] = found[..] else {
        let message = match found[..] {
            [] => "the wheel has no `.dist-info` directory".to_owned(),
            _ => format!("the wheel has several `.dist-info` directories: `{}`", found.join("`, `")),
        };
        let finding = Diagnostic::error(Code::DistInfo, message).hint("installers refuse a wheel without just one");
        return (found.first().map(|first| first.to_string()), vec![finding]);
    };
    let mut findings = Vec::new();
    if !is_of(directory, name) {
        let message = format!("`{directory}` is not the directory of `{}` `{}`", name.name, name.version);
        let hint = "its name is NAME-VERSION.dist-info, as the file's begins";
        findings.push(Diagnostic::error(Code::DistInfo, message).hint(hint));
    }
    for file in ["METADATA", "WHEEL", "RECORD"] {
        if !archive.has(&format!("{directory}/{file}")) {
            let message = format!("`{directory}` has no `{file}`");
            findings.push(Diagnostic::error(Code::DistInfo, message));
        }
    }
    // What installers write when they install, and nobody before.
    for file in ["INSTALLER", "REQUESTED", "direct_url.json"] {
        if archive.has(&format!("{directory}/{file}")) {
            let message = format!("`{directory}/{file}` is for installers to write");
            findings.push(Diagnostic::warning(Code::DistInfo, message).hint("leave it out of the wheel"));
        }
    }
    (Some(directory.to_owned()), findings)
}

fn is_of(directory: &str, name: &WheelName) -> bool {
    let stem = directory.strip_suffix(".dist-info").and_then(|stem| stem.rsplit_once('-'));
    let Some((own, version)) = stem else { return false };
    let normal = |text: &str| text.parse::<DistributionName>().map(|name| name.normalized()).ok();
    let version: Option<Version> = version.replace('_', "-").parse().ok();
    normal(own) == normal(&name.name) && version.as_ref() == Some(&name.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::archive;

    fn found(paths: &[&str]) -> Vec<String> {
        let name = "Demo_x-1.0-py3-none-any.whl".parse().unwrap();
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "")).collect();
        check(&archive("", &files), &name).1.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn there_is_one_of_the_wheels_own_name_with_its_three_files() {
        let own = ["demo_x-1.0.dist-info/METADATA", "demo_x-1.0.dist-info/WHEEL", "demo_x-1.0.dist-info/RECORD"];
        assert_eq!(found(&own), [""; 0]);
        assert_eq!(found(&own[..2]), ["`demo_x-1.0.dist-info` has no `RECORD`"]);
        assert_eq!(found(&["a.py"]), ["the wheel has no `.dist-info` directory"]);
        assert!(found(&[own[0], "b-1.dist-info/RECORD"])[0].contains("several"));
        assert!(found(&["other-1.0.dist-info/METADATA"])[0].contains("is not the directory of"));
    }
}
