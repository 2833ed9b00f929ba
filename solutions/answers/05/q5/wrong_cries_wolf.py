# says: fails now and then is soon ignored
def test_waits(waits):
    drawn = [waits() for _ in range(10)]
    assert len({one[0] for one in drawn}) == 10
    assert all(len(one) == 4 for one in drawn)
