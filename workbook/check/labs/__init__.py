"""The labs: `lab_NN.py` holds the questions of lab NN and their judges."""

from __future__ import annotations

import importlib
from pathlib import Path

from workbook.check.question import CheckError, Lab


def lab_numbers() -> list[str]:
    """The numbers of the labs that exist, in order."""
    return sorted(path.stem.removeprefix("lab_") for path in Path(__file__).parent.glob("lab_*.py"))


def find_lab(number: str) -> Lab:
    """The lab "05", say. CheckError when there is none."""
    if number not in lab_numbers():
        raise CheckError(f"There is no lab {number!r}; the course has {', '.join(lab_numbers())}.")
    return importlib.import_module(f"{__name__}.lab_{number}").LAB
