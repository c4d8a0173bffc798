"""The model behind an endpoint: how likely it is that each customer leaves."""

import json
import math
from pathlib import Path
from typing import Any

from mlrun.serving import V2ModelServer


class ChurnModel(V2ModelServer):
    """Loads what `train` logged, and answers `predict`."""

    def load(self) -> None:
        """Read the weights of the model."""
        file, _ = self.get_model(".json")
        self.weights = json.loads(Path(file).read_text())["weights"]

    def predict(self, request: dict[str, Any]) -> list[float]:
        """One probability for each point of `inputs`: tenure, calls and charge, from 0 to 1."""
        return [self._probability([1.0, *point]) for point in request["inputs"]]

    def _probability(self, point: list[float]) -> float:
        return 1 / (1 + math.exp(-sum(weight * value for weight, value in zip(self.weights, point, strict=True))))
