# says: A test speaks by raising
def test_waits(waits):
    one = waits()
    return len(one) == 4 and all(1 <= wait <= 15 * 4**number for number, wait in enumerate(one))
