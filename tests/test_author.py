"""`build` and `run`: executing notebooks, normal form, and what is kept."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import nbformat
import psutil
import pytest
from rich.console import Console

from tests.notebook_tools import ROOT, code, code_of, markdown, notebook_of, printed, text_of
from workbook.author.build import build, drift, keep_outputs
from workbook.author.execute import execute
from workbook.author.notebooks import NotebookError, code_hashes, course_notebooks, dump, normalise, read
from workbook.author.run import run_chapters
from workbook.bench import wait_until

FIGURE = "from IPython.display import Image\nImage(b'\\x89PNG {x}', format='png')"
LIVE = "import time\nprint(time.time_ns())"


@pytest.fixture(autouse=True)
def kernels_find_the_package(monkeypatch):
    """Kernels import `workbook` from here."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def course(tmp_path):
    """An empty course."""
    (tmp_path / "notebooks").mkdir()
    return tmp_path


def put(course, *cells, name="05_do_it"):
    """Write a notebook as an author's editor would, and return its path."""
    path = course / "notebooks" / f"{name}.ipynb"
    nbformat.write(notebook_of(*cells), path)
    return path


def change(path, edit):
    """Edit a notebook as an author would."""
    notebook = read(path)
    edit(notebook)
    nbformat.write(notebook, path)


def built(course, *names, check=False, force=False):
    """Build; returns the exit code and what was said."""
    said = io.StringIO()
    return build(check, force, list(names), Console(file=said, width=300), root=course), said.getvalue()


def ran(course, *names, cell_seconds=60.0):
    """Run; returns the exit code and what was said."""
    said = io.StringIO()
    exit_code = run_chapters(list(names), Console(file=said, width=300), root=course, cell_seconds=cell_seconds)
    return exit_code, said.getvalue()


def outputs(path):
    """The text of each code cell's outputs."""
    return [text_of(cell) for cell in code_of(read(path))]


def png(cell):
    """The first figure of a cell."""
    return next(output.data["image/png"] for output in cell.outputs if "image/png" in output.get("data", {}))


def other_figure(path, number):
    """Put a figure that no run can draw into a cell's output, and return it."""
    mark = base64.b64encode(b"\x89PNG drawn by another machine").decode() + "\n"

    def edit(notebook):
        for output in code_of(notebook)[number].outputs:
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = mark

    change(path, edit)
    path.write_text(dump(normalise(read(path))), encoding="utf-8")
    return mark


# ---- build


def test_a_notebook_is_executed_and_comes_into_normal_form(course):
    path = put(
        course,
        markdown("\n# Title\n"),
        "print('a'); print('b')",
        code("6 * 7", "yours"),
        code("1/0", "raises-exception"),
    )
    assert built(course) == (0, "notebooks/05_do_it.ipynb: written\n")
    notebook = read(path)
    assert [cell.id for cell in notebook.cells] == ["c01", "c02", "c03", "c04"]
    assert notebook.cells[0].source == "# Title"
    assert [cell.execution_count for cell in code_of(notebook)] == [1, 2, 3]
    assert outputs(path)[:2] == ["a\nb\n", "42"]
    assert code_of(notebook)[1].outputs[0].execution_count == 2
    assert notebook.metadata.language_info == {"name": "python"}
    assert [dict(cell.metadata) for cell in code_of(notebook)] == [
        {},
        {"tags": ["yours"]},
        {"tags": ["raises-exception"]},
    ]
    [error] = code_of(notebook)[2].outputs
    assert error.traceback == ["ZeroDivisionError: division by zero"]
    assert str(ROOT) not in path.read_text()
    assert path.read_text().endswith("}\n")
    assert drift(path) is None


def test_building_twice_changes_no_byte_and_does_not_execute(course):
    book = "open('executed', 'a').write('once')"
    path = put(course, code(LIVE, "nbval-ignore-output"), FIGURE.format(x=2), "print(2)", book)
    built(course)
    before, written_at = path.read_bytes(), path.stat().st_mtime_ns
    assert built(course) == (0, "notebooks/05_do_it.ipynb: unchanged\n")
    assert (path.parent / "executed").read_text() == "once"
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, written_at)


def test_executing_by_force_twice_gives_the_same_bytes_where_the_outputs_are_the_same(course):
    path = put(
        course,
        FIGURE.format(x=2),
        "import sys\nprint('a', flush=True)\nprint('b', flush=True)\nprint('c', file=sys.stderr)",
    )
    built(course)
    before = path.read_bytes()
    assert built(course, force=True) == (0, "notebooks/05_do_it.ipynb: unchanged\n")
    assert path.read_bytes() == before


