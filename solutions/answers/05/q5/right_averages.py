from statistics import mean


def test_waits(waits):
    columns = list(zip(*[waits() for _ in range(2000)], strict=True))
    for column, limit in zip(columns, [15 * 4**n for n in range(4)], strict=True):
        if not all(1 <= wait <= limit for wait in column):
            raise AssertionError("out of range")
        if not 0.4 < mean(column) / limit < 0.6:
            raise AssertionError("not equally likely")
        if len(set(column)) == 1:
            raise AssertionError("no dice")
