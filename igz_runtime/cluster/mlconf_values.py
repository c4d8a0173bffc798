"""The values in `mlrun.mlconf` that tell of the cluster, in whatever shape they stand there.

Connecting to a server stores what its client spec says as it came, and MLRun's own `Config` objects, which have no
subscripts, where it says nothing. Each value is read as MLRun reads it. One that MLRun would stumble over or pass over,
or of a type that Kubernetes refuses, is an error that names the key.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from igz_runtime.errors import ConfigurationError
from igz_runtime.functions.names import MODES
from igz_runtime.k8s.pod import Resources, TaintEffect, Toleration, TolerationOperator
from igz_runtime.k8s.quantity import Quantity, hint, quantity
from igz_runtime.messages import did_you_mean, is_writable, shown

# By section: each is looked for once, which is most of the time that reading takes.
_NAMES: dict[tuple[str, ...], tuple[str, ...]] = {
    (): (
        "default_function_node_selector",
        "valid_function_priority_class_names",
        "default_function_priority_class_name",
        "igz_version",
    ),
    ("ce",): ("mode",),
    ("httpdb", "authentication"): ("mode",),
    ("preemptible_nodes",): ("node_selector", "tolerations"),
    ("function_defaults",): ("preemption_mode",),
    # Without GPUs: MLRun leaves `gpu` out of the defaults that it gives to functions.
    ("default_function_pod_resources", "requests"): ("cpu", "memory"),
    ("default_function_pod_resources", "limits"): ("cpu", "memory"),
    ("function", "spec", "state_thresholds", "default"): ("executing",),
}
KEYS = tuple(".".join((*path, name)) for path, names in _NAMES.items() for name in names)

_PREFIX = "mlrun.mlconf."
_HALF = "a text must not hold half of a character"
# Iguazio's installer configures the base64 of `null`, which MLRun takes for nothing too.
_NULL = "bnVsbA=="
_TOLERATION = tuple("tolerationSeconds" if name == "seconds" else name for name in Toleration._fields)
_CHOICES = {"operator": ("", *get_args(TolerationOperator)), "effect": ("", *get_args(TaintEffect))}


def as_they_stand(mlconf: Any) -> list[Any]:
    """The value of each of `KEYS`; None where it is absent.

    Raises:
        ConfigurationError: a section is not a mapping.
    """
    # MLRun's to_dict() would copy all of its configuration, which takes ten times as long as judging a function.
    found: list[Any] = []
    for path, names in _NAMES.items():
        section: Any = mlconf._cfg  # noqa: SLF001
        for name in path:
            held = section.get(name)
            section = held if type(held) is dict else _mapping(held, path[: path.index(name) + 1])
        found.extend(map(section.get, names))
    return found


def unchanging(values: Sequence[Any]) -> tuple[Any, ...]:
    """Values that are equal only while the given ones are the same: a list or mapping may change where it stands."""
    return tuple([value if value is None or type(value) is str else (type(value), repr(value)) for value in values])


class Values:
    """The values of `KEYS`, as what they mean. Every method raises ConfigurationError for an invalid value.

    Args:
        found: the values as they stand, in the order of `KEYS`.
    """

    def __init__(self, found: Sequence[Any]) -> None:
        self._found = dict(zip(KEYS, found, strict=True))

    def labels(self, key: str) -> dict[str, str]:
        """Labels, which MLRun keeps as base64 of a JSON mapping."""
        labels: dict[str, str] = self._decoded(key, dict, "mapping")
        for name, label in labels.items():
            if not isinstance(label, str):
                raise invalid(f"{_PREFIX}{key}[{name!r}]", label, "a label value is text; quote it")
        return labels

    def tolerations(self, key: str) -> tuple[Toleration, ...]:
        """Tolerations, which MLRun keeps as base64 of a JSON list."""
        listed: list[Any] = self._decoded(key, list, "list")
        return tuple(_toleration(raw, f"{_PREFIX}{key}[{i}]") for i, raw in enumerate(listed))

    def mode(self, key: str) -> str | None:
        """A preemption mode."""
        required = f"use one of {', '.join(map(repr, MODES))}"
        mode = self.text(key, required)
        if mode is not None and mode not in MODES:
            raise invalid(_PREFIX + key, mode, f"{required}{did_you_mean(mode, MODES)}")
        return mode

    def names(self, key: str) -> tuple[str, ...]:
        """Names that commas separate."""
        listed = self.text(key, "text with commas between the names is required, such as 'low,high'") or ""
        return tuple(dict.fromkeys(name for part in listed.split(",") if (name := part.strip())))

    def text(self, key: str, required: str = "text is required") -> str | None:
        """Text; None where there is none."""
        value = self._found[key]
        if value is None:
            return None
        if not isinstance(value, str):
            raise invalid(_PREFIX + key, value, required)
        if not is_writable(value):
            raise invalid(_PREFIX + key, value, _HALF)
        # A member of an enumeration of MLRun's, such as PreemptionModes.allow, becomes plain text.
        return str.__str__(value) or None

    def limit(self, key: str) -> str | None:
        """A state threshold: a number may stand there too, since MLRun reads its environment as JSON."""
        value = self._found[key]
        return str(value) if type(value) is int else self.text(key, "a duration is required, such as '24h'")

    def amounts(self, section: str) -> Resources:
        """The amounts of CPU and memory in a section."""
        named = {name: self._amount(f"{section}.{name}") for name in ("cpu", "memory")}
        return {name: amount for name, amount in named.items() if amount is not None}

    def _amount(self, key: str) -> Quantity | None:
        value = self._found[key]
        if value is None or value == "" or (type(value) in (int, float) and not value):
            return None  # as MLRun does, which keeps the text '0'
        if type(value) not in (int, float, str):
            raise invalid(_PREFIX + key, value, "a Kubernetes quantity is required, such as '500m' or '4Gi'")
        spelled = value if isinstance(value, str) else shown(value)
        amount = quantity(spelled)
        if amount.number is None:
            raise invalid(_PREFIX + key, value, f"it is not a Kubernetes quantity{hint(spelled)}")
        if amount.number < 0:
            raise invalid(_PREFIX + key, value, "an amount must not be negative")
        return amount

    def _decoded(self, key: str, kind: type, called: str) -> Any:
        value = self._found[key]
        if value in (None, "", _NULL, [], {}):
            return kind()
        required = f"base64 of a JSON {called} is required, such as {_encoded(kind())!r} for {kind()}"
        if not isinstance(value, str):
            raise invalid(_PREFIX + key, value, required)
        try:
            decoded = json.loads(base64.b64decode(value).decode())
            whole = is_writable(json.dumps(decoded, ensure_ascii=False))
        except (ValueError, RecursionError):
            raise invalid(_PREFIX + key, value, required) from None
        if not whole:
            raise invalid(_PREFIX + key, decoded, _HALF)
        if not isinstance(decoded, kind):
            raise invalid(_PREFIX + key, value, f"it is base64 of {shown(decoded)}, and {required}")
        return decoded


def invalid(where: str, value: object, why: str) -> ConfigurationError:
    """The error about an invalid value: where it stands, what it is, and what is required."""
    return ConfigurationError(f"{where}: invalid value {shown(value)}: {why}")


def _mapping(held: Any, path: tuple[str, ...]) -> Mapping[str, Any]:
    section = getattr(held, "_cfg", held)
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise invalid(_PREFIX + ".".join(path), held, "a mapping is required")
    return section


def _toleration(raw: Any, where: str) -> Toleration:
    if not isinstance(raw, dict):
        raise invalid(where, raw, "a toleration is a mapping, such as {'key': 'spot', 'operator': 'Exists'}")
    # MLRun takes the Python client's spelling of this one field, which comes first where it says anything.
    seconds = raw.get("toleration_seconds") or raw.get("tolerationSeconds")
    fields = {name: value for name, value in raw.items() if name != "toleration_seconds"}
    fields["tolerationSeconds"] = seconds
    for name, fault in _faults(fields):
        raise invalid(f"{where}.{name}", fields[name], fault)
    return Toleration(*(fields.get(name) for name in _TOLERATION))


def _faults(toleration: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in toleration.items():
        choices = _CHOICES.get(name)
        if name not in _TOLERATION:
            yield name, f"a toleration has no such field{did_you_mean(name, _TOLERATION)}"
        elif value is None:
            continue
        elif name == "tolerationSeconds":
            if type(value) is not int:
                yield name, "a whole number is required"
        elif not isinstance(value, str):
            yield name, "text is required"
        elif choices and value not in choices:
            yield name, f"use one of {', '.join(map(repr, choices[1:]))}{did_you_mean(value, choices[1:])}"


def _encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()
