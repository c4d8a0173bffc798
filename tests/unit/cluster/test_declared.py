"""What of declared objects is kept: all that an adapter reads, and nothing beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from igz_runtime.cluster.api.declared import SOURCES
from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.nuclio import NuclioDocument
from tests.fields import OTHER
from tests.unit.functions.jupyter_forms import NOTEBOOK, SET

NUCLIO, IGUAZIO, KUBEFLOW = SOURCES
OF_NUCLIO = ("node_name", "node_selector", "tolerations", "affinity", "priority_class", "preemption_mode")


def stripped(document: dict[str, Any], source: Any = NUCLIO) -> dict[str, Any]:
    return dict(source.read(json.loads(json.dumps({"metadata": {"name": "a"}, **document}))).document)


def bare() -> dict[str, Any]:
    return {
        "metadata": {"name": "scorer", "labels": {"nuclio.io/project-name": "churn"}},
        "spec": {"handler": "main:handler", "runtime": "python:3.11", "image": "scorer:1"},
    }


@pytest.mark.parametrize("field", [*OF_NUCLIO, "mode_annotation", "replicas", "scale_to_zero", "containers"])
def test_every_field_of_a_function_of_nuclio_s_is_kept(field: str) -> None:
    document = bare()
    before = NuclioDocument(document).read()
    value = OTHER[field]
    if field == "containers":
        value = (before.roles[0].containers[0]._replace(limits=value[0].limits),)
    NuclioDocument(document).write(before, before.but(roles=(before.roles[0].but(**{field: value}),)))
    assert getattr(NuclioDocument(document).read().roles[0], field) == value
    assert NuclioDocument(stripped(document)).read() == NuclioDocument(document).read()


@pytest.mark.parametrize(
    "spec",
    [
        {"targetCPU": 60},
        {"sidecars": [{"name": "log", "resources": {"limits": {"cpu": "1"}}, "env": [{"name": "A", "value": "b"}]}]},
        {"initContainers": [{"name": "load", "image": "x"}]},
        {"triggers": {"c": {"kind": "cron", "attributes": {"a": "b"}}, "h": {"kind": "http", "disabled": True}}},
        {"disableDefaultHTTPTrigger": True},
        {
            "volumes": [
                {"volume": {"name": "v", "persistentVolumeClaim": {"claimName": "c"}}, "volumeMount": {"name": "v"}}
            ]
        },
        {"volumes": [{"volume": {"name": "v", "persistentVolumeClaim": {"claimName": "c", "readOnly": True}}}]},
        {"build": {"baseImage": "python:3.11"}, "image": ""},
        {"env": [{"name": "A", "value": "b"}], "securityContext": {"runAsUser": 1}, "serviceAccount": "s"},
    ],
)
def test_what_rules_look_at_beside_them_is_kept(spec: dict[str, Any]) -> None:
    document = {**bare(), "spec": {**bare()["spec"], **spec}}
    assert NuclioDocument(stripped(document)).read() == NuclioDocument(document).read()
    assert "env" not in json.dumps(stripped(document))
    assert "attributes" not in json.dumps(stripped(document))


@pytest.mark.parametrize(("document", "source"), [(SET, IGUAZIO), (NOTEBOOK, KUBEFLOW)], ids=["Iguazio", "Kubeflow"])
def test_jupyter_services_are_read_alike(document: dict[str, Any], source: Any) -> None:
    (whole,), (found,) = jupyter_services(document), jupyter_services(stripped(document, source))
    assert found.read() == whole.read()


@pytest.mark.parametrize(
    ("spec", "field"),
    [("secret", "spec: "), ({"build": ["secret"]}, "spec.build: "), ({"sidecars": {"a": "secret"}}, "spec.sidecars: ")],
)
def test_what_has_not_the_form_that_it_should_have_is_not_read(spec: Any, field: str) -> None:
    with pytest.raises(BrokenFunction) as refused:
        stripped({"metadata": {"name": "a"}, "spec": spec})
    assert str(refused.value).startswith(field)
    assert "secret" not in str(refused.value)
