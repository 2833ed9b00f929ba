"""How a lab is derived from its solution, and that `build` keeps the two together."""

from __future__ import annotations

import io

import nbformat
import pytest
from rich.console import Console

from tests.notebook_tools import code, markdown, notebook_of, printed
from workbook.author.build import build
from workbook.author.derive import blank_of, blank_source, solution_lines
from workbook.author.notebooks import NotebookError, code_hashes, dump, normalise, normalise_blank, read

MARKED = """def double(x):
    ### BEGIN SOLUTION
    y = x + x
    return y
    ### END SOLUTION

double(2)"""
NBGRADER = {"grade": False, "solution": True, "locked": False, "grade_id": "q1", "schema_version": 3, "task": False}


def with_metadata(cell, **metadata):
    cell.metadata.update(metadata)
    return cell


def test_marked_lines_become_dots_at_the_markers_indent():
    assert blank_source(code(MARKED)) == "def double(x):\n    ...\n\ndouble(2)"


def test_each_marked_region_becomes_dots_of_its_own():
    region = "### BEGIN SOLUTION\nx = {}\n### END SOLUTION"
    assert blank_source(code(f"{region.format(1)}\nprint(x)\n{region.format(2)}")) == "...\nprint(x)\n..."


def test_a_text_in_the_metadata_takes_the_place_of_the_whole_source():
    cell = with_metadata(markdown("My answer."), workbook={"blank": "Your answer: …"})
    assert blank_source(cell) == "Your answer: …"
    assert blank_source(with_metadata(code("x = 1"), workbook={"blank": ""})) == ""


def test_a_cell_for_the_solution_only_is_left_out():
    blank = blank_of(notebook_of(code("x = 1", "solution-only"), code("y = 2", "yours"), markdown("words")))
    assert [cell.source for cell in blank.cells] == ["y = 2", "words"]


@pytest.mark.parametrize(
    "source", ["### BEGIN SOLUTION\nx = 1", "x = 1\n### END SOLUTION", "### END SOLUTION\n### BEGIN SOLUTION"]
)
def test_a_marker_without_its_partner_is_told_and_nothing_leaks(source):
    with pytest.raises(NotebookError, match="marker has no partner"):
        blank_of(notebook_of(source))


def test_outputs_and_counts_are_cleared_and_ids_and_nbgraders_metadata_stay():
    cell = with_metadata(code("x = 1", count=3, outputs=[printed("1")]), nbgrader=NBGRADER, workbook={"blank": "..."})
    cell.id = "c07"
    solution = notebook_of(cell)
    solution.metadata["workbook"] = {"built": ["abc"]}
    blank = normalise_blank(blank_of(solution))
    [derived] = blank.cells
    assert (derived.source, derived.execution_count, derived.outputs, derived.id) == ("...", None, [], "c07")
    assert dict(derived.metadata) == {"nbgrader": NBGRADER}
    assert "workbook" not in blank.metadata
    assert cell.outputs  # the solution is as it was


def test_the_lines_that_must_not_be_in_the_lab_are_those_of_the_solution_alone():
    assert solution_lines(code(MARKED)) == ["y = x + x", "return y"]
    assert solution_lines(code("x = 1")) == []


# ---- build


@pytest.fixture
def solution(tmp_path):
    """A solution as `build` would leave it; no kernel is needed."""
    (tmp_path / "solutions").mkdir()
    path = tmp_path / "solutions/05_retry.ipynb"
    notebook = notebook_of(markdown("# Lab"), code(MARKED, count=1, outputs=[printed("4\n")]))
    notebook.metadata["workbook"] = {"built": code_hashes(notebook)}
    path.write_text(dump(normalise(notebook)), encoding="utf-8")
    return path


def built(solution, check=False):
    said = io.StringIO()
    return build(check, False, [], Console(file=said, width=300), root=solution.parents[1]), said.getvalue()


def test_build_writes_the_lab_and_building_twice_changes_nothing(solution):
    assert built(solution) == (0, "solutions/05_retry.ipynb: unchanged\nlabs/05_retry.ipynb: written\n")
    lab = solution.parents[1] / "labs/05_retry.ipynb"
    assert [cell.source for cell in read(lab).cells] == ["# Lab", "def double(x):\n    ...\n\ndouble(2)"]
    assert built(solution) == (0, "solutions/05_retry.ipynb: unchanged\nlabs/05_retry.ipynb: unchanged\n")
    assert built(solution, check=True) == (0, "")


def test_check_names_a_lab_that_is_missing_or_was_changed_and_writes_nothing(solution):
    lab = solution.parents[1] / "labs/05_retry.ipynb"
    told = "labs/05_retry.ipynb: it is not what solutions/05_retry.ipynb makes; run: python3 -m workbook build\n"
    assert built(solution, check=True) == (1, told)
    assert not lab.exists()
    built(solution)
    notebook = read(lab)
    notebook.cells[0].source = "# Another lab"
    nbformat.write(notebook, lab)
    before = lab.read_bytes()
    assert built(solution, check=True) == (1, told)
    assert lab.read_bytes() == before


def test_a_chapter_makes_no_lab(tmp_path):
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook_of(markdown("# Chapter")), tmp_path / "notebooks/05_retry.ipynb")
    built(tmp_path / "notebooks/05_retry.ipynb")
    assert not (tmp_path / "labs").exists()
