import random


def test_charge(run):
    problems = []
    for number, fault in enumerate(["503", "kill before booking", "kill after booking", "lose the answer", ""]):
        order = f"Ada-{number}-{random.random()}"
        run(order, fault)
        run(order)
        times = run(order)
        if times != 1:
            problems.append((fault, times))
    assert not problems, problems