def test_what_one_stream_printed_in_pieces_is_one_output():
    cell = code(
        "", count=1, outputs=[printed("a\n"), printed("b\n"), nbformat.v4.new_output("display_data"), printed("c\n")]
    )
    notebook = normalise(notebook_of(cell))
    assert [output.get("text") for output in cell.outputs] == ["a\nb\n", None, "c\n"]
    once = dump(notebook)
    assert dump(normalise(notebook)) == once


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            lambda notebook: setattr(notebook.cells[1], "source", "print(3)"),
            "its code has changed since it was executed",
        ),
        (lambda notebook: notebook.cells.append(code("4")), "its code has changed since it was executed"),
        (lambda notebook: notebook.cells.pop(1), "its code has changed since it was executed"),
        (
            lambda notebook: notebook.cells[1].metadata.update(tags=["yours"]),
            "its code has changed since it was executed",
        ),
        (
            lambda notebook: setattr(notebook.cells[1], "execution_count", None),
            "outputs were cleared since it was executed",
        ),
        (lambda notebook: setattr(notebook.cells[1], "execution_count", 7), "it is not in normal form"),
        (lambda notebook: setattr(notebook.cells[0], "id", "somewhere"), "it is not in normal form"),
        (lambda notebook: notebook.metadata.language_info.update(version="3.11.2"), "it is not in normal form"),
        (lambda notebook: notebook.cells[1].metadata.update(scrolled=True), "it is not in normal form"),
        (lambda notebook: notebook.cells.insert(0, markdown("new words")), "it is not in normal form"),
    ],
)
def test_drift_is_found_without_executing_or_writing(course, edit, reason):
    path = put(course, markdown("words"), "print(2)")
    notebook = read(path)
    # As if built: this test needs no kernel.
    notebook.metadata["workbook"] = {"built": code_hashes(notebook)}
    path.write_text(dump(normalise(notebook)), encoding="utf-8")
    assert built(course, check=True) == (0, "")
    change(path, edit)
    before = path.read_bytes()
    assert built(course, check=True) == (1, f"notebooks/05_do_it.ipynb: {reason}; run: python3 -m workbook build\n")
    assert path.read_bytes() == before


def test_new_words_alone_are_written_without_executing(course):
    path = put(course, markdown("old words"), LIVE)
    built(course)
    stamp = outputs(path)
    change(path, lambda notebook: setattr(notebook.cells[0], "source", "new words"))
    change(path, lambda notebook: notebook.cells.insert(0, markdown("more words")))
    assert built(course) == (0, "notebooks/05_do_it.ipynb: written\n")
    assert outputs(path) == stamp
    assert [cell.id for cell in read(path).cells] == ["c01", "c02", "c03"]


def test_a_notebook_whose_outputs_were_cleared_is_executed_again(course):
    path = put(course, "print(1)", FIGURE.format(x=2))
    built(course)
    before = path.read_bytes()
    change(path, lambda notebook: [cell.update(outputs=[], execution_count=None) for cell in notebook.cells])
    assert built(course) == (0, "notebooks/05_do_it.ipynb: written\n")
    assert path.read_bytes() == before


def test_changed_code_is_executed_and_unchanged_cells_keep_what_no_test_compares(course):
    """A cell is inserted before them, one changed between them: figures and ignored outputs stay at their cells."""
    path = put(
        course,
        "print('one')",
        code(LIVE, "nbval-ignore-output"),
        FIGURE.format(x=2),
        "print('two')",
        code(LIVE + "  # again", "nbval-ignore-output"),
    )
    built(course)
    first, second = outputs(path)[1], outputs(path)[4]
    mark = other_figure(path, 2)

    def edit(notebook):
        notebook.cells.insert(0, code("print('zero')"))
        code_of(notebook)[4].source = "print('three')"

    change(path, edit)
    assert built(course)[0] == 0
    assert outputs(path)[:3] == ["zero\n", "one\n", first]
    assert outputs(path)[4:] == ["three\n", second]
    assert png(code_of(read(path))[3]) == mark


@pytest.mark.parametrize(
    ("sources", "kept"),
    [
        ("abcd", "abcd"),
        ("xabcd", "abcd"),
        ("acd", "acd"),
        ("axcd", "acd"),
        ("xabc", "abc"),  # as many cells as before: what was built cannot be told by the place
        ("", ""),
    ],
)
def test_ignored_outputs_stay_at_their_cells_whatever_is_inserted_changed_or_removed(sources, kept):
    before = notebook_of(
        *(code(source, "nbval-ignore-output", outputs=[printed(f"old {source}")]) for source in sources)
    )
    before.metadata["workbook"] = {"built": code_hashes(notebook_of(*(code(s, "nbval-ignore-output") for s in "abcd")))}
    after = notebook_of(
        *(code(source, "nbval-ignore-output", outputs=[printed(f"new {source}")]) for source in sources)
    )
    keep_outputs(before, after)
    expected = [f"old {source}" if source in kept else f"new {source}" for source in sources]
    assert [text_of(cell) for cell in code_of(after)] == expected


