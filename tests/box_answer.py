"""An answer that does what answers do, and worse: laid into the boxes of the tests, never imported here."""

import os
import random
import signal
import sys
import time

from rq import Retry


def add(a, b):
    return a + b


def everything():
    return {"tuple": (1, "a"), "bytes": b"x", "set": {2, 1}, "object": Retry(max=1), "flag": True}


def later(queue, number):
    return queue.enqueue(add, number, 1, retry=Retry(max=2, interval=[20, 10])).id


def status(job):
    return job.get_status()


def apply(function, value):
    return function(value, value)


def fails():
    print("before")
    raise ValueError("no")


def hangs():
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass


def leaves(code=0):
    os._exit(code)


def exits():
    sys.exit("bye")


def floods():
    while True:
        print("x" * 100_000)


def floods_and_swallows():
    while True:
        try:
            print("x" * 100_000)
        except BaseException:
            pass


def grows():
    return len(bytearray(4 << 30))


def asks():
    return input("number? ")


def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)


def kills_its_parent():
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def kills_the_server(redis):
    os.kill(int(redis.info("server")["process_id"]), signal.SIGKILL)


def blocks_the_server(redis):
    redis.eval("while true do end", 0)


def empties(redis):
    redis.flushall()


def stops(redis):
    redis.shutdown()


def leaves_a_daemon(marker):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open(f"{marker}.new", "w") as file:
                file.write(str(os.getpid()))
            os.rename(f"{marker}.new", marker)
            time.sleep(600)
        os._exit(0)
    while not os.path.exists(marker):
        time.sleep(0.001)
    return True


def luck():
    return random.random()


def process():
    return os.getpid()
