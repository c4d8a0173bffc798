"""The startup hook of a Jupyter service: whether the platform runs it, to its end, and soon enough."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.cluster.jupyter_image import HOOK
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.in_jupyter import PACKAGES, HookFile


@rule(
    "IGZ504",
    "startup-hook-that-fails",
    "a startup hook that the platform does not run, that ends half-way, or that keeps Jupyter waiting",
    severity="warning",
    waivable=True,
    source="Any failure of the script is ignored in order to avoid unnecessary Jupyter downtime.",
    origin=PACKAGES,
    fix="have it written: igz-runtime jupyter hook --apt PACKAGE --pip PACKAGE --command COMMAND --output " + HOOK,
    reads=("text", "programs", "path", "fault", "limited", "platform"),
    on=HookFile,
    cel=elsewhere.OF_FILES,
)
def startup_hook_that_fails(hook: HookFile) -> Iterator[Found | Skip]:
    if hook.platform != "ce":
        # Few files are startup hooks, and reading a shell costs every start what it takes to load.
        from igz_runtime.rules.hook_faults import faults

        yield from faults(hook)
