"""Says what `packaging` makes of more than 100,000 words of the packaging standards.

``python agree.py words`` makes the words of `words.py` up and prints each as a line of JSON: its
kind, the word, `packaging`'s verdict and its reason; the verdict is null where it refuses the word.

``python agree.py meaning FILE`` reads lines of JSON, each a marker and what became of it when it
was asked for the extra `dev` in addition. It prints those of which the second does not hold exactly
where the first holds and `dev` is asked for, as `packaging` evaluates them.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import AbstractSet, Callable, Dict, Iterator, Sequence, Union

from packaging.errors import ExceptionGroup
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.markers import (
    InvalidMarker,
    Marker,
    UndefinedComparison,
    UndefinedEnvironmentName,
)
from packaging.metadata import Metadata, parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version
from words import FIELDS, KINDS, Dice, words

Json = Union[None, bool, int, str, Sequence["Json"], Dict[str, "Json"]]


def judged_name(word: str, _: Dice) -> Json:
    return canonicalize_name(word, validate=True)


def judged_version(word: str, _: Dice) -> Json:
    version = Version(word)
    return {
        "text": str(version),
        "base": version.base_version,
        "public": version.public,
        "prerelease": version.is_prerelease,
    }


def sorted_clauses(specifiers: SpecifierSet) -> list[Json]:
    return [*sorted({str(clause) for clause in specifiers})]


ANYWHERE = ["0", "1", "1.0.dev0", "1.0a1", "1.0+X", "1.0.post1", "2", "10.1", "1!0"]
ENDS = ["", "+x", ".1", ".0", ".0.1", "a1", "rc99", ".post1", ".dev1", "+X.1"]


def named_versions(specifiers: SpecifierSet) -> Iterator[Version]:
    for clause in specifiers:
        try:
            yield Version(re.sub(r"\.\*$", "", clause.version))
        except InvalidVersion:
            continue


def nearby_versions(specifiers: SpecifierSet, dice: Dice) -> Iterator[Version]:
    """Versions near those that are named, for there the rules differ."""
    yield Version(dice.of(ANYWHERE))
    for version in named_versions(specifiers):
        yield version
        for start in (version.public, version.base_version) * 2:
            try:
                yield Version(start + dice.of(ENDS))
            except InvalidVersion:
                continue


def judged_specifiers(word: str, dice: Dice) -> Json:
    specifiers = SpecifierSet(word)
    versions = list(nearby_versions(specifiers, dice))
    holds: dict[str, Json] = {
        str(version): specifiers.contains(version, prereleases=True) for version in versions
    }
    return {"clauses": sorted_clauses(specifiers), "holds": holds}


def judged_marker(word: str, _: Dice) -> Json:
    return str(Marker(word))


def judged_requirement(word: str, _: Dice) -> Json:
    requirement = Requirement(word)
    return {
        "name": requirement.name,
        "extras": [*sorted({canonicalize_name(extra) for extra in requirement.extras})],
        "clauses": sorted_clauses(requirement.specifier),
        "url": requirement.url,
        "marker": str(requirement.marker) if requirement.marker else None,
    }


def judged_license(word: str, _: Dice) -> Json:
    return canonicalize_license_expression(word)


def without_commas(value: str) -> str:
    """What `packaging` takes apart at commas it no longer tells as it was written."""
    return "".join(value.replace(",", "").split())


def as_written(name: str, value: object) -> Json:
    if isinstance(value, dict):
        return [without_commas(label + url) for label, url in value.items()]
    values = [str(each) for each in value] if isinstance(value, list) else [str(value)]
    if name == "keywords" and isinstance(value, list):
        return [without_commas("".join(values))]
    # An empty `Import-Name` is told as an empty list. Blanks before the first word of a value that
    # begins on a line of its own are told by some versions of Python and not by others.
    return [one_line_end(each).lstrip(" \t\n") for each in values or [""]]


def one_line_end(text: str) -> str:
    """Python keeps the line ends of bytes and changes those of files: they mean the same."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def judged_headers(word: str, _: Dice) -> Json:
    fields, unread = parse_email(word.encode())
    found = {name: as_written(name, values) for name, values in unread.items()}
    raw = {name.replace("_", "-"): value for name, value in fields.items()}
    for name in map(str.lower, ["Metadata-Version", *FIELDS]):
        for plural in (name, name + "s"):
            if plural in raw:
                found[name] = as_written(name, raw[plural])
    return {"values": found, "body": one_line_end(str(raw.get("description", "")))}


