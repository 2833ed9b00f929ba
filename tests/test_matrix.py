"""The crash matrix: what it says of each cell and row, as text and as a figure; in grey, too."""

from __future__ import annotations

import io

import matplotlib as mpl
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from tests.notebook_tools import client_for, code_of, notebook_of, session_environment
from workbook.view import crash_matrix
from workbook.view.matrix import mark_of

mpl.use("agg")

FAULTS = ["no fault", "one 503"]
ROWS = {
    "just call": [(1, "finished"), (2, "finished")],
    "mark first": [(1, "finished"), (0, "finished")],
    "ask someone": [(1, "finished"), (1, "failed")],
    "neither": [(0, "failed"), (3, "finished")],
}


@pytest.fixture
def matrix():
    return crash_matrix(ROWS, FAULTS, title="One way is right")


def test_as_text_it_is_a_table_with_a_verdict_a_row(matrix):
    assert repr(matrix).splitlines() == [
        "One way is right",
        "way          no fault        one 503    in short",
        "-----------  --------------  ---------  -----------------",
        "just call    1               2 doubled  doubles",
        "mark first   1               0 lost     loses",
        "ask someone  1               1, failed  once",
        "neither      0 lost, failed  3 doubled  loses and doubles",
    ]


def test_the_verdicts_can_be_asserted(matrix):
    assert list(matrix.verdicts.values()) == ["doubles", "loses", "once", "loses and doubles"]


def test_the_figure_says_every_number_with_a_mark_and_a_word(matrix):
    texts = [text.get_text() for text in matrix.figure().axes[0].texts]
    assert texts[:4] == ["✓ 1", "✗✗ 2", "doubled", "doubles"]
    assert texts[4:8] == ["✓ 1", "✗ 0", "lost", "loses"]
    assert texts[8:12] == ["✓ 1", "✓ 1", "failed", "once"]


def test_the_three_fills_differ_in_grey():
    grey = [
        sum(share * part for share, part in zip((0.3, 0.59, 0.11), to_rgb(mark_of(n)[2]), strict=True))
        for n in (0, 2, 1)
    ]
    assert grey[1] - grey[0] > 0.2
    assert grey[2] - grey[1] > 0.2


def test_words_can_be_read_on_their_fills():
    def light(color):
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for effects in (0, 1, 2):
        _, _, fill, text = mark_of(effects)
        dark, pale = sorted((light(fill), light(text)))
        assert (pale + 0.05) / (dark + 0.05) >= 4.5


def test_it_is_drawn_as_large_as_asked(matrix):
    size = imread(io.BytesIO(matrix._repr_png_())).shape
    matrix.figure(dpi=200).savefig(file := io.BytesIO(), format="png", dpi=200)
    file.seek(0)
    assert size[1] < imread(file).shape[1]


def test_the_readers_own_settings_stay_as_they_are(matrix):
    before = dict(mpl.rcParams)
    matrix._repr_png_()
    assert dict(mpl.rcParams) == before


def test_a_row_that_does_not_fit_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"^The row 'short' has 1 cells for 2 faults\.$"):
        crash_matrix({"short": [(1, "finished")]}, FAULTS, title="")


def test_a_matrix_without_rows_is_drawn():
    assert crash_matrix({}, FAULTS, title="nothing yet")._repr_png_().startswith(b"\x89PNG")


def test_a_cell_that_returns_a_matrix_shows_one_figure_and_its_text(tmp_path):
    notebook = notebook_of(
        "from workbook.view import crash_matrix\ncrash_matrix({'a': [(1, 'finished')]}, ['none'], title='t')"
    )
    client_for(notebook, tmp_path).execute(env=session_environment(tmp_path))
    [output] = code_of(notebook)[0].outputs
    assert set(output.data) == {"image/png", "text/plain"}
    assert output.data["text/plain"].startswith("t\n")
