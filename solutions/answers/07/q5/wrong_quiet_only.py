# says: survivor: marks the order, then calls
def test_charge(run):
    assert run("order-1") == 1
    assert run("order-2") == 1