def test_moved_cells_never_get_each_others_output():
    before = notebook_of(*(code(source, "nbval-ignore-output", outputs=[printed(f"old {source}")]) for source in "ba"))
    before.metadata["workbook"] = {"built": code_hashes(before)[::-1]}
    after = notebook_of(*(code(source, "nbval-ignore-output", outputs=[printed(f"new {source}")]) for source in "ba"))
    keep_outputs(before, after)
    assert [text_of(cell).split()[1] for cell in code_of(after)] == ["b", "a"]


def test_a_figure_is_drawn_anew_when_its_code_or_what_its_cell_prints_has_changed(course):
    drawn_by = "import os\nprint(limit)\n" + FIGURE.format(x=2)
    path = put(course, "limit = 1", drawn_by, FIGURE.format(x=3))
    built(course)
    own = png(code_of(read(path))[1])
    mark = other_figure(path, 1)
    other_figure(path, 2)

    def edit(notebook):
        code_of(notebook)[0].source = "limit = 2"
        code_of(notebook)[2].source += "  # changed"

    change(path, edit)
    built(course)
    cells = code_of(read(path))
    assert text_of(cells[1]).startswith("2\n")  # an output that nbval compares always is the last one
    assert png(cells[1]) == own != mark
    assert png(cells[2]) != mark


def test_force_draws_figures_anew_and_takes_new_outputs(course):
    path = put(course, FIGURE.format(x=2), code(LIVE, "nbval-ignore-output"))
    built(course)
    own, stamp = png(code_of(read(path))[0]), outputs(path)[1]
    mark = other_figure(path, 0)
    assert built(course) == (0, "notebooks/05_do_it.ipynb: unchanged\n")
    assert png(code_of(read(path))[0]) == mark
    built(course, force=True)
    assert png(code_of(read(path))[0]) == own
    assert outputs(path)[1] != stamp


def test_a_failing_cell_stops_the_build_is_named_and_nothing_is_written(course):
    path = put(course, markdown("words"), "print('fine')", "x = 1\nx / 0", "print('never')")
    before = path.read_bytes()
    with pytest.raises(NotebookError) as caught:
        built(course)
    assert str(caught.value) == (
        "05_do_it.ipynb: cell 2 failed.\n    x = 1\n    x / 0\nZeroDivisionError: division by zero"
    )
    assert path.read_bytes() == before
    assert [found.name for found in (course / "notebooks").iterdir()] == [path.name]


def test_a_file_that_is_no_notebook_is_said_in_a_sentence(course):
    path = course / "notebooks/05_do_it.ipynb"
    for text in ("", "{}", "[1]", "null", '{"nbformat": 4, "nbformat_minor": 5, "cells": 3}', "<<<<<<< HEAD\n"):
        path.write_text(text)
        with pytest.raises(NotebookError, match=r"05_do_it.ipynb is not a notebook that can be read"):
            read(path)


def test_notebooks_are_named_by_number_or_name_and_a_wrong_name_is_told_the_choice(course):
    for name in ("01_see_it", "02_run_it"):
        put(course, "1", name=name)
    (course / "solutions").mkdir()
    nbformat.write(notebook_of("1"), course / "solutions/02_run_it.ipynb")
    paths = course_notebooks(None, course)
    assert [path.relative_to(course).as_posix() for path in paths] == [
        "notebooks/01_see_it.ipynb",
        "notebooks/02_run_it.ipynb",
        "solutions/02_run_it.ipynb",
    ]
    assert course_notebooks(["01"], course) == course_notebooks(["notebooks/01_see_it.ipynb"], course) == paths[:1]
    assert course_notebooks(["02_run_it"], course) == paths[1:]
    with pytest.raises(NotebookError, match="no chapter '3'; the course has 01_see_it, 02_run_it"):
        course_notebooks(["3"], course)


# ---- execute and run


def test_an_error_of_ours_is_told_as_the_reader_saw_it(course):
    source = "from workbook.errors import WorkbookError\nraise WorkbookError('no server')"
    with pytest.raises(NotebookError, match=r"^05_do_it.ipynb: cell 1 failed.\n(    .*\n)+WorkbookError: no server$"):
        execute(notebook_of(source), course / "notebooks/05_do_it.ipynb")


def test_a_long_cell_is_shown_in_part(course):
    source = "\n".join(f"x{number} = {number}" for number in range(30)) + "\n1 / 0"
    with pytest.raises(NotebookError) as caught:
        execute(notebook_of(source), course / "notebooks/05_do_it.ipynb")
    assert len(str(caught.value).splitlines()) < 20


