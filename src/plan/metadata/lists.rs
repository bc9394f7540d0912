//! The fields that are lists and tables: people, keywords, links, requirements, entry points, import names.

use super::{Judge, one_line, parsed};
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::pyproject::{NamedField, PersonField, ProjectTable};
use crate::facts::toml_document::Located;
use crate::spec::core_metadata::{self, Person, ProjectUrlLabelError};
use crate::spec::entry_points::EntryPoints;
use crate::spec::name::ExtraName;
use crate::spec::requirement::Requirement;

impl Judge<'_> {
    pub(super) fn keywords(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Vec<String> {
        let from_cargo = self.manifest.map(|manifest| manifest.keywords.as_slice()).unwrap_or_default();
        let added = if self.is_dynamic(project, "keywords") { from_cargo } else { &[] };
        let keywords = project.keywords.iter().chain(added);
        keywords.filter_map(|keyword| plain(keyword, ",", "keywords are joined by commas", faults)).collect()
    }

    pub(super) fn authors(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Vec<Person> {
        let mut authors = self.people(&project.authors, faults);
        if self.is_dynamic(project, "authors") {
            authors.extend(self.cargo_authors());
        }
        authors
    }

    pub(super) fn people(&self, fields: &[PersonField], faults: &mut Vec<Diagnostic>) -> Vec<Person> {
        fields.iter().filter_map(|field| self.person(field, faults)).collect()
    }

    fn person(&self, field: &PersonField, faults: &mut Vec<Diagnostic>) -> Option<Person> {
        fn text(field: &Option<Located<String>>) -> Option<&str> {
            field.as_ref().map(|text| text.value.as_str())
        }
        let (name, email) = (text(&field.name), text(&field.email));
        let reason = match Person::new(name, email) {
            Ok(person) => return Some(person),
            Err(reason) => reason,
        };
        let fault = Diagnostic::error(Code::ProjectValue, format!("`{}`: {reason}", field.key)).at(field.place.clone());
        let person = self.lenient.then(|| forgiven(name, email)).flatten();
        let kept = person.as_ref().map(|person| match person.email() {
            Some(email) => format!("the address is written as `{email}`"),
            None => "the name is written without an address".to_owned(),
        });
        faults.push(match kept {
            Some(kept) if email != person.as_ref().and_then(Person::email) => self.strict(fault.with_note(kept)),
            Some(_) => self.strict(fault),
            None => fault,
        });
        person
    }

    /// `Name <mail>`, or a name alone.
    pub(super) fn cargo_authors(&self) -> Vec<Person> {
        let authors = self.manifest.map(|manifest| manifest.authors.as_slice()).unwrap_or_default();
        authors.iter().filter_map(|author| cargo_author(&author.value)).collect()
    }

    pub(super) fn urls(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Vec<(String, String)> {
        let mut urls: Vec<(String, String)> = project.urls.iter().filter_map(|url| self.url(url, faults)).collect();
        if self.is_dynamic(project, "urls") {
            for (label, url) in self.cargo_urls() {
                if !urls.iter().any(|(known, _)| known.eq_ignore_ascii_case(&label)) {
                    urls.push((label, url));
                }
            }
        }
        urls
    }

    pub(super) fn url(&self, field: &NamedField, faults: &mut Vec<Diagnostic>) -> Option<(String, String)> {
        if let Err(reason) = core_metadata::project_url_label_ok(&field.name) {
            let fault = Diagnostic::error(Code::ProjectValue, format!("`project.urls`: {reason}"));
            let fault =
                fault.at(field.name_place.clone()).hint("choose a short label without commas, such as `Homepage`");
            let only_long = matches!(reason, ProjectUrlLabelError::TooLong { .. });
            faults.push(if only_long { self.strict(fault) } else { fault });
            if !(only_long && self.lenient) {
                return None;
            }
        }
        let address = plain(&field.value, "", "", faults)?;
        faults.extend(self.not_an_address(&field.value));
        (!address.trim().is_empty()).then(|| (field.name.clone(), address))
    }

    /// An empty one is an error; what PyPI does not take is told.
    fn not_an_address(&self, url: &Located<String>) -> Option<Diagnostic> {
        let hint = "write the whole address, such as `https://example.org/project`";
        if url.value.trim().is_empty() {
            let fault = url.error(Code::ProjectValue, format!("`{}` is empty, which is no URL", url.key)).hint(hint);
            return Some(self.strict(fault));
        }
        let host = ["https://", "http://"].iter().find_map(|scheme| url.value.strip_prefix(scheme));
        let is_address = host.is_some_and(|host| !host.is_empty() && !url.value.contains(char::is_whitespace));
        (!is_address).then(|| {
            let message = format!("`{}` is `{}`, which PyPI does not take for a URL", url.key, url.value);
            url.warning(Code::ProjectValue, message).hint(hint)
        })
    }

    pub(super) fn cargo_urls(&self) -> Vec<(String, String)> {
        let Some(manifest) = self.manifest else { return Vec::new() };
        let fields = [
            ("Homepage", &manifest.homepage),
            ("Documentation", &manifest.documentation),
            ("Source Code", &manifest.repository),
        ];
        let present =
            fields.into_iter().filter_map(|(label, url)| Some((label.to_owned(), url.as_ref()?.value.clone())));
        present.filter(|(_, url)| !core_metadata::has_line_break(url)).collect()
    }
}

/// A value that becomes (a part of) one header line.
fn plain(text: &Located<String>, forbidden: &str, why: &str, faults: &mut Vec<Diagnostic>) -> Option<String> {
    let shown = text.value.escape_debug();
    if core_metadata::has_line_break(&text.value) || text.value.chars().any(|c| c.is_control() && c != '\t') {
        let message = format!("`{}` is `{shown}`, which holds a line break or control character", text.key);
        faults.push(text.error(Code::ProjectValue, message));
        return None;
    }
    if !forbidden.is_empty() && text.value.contains(forbidden) {
        let message = format!("`{}` is `{shown}`, which holds `{forbidden}`: {why}", text.key);
        faults.push(text.error(Code::ProjectValue, message).hint("write it as two entries, or without it"));
        return None;
    }
    Some(text.value.clone())
}

/// A person whom the standard refuses, as near to what is written as it can be: a name with commas, an address without
/// the brackets around it, or a name alone.
fn forgiven(name: Option<&str>, email: Option<&str>) -> Option<Person> {
    let bare = email.map(|email| email.trim().trim_start_matches('<').trim_end_matches('>'));
    Person::with_commas(name, bare).or_else(|_| Person::new(name, None)).ok()
}

fn cargo_author(text: &str) -> Option<Person> {
    let (name, email) = match text.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.trim().strip_suffix('>').map(str::trim)),
        None => (text.trim(), None),
    };
    let name = name.replace(',', " ");
    let name = one_line(&name);
    let name = Some(name.as_str()).filter(|name| !name.is_empty());
    Person::new(name, email).or_else(|_| Person::new(name, None)).ok()
}

