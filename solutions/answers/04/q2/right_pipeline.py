def backlog(redis, queue):
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.llen(f"rq:queue:{queue}")
        for name in ("wip", "scheduled", "failed"):
            pipeline.zcard(f"rq:{name}:{queue}")
        numbers = pipeline.execute()
    return dict(zip(("waiting", "running", "later", "failed"), numbers))
