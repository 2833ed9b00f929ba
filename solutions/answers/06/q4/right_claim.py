import shop


def receive(queue, order):
    if not queue.connection.set(f"received:{order}", 1, nx=True, ex=86400):
        return False
    queue.enqueue(shop.charge, order, job_id=order)
    return True
