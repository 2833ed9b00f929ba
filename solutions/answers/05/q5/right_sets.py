def test_waits(waits):
    drawn = [waits() for _ in range(1000)]
    firsts = set(d[0] for d in drawn)
    assert firsts == set(range(1, 16))
    assert set(len(d) for d in drawn) == {4}
    assert max(d[3] for d in drawn) in range(900, 961)
