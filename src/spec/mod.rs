//! The packaging standards' words, valid by construction: a value of one of these types obeys its standard.
//!
//! Sources: the PyPA specifications (packaging guide, "PyPA specifications") and the PEPs named in each file.

pub mod byte_size;
pub mod core_metadata;
pub mod date;
pub mod digest;
pub mod entry_points;
pub mod filename;
pub mod license;
pub mod marker;
pub mod metadata_field;
pub mod module_path;
pub mod name;
pub mod path_glob;
pub mod record;
pub mod relative_path;
pub mod requirement;
pub mod specifier;
pub mod tag;
pub mod text;
pub mod version;
