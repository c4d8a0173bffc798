"""What an environment that is declared production says, in CEL. See `rules/environment`."""

from __future__ import annotations

from typing import Final

from igz_runtime.rules.cel.form import FACTS, Cel, Says, when

_PRODUCTION: Final = f"{FACTS}.?environment.orValue('') == 'production'"
DEVELOPMENT_IN_PRODUCTION: Final = Cel(
    (
        Says(
            when(
                f"{_PRODUCTION} && variables.development_kind",
                "'a Jupyter service is development work, and the environment is production'",
            ),
            "run it on the development cluster",
        ),
        Says(
            when(
                f"{_PRODUCTION} && !variables.development_kind && variables.development",
                "'its profile is for development work, and the environment is production'",
            )
        ),
    )
)
