//! Values as text for people.

pub mod diagnostic;
pub mod difference;
pub mod explain;
pub mod schema;
pub mod summary;
pub mod table;
