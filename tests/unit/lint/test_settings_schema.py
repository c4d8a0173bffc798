"""The JSON Schema that editors use: as its function makes it, and agreeing with what is read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from igz_runtime import profiles
from igz_runtime.cli.config_schema import FILE, schema, text
from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.settings import load_settings
from igz_runtime.planning.promise import SHAPE
from igz_runtime.profiles.profile import Profile

pytestmark = pytest.mark.every_environment

GOOD = [
    "",
    "rules:\nwaivers:\nexclude:\nfail-on:\ncluster:\nprofiles:\n",
    "rules: {select: [IGZ1, IGZ205], ignore: [IGZ204], severities: {IGZ206: info}}",
    "cluster: {environment: production, node_groups: [{name: a, allocatable: {cpu: 4, memory: 16Gi}}], live: null}",
    "cluster: {mlrun: {node_selector: {a: b}, tolerations: [{key: spot, operator: Exists}]}, mlrun_version: '1.8'}",
    "profiles: {nightly: {extends: production_job, cpu: 4, memory: 16Gi, workload: stateless, node_group: {pool: a}}}",
    "profiles: {a: {extends: gpu_notebook, gpus: 2, sizes: {driver: {cpu: 0.5}}, workload: {restartable: true}}}",
    "profiles: {a: {extends: spot_stateless, waive: {IGZ101: {reason: by cron, until: 2999-01-31}}}}",
    "functions: {'train-*': {profile: production_job, cpu: 4, workload: stateful}}\ndefaults: {priority: low}",
    "environments: {dev: {functions: {etl: {profile: spot_stateless}}, defaults: {cpu: 1}}, production: {}}",
    "waivers: [{rule: IGZ101, reason: by cron, until: 2999-01-31, function: 'trainer*', files: 'jobs/**'}]",
    "waivers: [{rule: IGZ101, reason: by cron, project: 'fraud-*'}]\nwaivable: []",
    "waivable: [{rules: [IGZ1], projects: [fraud], files: ['jobs/**'], days: 90, reason: reviewed each quarter}]",
    "waivable: [{reason: everything, days: null}]",
    "declarable: [{declarations: [stateless], projects: [fraud], files: [/jobs/], reason: reviewed}, {reason: all}]",
    "exclude: ['third_party/**']\nfail-on: warning",
]
BAD = [
    "rulse: {}",
    "fail_on: error",
    "fail-on: fatal",
    "rules: []",
    "rules: {selct: []}",
    "rules: {severities: {IGZ206: fatal}}",
    "exclude: third_party",
    "waivers: [{rule: IGZ101}]",
    "waivers: [{rule: IGZ101, reason: 7}]",
    "waivers: [{rule: IGZ101, reason: r, untl: 2999-01-31}]",
    "waivers: {}",
    "waivable: {}",
    "waivable: [{rules: [IGZ1]}]",
    "waivable: [{reason: r, rules: IGZ1}]",
    "waivable: [{reason: r, days: '90'}]",
    "waivable: [{reason: r, days: -1}]",
    "waivable: [{reason: r, project: fraud}]",
    "declarable: {}",
    "declarable: [{declarations: [stateless]}]",
    "declarable: [{declarations: [stateful], reason: r}]",
    "declarable: [{declarations: stateless, reason: r}]",
    "declarable: [{days: 3, reason: r}]",
    "functions: []",
    "functions: {etl: production_job}",
    "functions: {etl: {profile: production_job, cpu: [4]}}",
    "environments: {dev: {functoins: {}}}",
    "cluster: 7",
    "cluster: {environmnt: production}",
    "cluster: {node_groups: [{}]}",
    "cluster: {node_groups: [{name: a, lifecycle: spto}]}",
    "profiles: {a: {cpu: 4}}",
    "profiles: {a: 7}",
    "profiles: {a: {extends: production_job, memroy: 16Gi}}",
    "profiles: {a: {extends: production_job, cpu: true}}",
    "- a",
]


def as_json(written: str) -> Any:
    return json.loads(json.dumps(yaml.safe_load(written), default=date.isoformat))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())


def test_the_file_is_as_the_function_makes_it() -> None:
    assert FILE.read_text(encoding="utf-8") == text()


@pytest.mark.parametrize("written", GOOD)
def test_what_is_read_validates(written: str, validator: Any, tmp_path: Path) -> None:
    (tmp_path / "igz-runtime.yaml").write_text(written)
    load_settings(tmp_path / "igz-runtime.yaml")

    assert list(validator.iter_errors(as_json(written))) == []


@pytest.mark.parametrize("written", BAD)
def test_what_is_refused_does_not_validate(written: str, validator: Any, tmp_path: Path) -> None:
    (tmp_path / "igz-runtime.yaml").write_text(written)
    with pytest.raises(ConfigurationError):
        load_settings(tmp_path / "igz-runtime.yaml")

    assert not validator.is_valid(as_json(written))


def test_the_arguments_of_a_profile_are_those_of_the_factories() -> None:
    form = schema()["properties"]["profiles"]["additionalProperties"]
    fixed = SHAPE - {"bounds"} | {"cluster"}

    assert set(form["properties"]) == {"extends", *Profile.__dataclass_fields__} - fixed
    assert form["if"]["properties"]["extends"]["enum"] == sorted(each.__name__ for each in profiles.BUILT_IN)


def test_every_section_is_described() -> None:
    assert all(section["description"].endswith(".") for section in schema()["properties"].values())
