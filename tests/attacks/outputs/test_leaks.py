"""A secret comes out nowhere: one is planted in every place that may hold any, and looked for in everything said."""

from __future__ import annotations

import base64
import json
import os
import pickle
import secrets
import traceback
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
import yaml

from igz_runtime import Cluster, advise, check, profiles
from igz_runtime.errors import IgzRuntimeError
from tests.attacks.budget import FULL, generator
from tests.attacks.outputs.echoing import ANSWERS, SERVERS, USERS, echoing, kubeconfig
from tests.attacks.outputs.hostile import put
from tests.attacks.outputs.test_injection import of_changes, of_lint
from tests.attacks.outputs.ways_out import FORMATS_OF_AUDIT, reported, shown

TABLES: Final[Mapping[str, Any]] = yaml.safe_load(Path(__file__).with_name("leaks.yaml").read_text())
STYLES: Final[Mapping[str, Callable[[Any], str]]] = {
    "json": lambda document: json.dumps(document, indent=1),
    "json on one line": json.dumps,
    "yaml": lambda document: yaml.safe_dump(document, sort_keys=False, width=10_000),
    "yaml on one line": lambda document: yaml.safe_dump(
        document, sort_keys=False, default_flow_style=True, width=10**6
    ),
}
VARIABLES: Final = (
    *("V3IO_ACCESS_KEY", "V3IO_PASSWORD", "MLRUN_HTTPDB__TOKEN", "AWS_SECRET_ACCESS_KEY", "KUBE_TOKEN"),
    *("IGZ_RUNTIME_PASSWORD", "PIP_INDEX_URL", "GITHUB_TOKEN"),
)
PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY")
Measured = Callable[[str, int], None]


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A secret, also in the environment of the process."""
    made = f"c4n4ry{secrets.token_hex(8)}"
    (tmp_path / "in" / ".git").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    for name in VARIABLES:
        monkeypatch.setenv(name, made)
    for name in PROXIES:
        monkeypatch.setenv(name, f"http://user:{made}@127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "*")
    return made


def require_silence(said: Iterator[tuple[str, str]], canary: str, measured: Measured) -> None:
    """Nothing says it, in no spelling."""
    count = 0
    encoded = base64.b64encode(f"admin:{canary}".encode()).decode()
    spellings = (
        canary,
        canary[::-1],
        canary.encode().hex(),
        base64.b64encode(canary.encode()).decode()[:-4],
        encoded[:-4],
    )
    for what, text in said:
        # Wrapped in a narrow terminal it would be there all the same.
        whole = "".join(text.split())
        for spelled in (*spellings, quote(canary)):
            at = whole.find(spelled)
            assert at < 0, f"{what}: …{whole[max(0, at - 200) : at + len(spelled)]}"
        count += 1
    measured("texts without a secret that was planted", count)


def _placed(document: Any, place: str, value: Any) -> Any:
    made = deepcopy(document)
    put(made, place, value)
    return made


def _planted() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, forms in (("secrets", "forms"), ("addresses", "written")):
        for file, pointers in TABLES[kind].items():
            for pointer in pointers:
                documents = {
                    f"{form}": {file: _placed(TABLES["documents"][file], pointer, form)} for form in TABLES[forms]
                }
                names = list(documents) if FULL else [generator(f"{file} {pointer}").choice(list(documents))]
                yield from ((f"{file} {pointer}: {name}", documents[name]) for name in names)


PLANTED: Final = [*_planted(), *TABLES["texts"].items()]


@pytest.mark.parametrize(("name", "files"), PLANTED, ids=[name for name, _ in PLANTED])
def test_no_secret_of_a_file_is_said(name: str, files: Mapping[str, Any], canary: str, measured: Measured) -> None:
    styles = list(STYLES) if FULL else [generator(name).choice(list(STYLES))]
    for style in styles:
        held = Path(style)
        (held / ".git").mkdir(parents=True)
        (held.parent / "out").mkdir(exist_ok=True)
        os.chdir(held)
        for file, content in files.items():
            text = content if isinstance(content, str) else STYLES[style](content)
            Path(file).write_text(text.replace("CANARY", canary))
        require_silence(of_lint(name), canary, measured)
        for file, content in files.items():
            if not isinstance(content, str):
                require_silence(of_library(filled_with(content, canary), file), canary, measured)
        require_silence(of_changes(), canary, measured)
        os.chdir("..")
        if all(isinstance(content, str) for content in files.values()):
            break


def filled_with(document: Any, canary: str) -> Any:
    """The document with the secret in it."""
    return json.loads(json.dumps(document).replace("CANARY", canary))


def of_library(document: Any, file: str) -> Iterator[tuple[str, str]]:
    """What the library says of a function as a value and as a file, tracebacks included."""
    profile = profiles.production_job(cpu=1, memory="1Gi")
    for fn in (document, file):
        for call in (check, advise, profile.plan, profiles.applied_to, profile.apply):
            try:
                value = call(deepcopy(fn))
            except IgzRuntimeError as error:
                yield "error", "".join(traceback.format_exception(error))
                yield "cause", repr(error.__cause__)
                continue
            if not isinstance(value, dict | str | Path | None):  # the function itself, to which a profile is applied
                yield from shown(value)


CALLS: Final = [(answer, user, server) for answer in ANSWERS for user in USERS for server in SERVERS]


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_secret_of_a_kubeconfig_is_said(
    answer: str, canary: str, measured: Measured, caplog: pytest.LogCaptureFixture
) -> None:
    pairs = list(product(USERS, SERVERS))
    turn = list(ANSWERS).index(answer)  # in CI every user and every address has its turns
    some = [(list(USERS)[(turn + 2 * n) % len(USERS)], SERVERS[(turn + n + 2) % len(SERVERS)]) for n in range(3)]
    with echoing(answer) as address:
        for user, server in pairs if FULL else some:
            file = kubeconfig(Path("../out").resolve(), user, server, address, canary)
            require_silence(of_cluster(file), canary, measured)
            require_silence(iter([("log", caplog.text)]), canary, measured)


def of_cluster(file: Path) -> Iterator[tuple[str, str]]:
    """What is said of a cluster that is read."""
    out, given = Path("../out").resolve(), ("--kubeconfig", str(file), "--timeout", "5", "--no-config", "--verbose")
    yield from reported(out, FORMATS_OF_AUDIT, "audit", *given, "--save", "saved.json")
    if Path("saved.json").exists():
        yield "saved", Path("saved.json").read_text(encoding="utf-8")
        Path("saved.json").unlink()
    try:
        cluster = Cluster.from_kubernetes(kubeconfig=str(file), timeout=5, running=True)
    except IgzRuntimeError as error:
        yield "error", "".join(traceback.format_exception(error))
        yield "cause", repr(error.__cause__)
        return
    yield "sent to another process", repr(pickle.dumps(cluster))
    plan = profiles.production_job(cpu=1, memory="1Gi").plan(
        {"kind": "job", "metadata": {"name": "a"}}, cluster=cluster
    )
    for value in (cluster, plan, plan.preflight()):
        yield from shown(value)


def test_what_is_planted_is_found_where_it_is_said(canary: str) -> None:
    with pytest.raises(AssertionError, match="text"):
        require_silence(iter([("text", f"the password\n  is {canary[:5]}\n  {canary[5:]}")]), canary, lambda *_: None)


def test_what_a_command_for_signing_in_says_is_not_repeated(
    canary: str, measured: Measured, caplog: pytest.LogCaptureFixture
) -> None:
    with echoing("forbids") as address:
        file = kubeconfig(Path("../out").resolve(), "a command", "http://{}", address, canary)
        require_silence(of_cluster(file), canary, measured)
    require_silence(iter([("log", caplog.text)]), canary, measured)