def judged_metadata(word: str, _: Dice) -> Json:
    Metadata.from_email(word.encode(), validate=True)
    return True


JUDGES: dict[str, Callable[[str, Dice], Json]] = {
    "name": judged_name,
    "version": judged_version,
    "specifiers": judged_specifiers,
    "marker": judged_marker,
    "requirement": judged_requirement,
    "license": judged_license,
    "license_id": judged_license,
    "headers": judged_headers,
    "metadata": judged_metadata,
}
REFUSALS = (
    ExceptionGroup,
    InvalidLicenseExpression,
    InvalidMarker,
    InvalidName,
    InvalidRequirement,
    InvalidSpecifier,
    InvalidVersion,
)


def judged(kind: str, word: str, dice: Dice) -> dict[str, Json]:
    try:
        theirs, why = JUDGES[kind](word, dice), ""
    except REFUSALS as refusal:
        reasons = getattr(refusal, "exceptions", [refusal])
        theirs, why = None, "; ".join(sorted(map(str, reasons)))
    return {"kind": kind, "word": word, "theirs": theirs, "why": why}


def rank(lines: list[dict[str, Json]]) -> None:
    """Numbers the versions in their order, equal ones alike."""
    accepted = [(Version(str(line["word"])), line) for line in lines if line["theirs"]]
    accepted.sort(key=lambda pair: pair[0])
    rank, last = 0, None
    for version, line in accepted:
        rank += version != last
        last, line["rank"] = version, rank


def print_words() -> None:
    for kind in KINDS:
        dice = Dice(kind)
        lines = [judged(kind, word, dice) for word in words(kind, dice)]
        if kind == "version":
            rank(lines)
        print("\n".join(map(json.dumps, lines)))


# What markers mean.

Environment = Dict[str, Union[str, AbstractSet[str]]]
VARIABLES = ["python_version", "python_full_version", "implementation_version", "os_name"]
VARIABLES += ["sys_platform", "platform_system", "platform_machine", "implementation_name"]
VARIABLES += ["platform_python_implementation", "platform_release", "platform_version"]


def environment(*values: str) -> Environment:
    sets = {"extras": {"dev", "a"}, "dependency_groups": {"a-b-c"}}
    return {**dict(zip(VARIABLES, values)), **sets}


ENVIRONMENTS = [
    environment(
        *("3.13", "3.13.0rc1", "3.13.0rc1", "posix", "linux", "Linux", "x86_64", "cpython"),
        *("CPython", "6.1.0-13-amd64", "#1 SMP"),
    ),
    environment(
        *("3.9", "3.9.1", "7.3.13", "posix", "darwin", "Darwin", "arm64", "pypy"),
        *("PyPy", "14.5.0", "Darwin Kernel Version 14.5.0"),
    ),
    environment(
        *("3.8", "3.8.10+", "3.8.10", "nt", "win32", "Windows", "AMD64", "cpython"),
        *("CPython", "10", "10.0.19041"),
    ),
]


def outcome(marker: Marker, environment: Environment, extra: str) -> bool | str:
    try:
        return marker.evaluate({**environment, "extra": extra})
    except (UndefinedComparison, UndefinedEnvironmentName) as error:
        return type(error).__name__


def is_changed(marker: Marker, with_dev: Marker, environment: Environment, extra: str) -> bool:
    before = outcome(marker, environment, extra)
    wanted = before if extra == "dev" or isinstance(before, str) else False
    return outcome(with_dev, environment, extra) != wanted


def print_changed(file: Path) -> None:
    for line in file.read_text("utf-8").splitlines():
        marker, with_dev = map(Marker, json.loads(line))
        if any(
            is_changed(marker, with_dev, environment, extra)
            for environment in ENVIRONMENTS
            for extra in ("dev", "a")
        ):
            print(line)


if __name__ == "__main__":
    if sys.argv[1:] == ["words"]:
        print_words()
    else:
        print_changed(Path(sys.argv[2]))
