import unittest


def test_waits(waits):
    test = unittest.TestCase()
    lists = [waits() for _ in range(1000)]
    test.assertGreater(len({repr(one) for one in lists}), 10)
    for one in lists:
        test.assertEqual([True] * 4, [0 < wait <= 15 * 4**n for n, wait in enumerate(one)])
    test.assertGreater(max(one[1] for one in lists), 15)
    test.assertGreater(max(one[3] for one in lists), 240)
