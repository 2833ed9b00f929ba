# says: survivor: sends again
def test_charge(run):
    for number, fault in enumerate(["", "503", "kill after booking", "kill before booking"]):
        assert run(f"o{number}", fault) == 1
        assert run(f"o{number}") == 1
