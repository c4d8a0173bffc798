"""IGZ908 in CEL, where a namespace requires profiles. See `rules/assignment`."""

from __future__ import annotations

from typing import Final

from igz_runtime.rules.cel.form import Cel, Says, when

UNPROFILED: Final = Cel(
    (
        Says(
            when(
                "variables.lacks_profile",
                '"no profile was applied, and namespace \'" + request.namespace + "\' requires one"',
            ),
            severity="error",
            settled=True,
        ),
    ),
    strangers=True,
)
"""Which profile is assigned, and with which arguments one was applied, is not on a pod."""
