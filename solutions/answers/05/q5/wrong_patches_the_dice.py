# says: not how one function does it
from unittest.mock import patch


def test_waits(waits):
    with patch("random.randint", side_effect=lambda a, b: b):
        assert waits() == [15, 60, 240, 960]
    with patch("random.randint", side_effect=lambda a, b: a):
        assert waits() == [1, 1, 1, 1]
