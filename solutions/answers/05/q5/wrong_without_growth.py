# says: caught 5 of 6; survivor: never grows
def test_waits(waits):
    drawn = [waits() for _ in range(1000)]
    assert len({tuple(one) for one in drawn}) > 1
    for one in drawn:
        assert len(one) == 4
        for number, wait in enumerate(one):
            assert 1 <= wait <= 15 * 4**number
