"""The working copy `my/`: the learner's own copies of the notebooks and labs, so that tracked files never change.

    my/notebooks, my/labs        copies without outputs
    my/.workbook/layout.json     for each copy, the hash of the cells that were laid out
    my/.workbook/replaced/       what a newer version or `reset` took the place of

A copy counts as changed when the type or the source of a cell did; outputs, counts and metadata do not count.
"""

import hashlib
import itertools
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from workbook.errors import WorkbookError

FOLDERS = ("notebooks", "labs")
LAYOUT = Path(".workbook/layout.json")
REPLACED = Path(".workbook/replaced")

Notebook = dict[str, Any]


class CopyError(WorkbookError):
    """The working copy cannot be laid out, or a notebook not be reset; the sentence says why."""


def find_working_copy(start: Path) -> Path | None:
    """Return the working copy that a folder lies in, looking upwards from it; None outside of any."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / LAYOUT).is_file()), None)


@dataclass(frozen=True)
class WorkingCopy:
    """The working copy of the course that lies in `root`."""

    root: Path

    @property
    def folder(self) -> Path:
        """Return the folder of the working copy."""
        return self.root / "my"

    def lay_out(self) -> list[str]:
        """Bring the working copy up to date and return what the learner should be told, a sentence each."""
        originals = self._originals()
        self._make_folders(originals)
        known, told = self._read_layout()
        for name in originals:
            sentence = self._update(name, originals, known)
            if sentence:
                told.append(sentence)
        self._write_layout(known)
        return told

    def reset(self, wanted: str) -> str:
        """Bring one notebook back to the original, keeping the old copy; return what was done, a sentence."""
        originals = self._originals()
        name = _resolve(wanted, originals)
        self._make_folders(originals)
        known, _ = self._read_layout()
        saved = self._set_aside(name)
        self._put(name, originals[name], known)
        self._write_layout(known)
        kept = f"; your old copy is {saved.relative_to(self.root)}" if saved else ""
        return f"my/{name} is the course's version again{kept}."

    def _originals(self) -> dict[str, Notebook]:
        """Return the course's notebooks and labs by name, `notebooks/02_run_your_first_job.ipynb` say."""
        paths = [path for folder in FOLDERS for path in sorted((self.root / folder).glob("*.ipynb"))]
        if not any(path.parent.name == "notebooks" for path in paths):
            raise CopyError(f"There are no notebooks in {self.root / 'notebooks'}: get the course again (git restore).")
        originals = {}
        for path in paths:
            notebook = _read_notebook(path)
            if not notebook:
                raise CopyError(f"{path} is not a notebook that can be read: get it again (git restore).")
            originals[f"{path.parent.name}/{path.name}"] = notebook
        return originals

    def _make_folders(self, names: Collection[str]) -> None:
        """Make the folders of the working copy. A link instead could lead to tracked files: refused."""
        for part in (".", ".workbook", str(REPLACED), *sorted({name.partition("/")[0] for name in names})):
            folder = self.folder / part
            if folder.is_symlink():
                raise CopyError(f"{folder} is a link: move it away, the working copy must be a folder of its own.")
            folder.mkdir(exist_ok=True)

    def _update(self, name: str, originals: dict[str, Notebook], known: dict[str, str]) -> str | None:
        """Bring one copy up to date unless the learner changed it; return what to tell about it."""
        path, original = self.folder / name, originals[name]
        if not os.path.lexists(path):
            self._put(name, original, known)
            return None
        copy = _read_notebook(path)
        reset = f"`python3 -m workbook reset {_shortest(name, originals)}`"
        if not copy:
            return f"my/{name} is not a notebook that can be read; it is kept, {reset} brings the course's version."
        latest, mine = _hash_of_cells(original), _hash_of_cells(copy)
        if mine == latest:
            known[name] = latest
        elif mine == known.get(name):
            # Unchanged by the learner; but its outputs are a record of what was done.
            saved = self._set_aside(name) if _was_run(copy) else None
            self._put(name, original, known)
            kept = f"; the copy you ran is {saved.relative_to(self.root)}" if saved else ""
            return f"my/{name} was updated to the course's new version{kept}."
        elif latest != known.get(name):
            return f"my/{name} is yours, changed; the course has a new version: {reset} takes it."
        return None

    def _put(self, name: str, original: Notebook, known: dict[str, str]) -> None:
        """Lay out a blank copy, and remember what was laid out."""
        _write(self.folder / name, json.dumps(_without_outputs(original), indent=1, ensure_ascii=False) + "\n")
        known[name] = _hash_of_cells(original)

    def _set_aside(self, name: str) -> Path | None:
        """Move a copy to the replaced ones and return where it is now; None when there is no copy."""
        path = self.folder / name
        if not os.path.lexists(path):
            return None
        stem = f"{path.stem}-{datetime.now():%Y%m%d-%H%M%S}"
        names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        free = (self.folder / REPLACED / f"{candidate}.ipynb" for candidate in names)
        target = next(candidate for candidate in free if not os.path.lexists(candidate))
        path.replace(target)
        return target

    def _read_layout(self) -> tuple[dict[str, str], list[str]]:
        """Return the hashes of what was laid out, and what to tell about reading them."""
        path = self.folder / LAYOUT
        try:
            known = json.loads(path.read_text(encoding="utf-8"))["laid_out"]
            return {str(name): str(value) for name, value in known.items()}, []
        except FileNotFoundError:
            return {}, []
        except (ValueError, KeyError, TypeError, AttributeError):
            return {}, [f"my/{LAYOUT} could not be read and is written anew; your notebooks are kept as they are."]

    def _write_layout(self, known: dict[str, str]) -> None:
        _write(self.folder / LAYOUT, json.dumps({"laid_out": known}, indent=1, sort_keys=True) + "\n")


