# says: caught 2 of 6
def test_waits(waits):
    a = waits()
    b = waits()
    assert a != b
    assert len(a) == 4
