"""What is remembered is what would be found anew, and what nobody holds any more is not kept."""

from __future__ import annotations

import gc
import json
import os
import time
import tracemalloc
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from weakref import ref

import pytest

from igz_runtime import Cluster, check
from igz_runtime.cluster import NodeGroup, Preemptible
from igz_runtime.config.file import NO_FILE
from igz_runtime.errors import IgzRuntimeError
from igz_runtime.functions.pipeline import FunctionUri
from igz_runtime.lint.judging import lint_text
from igz_runtime.planning import make_plan
from igz_runtime.planning.grounds import Grounds
from igz_runtime.profiles.profile import Profile
from igz_runtime.projects.guarding.basis import Basis
from igz_runtime.projects.guarding.door import Call
from igz_runtime.projects.guarding.remembered import Remembered
from igz_runtime.projects.guarding.request import Asked
from igz_runtime.projects.guarding.verdict import Verdict
from igz_runtime.rules import Found, rule, waivers
from igz_runtime.rules.authoring import REGISTRY
from igz_runtime.rules.waivers import FREE
from tests.attacks.budget import SEED, attempts, generator
from tests.attacks.remembering.alike import CONFIGURATIONS, DAYS, PROFILES, SAVED, Case, cases, cluster_of
from tests.contract.distributions import run

CASES = attempts(20_000)


def told(case: Case, cluster: Cluster, folder: Path) -> str:
    """Everything that is said of one case; the function stays as it is."""
    file = folder / "igz-runtime.yaml"
    if not file.exists() or file.read_text() != CONFIGURATIONS[case.configuration]:
        file.write_text(CONFIGURATIONS[case.configuration])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waivers, "today", lambda: DAYS[case.day])
        try:
            plan = PROFILES[case.profile].plan(case.function, cluster, config=file)
        except IgzRuntimeError as error:
            return f"{type(error).__name__}: {error}"
        waived = [finding.waived for finding in plan.findings]
        return json.dumps([plan.to_dict(), str(waived), plan.after.record], default=str, sort_keys=True)


def alone(case: Case, folder: Path) -> str:
    """The same, with nothing that is remembered of any other."""
    make_plan.forget()
    return told(case, cluster_of(case.cluster), folder)


def digest(folder: str) -> str:
    """What a fresh process says of every case, from the last to the first, as a hash."""
    every = [alone(case, Path(folder)) for case in reversed(list(cases(generator("remembered"), CASES)))]
    return sha256("\n".join(reversed(every)).encode()).hexdigest()


def test_what_is_remembered_is_what_would_be_found_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = generator("order")
    every = list(cases(generator("remembered"), CASES))
    clusters = [cluster_of(number) for number in range(6)]
    make_plan.forget()
    said = []
    for case in every:
        if rng.random() < 0.05:  # another one, which may get the identity of the one that goes
            clusters[case.cluster] = cluster_of(case.cluster)
        said.append(told(case, clusters[case.cluster], tmp_path))
    again = [told(case, clusters[case.cluster], tmp_path) for case in every]

    assert again == said
    for case, one in zip(every, said, strict=True):
        assert alone(case, tmp_path) == one, case
    record_property("plans of functions that are alike, remembered and not", len(every))
    code = f"from tests.attacks.remembering.test_remembered import digest; print(digest({str(tmp_path)!r}))"
    fresh = run(f"import os; os.environ.update(IGZ_ATTACK_SEED={SEED!r})\n{code}", cwd=tmp_path).strip()
    assert fresh == sha256("\n".join(said).encode()).hexdigest()


def test_a_mapping_that_a_cluster_was_made_of_may_change(tmp_path: Path) -> None:
    """The cluster is what it was, and so are its verdicts."""
    labels, spot = {"app.iguazio.com/node-group": "jobs"}, {"lifecycle": "spot"}
    selector = {"pool": "blue"}
    cluster = Cluster(
        mlrun=Preemptible(node_selector=spot),
        node_groups=(NodeGroup("jobs", labels=labels),),
        default_node_selector=selector,
    )
    case = Case({"kind": "job", "metadata": {"name": "etl"}, "spec": {}}, 2, 0, 0, 0)
    before = told(case, cluster, tmp_path)
    for each in (labels, spot, selector):
        each.clear()

    make_plan.forget()
    assert told(case, cluster, tmp_path) == before
    for mapping in (cluster.mlrun.node_selector, cluster.node_groups[0].labels, cluster.default_node_selector):
        with pytest.raises(TypeError):
            mapping["a"] = "b"  # type: ignore[index]


