"""Lab 06 asks what a night will have done to eight orders. Here RQ lives through that night."""

from collections import Counter
from random import Random

from rq import Retry

from workbook.bench import wait_until
from workbook.box.plain import PlainBox, PlainSlot
from workbook.check.evidence import read_job
from workbook.labs.lab_06.judge_rescue import MORNING, after_a_crash
from workbook.labs.lab_06.stage import Stage

SHOP = """
import os

import httpx

def charge(order):
    way = httpx.HTTPTransport(uds=os.environ["PAYMENTS"], verify=False)
    with httpx.Client(transport=way, base_url="http://payments", timeout=20) as provider:
        provider.post("/charges", json={"order": order}, headers={"Idempotency-Key": order}).raise_for_status()
"""
BOTH = "kill worker and horse after booking"


class TheNight:
    """The eight orders of question 5, each on its way to where 02:11 finds it."""

    def __init__(self, box: PlainBox) -> None:
        self.box = box
        box.put({"shop.py": SHOP})
        box.provider.plan()

    def enqueue(self, name: str, retries: int = 0) -> None:
        """One order."""
        retry = {"retry": Retry(max=retries)} if retries else {}
        self.box.enqueue("shop.charge", name, job_id=name, result_ttl=86400, **retry)

    def dies(self, name: str, fault: str, retries: int = 0) -> None:
        """An order whose run meets a fault."""
        self.enqueue(name, retries)
        self.box.provider.plan(fault)
        self.box.work(kind="fork", portions=3)

    def outlives(self, name: str, retries: int = 0) -> None:
        """An order whose work-horse waits for the provider when its worker is killed."""
        self.enqueue(name, retries)
        self.box.provider.plan("hang")
        worker = self.box.start_worker(kind="fork")
        wait_until(lambda: self.calls[name] == 1, 60, f"the call of {name}")
        worker.kill()

    def taken(self, name: str, retries: int = 0, noted: bool = True) -> None:
        """An order that was taken and not started, by a worker of one queue, or of two."""
        self.enqueue(name, retries)
        self.box.redis.lpop("rq:queue:default")
        if noted:
            self.box.redis.rpush("rq:queue:default:intermediate", name)

    @property
    def calls(self) -> Counter[str]:
        """How often the book has each order."""
        return Counter(call.order for call in self.box.provider.calls)

    @property
    def statuses(self) -> dict[str, str]:
        """The status of each order."""
        return {name: read_job(self.box.redis, name).status for name in MORNING}


def test_the_morning_is_what_the_lab_says():
    slot = PlainSlot()
    try:
        box = slot.renew(0)
        night = TheNight(box)
        night.dies("ada", "kill after booking")
        night.dies("bob", BOTH, retries=1)
        night.dies("cleo", BOTH)
        night.outlives("dora", retries=1)
        night.outlives("emil")
        night.taken("fay")
        night.taken("gus", retries=2)
        night.taken("hal", retries=3, noted=False)
        assert night.statuses == dict(
            ada="failed", bob="started", cleo="started", dora="started", emil="started",
            fay="queued", gus="queued", hal="queued",
        )  # fmt: skip
        assert night.calls == Counter(["ada", "bob", "cleo", "dora", "emil"])
        box.advance(540)  # 02:20
        box.work(kind="fork", portions=3)
        assert night.statuses["emil"] == "failed"
        box.provider.release()  # 02:25
        wait_until(lambda: night.statuses["emil"] == "finished", 60, "the end of Emil's first run")
        box.advance(600)  # 02:30
        box.work(kind="fork", portions=3)
        assert {name: (status, night.calls[name]) for name, status in night.statuses.items()} == dict(MORNING)
    finally:
        slot.close()


def test_a_scene_has_what_must_and_what_must_not_be_rescued():
    slot = PlainSlot()
    try:
        box = slot.renew(6)
        box.put({"shop.py": SHOP})
        night = after_a_crash(Stage(box, Random(6)))
        statuses = {id: read_job(box.redis, id).status for id in (*night.dead, night.alive)}
        assert set(statuses.values()) == {"started"}
        assert read_job(box.redis, night.spent).retries_left == 0
        assert read_job(box.redis, night.failed).status == "failed"
    finally:
        slot.close()
