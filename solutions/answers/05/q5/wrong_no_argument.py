# says: it failed, with TypeError
def test_waits():
    from billing import waits

    assert len(waits()) == 4
