"""The workflow: prepare, tune, score, deploy. The profiles come from igz-runtime.yaml, and none is mentioned here."""

import mlrun
from kfp import dsl


@dsl.pipeline(name="churn", description="Which customers are about to leave")
def pipeline(customers: str = "data/customers.csv") -> None:
    """The steps and their order.

    Args:
        customers: where the customers are listed.
    """
    project = mlrun.get_current_project()
    prepared = project.run_function("prepare", inputs={"customers": customers}, outputs=["features"])
    # A step may be called otherwise than its function: its pod is still placed as `train` is.
    tuned = project.run_function(
        "train",
        name="tune",
        inputs={"features": prepared.outputs["features"]},
        hyperparams={"learning_rate": [0.1, 0.5, 1.0], "epochs": [100, 200]},
        selector="max.accuracy",
        outputs=["churn-model"],
    )
    model = tuned.outputs["churn-model"]
    scored = project.run_function(
        "score-daily", inputs={"features": prepared.outputs["features"], "model": model}, outputs=["scores"]
    )
    # On spot nodes a pod may be lost, the run's or the step's: "Always" starts both again.
    scored.set_retry(3, policy="Always")
    project.deploy_function("model-server", models=[{"key": "churn", "model_path": model, "class_name": "ChurnModel"}])
