"""What calls a Nuclio function, and when its scaler finds it idle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.functions.idle import is_go_duration
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import ScaleResource
from igz_runtime.messages import shown

TRIGGERS: Final = "triggers"
WITHOUT_HTTP: Final = "disableDefaultHTTPTrigger"
"""The fields of Nuclio's spec that say what calls a function."""

HTTP: Final = "http"
CRON: Final = "cron"
V3IO_STREAMS: Final = ("v3ioStream", "v3io-stream")
KINDS_BY_CLASS: Final = {
    "HttpTrigger": HTTP,
    "CronTrigger": CRON,
    "KafkaTrigger": "kafka-cluster",
    "V3IOStreamTrigger": V3IO_STREAMS[0],
}
"""The kinds of nuclio-jupyter's triggers, by the names of their classes."""
HANDLED_EVENTS: Final = "nuclio_processor_handled_events_total"
"""The metric of Nuclio's processors that counts what a function was called for."""


class Trigger(NamedTuple):
    """One trigger of a function: its name, and its kind such as `http`, `cron` or `kafka-cluster`."""

    name: str
    kind: str


def triggers_of(held: Any, without_http: Any, what: str) -> tuple[Trigger, ...]:
    """The triggers of a function: those that are enabled, and Nuclio's own where none is an HTTP trigger.

    Args:
        held: the triggers by name.
        without_http: whether Nuclio's own HTTP trigger is switched off.
        what: what holds them, for an error.

    Raises:
        BrokenFunction: a field of the wrong type.
    """
    if not held:
        return () if without_http else _OF_NUCLIO
    stated = tuple(
        Trigger(str(name), codec.text(trigger.get("kind"), f"{what}[{str(name)!r}].kind") or "")
        for name, trigger in codec.mapping(held, what).items()
        if isinstance(trigger, Mapping) and not trigger.get("disabled")
    )
    has_http = without_http or any(each.kind == HTTP for each in stated)
    return stated if has_http else (*stated, *_OF_NUCLIO)


_OF_NUCLIO: Final = (Trigger("default-http", HTTP),)


def scaling_fault(resources: tuple[ScaleResource, ...] | None) -> str:
    """Why Nuclio's scaler does not go by what a function says of its scale to zero; empty where it does.

    Source: Nuclio, pkg/platform/kube/resourcescaler: it skips a function of which one window is not read.
    """
    if resources == ():
        return "it names no metric, so that nothing says when the function is idle"
    for index, (metric, window, _) in enumerate(resources or ()):
        at = f"scaleResources[{index}]"
        if not metric:
            return f"{at} names no metric (metricName)"
        if window is None:
            return f"{at} has no windowSize, a duration of Go's such as '10m' or '1h'"
        if not is_go_duration(window):
            return f"{at} has the windowSize {shown(window)}, not a duration of Go's such as '10m' or '1h'"
    return ""
