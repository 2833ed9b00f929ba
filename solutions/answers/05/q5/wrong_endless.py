# says: Is there a loop that never ends
def test_waits(waits):
    while waits()[0] > 0:
        pass
