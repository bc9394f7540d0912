"""Measures wainwright and maturin side by side: ``python3 benches/run.py --work DIR``.

Measures all rows, or those that ``--rows`` names, one after the other, keeps what each cost
below the work directory, and writes all that is kept to ``docs/performance.md``. Whatever is built
for it is kept as well, so that measuring again costs the measuring only. Needs the Pythons 3.9 to
3.13, found below pyenv's directory or on PATH, and a Unix.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

# Two files are called `run`: the corpus's is meant, whose projects and means are used here.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "corpus"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import run as corpus

from benches import measuring, projects, rows, table

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--rows",
        nargs="+",
        default=[],
        metavar="PATTERN",
        help="the rows to measure, such as 'again/tiny*' [default: all but own/source]",
    )
    parser.add_argument(
        "--runs",
        type=int,
        help=f"how often [default: {rows.CHEAP}, {rows.DEAR} where much is compiled]",
    )
    parser.add_argument("--quick", action="store_true", help="without pydantic-core")
    parser.add_argument("--missing", action="store_true", help="only what was not measured yet")
    parser.add_argument("--list", action="store_true", help="name the rows and measure nothing")
    parser.add_argument("--page", action="store_true", help="write the page and measure nothing")
    parser.add_argument(
        "--work", type=Path, default=ROOT / "target" / "benches", help="where everything goes"
    )
    arguments = parser.parse_args()
    chosen = rows.chosen(arguments.rows, arguments.quick)
    if not chosen:
        parser.error("no row has such a name; --list shows them")
    if arguments.list:
        print("\n".join(f"{row.name:<32} {row.title}" for row in chosen))
        return 0
    shop = projects.opened(arguments.work)
    failed = 0
    for row in [] if arguments.page else chosen:
        path = kept_at(shop, row)
        if arguments.missing and path.exists():
            continue
        say(f"== {row.name}: {row.title}")
        runs = row.runs if row.runs == 1 else arguments.runs or row.runs
        try:
            measured = measuring.in_turn(row.sides(shop), runs, say)
        except (measuring.FailedError, corpus.FaultError) as fault:
            failed += 1
            say(f"FAILED: {fault}")
            continue
        measuring.keep(measured, path)
        for verdict in table.judged(row, measured):
            say(f"{verdict.what} against {verdict.against}: {verdict.ratio:.4f}, {verdict.holds}")
        write_page(shop)
    write_page(shop)
    return 1 if failed else 0


def kept_at(shop: projects.Workshop, row: rows.Row) -> Path:
    return shop.own / "results" / f"{row.name.replace('/', '-')}.json"


def write_page(shop: projects.Workshop) -> None:
    results, missing = [], []
    for row in rows.all_rows():
        measured = measuring.kept(kept_at(shop, row))
        if measured is None:
            missing.append(row)
        else:
            results.append((row, measured))
    PAGE.write_text(table.page(results, missing, shop), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
