# says: caught 0 of 6
FAULTS = ["", "503", "kill before booking", "kill after booking", "lose the answer"]

def test_charge(run):
    for fault in FAULTS:
        print(fault, run("order" + fault, fault))
