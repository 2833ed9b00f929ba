"""The working copy: what the learner did is never lost, and tracked files never change."""

import json

import pytest

from workbook.course.working_copy import CopyError, WorkingCopy, find_working_copy

START = "notebooks/00_start_here.ipynb"
FIRST_JOB = "notebooks/02_run_your_first_job.ipynb"
LAB = "labs/02_run_your_first_job.ipynb"


def code(source, **fields):
    return {"cell_type": "code", "id": "c1", "metadata": {"tags": ["yours"]}, "source": source} | fields


def executed(source, text="42"):
    return code(source, outputs=[{"output_type": "stream", "name": "stdout", "text": text}], execution_count=3)


def write(path, *cells):
    path.parent.mkdir(exist_ok=True)
    notebook = {
        "cells": list(cells),
        "metadata": {"kernelspec": {"name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook))


def read(path):
    return json.loads(path.read_text())


def cells(path):
    return read(path)["cells"]


@pytest.fixture
def copy(tmp_path):
    for name in (START, FIRST_JOB, LAB):
        write(
            tmp_path / name,
            {"cell_type": "markdown", "id": "m", "metadata": {}, "source": ["# é\n", "b"]},
            executed("1"),
        )
    return WorkingCopy(tmp_path)


@pytest.fixture
def laid_out(copy):
    assert copy.lay_out() == []
    return copy


def replaced(copy):
    return sorted((copy.folder / ".workbook/replaced").iterdir())


def test_copies_are_the_originals_without_outputs(laid_out):
    expected = read(laid_out.root / LAB)
    expected["cells"][1] |= {"outputs": [], "execution_count": None}
    assert read(laid_out.folder / LAB) == expected
    files = {str(path.relative_to(laid_out.folder)) for path in laid_out.folder.rglob("*") if path.is_file()}
    assert files == {START, FIRST_JOB, LAB, ".workbook/layout.json"}


def test_originals_never_change(copy):
    before = {path: path.read_bytes() for path in copy.root.rglob("*.ipynb")}
    copy.lay_out()
    write(copy.folder / LAB, code("mine"))
    copy.lay_out()
    copy.reset("labs/02")
    assert {path: path.read_bytes() for path in before} == before


def test_a_second_start_changes_nothing(laid_out):
    before = {path: path.stat().st_mtime_ns for path in laid_out.folder.rglob("*.ipynb")}
    assert laid_out.lay_out() == []
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_deleted_copy_is_laid_out_again(laid_out):
    (laid_out.folder / START).unlink()
    assert laid_out.lay_out() == []
    assert (laid_out.folder / START).exists()


def test_an_unchanged_copy_follows_an_update(laid_out):
    write(laid_out.root / FIRST_JOB, code("2"))
    assert laid_out.lay_out() == [f"my/{FIRST_JOB} was updated to the course's new version."]
    assert [cell["source"] for cell in cells(laid_out.folder / FIRST_JOB)] == ["2"]
    assert replaced(laid_out) == []
    assert laid_out.lay_out() == []


def test_an_executed_copy_that_follows_an_update_is_saved_first(laid_out):
    path = laid_out.folder / FIRST_JOB
    # As JupyterLab saves it: the same source in another shape.
    write(path, {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# é\nb"}, executed("1", "my run"))
    write(laid_out.root / FIRST_JOB, code("2"))
    [told] = laid_out.lay_out()
    [saved] = replaced(laid_out)
    assert f"the copy you ran is my/.workbook/replaced/{saved.name}" in told
    assert saved.name.startswith("02_run_your_first_job-")
    assert cells(saved)[1]["outputs"][0]["text"] == "my run"
    assert cells(path)[0]["source"] == "2"


def test_a_changed_copy_is_kept_and_said_only_when_the_course_has_a_new_version(laid_out):
    write(laid_out.folder / FIRST_JOB, executed("mine"))
    assert laid_out.lay_out() == []
    write(laid_out.root / FIRST_JOB, code("2"))
    sentence = (
        f"my/{FIRST_JOB} is yours, changed; the course has a new version: `python3 -m workbook reset 02` takes it."
    )
    assert laid_out.lay_out() == laid_out.lay_out() == [sentence]
    assert cells(laid_out.folder / FIRST_JOB)[0]["source"] == "mine"


def test_outputs_and_tags_do_not_count_as_changes(laid_out):
    for cell_outputs in ([], [{"output_type": "stream", "name": "stdout", "text": "new"}]):
        original = cells(laid_out.root / START)
        write(laid_out.root / START, original[0], code("1", outputs=cell_outputs, metadata={"tags": []}))
        assert laid_out.lay_out() == []


def test_what_the_course_no_longer_has_is_kept(laid_out):
    (laid_out.root / LAB).unlink()
    assert laid_out.lay_out() == []
    assert (laid_out.folder / LAB).exists()


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b'{"laid_out": 3}', b"\xff\xfe"])
def test_a_broken_layout_is_said_and_no_copy_lost(laid_out, garbage):
    (laid_out.folder / ".workbook/layout.json").write_bytes(garbage)
    write(laid_out.folder / LAB, code("mine"))
    told = laid_out.lay_out()
    assert (
        told[0]
        == "my/.workbook/layout.json could not be read and is written anew; your notebooks are kept as they are."
    )
    assert cells(laid_out.folder / LAB)[0]["source"] == "mine"
    write(laid_out.root / START, code("2"))
    assert "was updated" in laid_out.lay_out()[0]


@pytest.mark.parametrize("garbage", [b"", b"<<<<<<<", b"[]", b'{"cells": [{}]}', b'{"cells": [1]}', b"\xff"])
def test_a_copy_that_is_no_notebook_is_kept_and_said(laid_out, garbage):
    path = laid_out.folder / LAB
    path.write_bytes(garbage)
    [told] = laid_out.lay_out()
    assert told.startswith(f"my/{LAB} is not a notebook that can be read; it is kept, ")
    assert path.read_bytes() == garbage
    laid_out.reset("labs/02")
    assert [saved.read_bytes() for saved in replaced(laid_out)] == [garbage]
    assert laid_out.lay_out() == []


def test_reset_brings_the_original_back_and_says_where_the_old_copy_is(laid_out):
    for attempt in ("first", "second"):  # within one second, too
        write(laid_out.folder / START, code(attempt))
        told = laid_out.reset("00")
        assert told.startswith(
            f"my/{START} is the course's version again; your old copy is my/.workbook/replaced/00_start"
        )
    assert {cells(saved)[0]["source"] for saved in replaced(laid_out)} == {"first", "second"}
    assert cells(laid_out.folder / START)[1]["source"] == "1"


@pytest.mark.parametrize(
    "name",
    ["labs/02", "labs/02.ipynb", "my/labs/02_run_your_first_job.ipynb", "labs/02_run_your_first_job"],
)
def test_reset_knows_a_notebook_by_several_names(laid_out, name):
    assert laid_out.reset(name).startswith(f"my/{LAB} ")


@pytest.mark.parametrize("name", ["02", "notebooks/02"])
def test_a_number_alone_is_the_chapter(laid_out, name):
    assert laid_out.reset(name).startswith(f"my/{FIRST_JOB} ")


def test_reset_works_before_the_first_start(copy):
    assert copy.reset("00_start_here") == f"my/{START} is the course's version again."
    assert copy.lay_out() == []


def test_reset_names_the_choices(laid_out):
    name = "'02_run_your_first_job'"
    with pytest.raises(CopyError, match=rf"^{name} names more than one notebook; choose one of: 02, labs/02\.$"):
        laid_out.reset("02_run_your_first_job")
    with pytest.raises(CopyError, match=r"^'3' names no notebook; choose one of: 00, 02, labs/02\.$"):
        laid_out.reset("3")
    with pytest.raises(CopyError):
        laid_out.reset("../notebooks/00_start_here")


@pytest.mark.parametrize("link", ["my", "my/notebooks", "my/.workbook", "my/.workbook/replaced"])
def test_a_link_instead_of_a_folder_is_refused(copy, link):
    path = copy.root / link
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(copy.root / "notebooks")
    before = (copy.root / START).read_bytes()
    with pytest.raises(CopyError, match="is a link"):
        copy.lay_out()
    assert (copy.root / START).read_bytes() == before


def test_a_link_instead_of_a_copy_is_not_followed(laid_out):
    path = laid_out.folder / START
    path.unlink()
    path.symlink_to(laid_out.root / START)
    before = (laid_out.root / START).read_bytes()
    assert "is kept" in laid_out.lay_out()[0]
    laid_out.reset("00")
    assert not path.is_symlink()
    assert (laid_out.root / START).read_bytes() == before


def test_a_course_without_notebooks_is_said(tmp_path):
    with pytest.raises(CopyError, match="There are no notebooks"):
        WorkingCopy(tmp_path).lay_out()
    assert not (tmp_path / "my").exists()


def test_a_broken_original_is_said_before_anything_is_written(copy):
    (copy.root / START).write_text("<<<<<<< HEAD")
    with pytest.raises(CopyError, match="is not a notebook that can be read"):
        copy.lay_out()
    assert not copy.folder.exists()


def test_the_working_copy_is_found_from_inside_only(laid_out):
    assert find_working_copy(laid_out.folder / "notebooks") == laid_out.folder
    assert find_working_copy(laid_out.folder) == laid_out.folder
    assert find_working_copy(laid_out.root) is None
    assert find_working_copy(laid_out.root / "notebooks") is None
