"""Bytes from Redis."""

from __future__ import annotations

import pytest

from workbook.raw import raw


def test_bytes_are_given_as_they_are_and_nothing_is_empty():
    assert (raw(b"\xff"), raw(None)) == (b"\xff", b"")


def test_a_client_that_decodes_is_refused():
    with pytest.raises(TypeError, match="decodes"):
        raw("")
