"""Grafts published wheels anew: ``python3 tests/published/regraft.py [NAME...]``.

Takes wheels from PyPI apart that delocate (macOS) or delvewheel (Windows) have grafted libraries
into: the libraries go to a directory, under their first names and asked for by these. Then lets
``wainwright repair`` put them back and compares. For macOS with the published wheel itself: the
libraries, what they are asked for by, who needs what and where is looked, the digests in the
signatures. For Windows with what delvewheel makes of the same parts: the libraries and the tables
of imports, names without digests. All edited files are read by two independent readers, and
``wainwright check`` judges the wheel. Prints a table and ends with 1 if anything differs.

Needs delvewheel, lief, macholib and pefile beside it.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import io
import json
import posixpath
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import lief
import pefile
from macholib.MachO import MachO

ROOT = Path(__file__).resolve().parents[2]

MACOS = [
    "Pillow-9.5.0-cp311-cp311-macosx_11_0_arm64.whl",
    "av-14.2.0-cp312-cp312-macosx_12_0_arm64.whl",
    "av-14.2.0-cp312-cp312-macosx_12_0_x86_64.whl",
    "ctranslate2-4.5.0-cp312-cp312-macosx_11_0_arm64.whl",
    "cvxopt-1.3.2-cp312-cp312-macosx_10_9_x86_64.whl",
    "cvxopt-1.3.2-cp312-cp312-macosx_11_0_arm64.whl",
    "cyvcf2-0.31.1-cp312-cp312-macosx_11_0_arm64.whl",
    "dlib_bin-19.24.6-cp312-cp312-macosx_11_0_arm64.whl",
    "faiss_cpu-1.10.0-cp312-cp312-macosx_11_0_arm64.whl",
    "fiona-1.10.1-cp312-cp312-macosx_11_0_arm64.whl",
    "h5py-3.12.1-cp312-cp312-macosx_10_13_x86_64.whl",
    "h5py-3.12.1-cp312-cp312-macosx_11_0_arm64.whl",
    "netCDF4-1.7.2-cp312-cp312-macosx_14_0_arm64.whl",
    "numpy-1.26.4-cp312-cp312-macosx_10_9_x86_64.whl",
    "numpy-1.26.4-cp312-cp312-macosx_11_0_arm64.whl",
    "opencv_python_headless-4.10.0.84-cp37-abi3-macosx_11_0_arm64.whl",
    "opencv_python_headless-4.10.0.84-cp37-abi3-macosx_12_0_x86_64.whl",
    "pillow-10.4.0-cp312-cp312-macosx_10_10_x86_64.whl",
    "pillow-11.1.0-cp312-cp312-macosx_11_0_arm64.whl",
    "psycopg2_binary-2.9.10-cp312-cp312-macosx_12_0_x86_64.whl",
    "psycopg2_binary-2.9.10-cp312-cp312-macosx_14_0_arm64.whl",
    "psycopg_binary-3.2.6-cp312-cp312-macosx_10_13_x86_64.whl",
    "psycopg_binary-3.2.6-cp312-cp312-macosx_11_0_arm64.whl",
    "pyFFTW-0.15.0-cp312-cp312-macosx_14_0_arm64.whl",
    "pycurl-7.45.6-cp312-cp312-macosx_11_0_arm64.whl",
    "pygame-2.6.1-cp312-cp312-macosx_10_9_x86_64.whl",
    "pygame-2.6.1-cp312-cp312-macosx_11_0_arm64.whl",
    "pylibmc-1.6.3-cp311-cp311-macosx_11_0_arm64.whl",
    "pymssql-2.3.2-cp312-cp312-macosx_13_0_universal2.whl",
    "pyogrio-0.10.0-cp312-cp312-macosx_12_0_arm64.whl",
    "pyproj-3.7.1-cp312-cp312-macosx_13_0_x86_64.whl",
    "pyproj-3.7.1-cp312-cp312-macosx_14_0_arm64.whl",
    "pyzmq-25.1.2-cp312-cp312-macosx_10_15_universal2.whl",
    "pyzmq-26.3.0-cp312-cp312-macosx_10_15_universal2.whl",
    "rasterio-1.4.3-cp312-cp312-macosx_14_0_arm64.whl",
    "scikit_learn-1.6.1-cp312-cp312-macosx_10_13_x86_64.whl",
    "scikit_learn-1.6.1-cp312-cp312-macosx_12_0_arm64.whl",
    "scipy-1.11.4-cp312-cp312-macosx_12_0_arm64.whl",
    "scipy-1.14.1-cp312-cp312-macosx_10_13_x86_64.whl",
    "scipy-1.14.1-cp312-cp312-macosx_12_0_arm64.whl",
    "shapely-2.0.7-cp311-cp311-macosx_10_9_x86_64.whl",
    "shapely-2.0.7-cp312-cp312-macosx_11_0_arm64.whl",
    "tables-3.10.2-cp312-cp312-macosx_11_0_arm64.whl",
]

WINDOWS = [
    "av-12.3.0-cp312-cp312-win_amd64.whl",
    "av-13.1.0-cp312-cp312-win_amd64.whl",
    "av-14.2.0-cp312-cp312-win_amd64.whl",
    "cantera-3.1.0-cp312-cp312-win_amd64.whl",
    "faiss_cpu-1.10.0-cp312-cp312-win_amd64.whl",
    "faiss_cpu-1.11.0-cp312-cp312-win_amd64.whl",
    "fiona-1.10.1-cp312-cp312-win_amd64.whl",
    "fiona-1.9.6-cp312-cp312-win_amd64.whl",
    "gmpy2-2.2.0-cp312-cp312-win_amd64.whl",
    "gmpy2-2.2.1-cp312-cp312-win_amd64.whl",
    "netCDF4-1.7.2-cp312-cp312-win_amd64.whl",
    "netcdf4-1.7.3-cp311-abi3-win_amd64.whl",
    "numpy-1.26.4-cp312-cp312-win_amd64.whl",
    "numpy-2.0.2-cp312-cp312-win_amd64.whl",
    "numpy-2.1.3-cp312-cp312-win_amd64.whl",
    "numpy-2.2.4-cp312-cp312-win_amd64.whl",
    "numpy-2.3.4-cp312-cp312-win_arm64.whl",
    "numpy-2.3.5-cp312-cp312-win_amd64.whl",
    "numpy-2.3.5-cp312-cp312-win_arm64.whl",
    "pandas-2.2.3-cp312-cp312-win_amd64.whl",
    "pandas-2.3.3-cp312-cp312-win_amd64.whl",
    "psycopg_binary-3.1.20-cp312-cp312-win_amd64.whl",
    "psycopg_binary-3.2.6-cp312-cp312-win_amd64.whl",
    "psycopg_binary-3.2.9-cp312-cp312-win_amd64.whl",
    "pyarrow-19.0.1-cp312-cp312-win_amd64.whl",
    "pyarrow-20.0.0-cp312-cp312-win_amd64.whl",
    "pyarrow-21.0.0-cp312-cp312-win_amd64.whl",
    "pycurl-7.45.6-cp312-cp312-win_amd64.whl",
    "pycurl-7.46.0-cp312-cp312-win_amd64.whl",
    "pyogrio-0.10.0-cp312-cp312-win_amd64.whl",
    "pyogrio-0.9.0-cp312-cp312-win_amd64.whl",
    "pyproj-3.6.1-cp312-cp312-win_amd64.whl",
    "pyproj-3.7.1-cp312-cp312-win_amd64.whl",
    "pyproj-3.7.2-cp312-cp312-win_amd64.whl",
    "python_flint-0.7.1-cp312-cp312-win_amd64.whl",
    "python_flint-0.8.0-cp312-cp312-win_amd64.whl",
    "rasterio-1.3.11-cp312-cp312-win_amd64.whl",
    "rasterio-1.4.3-cp312-cp312-win_amd64.whl",
    "scipy-1.11.4-cp312-cp312-win_amd64.whl",
    "scipy-1.13.1-cp312-cp312-win_amd64.whl",
    "scipy-1.14.1-cp312-cp312-win_amd64.whl",
    "scipy-1.15.3-cp312-cp312-win_amd64.whl",
    "scipy-1.16.3-cp312-cp312-win_arm64.whl",
    "scipy-1.17.0-cp312-cp312-win_arm64.whl",
    "scs-3.2.7-cp312-cp312-win_amd64.whl",
    "shapely-2.0.7-cp312-cp312-win32.whl",
    "shapely-2.0.7-cp312-cp312-win_amd64.whl",
    "shapely-2.1.1-cp312-cp312-win32.whl",
    "shapely-2.1.1-cp312-cp312-win_amd64.whl",
    "tables-3.10.1-cp312-cp312-win_amd64.whl",
    "tables-3.10.2-cp312-cp312-win_amd64.whl",
]

# What is refused, as it should be: a part of the message, and the reason.
REFUSED = {
    "pymssql-2.3.2-cp312-cp312-macosx_13_0_universal2.whl": (
        "is no library for `x86_64` and `arm64`",
        "its modules have two halves, and the libraries one: the other half does not load",
    ),
}

Files = dict[str, bytes]

LOADS = {0xC: "", 0x80000018: "weak ", 0x8000001F: "exported ", 0x80000023: "upward "}
ID, RPATH, SIGNATURE = 0xD, 0x8000001C, 0x1D


def fetched(name: str, work: Path) -> Path:
    """The wheel of a file name, fetched once by pip."""
    path = work / "wheels" / name
    if not path.exists():
        project, version, python, _, platform = name[:-4].split("-")
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
        pip += ["--python-version", python.split(".")[-1].lstrip("cpy"), "-d", str(path.parent)]
        for tag in platform.split("."):
            pip += ["--platform", tag]
        subprocess.run([*pip, f"{project}=={version}"], check=True)
    return path


def unpacked(path: Path) -> Files:
    with zipfile.ZipFile(path) as archive:
        return {n: archive.read(n) for n in archive.namelist() if not n.endswith("/")}


def packed(files: Files, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def written(files: Files, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.iterdir():
        old.unlink()
    for name, data in files.items():
        (directory / name).write_bytes(data)


def leaf(path: str) -> str:
    return path.rsplit("/", 1)[-1]


# --- Mach-O, read by a few lines of our own, so that it can be written too ---------------------


def slices(data: bytes) -> list[tuple[int, int]]:
    """Offset and size of each image."""
    if data[:4] == b"\xca\xfe\xba\xbe" and data[7] < 40:
        count = struct.unpack_from(">I", data, 4)[0]
        places = [struct.unpack_from(">5I", data, 8 + 20 * index) for index in range(count)]
        return [(offset, size) for _, _, offset, size, _ in places]
    is_one = data[:4] in (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
    return [(0, len(data))] if is_one else []


def commands(data: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and size of each load command of the image at `start`."""
    wide = data[start] == 0xCF
    (count,) = struct.unpack_from("<I", data, start + 16)
    at = start + (32 if wide else 28)
    for _ in range(count):
        kind, size = struct.unpack_from("<2I", data, at)
        yield kind, at, size
        at += size


