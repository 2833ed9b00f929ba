"""The set-up of the environment, on a stand-in project whose only package is a wheel made here: no network, seconds."""

import ast
import base64
import fcntl
import hashlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import psutil
import pytest

from workbook import bootstrap

PACKAGE = Path(__file__).parent.parent / "workbook"
PYTHON = sys._base_executable
# Says what it sees inside, and holds on until its input closes when asked to.
STAND_IN_CLI = """
import os, sys
def main(arguments):
    import tiny
    seen = [sys.prefix, os.environ["VIRTUAL_ENV"], tiny.VERSION, os.environ.get("PYTHONSTARTUP"), *arguments]
    print(*seen, sep="|", flush=True)
    if "--hold" in arguments:
        sys.stdin.read()
    return 7 if "--seven" in arguments else 0
"""


class Project:
    """A copy of the bootstrap with a command line of its own, and a folder of wheels to install from."""

    def __init__(self, root):
        self.root = root
        self.wheels = root.parent / "wheels"
        self.environ = {
            "PATH": str(root.parent),  # no uv there: pip
            "HOME": str(root.parent),
            "PYTHONSTARTUP": "must not get inside",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": self.wheels.as_uri(),
            "UV_OFFLINE": "1",
            "UV_FIND_LINKS": self.wheels.as_uri(),
        }

    def create(self):
        self.wheels.mkdir()
        (self.root / "workbook").mkdir(parents=True)
        self.create_missing()

    def create_missing(self):
        for name in ("__init__.py", "__main__.py", "bootstrap.py", "environment.py"):
            shutil.copy(PACKAGE / name, self.root / "workbook")
        (self.root / "workbook/cli.py").write_text(STAND_IN_CLI)
        self.lock("requirements.txt", "1.0")
        self.lock("requirements-dev.txt", "1.0")

    def lock(self, name, version):
        wheel = self.wheels / f"tiny-{version}-py3-none-any.whl"
        if not wheel.exists():
            make_wheel(wheel, version)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        (self.root / name).write_text(f"tiny=={version} --hash=sha256:{digest}\n# {name}\n")

    def start(self, *arguments, python=PYTHON, **options):
        environ = self.environ | options.pop("environ", {})
        options = {"stdin": subprocess.DEVNULL, "cwd": self.root} | options
        return subprocess.Popen(
            [python, "-m", "workbook", *arguments],
            env=environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def run(self, *arguments, **options):
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        return process.returncode, out.strip(), err.strip()

    @property
    def current(self):
        return (self.root / ".venv").resolve()

    def environments(self):
        return {path for path in self.root.glob(".venv-*") if path.is_dir()}

    def lock_is_held(self):
        with open(self.root / ".venv.lock", "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def make_wheel(path, version):
    files = {
        "tiny.py": f"VERSION = {version!r}\n",
        f"tiny-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"tiny-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"tiny-{version}.dist-info/RECORD"
    with zipfile.ZipFile(path, "w") as wheel:
        rows = []
        for name, text in files.items():
            wheel.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            rows.append(f"{name},sha256={digest},{len(text)}\n")
        wheel.writestr(record, "".join([*rows, f"{record},,\n"]))


def wait_until(condition, what):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def first_setup(tmp_path_factory):
    """A project set up once, a copy of it, and what the set-up said."""
    project = Project(tmp_path_factory.mktemp("set up") / "my course")
    project.create()
    said = project.run("setup", "one two")
    # No test needs this pip again, and copying it takes a second each time.
    for folder in project.current.glob("lib/*/site-packages/pip*"):
        shutil.rmtree(folder)
    pristine = project.root.with_name("pristine")
    shutil.copytree(project.root, pristine, symlinks=True)
    return project, pristine, said


@pytest.fixture
def project(first_setup):
    """A project that is set up. Put back to the same path each time, for environments cannot move."""
    project, pristine, _ = first_setup
    shutil.rmtree(project.root)
    shutil.copytree(pristine, project.root, symlinks=True)
    return project


@pytest.fixture
def fresh(tmp_path):
    """A project that was never set up."""
    project = Project(tmp_path / "my course")
    project.create()
    return project


def test_a_fresh_project_is_set_up_and_the_command_runs_inside(first_setup):
    project, pristine, (code, out, err) = first_setup
    environment = project.root / (pristine / ".venv").readlink()
    assert code == 0
    assert out == f"{environment}|{environment}|1.0|None|setup|one two"
    assert err.splitlines()[0] == "Setting up .venv (about a minute, once) ..."
    assert err.splitlines()[1].startswith("Set up in ")
    assert len(err.splitlines()) == 2


def test_the_second_call_installs_nothing_and_says_nothing(project):
    before = project.current.stat().st_mtime_ns
    code, out, err = project.run("start", "--seven", environ={"PIP_FIND_LINKS": "/nowhere"})
    assert (code, err) == (7, "")
    assert out.startswith(str(project.current))
    assert project.current.stat().st_mtime_ns == before


def test_workbook_is_found_from_any_folder_and_not_taken_from_it(project, tmp_path):
    (tmp_path / "click.py").write_text("raise SystemExit('taken from the current folder')")
    (tmp_path / "workbook").mkdir()
    python = project.root / ".venv/bin/python"
    printed = subprocess.run(
        [python, "-c", "import sys; del sys.path[0]; import workbook; print(workbook.__file__)"],
        cwd=tmp_path,
        env=project.environ,
        text=True,
        capture_output=True,
    )
    assert printed.stdout.strip() == str(project.root / "workbook/__init__.py"), printed.stderr


def pythons():
    """The Python of this environment, and the others in pyenv that can run the workbook."""
    others = (path for minor in (11, 12, 13, 14) for path in sorted(pyenv_versions().glob(f"3.{minor}.*/bin/python")))
    return [PYTHON, *(str(path) for path in others if not path.samefile(PYTHON))]


def pyenv_versions():
    return Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"


@pytest.mark.parametrize("python", pythons(), ids=lambda python: Path(python).parts[-3])
def test_a_folder_with_any_letters_will_do_in_the_c_locale_too(tmp_path, python):
    project = Project(tmp_path / "Größe ☃ 課程 it's")
    project.create()
    project.environ["PATH"] = str(Path(sys.executable).parent)  # by uv, which is quick
    code, out, err = project.run("start", python=python, environ={"LC_ALL": "C"})
    assert code == 0, err
    assert out.split("|")[2] == "1.0"
    python = project.root / ".venv/bin/python"
    program = "import os, workbook; print(ascii(os.fsencode(workbook.__file__)))"
    for locale in ({"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}, {"LC_ALL": "C.UTF-8"}):
        printed = subprocess.run(
            [python, "-c", program], cwd=tmp_path, env=project.environ | locale, text=True, capture_output=True
        )
        assert printed.stdout == f"{os.fsencode(project.root / 'workbook/__init__.py')}\n", printed.stderr


def test_through_the_link_it_runs_in_the_environment_at_once(project):
    code, out, err = project.run("doctor", python=project.root / ".venv/bin/python")
    assert (code, err) == (0, "")
    assert out.split("|")[1] == str(project.current)


def test_a_changed_lock_is_installed_once_by_two_at_once_and_replaces_the_old(project):
    old = project.current
    project.lock("requirements.txt", "2.0")
    processes = [project.start("start"), project.start("start")]
    said = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert [out.split("|")[2] for out, _ in said] == ["2.0", "2.0"]
    errors = sorted(err.splitlines()[0] for _, err in said)
    assert errors == ["Another setup is running, waiting for it ...", "Setting up .venv (about a minute, once) ..."]
    assert project.current != old
    assert project.environments() == {project.current}


def test_a_failed_install_keeps_the_old_environment_and_says_what_to_do(project):
    old = project.current
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and not listening
        index = f"http://127.0.0.1:{closed.getsockname()[1]}/simple"
        project.lock("requirements.txt", "2.0")
        network = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": index, "PIP_RETRIES": "1"}
        code, out, err = project.run("start", environ=network)
    assert (code, out) == (2, "")
    assert err.splitlines()[1].startswith("The package index cannot be reached: connect to the network")
    assert len(err.splitlines()) == 2
    assert project.environments() == {project.current} == {old}
    project.lock("requirements.txt", "1.0")
    assert project.run("start")[2] == ""


def test_a_killed_setup_is_waited_for_and_then_repaired(fresh):
    killed = fresh.start("start")
    wait_until(fresh.environments, "the folder of the environment")
    installers = psutil.Process(killed.pid).children(recursive=True)
    killed.kill()
    killed.wait(timeout=30)
    # The installer outlived its parent and still writes: nobody else may.
    assert fresh.lock_is_held()
    assert not (fresh.root / ".venv").exists()
    process = fresh.start("start")
    assert process.stderr.readline() == "Another setup is running, waiting for it ...\n"
    for installer in installers:
        installer.kill()
    killed.communicate(timeout=30)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out.split("|")[2]) == (0, "1.0")
    assert fresh.environments() == {fresh.current}


def test_ctrl_c_during_the_setup_ends_everything_and_leaves_nothing_half_made(fresh):
    process = fresh.start("start", start_new_session=True)
    wait_until(fresh.environments, "the folder of the environment")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "Interrupted: the next call starts the set-up again."
    assert "Traceback" not in err
    assert not fresh.environments()
    assert not fresh.lock_is_held()


def test_an_environment_without_its_stamp_is_never_used(project):
    (project.current / ".complete").unlink()
    process = project.start("start")
    assert process.stderr.readline() == "Setting up .venv (about a minute, once) ...\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not project.environments()


def test_a_moved_project_is_set_up_anew_and_the_development_environment_then_does_for_all(project, tmp_path):
    moved = Project(tmp_path / "moved")
    moved.environ = project.environ
    shutil.copytree(project.root, moved.root, symlinks=True)
    old = moved.current
    assert old.parent == moved.root
    code, out, err = moved.run("test")
    assert code == 0
    assert err.startswith("Setting up .venv")
    assert out.startswith(f"{moved.current}|")
    assert moved.environments() == {moved.current} != {old}
    assert moved.run("start") == (0, out.replace("|test", "|start"), "")


def test_what_is_in_use_is_deleted_only_later(project):
    stale = project.root / ".venv-0123456789ab"
    half_made = project.root / ".venv-ba9876543210"
    (half_made / "lib").mkdir(parents=True)
    stale.mkdir()
    with open(stale / ".complete", "w") as stamp:
        fcntl.flock(stamp, fcntl.LOCK_SH)
        assert project.run("start")[0] == 0
        assert project.environments() == {project.current, stale}
    assert project.run("start")[0] == 0
    assert project.environments() == {project.current}


def test_a_running_command_keeps_its_environment(project):
    running = project.start("start", "--hold", stdin=subprocess.PIPE)
    assert running.stdout.readline()
    with open(project.current / ".complete") as stamp, pytest.raises(BlockingIOError):
        fcntl.flock(stamp, fcntl.LOCK_EX | fcntl.LOCK_NB)
    running.communicate("", timeout=30)
    with open(project.current / ".complete") as stamp:
        fcntl.flock(stamp, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_a_venv_of_the_users_own_is_left_alone(fresh, kind):
    venv = fresh.root / ".venv"
    venv.symlink_to("elsewhere") if kind == "link" else venv.mkdir()
    code, _, err = fresh.run("start")
    assert code == 2
    assert err == f"{venv} was not made by the workbook: move it away or delete it, then run this again."
    assert not fresh.environments()


def test_a_python_without_ensurepip_is_told_what_to_install(fresh):
    # As on Debian without python3-venv: the import system finds no ensurepip.
    program = (
        "import runpy, sys; sys.modules['ensurepip'] = None; sys.argv = ['workbook'];"
        "runpy.run_module('workbook', run_name='__main__', alter_sys=True)"
    )
    done = subprocess.run([PYTHON, "-c", program], cwd=fresh.root, env=fresh.environ, text=True, capture_output=True)
    assert done.returncode == 2
    assert f"apt install python3.{sys.version_info.minor}-venv" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not fresh.environments()


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        (
            "Collecting tiny\nERROR: THESE PACKAGES DO NOT MATCH\n  Got 00ff\n\n",
            "installed: ERROR: THESE PACKAGES DO NOT",
        ),
        ("error: Failed to fetch `x`\n  cause: dns error\n", "The package index cannot be reached"),
        (
            "error: Failed to fetch: `x`\n  cause: error sending request\n  cause: invalid peer certificate\n",
            "error: Failed to",
        ),
        ("ERROR: Could not install packages: [Errno 28] No space left on device\n", "The disk is full"),
        ("", "installed: it said nothing"),
    ],
)
def test_the_installers_log_becomes_one_sentence(tmp_path, log, sentence):
    path = tmp_path / "log"
    path.write_text(log)
    explained = bootstrap.explain_failure(path)
    assert sentence in explained
    assert "\n" not in explained


def test_a_read_only_folder_is_said_in_one_sentence():
    as_root = os.geteuid() == 0
    nobody = {"user": 65534, "group": 65534, "extra_groups": []} if as_root else {}
    candidates = [PYTHON, "/usr/bin/python3"]
    python = next((path for path in candidates if starts(path, nobody)), None)
    if not python:
        pytest.skip("no Python that another user may run")
    # Other users cannot enter the temp folders of pytest and of this session.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        fresh = Project(Path(folder, "course"))
        fresh.create()
        Path(folder).chmod(0o755)
        fresh.root.chmod(0o555)
        code, _, err = fresh.run("start", python=python, **nobody)
        fresh.root.chmod(0o755)
    assert code == 2, err
    assert err.startswith(f"The workbook cannot write {fresh.root / '.venv.lock'} (Permission denied): make the folder")
    assert len(err.splitlines()) == 1


def starts(python, nobody):
    try:
        program = "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))"
        return subprocess.run([python, "-c", program], cwd="/", **nobody).returncode == 0
    except OSError:
        return False


def test_uv_is_used_where_there_is_one(fresh):
    fresh.environ["PATH"] = str(Path(sys.executable).parent)  # uv is one of the development tools
    code, out, err = fresh.run("start")
    assert code == 0, err
    assert out.split("|")[2] == "1.0"
    assert "uv =" in (fresh.current / "pyvenv.cfg").read_text()
    assert list(fresh.current.glob("lib/*/site-packages/__pycache__/tiny.*.pyc"))


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_what_old_pythons_read_has_no_new_syntax(name):
    ast.parse((PACKAGE / name).read_text(encoding="ascii"), feature_version=(3, 4))


def old_pythons():
    versions = pyenv_versions()
    names = ("python2.7", *(f"python3.{minor}" for minor in range(4, 11)))
    in_pyenv = [path for name in names for path in sorted(versions.glob(f"{name.removeprefix('python')}.*/bin/python"))]
    return in_pyenv + [Path(path) for path in map(shutil.which, names) if path and "shims" not in path]


def test_old_pythons_get_one_sentence(fresh):
    pythons = old_pythons()
    if not pythons:
        pytest.skip("no Python older than 3.11 here")
    for python in pythons:
        code, out, err = fresh.run("start", python=python)
        assert (code, out) == (2, ""), python
        assert err.startswith("The workbook needs Python 3.11 to 3.14 and this is Python "), python
        assert len(err.splitlines()) == 1, python


def test_windows_is_pointed_to_wsl():
    program = "import sys; sys.platform = 'win32'; from workbook.__main__ import main; sys.exit(main())"
    done = subprocess.run([PYTHON, "-c", program], cwd=PACKAGE.parent, text=True, capture_output=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "WSL 2" in done.stderr


def test_the_image_needs_only_the_lock_and_the_files_of_the_bootstrap_to_make_its_environment(fresh):
    before, _, after = (PACKAGE.parent / "Dockerfile").read_text().partition("\nRUN python3 ")
    copied = {
        name for line in re.findall(r"^COPY --chown=learner (.*) \S+$", before, re.MULTILINE) for name in line.split()
    }
    for path in [path for path in fresh.root.rglob("*") if path.is_file()]:
        if str(path.relative_to(fresh.root)) not in copied:
            path.unlink()
    command = f"{shlex.quote(PYTHON)} {after.partition(chr(10))[0]}"
    environ = fresh.environ | {"PATH": str(Path(sys.executable).parent)}
    done = subprocess.run(["/bin/sh", "-c", command], cwd=fresh.root, env=environ, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert copied == {f"workbook/{name}.py" for name in ("__init__", "bootstrap", "environment")} | {"requirements.txt"}
    environment = fresh.current
    fresh.create_missing()
    assert fresh.run("start")[1].startswith(f"{environment}|")


def test_only_the_password_of_redis_is_asked_for_to_start_a_redis_alone():
    asked_for = re.findall(r"\$\{(\w+):\?", (PACKAGE.parent / "docker-compose.yml").read_text())
    assert set(asked_for) == {"REDIS_PASSWORD"}
