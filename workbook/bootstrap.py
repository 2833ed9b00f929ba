"""Sets up the workbook's environment and continues inside it. Imports the standard library only.

An environment is a folder `.venv-<fingerprint>`. It is built once and never changed: another lock file, another Python
or another place of the workbook has another fingerprint. `.venv` is a link to the current one.

- Complete is an environment that has its stamp, written last; anything else is deleted and built anew.
- Who builds, switches or deletes holds `.venv.lock`. The installer inherits it, so that a killed parent does not let
  the next one in while pip is still writing.
- Who uses an environment holds a shared lock on its stamp; only what nobody uses is deleted.
"""

import errno
import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Self, TextIO

from workbook.environment import ROOT, explain_os_error

ENVIRONMENT_NAME = re.compile(r"\.venv-[0-9a-f]{12}")
# The settings of a user's pip or uv that would send the packages somewhere else; the package index stays theirs.
MISLEADING = {"PIP_PREFIX", "PIP_ROOT", "PIP_TARGET", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_TARGET", "VIRTUAL_ENV"}
# What pip and uv print when they reach no index; the last line of their output says something else.
SIGNS_OF_NO_NETWORK = (
    "Failed to establish a new connection",
    "Failed to resolve",
    "Network is unreachable",
    "timed out",
    "dns error",
    "tcp connect error",
)


class SetupError(Exception):
    """The environment cannot be set up; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Environment:
    """One environment: its folder, and the lock file it is made from."""

    folder: Path
    requirements: Path

    @property
    def python(self) -> Path:
        """Return the interpreter of this environment."""
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """Return the file that says that this environment is complete."""
        return self.folder / ".complete"


def main(arguments: list[str]) -> int:
    """Run a command of the workbook in its environment, which is set up first where needed."""
    try:
        environment = prepare(ROOT, dev=needs_dev_tools(arguments))
    except SetupError as error:
        say(str(error))
        return 2
    except OSError as error:
        say(explain_os_error(error))
        return 2
    except KeyboardInterrupt:
        say("Interrupted: the next call starts the set-up again.")
        return 130
    return run_inside(environment, arguments)


def needs_dev_tools(arguments: list[str]) -> bool:
    """Tell whether a command needs the development tools too."""
    return arguments[:1] == ["test"] or (arguments[:1] == ["setup"] and "--dev" in arguments)


def prepare(root: Path, dev: bool) -> Environment:
    """Return a complete environment, in use by this process; build it if there is none."""
    refuse_foreign(root / ".venv")
    environment = claim_first(suitable(root, dev))
    if environment:
        # Tidying up can wait for another time: when someone else holds the lock, or the folder is read-only.
        if not is_settled(root, environment):
            with suppress(OSError), setup_lock(root, wait=False):
                settle(root, environment)
        return environment
    with setup_lock(root) as lock:
        # While this process waited, another may have built what it needs.
        environment = claim_first(suitable(root, dev))
        if not environment:
            environment = planned(root, dev)
            build(environment, lock)
            claim(environment)
        settle(root, environment)
        return environment


def suitable(root: Path, dev: bool) -> list[Environment]:
    """Return the environments that would do. The one with the development tools does for everything."""
    if dev:
        return [planned(root, dev=True)]
    if not (root / "requirements-dev.txt").exists():
        return [planned(root, dev=False)]
    return [planned(root, dev=True), planned(root, dev=False)]


def planned(root: Path, dev: bool) -> Environment:
    """Return the environment for this Python and the lock files as they are now, whether it exists or not."""
    locks = [root / "requirements.txt", root / "requirements-dev.txt"][: 1 + dev]
    interpreter = [platform.python_version(), sys.implementation.cache_tag, sys.abiflags, sysconfig.get_platform()]
    fingerprint = hashlib.sha256()
    for part in [*(lock.read_bytes() for lock in locks), *map(os.fsencode, interpreter), os.fsencode(root)]:
        fingerprint.update(hashlib.sha256(part).digest())
    return Environment(root / f".venv-{fingerprint.hexdigest()[:12]}", locks[-1])


def refuse_foreign(link: Path) -> None:
    """Refuse to replace a `.venv` that somebody made by other means."""
    ours = link.is_symlink() and ENVIRONMENT_NAME.fullmatch(str(link.readlink()))
    if os.path.lexists(link) and not ours:
        raise SetupError(f"{link} was not made by the workbook: move it away or delete it, then run this again.")


# Using environments


def claim_first(environments: list[Environment]) -> Environment | None:
    """Return the first complete environment, in use by this process from now on."""
    return next(filter(claim, environments), None)


def claim(environment: Environment) -> bool:
    """Tell whether an environment is complete; if so, it stays in use until this process ends.

    The lock outlives exec: a JupyterLab that this process becomes goes on holding it.
    """
    try:
        stamp = os.open(environment.stamp, os.O_RDONLY)
    except FileNotFoundError:
        return False
    with suppress(BlockingIOError):  # somebody is deleting it
        fcntl.flock(stamp, fcntl.LOCK_SH | fcntl.LOCK_NB)
        was_deleted = os.fstat(stamp).st_nlink == 0
        # The interpreter is a link to the Python it was made with, which may have been uninstalled.
        if not was_deleted and environment.python.exists():
            os.set_inheritable(stamp, True)
            return True
    os.close(stamp)
    return False


def is_settled(root: Path, environment: Environment) -> bool:
    """Tell whether `.venv` is this environment and there is no other."""
    link = root / ".venv"
    return link.is_symlink() and str(link.readlink()) == environment.folder.name and not others(root, environment)


def settle(root: Path, environment: Environment) -> None:
    """Point `.venv` to this environment, then delete the others as far as nobody uses them. Needs the lock."""
    switching = root / ".venv-switching"
    switching.unlink(missing_ok=True)
    switching.symlink_to(environment.folder.name)
    switching.replace(root / ".venv")
    for folder in others(root, environment):
        delete_unused(folder)


def others(root: Path, environment: Environment) -> list[Path]:
    """Return the folders of all other environments, complete or not."""
    return [
        folder
        for folder in root.glob(".venv-*")
        if ENVIRONMENT_NAME.fullmatch(folder.name) and folder != environment.folder
    ]


def delete_unused(folder: Path) -> None:
    """Delete an environment unless a process uses it."""
    stamp = Environment(folder, folder).stamp
    with suppress(FileNotFoundError, BlockingIOError), open(stamp, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # First of all, so that a deletion cut short leaves nothing that looks complete.
        stamp.unlink()
    if not stamp.exists():
        shutil.rmtree(folder)


@contextmanager
def setup_lock(root: Path, wait: bool = True) -> Iterator[int]:
    """Hold the lock under which environments are built, switched and deleted; yield its file descriptor."""
    lock = os.open(root / ".venv.lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise
            say("Another setup is running, waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


# Building one


def build(environment: Environment, lock: int) -> None:
    """Build an environment in its final place, for its scripts hold their path. On failure nothing remains of it."""
    uv = shutil.which("uv")
    if not uv and not importlib.util.find_spec("ensurepip"):
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise SetupError(
            f"This Python has no working venv module: install it (on Debian and Ubuntu `apt install {package}`) "
            "or install uv, then run this again."
        )
    remove(environment.folder)
    log_path = environment.folder.with_name(".venv-install.log")
    try:
        with open(log_path, "w", encoding="utf-8") as log:
            install(environment, uv, lock, log)
        packages = sysconfig.get_path("purelib", "venv", {"base": str(environment.folder)})
        # Makes `import workbook` work in kernels and workers, which run in other folders. ASCII only: Python 3.11 and
        # 3.12 read the file in the encoding of the locale, and do not start when they cannot.
        line = f"import os, sys; sys.path.append(os.fsdecode({os.fsencode(environment.folder.parent)!r}))\n"
        Path(packages, "workbook.pth").write_text(line, encoding="ascii")
        environment.stamp.touch()
    except BaseException:
        # What cannot be deleted now has no stamp: the next call deletes it.
        with suppress(OSError):
            remove(environment.folder)
        raise


def install(environment: Environment, uv: str | None, lock: int, log: TextIO) -> None:
    """Create the virtual environment and install the packages, by uv where there is one, else by pip."""
    # The Python behind it, when this one runs in a virtual environment itself.
    base_python = getattr(sys, "_base_executable", sys.executable)
    python = str(environment.python)
    if uv:
        create = [uv, "venv", "--python", base_python, str(environment.folder)]
        # pip compiles always. Kernels and workers write no bytecode and would compile again at every start.
        fill = [uv, "pip", "install", "--python", python, "--compile-bytecode"]
    else:
        create = [base_python, "-m", "venv", str(environment.folder)]
        fill = [python, "-m", "pip", "install", "--progress-bar", "off"]
    fill += ["--only-binary", ":all:", "--require-hashes", "-r", str(environment.requirements)]
    with Progress("Setting up .venv (about a minute, once)") as progress:
        for command in (create, fill):
            if run_installer(command, lock, log, progress) != 0:
                raise SetupError(explain_failure(Path(log.name)))


def run_installer(command: list[str], lock: int, log: TextIO, progress: "Progress") -> int:
    """Run a command of the installer with its output in the log, and return its exit code."""
    settings = {name: value for name, value in clean_environ().items() if name not in MISLEADING}
    settings |= {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with (
        interrupts_noted() as interrupted,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=settings, pass_fds=[lock], process_group=0
        ) as process,
    ):
        while process.poll() is None and not interrupted.is_set():
            progress.tick()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.2)
        if interrupted.is_set():
            stop(process)
            raise KeyboardInterrupt
    return process.returncode


@contextmanager
def interrupts_noted() -> Iterator[threading.Event]:
    """Note Ctrl-C instead of raising: in the middle of starting a process it would leave one that nobody ends."""
    noted = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: noted.set())
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End an installer and what it started: as Ctrl-C would, so that temporary files are deleted, then by force."""
    # It has a process group of its own; `venv` runs pip as the child of a child, which else would go on writing.
    for number in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)


