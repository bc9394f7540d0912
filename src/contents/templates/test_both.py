"""Calls the package as its users do."""

import @package@


def test_it_greets() -> None:
    assert @package@.greet("Ada") == "Hello, Ada!"


def test_it_counts() -> None:
    assert @package@.count_words("Hello, Ada!") == 2
