"""The house style that tools check: ruff, codespell, and the schemas of the files that other programs read."""

from __future__ import annotations

import ast
import os
import re
import shutil
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


def imports_checked(folder=ROOT):
    """What import-linter complains about, by the contracts in `pyproject.toml`."""
    start = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", start, "--no-cache", "--no-logo"]
    path = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=path, capture_output=True, text=True, timeout=600)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_no_room_of_the_house_imports_what_it_must_not_know():
    assert imports_checked() == ""


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("box/box.py", "import workbook.check.outcome", "workbook.box is not allowed to import workbook.check"),
        ("box/plain.py", "import workbook.view.keys", "workbook.box is not allowed to import workbook.view"),
        ("bench/clock.py", "import workbook.box.box", "workbook.bench is not allowed to import workbook.box"),
        ("view/keys.py", "import workbook.bench.clock", "workbook.view is not allowed to import workbook.bench"),
        ("check/engine.py", "import workbook.box.plain", "workbook.check is not allowed to import workbook.box.plain"),
        ("box/inside/calls.py", "import workbook.rq_keys", "workbook.box.inside is not allowed to import"),
        ("new_room.py", "", "new_room"),
    ],
)
def test_an_import_from_the_wrong_room_would_be_found(tmp_path, file, line, told):
    shutil.copytree(ROOT / "workbook", tmp_path / "workbook", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "workbook" / file).open("a") as module:
        module.write(f"\n{line}\n")
    assert told in imports_checked(tmp_path)


# They run before anything is installed, beside a learner's code, or within milliseconds.
STDLIB_ONLY = ("__init__", "__main__", "bootstrap", "environment", "errors", "raw", "rq_keys", "wait")
STDLIB_ONLY += ("keeper/keeper_main", "keeper/lines", "keeper/reaping")


def foreign_imports(source):
    """The packages that a module imports, wherever it does, that are neither Python's nor ours."""
    nodes = list(ast.walk(ast.parse(source)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names} - {"workbook", *sys.stdlib_module_names}


@pytest.mark.parametrize("name", STDLIB_ONLY)
def test_a_module_that_must_run_alone_imports_the_standard_library_only(name):
    assert foreign_imports((ROOT / "workbook" / f"{name}.py").read_text(encoding="utf-8")) == set()


def test_a_foreign_import_would_be_found():
    assert foreign_imports("import os.path\nfrom workbook import cli\ndef late():\n    from rq.job import Job") == {
        "rq"
    }


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
