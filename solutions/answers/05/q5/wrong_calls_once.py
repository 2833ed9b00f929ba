# says: a good function
def test_waits(waits):
    first, second, third, fourth = waits()
    assert 1 <= first <= 15 and 1 <= second <= 60 and 1 <= third <= 240 and 1 <= fourth <= 960
    assert first < second < third < fourth
