"""Advice: which question is answered by whom, and the profile that follows. Nobody's answer is the safe one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import Workload, advise, profiles
from igz_runtime.errors import InvalidValue, UnsupportedFunction
from igz_runtime.functions.annotations import WORKLOAD
from igz_runtime.functions.kinds import with_pods
from tests.examples import examples

NAMES = ("mission_critical", "stateful", "recovers", "opportunistic")
TRAINS = "import torch\n\n\ndef train(context, model, data):\n    model.fit(data)\n"
CHECKPOINTS = (
    "import torch\n\n\ndef train(context, model, optimizer, data):\n"
    "    model.load_state_dict(torch.load('last.pt'))\n"
    "    for batch in data:\n        loss = model(batch)\n        loss.backward()\n        optimizer.step()\n"
    "        torch.save(model.state_dict(), 'last.pt')\n"
)
SIZED = {"limits": {"cpu": "2", "memory": "4Gi"}}


def function(kind: str = "job", name: str = "etl", **spec: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name}, "spec": spec}


def who(advice: Any) -> dict[str, str]:
    return {each.question.name: each.by for each in advice.answers}


class TestAnswers:
    def test_what_nobody_answers_gets_the_safe_answer_and_says_so(self) -> None:
        advice = advise(function())

        assert who(advice) == dict.fromkeys(NAMES, "nobody")
        assert advice.open == NAMES
        assert [each.yes for each in advice.answers] == [True, True, False, False]
        assert advice.profile == profiles.production_job()

    @pytest.mark.parametrize(
        ("fn", "name", "by", "yes", "reason"),
        [
            (function(default_handler="train"), "stateful", "evidence", True, "its handler 'train' says training"),
            (function(name="retrain"), "stateful", "evidence", True, "its name 'retrain' says training"),
            (function("spark"), "stateful", "kind", True, "kind 'spark' is stateful by nature"),
            (function("serving"), "recovers", "evidence", True, "kind 'serving': Kubernetes starts it again"),
            (function("serving"), "opportunistic", "kind", False, "kind 'serving' is a service, which is kept running"),
            (function("nuclio", min_replicas=0), "mission_critical", "evidence", False, "it may go down to no pods"),
        ],
    )
    def test_what_a_function_shows_by_itself_is_not_asked(
        self, fn: dict[str, Any], name: str, by: str, yes: Literal[True, False], reason: str
    ) -> None:
        answer = next(each for each in advise(fn).answers if each.question.name == name)

        assert (answer.by, answer.yes) == (by, yes)
        assert answer.reason.startswith(reason)

    @pytest.mark.parametrize(
        ("code", "recovers", "reason"),
        [
            (TRAINS, False, "its code trains, and neither writes nor reads a checkpoint"),
            (CHECKPOINTS, True, "its code writes a checkpoint, torch.save at train.py:10, and reads one, model.load"),
        ],
    )
    def test_code_answers_by_the_line(
        self, code: str, recovers: Literal[True, False], reason: str, tmp_path: Path
    ) -> None:
        (tmp_path / "train.py").write_text(code)

        advice = advise(function(command=str(tmp_path / "train.py"), default_handler="train"))

        by_name = {each.question.name: each for each in advice.answers}
        assert "at train.py:" in by_name["stateful"].reason
        assert (by_name["recovers"].by, by_name["recovers"].yes) == ("evidence", recovers)
        assert by_name["recovers"].reason.startswith(reason)
        assert advice.profile.name == "production_job"

    def test_what_is_declared_on_it_is_not_asked(self) -> None:
        fn = function(resources=SIZED)
        declared = Workload(stateful=False, restartable=True, mission_critical=True, duration="30h")
        profiles.production_job(workload=declared).apply(fn)

        advice = advise(fn)

        assert who(advice) == {**dict.fromkeys(NAMES[:3], "declaration"), "opportunistic": "settled"}
        assert advice.profile.workload == declared

    def test_its_label_declares_its_state(self) -> None:
        fn = function()
        fn["metadata"]["labels"] = {WORKLOAD: "stateless"}

        assert who(advise(fn))["stateful"] == "declaration"
        assert advise(fn).profile.workload.word == "stateless"

    def test_a_person_beats_evidence_and_is_told_of_it(self) -> None:
        answer = advise(function(name="train"), stateful=False).answers[1]

        assert (answer.yes, answer.by, answer.contrary) == (False, "argument", "its name 'train' says training")

    def test_a_kind_beats_a_person(self) -> None:
        answer = advise(function("spark"), stateful=False).answers[1]

        assert (answer.yes, answer.by, answer.contrary) == (True, "kind", "the argument says otherwise")

    def test_what_an_answer_settles_is_not_asked(self) -> None:
        assert who(advise(function(), mission_critical=True)) == {
            "mission_critical": "argument",
            **dict.fromkeys(NAMES[1:], "settled"),
        }


class TestProfiles:
    @pytest.mark.parametrize(
        ("kind", "answers", "profile"),
        [
            ("job", (True, None, None, None), "production_job"),
            ("serving", (True, None, None, None), "production_service"),
            ("serving", (None, None, None, None), "production_service"),
            ("serving", (False, True, None, None), "production_job"),
            ("serving", (False, False, None, True), "spot_stateless"),
            ("job", (False, True, True, True), "production_job"),
            ("job", (False, False, False, True), "production_job"),
            ("job", (False, False, None, True), "production_job"),
            ("job", (None, False, True, True), "production_job"),
            ("job", (False, False, True, False), "spot_stateless"),
            ("job", (False, False, True, None), "spot_stateless"),
            ("job", (False, False, True, True), "opportunistic_job"),
        ],
    )
    def test_the_answers_decide(self, kind: str, answers: tuple[bool | None, ...], profile: str) -> None:
        assert advise(function(kind), **dict(zip(NAMES, answers, strict=True))).profile.name == profile

    def test_a_service_keeps_the_pods_that_it_has(self) -> None:
        assert advise(function("serving", min_replicas=3)).profile == profiles.production_service(replicas=3)
        assert advise(function("serving", min_replicas=1)).profile == profiles.production_service(replicas=2)

    def test_it_declares_what_was_said_and_nothing_else(self) -> None:
        said = advise(function(), mission_critical=False, stateful=False, recovers=True).profile

        assert said.workload == Workload(stateful=False, restartable=True)
        assert advise(function()).profile.workload == Workload()
        assert advise(function(name="train")).profile.workload == Workload(stateful=True)

    @pytest.mark.parametrize("kind", [kind for kind in with_pods() if kind != "nuclio"])
    @pytest.mark.parametrize("answers", list(product((True, False), repeat=4)))
    def test_it_can_be_applied_whatever_was_answered(self, kind: str, answers: tuple[bool, ...]) -> None:
        said = dict(zip(NAMES, answers, strict=True))
        fn = function(kind)

        advice = advise(fn, cpu=1, memory="1Gi", **said)

        assert advice.profile.plan(fn).findings.refusing == ()


class TestSizes:
    def test_they_are_what_the_function_states(self) -> None:
        advice = advise(function(resources={"limits": {"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": 1}}))

        assert advice.profile == profiles.production_job(cpu=2, memory="4Gi", gpus=1)
        assert advice.missing == ()

    def test_those_of_roles_that_differ_are_kept_apart(self) -> None:
        fn = function("dask", scheduler_resources=SIZED, worker_resources={"requests": {"cpu": "8"}})

        advice = advise(fn)

        assert advice.profile.parameters["sizes"] == {
            "scheduler": {"cpu": "2", "memory": "4Gi"},
            "worker": {"cpu": "8"},
        }
        assert advice.missing == (("worker", "memory"),)

    def test_those_of_sparks_jvm_are_spelled_as_kubernetes_does(self) -> None:
        size = {"requests": {"memory": "2g", "cpu": "1"}}

        advice = advise(function("spark", driver_resources=size, executor_resources=size))

        assert advice.profile.parameters["memory"] == "2Gi"
        assert "    memory: 2Gi\n" in f"{advice.entry}\n"

    def test_a_person_says_them_for_every_role(self) -> None:
        advice = advise(function("dask", scheduler_resources=SIZED), cpu=1, memory="1Gi")

        assert advice.profile == profiles.production_job(cpu=1, memory="1Gi")

    def test_none_is_invented_in_the_profile_and_the_entry_marks_its_default(self) -> None:
        advice = advise(function())

        assert advice.missing == (("", "cpu"), ("", "memory"))
        assert (advice.profile.cpu, advice.profile.memory) == (None, None)
        assert advice.entry.count("a default: replace it") == 2

    def test_what_is_no_quantity_is_as_good_as_nothing(self) -> None:
        assert advise(function(resources={"limits": {"cpu": "2", "memory": "4GB"}})).missing == (("", "memory"),)


@pytest.mark.parametrize(
    ("fn", "arguments", "error", "says"),
    [
        (function(), {"stateful": "no"}, InvalidValue, "stateful: 'no'; True or False is required"),
        (function(), {"cpu": "lots"}, InvalidValue, "cpu: 'lots' is not a Kubernetes quantity"),
        (function("local"), {}, UnsupportedFunction, "local"),
        (7, {}, UnsupportedFunction, "is not a function"),
    ],
)
def test_what_it_cannot_advise_on_is_said(
    fn: Any, arguments: Mapping[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        advise(fn, **arguments)


FOLDER_NAMES = st.text("abc-_* '\"#:{}yn1é😀\n", min_size=1, max_size=8).filter(lambda name: name.strip())
AMOUNTS = st.fixed_dictionaries(
    {}, optional={"cpu": st.sampled_from(["1", "500m", "1e3", "0.5"]), "memory": st.sampled_from(["1Gi", "1e9", "7"])}
)


@given(
    name=FOLDER_NAMES,
    kind=st.sampled_from(["job", "serving", "dask", "spark", "application", "mpijob"]),
    answers=st.tuples(*[st.sampled_from([True, False, None])] * 4),
    limits=AMOUNTS,
)
@settings(max_examples=examples(150))
def test_the_entry_assigns_the_profile(
    name: str, kind: str, answers: tuple[bool | None, ...], limits: dict[str, str], tmp_path: Path
) -> None:
    advice = advise(
        function(
            kind,
            name,
            resources={"limits": limits},
            worker_resources={"limits": limits},
            driver_resources={"requests": {"memory": "1g", "cpu": "1"}},
        ),
        **dict(zip(NAMES, answers, strict=True)),
    )
    file = tmp_path / "igz-runtime.yaml"
    file.write_text(f"functions:\n{advice.entry}\n", encoding="utf-8")

    assigned = profiles.assigned(name, config=file)

    assert assigned.replace(cpu=None, memory=None, sizes={}) == advice.profile.replace(cpu=None, memory=None, sizes={})
    if not advice.missing:
        assert assigned == advice.profile
