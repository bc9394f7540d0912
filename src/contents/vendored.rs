//! Crates of others in an sdist: the configuration by which cargo finds them there, and what stands in for those that no
//! declared target needs.
//!
//! Source: The Cargo Book, "Source Replacement", directory sources.

use serde_json::json;

/// The directory of the crates, below the sdist's own.
pub const DIRECTORY: &str = "vendor";

/// cargo's configuration with the tables that `cargo vendor` asks for at its end.
///
/// Fails where it says already where crates come from.
pub fn configuration(text: &str, asked: &str) -> Result<String, String> {
    let gap = if text.is_empty() || text.ends_with("\n\n") {
        ""
    } else if text.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    let joined = format!("{text}{gap}{}\n", asked.trim_end());
    joined.parse::<toml_edit::DocumentMut>().map_err(|error| error.to_string())?;
    Ok(joined)
}

/// A crate that is only named, so that the lock file holds: what of it stays as it is, and what takes the place of its
/// sources.
pub fn stands_in(path: &str, sources: &[String]) -> StandsIn {
    if path == "Cargo.toml" {
        return StandsIn::Kept;
    }
    if sources.iter().any(|source| source == path) {
        return StandsIn::Text(
            "compile_error!(\"this crate is not in the source distribution: no target that it was made for needs it\");\n"
                .to_owned(),
        );
    }
    StandsIn::Gone
}

/// What becomes of a file of such a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandsIn {
    Kept,
    Text(String),
    Gone,
}

/// `.cargo-checksum.json` without the digests of files; the digest of the package is that of the lock file.
pub fn checksum(text: &str) -> Result<String, String> {
    let read: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(json!({ "files": {}, "package": read["package"] }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_added_behind_what_is_there() {
        let asked = "[source.crates-io]\nreplace-with = \"v\"\n";
        assert_eq!(configuration("", asked).unwrap(), asked);
        assert_eq!(configuration("[build]\njobs = 2\n", asked).unwrap(), format!("[build]\njobs = 2\n\n{asked}"));
        assert!(configuration("[source.crates-io]\nreplace-with = \"m\"\n", asked).is_err());
    }

    #[test]
    fn of_a_crate_that_is_only_named_the_manifest_stays() {
        let sources = ["src/lib.rs".to_owned()];
        assert_eq!(stands_in("Cargo.toml", &sources), StandsIn::Kept);
        assert!(
            matches!(stands_in("src/lib.rs", &sources), StandsIn::Text(text) if text.starts_with("compile_error!"))
        );
        assert_eq!(stands_in("src/other.rs", &sources), StandsIn::Gone);
        let text = checksum("{\"files\":{\"a\":\"b\"},\"package\":\"c\"}").unwrap();
        assert_eq!(text, "{\"files\":{},\"package\":\"c\"}");
    }
}
