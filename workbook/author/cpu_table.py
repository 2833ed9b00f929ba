"""A pytest plugin that says what the tests cost: the ten dearest files, in seconds of CPU (`--cpu`: all of them).

Each worker counts its own process and the children that it has reaped, between the end of one phase of a test and the
end of the next. So a process is counted where it is waited for, with all that it has itself waited for. Not seen: what
nobody waits for, as a process whose parent was killed, and what still runs at the end.
"""

from __future__ import annotations

import resource
from collections import defaultdict
from collections.abc import Generator
from operator import itemgetter

import pytest

SHOWN = 10
START = "(starting, collecting)"


def cpu_seconds() -> float:
    """What this process and the children that it has reaped have used so far."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


class Counting:
    """Where tests run: puts into each report what was used since the last one."""

    def __init__(self) -> None:
        self.counted = self.start = 0.0

    @pytest.hookimpl
    def pytest_runtest_logstart(self) -> None:
        """Whatever was used before the first test is the start."""
        if not self.counted:
            self.counted = self.start = cpu_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A report of the set-up, the call or the tear-down of a test."""
        report = yield
        now = cpu_seconds()
        # pytest and xdist hand on what is added to a report.
        report.cpu_seconds = now - self.counted  # type: ignore[attr-defined]
        self.counted = now
        return report

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Tell the start, which belongs to no test."""
        if (output := getattr(session.config, "workeroutput", None)) is not None:
            output["cpu_start"] = self.start


class Telling:
    """Where reports arrive: adds them up, and shows the sums before pytest's last line."""

    def __init__(self, counting: Counting) -> None:
        self.counting = counting
        self.used: defaultdict[str, float] = defaultdict(float)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a report to its file."""
        self.used[report.location[0]] += getattr(report, "cpu_seconds", 0.0)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Add the start of a worker that ends."""
        self.used[START] += getattr(node, "workeroutput", {}).get("cpu_start", 0.0)

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        """The table."""
        # With workers this process runs no test: all that it has used itself is for sharing them out.
        mine = resource.getrusage(resource.RUSAGE_SELF)
        self.used[START] += self.counting.start if self.counting.counted else mine.ru_utime + mine.ru_stime
        dearest = sorted(self.used.items(), key=itemgetter(1), reverse=True)[: None if config.option.cpu else SHOWN]
        terminalreporter.section("seconds of CPU")
        for name, seconds in dearest:
            terminalreporter.write_line(f"{seconds:7.1f}  {name}")
        if len(self.used) > len(dearest):
            rest = sum(self.used.values()) - sum(seconds for _, seconds in dearest)
            terminalreporter.write_line(f"{rest:7.1f}  all others")
        terminalreporter.write_line(f"{sum(self.used.values()):7.1f}  in all")


def pytest_addoption(parser: pytest.Parser) -> None:
    """--cpu."""
    parser.addoption("--cpu", action="store_true", help="show the seconds of CPU of all files, not of the ten dearest")


def pytest_configure(config: pytest.Config) -> None:
    """Count where tests run, tell where the terminal is."""
    counting = Counting()
    config.pluginmanager.register(counting)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Telling(counting))
