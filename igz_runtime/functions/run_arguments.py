"""What a run of an MLRun function takes that does not stand on the function: as MLRun's client wants it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Final

from igz_runtime.errors import InvalidValue
from igz_runtime.functions.names import SETTINGS
from igz_runtime.messages import shown

FAILED: Final = ("error", "aborted")
"""The states of a run that failed, as notifications name them: MLRun aborts by its state thresholds."""


def takes_retry(fn: Any) -> bool:
    """Whether the client takes `retry=`: before MLRun 1.10 it swallows what it does not know. A document has none."""
    run = getattr(type(fn), "run", None)
    return run is None or "retry" in inspect.signature(run).parameters


def thresholds_of(fn: Any) -> dict[str, Any]:
    """Every state threshold that stands on a function; none of a file."""
    spec = fn.get("spec") if isinstance(fn, Mapping) else getattr(fn, "spec", None)
    (name,) = SETTINGS["running_limit"].mlrun
    held = spec.get(name) if isinstance(spec, Mapping) else getattr(spec, name, None)
    return dict(held) if isinstance(held, Mapping) else {}


def on_failure(notifications: Iterable[Any], function: str) -> list[Any]:
    """Notifications as MLRun's client takes them.

    Args:
        notifications: MLRun's own, which stay as they are, or their fields, `kind` at least: sent when the run fails.
        function: the function's name.

    Raises:
        InvalidValue: not a mapping with a kind, or MLRun does not take it.
    """
    return [_notification(each, f"{function}-failed-{number}") for number, each in enumerate(notifications, 1)]


def _notification(given: Any, name: str) -> Any:
    if not isinstance(given, Mapping):
        if hasattr(given, "when"):
            return given
        raise InvalidValue(f"notifications: a mapping with 'kind' is required, found {shown(type(given).__name__)}")
    if not given.get("kind"):
        raise InvalidValue("notifications: 'kind' is missing, such as 'slack', 'mail' or 'webhook'")
    import mlrun

    try:
        return mlrun.model.Notification(**{"name": name, "when": list(FAILED), **given})
    except (TypeError, ValueError, mlrun.errors.MLRunInvalidArgumentError):
        # What MLRun says may hold the values, and so secrets.
        raise InvalidValue(
            f"notifications: MLRun takes no notification of kind {shown(given['kind'])} with the fields "
            f"{', '.join(map(str, given))}"
        ) from None
