"""Whatever somebody names stays a name: in every format, by its own parser, and in everything else that is said."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from igz_runtime import Cluster, Waiver, advise, check, profiles
from igz_runtime.audit import audit_cluster
from igz_runtime.audit.earlier import VERSION
from igz_runtime.errors import IgzRuntimeError
from igz_runtime.lint.results import Note, Report
from igz_runtime.report.lint import FORMATS, render
from igz_runtime.rules import Finding
from igz_runtime.rules.findings import Findings, Skipped
from igz_runtime.text.place import Position
from igz_runtime.waiver import LONGEST
from tests.attacks.budget import FULL, generator
from tests.attacks.outputs.hostile import CLUSTER, PAYLOADS, TABLES, fields, filled, with_mark
from tests.attacks.outputs.laws import LAWS, Output
from tests.attacks.outputs.ways_out import DEFECT, FORMATS_OF_AUDIT, FORMATS_OF_LINT, a_few, called, reported, shown
from tests.unit.report.lint_report import finding, located

pytestmark = pytest.mark.usefixtures("folder")

FIELDS: Final = {field.name: field for field in fields()}
Said = Iterator[tuple[str, str]]
Measured = Callable[[str, int], None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, where a repository begins."""
    made = tmp_path / "in"
    (made / ".git").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(made)
    return made


def chosen(name: str) -> Mapping[str, str]:
    """The payloads for a field: each of them, or in CI a few as one, so that over the fields each has its turns."""
    if FULL:
        return PAYLOADS
    some = generator(name).sample(list(PAYLOADS), 3)
    return {" and ".join(some): "".join(map(PAYLOADS.__getitem__, some))}


def hold(said: Said, payload: str, measured: Measured) -> None:
    """Everything that was said keeps the law of its format."""
    count = 0
    for form, text in said:
        assert not [defect for defect in DEFECT if defect in text], text[-1000:]
        LAWS[form](Output(text, payload))
        count += 1
    measured("texts with something injected, held to the law of their format", count)


def of_lint(name: str) -> Said:
    """Everything that is said of the files here, and what is written beside them."""
    out = Path("../out").resolve()
    yield from reported(out, a_few(name, FORMATS_OF_LINT), "lint", ".", "-j1", "--verbose")
    baseline = out / "baseline.json"
    for arguments in (["lint", ".", "--diff"], ["advise", "."], ["lint", ".", "--write-baseline", str(baseline)]):
        said = called(*arguments)
        yield "difference" if "--diff" in arguments else "text", said.out
        yield "text", said.err
    if baseline.exists():
        yield "baseline", baseline.read_text(encoding="utf-8")
        assert called("lint", ".", "--baseline", str(baseline), "--fail-on", "info").code in (0, 3)
        baseline.unlink()
    yield "data", called("advise", ".", "--format", "json").out or "[]"
    yield from reported(out, a_few(f"check {name}", FORMATS_OF_LINT), "check", ".")


def of_changes() -> Said:
    """What is said where files are written."""
    for arguments in (["init", "."], ["lint", ".", "-j1", "--fix"]):
        said = called(*arguments)
        yield "text", said.out
        yield "text", said.err
        if arguments[0] == "init" and said.code == 0:
            yield "configuration", Path("igz-runtime.yaml").read_text(encoding="utf-8")
            assert called("rules").code == 0, "what was written is a configuration"


@pytest.mark.parametrize("name", FIELDS)
def test_no_field_of_a_file_escapes(name: str, folder: Path, measured: Measured) -> None:
    for number, payload in enumerate(chosen(name).values()):
        held = folder / str(number)
        (held / ".git").mkdir(parents=True)
        FIELDS[name].written(held, payload)
        os.chdir(held)
        (folder / "out").mkdir(exist_ok=True)

        hold(itertools.chain(of_lint(name), of_changes()), payload, measured)


DOCUMENTS: Final = [file for file in TABLES["fields"] if file not in {"igz-runtime.yaml", "project.yaml", "hub.yaml"}]


@pytest.mark.parametrize("file", DOCUMENTS)
def test_no_field_of_a_document_escapes_in_a_notebook(file: str, measured: Measured) -> None:
    for pointer in TABLES["fields"][file]:
        for payload in chosen(f"document {file} {pointer}").values():
            document = filled(with_mark(TABLES["documents"][file], pointer), payload)
            hold(of_document(document, f"{file} {pointer}"), payload, measured)


def of_document(document: Any, name: str) -> Said:
    """What the library says of a function as a value."""
    calls: tuple[Callable[[Any], Any], ...] = (
        check,
        advise,
        profiles.spot_stateless(cpu=1, memory="1Gi").plan,
        profiles.applied_to,
    )
    for call in a_few(name, calls, 1):
        try:
            value = call(document)
        except IgzRuntimeError as error:
            yield "text", str(error)
            continue
        if value is not None:
            yield from shown(value)


def of_cluster() -> Said:
    """Everything that is said of a cluster, and of the difference to an earlier report."""
    out, given = Path("../out").resolve(), ("--cluster", "cluster.json")
    compared = ("--compare", "earlier.json") if Path("earlier.json").exists() else ()
    for form, text in reported(out, FORMATS_OF_AUDIT, "audit", *given, "--verbose", *compared):
        yield "audit" if form == "json" else form, text
    yield from reported(out, ("json",), "lint", *given, ".", "-j1")
    for facts in ((), ("--inline",)):
        said = called("policy", *given, "--namespace", "ml", *facts)
        yield "manifests", said.out
        yield "text", said.err
    try:
        cluster = Cluster.load("cluster.json")
    except IgzRuntimeError as error:
        yield "text", str(error)
        return
    cluster.save("again.json")
    assert Cluster.load("again.json") == cluster
    yield "data", Path("again.json").read_text(encoding="utf-8")
    document = TABLES["documents"]["function.yaml"]
    plan = profiles.production_job(cpu=64, memory="4Gi").plan(document, cluster=cluster)
    audit = audit_cluster(cluster, environment="production")
    for value in (cluster, audit, check(document, cluster=cluster), plan, plan.preflight()):
        yield from shown(value)


