"""Runs the program as its users do."""

import subprocess
import sysconfig
from pathlib import Path


def test_it_greets() -> None:
    program = Path(sysconfig.get_path("scripts")) / "@program@"
    said = subprocess.run([program, "Ada"], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert said == "Hello, Ada!\n"