/// The first words of all classifiers that PyPI knows.
const CLASSIFIER_ROOTS: [&str; 11] = [
    "Development Status",
    "Environment",
    "Framework",
    "Intended Audience",
    "License",
    "Natural Language",
    "Operating System",
    "Private",
    "Programming Language",
    "Topic",
    "Typing",
];

pub(super) fn classifiers(project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Vec<String> {
    let classifiers: Vec<String> =
        project.classifiers.iter().filter_map(|classifier| plain(classifier, "", "", faults)).collect();
    faults.extend(project.classifiers.iter().filter_map(unknown_classifier));
    classifiers
}

/// PyPI refuses what is not on its list. The list grows, its roots do not: those are held here.
fn unknown_classifier(classifier: &Located<String>) -> Option<Diagnostic> {
    let mut parts = classifier.value.split(" :: ");
    let has_root = parts.next().is_some_and(|root| CLASSIFIER_ROOTS.contains(&root));
    let mut below = parts.peekable();
    let is_formed = below.peek().is_some() && below.all(|part| !part.is_empty() && part.trim() == part);
    (!has_root || !is_formed).then(|| {
        let message =
            format!("`{}` is `{}`, which is no classifier of PyPI", classifier.key, classifier.value.escape_debug());
        let hint = "copy it from PyPI's list: words parted by ` :: `, as in `Programming Language :: Rust`";
        classifier.warning(Code::ProjectValue, message).hint(hint)
    })
}

pub(super) fn dependencies(project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> (Vec<Requirement>, Vec<ExtraName>) {
    let mut requirements: Vec<Requirement> =
        project.dependencies.iter().filter_map(|text| parsed(text, faults)).collect();
    let mut extras: Vec<ExtraName> = Vec::new();
    for field in &project.optional_dependencies {
        let extra: ExtraName = match field.name.parse() {
            Ok(extra) => extra,
            Err(reason) => {
                let fault = Diagnostic::error(Code::ProjectValue, format!("`project.optional-dependencies`: {reason}"));
                faults.push(fault.at(field.place.clone()));
                continue;
            }
        };
        if extras.iter().any(|known| known.normalized() == extra.normalized()) {
            let message = format!(
                "`project.optional-dependencies` has two extras that normalise to `{}`, `{}` among them",
                extra.normalized(),
                field.name
            );
            faults.push(Diagnostic::error(Code::KeyConflict, message).at(field.place.clone()).hint("merge the two"));
            continue;
        }
        let of_extra: Vec<Requirement> = field.dependencies.iter().filter_map(|text| parsed(text, faults)).collect();
        requirements.extend(of_extra.iter().map(|requirement| requirement.with_extra(&extra)));
        extras.push(extra);
    }
    (requirements, extras)
}

pub(super) fn entry_points(project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> EntryPoints {
    let mut entry_points = EntryPoints::default();
    let mut add = |key: &str, group: &str, fields: &[NamedField], faults: &mut Vec<Diagnostic>| {
        for field in fields {
            if let Err(reason) = entry_points.insert(group, &field.name, &field.value.value) {
                let fault = Diagnostic::error(Code::ProjectValue, format!("`{key}`: {reason}"));
                faults.push(
                    fault.at(field.value.place.clone()).hint("an entry point is `name = \"package.module:object\"`"),
                );
            }
        }
    };
    add("project.scripts", "console_scripts", &project.scripts, faults);
    add("project.gui-scripts", "gui_scripts", &project.gui_scripts, faults);
    for group in &project.entry_points {
        let own = match group.name.as_str() {
            "console_scripts" => Some("project.scripts"),
            "gui_scripts" => Some("project.gui-scripts"),
            _ => None,
        };
        if let Some(own) = own {
            let message =
                format!("`project.entry-points.{}` is not allowed, since it has a key of its own", group.name);
            faults.push(
                Diagnostic::error(Code::KeyConflict, message).at(group.place.clone()).hint(format!("use `{own}`")),
            );
            continue;
        }
        add("project.entry-points", &group.name, &group.entries, faults);
    }
    entry_points
}

pub(super) fn import_names(project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Option<Vec<String>> {
    let names = project.import_names.as_ref()?;
    let valid = names.iter().filter_map(|name| import_name(name, faults)).collect();
    let namespaces: Vec<&str> = project.import_namespaces.iter().flatten().map(|name| bare(&name.value)).collect();
    for name in names.iter().filter(|name| namespaces.contains(&bare(&name.value))) {
        let message = format!("`{}` stands in `import-names` and in `import-namespaces`", name.value);
        faults.push(name.error(Code::KeyConflict, message).hint("keep it in one of the two (PEP 794)"));
    }
    faults.extend(repeated(names));
    faults.extend(missing_parents(names, &namespaces));
    Some(valid)
}

/// A name that is listed again, perhaps as private now.
fn repeated(names: &[Located<String>]) -> Vec<Diagnostic> {
    let before = |at: usize| names[..at].iter().find(|known| bare(&known.value) == bare(&names[at].value));
    let again = |(at, name): (usize, &Located<String>)| {
        let known = before(at)?;
        let message = format!("`{}` is `{}`, and `{}` is listed already", name.key, name.value, known.value);
        Some(name.warning(Code::ProjectValue, message).hint("keep one of the two"))
    };
    names.iter().enumerate().filter_map(again).collect()
}

/// PEP 794 asks for the packages that a listed module lies in.
fn missing_parents(names: &[Located<String>], namespaces: &[&str]) -> Vec<Diagnostic> {
    let listed = |parent: &str| namespaces.contains(&parent) || names.iter().any(|name| bare(&name.value) == parent);
    let missing = names.iter().filter_map(|name| {
        let (parent, _) = bare(&name.value).rsplit_once('.')?;
        (!listed(parent)).then(|| {
            let message = format!("`{}` is listed, but not `{parent}`, which it lies in", name.value);
            name.warning(Code::ProjectValue, message)
                .hint(format!("add `{parent}` to `import-names` or `import-namespaces`"))
        })
    });
    missing.collect()
}

pub(super) fn import_namespaces(project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Vec<String> {
    project.import_namespaces.iter().flatten().filter_map(|name| import_name(name, faults)).collect()
}

fn import_name(name: &Located<String>, faults: &mut Vec<Diagnostic>) -> Option<String> {
    parsed::<core_metadata::ImportName>(name, faults).map(|name| name.to_string())
}

/// The name without `; private`.
fn bare(name: &str) -> &str {
    name.split(';').next().unwrap_or_default().trim()
}
