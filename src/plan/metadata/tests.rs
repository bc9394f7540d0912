//! The judgement of `[project]`, on texts.

use std::collections::BTreeMap;

use super::*;
use crate::facts::toml_document::Document;

/// A project's texts: `pyproject.toml`, `Cargo.toml` and the files beside them.
struct Case {
    pyproject: &'static str,
    cargo: &'static str,
    files: BTreeMap<&'static str, &'static str>,
}

fn case(pyproject: &'static str) -> Case {
    Case { pyproject, cargo: "[package]\nname = 'c'\nversion = '1.2.3-rc.1'\n", files: BTreeMap::new() }
}

impl Case {
    fn cargo(mut self, text: &'static str) -> Self {
        self.cargo = text;
        self
    }

    fn file(mut self, name: &'static str, text: &'static str) -> Self {
        self.files.insert(name, text);
        self
    }

    fn judge(self) -> (Option<ProjectMetadata>, Vec<(bool, String)>) {
        let document = |name: &str, text: &str| Document::parse(Path::new(name), text.as_bytes()).unwrap();
        let mut faults = Vec::new();
        let pyproject = Pyproject::read(&document("/p/pyproject.toml", self.pyproject), &mut faults);
        let manifest = CargoManifest::read(&document("/p/Cargo.toml", self.cargo), None, &mut faults);
        let text = |path: &Path| {
            let name = path.strip_prefix("/p").ok().and_then(Path::to_str);
            let found = name.and_then(|name| self.files.get(name));
            found.map(|text| text.to_string()).ok_or(TextFault::Missing)
        };
        let list = |_: usize| self.files.keys().map(|name| name.to_string()).collect();
        let git_version = |source: &GitVersion, _: Option<&DistributionName>| match &source.fallback {
            Some(fallback) => Ok(fallback.value.parse().unwrap()),
            None => Err(Diagnostic::error(Code::GitVersion, "no tag")),
        };
        let files = Files { directory: Path::new("/p"), text: &text, list: &list, git_version: &git_version };
        let found = metadata(&pyproject, manifest.as_ref(), &files, &mut faults);
        (found, faults.into_iter().map(|fault| (fault.is_error(), fault.message)).collect())
    }

    /// METADATA of a case without errors.
    fn text(self) -> String {
        let (found, faults) = self.judge();
        assert!(faults.iter().all(|(is_error, _)| !is_error), "{faults:?}");
        found.unwrap().core.to_text()
    }

    /// The messages of the errors.
    fn errors(self) -> Vec<String> {
        self.judge().1.into_iter().filter_map(|(is_error, message)| is_error.then_some(message)).collect()
    }
}

#[test]
fn the_version_comes_from_tags_where_the_tool_table_says_so() {
    let from_git = "[project]\nname = 'a'\ndynamic = ['version']\n[tool.wainwright]\nversion = { from = 'git', fallback = '3.1' }\n";
    assert!(case(from_git).text().contains("Version: 3.1\n"));
    let static_too = "[project]\nname = 'a'\nversion = '1'\n[tool.wainwright]\nversion = { from = 'git' }\n";
    assert_eq!(case(static_too).errors(), ["`tool.wainwright.version.from` has no effect: `version` is not dynamic"]);
    let from_hg = "[project]\nname = 'a'\ndynamic = ['version']\n[tool.wainwright]\nversion = { from = 'hg' }\n";
    assert_eq!(case(from_hg).errors(), ["`tool.wainwright.version.from` is `hg`, which is neither `git` nor `cargo`"]);
}

#[test]
fn the_version_comes_from_cargo_where_dynamic_asks() {
    let text = case("[project]\nname='x'\ndynamic=['version']\n").text();
    assert!(text.contains("\nVersion: 1.2.3rc1\n"), "{text}");
}

#[test]
fn nothing_is_filled_in_that_dynamic_does_not_list() {
    let cargo = "[package]\nname='c'\nversion='1.0.0'\ndescription='d'\nlicense='MIT'\nhomepage='https://h'\nauthors=['A']\nkeywords=['k']\n";
    let text = case("[project]\nname='x'\nversion='1'\n").cargo(cargo).text();
    assert_eq!(text, "Metadata-Version: 2.3\nName: x\nVersion: 1\n");
}

