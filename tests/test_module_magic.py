"""`%%module`: in a real kernel, with bytecode caches allowed as readers have it."""

import os
import re
import sys
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from workbook.bench import Bench, BenchError
from workbook.bench.module_magic import ModuleFolder

ROOT = Path(__file__).parents[1]


class NotebookKernel:
    """A Jupyter kernel; `run` executes a cell and returns what the reader sees, errors as they are rendered."""

    def __init__(self):
        self.manager = KernelManager()
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.manager.start_kernel(cwd=str(ROOT), env={**env, "PYTHONPATH": str(ROOT)})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(30)

    def run(self, cell):
        shown = []

        def collect(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append(content["text"])
            elif message["msg_type"] == "execute_result":
                shown.append(content["data"]["text/plain"])
            elif message["msg_type"] == "error":
                shown.append(re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"])))

        self.client.execute_interactive(cell, timeout=30, output_hook=collect)
        return "".join(shown).strip()

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


@pytest.fixture(scope="module")
def notebook():
    kernel = NotebookKernel()
    kernel.run("import pathlib, sys\nfrom rq import Queue\nfrom workbook.bench import open_bench")
    yield kernel
    kernel.close()


@pytest.fixture
def run(notebook):
    """Run cells in a kernel with a fresh bench."""
    assert notebook.run("bench = open_bench('test')\nqueue = Queue(connection=bench.redis)") == ""
    yield notebook.run
    assert notebook.run("bench.close()") == ""


@pytest.fixture
def modules(tmp_path):
    """A module folder in this very process."""
    folder = ModuleFolder(tmp_path / "modules")
    yield folder
    folder.close()


def test_a_cell_becomes_a_module_of_notebook_and_workers(run):
    assert run("%%module habits\ndef streak():\n    return 7") == "habits.py, save 1"
    assert run("habits.streak()") == "7"
    assert run("(bench.modules.folder / 'habits.py').read_text()") == repr("def streak():\n    return 7\n")
    assert run("job = queue.enqueue(habits.streak)\nbench.rq('worker --burst')\njob.return_value()") == "7"
    assert run("from habits import streak\nstreak.__module__") == "'habits'"


def test_a_rewrite_of_equal_length_within_the_second_is_what_runs(run):
    assert run("sys.flags.dont_write_bytecode, 'PYTHONDONTWRITEBYTECODE' in __import__('os').environ") == "(0, False)"
    for number in range(1, 6):
        cell = f"%%module habits\ndef streak():\n    return {number}"
        assert run(cell) == f"habits.py, save {number}"
        assert run("habits.streak()") == str(number)
    # Kernel and workers read the file in turn, each as often as it is written; all within few seconds.
    for number in range(6, 8):
        run(f"%%module habits\ndef streak():\n    return {number}")
        run("job = queue.enqueue(habits.streak)\nbench.rq('worker --burst --worker-class rq.worker.SimpleWorker')")
        assert run("job.return_value(), habits.streak()") == f"({number}, {number})"
    assert run("list(bench.keeper.folder.rglob('*.pyc'))") == "[]"


def test_a_syntax_error_is_the_readers_own_and_leaves_the_file_as_it_was(run):
    run("%%module habits\ndef streak():\n    return 7")
    shown = run("%%module habits\ndef streak(:\n    return 8")
    assert shown == 'File "%%module habits", line 1\n    def streak(:\n               ^\nSyntaxError: invalid syntax'
    assert run("habits.streak()") == "7"
    assert run("bench.modules.saves") == "{'habits': 1}"
    run("%%module unborn\nthis is no Python")
    assert run("sorted(path.name for path in bench.modules.folder.iterdir())") == "['habits.py']"


def test_an_error_at_import_shows_the_readers_lines_only(run):
    shown = run("%%module broken\ndef inner():\n    return 1 / 0\n\nvalue = inner()")
    assert shown.endswith(
        "ZeroDivisionError: division by zero\n(broken.py is saved as it is, so workers will fail in the same way.)"
    )
    assert shown.count('/broken.py"') == 2
    assert "return 1 / 0" in shown
    assert "value = inner()" in shown
    assert "importlib" not in shown
    assert "module_magic" not in shown
    assert run("%%module broken\nvalue = 1") == "broken.py, save 2"
    assert run("broken.value") == "1"


def test_a_refused_name_is_one_sentence_in_the_notebook(run):
    assert run("%%module json\nx = 1") == (
        "BenchError: There is a module json already, which yours would hide; choose another name."
    )
    assert run("import json\njson.dumps(1)") == "'1'"
    assert run("%%module\nx = 1").startswith("BenchError: '' cannot be a module's name; ")


def test_after_the_bench_is_closed_the_magic_says_so(run):
    run("bench.close()")
    assert run("%%module habits\nx = 1").startswith("BenchError: The bench is closed, ")


def test_a_new_bench_in_the_same_kernel_carries_the_modules_over(run):
    run("%%module habits\ndef streak():\n    return 7")
    old = run("bench.modules.folder")
    run("bench = open_bench('test')\nqueue = Queue(connection=bench.redis)")
    assert run("bench.modules.folder") != old
    assert run("len([place for place in sys.path if 'rq-workbook-' in place])") == "1"
    # As the notebook still holds the module, a job that names it has to be found by workers.
    assert run("job = queue.enqueue(habits.streak)\nbench.rq('worker --burst')\njob.return_value()") == "7"
    assert run("import habits as again\nagain.__file__ == str(bench.modules.folder / 'habits.py')") == "True"
    assert run("%%module habits\nx = 2") == "habits.py, save 1"
    assert run("habits.x") == "2"


@pytest.mark.parametrize("name", ["", "two words", "a-b", "1st", "../up", "a.b", "class", "None", "habits.py"])
def test_what_is_no_name_is_refused(name, modules):
    with pytest.raises(BenchError, match="cannot be a module's name"):
        modules.save(name, "x = 1")
    assert list(modules.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["json", "msvcrt", "sys", "__main__", "redis", "rq", "workbook", "pytest"])
def test_a_name_that_would_hide_another_module_is_refused(name, modules):
    loaded = sys.modules.get(name)
    with pytest.raises(BenchError, match=f"^There is a module {name} already, which yours would hide; "):
        modules.save(name, "x = 1")
    assert sys.modules.get(name) is loaded
    assert list(modules.folder.iterdir()) == []


def test_closing_puts_the_import_system_back(tmp_path):
    path = list(sys.path)
    bench = Bench("path")
    module = bench.modules.save("passing", "x = 1")
    assert sys.modules["passing"] is module
    assert sys.path == [str(bench.modules.folder), *path]
    bench.close()
    assert sys.path == path
    assert "passing" not in sys.modules


def test_a_module_may_import_another_of_the_readers(modules):
    modules.save("first_part", "x = 41")
    assert modules.save("second_part", "import first_part\nx = first_part.x + 1").x == 42
