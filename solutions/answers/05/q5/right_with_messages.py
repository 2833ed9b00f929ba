def test_waits(waits):
    limits = [15, 60, 240, 960]
    drawn = []
    for i in range(500):
        w = waits()
        drawn.append(w)
        assert len(w) == 4, "Expected 4 waits"
        for wait, limit in zip(w, limits):
            assert isinstance(wait, int)
            assert wait >= 1
            assert wait <= limit
    for i in range(4):
        column = [w[i] for w in drawn]
        assert len(set(column)) > 1
        assert max(column) > limits[i] * 0.9
        assert min(column) < limits[i] * 0.1 + 1
