"""The JSON Schema of igz-runtime.yaml, for editors: made from the types of the models, alike under pydantic 1 and 2.

pydantic's own schemas differ between its versions. `python -m igz_runtime.cli.config_schema` writes it into the
package.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, StrictBool, ValidationError

from igz_runtime.cluster.description import ClusterFacts
from igz_runtime.config.models import Configuration, Environment, WrittenProfile, keys_of, spelled
from igz_runtime.functions.workload import ONE_SIDED
from igz_runtime.planning.step_pods import STEP_ARGUMENTS
from igz_runtime.profiles.builtin import BUILT_IN

FILE: Final = Path(__file__).parents[1] / "config" / "igz-runtime.schema.json"
_URL: Final = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema of igz-runtime.yaml, in draft 2020-12."""
    properties = _object(Configuration)["properties"]
    properties["cluster"] = {"anyOf": [{"type": ["string", "null"]}, _object(ClusterFacts)]}
    properties["profiles"]["additionalProperties"] = _profile()
    properties["functions"]["additionalProperties"] = properties["defaults"] = _assigned()
    properties["steps"]["additionalProperties"] = _step()
    properties["environments"]["additionalProperties"]["properties"] = {
        name: {**properties[name], "description": _DESCRIPTIONS[name]} for name in keys_of(Environment)
    }
    for name, words in _DESCRIPTIONS.items():
        properties[name]["description"] = words
    return {
        "$schema": _URL,
        "title": "igz-runtime.yaml",
        "description": "What functions are judged and planned by: by igz-runtime lint, and in code and notebooks.",
        "type": ["object", "null"],
        "properties": {name: _or_nothing(value) for name, value in properties.items()},
        "additionalProperties": False,
    }


_WRITTEN: Final = {
    # pydantic 1.10 makes a date of any number, so that the model leaves a date to `Waiver`.
    "until": {"type": ["string", "null"], "format": "date"},
    "days": {"type": ["integer", "null"], "minimum": 0},
    "declarations": {"type": ["array", "null"], "items": {"enum": list(ONE_SIDED)}},
    # What an API server said is read from a file that `Cluster.save` wrote, and not written by hand.
    "live": {"type": ["object", "null"]},
}
_DESCRIPTIONS: Final = {
    "rules": "Which rules are judged, and how grave they are; as ids (IGZ101) or their beginnings (IGZ1).",
    "cluster": "The cluster to judge on: its facts, or a file with them, as seen from this one.",
    "profiles": "The organisation's own profiles: another profile (extends), and arguments.",
    "functions": "Which function gets which profile: by its name, or by the one pattern that matches it.",
    "defaults": "Arguments beneath those of every function.",
    "steps": "What a pipeline step's pod gets, by the step's name or pattern; what is left out is its function's.",
    "environments": "What differs in an environment: functions, defaults and steps.",
    "waivers": "Accepted rules, each with a reason.",
    "waivable": "What the platform allows to be waived, with its reason; once it is given, nothing else may be.",
    "declarable": "Who may declare work stateless or restartable; once it is given, nobody else may.",
    "exclude": "Patterns of files that are left out, as .gitignore has them.",
    "fail-on": "The least severity that makes the exit code 1.",
}


def _profile() -> dict[str, Any]:
    """A profile: of one that extends a built-in profile, all arguments are known."""
    form = _object(WrittenProfile)
    built_in = {"properties": {"extends": {"enum": sorted(factory.__name__ for factory in BUILT_IN)}}}
    known = {"propertyNames": {"enum": list(form["properties"])}}
    return {**form, "additionalProperties": True, "if": built_in, "then": known}


def _assigned() -> dict[str, Any]:
    """A profile by its name, and arguments."""
    arguments = _object(WrittenProfile)["properties"]
    named = {"profile": arguments["extends"]}
    others = {name: form for name, form in arguments.items() if name not in ("extends", "bounds")}
    return {"type": "object", "properties": {**named, **others}, "additionalProperties": True}


def _step() -> dict[str, Any]:
    """What a step's pod gets."""
    arguments = _object(WrittenProfile)["properties"]
    properties = {name: arguments[name] for name in STEP_ARGUMENTS}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _object(model: type[BaseModel]) -> dict[str, Any]:
    hints = get_type_hints(model)
    required = [spelled(name) for name in _required(model)]
    form: dict[str, Any] = {
        "type": "object",
        "properties": {spelled(name): _WRITTEN.get(name) or _of(hints[name]) for name in model.__annotations__},
        "additionalProperties": False,
    }
    return {**form, "required": required} if required else form


def _required(model: type[BaseModel]) -> list[str]:
    """The fields that a model asks for: both versions of pydantic say them in the same way when all are missing."""
    try:
        model()
    except ValidationError as error:
        return [str(each["loc"][0]) for each in error.errors()]
    return []


def _of(hint: Any) -> dict[str, Any]:
    """The schema of a type."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return {}
    if origin in (Union, UnionType):
        return _any_of([_of(part) for part in parts])
    if origin is Literal:
        return {"enum": list(parts)}
    if origin is list:
        return {"type": "array", "items": _of(parts[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(parts[1])}
    if issubclass(hint, BaseModel):
        return _object(hint)
    return {"type": _name(hint)}


def _name(hint: type) -> str:
    # pydantic 1.10 makes StrictBool of int.
    if issubclass(hint, bool) or hint is StrictBool:
        return "boolean"
    names = {str: "string", int: "integer", float: "number", NoneType: "null"}
    return next(name for base, name in names.items() if issubclass(hint, base))


def _any_of(forms: list[dict[str, Any]]) -> dict[str, Any]:
    """Alternatives; where all are plain types, as one list of types."""
    if all(form.keys() == {"type"} for form in forms):
        return {"type": [form["type"] for form in forms]}
    return {"anyOf": forms}


def _or_nothing(form: Mapping[str, Any]) -> dict[str, Any]:
    """A section that may be left empty."""
    if "enum" in form:
        return {**form, "enum": [*form["enum"], None]}
    return {**form, "type": [form["type"], "null"]} if "type" in form else dict(form)


def text() -> str:
    """The schema as its file has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
