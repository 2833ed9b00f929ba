def once(run, order, fault=""):
    times = run(order, fault)
    if times != 1:
        raise AssertionError(f"{order} under {fault!r}: {times} charges")

def test_charge(run):
    for fault in ("", "503", "lose the answer", "kill before booking", "kill after booking"):
        once(run, "order-" + fault, fault)
    once(run, "order-")
