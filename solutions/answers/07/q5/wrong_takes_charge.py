# says: That is an error in the test
def test_charge(charge, order):
    assert charge(order) == 1
