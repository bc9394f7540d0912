"""Reads wheels and sdists as a stranger would, and says what is wrong with each.

``python validate.py FILE...`` prints a line for each fault and exits 1 if there is any. It shares
no code with wainwright: the archives are read by the standard library, their words by `packaging`.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import stat
import sys
import tarfile
import zipfile
from email.parser import BytesParser
from pathlib import Path, PurePosixPath
from typing import Iterator

from packaging.metadata import Metadata
from packaging.utils import parse_sdist_filename, parse_wheel_filename


def wheel_faults(path: Path) -> Iterator[str]:
    name, version, _, tags = parse_wheel_filename(path.name)
    stem = f"{name.replace('-', '_')}-{version}"
    if not path.name.startswith(f"{stem}-"):
        yield f"the file name does not begin with the normalised {stem}"
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
        if damaged is not None:
            yield f"{damaged} is damaged"
        names = archive.namelist()
        yield from name_faults(names)
        for info in archive.infolist():
            mode = info.external_attr >> 16
            if not stat.S_ISREG(mode) or stat.S_IMODE(mode) not in (0o644, 0o755):
                yield f"{info.filename} has the mode {mode:o}"
        info_names = [name for name in names if name.split("/")[0].endswith(".dist-info")]
        if names[-len(info_names) :] != info_names:
            yield "the files of .dist-info are not the last ones"
        tops = {name.split("/")[0] for name in names}
        wrong = [
            top
            for top in tops
            if top.endswith((".dist-info", ".data")) and not top.startswith(f"{stem}.")
        ]
        if wrong:
            yield f"{wrong} do not belong to {stem}"
        for needed in ("METADATA", "WHEEL", "RECORD"):
            if f"{stem}.dist-info/{needed}" not in names:
                yield f"there is no {needed}"
                return
        files = {name: archive.read(name) for name in names}
    record = f"{stem}.dist-info/RECORD"
    yield from record_faults(files, record)
    wheel = BytesParser().parsebytes(files[f"{stem}.dist-info/WHEEL"])
    if wheel["Wheel-Version"] != "1.0" or not wheel["Generator"]:
        yield "WHEEL lacks its version or its generator"
    said, named = sorted(wheel.get_all("Tag", [])), sorted(map(str, tags))
    if said != named:
        yield f"the tags of WHEEL are {said}, those of the file name {named}"
    native = any(name.endswith((".so", ".pyd", ".dylib")) for name in names)
    if native and wheel["Root-Is-Purelib"] != "false":
        yield "compiled modules stand in a wheel that calls itself pure"
    metadata = Metadata.from_email(files[f"{stem}.dist-info/METADATA"], validate=True)
    yield from identity_faults(metadata, str(name), str(version))
    for license_file in metadata.license_files or []:
        if f"{stem}.dist-info/licenses/{license_file}" not in files:
            yield f"License-File {license_file} is not in licenses/"


def record_faults(files: dict[str, bytes], record: str) -> Iterator[str]:
    rows = list(csv.reader(io.StringIO(files[record].decode("utf-8"), newline="")))
    if any(len(row) != 3 for row in rows):
        yield "RECORD has rows of other than three fields"
        return
    if sorted(row[0] for row in rows) != sorted(files):
        yield "RECORD does not list each file once"
        return
    for name, digest, size in rows:
        if name == record:
            if digest or size:
                yield "RECORD has a digest of itself"
            continue
        own = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).decode().rstrip("=")
        found = (f"sha256={own}", str(len(files[name])))
        if (digest, size) != found:
            yield f"RECORD has {digest} and {size} for {name}, which is {found}"


def sdist_faults(path: Path) -> Iterator[str]:
    name, version = parse_sdist_filename(path.name)
    stem = f"{name.replace('-', '_')}-{version}"
    if path.name != f"{stem}.tar.gz":
        yield f"the file name is not {stem}.tar.gz"
    with tarfile.open(path, "r:gz") as archive:
        members = archive.getmembers()
        names = [member.name for member in members]
        yield from name_faults(names)
        for member in members:
            if not member.isreg() or member.mode not in (0o644, 0o755):
                yield f"{member.name} is no plain file: {member.type!r} {member.mode:o}"
            if (member.uid, member.gid, member.uname, member.gname) != (0, 0, "", ""):
                yield f"{member.name} tells who built the sdist"
            if PurePosixPath(member.name).parts[0] != stem:
                yield f"{member.name} is not below {stem}"
        for needed in ("PKG-INFO", "pyproject.toml"):
            if f"{stem}/{needed}" not in names:
                yield f"there is no {needed}"
                return
        info = archive.extractfile(f"{stem}/PKG-INFO")
        assert info is not None
        metadata = Metadata.from_email(info.read(), validate=True)
    yield from identity_faults(metadata, str(name), str(version))
    for license_file in metadata.license_files or []:
        if f"{stem}/{license_file}" not in names:
            yield f"License-File {license_file} is not in the sdist"


def name_faults(names: list[str]) -> Iterator[str]:
    if len({name.lower() for name in names}) != len(names):
        yield "names occur twice, or differ only in case"
    for name in names:
        path = PurePosixPath(name)
        if (
            path.is_absolute()
            or ".." in path.parts
            or "\\" in name
            or ":" in name
            or str(path) != name
        ):
            yield f"{name!r} is no plain relative path of a file"


def identity_faults(metadata: Metadata, name: str, version: str) -> Iterator[str]:
    if (metadata.name.lower().replace("_", "-").replace(".", "-"), str(metadata.version)) != (
        name,
        version,
    ):
        yield f"the metadata is that of {metadata.name} {metadata.version}"


def faults(path: Path) -> list[str]:
    try:
        return list(wheel_faults(path) if path.suffix == ".whl" else sdist_faults(path))
    except Exception as error:  # noqa: BLE001 -- whatever a reader stumbles over is a fault
        nested = getattr(error, "exceptions", [error])
        return [f"{type(each).__name__}: {each}" for each in nested]


def main(paths: list[str]) -> int:
    found = [f"{path}: {fault}" for path in paths for fault in faults(Path(path))]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
