"""What is planned is remembered, and only for functions of which the same is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, profiles
from igz_runtime.functions import adapter_for
from igz_runtime.functions.kinds import KINDS
from igz_runtime.k8s.pod import Container, PodSettings
from igz_runtime.k8s.quantity import Quantity
from igz_runtime.planning.make_plan import fingerprint, forget
from igz_runtime.profiles.profile import Profile
from tests.contract.functions import FUNCTIONS, job, state
from tests.kinds import OF_MLRUN

SAVED = Cluster.load(Path(__file__).parents[2] / "examples" / "cluster.json")
PROFILE = profiles.production_job(cpu=1, memory="2Gi")
WORKERS = {kind: (role.role, role.pods[-1]) for kind in OF_MLRUN for role in KINDS[kind].roles if role.pods}


def with_workers(kind: str, count: int) -> Any:
    fn = job(kind)
    setattr(fn.spec, WORKERS[kind][1], count)
    return fn


@pytest.mark.parametrize("kind", WORKERS)
def test_functions_with_other_numbers_of_workers_share_nothing(kind: str) -> None:
    forget()
    for count in (2, 7, 3):
        plan = PROFILE.plan(with_workers(kind, count), SAVED)
        assert {role.role: role.pods for role in plan.preflight().roles}[WORKERS[kind][0]] == count
        fn = with_workers(kind, count)
        fn.apply(PROFILE)
        assert getattr(fn.spec, WORKERS[kind][1]) == count


ROLE = PodSettings(containers=(Container("base", {"cpu": Quantity("1")}, {"cpu": Quantity("1")}),))


@pytest.mark.parametrize("name", PodSettings._fields)
def test_every_field_of_a_role_counts(name: str) -> None:
    function = adapter_for({"kind": "job", "metadata": {"name": "a"}, "spec": {}}).read().but(roles=(ROLE,))
    other = function.but(roles=(ROLE.but(**{name: ("other",)}),))
    assert fingerprint(function) is not None
    assert fingerprint(function) != fingerprint(other)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"sort": "sidecar"},
        {"reachable": False},
        {"requests": {"cpu": Quantity("1000m")}},
        {"limits": {"cpu": Quantity("1000m")}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_of_a_container_counts_and_so_does_spelling(change: dict[str, Any]) -> None:
    function = adapter_for({"kind": "job", "metadata": {"name": "a"}, "spec": {}}).read().but(roles=(ROLE,))
    other = function.but(roles=(ROLE.but(containers=(ROLE.containers[0]._replace(**change),)),))
    assert set(Container._fields) == {"name", "sort", "reachable", "requests", "limits"}
    assert fingerprint(function) != fingerprint(other)


def test_one_kind_on_two_platforms_shares_nothing() -> None:
    """MLRun calls a function of its own `nuclio`, and so is one of Nuclio's called here."""
    cluster = Cluster.from_dict({"nuclio": {"tolerations": [{"key": "spot", "operator": "Exists"}]}})
    documents: list[dict[str, Any]] = [
        {"kind": "nuclio", "metadata": {"name": "a"}, "spec": {}},
        {"kind": "NuclioFunction", "apiVersion": "nuclio.io/v1", "metadata": {"name": "a"}, "spec": {}},
    ]
    alone = []
    for document in documents:
        forget()
        alone.append(PROFILE.plan(document, cluster).roles)
    forget()
    assert [PROFILE.plan(document, cluster).roles for document in documents] == alone


@pytest.mark.parametrize("profile", [PROFILE, profiles.spot_stateless(cpu=1, memory="2Gi", priority="low")], ids=str)
@pytest.mark.parametrize("kind", FUNCTIONS)
def test_what_is_remembered_is_what_would_be_found_anew(kind: str, profile: Profile) -> None:
    """Of functions that ask for the same, and differ in all that a rule could read beside it."""
    first, second = FUNCTIONS[kind](), FUNCTIONS[kind]()
    if hasattr(second, "metadata") and hasattr(second, "spec"):
        second.metadata.labels = {"team": "fraud", "framework": "sklearn"}
        second.metadata.project = "other"
        second.spec.image = "tensorflow/tensorflow"
    forget()
    profile.plan(first, SAVED)
    before, remembered = state(second), profile.plan(second, SAVED)
    forget()
    assert str(profile.plan(second, SAVED)) == str(remembered)
    assert state(second) == before
