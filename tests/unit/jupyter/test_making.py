"""What a profile makes of a Jupyter service, on every cluster; and what is refused, in words."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from igz_runtime import Cluster, UnsafeCombination, Waiver, check, jupyter, profiles
from igz_runtime.errors import ConfigurationError, InvalidValue, MissingResources, UnsupportedFunction
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.jupyter.specification import Specification
from igz_runtime.profiles import Profile
from igz_runtime.rules.subject import Subject

GPU = profiles.gpu_notebook(cpu=8, memory="64Gi")
PLAIN = profiles.development_notebook(cpu=2, memory="8Gi")
SPOT = {"app.iguazio.com/lifecycle": "preemptible"}

Make = Callable[..., Specification]


def of_iguazio(profile: Any, **given: Any) -> Specification:
    return jupyter.service(profile, **{"name": "lab", **given})


def of_hub(profile: Any, **given: Any) -> Specification:
    return jupyter.kubespawner_profile(profile, **given)


MAKERS: dict[str, Make] = {"service": of_iguazio, "kubespawner_profile": of_hub}
both = pytest.mark.parametrize("make", list(MAKERS.values()), ids=list(MAKERS))


def group(name: str, lifecycle: str | None = "on-demand", **facts: Any) -> dict[str, Any]:
    return {"name": name, "labels": {"app.iguazio.com/node-group": name}, "lifecycle": lifecycle, **facts}


INITIAL, JOBS, GPUS = group("initial", core=True), group("jobs"), group("gpu", gpu=True)
TAINTED = group("gpu", gpu=True, taints=[{"key": "nvidia.com/gpu", "effect": "NoSchedule"}])


def cluster(*groups: dict[str, Any], **facts: Any) -> Cluster:
    return Cluster.from_dict({"mlrun": {"node_selector": SPOT}, "node_groups": list(groups), **facts})


def only(made: Specification) -> Any:
    (service,) = jupyter_services(made)
    return service.read().roles[0]


CLUSTERS = {
    "nothing known": None,
    "labels": Cluster.from_dict({"mlrun": {"node_selector": SPOT}}),
    "groups": cluster(INITIAL, JOBS, GPUS),
    "a spot group beside": cluster(INITIAL, JOBS, GPUS, group("spot", "spot")),
    "lifecycle not known": cluster(INITIAL, group("jobs", None), group("gpu", None, gpu=True)),
    "tainted GPUs": cluster(INITIAL, JOBS, TAINTED),
    "taints alone": Cluster.from_dict({"mlrun": {"tolerations": [{"key": "spot", "operator": "Exists"}]}}),
    "production": Cluster.iguazio(environment="production"),
}


@both
@pytest.mark.parametrize("name", CLUSTERS)
@pytest.mark.parametrize("profile", [GPU, PLAIN.replace(node_group="jobs")], ids=lambda each: each.name)
def test_it_stays_on_demand_and_off_the_core_services_or_is_refused(make: Make, name: str, profile: Profile) -> None:
    known = CLUSTERS[name]
    try:
        made = make(profile, cluster=known)
    except UnsafeCombination:
        return
    (service,) = jupyter_services(made)
    function = service.read()
    subject = Subject(function, function.roles[0], made.proof.cluster)

    assert not subject.worst_landings
    assert subject.lands_somewhere
    assert not [finding for finding in check(made, made.proof.cluster) if finding.refuses]


@both
def test_what_it_is_refused_for(make: Make) -> None:
    """So that the test above does not pass because everything is refused."""
    refused = {}
    for name, known in CLUSTERS.items():
        try:
            make(GPU, cluster=known)
        except UnsafeCombination as error:
            refused[name] = {finding.rule for finding in error.findings.refusing}

    out_of_reach = {"IGZ402", "IGZ405"} if make is of_iguazio else set()
    assert refused == {"production": {"IGZ403"}, **({"tainted GPUs": out_of_reach} if out_of_reach else {})}


def test_the_gpu_group_of_the_cluster_is_selected_and_its_taint_tolerated() -> None:
    plain, tainted = cluster(INITIAL, JOBS, GPUS), cluster(INITIAL, JOBS, TAINTED)

    assert only(of_iguazio(GPU, cluster=plain)).node_selector["app.iguazio.com/node-group"] == "gpu"
    role = only(of_hub(GPU, cluster=tainted))
    assert role.node_selector == {"app.iguazio.com/node-group": "gpu"}
    assert [toleration.key for toleration in role.tolerations] == ["nvidia.com/gpu"]


@both
def test_without_a_gpu_there_is_none(make: Make) -> None:
    role = only(make(PLAIN))

    assert role.gpu_types == ()
    assert role.containers[0].requests.get("cpu") is None
    assert role.containers[0].requests["memory"] == role.containers[0].limits["memory"]


@both
@pytest.mark.parametrize("profile", [GPU, PLAIN], ids=lambda each: each.name)
def test_a_copy_is_a_plain_dictionary(make: Make, profile: Profile) -> None:
    made = make(profile)

    for copied in (copy.deepcopy(made), made.to_dict()):
        assert copied == made
        assert type(copied) is dict


@both
def test_without_a_scale_to_zero_a_gpu_is_refused_unless_somebody_accepts_it(make: Make) -> None:
    kept = GPU.replace(scale_to_zero=False)
    said = "the platform's own scaler does it"
    if make is of_iguazio:
        with pytest.raises(UnsafeCombination, match="IGZ501") as raised:
            make(kept)
        assert [finding.rule for finding in raised.value.findings.refusing] == ["IGZ501"]
    else:  # what the hub does with idle servers does not stand in an entry
        assert "IGZ501" in {skipped.rule for skipped in make(kept).findings.skipped}
    made = make(kept.replace(waive={"IGZ501": Waiver(said)}))
    assert made.proof.idle is None


def test_the_guarantee_of_the_pod_is_not_claimed() -> None:
    assert of_iguazio(GPU).not_promised[0].startswith("the pod is Burstable")
    assert "Guaranteed only where" in of_hub(GPU).not_promised[0]
    assert "Burstable, although Guaranteed is asked for" in str(of_iguazio(GPU))
    assert any("safe to evict" in line for line in of_iguazio(GPU).not_promised)


@both
def test_it_shows_itself(make: Make) -> None:
    made = make(GPU)
    html = made._repr_html_()

    for said in ("gpu_notebook", "64Gi", "nvidia.com/gpu", "igz-workload-medium", "ends after 1 hour", "not promised"):
        assert said in str(made)
        assert said in html
    assert "ends after 90 minutes" in str(make(GPU, idle="90m"))
    assert "nothing ends it" in str(make(PLAIN.replace(scale_to_zero=False)))


class TestBadInput:
    """One clear error, and nothing half made."""

    @both
    @pytest.mark.parametrize(
        "name",
        ["", "Lab", "-lab", "lab-", "1lab", "la b", "a" * 64, "lab\n", 'l"ab', "$(lab)", "läb", None, 7, ["lab"]],
    )
    def test_a_name_that_kubernetes_refuses(self, make: Make, name: Any) -> None:
        what = "name" if make is of_iguazio else "slug"
        if make is of_hub and name is None:
            return
        with pytest.raises(InvalidValue, match=f"{what}: .* is not a name that Kubernetes takes"):
            make(GPU, **{what: name})

    @both
    @pytest.mark.parametrize("argument", ["display_name", "description", "image"])
    @pytest.mark.parametrize("text", ["", "  ", "two\nlines", "a\0b", "bell\a", 7, b"bytes", ["a"]])
    def test_a_text_that_nobody_can_see(self, make: Make, argument: str, text: Any) -> None:
        with pytest.raises(InvalidValue, match=f"{argument}: .* is not a line of text that can be shown"):
            make(GPU, **{argument: text})

    @both
    def test_quotes_and_what_a_shell_would_run_are_text(self, make: Make) -> None:
        said = """it's "mine" $(rm -rf /) {braces} `x` \\ 😀"""
        made = make(GPU, display_name=said, description=said)

        assert made["display_name"] == made["description"] == said

    @both
    @pytest.mark.parametrize("idle", ["", "soon", "1", 3600, None, "1h 30m", "30s", "0m", "-1h", "1w"])
    def test_an_idle_time_that_is_none(self, make: Make, idle: Any) -> None:
        with pytest.raises(InvalidValue, match="idle: "):
            make(GPU, idle=idle)

    @both
    @pytest.mark.parametrize(
        ("profile", "why"),
        [
            (profiles.spot_stateless(cpu=1, memory="1Gi"), "does not keep it off spot nodes"),
            (profiles.opportunistic_job(cpu=1, memory="1Gi"), "does not keep it off spot nodes"),
            (profiles.production_service(cpu=1, memory="1Gi"), "a Jupyter service is one pod"),
            (GPU.replace(running_limit="2h"), "running_limit: MLRun limits runs"),
        ],
        ids=lambda each: getattr(each, "name", ""),
    )
    def test_a_profile_that_is_not_for_jupyter(self, make: Make, profile: Profile, why: str) -> None:
        with pytest.raises(InvalidValue, match=f"{profile.name} is not for a Jupyter service: .*{why}"):
            make(profile)

    @both
    @pytest.mark.parametrize("profile", [None, "gpu_notebook", profiles.gpu_notebook, {"cpu": 1}])
    def test_what_is_not_a_profile(self, make: Make, profile: Any) -> None:
        with pytest.raises(InvalidValue, match="is not a profile; give one"):
            make(profile)

    @both
    def test_nobody_said_how_much(self, make: Make) -> None:
        with pytest.raises(MissingResources, match="gpu_notebook does not know how much it needs"):
            make(profiles.gpu_notebook(cpu=8))

    @both
    def test_a_node_group_that_is_not_there(self, make: Make) -> None:
        with pytest.raises(InvalidValue, match="the cluster has no node group 'gpus'; it has: initial, jobs, gpu"):
            make(GPU.replace(node_group="gpus"), cluster=cluster(INITIAL, JOBS, GPUS))

    @both
    def test_the_core_services_own_group(self, make: Make) -> None:
        with pytest.raises(UnsafeCombination, match="IGZ401"):
            make(PLAIN.replace(node_group="initial"), cluster=cluster(INITIAL, JOBS))

    @both
    def test_a_class_of_the_system(self, make: Make) -> None:
        with pytest.raises(UnsafeCombination, match="IGZ302"):
            make(GPU.replace(priority="igz-system-high"))

    def test_iguazio_knows_one_sort_of_gpu(self) -> None:
        with pytest.raises(InvalidValue, match=r"gpu_type: an application service asks for nvidia\.com/gpu alone"):
            of_iguazio(GPU.replace(gpu_type="amd.com/gpu"))
        assert only(of_hub(GPU.replace(gpu_type="amd.com/gpu"))).gpu_types == ("amd.com/gpu",)

    def test_two_entries_of_one_slug(self) -> None:
        with pytest.raises(InvalidValue, match="two entries have the slug 'gpu-notebook'"):
            jupyter.profile_list([GPU, GPU.replace(cpu=4)])

    @pytest.mark.parametrize("entries", [GPU, {"slug": "a"}, "gpu"])
    def test_a_list_that_is_none(self, entries: Any) -> None:
        with pytest.raises(InvalidValue, match="takes a list of profiles"):
            jupyter.profile_list(entries)

    def test_an_entry_that_is_none(self) -> None:
        with pytest.raises(InvalidValue, match="7 is not a profile"):
            jupyter.profile_list([GPU, 7])  # type: ignore[list-item]

    def test_without_igz_mgmt_it_is_said_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "igz_mgmt", None)

        with pytest.raises(ConfigurationError, match="pip install igz-mgmt"):
            jupyter.service(GPU, name="lab").to_igz_mgmt()


def test_profiles_are_not_applied_to_what_they_made() -> None:
    with pytest.raises(UnsupportedFunction, match=r"Jupyter service, which check judges"):
        GPU.apply(of_iguazio(GPU))


def test_importing_it_loads_no_platform() -> None:
    code = (
        "import sys, igz_runtime.jupyter as j; j.service; j.kubespawner_profile; "
        "print(sorted({'mlrun', 'kubernetes', 'igz_mgmt', 'kubespawner'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
