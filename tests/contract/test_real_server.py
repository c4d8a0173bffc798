"""MLRun itself connects to a server, and what its client spec says is what functions are judged by, or one clear error.

The server answers as real ones do: null where its configuration is MLRun's default, values as its environment has them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import mlrun
import mlrun.db.factory
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import Cluster, check, profiles
from igz_runtime.errors import ConfigurationError
from igz_runtime.k8s.pod import Resources, Toleration
from tests.conftest import Mlconf
from tests.contract.functions import FUNCTIONS, SERVICES, job, state
from tests.contract.mlrun_api import CLIENT_SPEC, MlrunApi, client_spec, encoded, serving

Connect = Callable[[Mapping[str, Any]], None]

MISSING = object()
ASKED = f"GET {CLIENT_SPEC}"
LABELS = {"app.iguazio.com/lifecycle": "preemptible"}
SPOT = {"key": "spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
JOB = profiles.production_job(cpu=1, memory="1Gi")
SERVICE = profiles.production_service(cpu=1, memory="1Gi")
PATHS: dict[str, Callable[[Any], object]] = {
    "Cluster.current": lambda _: Cluster.current(),
    "check": check,
    "plan": JOB.plan,
    "apply": lambda fn: fn.apply(JOB),
}

NODES = "preemptible_nodes_node_selector"
TOLERATIONS = "preemptible_nodes_tolerations"
MODE = "default_preemption_mode"
SELECTOR = "default_function_node_selector"
CLASSES = "valid_function_priority_class_names"
DEFAULT_CLASS = "default_function_priority_class_name"
RESOURCES = "default_function_pod_resources"

CE = {"mode": "full"}

READ: dict[str, Callable[[Cluster], object]] = {
    NODES: lambda cluster: cluster.mlrun.node_selector,
    TOLERATIONS: lambda cluster: cluster.mlrun.tolerations,
    MODE: lambda cluster: cluster.mlrun.default_mode,
    SELECTOR: lambda cluster: cluster.default_node_selector,
    CLASSES: lambda cluster: cluster.priority_classes,
    DEFAULT_CLASS: lambda cluster: cluster.default_priority,
}
# What each is where the server says nothing of it.
NOTHING: dict[str, object] = {NODES: {}, TOLERATIONS: (), MODE: "prevent", SELECTOR: {}}

RIGHT: list[tuple[str, object, object]] = [
    *((key, value, NOTHING.get(key)) for key in READ for value in (None, MISSING, "")),
    *((key, value, NOTHING[key]) for key in (NODES, SELECTOR) for value in (encoded({}), encoded(None))),
    *((TOLERATIONS, value, ()) for value in (encoded([]), encoded(None))),
    (NODES, encoded(LABELS), LABELS),
    (SELECTOR, encoded({"pool": "jobs"}), {"pool": "jobs"}),
    (TOLERATIONS, encoded([SPOT]), (Toleration("spot", "Equal", "true", "NoSchedule"),)),
    (TOLERATIONS, encoded([{"key": "spot", "effect": None}]), (Toleration("spot"),)),
    (
        TOLERATIONS,
        encoded([{"operator": "Exists", "toleration_seconds": 30}]),
        (Toleration(None, "Exists", seconds=30),),
    ),
    *((MODE, mode, mode) for mode in ("allow", "constrain", "prevent", "none")),
    (CLASSES, "igz-workload-high", ("igz-workload-high",)),
    (CLASSES, "team-low, igz-workload-high,,team-low,", ("team-low", "igz-workload-high")),
    (DEFAULT_CLASS, "team-low", "team-low"),
]

LABELS_AT = "preemptible_nodes.node_selector"
SELECTOR_AT = "default_function_node_selector"
TOLERATIONS_AT = "preemptible_nodes.tolerations"
MODE_AT = "function_defaults.preemption_mode"
IS_MAPPING = "base64 of a JSON mapping is required, such as 'e30=' for {}"
IS_LIST = "base64 of a JSON list is required, such as 'W10=' for []"
IS_TEXT = "text is required"
ONE_MODE = "use one of 'none', 'allow', 'constrain', 'prevent'"
OF_NAMES = "text with commas between the names is required"


class Wrong(NamedTuple):
    """What a server says wrongly; the key and the value that the error names, and what it requires."""

    key: str
    value: object
    at: str
    found: object
    required: str


_WRONG: list[tuple[str, object, str, object, str]] = [
    *(
        (key, value, at, value, IS_MAPPING)
        for key, at in ((NODES, LABELS_AT), (SELECTOR, SELECTOR_AT))
        for value in ("app=spot", json.dumps(LABELS), LABELS, [LABELS], 5, True, "e30", encoded([LABELS]), encoded("a"))
    ),
    (NODES, encoded({"spot": True}), f"{LABELS_AT}['spot']", True, "a label value is text"),
    (SELECTOR, encoded({"pool": None}), f"{SELECTOR_AT}['pool']", None, "a label value is text"),
    *(
        (TOLERATIONS, value, TOLERATIONS_AT, value, IS_LIST)
        for value in ("spot", json.dumps([SPOT]), [SPOT], SPOT, 5, True, encoded(SPOT), encoded("spot"), "IA==")
    ),
    *(
        (TOLERATIONS, encoded([SPOT, wrong]), f"{TOLERATIONS_AT}[1]{below}", value, required)
        for wrong, below, value, required in (
            ("spot", "", "spot", "a toleration is a mapping"),
            ({"key": 5}, ".key", 5, IS_TEXT),
            ({"key": "a", "operator": "exists"}, ".operator", "exists", "use one of 'Equal', 'Exists'; did you mean"),
            ({"key": "a", "effect": "No"}, ".effect", "No", "use one of 'NoSchedule', 'PreferNoSchedule', 'NoExecute'"),
            ({"keys": "a"}, ".keys", "a", "a toleration has no such field; did you mean 'key'?"),
            ({"key": "a", "tolerationSeconds": "9"}, ".tolerationSeconds", "9", "a whole number is required"),
            ({"key": "a", "toleration_seconds": True}, ".tolerationSeconds", True, "a whole number is required"),
        )
    ),
    *((MODE, value, MODE_AT, value, ONE_MODE) for value in ("spot", "Prevent", 5, ["prevent"], encoded("allow"))),
    *((CLASSES, value, CLASSES, value, OF_NAMES) for value in (["low", "high"], {"low": 1}, 5)),
    *((DEFAULT_CLASS, value, DEFAULT_CLASS, value, IS_TEXT) for value in (5, ["low"], {"name": "low"})),
    *(
        (RESOURCES, value, RESOURCES, value, "a mapping is required")
        for value in ('{"requests": {"cpu": "1"}}', encoded({"requests": {}}), "cpu=1", ["1"], 5, True)
    ),
    *((RESOURCES, {"limits": value}, f"{RESOURCES}.limits", value, "a mapping is required") for value in ("1", [1], 0)),
    *(
        (RESOURCES, {"requests": {"cpu": None, "memory": value}}, f"{RESOURCES}.requests.memory", value, required)
        for value, required in (
            ("4gi", "it is not a Kubernetes quantity; did you mean '4Gi'?"),
            ("4Kii", "it is not a Kubernetes quantity; examples: "),
            ("a lot", "it is not a Kubernetes quantity; examples: "),
            ("-1", "an amount must not be negative"),
            (float("nan"), "it is not a Kubernetes quantity; examples: "),
            (True, "a Kubernetes quantity is required, such as '500m' or '4Gi'"),
            (["1Gi"], "a Kubernetes quantity is required, such as '500m' or '4Gi'"),
            ({"amount": 1}, "a Kubernetes quantity is required, such as '500m' or '4Gi'"),
        )
    ),
]

WRONG = [Wrong(*parts) for parts in _WRONG]


@pytest.fixture(scope="module")
def api() -> Iterator[MlrunApi]:
    with serving(MlrunApi) as api:
        yield api


@pytest.fixture
def connect(api: MlrunApi, mlconf: Mlconf, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Have MLRun connect to a server with such a client spec; the rest of the run is not connected."""
    assert mlconf
    factory = mlrun.db.factory.RunDBFactory()
    for name in ("_run_db", "_last_db_url"):
        monkeypatch.setattr(factory, name, None)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")

    def connect(spec: Mapping[str, Any]) -> None:
        api.requests.clear()
        api.spec = {key: value for key, value in spec.items() if value is not MISSING}
        mlrun.get_run_db(api.url, force_reconnect=True)
        assert api.requests == [ASKED]

    yield connect
    session = getattr(factory._run_db, "session", None)
    if session is not None:
        session.close()


