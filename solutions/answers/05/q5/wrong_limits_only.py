# says: caught 3 of 6; survivor: may wait 0 seconds
def test_waits(waits):
    for _ in range(1000):
        one = waits()
        assert len(one) == 4
        for number, wait in enumerate(one):
            assert 0 <= wait <= 15 * 4**number
