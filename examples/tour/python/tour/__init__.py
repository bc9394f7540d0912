"""A tour of what Rust and Python can say to each other.

The code is Rust, in the extension module `tour._tour`; this package gives it its public name.
"""

from ._tour import (
    IMPORTED_BY,
    VERSION,
    CouplingError,
    MeetingPoint,
    Wagon,
    apply,
    count_primes,
    count_words,
    couple,
    doubled,
    first_even,
    greet,
    parse_number,
    square_root,
    swapped,
)

__all__ = [
    "IMPORTED_BY",
    "VERSION",
    "CouplingError",
    "MeetingPoint",
    "Wagon",
    "apply",
    "count_primes",
    "count_words",
    "couple",
    "doubled",
    "first_even",
    "greet",
    "parse_number",
    "square_root",
    "swapped",
]