#[test]
fn dynamic_fields_come_from_their_counterparts() {
    let cargo = "[package]\nname='c'\nversion='1.0.0'\ndescription=\"d\\n e\"\nlicense='MIT/Apache-2.0'\nhomepage='https://h'\nrepository='https://r'\nauthors=['A B <a@b.example>', 'C']\nkeywords=['k', 'l']\nreadme='R.md'\n";
    let dynamic =
        "[project]\nname='x'\ndynamic=['version','description','license','urls','authors','keywords','readme']\n";
    let text = case(dynamic).cargo(cargo).file("R.md", "# hi\n").text();
    for line in [
        "Summary: d e",
        "License-Expression: MIT OR Apache-2.0",
        "Project-URL: Homepage, https://h",
        "Project-URL: Source Code, https://r",
        "Author: C",
        "Author-email: A B <a@b.example>",
        "Keywords: k,l",
        "Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM",
        "# hi",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
}

#[test]
fn what_dynamic_lists_and_nobody_provides_is_an_error() {
    let errors =
        case("[project]\nname='x'\nversion='1'\ndynamic=['classifiers', 'keywords', 'flavour', 'name']\n").errors();
    assert_eq!(
        errors,
        [
            "`project.dynamic` lists `classifiers`, which cannot be determined",
            "`project.dynamic` lists `flavour`, which is no key of `[project]`",
            "`project.dynamic` lists `name`, which is always static",
        ]
    );
}

#[test]
fn a_static_value_beside_dynamic_is_an_error_unless_it_is_a_list() {
    let text = "[project]\nname='x'\nversion='1'\nkeywords=['a']\ndynamic=['version', 'keywords']\n";
    assert_eq!(case(text).errors(), ["`project.version` is given and listed in `project.dynamic` as well"]);
}

#[test]
fn maturins_projects_are_judged_as_maturin_judged_them() {
    let text = "[project]\nname='x'\nrepository='r'\nlicense='Apache 2.0'\ndynamic=['home_page']\n[tool.maturin]\n";
    let (found, faults) = case(text).judge();
    assert!(faults.iter().all(|(is_error, _)| !is_error), "{faults:?}");
    assert_eq!(faults.len(), 4, "{faults:?}");
    let text = found.unwrap().core.to_text();
    assert!(text.contains("\nVersion: 1.2.3rc1\n") && text.contains("\nLicense: Apache 2.0\n"), "{text}");
}

#[test]
fn a_readme_table_without_a_type_is_known_by_its_name_where_maturin_lets_it_pass() {
    let with = |tail: &str| -> &'static str {
        format!("[project]\nname='x'\nversion='1'\nreadme={{file='R.rst'}}\n{tail}").leak()
    };
    let text = case(with("[tool.maturin]\n")).file("R.rst", "hi").text();
    assert!(text.contains("Description-Content-Type: text/x-rst; charset=UTF-8\n"), "{text}");
    let errors = case(with("")).file("R.rst", "hi").errors();
    assert_eq!(errors, ["`project.readme` is a table without `content-type`"]);
}

#[test]
fn what_is_no_address_is_mended_or_left_out_where_maturin_lets_it_pass() {
    let people = "authors=[{name='A', email='<a@b.c>'}, {name='B', email=''}, {email='b at c'}]\n";
    let with = |tail: &str| -> &'static str { format!("[project]\nname='x'\nversion='1'\n{people}{tail}").leak() };
    let (_, findings) = case(with("[tool.maturin]\n")).judge();
    let errors: Vec<bool> = findings.into_iter().map(|(is_error, _)| is_error).collect();
    assert_eq!(errors, [false, false, true], "nothing is left of the third");
    assert_eq!(case(with("")).errors().len(), 3);
    let text = "[project]\nname='x'\nversion='1'\nauthors=[{name='A', email='<a@b.c>'}, {name='B', email=''}]\n\
                [tool.maturin]\n";
    let text = case(text).text();
    assert!(text.contains("Author: B\n") && text.contains("Author-email: A <a@b.c>\n"), "{text}");
}

#[test]
fn a_name_with_a_comma_before_an_address_passes_where_maturin_lets_it() {
    let text = "[project]\nname='x'\nversion='1'\nauthors=[{name='N, Inc.', email='a@b.c'}]\n[tool.maturin]\n";
    let (metadata, findings) = case(text).judge();
    assert!(metadata.unwrap().core.to_text().contains("Author-email: \"N, Inc.\" <a@b.c>\n"));
    assert!(findings.iter().all(|(is_error, _)| !is_error) && findings.len() == 1, "{findings:?}");
    let strict = "[project]\nname='x'\nversion='1'\nauthors=[{name='N, Inc.', email='a@b.c'}]\n";
    assert_eq!(case(strict).errors().len(), 1);
}

#[test]
fn without_a_project_table_every_field_comes_from_cargo() {
    let cargo = "[package]\nname='my-crate'\nversion='1.0.0'\ndescription='d'\nlicense='MIT'\n";
    let text = case("[build-system]\nrequires=[]\n").cargo(cargo).file("LICENSE", "text").text();
    assert_eq!(
        text,
        "Metadata-Version: 2.4\nName: my-crate\nVersion: 1.0.0\nSummary: d\nLicense-Expression: MIT\nLicense-File: LICENSE\n"
    );
}

#[test]
fn licence_globs_must_match_and_an_empty_list_means_none() {
    let with =
        |globs: &str| -> &'static str { format!("[project]\nname='x'\nversion='1'\nlicense-files={globs}\n").leak() };
    assert_eq!(
        case(with("['LICENSE', 'NOPE*']")).file("LICENSE", "t").errors(),
        ["`project.license-files[1]` is `NOPE*`, which matches no file"]
    );
    assert!(!case(with("[]")).file("LICENSE", "t").text().contains("License-File"));
    let (found, _) = case(with("['lic/*']")).file("lic/b", "2").file("lic/a", "1").judge();
    let paths: Vec<String> = found.unwrap().license_files.into_iter().map(|file| file.path).collect();
    assert_eq!(paths, ["lic/a", "lic/b"]);
}

