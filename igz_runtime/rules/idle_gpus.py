"""IGZ613: GPUs that Jupyter services hold now, and keep when nobody works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from igz_runtime.functions.idle import Idle
from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.rules.audited import AuditedWork
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.jupyter import GPU_SERVICE
from igz_runtime.rules.lasting import in_words, time_between


@rule(
    "IGZ613",
    "gpus-held-by-idle-notebook",
    "a Jupyter service that runs with a GPU, and keeps it when nobody works",
    severity="error",
    waivable=True,
    source=GPU_SERVICE,
    origin="Iguazio, Best Practices, Jupyter Service and GPUs",
    fix="give it a scale to zero that works: jupyter.service(profile, name='…').merge_into(…) writes Iguazio's; "
    "Kubeflow's controller culls notebooks where ENABLE_CULLING is true",
    reads=("function", "idle", "nodes", "work", "of"),
    on=AuditedWork,
    cel=elsewhere.before("IGZ501"),
)
def gpus_held_by_idle_notebook(pods: AuditedWork) -> Iterator[Found | Skip]:
    gpus = pods.function.roles[0].gpu_types if pods.function.kind == JUPYTER else ()
    idle = pods.idle or _UNKNOWN
    if not gpus or idle.ends:
        return
    held = time_between(pods.work.oldest, pods.of.live.read) if pods.of.live else None
    if idle.ends is False:
        yield Found(f"holds {gpus[0]}, and {idle.because}", nodes=pods.nodes)
    elif held is None or held < LONG:
        yield Skip(f"{_NOT_KNOWN}: {idle.because}")
    else:
        what = f"has held {gpus[0]} for {in_words(held)} (since {pods.work.oldest})"
        yield Found(f"{what}, and {_NOT_KNOWN}: {idle.because}", severity="info", nodes=pods.nodes)


LONG: Final = timedelta(hours=24)
"""How long a service holds a GPU before that is said, where nobody knows whether it ends: it outlived a night."""

_NOT_KNOWN: Final = "whether it ends when nobody uses it is not known"
_UNKNOWN: Final = Idle(ends=None, because="no object of the cluster says so; JupyterHub's own configuration does")
