"""What is measured and by what: the projects, both backends' wheels, and environments to run in.

Everything lies in one directory, and is made once; again only if what it is made of changes.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import run as corpus

from benches import measuring

ROOT = Path(__file__).resolve().parents[1]
TOOLS = Path(__file__).with_name("tools.txt")

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")

BACKENDS = ("wainwright", "maturin")

PUBLISHED = {
    "jiter": corpus.Project(
        "jiter",
        "0.19.0",
        "ba3064f8be276d7cfb83c2fb85c858be533da2c2f80f9b048c3781b45a57a195",
    ),
    "pydantic-core": corpus.Project(
        "pydantic-core",
        "2.50.5",
        "1e740886083ff95530d694e6a3f09ed914bcf92a496d16acd307c6c3484fc36d",
    ),
}

PYPROJECT = """[build-system]
requires = ["maturin"]
build-backend = "maturin"

[project]
name = "{name}"
version = "1.0"
requires-python = ">=3.9"
"""

TINY = """[package]
name = "{name}"
version = "0.0.0"
edition = "2024"

[lib]
name = "{module}"
crate-type = ["cdylib"]

[dependencies]
pyo3 = {pyo3}

[workspace]
"""

TINY_SOURCE = """use pyo3::prelude::*;

#[pymodule]
mod {module} {{
    use super::*;

    #[pyfunction]
    fn add(a: i64, b: i64) -> i64 {{
        a + b
    }}
}}
"""

PROGRAM = """[package]
name = "{name}"
version = "0.0.0"
edition = "2021"
license = "MIT"

