"""``python -m tour``: walks through the package and tells what it shows."""

from __future__ import annotations

import threading
from typing import Callable

import tour


def show(call: str, result: object) -> None:
    print(f"  {call:<42} {result!r}")


def show_error(call: str, kind: type[Exception], function: Callable[[], object]) -> None:
    try:
        function()
    except kind as error:
        print(f"  {call:<42} raises {kind.__name__}: {error}")


def two_threads(limit: int) -> list[int]:
    """Count primes on two threads, which meet inside Rust before they start."""
    counts: list[int] = []
    meeting_point = tour.MeetingPoint()

    def work() -> None:
        meeting_point.wait()
        counts.append(tour.count_primes(limit))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


def main() -> None:
    print(f"tour {tour.VERSION}, imported by Python {tour.IMPORTED_BY.split()[0]}")

    print("Functions, with defaults and keywords")
    show('greet("Ada")', tour.greet("Ada"))
    show('greet("Ada", greeting="Hi", times=2)', tour.greet("Ada", greeting="Hi", times=2))

    print("A class")
    wagon = tour.Wagon(capacity=5)
    show("wagon = Wagon(capacity=5)", wagon)
    wagon.load = 2
    wagon.add(1)
    show("wagon.load = 2; wagon.add(1)", wagon)
    show_error("wagon.add(9)", ValueError, lambda: wagon.add(9))
    show("Wagon.full(7)", tour.Wagon.full(7))

    print("Lists, dicts and None")
    show("doubled([1, 2, 3])", tour.doubled([1, 2, 3]))
    show('count_words("a rose is a rose")', sorted(tour.count_words("a rose is a rose").items()))
    show('swapped({"one": 1})', tour.swapped({"one": 1}))
    show("first_even([1, 3])", tour.first_even([1, 3]))
    show("first_even([2, 4], above=2)", tour.first_even([2, 4], above=2))

    print("Errors become exceptions")
    show_error('parse_number("twelve")', ValueError, lambda: tour.parse_number("twelve"))
    show_error("couple(1435, 1520)", tour.CouplingError, lambda: tour.couple(1435, 1520))

    print("Rust calls Python")
    show("apply(lambda n: n * n, [1, 2, 3])", tour.apply(lambda n: n * n, [1, 2, 3]))
    show("square_root(2.0), by Python's math", tour.square_root(2.0))

    print("Two threads at work in Rust at once")
    show("count_primes(100000) on each", two_threads(100_000))

    print(
        "That was the tour: Rust functions, a class, collections, errors, callbacks and threads,"
        " all from one compiled module beside Python files."
    )


if __name__ == "__main__":
    main()
