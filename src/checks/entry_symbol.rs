//! The extension must export the function that the import calls: `PyInit_<name>`, or `PyModExport_<name>` (PEP 793).

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::binary::BinaryFacts;
use crate::spec::module_path::ModulePath;

/// Looks for the entry symbol of `import` in every architecture of its file, which lies at `path` in the wheel.
pub fn check(import: &ModulePath, path: &str, images: &[BinaryFacts]) -> Vec<Diagnostic> {
    let wanted = import.entry_symbols();
    let lacks = |facts: &&BinaryFacts| !facts.exports.iter().any(|symbol| wanted.iter().any(|wanted| wanted == symbol));
    images.iter().filter(lacks).map(|facts| missing(import, path, facts)).collect()
}

fn missing(import: &ModulePath, path: &str, facts: &BinaryFacts) -> Diagnostic {
    let [init, _] = import.entry_symbols();
    let message = format!("`{path}` cannot be imported as `{import}`: it does not export `{init}`");
    let fault = Diagnostic::error(Code::EntrySymbol, message);
    let others: Vec<&str> = facts.exports.iter().filter(|symbol| is_entry(symbol)).collect();
    if others.is_empty() {
        let name = import.last();
        let hint = format!("give the crate a `#[pymodule]` named `{name}`, and see that no `cfg` leaves it out");
        return fault.with_note("it exports no `PyInit_` symbol at all").hint(hint);
    }
    let names: Vec<&str> =
        others.iter().map(|symbol| symbol.split_once('_').map_or(*symbol, |(_, name)| name)).collect();
    let hint = format!(
        "rename the `#[pymodule]` to `{}`, or set `module-name` in the tool table so that it ends in `{}`",
        import.last(),
        names[0]
    );
    fault.with_note(format!("it exports `{}`", others.join("`, `"))).hint(hint)
}

pub fn is_entry(symbol: &str) -> bool {
    ["PyInit_", "PyInitU_", "PyModExport_", "PyModExportU_"].iter().any(|prefix| symbol.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::binary::Format;

    fn facts(exports: &[&str]) -> BinaryFacts {
        BinaryFacts { exports: exports.iter().collect(), ..BinaryFacts::bare(Format::Elf, "x86_64") }
    }

    fn found(exports: &[&str]) -> Vec<Diagnostic> {
        check(&"demo._core".parse().unwrap(), "demo/_core.abi3.so", &[facts(exports)])
    }

    #[test]
    fn either_entry_symbol_will_do() {
        assert_eq!(found(&["PyInit__core"]), []);
        assert_eq!(found(&["PyModExport__core"]), []);
    }

    #[test]
    fn another_module_is_named_with_the_ways_out() {
        let found = found(&["PyInit_other", "rust_eh_personality"]);
        assert_eq!(
            found[0].message,
            "`demo/_core.abi3.so` cannot be imported as `demo._core`: it does not export `PyInit__core`"
        );
        assert_eq!(found[0].notes, ["it exports `PyInit_other`"]);
        assert!(found[0].hint.as_ref().unwrap().contains("`other`"));
    }

    #[test]
    fn a_library_without_any_module_is_told_apart() {
        assert_eq!(found(&["add"])[0].notes, ["it exports no `PyInit_` symbol at all"]);
    }
}
