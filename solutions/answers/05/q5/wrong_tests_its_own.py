# says: Does it call the function that it was given
import billing


def test_waits(waits):
    for _ in range(1000):
        assert all(1 <= wait <= 15 * 4**number for number, wait in enumerate(billing.waits()))
