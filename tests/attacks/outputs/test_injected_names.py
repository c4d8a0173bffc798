"""Names that no file holds: of a kubeconfig, in a server's answers, and in arguments of profiles."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pytest

from igz_runtime import Cluster, Waiver, profiles
from igz_runtime.audit import audit_cluster
from igz_runtime.display import Displayed
from igz_runtime.errors import IgzRuntimeError
from igz_runtime.report.audit_formats import render
from tests.attacks.outputs.echoing import ANSWERS, NAMING, echoing
from tests.attacks.outputs.hostile import CLUSTER, PAYLOADS, filled, with_mark
from tests.attacks.outputs.test_injection import Measured, chosen, folder, hold
from tests.attacks.outputs.ways_out import FORMATS_OF_AUDIT, called, reported, shown

pytestmark = pytest.mark.usefixtures(folder.__name__)

_NAMES: Final = ("clusters>0>name + contexts>0>context>cluster", "users>0>name + contexts>0>context>user")
NAMED: Final = (
    *_NAMES,
    "contexts>0>name + current-context",
    "contexts>0>context>namespace",
    "clusters>0>cluster>server",
)


def kubeconfig(address: str) -> dict[str, Any]:
    """A kubeconfig for a server."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": f"http://{address}"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }


def of_live() -> Iterator[tuple[str, str]]:
    """What is said of a cluster that is read, or cannot be."""
    given = ("--kubeconfig", "kubeconfig", "--timeout", "5", "--verbose")
    for form, text in reported(Path("../out").resolve(), FORMATS_OF_AUDIT, "audit", *given):
        yield "audit" if form == "json" else form, text
    try:
        yield from shown(Cluster.from_kubernetes(kubeconfig="kubeconfig", timeout=5, running=True))
    except IgzRuntimeError as error:
        yield "text", str(error)


@pytest.mark.parametrize("pointer", NAMED)
def test_no_name_of_a_kubeconfig_escapes(pointer: str, measured: Measured) -> None:
    with echoing("forbids") as address:
        for payload in chosen(pointer).values():
            config = filled(with_mark(kubeconfig(address), pointer), payload)
            Path("kubeconfig").write_text(json.dumps(config))
            hold(of_live(), payload, measured)


@pytest.mark.parametrize("answer", [*ANSWERS, *NAMING])
def test_no_answer_of_a_server_escapes(answer: str, measured: Measured) -> None:
    for payload in chosen(answer).values():
        with echoing(answer, payload) as address:
            Path("kubeconfig").write_text(json.dumps(kubeconfig(address)))
            hold(of_live(), payload, measured)


ARGUMENTS: Final[dict[str, Callable[[str], Any]]] = {
    "cpu": lambda text: profiles.production_job(cpu=text, memory="1Gi"),
    "memory": lambda text: profiles.production_job(cpu=1, memory=text),
    "priority": lambda text: profiles.production_job(cpu=1, memory="1Gi", priority=text),
    "node_group": lambda text: profiles.production_job(cpu=1, memory="1Gi", node_group=text),
    "running_limit": lambda text: profiles.production_job(cpu=1, memory="1Gi", running_limit=text),
    "a reason": lambda text: profiles.production_job(cpu=1, memory="1Gi", waive={"IGZ101": Waiver(f"we {text}")}),
    "a rule": lambda text: profiles.production_job(cpu=1, memory="1Gi", waive={text: Waiver("we know")}),
    "a name": lambda text: profiles.production_job(cpu=1, memory="1Gi").replace(name=text),
    "named": profiles.named,
    "source": lambda text: Cluster.iguazio(source=text),
    "waiver": lambda text: Waiver(f"we {text}", until="2999-01-31"),
}


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_no_argument_escapes(argument: str, measured: Measured) -> None:
    for payload in PAYLOADS.values():
        hold(of_argument(ARGUMENTS[argument], payload), payload, measured)


def of_argument(make: Callable[[str], Any], payload: str) -> Iterator[tuple[str, str]]:
    """What is made with an argument, and of a function with it; or why it is refused."""
    function = {"kind": "job", "metadata": {"name": "a"}, "spec": {"default_handler": "train"}}
    try:
        made = make(payload)
        yield "repr", repr(made)
        yield "text" if isinstance(made, Displayed) else "repr", str(made)
        if hasattr(made, "plan"):
            yield from shown(made.plan(function))
    except IgzRuntimeError as error:
        yield "text", str(error)


class _Shape(HTMLParser):
    """The elements of a page with the names of their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.held: Counter[tuple[str, ...]] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.held[tag, *(name for name, _ in attrs)] += 1


GROUP: Final = "node_groups>1>name + live>nodes>1>group + live>pools>0>group"


def test_a_name_changes_neither_the_elements_of_a_page_nor_the_series_of_metrics(measured: Measured) -> None:
    def rendered(name: str, form: str) -> str:
        cluster = Cluster.from_dict(filled(with_mark(CLUSTER["cluster"], GROUP), name))
        return render(audit_cluster(cluster, environment="production"), form)

    page, metrics = _Shape(rendered("jobs", "html")).held, rendered("jobs", "prometheus")
    names = [re.sub(r"\{.*\}", "", line).split(" ")[0] for line in metrics.splitlines()]
    for payload in PAYLOADS.values():
        assert _Shape(rendered(payload, "html")).held == page
        lines = rendered(payload, "prometheus").splitlines()
        assert [re.sub(r"\{.*\}", "", line).split(" ")[0] for line in lines] == names
        measured("pages and metrics of the shape that a harmless name gives them", 2)


def test_every_file_that_is_shipped_is_printed_as_it_is() -> None:
    """Of what has no name of anybody's in it, nothing changes."""
    said = chain.from_iterable((called("completion", shell), called("schema", of)) for shell, of in _SHIPPED)
    assert all(each.code == 0 and each.out and not each.err for each in said)


_SHIPPED: Final = zip(("bash", "zsh", "fish"), ("configuration", "report", "audit"), strict=True)
