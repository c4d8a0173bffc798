"""Iguazio's application service under a profile, as igz-mgmt builds, sends and reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from igz_mgmt import AppServicesManifest, AppServiceSpec, Client, ScaleToZeroSpec

from igz_runtime import IgzRuntimeError, UnsafeCombination, check, jupyter, profiles
from igz_runtime.errors import BrokenFunction, InvalidValue
from igz_runtime.functions.misspelled import unknown_in_app_service
from igz_runtime.jupyter import AppService
from tests.jupyter.iguazio import Iguazio, Plain

GPU = profiles.gpu_notebook(cpu=8, memory="64Gi", node_group="gpu")
PLAIN = profiles.development_notebook(cpu=2, memory="8Gi")


def client_of(iguazio: Iguazio) -> Client:
    return Client(endpoint=iguazio.url, access_key="key")


def gpu_service(**given: Any) -> AppService:
    return jupyter.service(GPU, **{"name": "lab", **given})


def test_igz_mgmt_sends_what_was_made(iguazio: Iguazio) -> None:
    service = gpu_service(name="lab-gpu", owner="dani", display_name="GPU lab", description="for training")
    client = client_of(iguazio)

    AppServicesManifest.get(client).create_or_update(client, service.to_igz_mgmt(), wait_for_completion=False)

    defaults = {"mark_for_restart": False}
    assert iguazio.sent_spec("lab-gpu") == {**service.to_dict(), **defaults}


def test_the_specification_of_a_gpu_notebook() -> None:
    assert gpu_service(owner="dani") == {
        "name": "lab",
        "kind": "jupyter",
        "owner": "dani",
        "enabled": True,
        "desired_state": "ready",
        "mark_as_changed": True,
        "resources": {
            "limits": {"cpu": "8", "memory": "64Gi", "nvidia_gpu": "1"},
            "requests": {"cpu": "8", "memory": "64Gi"},
        },
        "scale_to_zero": {
            "mode": "enabled",
            "scale_resources": [
                {"metric_name": "num_of_requests", "threshold": 0, "window_size": "1h"},
                {"metric_name": "jupyter_kernel_busyness", "threshold": 0, "window_size": "1h"},
            ],
        },
        "advanced": {
            "node_selector": {
                "entries": [
                    {"key": "app.iguazio.com/node-group", "value": "gpu"},
                    {"key": "app.iguazio.com/lifecycle", "value": "non-preemptible"},
                ]
            },
            "priority_class_name": "igz-workload-medium",
        },
        "jupyter": {"image_name": "jupyter-gpu-cuda"},
    }


@pytest.mark.parametrize(
    ("idle", "window"), [("90m", "90m"), ("120m", "2h"), ("1d", "24h"), ("90s", "90s"), ("60s", "1m")]
)
def test_the_window_is_one_that_go_reads(idle: str, window: str) -> None:
    """igz-mgmt takes any text, and the scaler skips what Go cannot read: days, for one."""
    windows = {each["window_size"] for each in gpu_service(idle=idle)["scale_to_zero"]["scale_resources"]}

    assert windows == {window}


def test_igz_mgmts_own_presets_are_a_scale_to_zero_that_works() -> None:
    from igz_mgmt import AppServiceScaleToZeroSpecPresets as Presets

    spec = gpu_service().to_igz_mgmt()
    for name in ("one_minute", "five_minutes", "one_hour", "four_hours"):
        assert not findings_of(spec.copy(update={"scale_to_zero": getattr(Presets, name)}), "IGZ501")

    assert findings_of(spec.copy(update={"scale_to_zero": Presets.disabled}), "IGZ501")
    assert findings_of(spec.copy(update={"scale_to_zero": ScaleToZeroSpec(mode="enabled")}), "IGZ501")


def findings_of(given: Any, rule: str) -> list[str]:
    return [finding.function for finding in check(given) if finding.rule == rule]


def test_every_form_of_a_service_is_judged_alike(tmp_path: Path) -> None:
    broken = gpu_service().to_igz_mgmt().copy(update={"scale_to_zero": None})
    plain = json.loads(broken.json(exclude_none=True))
    (tmp_path / "lab.json").write_text(broken.json())
    verdicts = [check(each) for each in (broken, plain, tmp_path / "lab.json")]

    assert verdicts[0] == verdicts[1] == verdicts[2]
    assert [finding.rule for finding in verdicts[0].refusing] == ["IGZ501"]


def test_a_whole_manifest_is_judged_service_by_service(iguazio: Iguazio) -> None:
    iguazio.services.append({"spec": {"name": "gpu", "kind": "jupyter", "resources": {"limits": {"nvidia_gpu": "1"}}}})
    manifest = AppServicesManifest.get(client_of(iguazio))

    assert findings_of(manifest, "IGZ501") == findings_of(iguazio.manifest(), "IGZ501") == ["gpu"]
    assert {finding.function for finding in check(manifest)} == {"gpu", "lab"}


class TestMerging:
    """`create_or_update` replaces a specification whole."""

    def test_what_is_not_the_profiles_stays(self, iguazio: Iguazio) -> None:
        client = client_of(iguazio)
        before: Plain = json.loads(json.dumps(iguazio.services[0]))
        manifest = AppServicesManifest.get(client)

        manifest.create_or_update(client, gpu_service().merge_into(manifest), wait_for_completion=False)

        after, was = iguazio.sent_spec("lab"), before["spec"]
        decided = {
            "resources",
            "scale_to_zero",
            "advanced",
            "jupyter",
            "mark_as_changed",
            "mark_for_restart",
            "enabled",
        }
        assert {name: after[name] for name in was if name not in decided} == {
            name: was[name] for name in was if name not in decided
        }
        assert after["jupyter"] == {**was["jupyter"], "image_name": "jupyter-gpu-cuda"}
        assert after["resources"] == gpu_service()["resources"]
        assert after["advanced"]["server_side"] == "kept"
        assert {"key": "zone", "value": "a"} in after["advanced"]["node_selector"]["entries"]
        assert iguazio.services[0]["meta"]["labels"] == {"team": "fraud"}
        assert [each["spec"]["name"] for each in iguazio.services] == ["lab", "shell"]

    def test_without_merging_it_would_be_lost(self, iguazio: Iguazio) -> None:
        """The reason for `merge_into`; if igz-mgmt merges one day, it can go."""
        client = client_of(iguazio)
        manifest = AppServicesManifest.get(client)

        manifest.create_or_update(client, gpu_service().to_igz_mgmt(), wait_for_completion=False)

        assert "pvc" not in iguazio.sent_spec("lab")

    def test_the_last_profile_wins(self, iguazio: Iguazio) -> None:
        manifest = AppServicesManifest.get(client_of(iguazio))
        plain = jupyter.service(PLAIN, name="lab")
        only_plain = plain.merge_into(manifest)
        both = plain.merge_into(gpu_service().merge_into(manifest))

        assert both == only_plain
        assert both.resources.limits.nvidia_gpu is None
        assert both.jupyter.image_name == "jupyter-all"

    def test_it_is_idempotent_and_changes_nothing_in_place(self, iguazio: Iguazio) -> None:
        manifest = AppServicesManifest.get(client_of(iguazio))
        before = manifest.dict()
        once = gpu_service().merge_into(manifest)

        assert gpu_service().merge_into(once) == once
        assert manifest.dict() == before

    def test_a_mapping_is_merged_into_a_mapping(self, iguazio: Iguazio) -> None:
        merged = gpu_service().merge_into(iguazio.manifest())

        assert (
            merged
            == gpu_service().merge_into(iguazio.services[0])
            == gpu_service().merge_into(iguazio.services[0]["spec"])
        )
        assert AppServiceSpec(**merged) == gpu_service().merge_into(AppServicesManifest.get(client_of(iguazio)))

    def test_an_image_that_is_not_the_platforms_own_stays(self, iguazio: Iguazio) -> None:
        iguazio.services[0]["spec"]["jupyter"]["image_name"] = "registry/lab:7"

        assert gpu_service().merge_into(iguazio.manifest())["jupyter"]["image_name"] == "registry/lab:7"
        assert gpu_service(image="other").merge_into(iguazio.manifest())["jupyter"]["image_name"] == "other"

    def test_what_comes_of_it_is_proven(self, iguazio: Iguazio) -> None:
        spec = iguazio.services[0]["spec"]
        spec["advanced"]["node_selector"]["entries"] = [{"key": "zone", "value": "not a label!"}]

        with pytest.raises(UnsafeCombination, match="IGZ405"):
            gpu_service().merge_into(iguazio.manifest())

    @pytest.mark.parametrize("existing", [None, {}, [], "lab", {"name": "shell", "kind": "shell"}, 7])
    def test_anything_else_is_refused(self, existing: object) -> None:
        with pytest.raises(InvalidValue, match=r"holds no Jupyter service; a new one is to_igz_mgmt\(\)"):
            gpu_service().merge_into(existing)

    @pytest.mark.parametrize(
        "broken", [{"advanced": []}, {"advanced": {"node_selector": {"entries": [7]}}}, {"resources": {"requests": 7}}]
    )
    def test_a_specification_with_a_field_of_the_wrong_type_is_named(self, iguazio: Iguazio, broken: Plain) -> None:
        iguazio.services[0]["spec"].update(broken)

        with pytest.raises(BrokenFunction, match=r"jupyter 'lab': .*: a mapping is required"):
            jupyter.service(PLAIN, name="lab").merge_into(iguazio.manifest())

    def test_a_manifest_without_it_names_those_that_are_there(self, iguazio: Iguazio) -> None:
        with pytest.raises(InvalidValue, match="no Jupyter service 'other', but 'lab'"):
            gpu_service(name="other").merge_into(iguazio.manifest())


def test_a_profile_says_that_it_cannot_be_applied_to_a_service() -> None:
    with pytest.raises(IgzRuntimeError, match=r"jupyter\.service"):
        GPU.apply(gpu_service().to_igz_mgmt())


def test_every_field_of_igz_mgmts_own_is_spelled_right() -> None:
    """A field that lint took for a misspelled one would be a false warning on real specifications."""
    fields = AppServiceSpec.__fields__
    sections = ("resources", "scale_to_zero", "advanced", "jupyter")
    spec = dict.fromkeys(fields) | {
        name: dict.fromkeys(getattr(fields[name].type_, "__fields__", ())) for name in sections
    }

    assert list(unknown_in_app_service(spec)) == []
    assert list(unknown_in_app_service({**spec, "scaletozero": None})) != []
