"""What costs too much is left, in time and in memory, and it is said why: files, and answers of an API server.

Times are those of a processor where something is computed, as a test may wait for one; where nothing comes, what passes
is far less than what an attack lasts.
"""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.attacks.budget import attempts, generator
from tests.attacks.costs.costing import Cost, Costing
from tests.attacks.costs.files import planted, prepared
from tests.attacks.costs.server import kubeconfig, serving

pytestmark = pytest.mark.every_environment

Plain = Mapping[str, Any]
CostOf = Callable[..., Cost]
TABLE = yaml.safe_load(Path(__file__).with_name("costs.yaml").read_text())
MEMORY, PROCESSOR, MOST_MEMORY = 450, 40, 3000
"""MiB that a call may take, seconds that it may compute, and MiB with which it ends where it takes more."""
LEAST = 10
"""Seconds that the answers of an API server may take to be computed."""
LONG = 60
"""Seconds that nothing here takes which does not wait for them."""
EXEC = "client.authentication.k8s.io/v1"
EXIT_CODES = (0, 1, 2, 3)
DEFECT = re.compile(r"Traceback|MemoryError|RecursionError|defect|a fault of")


@pytest.fixture(scope="module")
def costing() -> Iterator[Costing]:
    with Costing(kubernetes=True) as process:
        yield process


@pytest.fixture(scope="module")
def nothing(costing: Costing, tmp_path_factory: pytest.TempPathFactory) -> int:
    """The memory of a process that does nothing."""
    return costing.of("idle", memory=MOST_MEMORY, processor=PROCESSOR, folder=tmp_path_factory.mktemp("idle")).memory


@pytest.fixture
def cost_of(costing: Costing, nothing: int, tmp_path: Path) -> CostOf:
    """What a call costs, its memory beside that of a process that does nothing."""

    def cost(call: str, **arguments: Any) -> Cost:
        spent = costing.of(call, memory=MOST_MEMORY, processor=PROCESSOR, folder=tmp_path, **arguments)
        return spent._replace(memory=spent.memory - nothing)

    return cost


def some(name: str, every: list[Any], least: int) -> list[Any]:
    """All attacks of a table, or some of them, in their order."""
    chosen = generator(name).sample(range(len(every)), min(len(every), attempts(len(every), least)))
    return [every[number] for number in sorted(chosen)]


FILES = [(c, r) for c in TABLE["contents"] for r in TABLE["readers"] if c["form"] in r["forms"]]


@pytest.mark.parametrize(("content", "reader"), some("files", FILES, 25), ids=lambda each: each["what"])
def test_a_file_costs_no_more_than_a_long_one(
    content: Plain, reader: Plain, cost_of: CostOf, tmp_path: Path, record_property: Any
) -> None:
    prepared(tmp_path)
    planted(content, reader, tmp_path)

    call, arguments = called(reader)
    cost = cost_of(call, **arguments)

    assert cost.code in EXIT_CODES, cost
    assert not DEFECT.search(cost.said)
    assert cost.memory < reader.get("memory", MEMORY), cost
    if not reader.get("quiet"):
        assert re.search(content.get("says", ""), cost.said), cost
    record_property("files that would cost too much", 1)


def called(reader: Plain) -> tuple[str, dict[str, Any]]:
    """The call that reads a file, and its arguments."""
    if "call" in reader:
        return reader["call"], {"file": reader["name"]}
    name = "lint" if "lint" in reader else "audit"
    return "command", {"arguments": [name, *(reader["name"] if each == "FILE" else each for each in reader[name])]}


@pytest.mark.parametrize("attack", some("answers", TABLE["answers"], 12), ids=lambda each: each["attack"])
def test_an_answer_is_left_when_it_is_too_large_or_too_late(
    attack: Plain, cost_of: CostOf, tmp_path: Path, record_property: Any
) -> None:
    with serving({attack["at"]: attack["attack"], **attack.get("also", {})}) as address:
        cost = cost_of("cluster", kubeconfig=kubeconfig(address, tmp_path), timeout=attack.get("timeout", LONG))

    assert cost.code == 0, cost
    assert re.search(attack.get("unknown", ""), cost.said), cost
    assert len(cost.said) < 6000  # what is said of it is bounded too
    assert cost.memory < MEMORY, cost
    assert cost.processor < LEAST
    record_property("answers of an API server that would cost too much", 1)


@pytest.mark.parametrize("attack", some("dry runs", ["refusal", "unannounced", "drip", "silence"], 2))
def test_a_dry_run_is_left_too(attack: str, cost_of: CostOf, tmp_path: Path) -> None:
    with serving({"pods": attack}) as address:
        cost = cost_of("preflight", kubeconfig=kubeconfig(address, tmp_path), timeout=2)

    assert re.search("did not answer within 2 s|is larger than 32 MiB", cost.said), cost


@pytest.mark.parametrize("case", some("plug-ins", TABLE["plug_ins"], 5), ids=lambda each: each["what"])
def test_a_plug_in_that_signs_in_ends_with_all_that_it_started(case: Plain, cost_of: CostOf, tmp_path: Path) -> None:
    script = tmp_path / "sign-in"
    script.write_text(f"#!/bin/bash\necho $$ >> {shlex.quote(str(tmp_path / 'started'))}\n{case['runs']}\n")
    script.chmod(0o755)
    plug_in = {"apiVersion": EXEC, "command": "./sign-in"}

    with serving({}) as address:
        config = kubeconfig(address, tmp_path, exec=plug_in)
        cost = cost_of("cluster", kubeconfig=config, timeout=case.get("timeout", LONG))

    assert re.search(f"context 'here' cannot be used: its plug-in 'sign-in' {case['says']}", cost.said), cost
    assert not alive(int((tmp_path / "started").read_text()))


def alive(group: int) -> list[str]:
    """The programs of a group that run; one that ended may wait in it for its parent."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            name, _, fields = process.joinpath("stat").read_text().rpartition(")")
            state, _, of_group = fields.split()[:3]
            found += [name] if int(of_group) == group and state != "Z" else []
    return found


@pytest.mark.parametrize("how", ["token", "certificate"])
def test_a_plug_in_that_answers_signs_in(how: str, cost_of: CostOf, tmp_path: Path) -> None:
    status = {"token": "abc"} if how == "token" else {"clientCertificateData": "x", "clientKeyData": "y"}
    answer = tmp_path / "answer"
    answer.write_text(json.dumps({"apiVersion": EXEC, "kind": "ExecCredential", "status": status}))
    says = "import json, os; assert os.environ['A'] == 'b'; json.loads(os.environ['KUBERNETES_EXEC_INFO']); "
    plug_in = {
        "apiVersion": EXEC,
        "command": sys.executable,
        "args": ["-c", f"{says}print(open('answer').read())"],
        "env": [{"name": "A", "value": "b"}],
        "provideClusterInfo": True,
    }
    with serving({}) as address:
        assert not cost_of("cluster", kubeconfig=kubeconfig(address, tmp_path, exec=plug_in), timeout=LONG).said
