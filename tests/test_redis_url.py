"""REDIS_URL: the reader's own server is used only when it is free, and left as it was."""

import contextlib
import socket
import ssl
import subprocess
import threading
import time

import psutil
import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from workbook import doctor
from workbook.bench import Bench, BenchError, BenchTimeout, lease, wait_until
from workbook.bench.binary import server_version
from workbook.bench.server import PrivateServer, free_port

MARK = "workbook:owner"
QUICKLY = 2.5  # seconds; the promise is one, redis-py's own retries would take three to five


@pytest.fixture
def own(users_server):
    """A client of the reader, on database 0 of the reader's server."""
    with Redis.from_url(users_server.url) as client:
        yield client


@pytest.fixture
def redis_url(users_server, monkeypatch):
    """REDIS_URL points at database 0 of the reader's server."""
    monkeypatch.setenv("REDIS_URL", users_server.url)
    return users_server.url


def password_of(url):
    return url.split("@")[0].rpartition(":")[2]


def refusal():
    """What opening a bench says; it has to say it quickly, and must start nothing."""
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    began = time.monotonic()
    with pytest.raises(BenchError) as caught:
        Bench("refused")
    assert time.monotonic() - began < QUICKLY
    assert {process.pid for process in psutil.Process().children(recursive=True)} == before
    return str(caught.value)


# --- a server that cannot be used -----------------------------------------------------------------------------------


def test_a_server_that_is_not_there_is_told_and_no_other_is_started(monkeypatch):
    port = free_port()
    monkeypatch.setenv("REDIS_URL", f"redis://:s3cret@127.0.0.1:{port}/3")
    told = refusal()
    assert told.startswith(f"No server answers at 127.0.0.1:{port}/3 (REDIS_URL): ")
    assert told.endswith("Connection refused; start it or unset REDIS_URL to use a private one.")
    assert "s3cret" not in told


def test_a_server_that_never_answers_is_told(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{port}")
        assert refusal().startswith(f"No server answers at 127.0.0.1:{port}/0 (REDIS_URL): ")


def test_a_socket_file_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "unix://:s3cret@/no/such/redis.sock?db=1")
    told = refusal()
    assert told.startswith("No server answers at /no/such/redis.sock (REDIS_URL): ")
    assert "s3cret" not in told


@pytest.mark.parametrize("password", ["wr0ng", ""])
def test_a_wrong_or_missing_password_is_told_after_one_attempt(password, users_server, own, monkeypatch):
    where = users_server.url.partition("@")[2]
    monkeypatch.setenv("REDIS_URL", f"redis://:{password}@{where}")
    before = own.info("stats")["total_connections_received"]
    told = refusal()
    assert told == f"The server at {where} refused the user or password in REDIS_URL; correct it or unset it."
    assert own.info("stats")["total_connections_received"] - before == 1
    assert own.dbsize() == 0


@pytest.mark.parametrize(
    "url",
    [
        "s3cret",
        "localhost:6379",
        "http://:s3cret@127.0.0.1:6379",
        "redis://:s3cret",
        "redis://:s3cret@127.0.0.1:port",
        "redis://:s3cret@127.0.0.1:99999",
        "redis://[::1",
        "redis://:s3cret@127.0.0.1/0?db=s3cret",
        "redis://:s3cret@127.0.0.1/0?s3cret=1",
    ],
)
def test_an_address_that_is_none_is_told_without_its_password(url, monkeypatch):
    monkeypatch.setenv("REDIS_URL", url)
    assert refusal() == "REDIS_URL is not a Redis address; one looks like redis://:password@host:6379/0."


@pytest.mark.parametrize("password", ["p@s3/cret", "1234/s3cret", "p@s3?x=cret", "p@s3#cret", "1234?s3cret"])
@pytest.mark.parametrize("user", ["", "ada"])
def test_a_password_with_a_character_that_ends_it_is_told_and_neither_looked_up_nor_shown(user, password, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("a part of the password was looked up"))
    monkeypatch.setenv("REDIS_URL", f"redis://{user}:{password}@127.0.0.1:6379/0")
    assert refusal() == (
        "The password in REDIS_URL holds a character that ends it; write @ as %40, / as %2F, ? as %3F and # as %23."
    )


def test_a_password_with_an_at_sign_alone_or_quoted_works(users_server, own, monkeypatch):
    own.execute_command("ACL", "SETUSER", "ada", "ON", ">p@s3/cret", ">p@s3cret", "~*", "&*", "+@all")
    where = users_server.url.partition("@")[2]
    for password in ("p%40s3%2Fcret", "p@s3cret"):
        monkeypatch.setenv("REDIS_URL", f"redis://ada:{password}@{where}")
        Bench("quoted").close()