[workspace]
{more}
"""


@dataclass(frozen=True)
class Workshop:
    """The directory where all is made, and the Python that everything runs with."""

    work: Path
    python: Path
    # Of what wainwright's wheel is made of; taken once, since somebody may edit it meanwhile.
    digest: str

    @property
    def own(self) -> Path:
        """What hangs on wainwright's state."""
        return self.work / "of" / self.digest

    @property
    def links(self) -> Path:
        """Where installers find both backends, and nothing else."""
        return self.own / "links"

    @property
    def tools(self) -> Path:
        """The Python of the environment with the frontends."""
        return self.work / "tools" / "bin" / "python"

    def python_with(self, backend: str) -> Path:
        return self.own / f"with-{backend}" / "bin" / "python"

    def ledger(self) -> Path:
        return self.work / "ledger"

    def out(self) -> Path:
        return corpus.emptied(self.work / "out")

    def variables(self, backend: str, **more: str) -> dict[str, str]:
        """The caller's environment, less what configures builds, with nothing from outside."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "MATURIN_", "WAINWRIGHT_", "CARGO_", "PIP_", "UV_"))
            and name not in ("CARGO", "LD_LIBRARY_PATH", "RUSTFLAGS", "SOURCE_DATE_EPOCH")
            and name not in ("VIRTUAL_ENV", "CONDA_PREFIX")
        }
        temporary = self.work / "tmp"
        temporary.mkdir(exist_ok=True)
        homes = {name: os.environ[name] for name in ("CARGO_HOME",) if name in os.environ}
        # Where an installed backend's program lies; environments put themselves before it.
        path = f"{self.python_with(backend).parent}{os.pathsep}{os.environ['PATH']}"
        return {
            **kept,
            **homes,
            "CARGO_NET_OFFLINE": "true",
            "CARGO_TERM_COLOR": "never",
            "HOOKED_BACKEND": backend,
            "PATH": path,
            "PIP_CACHE_DIR": str(self.work / "pip-cache"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_FIND_LINKS": str(self.links),
            "PIP_NO_INDEX": "1",
            # Some projects pin a toolchain that few have.
            "RUSTUP_TOOLCHAIN": "stable",
            "TMPDIR": str(temporary),
            # It would take an older wheel of the same version for this one.
            "UV_CACHE_DIR": str(self.own / "uv-cache"),
            "WAINWRIGHT_CACHE_DIR": str(self.work / "wainwright-cache"),
            **more,
        }


def digest_of_sources() -> str:
    files = sorted([*ROOT.glob("src/**/*"), *ROOT.glob("backend_shim/**/*.py")])
    digest = hashlib.sha256()
    for file in [*files, ROOT / "Cargo.toml", ROOT / "Cargo.lock"]:
        if file.is_file():
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def opened(work: Path) -> Workshop:
    """A workshop with all that every row needs."""
    base = Path(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))
    shop = Workshop(work.resolve(), base, digest_of_sources())
    shop.work.mkdir(parents=True, exist_ok=True)
    make_tools(shop)
    make_links(shop)
    for backend in BACKENDS:
        make_environment(shop, backend)
    return shop


def make_tools(shop: Workshop) -> None:
    wanted = f"{sys.version}\n{TOOLS.read_text()}"
    directory = shop.work / "tools"
    stamp = directory / "made-of.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(directory, ignore_errors=True)
    variables = dict(os.environ)
    corpus.run([shop.python, "-m", "venv", directory], shop.work, variables)
    install: list[str | Path] = [shop.tools, "-m", "pip", "install", "--quiet", "-r", TOOLS]
    corpus.run(install, shop.work, variables)
    stamp.write_text(wanted)


def make_links(shop: Workshop) -> None:
    if shop.links.exists():
        if hooked_packed(shop.links) != measuring.HOOKED.read_text(encoding="utf-8"):
            pack_hooked(shop.links)
        return
    making = corpus.emptied(shop.own / "links.part")
    pack_hooked(making)
    (maturin,) = [line for line in TOOLS.read_text().splitlines() if line.startswith("maturin")]
    pip: list[str | Path] = [shop.tools, "-m", "pip"]
    download: list[str | Path] = [*pip, "download", "--quiet", "--no-deps", "--dest", making]
    corpus.run([*download, "--only-binary", ":all:", maturin], shop.work, dict(os.environ))
    target = os.environ.get("CARGO_TARGET_DIR", str(shop.work / "cargo"))
    corpus.run(
        [*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", making, ROOT],
        shop.work,
        {**os.environ, "CARGO_TARGET_DIR": target},
    )
    if digest_of_sources() != shop.digest:
        raise corpus.FaultError("wainwright's sources were edited while its wheel was built")
    making.rename(shop.links)


HOOKED_WHEEL = "hooked-1.0-py3-none-any.whl"


def hooked_packed(directory: Path) -> str:
    with zipfile.ZipFile(directory / HOOKED_WHEEL) as wheel:
        return wheel.read("hooked.py").decode()


def pack_hooked(directory: Path) -> None:
    """The wheel of the backend that measures another one."""
    info = "hooked-1.0.dist-info"
    files = {
        "hooked.py": measuring.HOOKED.read_text(encoding="utf-8"),
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: hooked\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(directory / HOOKED_WHEEL, "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)


def make_environment(shop: Workshop, backend: str) -> None:
    python = shop.python_with(backend)
    directory = python.parents[1]
    if directory.exists():
        return
    making = directory.with_name(directory.name + ".part")
    shutil.rmtree(making, ignore_errors=True)
    variables = shop.variables(backend)
    # Programs name their environment's path: it is made under its final name, and kept once whole.
    corpus.run([shop.python, "-m", "venv", directory], shop.work, variables)
    try:
        pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", backend]
        corpus.run(pip, shop.work, variables)
    except corpus.FaultError:
        shutil.rmtree(directory)
        raise


def wheel_of(shop: Workshop, backend: str) -> Path:
    return corpus.only(shop.links, f"{backend}-*.whl")


def python_of(version: str) -> Path | None:
    """The interpreter of a version: pyenv's newest, or that on PATH."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [
        directory / "bin" / "python"
        for directory in versions.glob(f"{version}.*")
        if re.fullmatch(r"[\d.]+", directory.name)
    ]
    if found:
        return max(found, key=lambda path: int(path.parents[1].name.split(".")[2]))
    on_path = shutil.which(f"python{version}")
    return Path(on_path) if on_path else None