def judged(fn: Any) -> Cluster:
    """The cluster that every way of a user judges by; every one of them must work."""
    for ask in PATHS.values():
        ask(fn)
    return Cluster.current()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_kind_works_on_a_server_with_mlruns_defaults(name: str, connect: Connect, api: MlrunApi) -> None:
    connect(client_spec(nuclio_version="1.14.1"))
    fn = FUNCTIONS[name]()
    profile = SERVICE if name in SERVICES else JOB

    check(fn)
    profile.plan(fn).apply()

    assert getattr(profiles.applied_to(fn), "profile", None) == profile.name
    assert api.requests == [ASKED]


@pytest.mark.parametrize("kind", ["nuclio", "serving"])
def test_mlruns_setters_of_services_break_where_a_server_says_no_nuclio_version(kind: str, connect: Connect) -> None:
    connect(client_spec(**{CLASSES: "igz-workload-high", NODES: encoded(LABELS)}))
    fn = job(kind)
    with pytest.raises(TypeError, match="not expecting type"):
        fn.with_node_selection(node_selector={"pool": "services"})
    with pytest.raises(TypeError, match="not expecting type"):
        fn.with_preemption_mode("prevent")
    with pytest.raises(TypeError, match="not expecting type"):
        fn.with_priority_class("igz-workload-high")
    fn.spec.preemption_mode = "none"
    fn.apply(SERVICE.replace(node_group="services"))

    assert "services" in fn.spec.node_selector.values()
    assert (fn.spec.preemption_mode, fn.spec.priority_class_name) == ("prevent", "igz-workload-high")
    assert mlrun.mlconf.nuclio_version is None


