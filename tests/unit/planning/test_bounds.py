"""Bounds that a platform sets to the arguments of a profile: whatever goes beyond is refused in its own words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import profiles
from igz_runtime.errors import ConfigurationError, InvalidValue

FILE = """\
profiles:
  nightly:
    extends: production_job
    cpu: 4
    memory: 16Gi
    bounds:
      cpu: {least: 500m, most: 16, reason: larger jobs go to the batch team}
      memory: {most: 64Gi}
      gpus: {most: 2}
  nightly_large:
    extends: nightly
    bounds: {memory: {most: 128Gi}}
  anything: {extends: production_job, bounds: {cpu: {most: 8}}}
"""


@pytest.fixture
def named(tmp_path: Path) -> Callable[..., Any]:
    file = tmp_path / "igz-runtime.yaml"
    file.write_text(FILE)
    return lambda name, **arguments: profiles.named(name, config=file, **arguments)


BEYOND: list[tuple[str, dict[str, Any], str]] = [
    ("nightly", {"cpu": 640}, "cpu: 640 is above 16, the most that is allowed (larger jobs go to the batch team)"),
    (
        "nightly",
        {"cpu": "100m"},
        "cpu: 100m is below 500m, the least that is required (larger jobs go to the batch team)",
    ),
    ("nightly", {"memory": "65Gi"}, "memory: 65Gi is above 64Gi, the most that is allowed"),
    ("nightly", {"gpus": 3}, "gpus: 3 is above 2, the most that is allowed"),
    ("nightly", {"sizes": {"driver": {"cpu": 17}}}, "sizes['driver']: cpu: 17 is above 16, the most that is allowed"),
    ("nightly_large", {"memory": "129Gi"}, "memory: 129Gi is above 128Gi, the most that is allowed"),
    ("nightly_large", {"cpu": 17}, "cpu: 17 is above 16, the most that is allowed (larger jobs go to the batch team)"),
]


@pytest.mark.parametrize(("name", "arguments", "says"), BEYOND)
def test_what_goes_beyond_is_refused(
    named: Callable[..., Any], name: str, arguments: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidValue) as caught:
        named(name, **arguments)
    assert says in str(caught.value)
    with pytest.raises(InvalidValue) as caught:
        named(name).replace(**arguments)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("nightly", {"cpu": 16, "memory": "64Gi", "gpus": 2}),
        ("nightly", {"cpu": "500m"}),
        ("nightly_large", {"memory": "128Gi"}),
        ("nightly", {"cpu": "{{inputs.parameters.cpu}}"}),
    ],
)
def test_what_is_within_them_is_taken(named: Callable[..., Any], name: str, arguments: dict[str, Any]) -> None:
    assert named(name, **arguments).name == name


def test_what_a_function_has_itself_is_bounded_too(named: Callable[..., Any]) -> None:
    resources = {"requests": {"cpu": 64, "memory": "1Gi"}, "limits": {"cpu": 64, "memory": "1Gi"}}
    fn: dict[str, Any] = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"resources": resources}}

    with pytest.raises(InvalidValue) as caught:
        named("anything").apply(fn)
    assert str(caught.value) == "anything on job 'etl' (main): cpu: 64 is above 8, the most that is allowed"
    assert fn["spec"] == {"resources": resources}


def test_bounds_change_only_with_the_name(named: Callable[..., Any]) -> None:
    with pytest.raises(InvalidValue, match="needs another name"):
        named("nightly").replace(bounds={})


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ("{cpu: 16}", "bounds['cpu']: 'least', 'most' and 'reason' are its keys, found 16"),
        ("{cpu: {max: 16}}", "bounds['cpu']: 'least', 'most' and 'reason' are its keys"),
        ("{priority: {most: high}}", "bounds: 'priority' cannot have any; cpu, memory, gpus, replicas can"),
        ("{memory: {most: 4gi}}", "bounds['memory']: most: '4gi' is not a Kubernetes quantity; did you mean '4Gi'?"),
        ("[cpu]", "bounds: a mapping of arguments to bounds is required, found ['cpu']"),
        ("{cpu: {most: 2}}", "cpu: 4 is above 2, the most that is allowed"),
    ],
)
def test_what_is_wrong_with_them_is_said_with_its_place(tmp_path: Path, bounds: str, says: str) -> None:
    file = tmp_path / "igz-runtime.yaml"
    file.write_text(f"profiles:\n  nightly: {{extends: production_job, cpu: 4, memory: 16Gi, bounds: {bounds}}}\n")

    with pytest.raises(ConfigurationError) as caught:
        profiles.named("nightly", config=file)
    assert f"profiles.nightly: nightly: {says}" in str(caught.value) or f"profiles.nightly: {says}" in str(caught.value)
    assert ":2:" in str(caught.value)
