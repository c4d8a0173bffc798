"""One profile applied, one plan, one refusal and its mitigation. It needs no MLRun server and no cluster."""

# The environment is set before MLRun is imported, because importing it connects to the server that is named there.
import os
from pathlib import Path

os.environ["MLRUN_DBPATH"] = ""  # offline, also where a server is configured

import mlrun

from igz_runtime import Cluster, UnsafeCombination, Waiver, Workload, check, profiles

FUNCTIONS = Path(__file__).parent / "functions"


def heading(text: str) -> None:
    print(f"\n== {text}\n")


def main() -> None:
    print(f"Judged on: {Cluster.current().source}")

    heading("A profile applied: production_job on trainer.yaml, an MLRun job")
    trainer = mlrun.import_function(str(FUNCTIONS / "trainer.yaml"))
    print(f"resources before:  {trainer.spec.resources}")
    trainer.apply(profiles.production_job())
    print(f"resources after:   {trainer.spec.resources}")
    print(f"priority class:    {trainer.spec.priority_class_name}")

    heading("A plan: production_service on scorer.yaml, a Nuclio function. Nothing is written")
    print(profiles.production_service().plan(FUNCTIONS / "scorer.yaml"))

    heading("A refusal: training on spot nodes")
    try:
        trainer.apply(profiles.spot_stateless())
    except UnsafeCombination as refusal:
        print(refusal)
        print(f"      why: {refusal.findings[0].why}")
    print(f"\nstill applied: {profiles.applied_to(trainer).profile}")

    heading("The mitigation: say what starts the training again after an eviction")
    checkpoints = Waiver("checkpoints every epoch, resubmitted by cron")
    trainer.apply(profiles.spot_stateless(workload=Workload(restartable=True), waive={"IGZ101": checkpoints}))
    print(f"now applied: {profiles.applied_to(trainer).profile}\n\n{check(trainer)}")


if __name__ == "__main__":
    main()
