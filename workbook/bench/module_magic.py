"""`%%module NAME`: save the cell as a module that this notebook and its workers import.

A worker is another process: it cannot see what a notebook defines, only what it can import. At work the function stands
in a file of your project; here this magic writes the file.
"""

from __future__ import annotations

import importlib
import importlib.util
import keyword
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from workbook.errors import CLOSED, BenchError, WorkbookError, show_only_frames_of


class ModuleFolder:
    """The folder that holds a bench's modules; on `sys.path` while the bench is open."""

    def __init__(self, folder: Path, carried: Mapping[str, str] | None = None) -> None:
        """Make the folder; `carried` are sources by name, of modules that the notebook has saved before."""
        self.folder = folder
        self.sources: dict[str, str] = {}
        self.unread: dict[str, str] = {}  # what was run last, where it is not Python; the file is the one before
        self.saves: dict[str, int] = {}
        folder.mkdir()
        sys.path.insert(0, str(folder))
        # Two saves of equal length within a second would look unchanged to Python's bytecode cache.
        sys.dont_write_bytecode = True
        # The notebook still holds these modules; workers must find them, too.
        for name, source in (carried or {}).items():
            self._write(name, source)
            self.saves[name] = 0

    def save(self, name: str, source: str) -> ModuleType:
        """Write `source` as module `name`, import it afresh and return it; `saves` counts.

        Raises BenchError for a name that cannot be used and SyntaxError for source that cannot be parsed (nothing is
        written then). An error raised by the module's own code is raised as it is; the file stays.
        """
        self._check_name(name)
        path = self.folder / f"{name}.py"
        # Not by the path: Python would quote the line of the file that stands there now.
        self.unread[name] = source
        compile(source, f"%%module {name}", "exec", dont_inherit=True)
        self._write(name, source)
        del self.unread[name]
        self.saves[name] = self.saves.get(name, 0) + 1
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        try:
            return importlib.import_module(name)
        except BaseException as error:
            error.add_note(f"({name}.py is saved as it is, so workers will fail in the same way.)")
            show_only_frames_of(error, [str(path)])
            raise

    def _write(self, name: str, source: str) -> None:
        """Write a module's file whole or not at all."""
        unfinished = self.folder / f"{name}.tmp"
        try:
            unfinished.write_text(source, encoding="utf-8")
        except FileNotFoundError:
            raise BenchError(CLOSED) from None
        unfinished.replace(self.folder / f"{name}.py")
        self.sources[name] = source

    def close(self) -> None:
        """Take the folder off `sys.path` and forget its modules."""
        if str(self.folder) in sys.path:
            sys.path.remove(str(self.folder))
        for name in self.saves:
            sys.modules.pop(name, None)

    def _check_name(self, name: str) -> None:
        """Refuse what is not an identifier or would hide a module that the course, or Python, needs."""
        if not name.isidentifier() or keyword.iskeyword(name):
            raise BenchError(
                f"{name!r} cannot be a module's name; write `%%module habits`, say: letters, digits and _, no keyword."
            )
        if name in self.saves:
            return
        try:
            known = importlib.util.find_spec(name) is not None
        except (ImportError, ValueError):
            known = name in sys.modules
        if known or name in sys.stdlib_module_names:
            raise BenchError(f"There is a module {name} already, which yours would hide; choose another name.")


class ModuleSyntaxError(WorkbookError):
    """The cell, or a module that it imports, is not Python. Shown as Python shows a SyntaxError.

    (IPython shows a SyntaxError itself with all frames, ours too, whatever the error says to it.)
    """

    def __init__(self, error: SyntaxError) -> None:
        super().__init__(str(error))
        self.lines = traceback.format_exception_only(error)

    def _render_traceback_(self) -> list[str]:
        return "".join(self.lines).splitlines()


def module_magic(folder: ModuleFolder, line: str, cell: str) -> None:
    """The magic itself: save, bind the module in the notebook, and say which save it was."""
    name = line.strip()
    try:
        module = folder.save(name, cell)
    except SyntaxError as error:
        raise ModuleSyntaxError(error) from None
    from IPython import get_ipython

    shell = get_ipython()
    shell.user_ns[name] = module
    print(f"{name}.py, save {folder.saves[name]}")


__all__ = ["ModuleFolder", "module_magic"]