def name_in(data: bytes, at: int, size: int) -> str:
    (offset,) = struct.unpack_from("<I", data, at + 8)
    return data[at + offset : at + size].split(b"\0")[0].decode()


def with_name(data: bytearray, at: int, size: int, name: str) -> None:
    (offset,) = struct.unpack_from("<I", data, at + 8)
    room = size - offset
    if len(name) >= room:
        raise SystemExit(f"{name} is too long")
    data[at + offset : at + size] = name.encode().ljust(room, b"\0")


class Said(NamedTuple):
    """What dyld reads of an image; run paths of the building machine are no matter."""

    id: str | None
    needs: list[str]
    looks_in: list[str]


def said(data: bytes) -> list[Said]:
    images = []
    for start, _ in slices(data):
        names = [
            (kind, name_in(data, at, size))
            for kind, at, size in commands(data, start)
            if kind in {*LOADS, ID, RPATH}
        ]
        own = next((name for kind, name in names if kind == ID), None)
        needs = [LOADS[kind] + name for kind, name in names if kind in LOADS]
        looks_in = [name for kind, name in names if kind == RPATH and name.startswith("@")]
        images.append(Said(own, needs, looks_in))
    return images


def false_digests(data: bytes) -> int:
    """How many pages have another digest than the signature says; a signature that lacks counts."""
    false = 0
    for start, size in slices(data):
        cpu = struct.unpack_from("<I", data, start + 4)[0]
        places = [
            struct.unpack_from("<2I", data, a + 8)
            for k, a, _ in commands(data, start)
            if k == SIGNATURE
        ]
        if not places:
            false += cpu == 0x0100000C
            continue
        image = data[start : start + size]
        blob = image[places[0][0] : places[0][0] + places[0][1]]
        count = struct.unpack_from(">I", blob, 8)[0]
        index = [struct.unpack_from(">2I", blob, 12 + 8 * entry) for entry in range(count)]
        # Of several directories, the last one is that of SHA-256.
        at = [offset for kind, offset in index if kind == 0 or 0x1000 <= kind < 0x1006][-1]
        hashes, _, _, pages, limit = struct.unpack_from(">5I", blob, at + 16)
        width, kind, _, bits = struct.unpack_from("4B", blob, at + 36)
        if kind != 2 or limit != places[0][0] or places[0][0] + places[0][1] != len(image):
            false += 1
        for page in range(pages):
            bytes_ = image[page << bits : min((page + 1) << bits, limit)]
            at_hash = at + hashes + page * width
            false += hashlib.sha256(bytes_).digest() != blob[at_hash : at_hash + width]
    return false


