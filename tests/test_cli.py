"""The commands, each run as a process of its own in a copy of the package with a course of two notebooks."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from workbook.course.jupyter import writable_folders

PACKAGE = Path(__file__).parent.parent / "workbook"
# Stands for what `run` and `build` call, which has tests of its own.
STAND_IN_AUTHOR = """
from workbook.errors import WorkbookError
def run_chapters(names, console):
    if names == ["broken"]:
        raise WorkbookError("It is broken.")
    if names == ["endless"]:
        raise KeyboardInterrupt
    print(names)
    return len(names)
def build(check, force, names, console):
    print(check, force, names)
    return 0
"""


@pytest.fixture
def course(tmp_path):
    root = tmp_path / "my course"
    shutil.copytree(PACKAGE, root / "workbook", ignore=shutil.ignore_patterns("__pycache__"))
    author = root / "workbook/author"
    author.mkdir(exist_ok=True)
    for name in ("__init__.py", "run.py", "build.py"):
        (author / name).write_text("" if name == "__init__.py" else STAND_IN_AUTHOR)
    (root / "notebooks").mkdir()
    for name in ("00_start_here", "02_run_your_first_job"):
        notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (root / f"notebooks/{name}.ipynb").write_text(json.dumps(notebook))
    return root


def start(root, *arguments, **environ):
    program = "import sys; from workbook import cli; sys.exit(cli.main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=root,
        env=os.environ | {"HOME": str(root.parent)} | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(root, *arguments, **environ):
    process = start(root, *arguments, **environ)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return process.returncode, out, err


def ask(url, **headers):
    """Return the text at a URL, asking again until the server is up."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30).read().decode()
        except urllib.error.HTTPError:
            raise
        except OSError:
            assert time.monotonic() < deadline, f"no answer from {url}"
            time.sleep(0.05)


def test_start_opens_the_working_copy_with_the_kernel_of_the_environment(course):
    kernel = course.parent / ".local/share/jupyter/kernels/python3/kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": ["false"], "display_name": "the learner's own", "language": "python"}))
    process = start(course, "--no-browser")
    try:
        url = process.stdout.readline().strip()
        found = re.fullmatch(r"(http://127\.0\.0\.1:\d+)/lab/tree/notebooks/00_start_here\.ipynb\?token=(\w{48})", url)
        assert found, url
        server, token = found.groups()
        config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', ask(url), re.DOTALL)[1])
        # No question about news, hence no request that leaves the machine.
        assert config["disabledExtensions"] == ["@jupyterlab/apputils-extension:announcements"]
        authorization = {"Authorization": f"token {token}"}
        kernels = json.loads(ask(f"{server}/api/kernelspecs", **authorization))["kernelspecs"]
        assert kernels["python3"]["spec"]["display_name"] != "the learner's own"
        names = [entry["name"] for entry in json.loads(ask(f"{server}/api/contents", **authorization))["content"]]
        assert names == ["notebooks"]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            ask(f"{server}/api/contents")
        if sys.platform == "linux":
            assert token not in Path(f"/proc/{process.pid}/cmdline").read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    # JupyterLab is this very process, and ends as one that was asked to.
    assert process.returncode == 0, err


@pytest.mark.parametrize("home", ["a file/home", "no such folder"])
def test_start_needs_no_home_that_can_be_written(course, home):
    (course.parent / "a file").touch()
    process = start(course, "--no-browser", HOME=str(course.parent / home), JUPYTER_TOKEN="mine")
    try:
        server = process.stdout.readline().partition("/lab")[0]
        authorization = {"Authorization": "token mine"}
        ask(f"{server}/api/status", **authorization)
        kernel = urllib.request.Request(f"{server}/api/kernels", data=b"{}", headers=authorization)
        assert urllib.request.urlopen(kernel, timeout=30).status == 201
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err  # the kernel may have been told to end while it started, and says so
    assert "not a writable location" not in err


def test_only_folders_that_cannot_be_written_are_replaced(tmp_path, monkeypatch):
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / "not made yet" / name))
    (tmp_path / "a file").touch()
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "a file" / "data"))
    instead = writable_folders(tmp_path / "instead")
    assert instead == {"JUPYTER_DATA_DIR": str(tmp_path / "instead/jupyter_data_dir")}


