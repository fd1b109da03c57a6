"""The PEP 517 backend: compiles the Cython plugins in place, then lets maturin build the rest.

``python build_backend/backend.py`` compiles the plugins only, for a development tree, and
``python build_backend/backend.py sdist FOLDER`` makes the source distribution.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import maturin
from maturin import *  # noqa: F403 - a backend is a module of maturin's hooks with two replaced


def compile_plugins() -> None:
    """Compiles every Cython plugin beside its source; stale modules go first."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    root = Path.cwd()
    extensions = []
    for source in sorted(root.glob("pymesh/plugins/*/*.pyx")):
        for stale in source.parent.glob(f"{source.stem}.*.so"):
            stale.unlink()
        path = source.relative_to(root)
        name = ".".join(path.with_suffix("").parts)
        # -g0: debug information would be four fifths of the module.
        extensions.append(Extension(name, [str(path)], extra_compile_args=["-O2", "-g0"]))
    modules = cythonize(  # type: ignore[no-untyped-call]
        extensions, build_dir="build", language_level=3, quiet=True
    )
    command = build_ext(Distribution({"name": "pymesh-plugins", "ext_modules": modules}))
    command.inplace = True
    command.build_temp = "build"
    command.ensure_finalized()
    command.run()


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Builds the wheel (PEP 517)."""
    compile_plugins()
    return str(maturin.build_wheel(wheel_directory, config_settings, metadata_directory))


def build_editable(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Builds an editable wheel (PEP 660)."""
    compile_plugins()
    return str(maturin.build_editable(wheel_directory, config_settings, metadata_directory))


def build_sdist(sdist_directory: str, config_settings: dict[str, Any] | None = None) -> str:
    """Builds the source distribution: what git tracks, links included, and PKG-INFO (PEP 517).

    maturin's own leaves out workspace members that the extension does not need, and the lock file
    then no longer fits what is left.
    """
    del config_settings
    if not Path(".git").exists():
        raise RuntimeError("a source distribution is made from a git checkout")
    manifest = tomllib.loads(Path("Cargo.toml").read_text(encoding="utf-8"))
    name = f"pymesh_servicemesh-{manifest['workspace']['package']['version']}"
    tracked = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        tarfile.open(Path(sdist_directory) / f"{name}.tar.gz", "w:gz") as archive,
    ):
        metadata = Path(folder) / maturin.prepare_metadata_for_build_wheel(folder) / "METADATA"
        archive.add(metadata, f"{name}/PKG-INFO")
        for path in tracked.stdout.split("\0"):
            if path and Path(path).exists():
                archive.add(path, f"{name}/{path}", recursive=False)
    return f"{name}.tar.gz"


if __name__ == "__main__":
    if sys.argv[1:2] == ["sdist"]:
        build_sdist(sys.argv[2])
    else:
        compile_plugins()
