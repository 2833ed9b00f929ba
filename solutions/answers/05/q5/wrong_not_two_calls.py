# says: survivor: draws once, for all jobs
def test_waits(waits):
    for _ in range(1000):
        one = waits()
        assert len(one) == 4
        for number, wait in enumerate(one):
            assert 1 <= wait <= 15 * 4**number
