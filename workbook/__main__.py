"""`python3 -m workbook`: turns away what cannot run the workbook, and hands over to the bootstrap.

This file and `__init__.py` are read by whatever Python was started: no syntax that Python 2.7 does not know.
"""

import platform
import sys

OLDEST, NEWEST = (3, 11), (3, 14)


def obstacle():
    """Return one sentence that says what to do when this machine's Python cannot run the workbook, else None."""
    if sys.platform == "win32":
        return "RQ's workers do not run on Windows itself: use the workbook inside WSL 2, or with `docker compose up`."
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return (
            "The workbook needs Python %d.%d to %d.%d and this is Python %s (%s): start it with another, "
            "for example `python3.%d -m workbook`."
            % (OLDEST + NEWEST + (platform.python_version(), sys.executable, NEWEST[1] - 1))
        )
    return None


def main():
    """Run the command line and return its exit code."""
    sentence = obstacle()
    if sentence:
        sys.stderr.write(sentence + "\n")
        return 2
    try:
        from workbook import bootstrap

        return bootstrap.main(sys.argv[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
