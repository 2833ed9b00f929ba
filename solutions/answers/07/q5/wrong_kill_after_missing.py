# says: survivor: calls with a new key
def test_charge(run):
    for number, fault in enumerate(["", "503", "lose the answer", "kill before booking"]):
        assert run(f"o{number}", fault) == 1
        assert run(f"o{number}") == 1