def test_a_host_whose_name_nobody_answers_for_is_told_quickly(monkeypatch):
    looked_up = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: looked_up.wait(11) and [])
    monkeypatch.setenv("REDIS_URL", "redis://:s3cret@redis:6379/0")
    told = refusal()
    looked_up.set()
    assert told == (
        "No server answers at redis:6379/0 (REDIS_URL): the name redis was not found within 0.9 s; "
        "start it or unset REDIS_URL to use a private one."
    )


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that only its own signature vouches for, and its key."""
    made, key = tmp_path / "own.crt", tmp_path / "own.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    subprocess.run(
        [*command, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", made],
        check=True, capture_output=True,
    )  # fmt: skip
    return made, key


def test_a_certificate_that_is_not_trusted_is_told_with_what_to_add(certificate, in_background, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def shake_hands(listener):
        with contextlib.suppress(OSError), listener.accept()[0] as plain, context.wrap_socket(plain, server_side=True):
            pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        in_background(shake_hands, listener)
        where = f"127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("REDIS_URL", f"rediss://:s3cret@{where}")
        told = refusal()
    assert told == (
        f"The certificate of the server at {where}/0 is not trusted (self-signed certificate); "
        "add ?ssl_ca_certs=/path/to/ca.crt to REDIS_URL, with the certificate that signed it."
    )


def test_a_server_without_tls_is_told(users_server, monkeypatch):
    where = users_server.url.partition("@")[2]
    monkeypatch.setenv("REDIS_URL", users_server.url.replace("redis:", "rediss:"))
    told = refusal()
    assert told.startswith(f"No server answers by TLS at {where} (REDIS_URL): ")
    assert "; start it with TLS, or write redis:// for one without, or unset REDIS_URL" in told


def test_a_server_of_another_kind_is_told(in_background, monkeypatch):
    def serve_a_web_page(listener):
        with listener.accept()[0] as connection:
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        in_background(serve_a_web_page, listener)
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{listener.getsockname()[1]}")
        assert refusal().startswith("No server answers at ")


def test_a_database_number_that_does_not_exist_is_told(users_server, monkeypatch):
    monkeypatch.setenv("REDIS_URL", users_server.url.replace("/0", "/99"))
    told = refusal()
    assert "refused to serve us" in told
    assert password_of(users_server.url) not in told


def test_a_user_without_the_rights_is_told(users_server, own, monkeypatch):
    own.acl_setuser("reader", enabled=True, passwords=["+s3cret"], categories=["+@read", "+@connection"], keys=["*"])
    where = users_server.url.partition("@")[2]
    monkeypatch.setenv("REDIS_URL", f"redis://reader:s3cret@{where}")
    told = refusal()
    assert told.startswith(f"The database at {where} (REDIS_URL) cannot be used: ")
    assert "s3cret" not in told


@pytest.mark.parametrize("missing", ["MONITOR", "INFO", "EVAL", "KEYS", "PUBLISH"])
def test_a_user_without_one_right_is_told_its_name(missing, users_server, own, monkeypatch):
    rights = ["ON", ">s3cret", "~*", "&*", "+@all", f"-{missing}"]
    own.execute_command("ACL", "SETUSER", "reader", *rights)
    where = users_server.url.partition("@")[2]
    monkeypatch.setenv("REDIS_URL", f"redis://reader:s3cret@{where}")
    told = refusal()
    assert f"its user 'reader' may not call {missing} on the keys and channels of RQ; give the course a user" in told
    assert own.dbsize() == 0
    if missing == "INFO":
        assert doctor.find_redis() == doctor.Finding("Redis server", "not working", told, "everything", required=True)


def test_a_user_with_other_keys_and_channels_only_is_told(users_server, own, monkeypatch):
    own.execute_command("ACL", "SETUSER", "reader", "ON", ">s3cret", "~mine:*", "&mine:*", "+@all")
    where = users_server.url.partition("@")[2]
    monkeypatch.setenv("REDIS_URL", f"redis://reader:s3cret@{where}")
    assert "may not call MULTI, UNLINK, LMOVE, PUBLISH on the keys and channels of RQ;" in refusal()


def test_a_server_in_cluster_mode_is_told(keeper, users_server, monkeypatch):
    port, folder = free_port(), keeper.new_folder("cluster")
    settings = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--cluster-enabled", "yes")
    settings += ("--cluster-port", str(free_port()))  # 10000 more than the port, by default, which may be too many
    keeper.spawn([users_server.found.path, *settings], env={}, cwd=folder, log=folder / "log")
    url = f"redis://127.0.0.1:{port}/0"
    with Redis.from_url(url) as client:
        wait_until(lambda: answers(client), 20, "the server")
        monkeypatch.setenv("REDIS_URL", url)
        told = refusal()
        assert told == (
            f"The database at 127.0.0.1:{port}/0 (REDIS_URL) cannot be used: the server is in cluster mode, which RQ "
            "cannot use; choose a server with `cluster-enabled no`, or unset REDIS_URL."
        )
        assert doctor.find_redis().found_or_to_do == told
        assert client.info("commandstats").keys().isdisjoint({"cmdstat_eval", "cmdstat_hset"})


def test_a_replica_that_takes_no_writes_is_told(keeper, monkeypatch):
    replica = PrivateServer(keeper, "replica")
    with Redis.from_url(replica.url) as client:
        client.replicaof("127.0.0.1", str(free_port()))
    monkeypatch.setenv("REDIS_URL", replica.url)
    where = replica.url.partition("@")[2]
    assert refusal() == (
        f"The database at {where} (REDIS_URL) cannot be used: You can't write against a read only replica; "
        "choose another server, or unset REDIS_URL."
    )


def answers(client):
    with contextlib.suppress(RedisError):
        return client.ping()


# --- foreign keys ---------------------------------------------------------------------------------------------------


def snapshot(client):
    return {key: (client.dump(key), client.pexpiretime(key)) for key in client.scan_iter()}


def test_a_database_with_foreign_keys_is_refused_and_left_as_it_was(redis_url, own):
    own.hset("user:1", mapping={"name": "ada"})
    own.rpush("rq:queue:default", "somebody's job")  # a reader's own RQ: not ours to remove, whatever its name
    own.set("session", "x", ex=3600)
    before = snapshot(own)
    told = refusal()
    assert told.startswith(f"The database at {redis_url.partition('@')[2]} (REDIS_URL) holds keys of another program, ")
    assert any(key in told for key in ("'user:1'", "'rq:queue:default'", "'session'"))
    assert told.endswith("; choose an empty database, or unset REDIS_URL.")
    assert password_of(redis_url) not in told
    assert snapshot(own) == before


def test_foreign_keys_in_another_database_of_the_server_do_not_matter(users_server, own, monkeypatch):
    own.set("user:1", "ada")
    before = snapshot(own)
    monkeypatch.setenv("REDIS_URL", users_server.url.replace("/0", "/1"))
    bench = Bench("one")
    bench.redis.set("rq:x", 1)
    assert own.select(1)
    assert set(own.keys()) == {MARK.encode(), b"rq:x"}
    bench.close()
    assert own.dbsize() == 0
    own.select(0)
    assert snapshot(own) == before


# --- whose database it is -------------------------------------------------------------------------------------------


def test_a_free_database_is_marked_and_used_and_given_back(redis_url, own):
    bench = Bench("mine")
    assert bench.url == redis_url
    assert bench.server is None
    assert bench.server_version == f"{server_version(bench.found)}, from REDIS_URL"
    assert own.ttl(MARK) == -1
    assert 25 <= float(own.hget(MARK, "until")) - own.time()[0] <= 30
    bench.modules.save("borrowed", "def answer():\n    return 42\n")
    job = Queue(connection=bench.redis).enqueue("borrowed.answer")
    assert bench.rq("worker --burst").returncode == 0
    assert job.return_value() == 42
    assert own.exists("rq:queues")
    bench.close()
    assert own.keys() == []


def test_a_private_server_is_private_under_a_redis_url_too(redis_url, own):
    bench = Bench("crash")
    private = bench.private_server("crash")
    assert private.url != redis_url
    private.kill()
    assert own.ping()
    bench.close()


def test_a_live_lease_of_another_is_respected(redis_url, own, monkeypatch):
    monkeypatch.setattr(lease, "WAIT_FOR_OTHER_SECONDS", 0.1)
    first = Bench("first")
    first.redis.set("rq:mine", 1)
    told = refusal()
    assert told.startswith(f"Another notebook is using the database at {redis_url.partition('@')[2]} (REDIS_URL); ")
    assert own.get("rq:mine") == b"1"
    first.close()
    second = Bench("second")
    second.close()


def test_a_lease_that_is_just_being_given_back_is_waited_for(redis_url, in_background):
    first = Bench("first")
    second = in_background(Bench, "second")
    first.close()
    second().close()


def test_an_expired_lease_is_taken_over_and_its_leftovers_removed(redis_url, own):
    own.hset(MARK, mapping={"owner": "gone", "until": own.time()[0] - 1, "prefixes": "rq:\nbull:\nmail:"})
    for key in ("rq:queue:default", "rq:queues", "bull:habits:1", "mail:ada", "user:1", "xrq:1", "rq"):
        own.set(key, 1)
    bench = Bench("heir")
    assert own.hget(MARK, "owner") != b"gone"
    assert set(own.keys()) == {MARK.encode(), b"user:1", b"xrq:1", b"rq"}
    bench.close()
    assert set(own.keys()) == {b"user:1", b"xrq:1", b"rq"}


def test_the_end_removes_what_is_ours_and_nothing_else_and_the_mark_last(redis_url, own):
    bench = Bench("tidy")
    bench.own_keys("mail:")
    bench.own_keys("odd[*]?:")
    ours = {"rq:a", "rq:b", "bull:c", "mail:d", "odd[*]?:e", *(f"rq:many:{number}" for number in range(1200))}
    others = {"user:1", "mailbox", "odd*:e", "xbull:c", "Rq:a"}
    bench.redis.mset(dict.fromkeys(ours | others, "x"))
    with own.monitor() as monitor:
        bench.close()
        own.echo("the end")
        removed = []
        for command in monitor.listen():
            words = command["command"].split()
            assert words[0] not in ("FLUSHDB", "FLUSHALL", "DEL")
            if words[0] == "UNLINK":
                removed += words[1:]
            if words[0] == "ECHO":
                break
    assert removed.count(MARK) == 1
    assert removed[-1] == MARK
    assert set(removed[:-1]) == ours
    assert set(map(bytes.decode, own.keys())) == others


def test_the_lease_is_renewed_whatever_is_set_in_the_readers_shell(redis_url, own, monkeypatch):
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    monkeypatch.setenv("PYTHONPATH", "/no/such/folder")
    bench = Bench("long")
    soon = own.time()[0] + 2
    own.hset(MARK, "until", soon)
    wait_until(lambda: float(own.hget(MARK, "until")) > soon + 10, 20, "the renewal")
    bench.close()


def test_a_database_with_another_owner_by_now_is_left_alone(redis_url, own):
    bench = Bench("overslept")
    own.hset(MARK, "owner", "another")
    own.set("rq:another's", 1)
    bench.close()
    assert set(own.keys()) == {MARK.encode(), b"rq:another's"}


def test_a_bench_that_fails_to_open_gives_the_database_back(redis_url, own, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    assert refusal().startswith("The scratch folder ")
    assert own.keys() == []


# --- sudden ends ----------------------------------------------------------------------------------------------------

BUSY = """
    import sys
    from rq import Queue
    from workbook.bench import open_bench, wait_until
    bench = open_bench("busy")
    bench.modules.save("busy", "import os, redis\\ndef job():\\n"
        "    client = redis.Redis.from_url(os.environ['RQ_REDIS_URL'])\\n"
        "    while True:\\n        client.set('rq:busy', 1)\\n")
    bench.start_rq("worker --with-scheduler")
    Queue(connection=bench.redis).enqueue("busy.job")
    wait_until(lambda: bench.redis.exists("rq:busy"), 20, "the job")
    tell(folder=str(bench.keeper.folder))
    sys.stdin.read()
