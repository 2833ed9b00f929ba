def test_charge(run):
    faults = {"a": "503", "b": "kill before booking", "c": "kill after booking", "d": "lose the answer"}
    for order, fault in faults.items():
        assert run(order, fault) == 1
    for order in faults:
        assert run(order) == 1
