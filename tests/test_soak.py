"""The benchmark that runs many times what could flake: what it says of a run."""

import importlib.util
import sys

import pytest

from tests.conftest import ROOT

RUN = """
import pytest

@pytest.mark.parametrize("word", ["as it is", "with - a dash"])
def test_bad(word):
    total = sum(range(3_000_000))
    assert total == 0, "a message - with a dash"

def test_good():
    pass

@pytest.fixture
def broken():
    raise OSError

def test_never_run(broken):
    pass
"""


@pytest.fixture
def soak(monkeypatch):
    spec = importlib.util.spec_from_file_location("soak", ROOT / "benchmarks" / "soak.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "soak", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def one_file(soak, monkeypatch, tmp_path):
    """The commands of the benchmark are a run of pytest over one file."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "test_it.py").write_text(RUN)
    plain = ["-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", "-c", "/dev/null"]
    monkeypatch.setattr(soak, "command", lambda what: [sys.executable, "-m", "pytest", *plain, str(tmp_path), *what])


def test_a_failed_run_names_its_failing_tests_and_counts(soak, one_file, capsys):
    assert soak.soak("idle", [], 1) == 1
    said = capsys.readouterr().out
    names = ["test_it.py::test_bad[as it is]", "test_it.py::test_bad[with - a dash]", "test_it.py::test_never_run"]
    assert [line.rpartition("/")[2] for line in said.splitlines() if line.startswith("    ")] == names
    assert said.splitlines()[-1].startswith("[], idle: 1 of 1 runs failed; the slowest took ")


def test_a_run_that_passes_has_its_seconds_by_the_clock_and_of_cpu(soak, one_file):
    result = soak.run(soak.command(["-k", "test_good"]))
    assert result.passed
    assert result.cpu > 0 < result.wall
    assert result.failing == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("FAILED notebooks/05_retry.ipynb::In [17]", "notebooks/05_retry.ipynb::In [17]"),
        ("FAILED tests/test_x.py::test_y - assert [1] == [2]", "tests/test_x.py::test_y"),
        ("ERROR tests/test_x.py::test_y[a-b] - OSError", "tests/test_x.py::test_y[a-b]"),
    ],
)
def test_the_name_of_a_failing_test_is_found_in_pytests_summary(soak, line, name):
    assert soak.failing_tests(f"= short test summary info =\n{line}\n1 failed, 2 passed in 3 s\n") == [name]


def test_the_whole_test_command_is_what_a_developer_types(soak):
    assert soak.command("test") == [sys.executable, "-m", "workbook", "test"]
    assert soak.DEFAULT_RUNS["test"] == 5
    assert soak.BUSY_PROCESSES >= 2