@pytest.mark.parametrize(("key", "value", "meant"), RIGHT)
def test_what_a_server_says_is_what_is_judged_by(key: str, value: object, meant: object, connect: Connect) -> None:
    connect(client_spec(**{key: value}))
    cluster = judged(job())

    assert READ[key](cluster) == meant
    assert {other: read(cluster) for other, read in READ.items() if other != key} == {
        other: NOTHING.get(other) for other in READ if other != key
    }
    assert not cluster.assumed
    assert cluster.source == "the MLRun server that this client is connected to (1.12.1)"


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.at}={wrong.found!r}")
def test_what_a_server_says_wrongly_is_one_clear_error(wrong: Wrong, connect: Connect) -> None:
    fn = job()
    before = state(fn)
    connect(client_spec(**{wrong.key: wrong.value}))

    for ask in PATHS.values():
        with pytest.raises(ConfigurationError) as raised:
            ask(fn)
        assert str(raised.value).startswith(f"mlrun.mlconf.{wrong.at}: invalid value {wrong.found!r}: ")
        assert wrong.required in str(raised.value)
        assert state(fn) == before


@pytest.mark.parametrize(
    ("said", "platform"),
    [
        ({}, "ce"),
        ({"ce": CE}, "ce"),
        ({"ce": CE, "igz_version": "3.6.0"}, "ce"),
        ({"igz_version": "3.5.5-b120_20240124"}, "iguazio-3"),
        ({"igz_version": "4.0.0"}, "iguazio-4"),
    ],
)
def test_the_platform_is_a_fact_of_the_cluster(said: Any, platform: str, connect: Connect) -> None:
    connect(client_spec(**said))
    cluster = judged(job())

    assert cluster.platform == platform
    assert mlrun.mlconf.is_ce_mode() is bool(said.get("ce"))


