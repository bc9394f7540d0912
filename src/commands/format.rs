//! The form of what a command prints.

/// For people or for programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
}

#[derive(clap::Args, Debug)]
pub struct FormatArguments {
    /// Print text for people, or JSON for programs.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, conflicts_with = "json")]
    pub format: Format,

    /// The same as `--format json`.
    #[arg(long)]
    pub json: bool,
}

impl FormatArguments {
    pub fn is_json(&self) -> bool {
        self.json || self.format == Format::Json
    }
}
