"""What the work is, and what was promised of it, in CEL: `functions/workload`, and the profiles of the facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.functions.annotations import LABEL, WORKLOAD
from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.pod_labels import OF_PLATFORMS
from igz_runtime.functions.workload import FRAMEWORK_LABELS, SAYS_TRAINING
from igz_runtime.rules.cel.containers import GUARANTEED
from igz_runtime.rules.cel.form import FACTS, literal, quoted
from igz_runtime.rules.cel.kinds import is_kind_that


def _steady() -> str:
    """Whether the role must stay on demand wherever the others go."""
    steady = ((kind.name, role) for kind in KINDS.values() for role in sorted(kind.steady_roles))
    return " || ".join(
        f"(variables.kind == {quoted(kind)} && variables.role == {quoted(role)})" for kind, role in steady
    )


_SAYS: Final = f"matches({quoted(SAYS_TRAINING)})"
_OF_PLATFORMS: Final = " && ".join(f"!k.startsWith('{each}')" for each in OF_PLATFORMS)
_OURS: Final = f"!(k in {literal([LABEL, WORKLOAD])})"
_LABEL: Final = (
    f"{_OF_PLATFORMS} && {_OURS} && (k == 'trainer' || variables.labels[k].{_SAYS}"
    f" || (k == 'framework' && variables.labels[k].lowerAscii() in {literal(sorted(FRAMEWORK_LABELS))}))"
)

VARIABLES: Final[Mapping[str, str]] = {
    "service": is_kind_that("service"),
    "development_kind": is_kind_that("development"),
    "says_training": f"variables.service ? [] : variables.labels.filter(k, {_LABEL})",
    "evidence": f'variables.name.{_SAYS} ? "its name \'" + variables.name + "\' says training"'
    " : variables.says_training.size() == 0 ? ''"
    " : [variables.says_training.min()].map(k, 'its label ' + k + '=' + variables.labels[k] + ' says training')[0]",
    "by_declaration": "variables.declared in ['stateful', 'stateless']"
    " && !(variables.declared in variables.undeclarable)",
    "by_kind": is_kind_that("stateful"),
    "stateful": 'variables.by_kind ? "kind \'" + variables.kind + "\' is stateful by nature"'
    " : variables.by_declaration ? (variables.declared == 'stateful'"
    f" ? 'its label {WORKLOAD} says stateful' : '') : variables.evidence",
    "profiles": f"{FACTS}.?profiles.orValue({{}})",
    "promise": "variables.profile in variables.profiles ? [variables.profiles[variables.profile]] : []",
    "qos_promised": "variables.promise.exists(p, p.?qos.orValue('') == 'Guaranteed')",
    **GUARANTEED,
    "on_demand": f"variables.promise.size() > 0 && (({_steady()})"
    " || variables.promise[0].?lifecycle.orValue('') == 'on-demand')",
    "development": "variables.promise.exists(p, p.?development.orValue(false))",
    "mission_critical": "variables.promise.exists(p, p.?missionCritical.orValue(false))",
}
"""`stateful`: why the work is; empty where it is not. `on_demand`: whether it was promised to stay on demand."""