def _read_notebook(path: Path) -> Notebook | None:
    """Return the notebook in a file; None when it holds none, or is a link or no file at all."""
    if path.is_symlink() or not path.is_file():
        return None
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        _hash_of_cells(notebook)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return notebook


def _hash_of_cells(notebook: Notebook) -> str:
    """Hash what counts as the content of a notebook: the type and the source of each cell."""
    # A source is a string or a list of lines: JupyterLab and nbformat write it differently.
    cells = [[str(cell["cell_type"]), "".join(cell["source"])] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _was_run(notebook: Notebook) -> bool:
    return any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"])


def _without_outputs(notebook: Notebook) -> Notebook:
    blank: dict[str, Any] = {"outputs": [], "execution_count": None}
    cells = [cell | blank if cell["cell_type"] == "code" else cell for cell in notebook["cells"]]
    return notebook | {"cells": cells}


def _resolve(wanted: str, names: Collection[str]) -> str:
    """Return the one name that is meant by `02`, `02_run_your_first_job`, `labs/02` or the like."""
    short = wanted.removeprefix("my/").removesuffix(".ipynb")
    exact = [name for name in names if short in _ways_to_say(name)]
    if len(exact) == 1:
        return exact[0]
    choices = ", ".join(_shortest(name, names) for name in exact or names)
    problem = "names more than one notebook" if exact else "names no notebook"
    raise CopyError(f"{wanted!r} {problem}; choose one of: {choices}.")


def _ways_to_say(name: str) -> list[str]:
    """Return what a notebook may be called, shortest first. A number alone is the chapter, not its lab."""
    folder, _, stem = name.removesuffix(".ipynb").partition("/")
    number = stem.partition("_")[0]
    alone = [number] if folder == "notebooks" else []
    return [*alone, f"{folder}/{number}", stem, f"{folder}/{stem}"]


def _shortest(name: str, names: Collection[str]) -> str:
    """Return the shortest way to say a name that means no other notebook."""
    taken = {way for other in names if other != name for way in _ways_to_say(other)}
    return next(way for way in _ways_to_say(name) if way not in taken)


def _write(path: Path, text: str) -> None:
    """Write a file at once or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