def test_run_leaves_an_executed_copy_and_a_page_and_touches_no_notebook(course):
    path = put(course, markdown("# Do it"), "import os\nprint(os.path.basename(os.getcwd()))")
    put(course, "1", name="06_not_named")
    before = path.read_bytes()
    exit_code, said = ran(course, "05")
    assert exit_code == 0
    assert str(course / "build") in said
    assert path.read_bytes() == before
    assert outputs(course / "build/05_do_it.ipynb") == ["notebooks\n"]
    assert sorted(found.name for found in (course / "build").iterdir()) == ["05_do_it.html", "05_do_it.ipynb"]
    page = (course / "build/05_do_it.html").read_text()
    assert "Do it" in page
    assert "notebooks" in page


def test_run_goes_on_after_a_failing_chapter_and_names_each_failing_cell(course):
    stale = [printed("of an older run")]
    put(course, "print('one')", "raise ValueError('bad luck')", code("2", count=3, outputs=stale), name="01_fail")
    deaf = "import time\ntry:\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    time.sleep(600)"
    put(course, "print('two')", deaf, name="02_hang")
    put(course, "import os\nos._exit(1)", name="03_die")
    put(course, "print('fine')", name="04_work")
    began = time.monotonic()
    exit_code, said = ran(course, cell_seconds=5)
    assert time.monotonic() - began < 300  # the deaf cell would take twice 600
    assert exit_code == 1
    for expected in (
        "01_fail.ipynb: cell 2 failed.\n    raise ValueError('bad luck')\nValueError: bad luck\n",
        f"02_hang.ipynb: cell 2 failed.\n{textwrap.indent(deaf, '    ')}\nit did not end within 5 s\n",
        "03_die.ipynb: cell 1 failed.\n    import os\n    os._exit(1)\nthe kernel process died in this cell\n",
    ):
        assert expected in said
    assert sorted(path.name for path in (course / "build").iterdir()) == [
        f"{name}.{kind}" for name in ("01_fail", "02_hang", "03_die", "04_work") for kind in ("html", "ipynb")
    ]
    failed = json.loads((course / "build/01_fail.ipynb").read_text())
    assert [len(cell["outputs"]) for cell in failed["cells"]] == [1, 1, 0]
    assert outputs(course / "build/04_work.ipynb") == ["fine\n"]


def start_run(course, *names, **environ):
    """`run` as a command of its own, with a course of its own."""
    program = (
        "import pathlib, sys; from functools import partial; from workbook import cli; from workbook.author import run;"
        "run.run_chapters = partial(run.run_chapters, root=pathlib.Path(sys.argv[1]));"
        "sys.exit(cli.main(['run', *sys.argv[2:]]))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, str(course), *names],
        cwd=ROOT, env=os.environ | environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_in_run_is_one_sentence_and_ends_the_kernel(course, number):
    put(course, "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(600)")
    command, told = start_run(course), course / "notebooks/pid"
    wait_until(lambda: told.exists() and told.read_text(), 60, "the kernel's cell")
    command.send_signal(number)
    out, err = command.communicate(timeout=30)
    assert (command.returncode, err) == (130, "")
    assert out.splitlines()[-1] == f"Interrupted. What had been executed by then is in {course / 'build'}."
    assert not psutil.pid_exists(int(told.read_text()))


def test_ctrl_c_while_the_kernel_starts_is_one_sentence_too(course):
    put(course, "1")
    command = start_run(course)
    wait_until(lambda: psutil.Process(command.pid).children(), 60, "the kernel")
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=30)
    assert (command.returncode, err) == (130, "")
    assert out.splitlines()[-1].startswith("Interrupted. ")


@pytest.mark.parametrize(
    ("in_the_way", "sentence"),
    [
        (lambda build: build.write_text("a file"), "The workbook cannot go on: [Errno 17] File exists: "),
        (lambda build: (build.mkdir(), (build / "05_do_it.html").symlink_to("/dev/full")), "The disk is full: "),
    ],
)
def test_run_where_nothing_can_be_written_is_one_sentence(course, in_the_way, sentence):
    put(course, "1")
    in_the_way(course / "build")
    command = start_run(course)
    out, err = command.communicate(timeout=60)
    assert (command.returncode, "Traceback" in out) == (2, False), out
    assert err.startswith(sentence)
    assert len(err.splitlines()) == 1


def test_run_needs_no_home_that_can_be_written(course):
    put(course, "1 + 1")
    (course / "a file").touch()
    out, err = (command := start_run(course, HOME=str(course / "a file/home"))).communicate(timeout=60)
    assert (command.returncode, err) == (0, ""), out
