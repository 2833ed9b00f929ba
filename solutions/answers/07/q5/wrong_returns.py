# says: what `run` returns?
def test_charge(run):
    return run("a", "503") == 1 and run("b", "kill after booking") == 1
