"""The house style that tools check: ruff, codespell, and the schemas of the files that other programs read."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.notebook_tools import CHAPTERS, ROOT, code_of
from workbook.author.notebooks import read

ON_PURPOSE = "defualt"  # codespell:ignore defualt -- the typing error of chapter 00


def checked(*command, files=()):
    """Run a tool on the repository and return what it complains about."""
    done = subprocess.run(
        [sys.executable, "-m", *command, *map(str, files)], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_code_is_lint_free():
    assert checked("ruff", "check", "--output-format=concise", ".") == ""


def test_the_code_is_formatted():
    """All but the notebooks: code that is to be read as on a page has comments in a column."""
    assert checked("ruff", "format", "--check", "--exclude=*.ipynb", ".") == ""


def test_the_types_are_right():
    """The first run in a working copy takes 20 s of processor time, later ones, with `.mypy_cache`, two."""
    assert checked("mypy") == ""


def test_a_wrong_type_would_be_found(tmp_path):
    """A box that lacks what a judge may ask for is no Box."""
    (tmp_path / "half_a_box.py").write_text(
        "from workbook.box.box import Box\n\n\n"
        "class HalfABox:\n    def freeze(self) -> None:\n        return\n\n\nBOX: Box = HalfABox()\n"
    )
    assert "HalfABox" in checked("mypy", files=[tmp_path / "half_a_box.py"])


def test_the_words_are_spelt_right():
    assert checked("codespell_lib", ".") == ""


def test_the_words_of_the_notebooks_are_spelt_right(tmp_path):
    """Their text only: the figures in them are base64, in which any word may stand."""
    for path in [*CHAPTERS, *sorted((ROOT / "solutions").glob("*.ipynb"))]:
        notebook = read(path)
        texts = [cell.source for cell in notebook.cells]
        texts += [
            text
            for cell in code_of(notebook)
            for output in cell.outputs
            for text in (output.get("text"), output.get("data", {}).get("text/plain"))
            if text
        ]
        (tmp_path / f"{path.stem}.md").write_text("\n\n".join(texts), encoding="utf-8")
    assert checked("codespell_lib", f"--ignore-words-list={ON_PURPOSE}", files=[tmp_path]) == ""


def test_misspelt_words_would_be_found(tmp_path):
    (tmp_path / "notebook.md").write_text("we rec" + "ieve mail")
    assert "notebook.md:1" in checked("codespell_lib", files=[tmp_path])


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("vendor.compose-spec", "docker-compose.yml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
    ],
)
def test_a_file_that_another_program_reads_fits_its_schema(schema, path):
    assert (ROOT / path).exists()
    assert checked("check_jsonschema", "--builtin-schema", schema, path) == ""


def test_no_file_has_long_lines_or_trailing_spaces_where_no_tool_looks():
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    found = []
    for name in names.stdout.splitlines():
        path = ROOT / name
        if path.suffix not in (".toml", ".md", ".yml", ".py", ".in") or not path.exists():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"[ \t]$", line) or "\t" in line:
                found.append(f"{name}:{number}")
    assert found == []
