"""The names of settings: every field of `PodSettings` has a row, and is read and written by it in every dialect."""

from __future__ import annotations

import pytest

from igz_runtime.functions import adapter_for
from igz_runtime.functions.kinds import KINDS, with_pods
from igz_runtime.functions.names import SETTINGS, THRESHOLDS
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.report import words
from tests.fields import OTHER
from tests.kinds import head

READ_ONLY = {"containers", "target_cpu", "pods"}
"""Written container by container, or not at all: no profile sets them."""
WRITTEN = {name: value for name, value in OTHER.items() if name not in READ_ONLY}


def test_every_setting_of_a_pod_has_a_row() -> None:
    assert {*SETTINGS} == {*PodSettings._fields} - {"role"}


def test_a_report_has_every_setting_under_the_name_of_its_row() -> None:
    assert {field.attribute: field.label for field in words.FIELDS} == {
        name: setting.label for name, setting in SETTINGS.items() if name != "containers"
    }


def _has(kind: str, setting: str) -> bool:
    """Whether a kind knows a setting at all."""
    if setting in THRESHOLDS:
        return KINDS[kind].waits
    if setting == "annotations":
        return KINDS[kind].annotated
    return setting not in ("replicas", "mode_annotation", "scale_to_zero") or KINDS[kind].service


@pytest.mark.parametrize("setting", WRITTEN)
@pytest.mark.parametrize("kind", with_pods())
def test_what_is_written_of_a_setting_is_read(kind: str, setting: str) -> None:
    adapter = adapter_for({**head(kind), "metadata": {"name": "etl"}, "spec": {}})
    before = adapter.read()
    wanted = before.but(roles=tuple(role.but(**{setting: WRITTEN[setting]}) for role in before.roles))

    adapter.write(before, wanted)

    for role in adapter.read().roles:
        assert getattr(role, setting) == (
            WRITTEN[setting] if _has(kind, setting) else PodSettings._field_defaults[setting]
        )
