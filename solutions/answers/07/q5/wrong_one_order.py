# says: survivor
FAULTS = ["", "503", "kill before booking", "kill after booking", "lose the answer"]

def test_charge(run):
    for fault in FAULTS:
        assert run("order-1", fault) == 1
