//! The set of platforms that one command builds for, as a table.

use crate::facts::tools::Tools;
use crate::plan::platform_set::{PlannedPlatform, remedy};
use crate::render::table::{Align, table};

/// A line for each platform: its target, who links, and what to do where something is missing.
pub fn shown(set: &[PlannedPlatform], tools: &Tools) -> String {
    let row = |planned: &PlannedPlatform| {
        let route = planned.route.name(planned.target, tools);
        let remedies: Vec<String> = planned.missing.iter().map(|missing| remedy(&[missing])).collect();
        let missing = if remedies.is_empty() { String::new() } else { format!("missing: {}", remedies.join("; ")) };
        [planned.platform.to_string(), planned.target.to_owned(), format!("linked by {route}"), missing]
    };
    table([Align::Left; 4], &set.iter().map(row).collect::<Vec<_>>())
}
