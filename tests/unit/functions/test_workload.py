"""What a function says about its work: each kind of evidence of state, and none in innocent names."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from igz_runtime import Workload, profiles
from igz_runtime.errors import InvalidValue
from igz_runtime.functions import adapter_for
from igz_runtime.functions.kinds import with_pods
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.functions.workload import UNDECLARED, evidence_of_state, nature_of
from tests.kinds import STATEFUL

TRAINING = [
    "train",
    "trainer",
    "training",
    "retrain",
    "pretrain",
    "fit",
    "finetune",
    "fine_tuning",
    "tuning",
    "re-train",
]
INNOCENT = [
    "constrain",
    "strainer",
    "restrain",
    "terrain",
    "trainee",
    "drain",
    "profit",
    "benefit",
    "outfits",
    "fitness",
]
INNOCENT += [
    "attuning",
    "fixtures",
    "scorer",
    "etl",
    "handler",
    "transform",
    "quantrain",
    "trainspotting",
    "fitting-room",
]


def document(kind: str = "job", name: str = "etl", **spec: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name}, "spec": spec}


def reason(fn: dict[str, Any]) -> str:
    """What the function itself says of state, as rules would read it."""
    nature = nature_of(adapter_for(fn).read(), UNDECLARED)
    return nature.reason if nature.stateful else ""


@pytest.mark.parametrize(
    ("word", "workload"),
    [
        ("stateless", Workload(stateful=False)),
        ("stateful", Workload(stateful=True)),
        ("mission-critical", Workload(mission_critical=True)),
        (None, Workload()),
        (Workload(restartable=True), Workload(restartable=True)),
    ],
)
def test_a_workload_from_a_word(word: Any, workload: Workload) -> None:
    assert Workload.of(word) == workload


@pytest.mark.parametrize("word", ["Stateless", "", "critical", 3, True, ["stateless"], {"state": False}])
def test_another_word_is_refused_and_the_words_are_named(word: Any) -> None:
    with pytest.raises(InvalidValue, match="is not one of 'stateless', 'stateful', 'mission-critical'"):
        Workload.of(word)


@given(st.builds(Workload, st.none() | st.booleans(), st.booleans(), st.booleans()))
def test_what_is_stated_is_the_workload(workload: Workload) -> None:
    assert Workload(**workload.stated) == workload
    assert len(workload.stated) <= len(fields(workload))
    assert UNDECLARED.stated == {}


@pytest.mark.parametrize("word", TRAINING)
@pytest.mark.parametrize("form", ["{}", "{}-churn", "churn_{}", "v2.{}", "main:{}", "{}2"])
def test_a_training_word_is_seen_in_handler_and_name(word: str, form: str) -> None:
    said = form.format(word)

    assert reason(document(default_handler=said)) == f"its handler {said!r} says training"
    assert reason(document(name=said)) == f"its name {said!r} says training"


@pytest.mark.parametrize(
    "text", ["trainModel", "churnTrainer", "TRAIN", "ModelTraining", "XGBTrain", "fineTune", "fit_transform"]
)
def test_a_training_word_is_seen_in_every_case(text: str) -> None:
    assert reason(document(default_handler=text))


@pytest.mark.parametrize("text", INNOCENT)
@pytest.mark.parametrize("form", ["{}", "daily-{}", "{}_v2"])
def test_an_innocent_name_says_nothing(text: str, form: str) -> None:
    said = form.format(text)

    assert reason(document(name=said, default_handler=said)) == ""
    assert evidence_of_state(said, Evidence(handler=said, labels={"team": said}, categories=(said,))) == ""


@given(st.from_regex(r"[a-z]{1,4}", fullmatch=True), st.sampled_from(["train", "fit", "tuning", "finetune"]))
@example("s", "train")
def test_the_letters_of_a_training_word_inside_another_say_nothing(letters: str, word: str) -> None:
    """Unless the letters make another training word of it."""
    longer = letters + word

    assert bool(evidence_of_state(longer, Evidence())) == (longer in ("retrain", "pretrain"))


@pytest.mark.parametrize(
    ("fn", "says"),
    [
        (document("serving", function_handler="x:train"), "its handler"),
        (
            {"kind": "job", "metadata": {"name": "etl", "categories": ["etl", "model-training"]}},
            "its category 'model-training'",
        ),
        ({"kind": "job", "metadata": {"name": "etl", "labels": {"stage": "training"}}}, "its label stage=training"),
        ({"kind": "job", "metadata": {"name": "etl", "labels": {"trainer": "churn"}}}, "its label trainer=churn"),
        (document(build={"requirements": ["pandas", "horovod[tensorflow]==0.28"]}), "'horovod'"),
        (document(build={"requirements": ["pytorch-lightning>=2"]}), "'lightning'"),
        (document(build={"requirements": ["DeepSpeed==0.15.4"]}), "'deepspeed'"),
        (document(image="registry/horovod:0.28"), "'horovod'"),
        (document(image="registry/team/pytorch-lightning:2"), "'lightning'"),
        (
            {
                "kind": "NuclioFunction",
                "metadata": {"name": "s"},
                "spec": {"build": {"commands": ["pip install deepspeed"]}},
            },
            "'deepspeed'",
        ),
    ],
)
def test_evidence_besides_names(fn: dict[str, Any], says: str) -> None:
    assert says in reason(fn)


@pytest.mark.parametrize(
    "fn",
    [
        document(build={"requirements": ["scikit-learn", "xgboost==2.1", "torch"]}),
        document(image="mlrun/mlrun-gpu:1.12.1"),
        document(image="registry/accelerated-etl:1"),
        document(build={"requirements": ["accelerated-parsing"]}),
        {"kind": "job", "metadata": {"name": "etl", "categories": ["data-preparation", "etl"]}},
        {"kind": "job", "metadata": {"name": "etl", "labels": {"team": "constraints", "trains": "no"}}},
    ],
)
def test_no_evidence_in_packages_images_and_labels_that_only_resemble_it(fn: dict[str, Any]) -> None:
    assert reason(fn) == ""


def test_a_profiles_own_name_is_no_evidence() -> None:
    """What a profile writes on a function must not make a later check refuse it."""
    fn = document()
    profiles.spot_stateless(cpu=1, memory="2Gi").replace(name="nightly_training").apply(fn)

    assert reason(fn) == ""


CLAIM = {"claimName": "checkpoints"}


@pytest.mark.parametrize(
    ("volume", "state"),
    [
        ({"name": "model", "persistentVolumeClaim": CLAIM}, True),
        ({"name": "model", "persistent_volume_claim": {"claim_name": "checkpoints"}}, True),
        ({"name": "model", "persistentVolumeClaim": {**CLAIM, "readOnly": True}}, False),
        ({"name": "model", "emptyDir": {}}, False),
        ({"name": "model", "secret": {"secretName": "s"}}, False),
        ({"name": "v3io", "flexVolume": {"driver": "v3io/fuse"}}, False),
    ],
)
def test_only_a_persistent_volume_that_can_be_written_is_state(volume: dict[str, Any], *, state: bool) -> None:
    for read_only in (False, True):
        mount = {"name": volume["name"], "mountPath": "/m", "readOnly": read_only}
        spec = {"volumes": [{"volume": volume, "volumeMount": mount}]}
        assert bool(reason(document(volumes=[volume], volume_mounts=[mount]))) is (state and not read_only)
        assert bool(reason({"kind": "NuclioFunction", "spec": spec})) is (state and not read_only)
    mlrun, nuclio = document(volumes=[volume]), {"kind": "NuclioFunction", "spec": {"volumes": [{"volume": volume}]}}

    assert bool(reason(mlrun)) is state
    assert bool(reason(nuclio)) is state
    assert not state or reason(mlrun) == "it writes to the persistent volume 'model'"


TRAINER = Function("trainer", "job", ())


@pytest.mark.parametrize(
    ("label", "kind", "declared", "stateful", "ground"),
    [
        ("stateless", "job", UNDECLARED, False, "declaration"),
        ("stateful", "job", UNDECLARED, True, "declaration"),
        ("stateless", "job", Workload(stateful=True), True, "declaration"),
        ("stateless", "spark", UNDECLARED, True, "kind"),
        ("something", "job", UNDECLARED, True, "evidence"),
    ],
)
def test_the_label_outweighs_evidence_and_is_outweighed_by_a_declaration_and_the_kind(
    label: str, kind: str, declared: Workload, ground: str, *, stateful: bool
) -> None:
    metadata = {"name": "trainer", "labels": {"igz-runtime/workload": label}}
    nature = nature_of(adapter_for({"kind": kind, "metadata": metadata, "spec": {}}).read(), declared)

    assert (nature.stateful, nature.ground) == (stateful, ground)
    assert ground != "declaration" or (declared.word or label) in nature.reason


def test_a_declaration_outweighs_evidence_and_the_kind_outweighs_both() -> None:
    assert nature_of(TRAINER, UNDECLARED).ground == "evidence"
    assert not nature_of(TRAINER, Workload(stateful=False)).stateful
    assert nature_of(replace_kind("spark"), Workload(stateful=False)).ground == "kind"
    assert nature_of(TRAINER.but(name="etl"), Workload(stateful=True)).reason == "declared stateful"
    assert not nature_of(TRAINER.but(name="etl"), replace(UNDECLARED, mission_critical=True)).stateful


def replace_kind(kind: str) -> Function:
    return TRAINER.but(kind=kind, name="etl")


@pytest.mark.parametrize("kind", with_pods())
def test_kinds_that_hold_state_by_nature(kind: str) -> None:
    assert nature_of(replace_kind(kind), UNDECLARED).stateful is (kind in STATEFUL)


def test_what_holds_state_between_its_pods_is_stateful_and_what_mlrun_starts_anew_is_not() -> None:
    assert {"dask", "mpijob", "remote-spark", "spark"} <= {*STATEFUL}
    assert not {"application", "databricks", "job", "nuclio", "remote", "serving"} & {*STATEFUL}
