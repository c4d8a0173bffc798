"""The kinds that tests go through, from the table: a new row is tested wherever every kind is."""

from __future__ import annotations

from typing import Any, Final

from igz_runtime.functions.kinds import KINDS, with_pods

OF_MLRUN: Final = tuple(name for name in with_pods() if KINDS[name].of_mlrun)
"""The kinds of MLRun that run pods."""

SERVICES: Final = tuple(name for name in with_pods() if KINDS[name].service)
STATEFUL: Final = tuple(name for name in with_pods() if KINDS[name].stateful)


def head(kind: str) -> dict[str, Any]:
    """What a document says of its kind."""
    written = (KINDS[kind].written or (kind,))[0]
    return {"kind": written} | ({"apiVersion": "nuclio.io/v1beta1"} if KINDS[kind].platform == "nuclio" else {})