def test_an_organisations_rule_is_asked_each_time_whatever_it_says_that_it_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may read what it does not name, or what changes outside of all that is judged."""
    monkeypatch.setitem(REGISTRY, "ACME101", REGISTRY.get("ACME101"))  # taken away again afterwards
    del REGISTRY["ACME101"]
    asked: list[str] = []

    @rule("ACME101", "a-b", "t", severity="info", source="s", origin="o", fix="f", reads=("containers",))
    def check(subject: Any) -> Iterator[Found]:
        asked.append(subject.function.name)
        yield Found(f"{subject.function.name}, asked {len(asked)} times")

    cluster = Cluster.iguazio()
    for number, name in enumerate(("a", "b", "a", "a"), 1):
        document = {"kind": "job", "metadata": {"name": name}, "spec": {}}
        (found,) = [f for f in PROFILES[0].plan(document, cluster, config="none").findings if f.rule == "ACME101"]
        assert found.message == f"{name}, asked {number} times"


def test_code_that_changes_within_a_tick_of_the_clock_is_read_again(tmp_path: Path) -> None:
    """A file of the same size and time of change: so are two that are written one after the other."""
    code, now = tmp_path / "steps.py", time.time_ns()
    document = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"command": str(code), "preemption_mode": "allow"}}
    head = "from sklearn.svm import SVC\nmodel = SVC()\n"
    for body in ("model.fit(1, 2)", "print(model.ab)") * 3:
        code.write_text(head + body)
        os.utime(code, ns=(now, now))
        found = {finding.rule for finding in check(document, Cluster.iguazio(), config="none")}
        assert ("IGZ101" in found) == ("fit" in body)


NODES = 2_000
ALLOWED = 6 * 2**20
"""Bytes that may stay of all clusters together: one of 2,000 nodes takes 1 MB, and 4 MB once it was judged on."""


def large(number: int) -> Cluster:
    """A cluster of 2,000 nodes, none of which another one has."""
    assert SAVED.live is not None
    node = SAVED.live.nodes[0]
    nodes = tuple(
        node._replace(name=f"c{number}-{each}", labels={**node.labels, "kubernetes.io/hostname": f"c{number}-{each}"})
        for each in range(NODES)
    )
    return replace(SAVED, live=replace(SAVED.live, nodes=nodes))


@pytest.mark.parametrize("whose", ["given", "the profile's own"])
def test_clusters_that_nobody_holds_any_more_are_let_go(whose: str, record_property: Any) -> None:
    """Without the garbage collector: the command line starts without it."""
    of_the_profile = whose != "given"
    documents = [{"kind": kind, "metadata": {"name": "etl"}, "spec": {}} for kind in ("job", "serving", "spark")]

    def judge(number: int) -> None:
        cluster = large(number)
        for document in documents:
            for each in (PROFILES[0], PROFILES[3]):
                profile: Profile = each.replace(cluster=cluster) if of_the_profile else each
                plan = profile.plan(document, None if of_the_profile else cluster.in_project({"a": "b"}), config="none")
                assert plan.findings is not None

    judge(0)
    gc.collect()
    gc.disable()
    tracemalloc.start()
    count = attempts(300, least=10)
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(1, count + 1):
            judge(number)
        kept = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()

    record_property(f"clusters of {NODES:,} nodes that were judged on, one after the other", count)
    assert kept < ALLOWED, f"{kept / 2**20:.1f} MB are kept"


def test_a_guard_lets_go_of_what_earlier_verdicts_went_by() -> None:
    """A verdict holds no longer once its project goes by another cluster or configuration."""
    remembered, clusters = Remembered(), []
    nobody: Any = None  # is asked which profile it should have
    for number in range(20):
        cluster = Cluster.iguazio(default_node_selector={"pool": str(number)})
        clusters.append(ref(cluster))
        basis = Basis(Grounds(cluster, FREE, NO_FILE), nobody, strict=False)
        verdict = Verdict(Asked("run", "churn", f"f{number}", function={"kind": "job"}), basis=basis)
        call = Call("POST", f"projects/churn/functions/f{number}", {"versioned": "true"}, {}, lambda *_: None)
        where = {"project": "churn", "name": f"f{number}"}
        remembered.answered(call, where, verdict, SimpleNamespace(json=lambda: {"hash_key": "h"}))
    del cluster, basis, verdict

    assert [each() is not None for each in clusters] == [False] * 19 + [True]
    kept = remembered.stored(FunctionUri.of("churn/f3@h"), call)
    assert kept.function == {"kind": "job"}


def test_long_texts_of_functions_are_let_go(record_property: Any) -> None:
    """Names, amounts, keys and embedded code may be as long as a file."""

    def judge(number: int) -> None:
        text = f"{number:06}" * 2**15
        code = b64encode(f"def handle(): print('{text}')".encode()).decode()
        spec = {"build": {"functionSourceCode": code}, "default_handler": text, f"replica{text}": 1}
        spec["preemption_mode"] = "allow"
        spec["resources"] = {"requests": {"memory": f"{number}." + "0" * 2**17 + "1"}}
        document = {"kind": "job", "metadata": {"name": text, "labels": {"a": text}}, "spec": spec}
        check(document, Cluster.iguazio(), config="none")
        lint_text("function.yaml", json.dumps(document))

    judge(0)
    gc.collect()
    count = attempts(500, least=10)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(1, count + 1):
            judge(number)
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    record_property("functions with texts of 200,000 characters that were judged, one after the other", count)
    assert kept < ALLOWED // 6, f"{kept / 2**20:.1f} MB are kept"
