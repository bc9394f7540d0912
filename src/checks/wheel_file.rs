//! WHEEL tells which format the wheel has and for whom it is; it must say what the file's name says.
//!
//! Source: "Binary distribution format"; PEP 427.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::header_file::HeaderFile;
use crate::spec::filename::WheelName;
use crate::spec::tag::WheelTag;

pub fn check(text: &str, name: &WheelName, has_modules: bool) -> Vec<Diagnostic> {
    let file = HeaderFile::read(text);
    let mut findings = Vec::new();
    let error = |message: String| Diagnostic::error(Code::WheelFile, message);
    match file.first("Wheel-Version").map(|version| (version, version.split('.').next())) {
        None => findings.push(error("WHEEL has no `Wheel-Version`".to_owned())),
        Some((_, Some("1"))) => {}
        Some((version, _)) => {
            findings.push(error(format!("WHEEL has the `Wheel-Version` `{version}`, and installers know 1 alone")));
        }
    }
    match file.first("Root-Is-Purelib").map(str::to_lowercase).as_deref() {
        Some("true") if has_modules && name.tag.platform() != ["any"] => {
            let message = "`Root-Is-Purelib` is `true`, but there are compiled modules: they would be installed as if they were Python";
            findings.push(Diagnostic::warning(Code::WheelFile, message));
        }
        Some("true" | "false") => {}
        Some(other) => findings.push(error(format!("`Root-Is-Purelib` is `{other}`, which is neither true nor false"))),
        None => findings.push(error("WHEEL has no `Root-Is-Purelib`".to_owned())),
    }
    findings.extend(tags(&file, name));
    let build = name.build.as_ref().map(ToString::to_string);
    if let Some(own) = file.first("Build").filter(|own| build.as_deref() != Some(own)) {
        let message = format!("WHEEL has the build `{own}`, and the file's name `{}`", build.unwrap_or_default());
        findings.push(Diagnostic::warning(Code::WheelFile, message));
    }
    findings
}

fn tags(file: &HeaderFile, name: &WheelName) -> Option<Diagnostic> {
    let mut said: BTreeSet<String> = BTreeSet::new();
    for tag in file.all("Tag") {
        match tag.parse::<WheelTag>() {
            Ok(tag) => said.extend(tag.expand()),
            Err(reason) => return Some(Diagnostic::error(Code::WheelFile, format!("WHEEL: {reason}"))),
        }
    }
    let named: BTreeSet<String> = name.tag.expand().into_iter().collect();
    if said.is_empty() {
        return Some(Diagnostic::error(Code::WheelFile, "WHEEL has no `Tag`"));
    }
    if said == named {
        return None;
    }
    let list = |tags: BTreeSet<&String>| tags.into_iter().map(String::as_str).collect::<Vec<_>>().join("`, `");
    let finding = Diagnostic::warning(Code::WheelFile, "the tags in WHEEL are not those of the file's name");
    let finding = finding.with_note(format!("WHEEL alone has `{}`", list(said.difference(&named).collect())));
    Some(finding.with_note(format!("the name alone has `{}`", list(named.difference(&said).collect()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let name = "demo-1.0-cp311-abi3-win_amd64.whl".parse().unwrap();
        check(text, &name, true).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn it_says_what_the_name_says() {
        let good = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: false\nTag: cp311-abi3-win_amd64\n";
        assert_eq!(found(good), [""; 0]);
        assert!(found(&good.replace("1.0", "2.0"))[0].contains("`2.0`"));
        assert!(found(&good.replace("false", "true"))[0].contains("compiled modules"));
        assert!(found(&good.replace("false", "no"))[0].contains("neither"));
        assert!(found(&good.replace("cp311-abi3", "cp312-abi3"))[0].contains("not those of the file's name"));
        assert_eq!(found("Wheel-Version: 1.0\nRoot-Is-Purelib: false\n"), ["WHEEL has no `Tag`"]);
        assert_eq!(found("").len(), 3);
    }
}
