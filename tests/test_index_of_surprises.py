"""notebooks/README.md: every surprise stands where the page says, or is promised to a chapter that is still to come."""

import re

import pytest

from tests.notebook_tools import ROOT
from workbook.author.notebooks import read

NOTEBOOKS = ROOT / "notebooks"
PAGE = (NOTEBOOKS / "README.md").read_text(encoding="utf-8")
ROWS = [line.strip("|").split("|") for line in PAGE.splitlines() if re.match(r"\| (?!what happens|trouble|-)", line)]
PLACE = re.compile(r"\[(\d\d)\]\((\S+\.ipynb)\) (\d+)")
LATER = re.compile(r"chapter (\d\d)")


def test_the_page_lists_thirty_surprises_and_the_twelve_troubles():
    assert len([row for row in ROWS if len(row) == 2]) >= 30
    assert len([row for row in ROWS if len(row) == 3]) == 12


@pytest.mark.parametrize("row", ROWS, ids=[row[0].strip() for row in ROWS])
def test_a_row_names_sections_that_exist_or_chapters_that_do_not_yet(row):
    where = row[-1]
    assert PLACE.search(where) or LATER.search(where)
    for number, name, section in PLACE.findall(where):
        assert name.startswith(number)
        notebook = read(NOTEBOOKS / name)
        headings = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
        assert any(re.search(rf"^## {section}\. ", source, re.MULTILINE) for source in headings), f"{name} {section}"
    for number in LATER.findall(where):
        assert not list(NOTEBOOKS.glob(f"{number}_*.ipynb")), f"chapter {number} is here: name its section"