def test_a_server_with_iguazio_4s_authentication_is_iguazio_4(connect: Connect, mlconf: Mlconf) -> None:
    connect(client_spec())
    mlconf.set("httpdb.authentication.mode", "iguazio-v4")

    assert Cluster.current().platform == "iguazio-4"


@pytest.mark.parametrize("said", [{}, {"ce": CE}, {"igz_version": "3.6.0"}, {"igz_version": "4.0.0"}])
def test_no_class_is_written_that_a_server_does_not_list(said: Any, connect: Connect) -> None:
    connect(client_spec(**said))
    fn = job()
    with pytest.raises(mlrun.errors.MLRunInvalidArgumentError, match="Priority class name not in available"):
        fn.with_priority_class("igz-workload-high")
    plan = JOB.replace(priority="high").plan(fn)
    plan.apply()

    assert [finding.rule for finding in plan.findings if finding.severity != "info"] == ["IGZ301"]
    assert not fn.spec.priority_class_name


@pytest.mark.parametrize(
    "resources",
    [
        None,
        MISSING,
        {},
        {"requests": None, "limits": {"cpu": "2"}},
        {"limits": {"memory": "20Gi", "cpu": None}},
        {"requests": {"cpu": "25m"}},
        {"requests": {"cpu": 1, "memory": 0}, "limits": {"cpu": 1.5}},
    ],
)
def test_default_resources_in_any_shape(resources: Any, connect: Connect) -> None:
    fn = job()
    connect(client_spec(**{RESOURCES: resources}))
    cluster = judged(fn)

    said = resources if isinstance(resources, dict) else {}
    assert spelled(cluster.default_requests) == given_amounts(said.get("requests"))
    assert spelled(cluster.default_limits) == given_amounts(said.get("limits"))


def test_default_resources_are_those_that_mlrun_gives_to_a_function(connect: Connect) -> None:
    """MLRun gives the default amounts of CPU and memory, and no GPU, when a function is made."""
    for resources in (
        None,
        {
            "requests": {"cpu": "25m", "memory": "1Mi", "gpu": None},
            "limits": {"cpu": 2, "memory": "20Gi", "gpu": "1"},
        },
        {"requests": {"cpu": "0", "memory": 0, "gpu": ""}, "limits": {"cpu": None, "memory": None, "gpu": None}},
    ):
        connect(client_spec(**{RESOURCES: resources}))
        cluster = Cluster.current()
        given = job().spec.resources

        assert spelled(cluster.default_requests) == given_amounts(given.get("requests"))
        assert spelled(cluster.default_limits) == given_amounts(given.get("limits"))


@pytest.mark.parametrize("version", ["0.0.0+unstable", "unstable", "1", "iguazio 3.6"])
def test_a_server_without_a_release_is_connected_and_the_newest(version: str, connect: Connect) -> None:
    connect(client_spec(version=version))
    cluster = judged(job())

    assert (cluster.mlrun_version, cluster.mlrun_release < (1, 10), cluster.assumed) == (None, False, False)
    assert (cluster.priority_classes, cluster.default_priority) == (None, None)
    assert cluster.source == f"the MLRun server that this client is connected to ({version})"


@pytest.mark.parametrize(("version", "before"), [("1.8.0", True), ("v1.9.2", True), ("1.10.0-rc3+local", False)])
def test_a_servers_release_decides_how_it_enriches(version: str, connect: Connect, *, before: bool) -> None:
    connect(client_spec(version=version))
    cluster = judged(job())

    assert (cluster.mlrun_version, cluster.mlrun_release < (1, 10)) == (version, before)