def environment_of(shop: Workshop, version: str, name: str) -> Path:
    """An environment to install into, whose pip tells what it cost."""
    directory = shop.work / "environments" / f"{name}-{version}"
    if not directory.exists():
        base = python_of(version)
        if base is None:
            raise corpus.FaultError(f"there is no Python {version}")
        corpus.run([base, "-m", "venv", directory], shop.work, shop.variables("maturin"))
    (site,) = directory.glob("lib/python*/site-packages")
    shutil.copyfile(measuring.HOOKED, site / "hooked.py")
    (site / "hooked.pth").write_text("import hooked; hooked.note_installer()\n")
    return directory


def tree(shop: Workshop, name: str, backend: str, purpose: str) -> Path:
    """A project's tree for one backend; each purpose has its own, with what was compiled in it."""
    place = shop.work / "trees" / purpose / backend / name
    if not place.exists():
        making = place.with_name(name + ".part")
        shutil.rmtree(making, ignore_errors=True)
        making.parent.mkdir(parents=True, exist_ok=True)
        make(shop, name, making)
        with_measured_backend(making, backend)
        shutil.rmtree(place, ignore_errors=True)
        making.rename(place)
        if (place / "Cargo.lock").exists():
            variables = {**os.environ, "RUSTUP_TOOLCHAIN": "stable"}
            corpus.run(["cargo", "fetch", "--quiet", "--locked"], place, variables)
    return place


def make(shop: Workshop, name: str, place: Path) -> None:
    if name in PUBLISHED:
        archive = corpus.sdist(PUBLISHED[name], shop.work, shop.tools)
        unpacked = corpus.unpacked(archive, shop.work / "unpacked")
        # Maturin refuses to make an sdist of some sdists.
        (unpacked / "PKG-INFO").unlink()
        unpacked.rename(place)
    elif name in ("tiny", "tiny-abi3"):
        make_tiny(place, name, stable=name == "tiny-abi3")
    elif name == "crates":
        make_crates(place, 50)
    elif name in ("library", "libraries", "sources"):
        make_program(place, name)
        make_package(place / "python" / name, name)
    else:
        raise AssertionError(name)


def with_measured_backend(place: Path, backend: str) -> None:
    """Change `[build-system]`, so that frontends call the backend through `hooked`."""
    path = place / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    requirement = "maturin>=1,<2" if backend == "maturin" else backend
    system = (
        rf'[build-system]\nrequires = ["{requirement}", "hooked"]\nbuild-backend = "hooked"\n\n['
    )
    text, found = re.subn(r"(?ms)^\[build-system\].*?^\[", system, text, count=1)
    if found != 1:
        raise corpus.FaultError(f"{path} has no [build-system] of the expected form")
    path.write_text(text, encoding="utf-8")


def write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def make_tiny(place: Path, name: str, stable: bool) -> None:
    """A crate of one PyO3 module, with the versions that the smallest example has locked."""
    lock = (ROOT / "examples" / "hello" / "Cargo.lock").read_text(encoding="utf-8")
    module = name.replace("-", "_")
    old = 'name = "hello"\nversion = "0.1.0"'
    if old not in lock:
        raise AssertionError(old)
    pyo3 = '{ version = "0.30", features = ["abi3-py39"] }' if stable else '"0.30"'
    write(
        {
            place / "pyproject.toml": PYPROJECT.format(name=name),
            place / "Cargo.toml": TINY.format(name=name, module=module, pyo3=pyo3),
            place / "Cargo.lock": lock.replace(old, f'name = "{name}"\nversion = "0.0.0"'),
            place / "src" / "lib.rs": TINY_SOURCE.format(module=module),
        }
    )


def make_program(place: Path, name: str) -> None:
    """A program without dependencies, so that next to nothing is compiled."""
    package = '\n[tool.maturin]\nbindings = "bin"\npython-source = "python"\n'
    package += f'python-packages = ["{name}"]\n'
    write(
        {
            place / "pyproject.toml": PYPROJECT.format(name=name) + package,
            place / "Cargo.toml": PROGRAM.format(name=name, more=""),
            place / "Cargo.lock": lock_of({name: []}),
            place / "src" / "main.rs": "fn main() {}\n",
        }
    )


