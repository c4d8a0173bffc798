"""Batch scoring: stateless, and started again where its pod is lost."""

import csv
import io
import json
import math
from pathlib import Path

import mlrun
import mlrun.artifacts


def score(context: mlrun.MLClientCtx, features: mlrun.DataItem, model: mlrun.DataItem) -> None:
    """Say of each customer how likely it is that they leave.

    Args:
        context: MLRun's context of the run.
        features: what `prepare` made.
        model: what `train` logged.
    """
    file, _, _ = mlrun.artifacts.get_model(model, suffix=".json")
    learned = json.loads(Path(file).read_text())
    lines = ["customer,probability"]
    for row in csv.DictReader(io.StringIO(features.get(encoding="utf-8"))):
        point = [1.0, *(float(row[column]) for column in learned["columns"])]
        total = sum(weight * value for weight, value in zip(learned["weights"], point, strict=True))
        lines.append(f"{row['customer']},{1 / (1 + math.exp(-total)):.4f}")
    context.log_result("scored", len(lines) - 1)
    context.log_artifact("scores", body="\n".join([*lines, ""]).encode(), local_path="scores.csv")
