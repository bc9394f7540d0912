//! Values as text for people, as JSON for programs, and as pages.

pub mod diagnostic;
pub mod difference;
pub mod explain;
pub mod machine;
pub mod overview;
pub mod platforms;
pub mod schema;
pub mod summary;
pub mod table;
