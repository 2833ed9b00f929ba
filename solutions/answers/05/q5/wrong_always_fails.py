# says: it failed, with AssertionError
def test_waits(waits):
    drawn = [waits() for _ in range(100)]
    assert drawn[0] == [15, 60, 240, 960], drawn[0]
