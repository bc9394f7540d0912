//! The proof: what must hold of a wheel before it gets its name. One file a check, named as its code.
//!
//! A check is a pure function over the manifest, the binaries' facts and the plan; what it finds are diagnostics.

pub mod binary_platform;
pub mod entry_symbol;
pub mod import;
pub mod minimum_os;
pub mod path_clash;
pub mod requires_python;
pub mod shadowed;
