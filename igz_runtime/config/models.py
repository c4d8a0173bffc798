"""The form of igz-runtime.yaml: its keys and their types. Whether a rule or a profile exists is checked later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel, Field, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

from igz_runtime.config.mappings import no_mappings
from igz_runtime.messages import did_you_mean, shown

Path = tuple[str | int, ...]
SeverityName = Literal["error", "warning", "info"]
Amount = StrictStr | StrictInt | StrictFloat
_SPELLED: Final = {"fail_on": "fail-on"}


class Fault(NamedTuple):
    """Something wrong in a configuration: where, and what."""

    path: Path
    text: str


class _Rules(BaseModel, extra="forbid"):
    select: list[StrictStr] = []
    ignore: list[StrictStr] = []
    severities: dict[StrictStr, SeverityName] = {}


class _Waiver(BaseModel, extra="forbid"):
    rule: StrictStr
    reason: StrictStr
    until: Any = None
    function: StrictStr | None = None
    project: StrictStr | None = None
    files: StrictStr | None = None


class _Waivable(BaseModel, extra="forbid"):
    rules: list[StrictStr] = []
    projects: list[StrictStr] = []
    files: list[StrictStr] = []
    days: StrictInt | None = None
    reason: StrictStr


class _Declarable(BaseModel, extra="forbid"):
    declarations: list[StrictStr] = []
    projects: list[StrictStr] = []
    files: list[StrictStr] = []
    reason: StrictStr


Limit = _Waivable | _Declarable


class _Size(BaseModel, extra="forbid"):
    cpu: Amount | None = None
    memory: Amount | None = None


class _Workload(BaseModel, extra="forbid"):
    stateful: StrictBool | None = None
    mission_critical: StrictBool = False
    restartable: StrictBool = False
    duration: StrictStr | None = None


class _Accepted(BaseModel, extra="forbid"):
    reason: StrictStr
    until: Any = None


class _Bound(BaseModel, extra="forbid"):
    least: Amount | None = None
    most: Amount | None = None
    reason: StrictStr = ""


class WrittenProfile(BaseModel):
    """A profile as it is written: what editors are told. Its factory is what judges the arguments."""

    extends: StrictStr
    cpu: Amount | None = None
    memory: Amount | None = None
    gpus: StrictInt | None = None
    gpu_type: StrictStr | None = None
    node_group: StrictStr | dict[StrictStr, StrictStr] | None = None
    priority: StrictStr | None = None
    replicas: StrictInt | None = None
    scale_to_zero: StrictBool | None = None
    waiting_limit: StrictStr | None = None
    running_limit: StrictStr | None = None
    sizes: dict[StrictStr, _Size] = {}
    workload: Literal["stateless", "stateful", "mission-critical"] | _Workload | None = None
    waive: dict[StrictStr, _Accepted] = {}
    bounds: dict[StrictStr, _Bound] = {}


class Environment(BaseModel, extra="forbid"):
    """What differs in one environment."""

    functions: dict[StrictStr, Any] = {}
    defaults: dict[StrictStr, Any] = {}
    steps: dict[StrictStr, Any] = {}


class Configuration(BaseModel, extra="forbid"):
    """igz-runtime.yaml as it is written."""

    rules: _Rules = _Rules()
    cluster: Any = None
    profiles: dict[StrictStr, Any] = {}
    functions: dict[StrictStr, Any] = {}
    defaults: dict[StrictStr, Any] = {}
    steps: dict[StrictStr, Any] = {}
    environments: dict[StrictStr, Environment] = {}
    waivers: list[_Waiver] = []
    waivable: list[_Waivable] | None = None
    declarable: list[_Declarable] | None = None
    exclude: list[StrictStr] = []
    fail_on: SeverityName = Field("error", alias="fail-on")


def read(values: object) -> tuple[Configuration | None, list[Fault]]:
    """A configuration from plain data, or what is wrong with its form.

    Args:
        values: what the file holds; a section that is empty (None) counts as left out.
    """
    if values is None:
        values = {}
    faults = list(_not_mappings(values))
    if faults or not isinstance(values, Mapping):
        return None, faults
    stated = {str(key): value for key, value in values.items() if value is not None}
    try:
        return Configuration(**stated), []
    except ValidationError as error:
        return None, [Fault(tuple(each["loc"]), _sentence(each, values)) for each in error.errors()]


def _not_mappings(values: object) -> Iterator[Fault]:
    for path, found in no_mappings(values, Configuration):
        yield Fault(path, f"{dotted(path)}{': ' if path else ''}a mapping is required, found {_type(found)}")


def dotted(path: Path) -> str:
    """A path in words: `waivers[0].rule`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


_REQUIRED: Final = {
    "int": "a whole number",
    "str": "text",
    "string": "text",
    "list": "a list",
    "dict": "a mapping",
    "model": "a mapping",
    "literal": "'error', 'warning' or 'info'",
    "const": "'error', 'warning' or 'info'",
}
_SECTIONS: Final[Mapping[str, type[BaseModel]]] = {
    "rules": _Rules,
    "waivers": _Waiver,
    "waivable": _Waivable,
    "declarable": _Declarable,
    "environments": Environment,
}


def _sentence(error: Mapping[str, Any], values: object) -> str:
    """What is wrong, in the same words under pydantic 1.10 and 2, whose types of error differ."""
    path: Path = tuple(part for part in error["loc"] if part != "__key__")
    kind = str(error["type"])
    if kind == "missing" or kind.endswith(".missing"):
        return f"{dotted(path)}: is required"
    if "extra" in kind:
        section = _SECTIONS.get(str(path[0])) if len(path) > 1 else Configuration
        return f"there is no setting {dotted(path)!r}{did_you_mean(path[-1], keys_of(section or Configuration))}"
    required = next((words for name, words in _REQUIRED.items() if name in kind), "another value")
    found: Any = values
    for part in path:
        found = _part_of(found, part)
    return f"{dotted(path)}: {required} is required, found {shown(found)}"


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a section, as they are written."""
    return tuple(map(spelled, model.__annotations__))


def spelled(field: str) -> str:
    """The key of a model's field, as it is written."""
    return _SPELLED.get(field, field)


def _part_of(holder: Any, part: str | int) -> Any:
    try:
        return holder[part]
    except (LookupError, TypeError):
        return holder


def _type(value: object) -> str:
    return "nothing" if value is None else type(value).__name__