#[test]
fn the_licence_that_a_crate_names_travels_where_nobody_names_others() {
    let cargo = "[package]\nname='c'\nversion='1.0.0'\nlicense-file='legal/terms.txt'\n";
    let bare = "[project]\nname='x'\nversion='1'\n";
    let text = case(bare).cargo(cargo).file("legal/terms.txt", "t").text();
    assert!(text.contains("License-File: legal/terms.txt\n"), "{text}");
    assert!(!case(bare).cargo(cargo).text().contains("License-File"), "it is not there");
    let others = "[project]\nname='x'\nversion='1'\nlicense-files=[]\n";
    assert!(!case(others).cargo(cargo).file("legal/terms.txt", "t").text().contains("License-File"));
}

#[test]
fn two_extras_of_one_normal_form_are_an_error() {
    let text = "[project]\nname='x'\nversion='1'\n[project.optional-dependencies]\nFoo_Bar=['a']\nfoo-bar=['b']\n";
    assert_eq!(
        case(text).errors(),
        ["`project.optional-dependencies` has two extras that normalise to `foo-bar`, `foo-bar` among them"]
    );
}

#[test]
fn all_faults_of_values_are_reported_together() {
    let text =
        "[project]\nname='x-'\nversion='1.0-foo'\nrequires-python='3.8'\ndependencies=['a b c']\nkeywords=['a,b']\n";
    assert_eq!(case(text).errors().len(), 5);
}

#[test]
fn import_names_may_not_stand_in_both_lists() {
    let text = "[project]\nname='x'\nversion='1'\nimport-names=['a', 'b ; private']\nimport-namespaces=['b']\n";
    assert_eq!(case(text).errors(), ["`b ; private` stands in `import-names` and in `import-namespaces`"]);
}

#[test]
fn what_pypi_would_not_take_is_told_before_it_is_uploaded() {
    let project = "[project]\nname='x'\nversion='1'\nclassifiers=['Foo :: Bar', 'Typing :: Typed', ' Topic :: x', 'Topic']\n\
                   [project.urls]\nA='example.org'\nB='https://e.invalid/?a,b'\nC='https://e.invalid/a b'\n";
    let (found, faults) = case(project).judge();
    assert_eq!(found.unwrap().core.classifiers.len(), 4);
    let expected = [
        "`project.urls.A` is `example.org`, which PyPI does not take for a URL",
        "`project.urls.C` is `https://e.invalid/a b`, which PyPI does not take for a URL",
        "`project.classifiers[0]` is `Foo :: Bar`, which is no classifier of PyPI",
        "`project.classifiers[2]` is ` Topic :: x`, which is no classifier of PyPI",
        "`project.classifiers[3]` is `Topic`, which is no classifier of PyPI",
    ];
    let mut told: Vec<&str> = faults.iter().map(|(_, message)| message.as_str()).collect();
    told.sort_unstable_by_key(|message| expected.iter().position(|known| known == message));
    assert_eq!(told, expected);
    assert!(faults.iter().all(|(is_error, _)| !is_error));
    let empty = "[project]\nname='x'\nversion='1'\n[project.urls]\nA=''\n";
    assert_eq!(case(empty).errors(), ["`project.urls.A` is empty, which is no URL"]);
}

#[test]
fn an_import_name_that_is_listed_twice_is_told() {
    let twice = "[project]\nname='x'\nversion='1'\nimport-names=['x', 'y', 'x; private']\n";
    let told = case(twice).judge().1;
    assert_eq!(told, [(false, "`project.import-names[2]` is `x; private`, and `x` is listed already".to_owned())]);
}

#[test]
fn a_file_that_is_missing_is_sought_in_other_letters() {
    let named = "[project]\nname='x'\nversion='1'\nreadme='docs/Readme.md'\n";
    let hint = |case: Case| {
        let mut faults = Vec::new();
        let document = Document::parse(Path::new("/p/pyproject.toml"), case.pyproject.as_bytes()).unwrap();
        let pyproject = Pyproject::read(&document, &mut faults);
        let text = |_: &Path| Err(TextFault::Missing);
        let list = |_: usize| case.files.keys().map(|name| name.to_string()).collect();
        let git_version = |_: &GitVersion, _: Option<&DistributionName>| Err(Diagnostic::error(Code::GitVersion, ""));
        let files = Files { directory: Path::new("/p"), text: &text, list: &list, git_version: &git_version };
        metadata(&pyproject, None, &files, &mut faults);
        faults.remove(0).hint.unwrap()
    };
    assert_eq!(hint(case(named).file("docs/README.md", "")), "did you mean `docs/README.md`?");
    assert_eq!(hint(case(named)), "write the file, or mend its name here");
}
