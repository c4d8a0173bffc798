"""What is fixed in the Jupyter image of Iguazio: where a user's files are, and what does not outlive a restart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

HOME: Final = "/User"
"""The home of every Jupyter service of a user, which is a mount of the platform's storage and outlives restarts."""

HOOK: Final = f"{HOME}/.igz/startup-hook.sh"
"""What is run before Jupyter is launched. Source: Iguazio, Best Practices, Jupyter Image and Installing Packages."""

PREBAKED: Final[Mapping[str, str]] = {
    "base": "/conda",
    "jupyter": "/conda/envs/jupyter",
    "mlrun-base": "/conda/envs/mlrun-base",
    "mlrun-extended": "/conda/envs/mlrun-extended",
}
"""The conda environments of the image, where what conda installs is lost with the container. Source: as above."""


def environments_below(home: str = HOME) -> str:
    """The folder of a home in which conda makes environments that outlive a restart."""
    return f"{home}/.conda/envs"


def looks_like_a_hook(name: str) -> bool:
    """Whether a file is called as somebody calls a startup hook.

    >>> looks_like_a_hook("startup-hook.sh"), looks_like_a_hook("startup_hook"), looks_like_a_hook("startup.py")
    (True, True, False)
    """
    # Asked of every file: where no expression is needed, none is compiled.
    return "hook" in name.lower() and bool(re.fullmatch(_NAMES, name, re.IGNORECASE))


_NAMES: Final = r"(?:jupyter[-_.]?)?start-?up[-_. ]?hook(?:\.(?:ba)?sh)?"