def _loads(pointers: Iterable[str], payload: str) -> bool:
    document = CLUSTER["cluster"]
    for each in pointers:
        document = with_mark(document, each)
    try:
        Cluster.from_dict(filled(document, payload))
    except IgzRuntimeError:
        return False
    return True


def _batches() -> Iterator[tuple[str, str]]:
    """Fields with a payload; in CI those together that a cluster may have, so that few are judged."""
    pointers: list[str] = CLUSTER["fields"]
    for begins in range(0, len(pointers), 1 if FULL else 10):
        some = pointers[begins : begins + (1 if FULL else 10)]
        for payload in chosen(some[0]).values():
            together = [each for each in some if _loads([each], payload)]
            if together:
                yield " + ".join(together), payload
            yield from ((each, payload) for each in some if each not in together)


def test_no_field_of_a_cluster_escapes(measured: Measured) -> None:
    for pointers, payload in _batches():
        document = filled(with_mark(CLUSTER["cluster"], pointers), payload)
        Path("cluster.json").write_text(json.dumps(document))

        hold(of_cluster(), payload, measured)


def test_no_field_of_an_earlier_report_escapes(measured: Measured) -> None:
    Path("cluster.json").write_text(json.dumps(CLUSTER["cluster"]))
    report = json.loads(called("audit", "--cluster", "cluster.json", "--format", "json").out)
    assert report["version"] == VERSION
    given = ("--cluster", "cluster.json", "--compare", "earlier.json", "--verbose")
    for pointer in CLUSTER["earlier"]:
        for payload in chosen(f"earlier {pointer}").values():
            Path("earlier.json").write_text(json.dumps(filled(with_mark(report, pointer), payload)))
            said = reported(Path("../out").resolve(), a_few(pointer, FORMATS_OF_AUDIT), "audit", *given)
            hold((("audit" if form == "json" else form, text) for form, text in said), payload, measured)


@pytest.mark.parametrize("call", TABLES["calls"], ids=" ".join)
def test_no_argument_escapes(call: list[str], measured: Measured) -> None:
    Path("function.yaml").write_text(json.dumps(TABLES["documents"]["function.yaml"]))
    for payload in chosen(" ".join(call)).values():
        given = payload.replace("\0", "").replace("\ud800", "")
        said = called(*filled(call, given))
        hold(iter((("text", said.out), ("text", said.err))), given, measured)


@pytest.mark.parametrize("variable", TABLES["variables"])
def test_no_variable_of_the_environment_escapes(
    variable: str, monkeypatch: pytest.MonkeyPatch, measured: Measured
) -> None:
    for name in ("function.yaml", "project.yaml", "igz-runtime.yaml"):
        Path(name).write_text(json.dumps(TABLES["documents"][name]))
    for payload in chosen(variable).values():
        monkeypatch.setenv(variable, payload.replace("\0", "").replace("\ud800", "")[:100_000])
        hold(of_lint(variable), payload, measured)


def _report(payload: str) -> tuple[Finding, Report]:
    """A finding, and a report, in which the payload stands for each text that a rule and a file may have."""
    about = {"function": payload, "kind": payload, "role": payload, "fix": payload}
    one = located(payload, Position(2, 1), "IGZ205", payload, **about)
    held = replace(one.finding, why=payload, field=(payload, payload))
    waived = one._replace(finding=replace(held, waived=Waiver(f"x {payload}"[:LONGEST])))
    of_author = one._replace(finding=replace(held, rule="XYZ101"))
    in_cell = one._replace(finding=held, position=Position(1, 1, cell=2, file_line=9), within=((payload, payload),))
    found = (
        one._replace(finding=held),
        waived,
        of_author,
        in_cell,
        *(located(payload, Position(n), "IGZ204", payload) for n in range(1, 9)),
    )
    notes = (Note(payload, Position(3), payload), Note(payload, None, payload, defect=True))
    skipped = {("IGZ401", payload): 2}
    return held, Report(found, notes, skipped, files=1, functions=1, unchecked=(payload,), scope=payload)


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_of_a_finding_escapes(form: str, measured: Measured) -> None:
    for payload in PAYLOADS.values():
        _, report = _report(payload)
        standing = sum(one.stands for one in report.findings)
        count = {"github": standing + 1, "junit": len(report.findings)}.get(form, -1)
        LAWS[form](Output(render(report, form, verbose=True), payload, count))
        if form == "text":
            for width in (20, 80):
                LAWS["terminal"](Output(render(report, form, color=True, width=width, verbose=True), payload))
        measured("texts with something injected, held to the law of their format", 1)


def test_nothing_of_a_finding_escapes_in_a_notebook(measured: Measured) -> None:
    for payload in PAYLOADS.values():
        held, _ = _report(payload)
        skipped = (Skipped("IGZ401", payload, payload, payload),)
        findings = Findings((held, finding(message=payload)), skipped, {payload: None})
        hold(itertools.chain(*map(shown, (held, findings, *skipped))), payload, measured)
