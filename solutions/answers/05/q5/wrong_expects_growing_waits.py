# says: fails now and then
def test_waits(waits):
    one = waits()
    assert one == sorted(one)
