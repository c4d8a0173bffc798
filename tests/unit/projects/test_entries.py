"""Entries of igz-runtime.yaml, which are read back as what was written."""

from __future__ import annotations

import pytest
import yaml

from igz_runtime import profiles
from igz_runtime.projects.entries import entry_of

PROFILE = profiles.production_job(cpu=1, memory="1Gi")


@pytest.mark.parametrize("name", ["etl", "a: b", "x" * 5_000, "x[" * 5_000])
def test_a_name_is_a_key_that_is_read_back(name: str) -> None:
    lines = entry_of(name, PROFILE, missing=[(name, "cpu")])

    assert yaml.safe_load("\n".join(lines))[name]["sizes"] == {name: {"cpu": 1}}
