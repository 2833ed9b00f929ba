"""What the bootstrap, the command line and the course know of the place they run in. Standard library only."""

import errno
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def python_of_environment() -> str:
    """Return the path of the Python that runs this, once inside.

    Not through the link `.venv`: it may point elsewhere before a JupyterLab starts its last kernel.
    """
    return str(Path(sys.prefix).resolve() / "bin" / "python")


def explain_os_error(error: OSError) -> str:
    """Return one sentence on what to do about an error of the file system."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"The workbook cannot write {error.filename} ({error.strerror}): "
            f"make the folder {ROOT} writable, or copy it to a place that is."
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: make room (the set-up needs about 1 GB) and run this again."
    if error.errno == errno.EMFILE:
        return "Too many files are open: raise the limit (`ulimit -n 1024`) and run this again."
    return f"The workbook cannot go on: {error}."
