"""What another distribution's rule is handed: equal to the subject, and nothing of ours changes through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, profiles
from igz_runtime.functions import adapter_for
from igz_runtime.functions.record import Applied
from igz_runtime.planning.make_plan import fingerprint
from igz_runtime.planning.subjects import subjects_as_they_are
from igz_runtime.rules.audited import AuditedCluster
from igz_runtime.rules.fixed import fixed
from igz_runtime.rules.subject import Subject

SAVED = Cluster.load(Path(__file__).parents[3] / "examples" / "cluster.json")


def subject() -> Subject:
    document: dict[str, Any] = {"kind": "job", "metadata": {"name": "etl", "labels": {"a": "b"}}, "spec": {}}
    profiles.production_job(cpu=1, memory="2Gi").apply(document, SAVED)
    function = adapter_for(document).read()
    (found,) = subjects_as_they_are(function, Applied.on(function), SAVED)
    return found


def mappings(value: Any, seen: set[int]) -> list[Mapping[Any, Any]]:
    """Every mapping that can be reached from a value of ours, but what is fixed for a kind."""
    if id(value) in seen or type(value).__module__ == "igz_runtime.functions.kind":
        return []
    seen.add(id(value))
    if isinstance(value, Mapping):
        return [value, *(each for part in value.values() for each in mappings(part, seen))]
    if isinstance(value, tuple | list):
        return [each for part in value for each in mappings(part, seen)]
    parts = getattr(value, "__dict__", None) or {
        name: getattr(value, name) for name in getattr(value, "__dataclass_fields__", ())
    }
    return [each for part in parts.values() for each in mappings(part, seen)]


@pytest.mark.parametrize(
    "made",
    [
        subject,
        lambda: AuditedCluster(SAVED),
        lambda: AuditedCluster(SAVED).groups[0],
    ],
)
def test_no_mapping_of_it_takes_a_change(made: Callable[[], Any]) -> None:
    original = made()
    found = mappings(fixed(original), set())

    assert len(found) > 5
    for each in found:
        with pytest.raises(TypeError):
            each["igz"] = "changed"  # type: ignore[index]
    assert not any("igz" in each for each in mappings(original, set()))


def test_it_is_equal_and_what_is_set_on_it_stays_there() -> None:
    original = subject()
    twin = fixed(original)

    assert type(twin) is Subject
    assert (twin.asked, twin.effective, twin.function) == (original.asked, original.effective, original.function)
    assert fingerprint(twin.function) == fingerprint(original.function)
    assert (twin.qos, twin.nature, twin.spot_landings) == (original.qos, original.nature, original.spot_landings)
    assert twin.cluster == original.cluster
    assert twin.traits is original.traits

    vars(twin).update(cluster=None, pod=None)
    assert original.cluster is SAVED
    assert fixed(original).cluster == SAVED


def test_the_cluster_is_copied_once_for_all_subjects() -> None:
    assert fixed(subject()).cluster is fixed(subject()).cluster is not SAVED
