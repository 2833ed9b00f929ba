# says: it failed, with AssertionError: not equally likely
def test_waits(waits):
    results = [waits() for _ in range(1000)]
    for i, limit in enumerate([15, 60, 240, 960]):
        values = {r[i] for r in results}
        assert min(values) >= 1
        assert max(values) <= limit
        assert len(values) > limit * 0.9, "not equally likely"
    assert all(len(r) == 4 for r in results)
