"""``python -m wainwright``: runs the program with the same arguments, to its exit code."""

from __future__ import annotations

import os
import sys

from . import _binary


def main() -> None:
    root = _binary.source_root()
    binary = _binary.installed() if root is None else _binary.compiled(root)
    command = [binary, *sys.argv[1:]]
    try:
        if _binary.WINDOWS:
            # There `execv` would let the terminal go before the program has ended.
            import subprocess

            raise SystemExit(subprocess.call(command))
        os.execv(binary, command)
    except OSError as error:
        raise SystemExit(f"error: {binary} cannot be run: {error}") from None


main()
