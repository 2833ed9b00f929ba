# says: survivor: has the longest wait first
def test_waits(waits):
    drawn = [waits() for _ in range(1000)]
    assert len({tuple(one) for one in drawn}) > 1
    for one in drawn:
        assert len(one) == 4
        assert all(1 <= wait <= 960 for wait in one)
    assert max(map(max, drawn)) > 480
