"""Damages a good wheel in many ways, and sees whether ``wainwright check`` names each.

``python3 tests/published/damage.py PROGRAM WHEEL`` takes a wheel with a compiled module for this
platform and a console script, prints a table and exits with 1 if a damage is not found, or found
under another code.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

Files = dict[str, bytes]


class Wheel:
    """A wheel in the hands of somebody who breaks it."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.files: Files = {name: archive.read(name) for name in archive.namelist()}
        self.name = path.name
        self.info = next(name.split("/")[0] for name in self.files if name.endswith("/WHEEL"))
        self.module = next(name for name in self.files if name.endswith(".so"))
        self.twice: list[tuple[str, bytes]] = []
        self.keeps_record = False
        # Changes to the entries of the archive, and to its bytes.
        self.entry: Callable[[zipfile.ZipInfo], None] = lambda _: None
        self.bytes: Callable[[bytes], bytes] = lambda data: data

    def edit(self, file: str, old: str, new: str) -> None:
        path = f"{self.info}/{file}"
        text = self.files[path].decode()
        if old not in text:
            raise SystemExit(f"{path} does not hold {old!r}")
        self.files[path] = text.replace(old, new, 1).encode()

    def field(self, line: str) -> None:
        """One more line in METADATA."""
        self.edit("METADATA", "\nVersion:", f"\n{line}\nVersion:")

    def record(self, change: Callable[[list[list[str]]], list[list[str]]]) -> None:
        rows = change(self.rows())
        self.keeps_record = True
        self.files[f"{self.info}/RECORD"] = as_csv(rows)

    def rows(self) -> list[list[str]]:
        own = f"{self.info}/RECORD"
        rows = [
            [name, f"sha256={digest(data)}", str(len(data))]
            for name, data in self.files.items()
            if name != own
        ]
        return [*rows, [own, "", ""]]

    def tagged(self, tag: str) -> None:
        """The same wheel for others, as far as its names say."""
        own = "-".join(self.name.removesuffix(".whl").split("-")[-3:])
        self.name = self.name.replace(own, tag)
        text = self.files[f"{self.info}/WHEEL"].decode()
        kept = [line for line in text.splitlines() if not line.startswith("Tag:")]
        pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
        tags = [f"Tag: {p}-{a}-{s}" for p in pythons for a in abis for s in platforms]
        self.files[f"{self.info}/WHEEL"] = "\n".join([*kept, *tags, ""]).encode()

    def rename(self, old: str, new: str) -> None:
        self.files = {name.replace(old, new): data for name, data in self.files.items()}

    def write(self, directory: Path) -> Path:
        own = f"{self.info}/RECORD"
        if own in self.files and not self.keeps_record:
            self.files[own] = as_csv(self.rows())
        path = directory / self.name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in [*self.files.items(), *self.twice]:
                entry = zipfile.ZipInfo(name)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o100644 << 16
                self.entry(entry)
                archive.writestr(entry, data)
        path.write_bytes(self.bytes(path.read_bytes()))
        return path


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def lacks(file: str) -> Callable[[Wheel], None]:
    return lambda wheel: drop(wheel, f"{wheel.info}/{file}")


def drop(wheel: Wheel, path: str) -> None:
    del wheel.files[path]


def adds(path: str, data: bytes = b"x\n") -> Callable[[Wheel], None]:
    return lambda wheel: wheel.files.update({path: data})


def says(file: str, old: str, new: str) -> Callable[[Wheel], None]:
    return lambda wheel: wheel.edit(file, old, new)


def field(line: str) -> Callable[[Wheel], None]:
    return lambda wheel: wheel.field(line)


def gone_licence(wheel: Wheel) -> None:
    version = wheel.files[f"{wheel.info}/METADATA"].decode().splitlines()[0]
    wheel.edit("METADATA", version, "Metadata-Version: 2.4")
    wheel.field("License-File: GONE")


def rows(change: Callable[[list[list[str]]], list[list[str]]]) -> Callable[[Wheel], None]:
    return lambda wheel: wheel.record(change)


def tagged(tag: str) -> Callable[[Wheel], None]:
    return lambda wheel: wheel.tagged(tag)


def beside_module(name: str) -> Callable[[Wheel], None]:
    def change(wheel: Wheel) -> None:
        stem = wheel.module.split("/")[-1].split(".")[0]
        directory = wheel.module.rsplit("/", 1)[0]
        wheel.files[f"{directory}/{name.format(stem=stem)}"] = b""

    return change


def module_renamed(change: Callable[[str], str]) -> Callable[[Wheel], None]:
    def renamed(wheel: Wheel) -> None:
        directory, name = wheel.module.rsplit("/", 1)
        wheel.rename(wheel.module, f"{directory}/{change(name)}")

    return renamed


def module_cut(wheel: Wheel) -> None:
    wheel.files[wheel.module] = wheel.files[wheel.module][:5000]


def info_renamed(new: Callable[[str], str]) -> Callable[[Wheel], None]:
    def change(wheel: Wheel) -> None:
        name = new(wheel.info)
        wheel.rename(wheel.info, name)
        wheel.info = name

    return change


