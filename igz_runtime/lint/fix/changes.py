"""What `--fix` changes: findings that have one right answer, whatever the author meant.

A quantity is respelled where its unit can be but one (`4gi`, `4GiB`). `16GB` and `16g` are not: some tools read 10^9,
others 2^30. Nor is `512m` of memory, which may be 512Mi or 512M: both are wrong by the other's measure, and the file
does not say which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.names import MODES
from igz_runtime.k8s.labels import is_label_key, label_fault
from igz_runtime.k8s.pod import is_accelerator
from igz_runtime.k8s.quantity import quantity
from igz_runtime.messages import shown
from igz_runtime.rules.findings import Finding
from igz_runtime.rules.resources import LEAST_MEMORY, MOST_CPU
from igz_runtime.text.edits import Change, value_at
from igz_runtime.text.place import Path


def change_for(finding: Finding, document: Mapping[str, Any], path: Path) -> Change | None:
    """The change that fixes a finding; None where more than one could.

    Args:
        finding: the finding.
        document: the function's document, with its values as they were read.
        path: the field that causes the finding.
    """
    proposed = _BY_RULE.get(finding.rule)
    return proposed(finding, document, path) if proposed and path else None


def _quantity(finding: Finding, document: Mapping[str, Any], path: Path) -> Change | None:
    found, resource = value_at(document, path), str((finding.field or path)[-1])
    if not isinstance(found, str):
        return None
    if resource == "memory" and finding.kind in KINDS and KINDS[finding.kind].jvm_memory:
        return _replaced(path, found, _jvm_spelling(found))
    amount = _spelling(found)
    return _replaced(path, found, amount) if amount and _is_sound(resource, amount) else None


def _mode(_finding: Finding, document: Mapping[str, Any], path: Path) -> Change | None:
    found = value_at(document, path)
    mode = found.strip().lower() if isinstance(found, str) else ""
    return _replaced(path, found, mode) if mode in MODES else None


def _selector(_finding: Finding, document: Mapping[str, Any], path: Path) -> Change | None:
    """White space around a label's key, its value, or both: two findings, and one change."""
    found, label = value_at(document, path), path[-1]
    if not isinstance(found, str):
        return None
    if label == "key":
        return _replaced(path, found, found.strip() if is_label_key(found.strip()) else None)
    value = found.strip() if found != found.strip() and not label_fault(found.strip()) else None
    key = label.strip() if isinstance(label, str) and label != label.strip() else None
    if key is not None and (not is_label_key(key) or key in value_at(document, path[:-1])):
        return None
    if key is None:
        return _replaced(path, found, value)
    return Change(path, f"{shown(label)} -> {key!r}", found, value, key)


def _limit_of_gpu(_finding: Finding, document: Mapping[str, Any], path: Path) -> Change | None:
    """A GPU that is requested only gets the same limit."""
    resource, like = path[-1], (*path[:-2], "requests", path[-1])
    found = value_at(document, like)
    if path[-2:-1] != ("limits",) or not is_accelerator(str(resource)) or value_at(document, path) is not None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | str) or not _is_sound(str(resource), str(found)):
        return None
    return Change(path, f"limit of {resource}: {shown(found)}, as it is requested", like=like)


def _label_text(_finding: Finding, document: Mapping[str, Any], path: Path) -> Change | None:
    """A label that YAML reads as a number, a boolean or a date; what is written is what was meant."""
    found = value_at(document, path)
    if found is None or isinstance(found, str | dict | list) or not _holds_text(path):
        return None
    return Change(path, "the value gets quotes", found, quoted=True)


def _field_name(finding: Finding, document: Mapping[str, Any], path: Path) -> Change | None:
    """A field spelled in the other of camelCase and snake_case, beside which the right one does not stand."""
    name, holder = path[-1], value_at(document, path[:-1])
    if not isinstance(name, str) or not isinstance(holder, Mapping) or name not in holder:
        return None
    meant = {each for each in _suggested(finding) if each != name and _plain(each) == _plain(name)}
    if len(meant) != 1 or any(_plain(str(key)) == _plain(name) for key in holder if key != name):
        return None
    key = meant.pop()
    return Change(path, f"{shown(name)} -> {key!r}", key=key)


_BY_RULE: Final[Mapping[str, Callable[[Finding, Mapping[str, Any], Path], Change | None]]] = {
    "IGZ110": _mode,
    "IGZ203": _limit_of_gpu,
    "IGZ205": _quantity,
    "IGZ405": _selector,
    "IGZ902": _label_text,
    "IGZ903": _field_name,
}


def _replaced(path: Path, found: str, value: str | None) -> Change | None:
    if value is None or value == found:
        return None
    return Change(path, f"{shown(found)} -> {value!r}", found, value)


_BINARY: Final = {unit.lower(): unit for unit in ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")}
_AMOUNT: Final = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*+([A-Za-z]*)\s*")


def _spelling(text: str) -> str | None:
    """A quantity as Kubernetes spells it, where case, white space or a `B` after a binary unit is all that is wrong."""
    form = _AMOUNT.fullmatch(text)
    if form is None:
        return None
    unit = form[2].lower()
    return form[1] + _BINARY.get(unit.removesuffix("b"), form[2])


def _jvm_spelling(text: str) -> str | None:
    """A memory amount in the units of Spark's JVM, which are binary: `4Gi` is `4g`."""
    form = _AMOUNT.fullmatch(text)
    if form is None or not form[1].isdigit():
        return None
    unit = form[2].lower().removesuffix("b")
    return form[1] + unit[0] if unit in ("ki", "mi", "gi") else None


def _is_sound(resource: str, amount: str) -> bool:
    """Whether an amount can be what was meant: nothing that a rule would refuse in its turn."""
    number = quantity(amount).number
    if number is None:
        return False
    if resource == "memory":
        return number >= LEAST_MEMORY
    if is_accelerator(resource):
        return number > 0 and number == number.to_integral_value()
    return number <= MOST_CPU if resource == "cpu" else True


_LABELS: Final = ("nodeselector", "labels", "annotations", "matchlabels")


def _holds_text(path: Path) -> bool:
    """Whether Kubernetes takes nothing but text here: a label, an annotation, the value of a toleration."""
    holder = path[-2] if len(path) > 1 else ""
    if isinstance(holder, int):
        return path[-1] == "value" and _plain(str(path[-3])).endswith("tolerations")
    return _plain(holder).endswith(_LABELS)


def _suggested(finding: Finding) -> set[str]:
    """The names that a finding puts forward, without the fields that they stand in."""
    return {name.rpartition(".")[2] for name in re.findall(r"'([^']+)'", f"{finding.message} {finding.fix}")}


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
