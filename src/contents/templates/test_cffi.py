"""Calls the package as its users do."""

import @package@


def test_it_adds() -> None:
    assert @package@.add(40, 2) == 42
