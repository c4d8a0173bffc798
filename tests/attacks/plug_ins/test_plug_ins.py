"""Plug-ins that hang, allocate or answer nonsense: an error that names the distribution, within a stated time."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml

from igz_runtime.cli.supervision import GRACE
from igz_runtime.plugins import ANSWERING, LOADING
from igz_runtime.rules import rule
from igz_runtime.rules.authoring import LONGEST
from igz_runtime.rules.plug_ins import MOST_FOUND, PATIENCE
from tests.contract.distributions import FUNCTION, SCRIPT, called, checkout_in, made
from tests.serving import INTERRUPTIBLE

pytestmark = pytest.mark.usefixtures("nearest_configuration")

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("plug_ins.yaml").read_text())
ENDING = [case for case in CASES if "ends" in case]
HEAD = """
import itertools, mmap, os, re, signal, sys, threading, time
import igz_runtime.bounded, igz_runtime.plugins, igz_runtime.rules.plug_ins
from igz_runtime.rules import Found, Skip, rule

def register(rule_id, check):
    rule(rule_id, "a-b", "t", severity="info", source="s.", origin="o", fix="f")(check)
"""
SOON = f"""{HEAD}
igz_runtime.plugins.ANSWERING = igz_runtime.rules.plug_ins.ANSWERING = 0.3
igz_runtime.bounded._AGAIN = 0.1
igz_runtime.plugins.LOADING = 0.3
if "igz_runtime.cli.supervision" in sys.modules:
    sys.modules["igz_runtime.cli.supervision"].GRACE = 0.5
