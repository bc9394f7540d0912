//! Files that nobody means to publish: those of passwords and tokens, and private keys.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Place};

/// Whether a file bears a name under which people and tools keep secrets: `.env`, `.pypirc`, `.netrc`, `id_ed25519`.
pub fn is_secret(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    name.starts_with(".env") || [".pypirc", ".netrc", "_netrc"].contains(&name) || is_key_of_ssh(name)
}

/// `id_rsa` and the like; their public halves end in `.pub`, and sources in `.rs`.
fn is_key_of_ssh(name: &str) -> bool {
    name.starts_with("id_") && !name.contains('.')
}

/// The word about such a file outside of the packages.
pub fn left_out(path: &Path) -> Diagnostic {
    let message = format!("`{}` stays behind: files of this name hold secrets", path.display());
    Diagnostic::warning(Code::Secret, message).hint("name it in `include` if it shall travel")
}

/// Whether a file of this name may be a private key: then its first bytes tell.
pub fn may_be_key(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    is_key_of_ssh(name) || ["pem", "key", "p8", "pk8", "ppk"].contains(&ending.as_str())
}

/// Whether a file that begins like this is a private key (RFC 7468, OpenSSH, PuTTY). Certificates and public keys are
/// for everybody.
pub fn is_private_key(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let is_armoured =
        text.lines().any(|line| line.starts_with("-----BEGIN ") && line.trim_end().ends_with("PRIVATE KEY-----"));
    is_armoured || text.starts_with("PuTTY-User-Key-File-")
}

/// The finding of a private key in a package.
pub fn private_key(path: &Path) -> Diagnostic {
    let message = format!("`{}` is a private key, which would be published with the package", path.display());
    Diagnostic::error(Code::PrivateKey, message)
        .at(Place::file(path))
        .hint("leave it out with `exclude`; for one that is meant for everybody, such as a test's, allow `private-key`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for secret in [".env", "a/.env.local", ".pypirc", "x/.netrc", "id_rsa", "keys/id_ed25519"] {
            assert!(is_secret(Path::new(secret)), "{secret}");
        }
        for other in ["src/id_map.rs", "id_rsa.pub", "env.py", "netrc.txt", ".environment/x"] {
            assert!(!is_secret(Path::new(other)), "{other}");
        }
    }

    #[test]
    fn private_keys_are_told_from_what_is_public() {
        assert!(
            is_private_key(b"-----BEGIN PRIVATE KEY-----\nMIG")
                && is_private_key(b"# mine\n-----BEGIN RSA PRIVATE KEY-----\r\n")
        );
        assert!(
            is_private_key(b"-----BEGIN OPENSSH PRIVATE KEY-----\n") && is_private_key(b"PuTTY-User-Key-File-3: x")
        );
        assert!(!is_private_key(b"-----BEGIN CERTIFICATE-----\n") && !is_private_key(b"-----BEGIN PUBLIC KEY-----\n"));
        assert!(may_be_key("pkg/tls.PEM") && may_be_key("pkg/id_rsa") && !may_be_key("pkg/keys.py"));
    }
}