def apart_macos(files: Files) -> tuple[Files, Files]:
    """The wheel without its libraries, and these under the names that they had."""
    grafted = {name for name in files if re.search(r"\.dylibs/[^/]+$", name)}
    ours: Files = {}
    for name, data in files.items():
        changed = bytearray(data)
        for start, _ in slices(data):
            for kind, at, size in list(commands(data, start)):
                if kind == ID and name in grafted:
                    with_name(changed, at, size, "/opt/" + leaf(name))
                elif kind in LOADS and name not in grafted:
                    needed = name_in(data, at, size)
                    place = posixpath.normpath(
                        needed.replace("@loader_path", posixpath.dirname(name), 1)
                    )
                    if place in grafted:
                        # Some by their run paths, some by where they were built.
                        is_even = len(leaf(place)) % 2 == 0
                        with_name(
                            changed, at, size, ("@rpath/" if is_even else "/opt/") + leaf(place)
                        )
        ours[name] = bytes(changed)
    libraries = {leaf(name): ours.pop(name) for name in grafted}
    return ours, libraries


def is_read_as_macho(data: bytes) -> bool:
    """Whether two readers make the same of it as we."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        heads = MachO(file.name).headers
    by_macholib = [
        [str(name.rstrip(b"\0").decode()) for load, _, name in head.commands if load.cmd in LOADS]
        for head in heads
    ]
    # This one counts the own name in; the images live no longer than what they are parts of.
    whole = lief.MachO.parse(list(data))
    by_lief = [sorted(library.name for library in image.libraries) for image in whole]
    needed = [[name.split(" ")[-1] for name in image.needs] for image in said(data)]
    with_own = [
        sorted([*names, *([image.id] if image.id else [])])
        for image, names in zip(said(data), needed)
    ]
    return by_macholib == needed and by_lief == with_own


def macos(name: str, arguments: argparse.Namespace) -> list[str]:
    published = unpacked(fetched(name, arguments.work))
    ours, libraries = apart_macos(published)
    place = arguments.work / "macos" / name[:-4]
    # The tag is that of old systems, so that the libraries have to raise it.
    lowered = re.sub(r"macosx_\d+_\d+_(?=arm64)", "macosx_11_0_", name)
    lowered = re.sub(r"macosx_\d+_\d+_(?=x86_64|universal2|intel)", "macosx_10_9_", lowered)
    parts = lowered[:-4].split("-")
    parts[4] = parts[4].split(".")[0]
    lowered = "-".join(parts) + ".whl"
    written(libraries, place / "libraries")
    packed(ours, place / lowered)
    new = repaired(place / lowered, place / "libraries", arguments.program)
    after = unpacked(new)
    differences = []
    old_places = {n for n in published if re.search(r"\.dylibs/[^/]+$", n)}
    new_places = {n for n in after if re.search(r"\.dylibs/[^/]+$", n)}
    if old_places != new_places:
        differences.append(f"libraries: {sorted(old_places ^ new_places)}")
    for file in sorted(after):
        if not slices(after[file]) or file not in published:
            continue
        if said(after[file]) != said(published[file]):
            differences.append(f"{file}: {said(published[file])} became {said(after[file])}")
        if after[file] != ours.get(file):
            if false_digests(after[file]):
                differences.append(f"{file}: the signature is not true")
            if not is_read_as_macho(after[file]):
                differences.append(f"{file}: another reader disagrees")
    edited = sum(1 for n in after if slices(after[n]) and after[n] != ours.get(n))
    differences += objections(new, arguments.program)
    report(name, len(new_places), edited, new.name.split("-")[-1][:-4], differences)
    return differences


# --- Windows ----------------------------------------------------------------------------------

DIGEST = re.compile(r"-[0-9a-f]{8}([0-9a-f]{24})?(?=\.dll$|\.pyd$)", re.IGNORECASE)


def plain(name: str) -> str:
    return DIGEST.sub("", leaf(name)).lower()


def is_pe(data: bytes) -> bool:
    return data[:2] == b"MZ"


def tables(pe: pefile.PE) -> Iterator[tuple[str, int, str]]:
    """Each library: the table that names it, the place of its name, the name."""
    for entry in getattr(pe, "DIRECTORY_ENTRY_IMPORT", []):
        yield "needs", pe.get_offset_from_rva(entry.struct.Name), entry.dll.decode()
    for entry in getattr(pe, "DIRECTORY_ENTRY_DELAY_IMPORT", []):
        yield "may need", pe.get_offset_from_rva(entry.struct.szName), entry.dll.decode()


def imports(data: bytes) -> dict[str, list[str]]:
    """By library, the symbols, of both tables."""
    pe = pefile.PE(data=data)
    found: dict[str, list[str]] = {}
    for table in ("DIRECTORY_ENTRY_IMPORT", "DIRECTORY_ENTRY_DELAY_IMPORT"):
        for entry in getattr(pe, table, []):
            names = [i.name.decode() if i.name else f"#{i.ordinal}" for i in entry.imports]
            # What is asked for later is asked for at once as well.
            known = found.setdefault(plain(entry.dll.decode()), [])
            known.extend(n for n in names if n not in known)
    return {library: sorted(names) for library, names in found.items()}


def apart_windows(files: Files) -> tuple[Files, Files]:
    grafted = {
        name
        for name in files
        if re.search(r"-[0-9a-f]{32}\.dll$", name) or re.search(r"\.libs/[^/]+\.dll$", name)
    }
    new_names = {leaf(name).lower(): DIGEST.sub("", leaf(name)) for name in grafted}
    ours: Files = {}
    for name, data in files.items():
        if leaf(name).startswith(".load-order") or name.endswith(".dist-info/DELVEWHEEL"):
            continue
        changed = bytearray(data)
        if is_pe(data):
            pe = pefile.PE(data=data, fast_load=True)
            pe.parse_data_directories([1, 13])
            for _, at, needed in tables(pe):
                new = new_names.get(needed.lower())
                if new is not None:
                    changed[at : at + len(needed)] = new.encode().ljust(len(needed), b"\0")
        elif name.endswith(".py") and b"delvewheel patch" in data:
            text = re.sub(
                rb"# start delvewheel patch.*?# end delvewheel patch\r?\n",
                b"",
                data,
                flags=re.DOTALL,
            )
            changed = bytearray(
                re.sub(rb'"""""" *# start delvewheel.*?# end[^\n]*\n', b"", text, flags=re.DOTALL)
            )
        ours[name] = bytes(changed)
    libraries = {new_names[leaf(name).lower()]: ours.pop(name) for name in grafted}
    return ours, libraries


def delvewheels(wheel: Path, libraries: Path) -> Path:
    out = wheel.parent / "delvewheel"
    command = [
        sys.executable,
        "-m",
        "delvewheel",
        "repair",
        "--add-path",
        str(libraries),
        "-w",
        str(out),
    ]
    # It takes nothing that lies in the wheel already for granted unless it is told to.
    command += ["--analyze-existing", "--ignore-existing", str(wheel)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        command.remove("--analyze-existing")
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"delvewheel: {ended.stdout}{ended.stderr}")
    return next(out.glob("*.whl"))


def is_read_as_pe(data: bytes) -> bool:
    # With all directories, it would change some of their bytes before it adds up.
    pe = pefile.PE(data=data, fast_load=True)
    pe.parse_data_directories([1, 13])
    if not pefile.PE(data=data, fast_load=True).verify_checksum():
        return False
    by_lief = lief.PE.parse(list(data))
    if by_lief is None:
        return False
    names = [entry.name for entry in by_lief.imports]
    ends = [s.VirtualAddress + s.Misc_VirtualSize for s in pe.sections]
    alignment = pe.OPTIONAL_HEADER.SectionAlignment
    size = -(-max(ends) // alignment) * alignment
    return (
        names == [n for table, _, n in tables(pe) if table == "needs"]
        and size == pe.OPTIONAL_HEADER.SizeOfImage
        and not pe.OPTIONAL_HEADER.DATA_DIRECTORY[4].VirtualAddress
    )


def windows(name: str, arguments: argparse.Namespace) -> list[str]:
    published = unpacked(fetched(name, arguments.work))
    ours, libraries = apart_windows(published)
    place = arguments.work / "windows" / name[:-4]
    written(libraries, place / "libraries")
    packed(ours, place / name)
    new = repaired(place / name, place / "libraries", arguments.program)
    after = unpacked(new)
    theirs = unpacked(delvewheels(place / name, place / "libraries"))
    differences = []
    brought = [
        {plain(n) for n in files if n not in ours and is_pe(files[n])} for files in (theirs, after)
    ]
    if brought[0] != brought[1]:
        differences.append(f"libraries: {sorted(brought[0])} by delvewheel, {sorted(brought[1])}")
    by_name = {
        plain(n): imports(data) for n, data in theirs.items() if n not in ours and is_pe(data)
    }
    for file, data in after.items():
        if not is_pe(data):
            if file.endswith(".py") and data != ours.get(file):
                ast.parse(data)
            continue
        expected = imports(theirs[file]) if file in ours else by_name.get(plain(file))
        if imports(data) != expected:
            differences.append(f"{file}: {expected} by delvewheel, {imports(data)}")
        if data != ours.get(file, libraries.get(DIGEST.sub("", leaf(file)))) and not is_read_as_pe(
            data
        ):
            differences.append(f"{file}: another reader disagrees")
    differences += unfound(after)
    edited = sum(1 for n, d in after.items() if is_pe(d) and d != ours.get(n))
    differences += objections(new, arguments.program)
    where = {posixpath.dirname(n) for n in after if n not in ours and is_pe(after[n])}
    report(name, len(brought[1]), edited, " ".join(sorted(where)), differences)
    return differences


def unfound(files: Files) -> list[str]:
    """The modules that would not find a grafted library: neither beside them nor by a package."""
    said_by = {
        posixpath.dirname(n): set(re.findall(rb'__file__\), "([^"]+)"', data))
        for n, data in files.items()
        if n.endswith("/__init__.py")
    }
    digested = {leaf(n).lower() for n in files if DIGEST.search(n)}
    missed = []
    for name, data in files.items():
        if not is_pe(data) or DIGEST.search(name):
            continue
        own = posixpath.dirname(name)
        places = {own}
        for package, ways in said_by.items():
            if own == package or own.startswith(package + "/"):
                places |= {posixpath.normpath(f"{package}/{way.decode()}") for way in ways}
        found = {leaf(n).lower() for n in files if posixpath.dirname(n) in places}
        needed = {n.lower() for _, _, n in tables(pefile.PE(data=data))} & digested
        missed += [f"{name} does not find {library}" for library in sorted(needed - found)]
    return missed


# --- both -------------------------------------------------------------------------------------


def repaired(wheel: Path, libraries: Path, program: Path) -> Path:
    out = wheel.parent / "repaired"
    out.mkdir(exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    command = [program, "repair", "--library-path", libraries, "--out", out, wheel]
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(ended.stderr)
    return next(out.glob("*.whl"))


def objections(wheel: Path, program: Path) -> list[str]:
    ended = subprocess.run(
        [str(program), "check", "--json", str(wheel)], capture_output=True, check=False
    )
    (found,) = json.load(io.BytesIO(ended.stdout))
    return [
        f"check: {f['code']}: {f['message']}" for f in found["findings"] if f["level"] == "error"
    ]


def report(name: str, libraries: int, edited: int, where: str, differences: list[str]) -> None:
    outcome = "same" if not differences else f"{len(differences)} differ"
    print(
        f"{name[:-4]:<72} {libraries:>3} libraries {edited:>4} edited  {outcome:<10} {where}",
        flush=True,
    )
    for difference in differences:
        print(f"    {difference[:1000]}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="beginnings of names [default: all]"
    )
    parser.add_argument("--program", type=Path, default=ROOT / "target" / "debug" / "wainwright")
    parser.add_argument("--work", type=Path, default=ROOT / "target" / "regrafted")
    arguments = parser.parse_args()
    counts = {"same": 0, "refused": 0, "other": 0}
    for wheels, judge in ((MACOS, macos), (WINDOWS, windows)):
        for name in wheels:
            if arguments.names and not name.startswith(tuple(arguments.names)):
                continue
            try:
                differences = judge(name, arguments)
            except SystemExit as reason:
                words, why = REFUSED.get(name, ("", ""))
                if words and words in str(reason):
                    print(f"{name[:-4]:<72} refused, as it should be: {why}", flush=True)
                    counts["refused"] += 1
                    continue
                differences = [str(reason)]
                report(name, 0, 0, "", differences)
            counts["other" if differences else "same"] += 1
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return 1 if counts["other"] else 0


if __name__ == "__main__":
    sys.exit(main())
