"""`igz-runtime audit --every --metrics` as a process, and what it answers."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from igz_runtime.rules.audited import AuditedCluster
from tests.clusters import audited

ROOT = Path(__file__).parents[1]
PATIENCE = 30.0
"""Seconds that something may take that takes one."""

_WITH_SIGINT = """\
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, "-m", "igz_runtime", *sys.argv[1:]])
"""
INTERRUPTIBLE = (sys.executable, "-c", _WITH_SIGINT)
"""The program, which SIGINT reaches: what runs in the background ignores it, and hands that down."""

_SERVED = re.compile(r"serving http://(\S+)/metrics")
_VALUE = re.compile(r"^igz_runtime_audit_(\S+) (\S+)$", re.MULTILINE)


class Served:
    """A running command.

    Attributes:
        process: the process.
        log: what it wrote.
        address: where it serves, host and port.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log
        self.address: str = until(lambda: _SERVED.search(self.said), process)[1]

    @property
    def said(self) -> str:
        """What it wrote so far."""
        return self.log.read_text()

    def answer(self, path: str, method: str = "GET") -> tuple[int, str]:
        """The status and the body of one request."""
        request = urllib.request.Request(f"http://{self.address}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metrics(self) -> dict[str, float]:
        """The metrics, by name and labels."""
        return {name: float(value) for name, value in _VALUE.findall(self.answer("/metrics")[1])}

    def until(self, metric: str, holds: Callable[[float], bool]) -> dict[str, float]:
        """The metrics as soon as one of them is as it should be."""

        def found() -> dict[str, float]:
            now = self.metrics()
            return now if holds(now.get(metric, -1.0)) else {}

        metrics: dict[str, float] = until(found, self.process)
        return metrics

    def ended(self) -> int:
        """The exit code."""
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def served(folder: Path, *arguments: str, every: str = "1s", **environment: str) -> Iterator[Served]:
    """The command, on a free port of loopback, for as long as the context lasts."""
    log = folder / "served.log"
    command = [*INTERRUPTIBLE, "audit", "--every", every, "--metrics", "127.0.0.1:0", *arguments]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stderr=output, stdout=output, env=variables, cwd=folder)
    try:
        yield Served(process, log)
    finally:
        process.kill()
        process.wait()


def saved(file: Path, nodes: int = 20) -> AuditedCluster:
    """An audited cluster, saved to a file."""
    view = audited(nodes).view
    view.cluster.save(file)
    return view


def until(ready: Callable[[], Any], process: subprocess.Popen[bytes] | None = None) -> Any:
    """What a function gives, as soon as it gives anything."""
    last = time.monotonic() + PATIENCE
    while not (found := ready()):
        assert process is None or process.poll() is None, "the program ended"
        assert time.monotonic() < last, "nothing in time"
        time.sleep(0.05)
    return found
