"""Makes words of the packaging standards up: by their grammars, and then half of them damaged.

`KINDS` tells how many words of which kind there are, and how one is made. The same ones are made
each time. `agree.py` and `agreement.rs` tell what becomes of them.
"""

from __future__ import annotations

import random
from typing import Callable, Iterator, List, NamedTuple, Sequence, Tuple, TypeVar

from packaging.licenses._spdx import EXCEPTIONS, LICENSES

T = TypeVar("T")


class Dice:
    """Chance that falls alike with every version of Python: only `random()` promises that."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def below(self, end: int) -> int:
        return int(self._random.random() * end)

    def chance(self, percent: float) -> bool:
        return self._random.random() * 100 < percent

    def of(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def several(self, least: int, most: int, make: Make) -> list[str]:
        return [make(self) for _ in range(least + self.below(most - least + 1))]

    def maybe(self, percent: float, make: Make) -> str:
        return make(self) if self.chance(percent) else ""

    def cased(self, word: str) -> str:
        """The word, now and then in other cases."""
        if self.chance(70):
            return word
        return "".join(c.upper() if self.chance(50) else c.lower() for c in word)


Make = Callable[[Dice], str]


def any_of(*words: str) -> Make:
    return lambda dice: dice.of(words)


# What is put where it does not belong: the signs of the grammars, blanks of all kinds, letters and
# digits that only look or fold like those of ASCII.
SIGNS = "-_.,;:!~=<>@()[]{}'\"\\/|&+*#?%$^`0123456789avrcdeikpsxAVRCDEIKPSX"
BLANKS = " \t\n\r\v\f\x00\x1b\x1c\x1f\x7f\x85\xa0\u1680\u2003\u2028\u2029\u200b\u3000\ufeff"
LOOKALIKES = "éß\u0131\u0130\u017f\u212aµ\u0663\u0967\uff11²½Ⅳ中\U0001d7d9"


def odd(dice: Dice) -> str:
    return dice.of(dice.of([SIGNS, SIGNS, SIGNS, BLANKS, LOOKALIKES]))


def damaged(dice: Dice, word: str) -> str:
    for _ in range(1 + dice.below(3)):
        at = dice.below(len(word) + 1)
        before, here, after = word[:at], word[at : at + 1], word[at + 1 :]
        word = dice.of(
            [
                before + odd(dice) + here + after,
                before + odd(dice) + after,
                before + after,
                before + here + here + after,
                before + after[:1] + here + after[1:],
                odd(dice) + word,
                word + odd(dice),
            ]
        )
    return word


def sometimes_damaged(make: Make) -> Make:
    return lambda dice: damaged(dice, make(dice)) if dice.chance(50) else make(dice)


def blank(dice: Dice) -> str:
    return dice.of(["", "", "", " ", " ", "  ", "\t"])


# Names and versions.


def name(dice: Dice) -> str:
    if dice.chance(0.5):
        return "".join(dice.several(120, 135, any_of(*"abZ-_.09")))
    inner = "".join(dice.several(0, 6, any_of(*"abXyz019-_.-_.")))
    edge = any_of(*"abXyz019")
    return edge(dice) + dice.maybe(85, lambda dice: inner + edge(dice))


def number(dice: Dice) -> str:
    if dice.chance(0.3):
        return str(2 ** dice.of([64, 64, 128]) - 2 + dice.below(5))
    digits = str(dice.below(dice.of([2, 3, 11, 30, 3000, 10**15])))
    return dice.maybe(8, any_of("0", "00")) + digits


def labelled(*labels: str) -> Make:
    separator = any_of("", "", ".", ".", "-", "_")

    def make(dice: Dice) -> str:
        label = separator(dice) + dice.cased(dice.of(labels))
        return label + separator(dice) + number(dice) if dice.chance(85) else label

    return make


pre = labelled("a", "alpha", "b", "beta", "c", "rc", "pre", "preview")
post = labelled("post", "rev", "r")
dev = labelled("dev")


def release(dice: Dice) -> str:
    return dice.maybe(12, lambda dice: number(dice) + "!") + ".".join(dice.several(1, 4, number))


def local(dice: Dice) -> str:
    parts = dice.several(1, 3, lambda dice: dice.of(["abc", "Ubuntu", "0a", number(dice)]))
    return "+" + dice.of(".-_.").join(parts)


def public(dice: Dice) -> str:
    word = dice.maybe(8, any_of("v", "V")) + release(dice) + dice.maybe(35, pre)
    word += dice.maybe(25, lambda dice: "-" + number(dice) if dice.chance(25) else post(dice))
    return word + dice.maybe(25, dev)


def version(dice: Dice) -> str:
    word = public(dice) + dice.maybe(20, local)
    return dice.maybe(5, blank) + word + dice.maybe(5, blank)


# Specifiers, markers, requirements.

OPERATORS = ["==", "!=", "<=", ">=", "<", ">", "~=", "==="]
ARBITRARY = ["1.0", "1.0+X", "what-ever", "1.*", "a,b", "1;2", ""]


def clause(dice: Dice) -> str:
    operator = dice.of(OPERATORS)
    if operator == "===" and dice.chance(60):
        return operator + blank(dice) + dice.of(ARBITRARY)
    if operator in ("==", "!=") and dice.chance(30):
        word = (release(dice) if dice.chance(90) else public(dice)) + ".*"
    elif operator in ("==", "!=") or dice.chance(3):
        word = version(dice).strip()
    else:
        word = public(dice)
    return operator + blank(dice) + word


def specifiers(dice: Dice) -> str:
    clauses = dice.several(0 if dice.chance(5) else 1, 3, clause)
    joined = "".join(blank(dice) + clause + blank(dice) + "," for clause in clauses)
    return joined if dice.chance(4) else joined[:-1]


VERSION_VARIABLES = ["python_version", "python_full_version", "implementation_version"]
VARIABLES = [
    *VERSION_VARIABLES,
    *("os_name", "sys_platform", "platform_release", "platform_system", "platform_version"),
    *("platform_machine", "platform_python_implementation", "implementation_name", "extra"),
    *("os.name", "sys.platform", "platform.version", "platform.machine"),
    *("platform.python_implementation", "python_implementation"),
]
TEXTS = [
    *("linux", "win32", "posix", "nt", "CPython", "PyPy", "x86_64", "3.9", "6.1.0-13-amd64"),
    *("a b", "", "Dev", "a__B.c", "#1 SMP", "it's", 'say "x"', "\\n", "é", "[a]", "or", "3.*"),
]


def quoted(dice: Dice, text: str) -> str:
    quote = dice.of("'\"")
    return quote + text + quote


def text(dice: Dice) -> str:
    return quoted(dice, dice.of(TEXTS))


def comparison(dice: Dice) -> str:
    if dice.chance(6):
        operator = dice.of([" in ", " not in ", "=="])
        return text(dice) + operator + dice.of(["extras", "dependency_groups"])
    if dice.chance(35):
        left = dice.of(VERSION_VARIABLES)
        right = quoted(dice, public(dice) + dice.maybe(8, any_of(".*")))
    else:
        left, right = dice.of(VARIABLES), text(dice)
    if dice.chance(20):
        left, right = right, left
    if dice.chance(3):
        right = left
    operator = dice.of([*OPERATORS, "==", ">=", " in ", " not in ", " not\t in "])
    return left + blank(dice) + operator + blank(dice) + right


def joint(dice: Dice) -> str:
    usual, unusual = [" and ", " or "], [")and(", " or\t", " AND ", "and"]
    return dice.of(unusual if dice.chance(4) else usual)


def marker(dice: Dice, depth: int = 3) -> str:
    if dice.chance(0.1):
        opened = dice.of([99, 100, 101])
        return "(" * opened + comparison(dice) + ")" * opened
    if depth == 0 or dice.chance(45):
        word = comparison(dice)
    else:
        word = joint(dice).join(dice.several(2, 3, lambda dice: marker(dice, depth - 1)))
    if dice.chance(25):
        word = "(" + blank(dice) + word + blank(dice) + ")"
    return blank(dice) + word + blank(dice)


URLS = ["https://x.org/a-1.0.zip#sha256=ab;c", "file:///a.whl", "git+ssh://git@x/y.git@v1", "x", ""]


def requirement(dice: Dice) -> str:
    word = blank(dice) + name(dice) + blank(dice)
    if dice.chance(30):
        extras = dice.several(0, 3, lambda dice: blank(dice) + name(dice) + blank(dice))
        word += "[" + ",".join(extras) + "]" + blank(dice)
    if dice.chance(15):
        word += "@" + blank(dice) + dice.of(URLS) + dice.maybe(80, any_of(" "))
    elif dice.chance(75):
        wanted = specifiers(dice)
        word += "(" + wanted + ")" if dice.chance(15) else wanted
    if dice.chance(35):
        word += blank(dice) + ";" + marker(dice, 1)
    return word + blank(dice)


# Licences.

LICENSE_IDS = [known["id"] for known in LICENSES.values()]
EXCEPTION_IDS = [known["id"] for known in EXCEPTIONS.values()]
REFS = ["Proprietary", "a.b-1", "A.B-1", "my_own", "x+", "", "\u212a1"]


def license_term(dice: Dice) -> str:
    if dice.chance(15):
        return dice.cased("LicenseRef-") + dice.of(REFS)
    word = dice.cased(dice.of(LICENSE_IDS)) + dice.maybe(8, any_of("+"))
    if dice.chance(20):
        ids = EXCEPTION_IDS if dice.chance(95) else LICENSE_IDS
        word += " " + dice.cased("WITH") + " " + dice.cased(dice.of(ids))
    return word


def license_expression(dice: Dice, depth: int = 2) -> str:
    if depth == 0 or dice.chance(45):
        word = license_term(dice)
    else:
        operator = " " + dice.cased(dice.of(["AND", "OR"])) + " "
        word = operator.join(dice.several(2, 3, lambda dice: license_expression(dice, depth - 1)))
    return ("(" + word + ")" if dice.chance(20) else word) + blank(dice)


# METADATA.


class Field(NamedTuple):
    """How often a field is there, what it holds then, and what it holds now and then instead."""

    percent: float
    good: Sequence[str]
    doubtful: Make


def plain(percent: float, word: str) -> Field:
    return Field(percent, [word], any_of("", word + "\n  more", "é\u2028"))


IDENTIFIERS = any_of("a-b", "demo.class", "x; public", "x ; private", "x;", "a..b", "", "é", "1")
FIELDS = {
    "Name": Field(100, ["demo"], name),
    "Version": Field(100, ["1.0", "2.0rc1"], version),
    "Summary": Field(50, ["One line"], any_of("", "a\n  b", "a\u2028b", "a\vb", "ä: b", "a\tb")),
    "Keywords": Field(20, ["a,b", "a , b"], any_of("", ",", "a\n  b")),
    "Home-page": plain(10, "https://example.org"),
    "Download-URL": plain(6, "https://example.org/a.zip"),
    "Author": plain(20, "Ada"),
    "Author-email": plain(20, "Ada <ada@example.org>"),
    "Maintainer": plain(8, "Bob"),
    "Maintainer-email": plain(8, "bob@example.org"),
    "License-Expression": Field(25, ["MIT", "MIT OR Apache-2.0"], license_expression),
    "License-File": Field(
        25,
        ["LICENSE", "licenses/MIT.txt"],
        any_of("../A", "/A", "a\\b", "a/*", "c:/x", "ä.txt", "a..b", "./a", "a//b", ""),
    ),
    "Classifier": plain(30, "Typing :: Typed"),
    "Platform": plain(5, "any"),
    "Supported-Platform": plain(3, "i386"),
    "Project-URL": Field(25, ["Home, https://x", "Docs, https://x/y"], any_of("Home", "Home,", "")),
    "Requires-Python": Field(40, [">=3.9", "~=3.8,!=3.9.1"], specifiers),
    "Requires-Dist": Field(40, ["a>=1", "b[c]; os_name == 'nt'"], requirement),
    "Provides-Extra": Field(30, ["a", "b_c"], name),
    "Requires-External": plain(3, "libpng (>=1.5)"),
    "Provides-Dist": plain(3, "other"),
    "Obsoletes-Dist": plain(3, "older"),
    "Dynamic": Field(8, ["Keywords", "requires-dist"], any_of("Name", "version", "Colour", "")),
    "Import-Name": Field(12, ["demo", "demo._core; private", "x;private"], IDENTIFIERS),
    "Import-Namespace": Field(6, ["space"], IDENTIFIERS),
    "Description-Content-Type": Field(
        30,
        ["text/markdown", "text/x-rst; charset=UTF-8"],
        any_of(
            *("text/html", "text", "text/plain; charset=latin-1", "Text/Plain;charset=utf-8"),
            *("text/markdown; variant=gfm", "text/markdown; variant=CommonMark"),
            *("text/plain; format=flowed", "text/x-rst; variant=GFM", "text/plain; a"),
        ),
    ),
}
METADATA_VERSIONS = ["2.6"] * 6 + ["2.5", "2.4", "2.3", "2.2", "2.1", "1.2", "1.1", "1.0"]
NO_METADATA_VERSIONS = ["2.0", "2.7", "3.0", "2", ""]
Headers = List[Tuple[str, str]]


def headers(dice: Dice) -> Headers:
    versions = NO_METADATA_VERSIONS if dice.chance(2) else METADATA_VERSIONS
    present = [pair for pair in FIELDS.items() if dice.chance(pair[1].percent)]
    values = [(name, dice.of(field.good)) for name, field in present]
    return [("Metadata-Version", dice.of(versions)), *values]


def spoilt(dice: Dice, headers: Headers) -> Headers:
    """The headers, of which one is doubtful, there twice, not there, or unknown."""
    at = dice.below(len(headers))
    name, value = headers[at]
    if name in FIELDS and dice.chance(65):
        instead = [(name, FIELDS[name].doubtful(dice).strip())]
    else:
        instead = dice.of([[], [(name, value)] * 2, [(name, value), ("Colour", "red")]])
    return [*headers[:at], *instead, *headers[at + 1 :]]


def metadata(dice: Dice) -> str:
    found = headers(dice)
    lines = spoilt(dice, found) if dice.chance(60) else found
    return "".join(f"{name}: {value}\n" for name, value in lines) + dice.of(["", "\nBody\n"])


STRAYS = [" more", "no field", ": no name", "", "\tx", "A b: c", "Näme: x", "\vName: x", " "]
BODIES = ["", "", "\n", "\nBody\n", "\nName: x\r\n\r\nÄ\v\x85\u2028", "\n\n a"]


def lines(dice: Dice) -> Iterator[str]:
    for name, value in headers(dice):
        between = dice.of(["", "  ", "\t", "\n ", " \r\n\t"]) if dice.chance(10) else " "
        yield dice.cased(name) + ":" + between + value + dice.maybe(5, blank)
        while dice.chance(4):
            yield dice.of(STRAYS)


def header_file(dice: Dice) -> str:
    """A METADATA of which the form is unusual, whatever its values."""
    end = dice.of(["\r\n", "\r", "\n\n"]) if dice.chance(10) else "\n"
    return end.join(lines(dice)) + dice.maybe(95, any_of(end)) + dice.of(BODIES)


KINDS: dict[str, tuple[int, Make]] = {
    "name": (18_000, sometimes_damaged(name)),
    "version": (24_000, sometimes_damaged(version)),
    "specifiers": (20_000, sometimes_damaged(specifiers)),
    "marker": (18_000, sometimes_damaged(marker)),
    "requirement": (16_000, sometimes_damaged(requirement)),
    # Few: those that are refused are compared with all known identifiers, to name the nearest one.
    "license": (4_000, sometimes_damaged(license_expression)),
    "license_id": (len(LICENSE_IDS), any_of(*LICENSE_IDS)),
    "headers": (5_000, header_file),
    "metadata": (8_000, metadata),
}


def words(kind: str, dice: Dice) -> Iterator[str]:
    """The words of a kind, of which no two are the same."""
    count, make = KINDS[kind]
    known: set[str] = set()
    while len(known) < count:
        word = make(dice)
        if word not in known:
            known.add(word)
            yield word
