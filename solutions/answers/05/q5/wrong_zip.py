# says: caught 5 of 6; survivor: has a wait too few
def test_waits(waits):
    drawn = [waits() for _ in range(1000)]
    assert len({tuple(one) for one in drawn}) > 1
    for lengths, limit in zip(zip(*drawn), [15, 60, 240, 960]):
        assert 1 <= min(lengths) and limit / 2 < max(lengths) <= limit
