"""What a command costs as a whole process: time, CPU time and peak memory, its workers included."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Cost(NamedTuple):
    """What one run of a command took.

    Attributes:
        seconds: from start to end.
        cpu: CPU seconds of it and of every process that it waited for.
        memory: MB. The peaks of all processes that live at one time, added up: pages that they share count in each.
    """

    seconds: float
    cpu: float
    memory: float


class Command(NamedTuple):
    """A command, the folder that it runs in, and the exit code that says that it did its work."""

    words: list[str]
    folder: Path
    code: int = 0


def in_turns(commands: Mapping[str, Command], times: int) -> dict[str, Cost]:
    """Medians of each command, run in turns so that a noisy moment hits all of them; the first turn warms up.

    Args:
        commands: by any name.
        times: how many turns count.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(times + 1):
        for name, command in commands.items():
            costs[name].append(cost(command))
    return {name: Cost(*map(statistics.median, zip(*runs[1:], strict=True))) for name, runs in costs.items()}


def cost(command: Command) -> Cost:
    """Run a command, and throw away what it prints.

    Raises:
        SystemExit: it ended with another exit code.
    """
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        child = subprocess.Popen(
            command.words, cwd=command.folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=said
        )
        peak = _Peak(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        memory = peak.end() or usage.ru_maxrss / 1000
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != command.code:
            said.seek(0)
            why = f"{child.returncode}, not {command.code}: {said.read().decode()[-2000:]}"
            raise SystemExit(f"{' '.join(command.words[:3])} ended with {why}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, memory)


class _Peak:
    """Watches a process and its descendants through /proc, 100 times a second.

    `getrusage` knows only the largest of several processes, and counts what their parent had before it became them.
    """

    def __init__(self, process: int) -> None:
        self._family, self._strangers = {process}, {os.getpid()}
        self._most, self._done = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> float:
        """The peak in MB; 0 where there is no /proc, or where the process ended before the first look."""
        self._done.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while not self._done.wait(0.01):
            self._meet()
            self._most = max(self._most, sum(map(_own_peak, self._family)))

    def _meet(self) -> None:
        """Tell new processes apart: each is asked for its parent once. Not every kernel lists children."""
        running = {int(path.name) for path in Path("/proc").glob("[0-9]*")}
        for process in sorted(running - self._family - self._strangers):
            kin = _number(r"PPid:\s+(\d+)", process) in self._family
            (self._family if kin else self._strangers).add(process)


def _own_peak(process: int) -> float:
    return _number(r"VmHWM:\s+(\d+) kB", process) * 1024 / 1e6


def _number(pattern: str, process: int) -> int:
    """A number of a process's status; 0 where it has just ended."""
    try:
        found = re.search(pattern, Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0
