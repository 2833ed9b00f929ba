# says: two values
def by_morning():
    return dict.fromkeys(["ada", "bob", "cleo", "dora", "emil", "fay", "gus", "hal"], "failed")
