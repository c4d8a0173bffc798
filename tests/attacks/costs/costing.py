"""What something costs: a process of its own for each call, with as much memory and time of a processor as it may take.

The processes are forked from one that has imported everything: a hundred starts of Python would be most of the cost. It
is a program of its own (`python costing.py`), as the memory of pytest would count otherwise.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

ROOT = Path(__file__).parents[3]
PATIENCE = 600
"""Seconds after which a process waits for what never comes."""


class Cost(NamedTuple):
    """What became of a call.

    Attributes:
        said: what it wrote, or the error that it raised.
        code: its exit code; negative: the signal that ended it.
        memory: the most of it, in MiB.
        processor: seconds that it computed.
        seconds: seconds that passed.
    """

    said: str
    code: int
    memory: int
    processor: float
    seconds: float


class Costing:
    """The process from which the others are forked.

    Args:
        kubernetes: whether they need the official client.
    """

    def __init__(self, *, kubernetes: bool = False) -> None:
        self._kubernetes = kubernetes

    def __enter__(self) -> Self:
        command = [sys.executable, __file__, *(["kubernetes"] if self._kubernetes else [])]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "IGZ_RUNTIME_CONFIG": "none"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()

    def of(self, call: str, *, memory: int, processor: int, folder: Path, **arguments: Any) -> Cost:
        """What a call of this module costs, with so many MiB of memory and seconds of a processor at most."""
        asked = {"call": call, "memory": memory, "processor": processor, "folder": str(folder), "arguments": arguments}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Cost(*json.loads(self._process.stdout.readline()))


def idle() -> None:
    """Nothing."""


def command(arguments: list[str]) -> None:
    """A command of igz-runtime."""
    from igz_runtime.cli import main

    sys.exit(main(arguments))


def check(file: str) -> None:
    """`igz_runtime.check` of a file."""
    from igz_runtime import check as judged

    _say(judged(Path(file)))


def cluster(**arguments: Any) -> None:
    """What is not known of a cluster that its API server tells of, a line for each fact."""
    from igz_runtime import Cluster

    live = Cluster.from_kubernetes(**arguments).live
    assert live
    for what, why in live.unknown.items():
        _say(f"{what}: {why}")


def preflight(**arguments: Any) -> None:
    """What becomes of a pod on a cluster, and why that is not known."""
    from igz_runtime import Cluster
    from igz_runtime import preflight as judged

    function = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"resources": {"requests": {"cpu": "1"}}}}
    found = judged(function, Cluster.from_kubernetes(**arguments))
    said = found.roles[0].dry_run
    _say(f"{found.roles[0].verdict}: {said.message if said else None}")


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def _forked(asked: dict[str, Any]) -> Cost:
    output = Path(asked["folder"]) / "said"
    begun = time.monotonic()
    child = os.fork()
    if not child:
        _run(asked, output)
    while True:
        ended, status, used = os.wait4(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > begun + PATIENCE:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    said = output.read_text(errors="replace")[:20_000]
    computed = used.ru_utime + used.ru_stime
    return Cost(said, os.waitstatus_to_exitcode(status), used.ru_maxrss // 1024, computed, time.monotonic() - begun)


def _run(asked: dict[str, Any], output: Path) -> None:
    code = 1
    with output.open("w") as stream, contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        try:
            os.chdir(asked["folder"])
            resource.setrlimit(resource.RLIMIT_AS, (asked["memory"] * 2**20,) * 2)
            resource.setrlimit(resource.RLIMIT_CPU, (asked["processor"],) * 2)
            globals()[asked["call"]](**asked["arguments"])
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException as error:  # noqa: BLE001  (whatever it raises, the parent wants to know)
            _say(f"{type(error).__name__}: {error}")
        else:
            code = 0
    os._exit(code)


def _preload() -> None:
    import igz_runtime.audit
    import igz_runtime.cli.audit
    import igz_runtime.cli.lint
    import igz_runtime.text.round_trip  # noqa: F401

    if sys.argv[1:]:
        import kubernetes.client
        import kubernetes.config

        for name in dir(kubernetes.client):  # of which some are imported when they are asked for
            getattr(kubernetes.client, name)


if __name__ == "__main__":
    _preload()
    for line in sys.stdin:
        _say(json.dumps(_forked(json.loads(line))))
