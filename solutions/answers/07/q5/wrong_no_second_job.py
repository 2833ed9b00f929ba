# says: caught 5 of 6; survivor: takes the job
from uuid import uuid4

FAULTS = ["", "503", "kill before booking", "kill after booking", "lose the answer"]

def test_charge(run):
    for fault in FAULTS:
        assert run(f"order-{uuid4()}", fault) == 1, fault
