//! `Cargo.lock` for an sdist: without the packages that nobody needs there any more, every pin unchanged.

/// A package of the lock file, with its text.
struct Block<'t> {
    text: &'t str,
    name: &'t str,
    version: &'t str,
    /// `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)`; also what `[replace]` puts in its place.
    dependencies: Vec<&'t str>,
}

impl<'t> Block<'t> {
    fn of(text: &'t str) -> Self {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
            line.map(|line| line.trim_matches('"')).unwrap_or_default()
        };
        let list = text.split_once("dependencies = [").map(|(_, rest)| rest.split(']').next().unwrap_or_default());
        let quoted = list.unwrap_or_default().split('"').skip(1).step_by(2);
        let replaced = Some(value("replace")).filter(|replaced| !replaced.is_empty());
        Self { text, name: value("name"), version: value("version"), dependencies: quoted.chain(replaced).collect() }
    }

    fn is(&self, dependency: &str) -> bool {
        let mut words = dependency.split(' ');
        words.next() == Some(self.name) && words.next().is_none_or(|version| version == self.version)
    }
}

/// Keeps what the packages in `kept` (name and version) need. Patches that were in vain are not kept. cargo writes the
/// file, so its form is known.
pub fn pruned(text: &str, kept: &[(String, String)]) -> String {
    const START: &str = "[[package]]";
    let Some(first) = text.find(START) else { return text.to_owned() };
    let end = ["\n[[patch.unused]]", "\n[metadata]"].iter().filter_map(|end| text.find(end)).min();
    let (packages, behind) = text.split_at(end.unwrap_or(text.len()));
    let behind = behind.find("\n[metadata]").map_or("", |at| &behind[at..]);
    let starts: Vec<usize> = packages.match_indices(START).map(|(at, _)| at).chain([packages.len()]).collect();
    let blocks: Vec<Block<'_>> = starts.windows(2).map(|pair| Block::of(&packages[pair[0]..pair[1]])).collect();
    let mut needed: Vec<bool> = blocks
        .iter()
        .map(|block| kept.iter().any(|(name, version)| name == block.name && version == block.version))
        .collect();
    let mut waiting: Vec<usize> = (0..blocks.len()).filter(|at| needed[*at]).collect();
    while let Some(at) = waiting.pop() {
        for dependency in &blocks[at].dependencies {
            for (other, block) in blocks.iter().enumerate() {
                if block.is(dependency) && !needed[other] {
                    needed[other] = true;
                    waiting.push(other);
                }
            }
        }
    }
    let texts = blocks.iter().zip(needed).filter(|(_, needed)| *needed).map(|(block, _)| block.text);
    let pruned: String = [&text[..first]].into_iter().chain(texts).collect();
    format!("{}\n{behind}", pruned.trim_end())
}

/// The names of the packages that a lock file holds.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("name = ")).map(|name| name.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "# by cargo\nversion = 4\n\n[[package]]\nname = \"idle\"\nversion = \"0.0.0\"\ndependencies = [\n \"log 0.3.9\",\n]\n\n\
                        [[package]]\nname = \"log\"\nversion = \"0.3.9\"\nsource = \"registry\"\nchecksum = \"aa\"\n\n\
                        [[package]]\nname = \"log\"\nversion = \"0.4.1\"\nsource = \"registry\"\nchecksum = \"bb\"\n\n\
                        [[package]]\nname = \"mine\"\nversion = \"1.0.0\"\ndependencies = [\n \"log 0.4.1\",\n]\n";

    fn versions(text: &str) -> Vec<&str> {
        text.lines().filter_map(|line| line.strip_prefix("version = \"")).collect()
    }

    #[test]
    fn what_is_kept_keeps_what_it_needs_and_no_other_version() {
        let pruned = pruned(LOCK, &[("mine".to_owned(), "1.0.0".to_owned())]);
        assert_eq!(versions(&pruned), ["0.4.1\"", "1.0.0\""]);
        assert_eq!(names(&pruned).collect::<Vec<_>>(), ["log", "mine"]);
        assert!(pruned.starts_with("# by cargo\nversion = 4\n\n[[package]]\nname = \"log\"\nversion = \"0.4.1\"\n"));
        assert!(pruned.ends_with(" \"log 0.4.1\",\n]\n"));
    }

    #[test]
    fn a_file_of_which_all_is_needed_stays_as_it_is() {
        let all = [("mine".to_owned(), "1.0.0".to_owned()), ("idle".to_owned(), "0.0.0".to_owned())];
        assert_eq!(pruned(LOCK, &all), LOCK);
        assert_eq!(pruned("version = 4\n", &all), "version = 4\n");
    }

    #[test]
    fn patches_in_vain_go_and_what_replaces_a_package_stays() {
        let text = "version = 4\n\n[[package]]\nname = \"mine\"\nversion = \"1.0.0\"\ndependencies = [\n \"log\",\n]\n\n\
                    [[package]]\nname = \"log\"\nversion = \"0.4.1\"\nsource = \"registry\"\nreplace = \"log 0.4.2\"\n\n\
                    [[package]]\nname = \"log\"\nversion = \"0.4.2\"\n\n[[patch.unused]]\nname = \"idle\"\nversion = \"1.0.0\"\n";
        let kept = pruned(text, &[("mine".to_owned(), "1.0.0".to_owned())]);
        assert_eq!(kept, text.split("\n[[patch").next().unwrap());
    }
}
