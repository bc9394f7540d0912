"""Calls the module's one function."""

import unittest

import hello


class Hello(unittest.TestCase):
    def test_it_greets(self) -> None:
        self.assertEqual(hello.greet("Ada"), "Hello, Ada!")


if __name__ == "__main__":
    unittest.main()
