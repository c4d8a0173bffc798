"""A kind that nobody has, entered in the table alone: what the library makes of it, said as JSON.

It runs in a process of its own, because the table is read once. `test_made_up_kind.py` says what must come out.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from igz_runtime.functions.kind import Kind, Role
from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.setters import Setter


def _setters(role: str) -> tuple[Setter, ...]:
    """Setters whose names and parameters are like no others of MLRun's."""
    resources = f"{role}_resources"

    def sized(name: str, section: str, *parameters: str) -> Setter:
        named = {"gpus": "nvidia.com/gpu", "mem": "memory", "cpu": "cpu"}
        writes = {key: (("spec", resources, section, each),) for key, each in named.items() if key in parameters}
        return Setter(name, parameters, writes, "amounts")

    return (
        sized(f"claim_{role}", "requests", "mem", "cpu", "patch"),
        sized(f"cap_{role}", "limits", "mem", "cpu", "gpus", "gpu_type", "patch"),
        Setter(f"pin_{role}", ("where",), {"where": (("spec", f"{role}_node_selector"),)}),
        Setter(f"risk_{role}", ("how",), {"how": (("spec", f"{role}_preemption_mode"),)}),
    )


GANG = Kind(
    "gang",
    class_name="GangRuntime",
    of_mlrun=False,
    written=("gang", "gang:v2"),
    roles=(
        Role("leader", "leader_resources", "leader_", "leader", steady=True, computes=False),
        Role("member", "member_resources", "member_", "member", pods=("members",)),
    ),
    setters=(
        *_setters("leader"),
        *_setters("member"),
        Setter("rank", ("name",), {"name": (("spec", "priority_class_name"),)}),
    ),
    raises=frozenset({"with_limits"}),
    stateful=True,
)

CODE = """\
import mlrun
fn = mlrun.new_function("etl", kind="gang:v2", image="i")
fn.pin_member({"pool": "jobs"})
fn.cap_member(mem="2Gi",
              cpu="2x")
fn.risk_member("allow")
fn.spec.leader_preemption_mode = "sometimes"
fn.with_limits(cpu="1")
"""
YAML = """\
kind: gang
metadata:
  name: etl
spec:
  member_node_selector:
    pool: jobs
  member_resources:
    limits:
      memory: 2Gi
      cpu: 2x
  member_preemption_mode: allow
  leader_preemption_mode: sometimes
  memberResources: {}
"""


def document() -> dict[str, Any]:
    """A function of the kind, as a document."""
    spec = {"member_node_selector": {"pool": "jobs"}, "member_preemption_mode": "allow", "members": 3}
    return {"kind": "gang", "metadata": {"name": "etl"}, "spec": spec}


def read() -> Any:
    """Read from its document."""
    from igz_runtime.functions import adapter_for

    function = adapter_for(document()).read()
    return {role.role: [role.preemption_mode, dict(role.node_selector), role.pods] for role in function.roles}


def judged() -> Any:
    """Judged as a document."""
    import igz_runtime

    return sorted({f"{finding.rule} {finding.role}" for finding in igz_runtime.check(document()) if finding.refuses})


def planned() -> Any:
    """Planned: what the profile would have of each role."""
    from igz_runtime import profiles

    plan = profiles.production_job(cpu=4, memory="16Gi").plan(document())
    return {role.role: [role.after.preemption_mode, role.qos] for role in plan.roles}


def written() -> Any:
    """Written to a document."""
    from igz_runtime import profiles

    fn = document()
    profiles.production_job(cpu=4, memory="16Gi").apply(fn)
    return fn["spec"]


def written_by_its_setters() -> Any:
    """Written to an object whose setters alone know how: which were called, and what stands there."""
    from mlrun.runtimes.kubejob import KubejobRuntime

    from igz_runtime import profiles

    called: list[str] = []

    def sets(setter: Setter) -> Any:
        def method(self: Any, *_: Any, **given: Any) -> None:
            called.append(setter.name)
            for parameter, fields in setter.writes.items():
                if given.get(parameter) is None:
                    continue
                for _spec, field, *below in fields:
                    _put(self.spec, field, below, given[parameter])

        return method

    methods = {setter.name: sets(setter) for setter in GANG.setters}
    runtime: Any = type("GangRuntime", (KubejobRuntime,), {"kind": "gang", **methods})
    fn = runtime.from_dict({"metadata": {"name": "etl"}, "spec": {}})
    for role in ("leader", "member"):
        setattr(fn.spec, f"{role}_node_selector", {})
    profiles.production_job(cpu=4, memory="16Gi", node_group={"pool": "jobs"}).apply(fn)
    fields = ("leader_node_selector", "member_preemption_mode", "priority_class_name")
    held = {name: getattr(fn.spec, name) for name in fields}
    return {"called": sorted(set(called)), **held, "member_resources": vars(fn.spec)["_member_resources"]}


def _put(spec: Any, field: str, below: list[str], value: Any) -> None:
    if not below:
        setattr(spec, field, value)
        return
    section, resource = below
    vars(spec)[f"_{field}"].setdefault(section, {})[resource] = value
    setattr(spec, field, vars(spec)[f"_{field}"])


def linted(folder: Path) -> Any:
    """Found by lint in YAML, in Python and in a notebook, as its JSON report says it."""
    from igz_runtime.cli import main

    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": CODE.splitlines(keepends=True)}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    texts = {"gang.yaml": YAML, "gang.py": CODE, "gang.ipynb": json.dumps(notebook, indent=1)}
    reports = {}
    for name, text in texts.items():
        (folder / name).write_text(text)
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            main(["lint", "--format", "json", str(folder / name)])
        reports[name] = json.loads(said.getvalue())
    return reports


if __name__ == "__main__":
    KINDS[GANG.name] = GANG
    parts = (read, judged, planned, written, written_by_its_setters)
    sys.stdout.write(json.dumps({**{part.__name__: part() for part in parts}, "linted": linted(Path(sys.argv[1]))}))
