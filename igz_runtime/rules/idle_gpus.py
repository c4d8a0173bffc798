"""IGZ613: GPUs that Jupyter services hold now, and keep when nobody works."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.rules.audited import AuditedWork
from igz_runtime.rules.authoring import Found, Skip, rule


@rule(
    "IGZ613",
    "gpus-held-by-idle-notebook",
    "a Jupyter service that runs with a GPU, and keeps it when nobody works",
    severity="error",
    waivable=True,
    source="A Jupyter service that is using GPUs should be configured with the scale to zero option.",
    origin="Iguazio, Best Practices, Jupyter Service and GPUs",
    fix="give it a scale to zero that works: jupyter.service(profile, name='…').merge_into(…) writes Iguazio's; "
    "Kubeflow's controller culls notebooks where ENABLE_CULLING is true",
    reads=("function", "idle", "on"),
    on=AuditedWork,
)
def gpus_held_by_idle_notebook(pods: AuditedWork) -> Iterator[Found | Skip]:
    gpus = pods.function.roles[0].gpu_types if pods.function.kind == JUPYTER else ()
    if not gpus:
        return
    if pods.idle is None:
        yield Skip(
            "no object of the cluster says whether it ends when nobody uses it; JupyterHub's own configuration does"
        )
    elif pods.idle.ends is None:
        yield Skip(pods.idle.because)
    elif not pods.idle.ends:
        nodes = tuple(node for group in pods.on.values() for node in group)
        yield Found(f"holds {gpus[0]}, and {pods.idle.because}", nodes=nodes)
