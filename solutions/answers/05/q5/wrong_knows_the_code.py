# says: not how one function does it
import random


def test_waits(waits):
    random.seed(1)
    expected = [random.randint(1, 15 * 4**number) for number in range(4)]
    random.seed(1)
    assert waits() == expected
