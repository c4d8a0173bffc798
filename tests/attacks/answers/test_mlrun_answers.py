"""What an MLRun server says of its cluster, at random: read as it is, or as nothing where MLRun does so, or refused."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from typing import Any, Final

import mlrun
import mlrun.db.factory
import pytest

from igz_runtime import Cluster
from igz_runtime.errors import ConfigurationError
from tests.attacks import budget
from tests.attacks.answers.answering import Plain
from tests.attacks.answers.mutating import edited_at_random
from tests.conftest import Mlconf
from tests.contract.mlrun_api import MlrunApi, client_spec, encoded, serving

pytestmark = pytest.mark.every_environment

ENCODED: Final = (
    "preemptible_nodes_node_selector",
    "preemptible_nodes_tolerations",
    "default_function_node_selector",
)
AMOUNTS: Final = "default_function_pod_resources"
"""What may be numbers too."""
SAID: Final[Plain] = {
    "preemptible_nodes_node_selector": {"app.iguazio.com/lifecycle": "preemptible", "zone": "a"},
    "preemptible_nodes_tolerations": [
        {"key": "spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"},
        {"key": "gpu", "operator": "Exists", "tolerationSeconds": 30},
    ],
    "default_function_node_selector": {"pool": "jobs"},
    "default_preemption_mode": "prevent",
    "valid_function_priority_class_names": "igz-workload-low,igz-workload-high",
    "default_function_priority_class_name": "igz-workload-low",
    AMOUNTS: {"requests": {"cpu": "25m", "memory": "1Mi"}, "limits": {"cpu": "2"}},
    "igz_version": "3.6.0",
}
ODD: Final = (b"", b"\xff\xfe", b"[" * 100_000, b"NaN", b"{", b'"x"', b"5", b'{"a": "\\ud800"}', b'[{"a": "\\ud800"}]')
"""What is encoded, and is not what it should be."""


@pytest.fixture
def connect(mlconf: Mlconf, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Plain], None]]:
    factory = mlrun.db.factory.RunDBFactory()
    for name in ("_run_db", "_last_db_url"):
        monkeypatch.setattr(factory, name, None)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with serving(MlrunApi) as api:

        def connect(said: Plain) -> None:
            mlconf.restore()
            api.spec = {**client_spec(), **said}
            mlrun.get_run_db(api.url, force_reconnect=True)

        yield connect


def spoiled(chance: random.Random) -> tuple[Plain, bool]:
    """What a server says, spoiled; and whether nobody could take it for right."""
    if chance.random() < 0.2:
        key, odd = chance.choice(ENCODED), chance.choice(ODD)
        text = chance.choice([base64.b64encode(odd).decode(), "%%%", "ü"])
        return {**_written(SAID), key: text}, False
    said, noticed = edited_at_random(SAID, chance)
    return (_written(said), noticed) if isinstance(said, dict) else ({}, False)


def _written(said: Plain) -> dict[str, Any]:
    return {key: encoded(value) if key in ENCODED else value for key, value in said.items()}


def test_no_answer_of_an_mlrun_server_is_taken_for_another(
    connect: Callable[[Plain], None], record_property: Callable[[str, object], None]
) -> None:
    chance = budget.generator("MLRun's client spec")
    connect(_written(SAID))
    right = Cluster.current()
    counts = {"hostile client specs of MLRun": 0, "hostile client specs that are refused": 0}
    for _ in range(budget.attempts(2000)):
        said, noticed = spoiled(chance)
        counts["hostile client specs of MLRun"] += 1
        connect(said)
        try:
            cluster = Cluster.current()
        except ConfigurationError as error:
            counts["hostile client specs that are refused"] += 1
            require_named(str(error))
            continue
        cluster._repr_html_().encode()
        changed = [key for key, value in _written(SAID).items() if said.get(key) != value]
        if noticed and changed != [AMOUNTS]:
            connect({**_written(SAID), **dict.fromkeys(changed)})
            assert cluster in (right, Cluster.current()), said
    for what, count in counts.items():
        record_property(what, count)


def require_named(message: str) -> None:
    """A message that names the key, and can be printed."""
    assert message.startswith(("mlrun.mlconf.", "MLRun version")), message
    message.encode()
