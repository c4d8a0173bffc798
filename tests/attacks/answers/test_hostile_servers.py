"""Thousands of hostile servers: no raw error, no secret, and no verdict that is better than the right one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from igz_runtime import Cluster, preflight
from igz_runtime.audit import Audit, audit_cluster
from igz_runtime.cli import main
from igz_runtime.cluster.api.connection import Connection
from igz_runtime.cluster.api.dry_run import dry_run
from igz_runtime.errors import ConfigurationError
from igz_runtime.k8s.pod import Container, PodSettings
from igz_runtime.text.limits import LONGEST_MESSAGE, MOST_WARNINGS
from tests.attacks import budget
from tests.attacks.answers.answering import DRY_RUN, PATIENCE, TOKEN, WHAT, Plain, Server, encoded, right_answers
from tests.attacks.answers.mutating import Spoiled, edited_at_random, spoiled

pytestmark = pytest.mark.every_environment

RIGHT = right_answers()
ENCODED = {name: encoded(answer) for name, answer in RIGHT.items()}
READ = tuple(WHAT)


class Known(NamedTuple):
    """What is known of a cluster, and what is said of it."""

    cluster: Cluster
    facts: Plain
    unknown: dict[str, str]
    audit: Audit
    verdicts: dict[str, str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("answers")).serving() as server:
        yield server


@pytest.fixture(scope="module")
def right(server: Server) -> Known:
    server.answers = ENCODED
    right = looked_at(server)
    assert right.unknown == {}
    return right


def looked_at(server: Server) -> Known:
    """A cluster as everybody looks at it who reads it."""
    cluster = Cluster.from_kubernetes(kubeconfig=str(server.kubeconfig), running=True, timeout=PATIENCE)
    assert cluster.live is not None
    facts = cluster.to_dict()
    again = Cluster.from_dict(facts)
    assert again.to_dict() == facts
    audit = audit_cluster(cluster, environment="production", config="none")
    verdicts = {name: verdict_on(job, replace(cluster, connection=None)) for name, job in JOBS.items()}
    known = {**facts, "source": "", "live": {**facts["live"], "read": "", "unknown": {}}}
    return Known(cluster, known, dict(cluster.live.unknown), audit, verdicts)


def job(name: str, **spec: Any) -> Plain:
    amounts = {"cpu": "1", "memory": "1Gi"}
    resources = {"requests": amounts, "limits": amounts}
    return {"kind": "job", "metadata": {"name": name}, "spec": {"resources": resources, **spec}}


JOBS = {
    "one that is refused by a quota": job("etl"),
    "one of a class that is not there": job("urgent", priority_class_name="urgent"),
    "one that fits no node": job("lost", node_selector={"disk": "fast"}, priority_class_name="igz-workload-low"),
}


def verdict_on(function: Plain, cluster: Cluster) -> str:
    (role,) = preflight(function, cluster, config="none").roles
    return role.verdict


WORSE = {"runs": 0, "new node": 1, "waits for room": 2, "never scheduled": 3, "refused": 3}
"""Verdicts of a preflight: how bad each is."""


def test_no_hostile_server_is_believed(
    server: Server, right: Known, record_property: Callable[[str, object], None]
) -> None:
    chance = budget.generator("answers")
    counts = {"hostile answers": 0, "facts of them that are unknown": 0}
    for _ in range(budget.attempts(2000)):
        wrong = spoiled(RIGHT, chance.choice(READ), chance)
        server.answers = {**ENCODED, wrong.name: wrong.answer}
        counts["hostile answers"] += 1
        found = looked_at(server)
        counts["facts of them that are unknown"] += len(found.unknown)
        require_honest(found, wrong, right)
    for what, count in counts.items():
        record_property(what, count)


def require_honest(found: Known, wrong: Spoiled, right: Known) -> None:
    """What was spoiled is read as before, or not known; and no verdict is better than the right one, without a word."""
    what = WHAT[wrong.name]
    assert set(found.unknown) <= {what, *FOLLOWING.get(wrong.name, ())}, (wrong.how, found.unknown)
    assert TOKEN not in f"{found.unknown}{found.cluster!r}{found.audit.unread}"
    assert " in igz_runtime" not in str(found.unknown), (wrong.how, found.unknown)
    if not wrong.noticed:
        return
    assert what in found.unknown or found.facts == right.facts, (wrong.name, wrong.how)
    skipped = {each.rule for each in found.audit.skipped}
    gone = subjects(right.audit) - subjects(found.audit)
    assert {rule for rule, *_ in gone} <= skipped, (wrong.how, gone)
    assert not gone or [each for each in found.audit.unread if each.startswith(f"{what}: ")]
    for name, verdict in found.verdicts.items():
        assert verdict == "not known" or WORSE[verdict] >= WORSE[right.verdicts[name]], (wrong.how, name)


FOLLOWING = {"pods": ("kinds of pods",), "nodes": ()}
"""What may be unknown beside it."""


def subjects(audit: Audit) -> set[tuple[str, ...]]:
    """What rules found on what."""
    return {(each.finding.rule, each.finding.kind, each.finding.function) for each in audit.found}


def test_no_hostile_answer_to_a_dry_run_is_taken_for_a_pod(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    chance, pod = budget.generator("dry runs"), PodSettings(containers=(Container("base"),))
    accepted = counted = 0
    with Connection(kubeconfig=str(server.kubeconfig), timeout=10 * PATIENCE).open() as session:
        server.answers = ENCODED
        told = dry_run(session, pod)
        assert told.accepted
        for _ in range(budget.attempts(2000)):
            wrong = spoiled(RIGHT, DRY_RUN, chance)
            server.answers = {**ENCODED, DRY_RUN: wrong.answer}
            said = dry_run(session, pod)
            counted += 1
            accepted += bool(said.accepted)
            assert said.accepted or said.message
            assert TOKEN not in said.message
            assert not wrong.noticed or not said.accepted or said == told, wrong.how
    record_property("hostile answers to a dry run", counted)
    record_property("hostile answers to a dry run that are a pod all the same", accepted)


def test_no_hostile_warning_is_more_than_a_few_lines(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    chance, pod = budget.generator("warnings"), PodSettings(containers=(Container("base"),))
    counted, told = 0, set[str]()
    with Connection(kubeconfig=str(server.kubeconfig), timeout=10 * PATIENCE).open() as session:
        server.answers = ENCODED
        right = dry_run(session, pod)
        for _ in range(budget.attempts(2000)):
            warnings = hostile_warnings(chance)
            server.answers = {**ENCODED, DRY_RUN: ENCODED[DRY_RUN]._replace(warnings=warnings)}
            said = dry_run(session, pod)
            counted += 1
            assert said._replace(warnings=()) == right or (said.accepted is None and said.message), warnings
            assert len(said.warnings) <= MOST_WARNINGS
            for each in said.warnings:
                assert 0 < len(each) <= LONGEST_MESSAGE
                assert each.isprintable()
                assert TOKEN not in each
                told.add(each[:3])
    record_property("hostile warnings", counted)
    assert len(told) > 3


def hostile_warnings(chance: Random) -> tuple[bytes, ...]:
    """Headers of warnings, among them a few that are as Kubernetes writes them."""
    parts = (
        *(b'299 - "', b'"', b"\\", b", ", b"\x1b[31m", b"\xe2\x80\xae", b"\xff", b"\x00", b"\x85", b"\t", b"a" * 9000),
        *(b'299 - "says \xe2\x80\xa6"', b"::error::", b"https://user:password@example.com/?q=1", TOKEN.encode()),
        *(b"ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ", b"job 'x': ", b"IGZ101: x", b" | "),
    )
    count = chance.choice((1, 1, 2, 30, 150))
    return tuple(b"".join(chance.choices(parts, k=chance.randint(0, 12))) for _ in range(count))


def test_no_saved_cluster_that_was_edited_is_read_as_something_else(
    right: Known, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    chance, file, saved = budget.generator("saved clusters"), tmp_path / "cluster.json", right.cluster.to_dict()
    refused = counted = 0
    for _ in range(budget.attempts(2000)):
        edited, noticed = edited_at_random(saved, chance)
        file.write_text(json.dumps(edited))
        counted += 1
        found = audit_of(file)
        if found is None:
            refused += 1
            continue
        unsaid = subjects(right.audit) - subjects(found) and not set(found.unread) - set(right.audit.unread)
        assert not (noticed and unsaid)
    record_property("saved clusters that were edited", counted)
    record_property("saved clusters that were edited and are refused", refused)


def audit_of(file: Path) -> Audit | None:
    """The audit of a saved cluster; None where it is refused."""
    try:
        return audit_cluster(Cluster.load(file), environment="production", config="none")
    except ConfigurationError:
        return None


FORMATS = ("text", "json", "sarif", "github", "junit", "html", "prometheus")
FUNCTION = "kind: job\nmetadata: {name: etl}\nspec: {node_selector: {pool: jobs}}\n"


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project, as the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("function.yaml").write_text(FUNCTION)
    Path("project.yaml").write_text("kind: project\nmetadata: {name: churn}\nspec: {}\n")


@pytest.mark.usefixtures("in_folder")
def test_no_command_says_what_only_a_programmer_understands(
    server: Server, right: Known, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    chance, counted, saved = budget.generator("commands"), 0, right.cluster.to_dict()
    of_server = ("--kubeconfig", str(server.kubeconfig), "--save", "read.json", "--no-config")
    for _ in range(budget.attempts(500)):
        wrong = spoiled(RIGHT, chance.choice([*READ, "version"]), chance)
        server.answers = {**ENCODED, wrong.name: wrong.answer}
        Path("edited.json").write_text(json.dumps(edited_at_random(saved, chance)[0]))
        commands = (
            ("audit", *of_server, "--format", chance.choice(FORMATS)),
            ("audit", "--cluster", "edited.json", "--no-config", "--format", chance.choice(FORMATS)),
            ("lint", "--cluster", "edited.json", "function.yaml"),
            ("check", "--cluster", "edited.json"),
        )
        for command in commands:
            code = main(command)
            said = "".join(capsys.readouterr())
            said.encode()
            counted += 1
            assert code in (0, 1, 2, 3), (command, wrong.how)
            assert "Traceback" not in said
            assert TOKEN not in said
    record_property("commands on hostile servers and edited clusters", counted)
