"""Starts JupyterLab on the working copy."""

import os
import secrets
import socket
from pathlib import Path
from typing import NoReturn

from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir, jupyter_runtime_dir
from tornado.netutil import bind_sockets

from workbook.environment import python_of_environment
from workbook.errors import WorkbookError

FIRST_PAGE = "/lab/tree/notebooks/00_start_here.ipynb"
# A JUPYTER_CONFIG_PATH entry that only switches off JupyterLab's question about its news.
OUR_CONFIG = Path(__file__).parent / "labconfig"
# `python -m jupyterlab`, without what jsonschema imports for internationalised addresses: a grammar that is compiled at
# each start, 2 s of CPU and more. jsonschema can do without.
JUPYTERLAB = "import sys; sys.modules['rfc3987_syntax'] = None; from jupyterlab.labapp import main; sys.exit(main())"


class StartError(WorkbookError):
    """JupyterLab cannot be started; the sentence says why and what to do."""


def become_jupyterlab(working_copy: Path, ip: str, port: int | None, browser: bool) -> NoReturn:
    """Print the address, then replace this process by JupyterLab, which so gets every signal itself."""
    port = choose_port(ip, port)
    environ = os.environ | settings() | writable_folders(working_copy / ".workbook" / "home")
    host = "127.0.0.1" if ip == "0.0.0.0" else ip
    print(f"http://{host}:{port}{FIRST_PAGE}?token={environ['JUPYTER_TOKEN']}", flush=True)
    print("JupyterLab starts; Ctrl-C here ends it.", flush=True)
    python = python_of_environment()
    os.execve(python, [python, "-P", "-c", JUPYTERLAB, *options(working_copy, ip, port, browser)], environ)


def options(working_copy: Path, ip: str, port: int, browser: bool) -> list[str]:
    """Return the command line options of JupyterLab."""
    chosen = [
        f"--ServerApp.root_dir={working_copy}",
        f"--ServerApp.ip={ip}",
        f"--ServerApp.port={port}",
        # Another port than the one printed would help nobody.
        "--ServerApp.port_retries=0",
        f"--LabApp.default_url={FIRST_PAGE}",
        # The tabs of the learner's other JupyterLabs are none of ours.
        f"--LabApp.workspaces_dir={working_copy / '.workbook' / 'workspaces'}",
        # Ctrl-C ends it without a question; what it logs would bury the address printed above.
        "--ServerApp.answer_yes=True",
        "--Application.log_level=ERROR",
        # Kernels talk through local ports, which on a shared machine others could listen to; ipykernel warns of it.
        "--KernelManager.transport_encryption=auto",
    ]
    if os.geteuid() == 0:
        chosen.append("--allow-root")
    if not browser:
        chosen.append("--no-browser")
    return chosen


def settings() -> dict[str, str]:
    """Return the environment variables for JupyterLab."""
    config_path = [str(OUR_CONFIG), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, config_path)),
        # The kernel of this environment comes before one that the learner installed for themselves.
        "JUPYTER_PREFER_ENV_PATH": "1",
        # Not in the command line, which every user of the machine can read.
        "JUPYTER_TOKEN": os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24),
    }


def writable_folders(instead: Path) -> dict[str, str]:
    """Return a variable for each folder in HOME that Jupyter needs and cannot write; its value is made in `instead`."""
    usual = {
        "JUPYTER_CONFIG_DIR": jupyter_config_dir(),
        "JUPYTER_DATA_DIR": jupyter_data_dir(),
        "JUPYTER_RUNTIME_DIR": jupyter_runtime_dir(),
        # Not by pathlib: where no home can be found, the tilde stays, and that is no error.
        "IPYTHONDIR": os.environ.get("IPYTHONDIR") or os.path.expanduser("~/.ipython"),  # noqa: PTH111
        "MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR") or os.path.expanduser("~/.config/matplotlib"),  # noqa: PTH111
    }
    replaced = {name: instead / name.lower() for name, folder in usual.items() if not is_writable(Path(folder))}
    for folder in replaced.values():
        folder.mkdir(parents=True, exist_ok=True)  # IPython makes none whose parent is not there
    return {name: str(folder) for name, folder in replaced.items()}


def is_writable(folder: Path) -> bool:
    """Return whether files can be written in a folder, which may have to be made for that."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists() or path.is_symlink())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def choose_port(ip: str, wanted: int | None) -> int:
    """Return the wanted port if it is free, else any free one: two that start at once then do not pick the same."""
    try:
        sockets = bind_sockets(wanted or 0, ip, family=socket.AF_INET)
    except OSError as error:
        at = f"Port {wanted} of {ip}" if wanted else f"The address {ip}"
        raise StartError(f"{at} cannot be used ({error.strerror}): choose another with --port or --ip.") from None
    port = sockets[0].getsockname()[1]
    for each in sockets:
        each.close()
    return port
