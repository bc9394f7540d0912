//! Core metadata: the text of METADATA and PKG-INFO (PyPA "Core metadata specifications"; PEP 566, 639, 643, 685,
//! 794, 808), and the words that fill it (PyPA "pyproject.toml specification").

use std::fmt;
use std::str::FromStr;

use super::license::LicenseExpression;
use super::module_path::{ModulePath, ModulePathError};
use super::name::{DistributionName, ExtraName};
use super::requirement::Requirement;
use super::specifier::VersionSpecifiers;
use super::text::{is_line_break, shown};
use super::version::Version;

pub use super::text::has_line_break;

/// What is known of a distribution. Plain strings are expected to be one line; a line break in one becomes a blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreMetadata {
    pub name: DistributionName,
    pub version: Version,
    /// The fields that a wheel built from this sdist may fill otherwise (PEP 643), by their header names.
    pub dynamic: Vec<String>,
    pub summary: Option<String>,
    pub description: Option<Description>,
    pub keywords: Vec<String>,
    pub authors: Vec<Person>,
    pub maintainers: Vec<Person>,
    pub license_expression: Option<LicenseExpression>,
    /// The free text of the old `License` field; it may have several lines.
    pub license_text: Option<String>,
    pub license_files: Vec<String>,
    pub classifiers: Vec<String>,
    /// Label and address.
    pub project_urls: Vec<(String, String)>,
    pub requires_python: Option<VersionSpecifiers>,
    pub requires_dist: Vec<Requirement>,
    pub provides_extra: Vec<ExtraName>,
    /// `Some` of nothing says that nothing can be imported (PEP 794).
    pub import_names: Option<Vec<String>>,
    pub import_namespaces: Vec<String>,
}

/// The long description: what the index shows as the project's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    pub text: String,
    pub content_type: Option<String>,
}

/// Name and version as METADATA or PKG-INFO tells them, if both are there and valid.
pub fn identity(text: &str) -> Option<(DistributionName, Version)> {
    let header = |name: &str| {
        let headers = text.lines().take_while(|line| !line.is_empty());
        headers.into_iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    Some((header("Name")?.parse().ok()?, header("Version")?.parse().ok()?))
}

impl CoreMetadata {
    /// Metadata of which only the name and the version are known.
    pub fn new(name: DistributionName, version: Version) -> Self {
        Self {
            name,
            version,
            dynamic: Vec::new(),
            summary: None,
            description: None,
            keywords: Vec::new(),
            authors: Vec::new(),
            maintainers: Vec::new(),
            license_expression: None,
            license_text: None,
            license_files: Vec::new(),
            classifiers: Vec::new(),
            project_urls: Vec::new(),
            requires_python: None,
            requires_dist: Vec::new(),
            provides_extra: Vec::new(),
            import_names: None,
            import_namespaces: Vec::new(),
        }
    }

    /// The lowest version of the format that holds the fields used, 2.3 at least: since then extras are normalised.
    pub fn metadata_version(&self) -> &'static str {
        if self.has_partly_dynamic_field() {
            "2.6"
        } else if self.import_names.is_some() || !self.import_namespaces.is_empty() {
            "2.5"
        } else if self.license_expression.is_some() || !self.license_files.is_empty() {
            "2.4"
        } else {
            "2.3"
        }
    }

    /// Whether a field is dynamic and has static values all the same, to which a wheel may only add (PEP 808).
    fn has_partly_dynamic_field(&self) -> bool {
        let has_values = |field: &str| match field.to_ascii_lowercase().as_str() {
            "keywords" => !self.keywords.is_empty(),
            "author" | "author-email" => !self.authors.is_empty(),
            "maintainer" | "maintainer-email" => !self.maintainers.is_empty(),
            "license-file" => !self.license_files.is_empty(),
            "classifier" => !self.classifiers.is_empty(),
            "project-url" => !self.project_urls.is_empty(),
            "requires-dist" => !self.requires_dist.is_empty(),
            "provides-extra" => !self.provides_extra.is_empty(),
            "import-name" => self.import_names.is_some(),
            "import-namespace" => !self.import_namespaces.is_empty(),
            _ => false,
        };
        self.dynamic.iter().any(|field| has_values(field))
    }

    /// The text of METADATA or PKG-INFO.
    pub fn to_text(&self) -> String {
        let mut headers = Headers::default();
        headers.add("Metadata-Version", self.metadata_version());
        headers.add("Name", &self.name);
        headers.add("Version", &self.version);
        headers.add_all("Dynamic", &self.dynamic);
        headers.add_all("Summary", &self.summary);
        headers.add_joined("Keywords", ",", &self.keywords);
        headers.add_people("Author", &self.authors);
        headers.add_people("Maintainer", &self.maintainers);
        headers.add_all("License-Expression", &self.license_expression);
        headers.add_folded("License", self.license_text.as_deref());
        headers.add_all("License-File", &self.license_files);
        headers.add_all("Classifier", &self.classifiers);
        headers.add_all("Project-URL", self.project_urls.iter().map(|(label, url)| format!("{label}, {url}")));
        headers.add_all("Requires-Python", self.requires_python.iter().filter(|specifiers| !specifiers.is_empty()));
        headers.add_all("Requires-Dist", &self.requires_dist);
        headers.add_all("Provides-Extra", self.provides_extra.iter().map(ExtraName::normalized));
        headers.add_import_names(self.import_names.as_deref());
        headers.add_all("Import-Namespace", &self.import_namespaces);
        headers.finish(self.description.as_ref())
    }
}

