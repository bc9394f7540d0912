"""Tests of `editable_freshness.py`: what it says of stale modules that are not compiled again.

What compiles them again is tested with the real program. Here a text file stands in for a source.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FRESHNESS = Path(__file__).parents[2] / "src" / "contents" / "python" / "editable_freshness.py"


class Freshness(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        root = Path(directory.name).resolve()
        self.site = root / "site"
        self.site.mkdir()
        self.project = root / "project"
        self.project.mkdir()
        self.source = self.project / "lib.rs"
        self.source.write_text("old", encoding="utf-8")
        text = FRESHNESS.read_text(encoding="utf-8")
        for line, value in (
            ('LISTING = ""', '"inputs.txt"'),
            ('PROJECT = ""', repr(str(self.project))),
        ):
            self.assertEqual(text.count(line), 1)
            text = text.replace(line, f"{line.split(' ')[0]} = {value}")
        (self.site / "freshness.py").write_text(text, encoding="utf-8")
        digest = hashlib.sha256(b"old").hexdigest()
        self.listing = self.site / "inputs.txt"
        self.listing.write_text(f"{digest} 3 {self.source}\n", encoding="utf-8")

    def edit(self, text: str) -> None:
        """Write the source again, later than the listing."""
        self.source.write_text(text, encoding="utf-8")
        later = self.listing.stat().st_mtime_ns + 10_000_000_000
        os.utime(self.source, ns=(later, later))

    def says(self, code: str = "look('pkg._native')", **variables: str) -> str:
        """What is said on standard error, in a fresh interpreter."""
        start = f"import sys; sys.path.insert(0, {str(self.site)!r}); from freshness import look\n"
        run = subprocess.run(
            [sys.executable, "-W", "always", "-c", start + code],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stderr

    def test_what_has_not_changed_is_not_spoken_of(self) -> None:
        self.assertEqual(self.says(), "")
        self.edit("old")
        before = self.listing.stat().st_mtime_ns
        self.assertEqual(self.says(), "")
        # So that the next look need not read the file.
        self.assertGreater(self.listing.stat().st_mtime_ns, before)

    def test_a_change_is_told_once_with_what_to_do(self) -> None:
        self.edit("new")
        said = self.says("look('pkg._native'); look('pkg._other')")
        self.assertIn(f"{self.source} has changed since pkg._native was compiled", said)
        self.assertIn("`wainwright develop` compiles it again", said)
        self.assertNotIn("pkg._other", said)

    def test_a_source_that_is_gone_is_a_change(self) -> None:
        self.source.unlink()
        self.assertIn(f"{self.source} has changed", self.says())

    def test_what_is_loaded_stays_when_it_is_loaded_again(self) -> None:
        self.edit("new")
        said = self.says("sys.modules['pkg._native'] = sys; look('pkg._native')")
        self.assertIn("what is loaded stays until Python is started anew", said)

    def test_a_project_that_is_gone_is_named(self) -> None:
        self.source.unlink()
        self.project.rmdir()
        said = self.says()
        self.assertIn(f"the project of pkg._native is not in {self.project} any more", said)

    def test_one_variable_silences_it(self) -> None:
        self.edit("new")
        self.assertEqual(self.says(WAINWRIGHT_NO_REBUILD="1"), "")

    def test_a_half_uninstalled_project_is_left_alone(self) -> None:
        self.edit("new")
        self.listing.unlink()
        self.assertEqual(self.says(), "")


if __name__ == "__main__":
    unittest.main()
