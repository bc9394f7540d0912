"""Tests of `editable_finder.py`, in an environment laid out as an editable install lays it out.

A Python file stands in for the compiled module: the finder does not care what a file holds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FINDER = Path(__file__).parents[2] / "src" / "contents" / "python" / "editable_finder.py"


class EditableInstall(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.site = Path(directory.name).resolve() / "site"
        self.project = Path(directory.name).resolve() / "project"
        self.project.mkdir()

    def write(self, path: Path, text: str = "") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def install(self, modules: dict[str, str]) -> None:
        """Install a project with `modules`: their names, and their files beside the finder."""
        template = FINDER.read_text(encoding="utf-8")
        self.assertEqual(template.count("MODULES = {}"), 1)
        self.write(
            self.site / "__editable_demo_wainwright.py",
            template.replace("MODULES = {}", f"MODULES = {json.dumps(modules)}"),
        )
        self.write(
            self.site / "__editable_demo.pth",
            f"{self.project}\nimport __editable_demo_wainwright; "
            "__editable_demo_wainwright.install()\n",
        )
        # Python 3.15 and later read this instead of the import line.
        self.write(self.site / "__editable_demo.start", "__editable_demo_wainwright:install\n")

    def install_module(self, name: str, text: str = "answer = 42") -> Path:
        relative = "__editable_demo/" + name.replace(".", "/") + ".py"
        self.install({name: relative})
        self.write(self.site / relative, text)
        return self.site / relative

    def run_python(self, code: str) -> str:
        """What `code` prints, in an interpreter for which `self.site` is a site directory."""
        start = f"import site; site.addsitedir({str(self.site)!r})\n"
        run = subprocess.run(
            [sys.executable, "-I", "-c", start + code],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.assertEqual(run.returncode, 0, run.stdout)
        return run.stdout.strip()

    def test_a_module_of_a_live_package_is_found(self) -> None:
        self.write(self.project / "pkg" / "__init__.py", "from ._native import answer")
        self.install_module("pkg._native")
        self.assertEqual(self.run_python("import pkg; print(pkg.answer)"), "42")

    def test_the_private_copy_goes_before_a_stale_one_in_the_project(self) -> None:
        self.write(self.project / "pkg" / "__init__.py")
        self.write(self.project / "pkg" / "_native.py", "answer = 'stale'")
        self.install_module("pkg._native")
        self.assertEqual(self.run_python("from pkg._native import answer; print(answer)"), "42")

    def test_a_module_of_a_namespace_package_is_found(self) -> None:
        self.write(self.project / "ns" / "sub" / "live.py", "from ns.sub._native import answer")
        self.install_module("ns.sub._native")
        self.assertEqual(self.run_python("from ns.sub.live import answer; print(answer)"), "42")

    def test_a_namespace_package_shared_with_another_project_stays_whole(self) -> None:
        self.write(self.project / "ns" / "live.py")
        self.write(self.site / "ns" / "other.py")
        self.install_module("ns._native")
        self.assertEqual(self.run_python("import ns.live, ns.other, ns._native; print('ok')"), "ok")

    def test_a_module_without_a_package_is_found(self) -> None:
        self.install_module("native")
        self.assertEqual(self.run_python("import native; print(native.answer)"), "42")

    def test_a_package_is_found_by_its_init_file_and_finds_its_own_modules(self) -> None:
        self.install({"pkg": "__editable_demo/pkg/__init__.py"})
        self.write(self.site / "__editable_demo" / "pkg" / "__init__.py")
        self.write(self.site / "__editable_demo" / "pkg" / "native.py", "answer = 42")
        self.assertEqual(self.run_python("from pkg.native import answer; print(answer)"), "42")

    def test_reload_runs_the_same_file_again(self) -> None:
        self.write(self.project / "pkg" / "__init__.py")
        self.install_module("pkg._native", "print('run')")
        code = "import importlib, pkg._native; importlib.reload(pkg._native)"
        self.assertEqual(self.run_python(code), "run\nrun")

    def test_other_names_are_left_alone(self) -> None:
        self.install_module("pkg._native")
        code = (
            "import sys\n"
            "finder = sys.meta_path[0]\n"
            "print(finder.__name__, finder.find_spec('json'), finder.find_spec('pkg'))"
        )
        self.assertEqual(self.run_python(code), "EditableFinder None None")

    def test_it_is_inert_without_the_file(self) -> None:
        self.write(self.project / "pkg" / "__init__.py")
        self.write(self.project / "pkg" / "_native.py", "answer = 'other'")
        self.install_module("pkg._native").unlink()
        self.assertEqual(self.run_python("from pkg._native import answer; print(answer)"), "other")

    def test_it_is_installed_once_however_often_it_is_imported(self) -> None:
        self.install_module("pkg._native")
        code = (
            "import importlib, sys, __editable_demo_wainwright as finder\n"
            "finder.install()\n"
            "importlib.reload(finder).install()\n"
            "del sys.modules[finder.__name__]\n"
            "import __editable_demo_wainwright as again\n"
            "again.install()\n"
            "print(sum(getattr(f, '__name__', '') == 'EditableFinder' for f in sys.meta_path))"
        )
        self.assertEqual(self.run_python(code), "1")

    def test_starting_it_imports_nothing_but_itself(self) -> None:
        self.install_module("pkg._native")
        code = (
            "import sys; before = set(sys.modules)\n"
            f"sys.path.append({str(self.site)!r})\n"
            "import __editable_demo_wainwright; __editable_demo_wainwright.install()\n"
            "print(set(sys.modules) - before)"
        )
        run = subprocess.run([sys.executable, "-I", "-c", code], stdout=subprocess.PIPE, text=True)
        self.assertEqual(run.stdout.strip(), "{'__editable_demo_wainwright'}")


if __name__ == "__main__":
    unittest.main()
