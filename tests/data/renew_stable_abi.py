"""Writes the list of the stable ABI's symbols anew: ``python3 tests/data/renew_stable_abi.py``.

Needs the package ``abi3info``, which is made from CPython's ``Misc/stable_abi.toml``.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from abi3info import DATAS, FUNCTIONS  # type: ignore[import-not-found]

LIST = Path(__file__).resolve().parents[2] / "src" / "checks" / "stable_abi.txt"


def main() -> None:
    version = importlib.metadata.version("abi3info")
    symbols = {
        item.symbol.name: item.added.minor
        for item in (*FUNCTIONS.values(), *DATAS.values())
        if item.added.major == 3
    }
    lines = [
        "# The symbols of CPython's stable ABI, with the version 3.N that brought each.",
        f"# From abi3info {version}, made of CPython's Misc/stable_abi.toml.",
        "# `python3 tests/data/renew_stable_abi.py` renews it.",
        *(f"{name} {minor}" for name, minor in sorted(symbols.items())),
    ]
    LIST.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
