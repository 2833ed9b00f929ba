LIMITS = (15, 60, 240, 960)


def test_waits(waits):
    shortest, longest, all_lists = [10**9] * 4, [0] * 4, set()
    for _ in range(3000):
        one = waits()
        assert isinstance(one, list) and len(one) == 4, one
        for place, wait in enumerate(one):
            assert type(wait) is int
            shortest[place] = min(shortest[place], wait)
            longest[place] = max(longest[place], wait)
        all_lists.add(tuple(one))
    for place, limit in enumerate(LIMITS):
        assert shortest[place] > 0, f"wait {place} was {shortest[place]}"
        assert longest[place] <= limit, f"wait {place} was {longest[place]}"
    assert longest[3] > longest[2] > longest[1] > longest[0]
    assert len(all_lists) > 100
