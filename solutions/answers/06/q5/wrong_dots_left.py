# says: has dots in it
def by_morning():
    return {
        "ada": ("failed", 1),
        "bob": ("finished", 2),
        "cleo": (..., ...),
        "dora": ("finished", 2),
        "emil": ("finished", 1),
        "fay": ("failed", 0),
        "gus": ("finished", 1),
        "hal": ("queued", 0),
    }
