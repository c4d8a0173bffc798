"""A KFP 1.8 pipeline whose steps are profiled functions. It needs `mlrun[kfp18]`, and no server to be compiled.

    python examples/pipeline.py churn.yaml    # compiles the workflow, and shows what each step's pod carries

A step has two pods. The *run's pod* does the work: MLRun's server makes it from the function, with all that the
profile wrote. The *step's pod* starts the run and waits for it. KFP makes it, from less information:

| of the function                      | what MLRun gives the step's pod of it                                         |
| ------------------------------------ | ----------------------------------------------------------------------------- |
| node selector, affinity, tolerations | passed on, as the preemption mode leaves them with this client's settings    |
| CPU, memory                          | lost: it gets MLRun's default pod resources, and nothing where none are set   |
| GPUs                                 | lost, as they should be: its limit is 0, for waiting needs none               |
| priority class                       | only if the step's name begins with the function's, under a key of MLRun's    |
| Spark's driver_* and executor_*      | lost: it gets the generic fields, which every profile keeps on demand         |

`projects.place_steps` gives it the rest: the placement, on demand also where the run may be on spot; the priority
class, under the key that Kubernetes reads; and the function's CPU and memory. A project that `projects.setup` has set
up does it by itself, in `project.run` and `project.save_workflow`.

- Apply profiles in the workflow's own function, or by `projects.setup`. `project.save_workflow` and
  `project.run(sync=True)` make every function anew that the project knows by its file; remote and scheduled workflows
  make all of them anew in a runner's pod. A profile that was applied before is then silently gone. The workflow's
  function runs in every case. (A runner's image needs igz-runtime for it.)
- What only waits needs little. What the workflow itself gives a step of CPU and memory stays (`waiting_room`);
  `steps:` of igz-runtime.yaml says the same for all of them.
- `run_function(retry=…)` is refused in a pipeline. `step.set_retry(…)` starts a run again whose pod was lost; declare
  it with `Workload(restartable=True)`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import mlrun
import yaml
from kfp import dsl

from igz_runtime import Workload, profiles, projects

HERE = Path(__file__).parent

PROFILES = {
    "prepare": profiles.spot_stateless(cpu=1, memory="4Gi", workload=Workload(stateful=False, restartable=True)),
    "trainer": profiles.production_job(),
    "scorer": profiles.production_service(cpu=1, memory="2Gi"),
}


@dsl.pipeline(name="churn")
def pipeline(rows: int = 100_000) -> None:
    """Prepare a table, train on it, and deploy what scores."""
    project = mlrun.get_current_project()
    for name, profile in PROFILES.items():
        project.get_function(name).apply(profile)

    prepare = mlrun.run_function("prepare", handler="prepare", params={"rows": rows}, returns=["table"])
    prepare.set_retry(3)
    waiting_room(prepare)

    train = mlrun.run_function("trainer", handler="train", inputs={"table": prepare.outputs["table"]})
    waiting_room(train)

    deploy = mlrun.deploy_function("scorer").after(train)
    waiting_room(deploy)


def waiting_room(step: Any, cpu: str = "100m", memory: str = "512Mi") -> None:
    """Size the step's own pod. It holds a Python process that has imported MLRun, which takes 230 MiB."""
    for resource, amount in (("cpu", cpu), ("memory", memory)):
        step.container.add_resource_request(resource, amount)
        step.container.add_resource_limit(resource, amount)


def churn_project() -> Any:
    """The project, as a `project_setup.py` would make it: functions by their files, and this workflow."""
    project = mlrun.new_project("churn", context=str(HERE), save=False)
    project.set_function("functions/prepare.py", name="prepare", kind="job", image="mlrun/mlrun")
    project.set_function("functions/trainer.yaml", name="trainer")
    project.set_function("functions/scorer.py", name="scorer", kind="nuclio", image="mlrun/mlrun")
    # Without `engine`, compiling runs the functions instead of making steps of them.
    project.set_workflow("main", "pipeline.py", engine="kfp")
    return project


def compile_offline(target: Path) -> None:
    """Compile the workflow into a file, and place its steps.

    MLRun stores each function before it makes a step of it, and refuses without a database. With an address that is no
    URL it takes a stand-in, which stores nothing. It says so once, and at every use unless told not to.
    """
    mlrun.mlconf.dbpath = "offline"
    mlrun.mlconf.httpdb.nop_db.verbose = False
    project = churn_project()
    project.save_workflow("main", str(target), artifact_path="v3io:///projects/churn/{{workflow.uid}}")
    projects.place_steps(target, project)


def step_pods(target: Path) -> dict[str, dict[str, Any]]:
    """What each step's pod carries, by the step's name, in the words of the workflow's template."""
    templates = yaml.safe_load(target.read_text())["spec"]["templates"]
    fields = ("nodeSelector", "affinity", "tolerations", "priorityClassName", "retryStrategy")
    return {
        template["name"]: {name: template[name] for name in fields if name in template}
        | {"resources": template["container"].get("resources", {})}
        for template in templates
        if "container" in template
    }


if __name__ == "__main__":
    workflow = Path(sys.argv[1] if len(sys.argv) > 1 else "churn.yaml")
    compile_offline(workflow)
    for step, pod in step_pods(workflow).items():
        print(f"\n{step}")
        for field, value in pod.items():
            print(f"  {field}: {value}")