def remove(folder: Path) -> None:
    """Delete a folder if it exists."""
    if folder.exists():
        shutil.rmtree(folder)


class Progress:
    """Says on the terminal that something goes on: a line that moves, or plain ones where no one watches."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.moving = sys.stderr.isatty()

    def __enter__(self) -> Self:
        self.started = time.monotonic()
        if not self.moving:
            say(f"{self.title} ...")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            say(f"\r{self.title}: done in {self.seconds} s." if self.moving else f"Set up in {self.seconds} s.")
        elif self.moving:
            say("")

    @property
    def seconds(self) -> int:
        """Return how long it has been going on."""
        return round(time.monotonic() - self.started)

    def tick(self) -> None:
        """Show that it still goes on."""
        if self.moving:
            dots = "." * (1 + self.seconds % 3)
            print(f"\r{self.title} {dots:3} {self.seconds} s ", end="", file=sys.stderr, flush=True)


# Saying what went wrong


def say(sentence: str) -> None:
    """Print to the terminal, apart from the output of the command itself."""
    print(sentence, file=sys.stderr, flush=True)


def explain_failure(log_path: Path) -> str:
    """Return one sentence on why the installer failed, from its log."""
    log = log_path.read_text(encoding="utf-8", errors="replace")
    if os.strerror(errno.ENOSPC) in log:
        return explain_os_error(OSError(errno.ENOSPC, ""))
    if any(sign in log for sign in SIGNS_OF_NO_NETWORK):
        return (
            "The package index cannot be reached: connect to the network and run this again "
            f"(once is enough, later starts work offline; details in {log_path})."
        )
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")] or lines or ["it said nothing"]
    return f"The packages could not be installed: {errors[-1]} (details in {log_path})"


# Going inside


def clean_environ() -> dict[str, str]:
    """Return the environment variables without Python's own, which would change what our Python imports or writes."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def run_inside(environment: Environment, arguments: list[str]) -> int:
    """Run the command line in this environment; return its exit code, or become the Python of the environment."""
    environ = clean_environ()
    programs = str(environment.folder / "bin")
    search = environ.get("PATH", os.defpath).split(os.pathsep)
    environ["PATH"] = os.pathsep.join([programs, *(folder for folder in search if folder != programs)])
    environ["VIRTUAL_ENV"] = str(environment.folder)
    if Path(sys.prefix).resolve() != environment.folder:
        become(environment, arguments, environ)
    os.environ.clear()
    os.environ.update(environ)
    from workbook import cli

    return cli.main(arguments)


def become(environment: Environment, arguments: list[str], environ: dict[str, str]) -> NoReturn:
    """Replace this process by the Python of the environment, running the same command."""
    # -P: whatever lies in the current folder, the workbook meant is the one in workbook.pth.
    command = [str(environment.python), "-P", "-m", "workbook", *arguments]
    os.execve(command[0], command, environ)
