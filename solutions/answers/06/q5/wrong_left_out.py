# says: nothing about
def by_morning():
    return {"ada": ("failed", 1)}
