"""The labs, one a folder: `lab_NN/lab.toml` names its questions, their points, hints and judges."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path
from typing import Any

from workbook.check.question import CheckError, Lab, Question

FOLDER = Path(__file__).parent


def lab_numbers() -> list[str]:
    """The numbers of the labs that exist, in order."""
    return sorted(path.parent.name.removeprefix("lab_") for path in FOLDER.glob("lab_*/lab.toml"))


def find_lab(number: str) -> Lab:
    """The lab "05", say. CheckError when there is none."""
    if number not in lab_numbers():
        raise CheckError(f"There is no lab {number!r}; the course has {', '.join(lab_numbers())}.")
    return read_lab(FOLDER / f"lab_{number}", f"{__name__}.lab_{number}")


def read_lab(folder: Path, package: str) -> Lab:
    """The lab in a folder, which is the package of that name: its judges are imported from there."""
    data = tomllib.loads((folder / "lab.toml").read_text(encoding="utf-8"))
    path = folder / "scene.py"
    scene = path.read_text(encoding="utf-8") if path.exists() else ""
    questions = tuple(read_question(each, package, scene) for each in data["question"])
    return Lab(data["number"], data["title"], questions)


def read_question(data: dict[str, Any], package: str, scene: str) -> Question:
    """One question of a lab's file."""
    module, _, function = data["judge"].partition(".")
    first, second, third = data["hints"]
    return Question(
        data["id"],
        data["title"],
        data["points"],
        data["module"],
        getattr(importlib.import_module(f"{package}.{module}"), function),
        (first, second, third),
        tuple(data.get("needs", ())),
        scene,
    )
