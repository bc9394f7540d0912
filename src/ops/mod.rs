//! The phases of a build. Only here do facts from `system` meet decisions of the inner wing.

pub mod compile;
pub mod compose;
pub mod deliver;
pub mod fresh;
pub mod install;
pub mod metadata;
pub mod project;
pub mod prove;
pub mod sdist;
pub mod wheel;
