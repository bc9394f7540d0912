"""Calls everything the package offers, so that it also shows how each thing is used."""

import math
import subprocess
import sys
import threading
import unittest

import tour


class Functions(unittest.TestCase):
    def test_defaults(self) -> None:
        self.assertEqual(tour.greet("Ada"), "Hello, Ada!")

    def test_keywords(self) -> None:
        self.assertEqual(tour.greet("Ada", greeting="Hi", times=2), "Hi, Ada! Hi, Ada!")

    def test_what_is_keyword_only_cannot_be_given_by_position(self) -> None:
        with self.assertRaises(TypeError):
            tour.greet("Ada", "Hi")  # type: ignore[call-arg]

    def test_documentation_and_signature_are_those_of_the_rust_source(self) -> None:
        self.assertEqual(tour.greet.__doc__, "Greet somebody, once or several times.")
        self.assertIn("greeting", tour.greet.__text_signature__)  # type: ignore[attr-defined]


class Classes(unittest.TestCase):
    def test_properties(self) -> None:
        wagon = tour.Wagon(capacity=5)
        wagon.load = 2
        self.assertEqual((wagon.capacity, wagon.load), (5, 2))

    def test_a_property_without_setter_is_read_only(self) -> None:
        with self.assertRaises(AttributeError):
            tour.Wagon().capacity = 1  # type: ignore[misc]

    def test_a_setter_may_refuse(self) -> None:
        wagon = tour.Wagon(capacity=5)
        with self.assertRaisesRegex(ValueError, "6 is more than 5"):
            wagon.load = 6

    def test_methods(self) -> None:
        wagon = tour.Wagon()
        wagon.add(3)
        wagon.add(4)
        self.assertEqual(repr(wagon), "Wagon(7 of 10)")

    def test_static_method(self) -> None:
        self.assertEqual(repr(tour.Wagon.full(7)), "Wagon(7 of 7)")


class Module(unittest.TestCase):
    def test_the_initialiser_ran(self) -> None:
        self.assertEqual(tour.VERSION, "0.1.0")
        self.assertEqual(tour.IMPORTED_BY, sys.version)


class Collections(unittest.TestCase):
    def test_lists(self) -> None:
        self.assertEqual(tour.doubled([1, 2, 3]), [2, 4, 6])

    def test_dicts(self) -> None:
        self.assertEqual(tour.count_words("a rose is a rose"), {"a": 2, "rose": 2, "is": 1})
        self.assertEqual(tour.swapped({"one": 1, "two": 2}), {1: "one", 2: "two"})

    def test_none(self) -> None:
        self.assertIsNone(tour.first_even([1, 3]))
        self.assertEqual(tour.first_even([2, 4], None), 2)
        self.assertEqual(tour.first_even([2, 4], above=2), 4)

    def test_the_wrong_type_is_refused(self) -> None:
        with self.assertRaises(TypeError):
            tour.doubled(["one"])  # type: ignore[list-item]


class Errors(unittest.TestCase):
    def test_a_built_in_exception(self) -> None:
        self.assertEqual(tour.parse_number("12"), 12)
        with self.assertRaisesRegex(ValueError, "invalid digit"):
            tour.parse_number("twelve")

    def test_an_exception_of_our_own(self) -> None:
        self.assertEqual(tour.couple(1435, 1435), 1435)
        with self.assertRaisesRegex(tour.CouplingError, "1435 mm and 1520 mm do not fit"):
            tour.couple(1435, 1520)
        self.assertEqual(tour.CouplingError.__module__, "tour")


class Callbacks(unittest.TestCase):
    def test_rust_calls_a_python_function(self) -> None:
        self.assertEqual(tour.apply(lambda number: number * number, [1, 2, 3]), [1, 4, 9])

    def test_an_exception_passes_through_rust(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            tour.apply(lambda number: 1 // number, [0])

    def test_rust_imports_a_python_module(self) -> None:
        self.assertEqual(tour.square_root(2.0), math.sqrt(2.0))


class Threads(unittest.TestCase):
    def test_two_threads_work_in_rust_at_once(self) -> None:
        meeting_point = tour.MeetingPoint()
        counts = []

        def work() -> None:
            meeting_point.wait()  # would never end if a thread kept the interpreter to itself
            counts.append(tour.count_primes(10_000))

        threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(counts, [1229, 1229])


class Program(unittest.TestCase):
    def test_it_ends_in_its_own_words(self) -> None:
        output = subprocess.check_output([sys.executable, "-m", "tour"], universal_newlines=True)
        self.assertTrue(output.splitlines()[-1].startswith("That was the tour:"))


if __name__ == "__main__":
    unittest.main()