def entry(change: Callable[[zipfile.ZipInfo], None]) -> Callable[[Wheel], None]:
    def changed(wheel: Wheel) -> None:
        wheel.entry = change

    return changed


def bytes_changed(change: Callable[[bytes], bytes]) -> Callable[[Wheel], None]:
    def changed(wheel: Wheel) -> None:
        wheel.bytes = change

    return changed


def twice(wheel: Wheel) -> None:
    wheel.twice.append((wheel.module, b"other"))


def link(info: zipfile.ZipInfo) -> None:
    if info.filename.endswith(".py"):
        info.external_attr = 0o120777 << 16


def bzip2(info: zipfile.ZipInfo) -> None:
    if info.filename.endswith(".py"):
        info.compress_type = zipfile.ZIP_BZIP2


def flipped(data: bytes) -> bytes:
    """One bit of the first file's content."""
    at = 200
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def other_local_name(data: bytes) -> bytes:
    """The header before the first file says another name than the directory at the end."""
    return data[:30] + bytes([data[30] ^ 1]) + data[31:]


# What is done to the wheel, how, and the code under which it must be found.
DAMAGES: list[tuple[str, Callable[[Wheel], None], str]] = [
    ("no METADATA", lacks("METADATA"), "dist-info"),
    ("no WHEEL", lacks("WHEEL"), "dist-info"),
    ("no RECORD", lacks("RECORD"), "dist-info"),
    ("a second dist-info", adds("other-1.0.dist-info/METADATA"), "dist-info"),
    ("dist-info of another version", info_renamed(lambda n: n.replace("-", "-9")), "dist-info"),
    ("dist-info of another name", info_renamed(lambda name: f"x{name}"), "dist-info"),
    ("what installers write", lambda w: w.files.update({f"{w.info}/INSTALLER": b"x"}), "dist-info"),
    ("another name in METADATA", says("METADATA", "\nName: ", "\nName: x"), "metadata"),
    ("another version in METADATA", says("METADATA", "\nVersion: ", "\nVersion: 9"), "metadata"),
    ("no Name", says("METADATA", "\nName: ", "\nX-Name: "), "metadata"),
    ("no Metadata-Version", says("METADATA", "Metadata-Version", "X-Version"), "metadata"),
    (
        "Metadata-Version 3.0",
        says("METADATA", "Metadata-Version: 2.", "Metadata-Version: 3."),
        "metadata",
    ),
    ("a broken Requires-Dist", field("Requires-Dist: a >> 1"), "metadata"),
    (
        "a broken Requires-Python",
        says("METADATA", "Requires-Python: >=", "Requires-Python: =>"),
        "metadata",
    ),
    ("a broken License-Expression", field("License-Expression: Mine or Yours"), "metadata"),
    (
        "License beside License-Expression",
        field("License: MIT\nLicense-Expression: MIT"),
        "metadata",
    ),
    ("a licence file that is not there", gone_licence, "metadata"),
    ("a field twice", field("Summary: a\nSummary: b"), "metadata"),
    (
        "METADATA in Latin-1",
        lambda w: w.files.update({f"{w.info}/METADATA": w.files[f"{w.info}/METADATA"] + b"\xe9"}),
        "metadata",
    ),
    ("a line that is no field", field("and so on"), "metadata"),
    ("an extra that nobody provides", field("Requires-Dist: a; extra == 'gone'"), "metadata"),
    ("an import name that is not there", field("Import-Name: gone"), "metadata"),
    ("a file not in RECORD", rows(lambda r: r[1:]), "record"),
    ("a file in RECORD alone", rows(lambda r: [["gone.py", "sha256=x", "1"], *r]), "record"),
    ("another digest", rows(lambda r: [[r[0][0], "sha256=AAAA", r[0][2]], *r[1:]]), "record"),
    ("another size", rows(lambda r: [[*r[0][:2], "7"], *r[1:]]), "record"),
    ("no digest", rows(lambda r: [[r[0][0], "", ""], *r[1:]]), "record"),
    ("a weak digest", rows(lambda r: [[r[0][0], "md5=AAAA", r[0][2]], *r[1:]]), "record"),
    ("a row twice", rows(lambda r: [r[0], *r]), "record"),
    ("a row of two fields", rows(lambda r: [r[0][:2], *r[1:]]), "record"),
    ("Wheel-Version 2.0", says("WHEEL", "Wheel-Version: 1", "Wheel-Version: 2"), "wheel-file"),
    ("no Wheel-Version", says("WHEEL", "Wheel-Version", "X-Version"), "wheel-file"),
    ("no Root-Is-Purelib", says("WHEEL", "Root-Is-Purelib", "X-Purelib"), "wheel-file"),
    (
        "Root-Is-Purelib of a third kind",
        says("WHEEL", "Purelib: false", "Purelib: maybe"),
        "wheel-file",
    ),
    (
        "Root-Is-Purelib with a module",
        says("WHEEL", "Purelib: false", "Purelib: true"),
        "wheel-file",
    ),
    ("no Tag", says("WHEEL", "Tag: ", "X-Tag: "), "wheel-file"),
    ("another Tag", says("WHEEL", "Tag: cp3", "Tag: cp39"), "wheel-file"),
    (
        "a name without a tag",
        lambda w: setattr(w, "name", w.name.split("-")[0] + "-1.whl"),
        "archive-name",
    ),
    ("a path that leads out", adds("../outside.py"), "member-path"),
    ("an absolute path", adds("/outside.py"), "member-path"),
    ("a path with a backslash", lambda w: w.files.update({"a\\b.py": b""}), "member-path"),
    ("a path with a line break", adds("a\nb.py"), "member-path"),
    ("a device of Windows", adds("tour/aux.py"), "member-path"),
    ("a name that ends in a dot", adds("tour/a."), "member-path"),
    (
        "names that differ in case",
        lambda w: w.files.update({"tour/A.py": b"", "tour/a.py": b""}),
        "path-clash",
    ),
    (
        "names of composed letters",
        lambda w: w.files.update({"tour/\u00e9.py": b"", "tour/e\u0301.py": b""}),
        "path-clash",
    ),
    (
        "an entry point in no group",
        lambda w: w.files.update({f"{w.info}/entry_points.txt": b"a = b:c\n"}),
        "entry-points",
    ),
    (
        "a script without a function",
        lambda w: w.files.update({f"{w.info}/entry_points.txt": b"[console_scripts]\na = tour\n"}),
        "entry-points",
    ),
    (
        "a script of a missing module",
        lambda w: w.files.update(
            {f"{w.info}/entry_points.txt": b"[console_scripts]\na = tour.gone:f\n"}
        ),
        "entry-points",
    ),
    (
        "a script that is no reference",
        lambda w: w.files.update(
            {f"{w.info}/entry_points.txt": b"[console_scripts]\na = to ur:f\n"}
        ),
        "entry-points",
    ),
    (
        "an unknown place in .data",
        lambda w: w.files.update({w.info.replace("dist-info", "data/lib/x"): b""}),
        "data-tree",
    ),
    ("a module of another name", module_renamed(lambda name: f"x{name}"), "entry-symbol"),
    (
        "a module for another Python",
        module_renamed(lambda name: name.replace("cpython-3", "cpython-39")),
        "module-file",
    ),
    (
        "a module for free threads",
        module_renamed(lambda n: n.replace("-x86_64", "t-x86_64").replace("-aarch64", "t-aarch64")),
        "module-file",
    ),
    ("a module that is cut off", module_cut, "binary-platform"),
    (
        "a module that is a text",
        lambda w: w.files.update({w.module: b"no library\n"}),
        "binary-platform",
    ),
    ("a tag of another processor", tagged("cp311-cp311-linux_s390x"), "binary-platform"),
    ("a tag of Windows", tagged("cp311-cp311-win_amd64"), "binary-platform"),
    ("a tag of macOS", tagged("cp311-cp311-macosx_11_0_arm64"), "binary-platform"),
    ("a tag of the stable ABI", tagged("cp311-abi3-linux_x86_64"), "module-file"),
    (
        "a tag of an old glibc",
        tagged("cp311-cp311-manylinux_2_5_x86_64.manylinux1_x86_64"),
        "platform-policy",
    ),
    ("a tag of musl", tagged("cp311-cp311-musllinux_1_2_x86_64"), "platform-policy"),
    ("a package that hides the module", beside_module("{stem}/__init__.py"), "shadowed"),
    (
        "a Python that is shut out",
        says("METADATA", "Requires-Python: >=3.9", "Requires-Python: >=3.99"),
        "requires-python",
    ),
    ("two files of one name", twice, "archive-form"),
    ("a link", entry(link), "archive-form"),
    ("a rare compression", entry(bzip2), "archive-form"),
    ("a bit that is flipped", bytes_changed(flipped), "archive-form"),
    ("another name before the file", bytes_changed(other_local_name), "archive-form"),
    ("half an archive", bytes_changed(lambda data: data[: len(data) // 2]), "archive-form"),
    ("an empty archive", bytes_changed(lambda _: b""), "archive-form"),
]


def found(program: str, wheel: Path) -> list[str]:
    command = [program, "check", "--json", str(wheel)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, 1):
        return [f"exit code {ended.returncode}: {ended.stderr}"]
    (judged,) = json.loads(ended.stdout)
    return [finding["code"] for finding in judged["findings"] if finding["level"] != "note"]


def main() -> int:
    program, good = sys.argv[1], Path(sys.argv[2])
    if codes := found(program, good):
        print(f"{good} is not good: {codes}")
        return 1
    missed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for number, (title, damage, code) in enumerate(DAMAGES):
            wheel = Wheel(good)
            damage(wheel)
            directory = Path(scratch) / str(number)
            directory.mkdir()
            codes = found(program, wheel.write(directory))
            missed += code not in codes
            verdict = "found" if code in codes else "MISSED"
            print(f"{title:<36} {verdict:<7} {', '.join(sorted(set(codes)))}")
    print(f"{len(DAMAGES) - missed} of {len(DAMAGES)} damages are found and named")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
