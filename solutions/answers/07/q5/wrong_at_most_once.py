# says: Is 0 charges an error to your test?
from uuid import uuid4

FAULTS = ["", "503", "kill before booking", "kill after booking", "lose the answer"]

def test_charge(run):
    for fault in FAULTS:
        order = str(uuid4())
        assert run(order, fault) <= 1
        assert run(order) <= 1
