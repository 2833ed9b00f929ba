"""A second slot, built quite otherwise than the one that is shipped: no warm parent, a new server for each box, and a
Python of its own for each call. Slow, and enough to see that judges and engine know nothing of how a box is made."""

from __future__ import annotations

import json
import random
import secrets
import signal
import sys
import sysconfig
from dataclasses import asdict
from pathlib import Path

from redis import Redis
from rq import Queue

from workbook.bench import clock
from workbook.bench.rq_command import child_environment
from workbook.bench.server import PrivateServer
from workbook.bench.world.payment import PaymentProvider
from workbook.box.box import Exit, Given, Incident, Limits, Raised
from workbook.box.laying import lay_inside
from workbook.errors import BenchTimeout
from workbook.keeper.keeper import Keeper
from workbook.wait import wait_until

PROGRAM = """
import json, sys
order = json.loads(sys.argv[1])
sys.path[:0] = [order["files"], order["home"]]
sys.path += order["packages"]
from inside.calls import call, describe
from inside.workers import work
from inside.zygote import fix_dice, set_limits
fix_dice(order["seed"])
set_limits()
try:
    reply = {"call": call, "work": work}[order["op"]](order)
except BaseException as error:
    reply = {"raised": describe(error, order["files"])}
sys.stdout.flush()
open(order["reply"], "w").write(json.dumps(reply))
"""
SECONDS = 60.0


class ColdSlot:
    """See `box.Slot`."""

    def __init__(self):
        self.box = None

    def renew(self, seed):
        self.close()
        self.box = ColdBox(seed)
        return self.box

    def incident(self):
        return None if self.box.server.running or self.box.frozen else Incident("the server", "was ended")

    def replace(self):
        self.close()

    def close(self):
        if self.box:
            self.box.keeper.close()
            self.box = None


class ColdBox:
    """See `box.Box`."""

    def __init__(self, seed):
        self.keeper = Keeper()
        self.server = PrivateServer(self.keeper)
        self.redis = Redis.from_url(self.server.url, socket_timeout=10)
        self.home, self.files = self.keeper.new_folder("box"), self.keeper.new_folder("files")
        lay_inside(self.home)
        self.provider = PaymentProvider(self.keeper, self.server.url, self.home)
        self.dice, self.children, self.frozen = random.Random(seed), [], False

    def put(self, files):
        for name, text in files.items():
            (self.files / name).write_text(text)

    def enqueue(self, function, *args, queue="default", job_id=None, **options):
        return Queue(queue, connection=self.redis).enqueue_call(function, args=args, job_id=job_id, **options).id

    def call(self, function, *args, portions=1, **kwargs):
        return self.start_call(function, *args, **kwargs).wait(portions=portions)

    def start_call(self, function, *args, **kwargs):
        given = [{"$given": [each.kind, each.name]} if isinstance(each, Given) else each for each in args]
        return self._start(op="call", function=function, args=given, kwargs=kwargs)

    def start_worker(self, queues=("default",), kind="simple", scheduler=False, burst=True):
        name = secrets.token_hex(4)
        return self._start(op="work", queues=list(queues), kind=kind, scheduler=scheduler, burst=burst, name=name)

    def work(self, queues=("default",), kind="simple", scheduler=False, portions=1):
        return self.start_worker(queues, kind, scheduler).wait(portions=portions)

    def kill_server(self):
        self.redis.execute_command("WAITAOF", 1, 0, 1000)
        self.server.kill()
        self.server.start()

    def advance(self, seconds, promote=True):
        clock.advance(self.redis, seconds, [child.name for child in self.children if not child.ended])
        return clock.promote(self.redis) if promote else []

    def freeze(self):
        for child in self.children:
            child.kill()
        self.redis.config_set("requirepass", secrets.token_urlsafe())
        self.redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        self.frozen = True

    def _start(self, **order):
        order |= {"files": str(self.files), "home": str(self.home), "seed": self.dice.randrange(1 << 62)}
        order |= {"packages": [sysconfig.get_path("purelib")]}
        self.children.append(ColdChild(self, len(self.children), order))
        return self.children[-1]


class ColdChild:
    """See `box.Child`."""

    def __init__(self, box, number, order):
        self.name = order.get("name", "")
        self.reply = box.home / f"{number}.json"
        environment = child_environment(box.server.url, box.home)
        environment |= {"REDIS_URL": box.server.url, "PAYMENTS": box.provider.socket, "PYTHONHASHSEED": "0"}
        environment["BOX_LIMITS"] = json.dumps(asdict(Limits()))
        command = [sys.executable, "-S", "-s", "-c", PROGRAM, json.dumps(order | {"reply": str(self.reply)})]
        self.process = box.keeper.spawn(command, env=environment, cwd=box.files, log=box.home / f"{number}.log")

    @property
    def ended(self):
        return self.process.returncode is not None

    def wait(self, until=None, portions=1):
        try:
            wait_until(lambda: self.ended or (until and until()), 6 if until is None else SECONDS)
        except BenchTimeout:
            self.kill()
            return Exit("timeout", self.process.log)
        if not self.ended:
            return Exit("finished", self.process.log)
        code = self.process.returncode
        if code or not Path(self.reply).exists():
            return Exit("died", self.process.log, code=code)
        reply = json.loads(self.reply.read_text())
        raised = Raised(**reply["raised"]) if "raised" in reply else None
        how = "memory" if raised and raised.type == "MemoryError" else "finished"
        return Exit(how, self.process.log, reply.get("value"), reply.get("type", "NoneType"), raised, code)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
