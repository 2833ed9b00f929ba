"""A workbook on background jobs: RQ on a real Redis-protocol server, in JupyterLab.

The names that a notebook needs are found here and loaded when first used: `python3 -m workbook` imports this file
before anything is installed, and on Pythons that are too old, which `__main__` must still be able to say.
"""

import importlib

__version__ = "0.1.0"

_HOMES = {
    "open_bench": "workbook.bench",
    "wait_until": "workbook.bench",
    "guess": "workbook.course",
    "reveal": "workbook.course",
    "closing": "workbook.course",
    "show_pretest": "workbook.course",
    "score_pretest": "workbook.course",
    "show_posttest": "workbook.course",
    "score_posttest": "workbook.course",
    "warmup": "workbook.course",
}


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError("module 'workbook' has no attribute '" + name + "'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__():
    return sorted(set(globals()) | set(_HOMES))
