"""What is laid into a box before any answer: the package `inside`, and nothing else of ours."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

from workbook.keeper import lines, reaping

INSIDE = Path(__file__).with_name("inside")
SHARED = (lines, reaping)
"""Modules of the keeper's that a box needs, too: they import the standard library only."""


def lay_inside(folder: Path) -> None:
    """Copy the package `inside` into a folder."""
    package = folder / INSIDE.name
    package.mkdir()
    for path in [*INSIDE.glob("*.py"), *(Path(str(module.__file__)) for module in SHARED)]:
        shutil.copy(path, package)


def command(address: Path) -> list[str]:
    """The command that starts the warm parent in the folder that `inside` lies in.

    Without `site`, so that no `.pth` file puts the course itself on the path; redis-py and RQ are put there by name.
    """
    packages = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    return [sys.executable, "-S", "-s", "-m", INSIDE.name, str(address), *packages]
