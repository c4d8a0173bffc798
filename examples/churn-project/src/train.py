"""Training: a logistic regression by gradient descent."""

import csv
import io
import json
import math

import mlrun

COLUMNS = ("tenure", "calls", "charge")
LEAVES = 0.5
"""From this probability on, a customer counts as one who leaves."""


def train(context: mlrun.MLClientCtx, features: mlrun.DataItem, learning_rate: float = 0.5, epochs: int = 200) -> None:
    """Learn which customers leave.

    Args:
        context: MLRun's context of the run.
        features: what `prepare` made.
        learning_rate: how far each step goes.
        epochs: how often all customers are gone through.
    """
    rows = list(csv.DictReader(io.StringIO(features.get(encoding="utf-8"))))
    points = [[1.0, *(float(row[column]) for column in COLUMNS)] for row in rows]
    left = [int(row["left"]) for row in rows]
    weights = [0.0] * len(points[0])
    for _ in range(epochs):
        for point, label in zip(points, left, strict=True):
            error = label - probability(weights, point)
            weights = [w + learning_rate * error * x for w, x in zip(weights, point, strict=True)]
    right = sum(
        (probability(weights, point) > LEAVES) == bool(label) for point, label in zip(points, left, strict=True)
    )
    context.log_result("accuracy", right / len(points))
    body = json.dumps({"columns": COLUMNS, "weights": weights}).encode()
    context.log_model("churn-model", body=body, model_file="model.json", metrics=context.results)


def probability(weights: list[float], point: list[float]) -> float:
    """How likely it is that a customer leaves."""
    return 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, point, strict=True))))
