"""kube-scheduler's own predicates, asked about many pods and nodes at once, without a cluster."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Plain = dict[str, Any]


class Predicates:
    """Which nodes take a pod: taints, node selector, required node affinity, and the node's name.

    Args:
        process: the program that `tests/cluster/landing` is built to.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin
        assert process.stdout
        self._asked, self._answers = process.stdin, process.stdout

    def taking(self, pods: Iterable[tuple[Plain, Sequence[str]]], nodes: Sequence[Plain]) -> list[list[int]]:
        """For each pod the numbers of the nodes that take it, under one of the names that a node may have for it."""
        asked = [{"spec": spec, "names": names} for spec, names in pods]
        self._asked.write(json.dumps({"pods": asked, "nodes": nodes}) + "\n")
        self._asked.flush()
        answers = json.loads(self._answers.readline())
        return [[number for number, takes in enumerate(answer) if takes == "1"] for answer in answers]


@contextmanager
def predicates(folder: Path) -> Iterator[Predicates]:
    """The program of this folder, for as long as it is asked."""
    with subprocess.Popen([folder / "landing"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Predicates(process)
        assert process.stdin
        process.stdin.close()
        assert process.wait() == 0
