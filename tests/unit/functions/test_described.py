"""Where a document says what a function is: what is put there is what the readers read."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from igz_runtime.functions import adapter_for
from igz_runtime.functions.described import DESCRIBED, described_in
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.functions.places import path_of
from igz_runtime.text.place import Path

JOB: dict[str, Any] = {"kind": "job", "metadata": {}, "spec": {}}
REMOTE: dict[str, Any] = {"kind": "remote", "metadata": {}, "spec": {}}
NUCLIO: dict[str, Any] = {"apiVersion": "nuclio.io/v1", "kind": "NuclioFunction", "metadata": {}, "spec": {}}
CLAIM = {"name": "models", "persistentVolumeClaim": {"claimName": "models"}}
VALUES: dict[str, Any] = {
    "labels": {"team": "fraud"},
    "profile": {"igz-runtime/profile": "production_job"},
    "record": {"igz-runtime/applied": "{}"},
    "waivers": {"igz-runtime/waive-IGZ101": "resubmitted"},
    "workload": {"igz-runtime/workload": "stateless"},
    "categories": ["training"],
    "requirements": ["horovod"],
    "helpers": ["pandas"],
    "triggers": {"nightly": {"kind": "cron"}, "spec.triggers.nightly": {"kind": "cron"}},
}
VOLUMES: dict[str, Any] = {"job": [CLAIM], "NuclioFunction": [{"volume": CLAIM, "volumeMount": {"name": "models"}}]}


def field_of(document: dict[str, Any], name: str) -> Any:
    function = adapter_for(document).read()
    return getattr(function if name in Function._fields else function.evidence, name)


def put(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    changed: dict[str, Any] = copy.deepcopy(document)
    held = changed
    for part in path[:-1]:
        held = held.setdefault(str(part), {})
    held[str(path[-1])] = value
    return changed


def value_for(document: dict[str, Any], name: str) -> Any:
    return VOLUMES[document["kind"]] if name == "volumes" else VALUES.get(name, "other")


SAID = [
    pytest.param(document, name, path, id=f"{document['kind']} {name} {'.'.join(map(str, path))}")
    for document, names in ((JOB, DESCRIBED - {"triggers"}), (REMOTE, {"triggers"}), (NUCLIO, DESCRIBED))
    for name in sorted(names)
    for path in described_in(document, name)
]


@pytest.mark.parametrize(("document", "name", "path"), SAID)
def test_what_stands_there_is_read(document: dict[str, Any], name: str, path: Path) -> None:
    said = put(document, path, value_for(document, name))

    assert field_of(said, name) != field_of(document, name)
    assert path_of(said, "main", (name,)) in {path, ("metadata", "annotations", "igz-runtime/waive-waivers")}


@pytest.mark.parametrize("document", [JOB, NUCLIO], ids=["job", "nuclio"])
def test_what_is_said_nowhere_is_found_by_reading(document: dict[str, Any]) -> None:
    nowhere = {name for name in DESCRIBED if not described_in(document, name)}

    of_mlrun = {"categories", "command", "helpers", "tag"}
    assert nowhere - of_mlrun == {"runs", "unreachable", "reasons", "undeclarable", "idle"}
    assert nowhere & of_mlrun == (of_mlrun if document is NUCLIO else set())
    assert set(Evidence._fields) <= DESCRIBED


def test_a_place_is_spelled_as_the_document_spells_it() -> None:
    """Nuclio's decoder ignores case, and MLRun wrote `meta` once."""
    document = {"kind": "nuclio", "meta": {"labels": {}}, "spec": {"Build": {"BaseImage": "i"}, "Handler": "main:h"}}
    nuclio = {**document, "kind": "NuclioFunction", "apiVersion": "nuclio.io/v1"}

    assert described_in(nuclio, "image") == (("spec", "image"), ("spec", "Build", "BaseImage"))
    assert path_of(nuclio, "main", ("image",)) == ("spec", "Build", "BaseImage")
    assert path_of(nuclio, "main", ("handler",)) == ("spec", "Handler")
    assert path_of(nuclio, "main", ("labels", "team")) == ("meta", "labels", "team")


def test_a_field_that_a_document_does_not_say_stands_where_it_should_be() -> None:
    assert path_of(JOB, "main", ("handler",)) == ("spec", "default_handler")
    assert path_of(put(JOB, ("spec", "function_handler"), "h"), "main", ("handler",)) == ("spec", "function_handler")
    assert path_of(JOB, "main", ("runs",)) == ()
