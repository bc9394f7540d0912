//! The set of platforms that one command builds for, as a table.

use crate::facts::tools::Tools;
use crate::plan::platform_set::{PlannedPlatform, command};
use crate::render::table::{Align, table};

/// A line for each platform: its target, who links, and the commands that get what is missing.
pub fn shown(set: &[PlannedPlatform], tools: &Tools) -> String {
    let row = |planned: &PlannedPlatform| {
        let route = planned.route.name(planned.target, tools);
        let commands: Vec<String> = planned.missing.iter().map(|missing| command(&[missing])).collect();
        let missing = if commands.is_empty() { String::new() } else { format!("missing: {}", commands.join("; ")) };
        [planned.platform.to_string(), planned.target.to_owned(), format!("linked by {route}"), missing]
    };
    table([Align::Left; 4], &set.iter().map(row).collect::<Vec<_>>())
}