def make_crates(place: Path, number: int) -> None:
    """A workspace: a program, and the crates that it needs, ten files each."""
    name = "crates"
    members = [f"member-{index:02}" for index in range(1, number)]
    needed = "".join(f'{member} = {{ path = "members/{member}" }}\n' for member in members)
    more = f'members = ["members/*"]\n\n[dependencies]\n{needed}'
    bindings = '\n[tool.maturin]\nbindings = "bin"\n'
    files = {
        place / "pyproject.toml": PYPROJECT.format(name=name) + bindings,
        place / "Cargo.toml": PROGRAM.format(name=name, more=more),
        place / "Cargo.lock": lock_of({name: members, **{member: [] for member in members}}),
        place / "src" / "main.rs": "fn main() {}\n",
    }
    for member in members:
        directory = place / "members" / member
        modules = [f"part_{index}" for index in range(9)]
        manifest = f'[package]\nname = "{member}"\nversion = "0.0.0"\nedition = "2021"\n'
        files[directory / "Cargo.toml"] = manifest + 'license = "MIT"\n'
        files[directory / "src" / "lib.rs"] = "".join(f"pub mod {part};\n" for part in modules)
        for part in modules:
            text = "".join(f"pub fn f{index}() -> u32 {{\n    {index}\n}}\n" for index in range(50))
            files[directory / "src" / f"{part}.rs"] = text
    write(files)


def lock_of(packages: dict[str, list[str]]) -> str:
    lock = "version = 4\n"
    for name, needs in sorted(packages.items()):
        lock += f'\n[[package]]\nname = "{name}"\nversion = "0.0.0"\n'
        if needs:
            lock += "dependencies = [\n" + "".join(f' "{need}",\n' for need in needs) + "]\n"
    return lock


LARGE = 150_000_000
SMALL = 5_000


def make_package(place: Path, name: str) -> None:
    place.mkdir(parents=True)
    (place / "__init__.py").write_text("")
    if name == "library":
        # The Rust compiler is a large library that every machine with Rust has.
        sizes = {path: path.stat().st_size for path in libraries()}
        largest = max((path for path in sizes if sizes[path] < LARGE * 1.1), key=sizes.__getitem__)
        shutil.copyfile(largest, place / largest.name)
    elif name == "libraries":
        taken = 0
        for number, path in enumerate(libraries()):
            size = path.stat().st_size
            if taken + size <= LARGE and size <= LARGE // 10:
                shutil.copyfile(path, place / f"{number:04}_{path.name.split('.')[0]}.so")
                taken += size
    else:
        number = 0
        while number < SMALL:
            for path in modules():
                directory = place / f"part_{number // 100:02}"
                directory.mkdir(exist_ok=True)
                shutil.copyfile(path, directory / f"{path.stem}_{number:04}.py")
                number += 1
                if number == SMALL:
                    break


def modules() -> Iterator[Path]:
    """Modules of the standard library, small ones."""
    library = Path(os.__file__).parent
    found = [path for path in sorted(library.rglob("*.py")) if "site-packages" not in path.parts]
    return (path for path in found if 0 < path.stat().st_size <= 40_000)


def libraries() -> list[Path]:
    """Shared libraries of this machine, each once: Rust's, Python's and the system's."""
    sysroot = corpus.run(["rustc", "--print", "sysroot"], ROOT, dict(os.environ)).strip()
    places = [Path(sysroot) / "lib", Path(os.__file__).parent]
    places += [Path("/usr/lib")]
    found: dict[tuple[str, int], Path] = {}
    for place in places:
        for path in sorted([*place.rglob("*.so"), *place.rglob("*.so.*")]):
            if path.is_file() and not path.is_symlink() and path.stat().st_size > 10_000:
                found.setdefault((path.name, path.stat().st_size), path)
    return list(found.values())