def test_a_token_of_the_users_own_is_kept(course):
    process = start(course, "start", "--no-browser", JUPYTER_TOKEN="mine")
    try:
        assert process.stdout.readline().strip().endswith("?token=mine")
    finally:
        process.kill()
        process.communicate(timeout=30)


def test_a_port_that_is_taken_is_said(course):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = run(course, "start", "--no-browser", "--port", str(port))
    assert (code, out) == (2, "")
    assert (
        err
        == f"Port {port} of 127.0.0.1 cannot be used (Address already in use): choose another with --port or --ip.\n"
    )


def test_start_without_notebooks_is_one_sentence(course):
    shutil.rmtree(course / "notebooks")
    code, out, err = run(course)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith("There are no notebooks in ")


def test_a_working_copy_that_cannot_be_written_is_one_sentence(course):
    (course / "my").write_text("in the way")
    code, out, err = run(course)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "File exists" in err


def test_start_says_what_it_kept(course):
    assert run(course, "reset", "02")[0] == 0
    (course / "my/notebooks/02_run_your_first_job.ipynb").write_text("not a notebook")
    process = start(course, "--no-browser")
    try:
        assert process.stdout.readline().startswith("my/notebooks/02_run_your_first_job.ipynb is not a notebook")
        assert process.stdout.readline().startswith("http://")
    finally:
        process.kill()
        process.communicate(timeout=30)


def test_reset_of_an_unknown_name_is_one_sentence(course):
    expected = "'77' names no notebook; choose one of: 00, 02.\n"
    assert run(course, "reset", "77") == (2, "", expected)


def test_test_is_pytest_from_the_root_and_adds_nothing(course):
    (course / "test_it.py").write_text("def test_one(): assert False\ndef test_two(): assert True\n")
    (course / "pytest.ini").write_text("[pytest]\n")
    quick = ("-n0", "-p", "no:nbval", "-p", "no:cacheprovider")
    code, out, err = run(course, "test", *quick, "-k", "one", "test_it.py")
    assert (code, err) == (1, "")
    assert f"rootdir: {course}" in out
    assert re.fullmatch(r"=+ .*1 failed, 1 deselected in .*=+", out.splitlines()[-1])


def test_run_and_build_pass_on_what_they_are_given(course):
    assert run(course, "run") == (0, "[]\n", "")
    assert run(course, "run", "01", "02") == (2, "['01', '02']\n", "")
    assert run(course, "build") == (0, "False False []\n", "")
    assert run(course, "build", "--check", "--force", "01") == (0, "True True ['01']\n", "")


def test_errors_are_one_sentence_and_interrupts_say_nothing(course):
    assert run(course, "run", "broken") == (2, "", "It is broken.\n")
    code, out, err = run(course, "run", "endless")
    assert (code, out, err.strip()) == (130, "", "")


def test_setup_says_what_is_set_up(course):
    assert run(course, "setup") == (0, f"The environment in {course / '.venv'} is set up.\n", "")
    assert "with the development tools" in run(course, "setup", "--dev")[1]


@pytest.mark.parametrize("arguments", [["bogus"], ["--bogus"], ["start", "--port", "0"], ["reset"]])
def test_a_mistaken_command_line_is_explained(course, arguments):
    code, out, err = run(course, *arguments)
    assert (code, out) == (2, "")
    assert "Error: " in err


def test_nothing_inside_the_environment_imports_the_bootstrap_that_leads_there():
    program = "import sys; import workbook.cli, workbook.course.jupyter; print('workbook.bootstrap' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=PACKAGE.parent, text=True, capture_output=True)
    assert done.stdout == "False\n", done.stderr


def test_help_names_every_command(course):
    code, out, err = run(course, "--help")
    assert (code, err) == (0, "")
    for command in ("start", "test", "setup", "doctor", "run", "build", "reset", "review"):
        assert re.search(rf"^  {command} ", out, re.MULTILINE)
