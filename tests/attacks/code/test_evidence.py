"""Work that trains is found to be stateful wherever it says so; work that does not is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from igz_runtime import Cluster, check

TABLE = yaml.safe_load(Path(__file__).with_name("evidence.yaml").read_text())


def rules(row: dict[str, Any]) -> set[str]:
    assert row["why"].endswith(".")
    spec = {"preemption_mode": "allow", **row.get("spec", {})}
    document = row.get("document", {"kind": "job", "metadata": {"name": "work"}, "spec": spec})
    return {finding.rule for finding in check(document, Cluster.iguazio(), config="none")}


@pytest.mark.parametrize("row", TABLE["trains"], ids=lambda row: row["why"])
def test_training_is_seen_in_odd_places(row: dict[str, Any], record_property: Any) -> None:
    assert "IGZ101" in rules(row)
    record_property("odd spellings of training that are seen", 1)


@pytest.mark.parametrize("row", TABLE["does not"], ids=lambda row: row["why"])
def test_what_only_looks_like_it_is_none(row: dict[str, Any]) -> None:
    assert "IGZ101" not in rules(row)