/// The headers written so far.
#[derive(Default)]
struct Headers(String);

impl Headers {
    fn add(&mut self, field: &str, value: impl fmt::Display) {
        let value = value.to_string().replace(is_line_break, " ");
        self.0 += format!("{field}: {value}").trim_end();
        self.0.push('\n');
    }

    fn add_all<T: fmt::Display>(&mut self, field: &str, values: impl IntoIterator<Item = T>) {
        for value in values {
            self.add(field, value);
        }
    }

    fn add_joined(&mut self, field: &str, separator: &str, values: &[String]) {
        if !values.is_empty() {
            self.add(field, values.join(separator));
        }
    }

    /// Those with an address go into the field with `-email`.
    fn add_people(&mut self, field: &str, people: &[Person]) {
        let names: Vec<_> = people.iter().filter(|person| person.email.is_none()).map(Person::to_string).collect();
        let addresses: Vec<_> = people.iter().filter(|person| person.email.is_some()).map(Person::to_string).collect();
        self.add_joined(field, ", ", &names);
        self.add_joined(&format!("{field}-email"), ", ", &addresses);
    }

    /// Lines after the first are indented, so that they read as a continuation.
    fn add_folded(&mut self, field: &str, text: Option<&str>) {
        let Some(text) = text else { return };
        let text = text.replace("\r\n", "\n");
        let lines: Vec<_> = text.trim().split(is_line_break).map(str::trim_end).collect();
        self.0 += &format!("{field}: {}\n", lines.join("\n        "));
    }

    /// Nothing to import is one empty header.
    fn add_import_names(&mut self, names: Option<&[String]>) {
        match names {
            Some([]) => self.add("Import-Name", ""),
            names => self.add_all("Import-Name", names.unwrap_or_default()),
        }
    }

    fn finish(mut self, description: Option<&Description>) -> String {
        if let Some(description) = description {
            self.add_all("Description-Content-Type", &description.content_type);
            self.0.push('\n');
            self.0 += &description.text.replace("\r\n", "\n");
        }
        self.0
    }
}

/// Why an author or maintainer was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    #[error("a person needs a name or an e-mail address")]
    Nobody,
    #[error("the name of a person cannot be empty")]
    EmptyName,
    #[error("the name {} holds {}, which is not allowed", shown(.name), shown(&.character.to_string()))]
    Name { name: String, character: char },
    #[error("{} is not an e-mail address: {problem}", shown(.email))]
    Email { email: String, problem: &'static str },
}

