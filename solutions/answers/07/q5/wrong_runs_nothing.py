# says: it never called `run`
def test_charge(run):
    assert callable(run)