"""
OWNER = "plug-in 'x' of broken 2.0 (igz_runtime.rules = broken_igz)"
CHECKED = """if True:
    import json, threading, time
    from igz_runtime import check
    said = []
    def run():
        for one in check("function.yaml"):
            said.append({"rule": one.rule, "severity": one.severity, "message": one.message, "fix": one.fix})
    """
CALLERS = {"check": CHECKED + "run()", "thread": CHECKED + "t = threading.Thread(target=run); t.start(); t.join()"}
PRINTED = "\n    import os, sys; print(json.dumps(said)); sys.stdout.flush(); os._exit(0)"


def hangs(case: dict[str, Any]) -> bool:
    """Whether it is waited for in vain: then not for as long as is stated."""
    return "ends" in case or "did not end" in case.get("found", "")


def rules_of(cases: list[dict[str, Any]]) -> str:
    """A module with a rule for each case, from ACME101 on."""
    head = SOON if all(map(hangs, cases)) else HEAD
    rules = (
        f"def check(subject):\n{indent(case['code'].strip(), '    ')}\n    yield from ()\n"
        f'register("ACME{number}", check)\n'
        for number, case in enumerate(cases, 101)
    )
    return head + "".join(rules)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return checkout_in(tmp_path)


def found_by(caller: str, site: Path, checkout: Path) -> list[dict[str, str]]:
    if caller == "lint":
        told = called([*SCRIPT, "lint", "--format", "json"], cwd=checkout, site=site)
        assert told.returncode == 1, told.stderr
        return json.loads(told.stdout)["findings"]  # type: ignore[no-any-return]
    import sys

    told = called([sys.executable, "-c", CALLERS[caller] + PRINTED], cwd=checkout, site=site)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("caller", ["lint", "check", "thread"])
@pytest.mark.parametrize("hang", [True, False], ids=["does not end", "ends"])
def test_each_is_a_finding_that_names_the_distribution(
    hang: bool,  # noqa: FBT001  (a parameter of the test)
    caller: str,
    tmp_path: Path,
    checkout: Path,
    record_property: Any,
) -> None:
    cases = [case for case in CASES if "ends" not in case and caller in case.get("where", [caller])]
    cases = [case for case in cases if hangs(case) == hang]
    made(tmp_path, rules_of(cases), {"rules": "broken_igz"})

    findings = found_by(caller, tmp_path, checkout)

    record_property("rules of plug-ins that hang, allocate or answer nonsense", len(cases))
    assert [one["severity"] for one in findings if one["rule"] == "IGZ302"] == ["error"]
    for number, case in enumerate(cases, 101):
        of_it = [one for one in findings if one["rule"] == f"ACME{number}"]
        errors = [(one["message"], one["fix"]) for one in of_it if one["severity"] == "error"]
        others = [one["message"] for one in of_it if one["severity"] != "error"]
        if "finds" in case:
            assert not errors, case["does"]
            assert len(others) == 1, case["does"]
            assert others[0].startswith(case["finds"]), case["does"]
        else:
            assert len(errors) == 1, case["does"]
            ((error, fix),) = errors
            assert error.startswith(case["found"]), case["does"]
            assert fix == f"report this as a bug in {OWNER}"
        assert len(others) <= MOST_FOUND
        assert all(len(one["message"]) < LONGEST + 50 for one in of_it)


@pytest.mark.parametrize("case", ENDING, ids=lambda case: case["does"])
def test_what_cannot_be_interrupted_ends_the_run_and_is_named(
    case: dict[str, Any], tmp_path: Path, checkout: Path
) -> None:
    made(tmp_path, rules_of([case]), {"rules": "broken_igz"})

    told = called([*SCRIPT, "lint", "--format", "json"], cwd=checkout, site=tmp_path)

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == f"igz-runtime: rule ACME101 of {OWNER} {case['ends']}\n"


PARTS = ("name", "title", "source", "origin", "fix")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("text", ["x" * 10**6, "\x1b]0;t\x07", "\udcff"], ids=["long", "escapes", "no text"])
def test_a_rule_is_described_in_texts_that_can_be_printed(part: str, text: str) -> None:
    texts: Any = {**dict.fromkeys(PARTS, "a-b"), part: text}
    register: Any = rule("ACME101", severity="info", **texts)

    with pytest.raises(ValueError, match=f"rule 'ACME101': {part} is .* at most 2,000 characters that can be printed"):
        register(print)


def test_a_description_is_printed_without_what_steers_a_terminal(tmp_path: Path, checkout: Path) -> None:
    code = "def check(subject):\n    'One.\\n\\x1b]0;t\\x07\\udcff'\nregister('ACME101', check)\n"
    made(tmp_path, HEAD + code, {"rules": "broken_igz"})

    told = called([*SCRIPT, "explain", "ACME101"], cwd=checkout, site=tmp_path)

    assert told.returncode == 0, told.stderr
    assert "One.\n\\x1b]0;t\\x07\\udcff" in told.stdout


def test_of_many_files_those_stay_at_which_no_process_ended(tmp_path: Path, checkout: Path) -> None:
    code = "if subject.function.name == 'b': sum(range(10 ** 15))\nif subject.function.name == 'c': os._exit(0)"
    made(tmp_path, rules_of([{"code": code, "ends": ""}]).replace("= 0.3", "= 1.0"), {"rules": "broken_igz"})
    names = {"a50": "b", "a120": "c"}
    for number in range(160):
        (checkout / f"a{number}.yaml").write_text(FUNCTION.replace("etl", names.get(f"a{number}", "etl")))

    told = called([*SCRIPT, "lint", "-j", "2", "--format", "json"], cwd=checkout, site=tmp_path)

    assert told.returncode == 1, told.stderr
    findings = json.loads(told.stdout)["findings"]
    assert sum(one["rule"] == "IGZ302" for one in findings) == 159
    message = f"was not judged: rule ACME101 of {OWNER} ended its process, or had to be ended"
    assert {one["file"]: one["message"] for one in findings if one["rule"] == "IGZ901"} == {
        "a50.yaml": message,
        "a120.yaml": message,
    }


def test_a_process_that_ends_again_and_again_ends_the_run(tmp_path: Path, checkout: Path) -> None:
    made(tmp_path, rules_of([{"code": "os._exit(0)", "ends": ""}]), {"rules": "broken_igz"})
    for number in range(160):
        (checkout / f"{number}.yaml").write_text(FUNCTION)

    told = called([*SCRIPT, "lint", "-j", "2"], cwd=checkout, site=tmp_path)

    assert told.returncode == 2
    assert f"rule ACME101 of {OWNER} ended its process, or had to be ended, as at 3 other files" in told.stderr


def test_a_rule_that_was_stopped_too_often_is_not_asked_any_more(tmp_path: Path, checkout: Path) -> None:
    made(tmp_path, rules_of([{"code": "while True: pass", "ends": ""}]), {"rules": "broken_igz"})
    for number in range(20):
        (checkout / f"{number:02}.yaml").write_text(FUNCTION)

    found = [one["message"] for one in found_by("lint", tmp_path, checkout) if one["rule"] == "ACME101"]

    assert [("did not end within" in each, "is not asked any more" in each) for each in found] == [
        *[(True, False)] * PATIENCE,
        *[(False, True)] * (21 - PATIENCE),
    ]


@pytest.mark.parametrize("code", ["while True: pass", "time.sleep(10 ** 6)", "sum(range(10 ** 15))", "os._exit(0)"])
def test_a_module_that_does_not_come_back_from_its_import_is_named(code: str, tmp_path: Path, checkout: Path) -> None:
    made(tmp_path, SOON, {"rules": "a_igz"}, name="a")
    made(tmp_path, f"import os, time\n{code}", {"rules": "broken_igz"})

    told = called([*SCRIPT, "lint"], cwd=checkout, site=tmp_path)

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith(f"igz-runtime: {OWNER}"), told.stderr


@pytest.mark.parametrize("code", ["while True: pass", "time.sleep(10 ** 6)", "sys.exit(0)", "bytearray(2 ** 60)"])
def test_a_factory_of_profiles_that_does_not_come_back_is_named(code: str, tmp_path: Path, checkout: Path) -> None:
    made(tmp_path, f"{SOON}\ndef x(**arguments):\n    {code}", {"profiles": "broken_igz:x"})
    (checkout / "igz-runtime.yaml").write_text("profiles: {ours: {extends: x}}\n")

    told = called([*SCRIPT, "lint"], cwd=checkout, site=tmp_path)

    assert (told.returncode, told.stdout) == (2, "")
    assert "plug-in 'x' of broken 2.0 (igz_runtime.profiles = broken_igz:x): failed (" in told.stderr


def test_an_interruption_reaches_the_run_where_only_the_process_that_watches_is_told(
    tmp_path: Path, checkout: Path
) -> None:
    import os
    import signal
    import sys

    from tests.contract.distributions import ROOT

    code = "open('started', 'w').close()\ntime.sleep(10 ** 6)"
    made(tmp_path, rules_of([{"code": code}]), {"rules": "broken_igz"})
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    run = subprocess.Popen([*INTERRUPTIBLE, "lint"], cwd=checkout, env={**os.environ, "PYTHONPATH": path})
    while not (checkout / "started").exists():
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)

    assert run.wait() == 130, sys.version


def test_the_stated_times_are_those_of_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()

    for amount, unit in ((ANSWERING, "seconds"), (LOADING, "seconds"), (GRACE, "seconds"), (PATIENCE, "times")):
        assert f"{amount:g} {unit}" in page