/// An author or maintainer: a name, an e-mail address, or both.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Person {
    name: Option<String>,
    email: Option<String>,
}

impl Person {
    pub fn new(name: Option<&str>, email: Option<&str>) -> Result<Self, PersonError> {
        if name.is_none() && email.is_none() {
            return Err(PersonError::Nobody);
        }
        let name = name.map(str::trim);
        name.map_or(Ok(()), check_person_name)?;
        email.map_or(Ok(()), check_email)?;
        Ok(Self { name: name.map(str::to_owned), email: email.map(str::to_owned) })
    }

    /// The same, but a name may hold commas. The specification forbids them, since names stand in lists; before an
    /// address a comma does no harm, for such names are quoted (RFC 822).
    pub fn with_commas(name: Option<&str>, email: Option<&str>) -> Result<Self, PersonError> {
        let name = name.map(str::trim);
        name.map_or(Ok(()), |name| check_person_name(&name.replace(',', "")))?;
        let person = Self::new(name.map(|_| "name"), email)?;
        Ok(Self { name: name.map(str::to_owned), ..person })
    }

    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}

fn check_person_name(name: &str) -> Result<(), PersonError> {
    if name.is_empty() {
        return Err(PersonError::EmptyName);
    }
    let forbidden = |c: &char| *c == ',' || c.is_control() || is_line_break(*c);
    match name.chars().find(forbidden) {
        Some(character) => Err(PersonError::Name { name: name.to_owned(), character }),
        None => Ok(()),
    }
}

fn check_email(email: &str) -> Result<(), PersonError> {
    let problem = match email.split_once('@') {
        None => "it has no `@`",
        Some((_, domain)) if domain.contains('@') => "it has more than one `@`",
        Some(("", _)) => "nothing stands before the `@`",
        Some((_, "")) => "nothing stands after the `@`",
        _ if email.contains(|c: char| c.is_whitespace() || c.is_control()) => "it holds a blank",
        _ if email.contains(is_special) => "it holds a bracket, quote, comma, colon or backslash",
        _ => return Ok(()),
    };
    Err(PersonError::Email { email: email.to_owned(), problem })
}

/// The characters that mean something in a list of addresses (RFC 822 "specials"), without `@` and `.`.
fn is_special(c: char) -> bool {
    matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '\\' | ',' | '"')
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, &self.email) {
            (Some(name), Some(email)) => write!(f, "{} <{email}>", display_name(name)),
            (name, email) => f.write_str(name.as_ref().or(email.as_ref()).map_or("", String::as_str)),
        }
    }
}

/// The name as it stands before an address: in quotes where a reader would misread it otherwise.
fn display_name(name: &str) -> String {
    if name.contains(|c: char| is_special(c) || matches!(c, '@' | '.')) {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        name.to_owned()
    }
}

/// Why the label of a URL was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProjectUrlLabelError {
    #[error("the label of a URL cannot be empty")]
    Empty,
    #[error("the URL label {} has {length} characters, at most 32 are allowed", shown(.label))]
    TooLong { label: String, length: usize },
    #[error("the URL label {} holds {}, which is not allowed", shown(.label), shown(&.character.to_string()))]
    Character { label: String, character: char },
}

/// Whether a label can stand in `Project-URL`, whose label ends at the first comma.
pub fn project_url_label_ok(label: &str) -> Result<(), ProjectUrlLabelError> {
    if label.trim().is_empty() {
        return Err(ProjectUrlLabelError::Empty);
    }
    if let Some(character) = label.chars().find(|c| *c == ',' || c.is_control() || is_line_break(*c)) {
        return Err(ProjectUrlLabelError::Character { label: label.to_owned(), character });
    }
    match label.chars().count() {
        length @ 33.. => Err(ProjectUrlLabelError::TooLong { label: label.to_owned(), length }),
        _ => Ok(()),
    }
}

