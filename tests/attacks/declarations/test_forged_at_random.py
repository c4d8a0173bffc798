"""Tricks at random, many at once: an unsafe function never looks safe without a word on why, or where none counts."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from igz_runtime.cli import main
from tests.attacks.budget import attempts, generator
from tests.attacks.declarations.author import TEAM, asked, forged, platform_file, trainer, write

WORDS = ("stateless", "stateful", "Stateless", "'stateless '", "mission-critical", "'true'", "restartable")
REASONS = (
    "nobody minds",
    "until 2099-01-31: nobody minds",
    "until 2020-01-31 x",
    ".",
    "x until 2020-01-31",
    "Reason: y",
)
RULES = ("IGZ101", "IGZ103", "IGZ102", "IGZ109", "IGZ1O1")
LIMITS = (
    "waivable: []",
    "declarable: []",
    "waivable: [{rules: [IGZ2], reason: ours}]",
    "declarable: [{declarations: [restartable], reason: ours}]",
    "waivable: [{files: [reviewed/], reason: ours}]",
    "declarable: [{files: [reviewed/], reason: ours}]",
    "waivable: [{days: 3, reason: ours}]",
    "declarable: [{projects: [risk], reason: ours}]",
)
CLOSED = "waivable: []\ndeclarable: []"
NESTED = (
    "rules: {ignore: [IGZ1]}",
    "rules: {select: [IGZ2]}",
    "rules: {severities: {IGZ1: info}}",
    "exclude: ['*.yaml', '*.py']",
    "fail-on: error",
    "cluster: {environment: development, node_groups: [{name: all, lifecycle: on-demand}]}",
    "waivers: [{rule: IGZ101, reason: nobody minds}]",
    "waivable: [{reason: we may}]",
    "declarable: [{reason: we may}]",
    "profiles: {mine: {extends: spot_stateless, workload: stateless, waive: {IGZ101: {reason: nobody minds}}}}",
    "functions: {trainer: {profile: spot_stateless, cpu: 1, memory: 1Gi, workload: stateless}}",
    "defaults: {priority: low}",
)
CODE = """\
import mlrun
from igz_runtime import Waiver, Workload, profiles
fn = mlrun.code_to_function("trainer", kind="job", handler="train", image="mlrun/mlrun")
{tricks}
fn.with_node_selection(node_selector={{"app.iguazio.com/lifecycle": "preemptible"}})
fn.with_preemption_mode("allow")
"""


def metadata(rng: Random) -> list[str]:
    """Lines of a function's metadata."""
    lines = [f"project: {rng.choice(('risk', 'fraud'))}"] if rng.random() < 0.3 else []
    if rng.random() < 0.6:
        lines.append(f"labels: {{igz-runtime/workload: {rng.choice(WORDS)}, app: x}}")
    annotations = {f"igz-runtime/waive-{rng.choice(RULES)}": rng.choice(REASONS) for _ in range(rng.randrange(3))}
    if rng.random() < 0.5:
        annotations["igz-runtime/applied"] = record(rng)
    return [*lines, *([f"annotations: {json.dumps(annotations)}"] if annotations else [])]


def record(rng: Random) -> str:
    """A forged record, or something that is none."""
    workload = {"stateful": rng.choice((True, False, None)), "restartable": rng.random() < 0.5}
    waivers = {rng.choice(RULES): {"reason": rng.choice(REASONS), "until": rng.choice((None, "2099-01-31"))}}
    return forged(workload, waivers if rng.random() < 0.5 else None) if rng.random() < 0.95 else "{}"


def comments(rng: Random) -> list[str]:
    """Comments above a function."""
    return [f"# igz-runtime: waive {rng.choice(RULES)} {rng.choice(REASONS)}" for _ in range(rng.randrange(3))]


def code(rng: Random) -> str:
    """Code that makes the function."""
    tricks = (
        'fn.set_label("igz-runtime/workload", "stateless")',
        'fn.apply(profiles.spot_stateless(cpu=1, memory="1Gi", workload="stateless"))',
        'fn.apply(profiles.spot_stateless(cpu=1, memory="1Gi", waive={"IGZ101": Waiver("nobody minds")}))',
        "fn.apply(profiles.spot_stateless(cpu=1, memory='1Gi', workload=Workload(stateful=False, restartable=True)))",
        'fn.metadata.annotations["igz-runtime/waive-IGZ101"] = "nobody minds"',
        'fn.apply(profiles.named("mine"))',
    )
    return CODE.format(tricks="\n".join(rng.sample(tricks, rng.randrange(4))))


def attack(rng: Random) -> tuple[dict[str, str], str, str]:
    """Files, the platform's configuration, and how it is given."""
    files = {f"{TEAM}/train.yaml": trainer(metadata(rng), comments(rng))}
    if rng.random() < 0.3:
        files = {f"{TEAM}/train.py": code(rng)}
    platform = rng.choice(
        ("", CLOSED, CLOSED, "\n".join({one.split(":")[0]: one for one in rng.sample(LIMITS, 2)}.values()))
    )
    given = rng.choice(("option", "variable", "above", "here")) if platform else "here"
    if platform and rng.random() < 0.6:
        files[f"{TEAM}/igz-runtime.yaml"] = "\n".join(rng.sample(NESTED, rng.randrange(4))) or "{}"
    return files, platform, given


Ran = tuple[int, dict[str, str]]


@pytest.fixture
def lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str], str, str], Ran]:
    """Runs the command on an attack: its exit code, and its reports."""
    monkeypatch.delenv("IGZ_RUNTIME_CONFIG")

    def lint(files: dict[str, str], platform: str, given: str) -> Ran:
        shutil.rmtree(folder := tmp_path / "tree", ignore_errors=True)
        write(folder, {**files, ".git/HEAD": "ref: refs/heads/main"})
        if platform:
            write(folder, {platform_file(given): platform})
        arguments, variables, here = asked(given, folder, "lint")
        outputs = {name: tmp_path / name for name in ("json", "text")}
        with monkeypatch.context() as patched:
            patched.chdir(here)
            for name, value in variables.items():
                patched.setenv(name, value)
            exit_code = main([*arguments, *(f"--output={name}={file}" for name, file in outputs.items())])
        return exit_code, {name: file.read_text(encoding="utf-8") for name, file in outputs.items() if exit_code != 2}

    return lint


def test_an_unsafe_function_never_looks_safe_without_a_word_on_why(
    lint: Callable[[dict[str, str], str, str], Ran],
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    rng, seen = generator("forged"), Counter[str]()
    for _ in range(attempts(20_000)):
        files, platform, given = attack(rng)
        exit_code, reports = lint(files, platform, given)
        if exit_code == 2:
            seen["refused"] += 1
            continue
        report = json.loads(reports["json"])
        errors = {one["rule"] for one in report["findings"] if one["severity"] == "error" and not one["waived"]}
        words = [one for one in report["declared"] if one["says"].startswith(("stateless", "waives IGZ101"))]
        how = "found" if errors & {"IGZ101", "IGZ901", "IGZ902"} else "declared" if words else ""
        seen[how] += 1
        shown = (json.dumps(files, indent=1), platform, given, reports["text"])
        assert how, shown
        assert how != "declared" or platform != CLOSED, shown
        for one in words:
            assert f"{one['file']}:{one['line']}:" in reports["text"], shown
    assert min(seen[how] for how in ("refused", "found", "declared")), seen
    record_property("combinations of forged declarations, waivers and configurations that were linted", seen.total())
    record_property("of these, functions that passed by what they declare, which every report said", seen["declared"])
    capsys.readouterr()
