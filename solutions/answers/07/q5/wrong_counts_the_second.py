# says: How often the job called
def test_charge(run):
    assert run("a", "lose the answer") == 1
    assert run("a") == 2