/// Why an import name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportNameError {
    #[error("the import name {} cannot be used: {error}", shown(.name))]
    Path { name: String, error: ModulePathError },
    #[error("the import name {} holds the keyword `{keyword}`", shown(.name))]
    Keyword { name: String, keyword: String },
    #[error("the import name {} may have nothing but `private` after its `;`", shown(.0))]
    Suffix(String),
}

/// What a distribution lets others import (PEP 794): `package.module`, with `; private` where others should not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImportName {
    pub path: ModulePath,
    pub is_private: bool,
}

impl FromStr for ImportName {
    type Err = ImportNameError;

    fn from_str(name: &str) -> Result<Self, ImportNameError> {
        let (path, is_private) = match name.split_once(';') {
            Some((path, suffix)) if suffix.trim_matches(' ') == "private" => (path, true),
            Some(_) => return Err(ImportNameError::Suffix(name.to_owned())),
            None => (name, false),
        };
        let path: ModulePath =
            path.trim_matches(' ').parse().map_err(|error| ImportNameError::Path { name: name.to_owned(), error })?;
        if let Some(keyword) = path.keyword() {
            return Err(ImportNameError::Keyword { name: name.to_owned(), keyword: keyword.to_owned() });
        }
        Ok(Self { path, is_private })
    }
}

impl fmt::Display for ImportName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.path, if self.is_private { "; private" } else { "" })
    }
}

/// Why a content type was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentTypeError {
    #[error("the content type of {} cannot be told from its suffix: only `.md`, `.markdown`, `.rst` and `.txt` are known", shown(.0))]
    Suffix(String),
    #[error("the content type {} is not allowed: it must be `text/markdown`, `text/x-rst` or `text/plain`", shown(.0))]
    Type(String),
    #[error("the content type {} has the parameter {}, which is not allowed", shown(.content_type), shown(.parameter))]
    Parameter { content_type: String, parameter: String },
    #[error("the content type {} has another charset than `UTF-8`", shown(.0))]
    Charset(String),
    #[error("the content type {} has another variant than `GFM` and `CommonMark`", shown(.0))]
    Variant(String),
}

/// How a long description is written: the value of `Description-Content-Type`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContentType(String);

/// Plain text, which every text is.
impl Default for ContentType {
    fn default() -> Self {
        Self("text/plain; charset=UTF-8".to_owned())
    }
}

