"""The web servers of the experiments, and the paced load on them."""

import sys

import httpx
import psutil
import pytest

from workbook.bench import Bench, BenchError, send_paced, wait_until
from workbook.bench.load import Load

API = """
import threading, time
from fastapi import FastAPI
app = FastAPI()
gate = threading.Event()
@app.get("/")
def home():
    return "hello"
@app.post("/slow/{number}")
def slow(number: int):
    gate.wait(20)
@app.post("/open")
async def open_gate():
    gate.set()
@app.post("/even/{number}")
async def even(number: int):
    from fastapi import HTTPException
    if number % 2:
        raise HTTPException(500)
"""


@pytest.fixture(scope="module")
def running_provider():
    bench = Bench("provider")
    yield bench.start_mail_provider()
    bench.close()


@pytest.fixture
def provider(running_provider):
    """The module's provider, up and quick."""
    running_provider.set()
    return running_provider


@pytest.fixture
def booked(provider):
    """What the provider has delivered since the test began."""
    before = len(provider.deliveries)
    return lambda: provider.deliveries[before:]


def send(provider, to):
    return httpx.post(f"{provider.url}/send", params={"to": to}, timeout=30, trust_env=False).status_code


def test_the_provider_books_what_it_delivers_in_order(provider, booked):
    assert booked() == []
    assert [send(provider, to) for to in ("ada", "bob")] == [200, 200]
    assert booked() == ["ada", "bob"]
    assert provider.waiting == 0


def test_a_provider_that_is_down_delivers_nothing_until_it_is_up(provider, booked):
    provider.set(down=True)
    assert send(provider, "ada") == 503
    assert booked() == []
    provider.set()
    assert send(provider, "bob") == 200
    assert booked() == ["bob"]


def test_the_knob_turns_for_those_who_wait_already(provider, booked, in_background):
    provider.set(delay=600)
    ada, bob = in_background(send, provider, "ada"), in_background(send, provider, "bob")
    wait_until(lambda: provider.waiting == 2, 20, "both requests")
    assert booked() == []
    provider.set(down=True)
    assert (ada(), bob()) == (503, 503)
    provider.set(delay=600)
    late = in_background(send, provider, "late")
    wait_until(lambda: provider.waiting == 1, 20, "the request")
    provider.set(delay=0)
    assert late() == 200
    assert booked() == ["late"]


CALLER = "import sys, httpx; httpx.post(sys.argv[1], timeout=600, trust_env=False)"


def test_a_caller_killed_while_waiting_is_not_booked(provider, booked, keeper):
    provider.set(delay=600)
    caller = keeper.spawn(
        [sys.executable, "-c", CALLER, f"{provider.url}/send?to=killed"],
        env={},
        cwd=keeper.folder,
        log=keeper.folder / "caller.log",
    )
    wait_until(lambda: provider.waiting == 1, 20, "the request")
    caller.kill()
    provider.set(delay=0)
    wait_until(lambda: provider.waiting == 0, 20, "the provider to let go")
    assert send(provider, "ada") == 200
    assert booked() == ["ada"]


def test_the_readers_api_is_served_on_loopback_until_it_is_stopped_or_killed(bench):
    bench.modules.save("api", API)
    server = bench.start_api("api:app")
    assert httpx.get(server.url, trust_env=False).json() == "hello"
    [listening] = [
        connection.laddr
        for connection in psutil.Process(server.process.pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening.ip == "127.0.0.1"
    assert repr(server) == "uvicorn api:app: running"
    server.stop()
    assert not server.running
    server = bench.start_api("api:app")
    server.kill()
    assert repr(server) == "uvicorn api:app: ended"
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url, trust_env=False)


FAILING_STARTUP = """
from contextlib import asynccontextmanager
from fastapi import FastAPI
@asynccontextmanager
async def lifespan(app):
    raise RuntimeError("at startup")
    yield
app = FastAPI(lifespan=lifespan)
"""


@pytest.mark.parametrize(
    ("app", "source", "reason"),
    [
        ("missing:app", "", 'Could not import module "missing"'),
        ("noapp:app", "x = 1", 'Attribute "app" not found in module "noapp"'),
        ("raising:app", "raise RuntimeError('at import')", "RuntimeError: at import"),
        ("startup:app", FAILING_STARTUP, "RuntimeError: at startup"),
    ],
)
def test_an_app_that_does_not_start_is_told_with_the_reason(app, source, reason, bench):
    if source:
        (bench.modules.folder / f"{app.partition(':')[0]}.py").write_text(source)
    with pytest.raises(BenchError) as caught:
        bench.start_api(app)
    assert str(caught.value).startswith(f"`uvicorn {app}` ended at once:\n")
    assert reason in str(caught.value)


def test_a_paced_load_counts_every_answer(bench):
    bench.modules.save("api", API)
    server = bench.start_api("api:app")
    load = send_paced(f"{server.url}/even", requests=20, per_second=400)
    assert sorted(load.statuses) == [200] * 10 + [500] * 10
    assert load.statuses == [200, 500] * 10
    assert len(load.seconds) == 20
    assert repr(load) == "20 requests: 10 x HTTP 200, 10 x HTTP 500"
    server.kill()
    assert send_paced(f"{server.url}/even", requests=5, per_second=400).statuses == [0] * 5


def test_requests_leave_on_the_clock_though_none_is_answered(provider, booked, in_background):
    provider.set(delay=600)
    load = in_background(lambda: send_paced(f"{provider.url}/send?to=ada&n=", requests=12, per_second=100))
    wait_until(lambda: provider.waiting == 12, 20, "all requests")
    assert booked() == []
    provider.set(delay=0)
    assert load().statuses == [200] * 12
    assert booked() == ["ada"] * 12


@pytest.mark.parametrize(
    ("seconds", "p95"),
    [(range(1, 101), 95), (range(100, 0, -1), 95), ([1] * 19 + [9], 1), ([1] * 18 + [8, 9], 8), ([5], 5), ([1, 2], 2)],
)
def test_p95_is_the_time_within_which_95_of_100_are_answered(seconds, p95):
    assert Load(list(seconds), []).p95 == p95
