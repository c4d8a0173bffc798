"""Policies as the files of a Helm chart: the texts of their manifests, in which a few places are values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, get_args

from igz_runtime import __version__
from igz_runtime.audit.policies.facts import Action, Plain
from igz_runtime.audit.policies.schema import DEFINITION
from igz_runtime.audit.policies.schema import KIND as FACTS
from igz_runtime.audit.policies.stream import stream
from igz_runtime.k8s.labels import NAMESPACE
from igz_runtime.text.folder import made_by

_NAMESPACES: Final = "{{ .Values.namespaces | uniq | sortAlpha | toJson }}"
_SPEC: Final = (
    "{{ ternary .Values.facts (merge (dict `rules` .Values.rules) .Values.facts) (empty .Values.rules) | toJson }}"
)
_OUTDATED: Final = """\
{{{{- $path := `{path}` }}}}
{{{{- $held := lookup `apiextensions.k8s.io/v1` `CustomResourceDefinition` `` `{name}` }}}}
{{{{- $ours := .Files.Get $path | fromYaml }}}}
{{{{- if $held }}}}
{{{{- if ne (toJson (index $held.spec.versions 0).schema) (toJson (index $ours.spec.versions 0).schema) }}}}
{{{{- printf `the cluster's definition of {kind} is of another igz-runtime, and Helm changes none that is there: \
kubectl apply -f CHART/%s, then again` $path | fail }}}}
{{{{- end }}}}
{{{{- end }}}}
"""
"""Helm installs what is in `crds/`, and never upgrades it. Facts that the kind does not know would be dropped."""


def chart_files(manifests: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The files of a chart, by their paths in it.

    Args:
        manifests: the manifests by the names of their files.
    """
    by_kind = {each["kind"]: (name, each) for name, each in manifests.items()}
    namespaces = sorted({name for each in manifests.values() for name in _selected(each) or ()})
    values: Plain = {"namespaces": namespaces}
    about = [
        "Keep values of your own in a file of your own: helm upgrade --values FILE.",
        "namespaces: those in which work is judged.",
    ]
    files = {
        (f"crds/{name}" if each["kind"] == DEFINITION else f"templates/{name}"): _template(each)
        for name, each in manifests.items()
        if each["kind"] != FACTS
    }
    if FACTS in by_kind:
        name, facts = by_kind[FACTS]
        spec = dict(facts["spec"])
        values |= {"rules": spec.pop("rules", {}), "facts": spec}
        about += [
            "rules: what is done about a rule, by its id: Deny, Warn or Off; left out: Warn.",
            "facts: what the policies know of the cluster; `kubectl explain clusterfacts.spec` tells each field.",
        ]
        files[f"templates/{name}"] = _of_facts(facts, *by_kind[DEFINITION])
    files["values.yaml"] = document(values, *about)
    files["values.schema.json"] = _schema(values)
    files["Chart.yaml"] = document(_chart())
    return files


def document(held: Mapping[str, Any], *about: str) -> str:
    """What is held as the text of a file of ours.

    Args:
        held: plain data.
        about: what is said of it at the top.
    """
    return stream([held], [made_by(__version__), *about]).replace("---\n", "", 1)


def _chart() -> Plain:
    return {
        "apiVersion": "v2",
        "name": "igz-runtime-policies",
        "description": "Rules of igz-runtime as admission policies",
        "type": "application",
        "version": _semantic(__version__),
        "appVersion": __version__,
        "kubeVersion": ">=1.30.0-0",
    }


def _semantic(version: str) -> str:
    """A version as Helm takes it.

    >>> _semantic("0.2.0"), _semantic("1.0.0rc1"), _semantic("1.2.0.dev3")
    ('0.2.0', '1.0.0-rc1', '1.2.0-dev3')
    """
    return re.sub(r"^([0-9]+[.][0-9]+[.][0-9]+)[.]?([a-z].*)$", r"\1-\2", version)


def _template(manifest: Mapping[str, Any]) -> str:
    """A manifest as a template; a definition is none, and stays as it is."""
    if manifest["kind"] == DEFINITION:
        return document(manifest)
    if _selected(manifest) is None:
        return _escaped(document(manifest))
    place = _free("THE-NAMESPACES", manifest)
    constraints = manifest["spec"]["matchConstraints"]
    expressions = constraints["namespaceSelector"]["matchExpressions"]
    selector = {"matchExpressions": [{**each, "values": place} if _names(each) else each for each in expressions]}
    spec = {**manifest["spec"], "matchConstraints": {**constraints, "namespaceSelector": selector}}
    return _escaped(document({**manifest, "spec": spec})).replace(place, _NAMESPACES)


def _of_facts(facts: Mapping[str, Any], path: str, definition: Mapping[str, Any]) -> str:
    place = _free("THE-FACTS", facts["metadata"])
    text = _escaped(document({**facts, "spec": place})).replace(place, _SPEC)
    guard = _OUTDATED.format(path=f"crds/{path}", name=definition["metadata"]["name"], kind=FACTS)
    # The first line says whose the file is.
    first, _, others = text.partition("\n")
    return f"{first}\n{guard}{others}"


def _selected(manifest: Mapping[str, Any]) -> list[str] | None:
    """The namespaces that a policy looks at; None where it names none."""
    constraints = manifest.get("spec", {}).get("matchConstraints", {})
    expressions = constraints.get("namespaceSelector", {}).get("matchExpressions", [])
    return next((each["values"] for each in expressions if _names(each)), None)


def _names(expression: Mapping[str, Any]) -> bool:
    """Whether it lists namespaces."""
    return bool(expression["key"] == "kubernetes.io/metadata.name" and expression["operator"] == "In")


def _free(name: str, manifest: Mapping[str, Any]) -> str:
    """A name that stands nowhere in a manifest."""
    text = json.dumps(manifest)
    while name in text:
        name += "X"
    return name


def _escaped(text: str) -> str:
    """Text of which Helm changes nothing."""
    return text.replace("{{", "{{ `{{` }}")


def _schema(values: Mapping[str, Any]) -> str:
    """What values may be: a key that is misspelled would do nothing."""
    known: Plain = {
        "namespaces": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "pattern": f"^{NAMESPACE}$", "not": {"pattern": "^kube-"}},
        },
        "rules": {"type": "object", "additionalProperties": {"enum": list(get_args(Action))}},
        "facts": {"type": "object", "not": {"required": ["rules"]}},
        "global": {"type": "object"},
    }
    form = {
        "$comment": made_by(__version__),
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["namespaces"],
        "additionalProperties": False,
        "properties": {name: form for name, form in known.items() if name in values or name == "global"},
    }
    return json.dumps(form, indent=2) + "\n"