impl ContentType {
    /// The content type that a file's suffix tells.
    pub fn from_path(path: &str) -> Result<Self, ContentTypeError> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let suffix = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, suffix)| suffix);
        let content_type = match suffix.unwrap_or_default().to_ascii_lowercase().as_str() {
            "md" | "markdown" => "text/markdown; charset=UTF-8; variant=GFM",
            "rst" => "text/x-rst; charset=UTF-8",
            "txt" | "" => "text/plain; charset=UTF-8",
            _ => return Err(ContentTypeError::Suffix(path.to_owned())),
        };
        Ok(Self(content_type.to_owned()))
    }

    /// Reads a content type. Type, parameters' names and charset may be in any case.
    pub fn parse(written: &str) -> Result<Self, ContentTypeError> {
        let mut pieces = written.split(';').map(str::trim);
        let media_type = pieces.next().unwrap_or_default().to_ascii_lowercase();
        if !matches!(media_type.as_str(), "text/plain" | "text/x-rst" | "text/markdown") {
            return Err(ContentTypeError::Type(written.to_owned()));
        }
        let mut normal = media_type.clone();
        for parameter in pieces {
            normal += "; ";
            normal += &content_type_parameter(written, &media_type, parameter)?;
        }
        Ok(Self(normal))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A parameter in its normal form. Besides the two that mean something there may be any (RFC 1341).
fn content_type_parameter(written: &str, media_type: &str, parameter: &str) -> Result<String, ContentTypeError> {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let is_token =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    match name.trim().to_ascii_lowercase().as_str() {
        "charset" if value.eq_ignore_ascii_case("UTF-8") => Ok("charset=UTF-8".to_owned()),
        "charset" => Err(ContentTypeError::Charset(written.to_owned())),
        "variant" if media_type == "text/markdown" && !matches!(value, "GFM" | "CommonMark") => {
            Err(ContentTypeError::Variant(written.to_owned()))
        }
        name if is_token(name) && is_token(value) => Ok(format!("{name}={value}")),
        _ => Err(ContentTypeError::Parameter { content_type: written.to_owned(), parameter: parameter.to_owned() }),
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minimal() -> CoreMetadata {
        CoreMetadata::new("Foo.Bar".parse().unwrap(), "1.0-rc1".parse().unwrap())
    }

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    fn person(name: Option<&str>, email: Option<&str>) -> Person {
        Person::new(name, email).unwrap()
    }

    #[test]
    fn name_and_version_are_enough() {
        assert_eq!(minimal().to_text(), "Metadata-Version: 2.3\nName: Foo.Bar\nVersion: 1.0rc1\n");
    }

    #[test]
    fn every_field_stands_in_its_place() {
        let metadata = CoreMetadata {
            dynamic: strings(&["Requires-External"]),
            summary: Some("Short: and good".into()),
            description: Some(Description {
                text: "# Foo\r\n\r\nName: not a header\r\n".into(),
                content_type: Some(ContentType::from_path("README.md").unwrap().to_string()),
            }),
            keywords: strings(&["wheel", "two words"]),
            authors: vec![
                person(Some("Ada"), None),
                person(Some("J. Doe"), Some("j@doe.example")),
                person(Some("Bob"), None),
                person(None, Some("x@y.example")),
            ],
            maintainers: vec![person(Some("Zoë \"Z\" [x]"), Some("z@z.example"))],
            license_expression: Some("mit".parse().unwrap()),
            license_files: strings(&["LICENSE", "licenses/MIT"]),
            classifiers: strings(&["Programming Language :: Rust"]),
            project_urls: vec![("Home".into(), "https://example.org/a,b".into())],
            requires_python: Some(">= 3.8, <4".parse().unwrap()),
            requires_dist: vec!["numpy (>=1)".parse().unwrap(), "x; extra == 'A_b'".parse().unwrap()],
            provides_extra: vec!["A_b".parse().unwrap()],
            import_names: Some(strings(&["foo", "foo._core; private"])),
            import_namespaces: strings(&["ns"]),
            ..minimal()
        };
        let expected = r#"Metadata-Version: 2.5
Name: Foo.Bar
Version: 1.0rc1
Dynamic: Requires-External
Summary: Short: and good
Keywords: wheel,two words
Author: Ada, Bob
Author-email: "J. Doe" <j@doe.example>, x@y.example
Maintainer-email: "Zoë \"Z\" [x]" <z@z.example>
License-Expression: MIT
License-File: LICENSE
License-File: licenses/MIT
Classifier: Programming Language :: Rust
Project-URL: Home, https://example.org/a,b
Requires-Python: >=3.8,<4
Requires-Dist: numpy>=1
Requires-Dist: x; extra == "a-b"
Provides-Extra: a-b
Import-Name: foo
Import-Name: foo._core; private
Import-Namespace: ns
Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM

# Foo

Name: not a header
"#;
        assert_eq!(metadata.to_text(), expected);
    }

    #[test]
    fn the_format_is_the_lowest_that_holds_the_fields() {
        let version = |metadata: CoreMetadata| metadata.metadata_version();
        let dynamic = strings(&["Classifier"]);
        assert_eq!(version(CoreMetadata { dynamic: dynamic.clone(), ..minimal() }), "2.3");
        assert_eq!(version(CoreMetadata { license_text: Some("MIT".into()), ..minimal() }), "2.3");
        assert_eq!(version(CoreMetadata { license_expression: Some("MIT".parse().unwrap()), ..minimal() }), "2.4");
        assert_eq!(version(CoreMetadata { license_files: strings(&["LICENSE"]), ..minimal() }), "2.4");
        assert_eq!(version(CoreMetadata { import_names: Some(vec![]), ..minimal() }), "2.5");
        assert_eq!(version(CoreMetadata { import_namespaces: strings(&["a"]), ..minimal() }), "2.5");
        assert_eq!(version(CoreMetadata { dynamic, classifiers: strings(&["a"]), ..minimal() }), "2.6");
    }

    #[test]
    fn nothing_to_import_is_one_empty_header() {
        let text = CoreMetadata { import_names: Some(vec![]), ..minimal() }.to_text();
        assert!(text.ends_with("\nImport-Name:\n"), "{text}");
    }

    #[test]
    fn python_of_any_version_is_no_header() {
        let text = CoreMetadata { requires_python: Some("".parse().unwrap()), ..minimal() }.to_text();
        assert!(!text.contains("Requires-Python"));
    }

    #[test]
    fn no_value_can_add_a_header() {
        let evil = "x\nEvil: 1\r\rEvil: 2\u{2028}Evil: 3\u{85}\x0b\x1cEvil: 4";
        let metadata = CoreMetadata {
            dynamic: strings(&[evil]),
            summary: Some(evil.into()),
            keywords: strings(&[evil]),
            license_text: Some(evil.into()),
            license_files: strings(&[evil]),
            classifiers: strings(&[evil]),
            project_urls: vec![(evil.into(), evil.into())],
            import_names: Some(strings(&[evil])),
            import_namespaces: strings(&[evil]),
            description: Some(Description { text: String::new(), content_type: Some(evil.into()) }),
            ..minimal()
        };
        let text = metadata.to_text();
        assert!(text.contains("Evil: 1"));
        assert!(text.split(is_line_break).all(|line| !line.starts_with("Evil")), "{text}");
    }

    #[test]
    fn a_license_of_several_lines_is_folded_so_that_no_line_ends_the_headers() {
        let license = "The MIT License\r\n\r\nPermission is: granted\n  indented\n";
        let text = CoreMetadata { license_text: Some(license.into()), ..minimal() }.to_text();
        let expected = "License: The MIT License\n        \n        Permission is: granted\n          indented\n";
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn a_person_is_written_as_far_as_known() {
        assert_eq!(person(Some(" Ada Lovelace "), None).to_string(), "Ada Lovelace");
        assert_eq!(person(None, Some("ada@example.org")).to_string(), "ada@example.org");
        assert_eq!(person(Some("Ada"), Some("a.l+x@example.org")).to_string(), "Ada <a.l+x@example.org>");
        assert_eq!(person(Some("A@B"), Some("a@b.c")).to_string(), "\"A@B\" <a@b.c>");
        assert_eq!(person(Some("back\\slash"), Some("a@b.c")).to_string(), "\"back\\\\slash\" <a@b.c>");
    }

    #[test]
    fn a_person_without_valid_name_or_address_is_refused() {
        let message = |name, email| Person::new(name, email).unwrap_err().to_string();
        assert_eq!(message(None, None), "a person needs a name or an e-mail address");
        assert_eq!(message(Some(" "), None), "the name of a person cannot be empty");
        assert_eq!(message(Some("Doe, J"), None), "the name `Doe, J` holds `,`, which is not allowed");
        assert_eq!(message(Some("a\nb"), Some("a@b.c")), "the name `a\\nb` holds `\\n`, which is not allowed");
        assert_eq!(message(Some("a\u{2028}b"), None), "the name `a\\u{2028}b` holds `\\u{2028}`, which is not allowed");
        for (email, problem) in [
            ("nobody", "it has no `@`"),
            ("a@b@c", "it has more than one `@`"),
            ("@b.c", "nothing stands before the `@`"),
            ("a@", "nothing stands after the `@`"),
            ("a b@c.d", "it holds a blank"),
            ("a@b.c\n", "it holds a blank"),
            ("<a@b.c>", "it holds a bracket, quote, comma, colon or backslash"),
            ("a@[127.0.0.1]", "it holds a bracket, quote, comma, colon or backslash"),
        ] {
            assert!(message(None, Some(email)).ends_with(&format!("is not an e-mail address: {problem}")), "{email:?}");
        }
    }

    #[test]
    fn a_label_has_at_most_32_characters_and_no_comma() {
        assert_eq!(project_url_label_ok("Bug Tracker: ä"), Ok(()));
        assert_eq!(project_url_label_ok(&"ä".repeat(32)), Ok(()));
        let message = |label: &str| project_url_label_ok(label).unwrap_err().to_string();
        assert!(message(&"a".repeat(33)).ends_with("has 33 characters, at most 32 are allowed"));
        assert_eq!(message("a,b"), "the URL label `a,b` holds `,`, which is not allowed");
        assert_eq!(message("a\nb"), "the URL label `a\\nb` holds `\\n`, which is not allowed");
        assert_eq!(message(" "), "the label of a URL cannot be empty");
    }

    #[test]
    fn an_import_name_may_be_private() {
        let name: ImportName = "pkg._core ;  private".parse().unwrap();
        assert_eq!((name.to_string(), name.is_private), ("pkg._core; private".to_owned(), true));
        let name: ImportName = "pkg".parse().unwrap();
        assert_eq!((name.to_string(), name.is_private), ("pkg".to_owned(), false));
        let message = |text: &str| text.parse::<ImportName>().unwrap_err().to_string();
        assert_eq!(message("a; public"), "the import name `a; public` may have nothing but `private` after its `;`");
        assert_eq!(message("a.class"), "the import name `a.class` holds the keyword `class`");
        assert!(message("a-b").contains("use `_`, as in `a_b`"));
        assert!(message("").ends_with("a module name cannot be empty"));
        assert!(message("a\n").contains("holds `\\n`"));
    }

    #[test]
    fn a_suffix_tells_the_content_type() {
        let of = |path| ContentType::from_path(path).map(|content_type| content_type.to_string());
        assert_eq!(of("README.md"), Ok("text/markdown; charset=UTF-8; variant=GFM".into()));
        assert_eq!(of("docs.d/README.MarkDown"), Ok("text/markdown; charset=UTF-8; variant=GFM".into()));
        assert_eq!(of("a/README.RST"), Ok("text/x-rst; charset=UTF-8".into()));
        assert_eq!(of("README.txt"), Ok("text/plain; charset=UTF-8".into()));
        assert_eq!(of("docs.d/README"), Ok("text/plain; charset=UTF-8".into()));
        assert_eq!(
            of("README.html").unwrap_err().to_string(),
            "the content type of `README.html` cannot be told from its suffix: only `.md`, `.markdown`, `.rst` and \
             `.txt` are known"
        );
    }

    #[test]
    fn a_content_type_is_one_of_three_with_few_parameters() {
        let parse = |text: &str| ContentType::parse(text).map(|content_type| content_type.as_str().to_owned());
        assert_eq!(parse("text/x-rst"), Ok("text/x-rst".into()));
        assert_eq!(parse("Text/Markdown;charset=utf-8 ; variant=CommonMark"), {
            Ok("text/markdown; charset=UTF-8; variant=CommonMark".into())
        });
        assert_eq!(parse("text/plain; charset=\"UTF-8\""), Ok("text/plain; charset=UTF-8".into()));
        let message = |text: &str| ContentType::parse(text).unwrap_err().to_string();
        assert!(message("text/html").contains("it must be `text/markdown`, `text/x-rst` or `text/plain`"));
        assert!(message("").contains("it must be `text/markdown`"));
        assert!(message("text/plain; charset=latin-1").ends_with("has another charset than `UTF-8`"));
        assert!(message("text/markdown; variant=gfm").ends_with("has another variant than `GFM` and `CommonMark`"));
        assert_eq!(parse("text/plain; Format=flowed"), Ok("text/plain; format=flowed".into()));
        assert!(message("text/plain; a=b c").ends_with("the parameter `a=b c`, which is not allowed"));
        assert!(message("text/plain;").ends_with("has the parameter ``, which is not allowed"));
        assert!(message("text/plain\nEvil: 1").contains("is not allowed: it must be"));
    }
}
