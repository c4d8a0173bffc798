"""IGZ2xx in CEL. See `rules/resources`."""

from __future__ import annotations

from typing import Final

from igz_runtime.rules.cel.containers import amounts, asks, is_accelerator, is_reachable
from igz_runtime.rules.cel.form import Cel, Says
from igz_runtime.rules.cel.function_resources import OF_FUNCTIONS

_LACKING: Final = "l.gaps.join('; ')"


def _found(condition: str, message: str) -> str:
    return f"variables.not_guaranteed.filter(l, {condition}).map(l, {message})"


def not_guaranteed(of_jupyter: str, of_platform: str) -> Cel:
    """IGZ201, with what to do about a container that the platform adds."""
    reachable = is_reachable("l.of")
    by_platform = (
        '"container \'" + l.of.name + "\' takes its resources from the platform and is not Guaranteed ("'
        f" + {_LACKING} + '), so the pod is ' + variables.qos"
    )
    return Cel(
        (
            Says(_found(reachable, f'"container \'" + l.of.name + "\' is not Guaranteed: " + {_LACKING}')),
            Says(_found(f"!({reachable}) && variables.development_kind", by_platform), of_jupyter, "warning"),
            Says(_found(f"!({reachable}) && !variables.development_kind", by_platform), of_platform, "warning"),
        )
    )


_GPUS: Final = f"{amounts('c', 'limits')}.filter(r, {is_accelerator('r')})"
_ABSENT: Final = f"['cpu', 'memory'].filter(r, !(r in {amounts('c', 'limits')}) && !(r in {amounts('c', 'requests')}))"
GPU_RESOURCES: Final = Cel(
    (
        Says(
            f"variables.containers.filter(c, {_GPUS}.size() > 0 && {_ABSENT}.size() > 0).map(c,"
            f" \"container '\" + c.name + \"' asks for \" + {_GPUS}.min() + ' without ' + {_ABSENT}.join(' and ')"
            f" + ', so its pod is ' + ({asks('c')} ? 'Burstable' : 'BestEffort')"
            " + ' and first to be evicted from an expensive node')",
            severity="warning",
        ),
        *OF_FUNCTIONS,
    )
)
"""A GPU without CPU and memory; where its request and its limit differ, Kubernetes refuses the pod by itself."""