"""


@pytest.mark.parametrize("victim", ["kernel", "keeper", "guard"])
def test_whoever_is_killed_the_database_is_given_back(victim, redis_url, own, start_kernel, wait_for_end):
    kernel = start_kernel(BUSY, REDIS_URL=redis_url)
    told = kernel.hear()
    processes = kernel.descendants()
    assert any("workbook.bench.lease" in process.cmdline() for process in processes)
    [guard] = psutil.Process(kernel.pid).children()
    [keeper] = guard.children()
    if victim == "keeper":
        # Hold the guard back: a database given back now would be written to by the work-horse, which lives on.
        guard.suspend()
        keeper.kill()
        with contextlib.suppress(BenchTimeout):
            wait_until(lambda: not own.exists(MARK), 0.5)
        guard.resume()
    else:
        {"kernel": kernel, "guard": guard}[victim].kill()
    wait_for_end(processes, told["folder"])
    assert own.keys() == []


def test_a_kernel_killed_at_once_gives_the_database_back(redis_url, own, start_kernel, wait_for_end):
    kernel = start_kernel(
        "from workbook.bench import open_bench\n"
        "bench = open_bench('short')\n"
        "tell(folder=str(bench.keeper.folder))\n"
        "import time; time.sleep(600)",
        REDIS_URL=redis_url,
    )
    told = kernel.hear()
    processes = kernel.descendants()
    kernel.kill()
    wait_for_end(processes, told["folder"])
    assert own.keys() == []


def test_the_end_of_a_server_that_is_away_is_no_error(redis_url, users_server):
    bench = Bench("away")
    users_server.kill()
    bench.close()
    users_server.start()
