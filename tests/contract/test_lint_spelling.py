"""Names that are almost right: what MLRun makes of them, and that nothing which MLRun itself writes is one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import mlrun
import nuclio
import pytest

from igz_runtime.functions.misspelled import unknown_fields
from igz_runtime.profiles.builtin import production_job
from tests.contract.functions import DOCUMENTS, OBJECTS, job
from tests.kinds import OF_MLRUN

ALMOST = {
    "nodeSelector": ("node_selector", {"pool": "jobs"}),
    "node_selectors": ("node_selector", {"pool": "jobs"}),
    "priorityClass": ("priority_class_name", "high"),
    "priority_class": ("priority_class_name", "high"),
    "preemption_mod": ("preemption_mode", "allow"),
    "preemptionMode": ("preemption_mode", "allow"),
    "toleration": ("tolerations", [{"key": "spot", "operator": "Exists"}]),
}


@pytest.mark.parametrize("kind", OF_MLRUN)
def test_nothing_that_mlrun_writes_is_misspelled(kind: str) -> None:
    fn = OBJECTS[kind]()
    assert list(unknown_fields(fn.to_dict())) == []

    fn.apply(production_job(cpu=1, memory="2Gi"))
    assert list(unknown_fields(fn.to_dict())) == []
    assert list(unknown_fields(fn.to_dict(strip=True))) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_in_a_document_of_ours_is_misspelled(name: str) -> None:
    assert list(unknown_fields(DOCUMENTS[name]())) == []


def test_nothing_that_nuclio_jupyter_writes_is_misspelled() -> None:
    config = nuclio.config.new_config()
    nuclio.ConfigSpec(config={"spec.nodeSelector": {"pool": "jobs"}, "spec.minReplicas": 1}).merge(config)

    assert config["spec"]["nodeSelector"] == {"pool": "jobs"}
    assert list(unknown_fields({"kind": "NuclioFunction", **config})) == []


@pytest.mark.parametrize("kind", OF_MLRUN)
@pytest.mark.parametrize("name", ALMOST)
def test_mlrun_drops_the_field_and_the_right_one_is_named(kind: str, name: str) -> None:
    meant, value = ALMOST[name]
    document = {**job(kind).to_dict(), "kind": job(kind).kind}
    found = [message for _, message in unknown_fields(with_field(document, name, value))]

    assert found == [f"{name!r} is not a field of kind {document['kind']!r}; did you mean {meant!r}?"]
    assert name not in loaded(with_field(document, name, value))
    assert loaded(with_field(document, meant, value))[meant] == value


def test_a_section_of_resources_is_kept_and_reaches_nobody() -> None:
    resources = {"limit": {"cpu": 1}, "limits": {"mem": "1Gi"}}
    document = with_field(job().to_dict(), "resources", resources)

    assert [path for path, _ in unknown_fields(document)] == [
        ("spec", "resources", "limit"),
        ("spec", "resources", "limits", "mem"),
    ]
    assert loaded(document)["resources"]["limit"] == {"cpu": 1}


def with_field(document: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(dict(document))
    changed["spec"][name] = value
    return changed


def loaded(document: dict[str, Any]) -> dict[str, Any]:
    """The spec of the function that MLRun makes of a document."""
    spec: dict[str, Any] = mlrun.new_function(runtime=copy.deepcopy(document)).to_dict()["spec"]
    return spec
