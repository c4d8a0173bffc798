"""IGZ5xx: Jupyter services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import jupyter as cel
from igz_runtime.rules.subject import Subject

GPU_SERVICE: Final = "A Jupyter service that is using GPUs should be configured with the scale to zero option."


@rule(
    "IGZ501",
    "gpu-notebook-without-scale-to-zero",
    "a Jupyter service with a GPU that keeps it when nobody works",
    severity="error",
    waivable=True,
    source=GPU_SERVICE,
    origin="Iguazio, Best Practices, Jupyter Service and GPUs",
    fix="make it with igz_runtime.jupyter, which writes a scale to zero that works: jupyter.service(profile, name='…') "
    "for Iguazio, jupyter.kubespawner_profile(profile) for JupyterHub",
    reads=("containers", "idle"),
    cel=cel.GPU_NOTEBOOK_WITHOUT_SCALE_TO_ZERO,
)
def gpu_notebook_without_scale_to_zero(subject: Subject) -> Iterator[Found | Skip]:
    idle = subject.function.idle
    if idle is None or idle.ends or not subject.asked.gpu_types:
        return
    if idle.ends is None:
        yield Skip(idle.because)
    else:
        yield Found(f"asks for {subject.asked.gpu_types[0]}, and {idle.because}", field=("idle",))
