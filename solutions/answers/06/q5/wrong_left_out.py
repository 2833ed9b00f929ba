# says: A report that leaves out an order
def by_morning():
    return {"ada": ("failed", 1)}
