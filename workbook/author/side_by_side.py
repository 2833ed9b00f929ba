"""A pytest plugin that shares the tests out among workers: with `--dist loadgroup` a file stays together.

A notebook is one kernel, and the tests of a module share what is dear. A test that is marked with a group of its own
(`@pytest.mark.xdist_group`) leaves its file: so the questions of the gate are shared out one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadGroupScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer


class FilesAndGroups(LoadGroupScheduling):
    """Groups where tests are marked, else files. The largest come first, single tests fill up the end."""

    def _split_scope(self, nodeid: str) -> str:
        """What a test is run together with."""
        group = super()._split_scope(nodeid)
        return group if group != nodeid else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadGroupScheduling | None:
    """Take the place of xdist's own `loadgroup`, which would tear files apart."""
    return FilesAndGroups(config, log) if config.getvalue("dist") == "loadgroup" else None
