# says: caught 5 of 6; survivor: draws once, for all jobs
import statistics


def test_waits(waits):
    a = [waits() for _ in range(100)]
    means = [statistics.mean(x) for x in zip(*a)]
    assert means == sorted(means)
    assert all(1 <= v <= top for x in a for v, top in zip(x, [15, 60, 240, 960], strict=True))
