# says: there is no fault '500'
def test_charge(run):
    assert run("a", "500") == 1