@pytest.mark.parametrize("version", [None, MISSING, ""])
def test_mlrun_takes_nothing_of_a_server_without_a_version(version: object, connect: Connect) -> None:
    connect(client_spec(version=version, **{NODES: encoded({"mine": "spot"})}))
    mlrun.mlconf.default_function_pod_resources = mlrun.mlconf.default_function_pod_resources
    cluster = judged(job())

    # MLRun reads on where the version is empty text.
    assert cluster.assumed is (version != "")
    assert cluster.mlrun.node_selector == (LABELS if cluster.assumed else {"mine": "spot"})


@pytest.mark.parametrize("version", [1.12, 1, True, ["1.12.1"], {"mlrun": "1.12.1"}])
def test_a_version_that_is_no_text_is_one_clear_error(version: object, connect: Connect) -> None:
    fn = job()
    connect(client_spec(version=version))

    for ask in PATHS.values():
        with pytest.raises(ConfigurationError) as raised:
            ask(fn)
        message = f"mlrun.get_run_db().server_version: invalid value {version!r}: the server's version is text"
        assert str(raised.value).startswith(message)


@pytest.fixture(scope="module")
def configuration() -> Iterator[Mlconf]:
    """As after connecting to a server that says null, for all the examples of a property."""
    configuration = Mlconf()
    configuration.set(RESOURCES, mlrun.mlconf.default_function_pod_resources)
    yield configuration
    configuration.restore()


pieces = st.sampled_from(
    ["e30=", "W10=", "bnVsbA==", encoded(LABELS), encoded([SPOT]), "bnVs", "e", "=", " ", "\n", "ä"]
)


@settings(max_examples=200, deadline=None, database=None)
@given(text=st.lists(pieces, max_size=3).map("".join) | st.text(max_size=8))
def test_text_is_decoded_as_mlrun_decodes_it(text: str, configuration: Mlconf) -> None:
    for key, judge, read in (
        (LABELS_AT, mlrun.mlconf.get_preemptible_node_selector, READ[NODES]),
        (SELECTOR_AT, mlrun.mlconf.get_default_function_node_selector, READ[SELECTOR]),
    ):
        for each in (LABELS_AT, SELECTOR_AT):
            configuration.set(each, text if each == key else encoded(LABELS))
        try:
            meant = judge()
        except Exception:  # noqa: BLE001  (MLRun raises its own errors, and what json raises)
            with pytest.raises(ConfigurationError, match=re.escape(f"mlrun.mlconf.{key}: invalid value ")):
                Cluster.current()
        else:
            cluster = Cluster.current()
            assert cluster.assumed or read(cluster) == meant


def test_a_user_takes_set_environment_or_an_environment_variable(api: MlrunApi) -> None:
    """In a process of its own: MLRun connects while it is imported, and again."""
    api.spec = client_spec(**{NODES: encoded(LABELS), CLASSES: "team-low,team-high"})
    code = (
        "import json, mlrun, igz_runtime as i\n"
        "print(json.dumps(i.Cluster.current().to_dict()))\n"
        f"mlrun.set_environment({api.url!r})\n"
        "print(json.dumps(i.Cluster.current().to_dict()))\n"
    )
    environment = {**os.environ, "MLRUN_DBPATH": api.url, "MLRUN_IGNORE_ENV_FILE": "true"}
    environment |= dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1")
    told = subprocess.check_output([sys.executable, "-c", code], text=True, cwd=Path.cwd(), env=environment)
    at_import, after = (json.loads(line) for line in told.splitlines() if line.startswith("{"))

    assert at_import == after
    assert at_import["mlrun"]["node_selector"] == LABELS
    assert at_import["priority_classes"] == ["team-low", "team-high"]


def spelled(amounts: Resources) -> dict[str, str]:
    return {name: str(amount) for name, amount in amounts.items()}


def given_amounts(said: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: str(amount) for name, amount in (said or {}).items() if amount and name != "gpu"}
