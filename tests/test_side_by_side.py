"""How tests are shared out among workers, and what is told of their cost: a real run of pytest, with two workers."""

import os
import re
import subprocess
import sys

import pytest

from tests.notebook_tools import ROOT
from workbook.author.side_by_side import FilesAndGroups

BURN = "import time\nwhile time.process_time() < {}:\n    pass\n"
FILE = """
import os, pathlib, subprocess, sys
import pytest

def note(name):
    with open(pathlib.Path(__file__).parent / "workers.txt", "a") as file:
        file.write(f"{{name}} {{os.environ['PYTEST_XDIST_WORKER']}}\\n")

@pytest.mark.parametrize("number", range(6))
def test_of_a_file(number):
    note("{name}")

def test_that_burns_in_a_child():
    subprocess.run([sys.executable, "-c", {burn!r}], check=True)

@pytest.mark.parametrize("number", [pytest.param(n, marks=pytest.mark.xdist_group(f"g{{n}}")) for n in range(2)])
def test_in_a_group(number):
    note("{name}-{{}}".format(number))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of the run and what it printed."""
    folder = tmp_path_factory.mktemp("workers")
    for name, seconds in (("test_light", 0), ("test_heavy", 0.5)):
        (folder / f"{name}.py").write_text(FILE.format(name=name, burn=BURN.format(seconds)))
    plugins = ("xdist", "workbook.author.side_by_side", "workbook.author.cpu_table")
    options = [word for plugin in plugins for word in ("-p", plugin)]
    options += ["-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={folder}", "--color=no"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-n", "2", "--dist", "loadgroup", str(folder)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_a_file_is_run_by_one_worker_and_all_are_run(run):
    folder, _ = run
    workers = {}
    lines = (folder / "workers.txt").read_text().splitlines()
    for line in lines:
        name, worker = line.split()
        workers.setdefault(name, set()).add(worker)
    assert len(lines) == 16
    assert sorted(workers) == sorted(f"test_{each}{end}" for each in ("heavy", "light") for end in ("", "-0", "-1"))
    assert len(workers["test_heavy"]) == len(workers["test_light"]) == 1


def test_the_cost_of_each_file_is_told_with_its_children_before_the_last_line(run):
    _, said = run
    *_, last = said.splitlines()
    assert re.fullmatch(r"=+ 18 passed in .*=+", last)
    table = {name: float(seconds) for seconds, name in re.findall(r"^ +(\d+\.\d)  (\S.*)$", said, re.MULTILINE)}
    assert {"test_heavy.py", "test_light.py", "(starting, collecting)", "in all"} == set(table)
    assert table["test_heavy.py"] >= max(0.4, table["test_light.py"])
    assert table["in all"] >= table["test_heavy.py"] + table["(starting, collecting)"] - 0.2  # they are rounded


@pytest.mark.parametrize(
    ("test", "together"),
    [
        ("tests/test_a.py::test_x[1-2]", "tests/test_a.py"),
        ("tests/test_a.py::test_x[a@b]", "tests/test_a.py"),
        ("notebooks/05_retry.ipynb::In [4]", "notebooks/05_retry.ipynb"),
        ("tests/test_labs.py::test_the_gate_is_passed[02-q1]@gate-02-q1", "gate-02-q1"),
    ],
)
def test_a_file_stays_together_and_a_group_leaves_it(test, together):
    assert object.__new__(FilesAndGroups)._split_scope(test) == together
