# says: caught 4 of 6; survivor: marks first, and takes
def test_charge(run):
    for number, fault in enumerate(["", "503", "lose the answer"]):
        assert run(f"o{number}", fault) == 1
        assert run(f"o{number}") == 1
