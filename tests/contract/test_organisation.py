"""An organisation's own package: built, installed and used; a broken one is named, and nothing is judged."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contract.distributions import called, made, run

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("nearest_configuration")]

EXAMPLE = Path(__file__).parents[2] / "examples" / "organisation"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, installed as pip would; uv builds it without asking an index."""
    target = tmp_path_factory.mktemp("site")
    command = ["uv", "pip", "install", "--quiet", "--offline", "--no-cache", "--no-deps", "--target", str(target)]
    subprocess.run([sys.executable, "-m", *command, str(EXAMPLE)], check=True, capture_output=True, text=True)
    return target


def test_its_rule_is_one_of_the_rules_and_has_a_page(site: Path, tmp_path: Path) -> None:
    code = """if True:
        from igz_runtime.rules import rules
        from igz_runtime.rules.page import rule_page
        print("ACME101" in rules(), rules()["ACME101"].severity, list(rules()) == sorted(rules()))
        print(rule_page("ACME101"))
    """
    first, *page = run(code, site=site, cwd=tmp_path).splitlines()

    assert first == "True warning True"
    assert page[0] == "# ACME101 function-without-team"
    assert page.index("## Problematic") < page.index("## Corrected") < page.index("## Fix")


def test_it_is_asked_of_every_function_that_asks_for_the_same(site: Path, tmp_path: Path) -> None:
    code = """if True:
        import json
        from igz_runtime import profiles
        profile = profiles.production_job(cpu=1, memory="2Gi", running_limit="none")
        for teams in (["", "fraud", ""], ["fraud", "", "fraud"]):
            found = []
            for team in teams:
                labels = {"team": team} if team else {}
                fn = {"kind": "job", "metadata": {"name": "etl", "labels": labels}, "spec": {}}
                found.append([f.rule for f in profile.plan(fn).findings])
            print(json.dumps(found))
    """
    without, with_team = '["ACME101"]', "[]"
    assert run(code, site=site, cwd=tmp_path).splitlines() == [
        f"[{without}, {with_team}, {without}]",
        f"[{with_team}, {without}, {with_team}]",
    ]


def test_a_function_is_judged_by_it_and_it_can_be_waived(site: Path, tmp_path: Path) -> None:
    code = """if True:
        from igz_runtime import check
        fn = {"kind": "spark", "metadata": {"name": "etl"}, "spec": {}}
        found = [f for f in check(fn) if f.rule == "ACME101"]
        print(len(found), found[0].message)
        fn["metadata"]["annotations"] = {"igz-runtime/waive-ACME101": "shared by all"}
        print([str(f.waived) for f in check(fn) if f.rule == "ACME101"])
        fn["metadata"]["labels"] = {"team": "fraud"}
        print([f for f in check(fn) if f.rule == "ACME101"])
    """

    assert run(code, site=site, cwd=tmp_path).splitlines() == [
        "1 label 'team' is None, and one of fraud, pricing, search is required",
        "['shared by all']",
        "[]",
    ]


def test_its_profile_is_named_and_extended_in_the_configuration(site: Path, tmp_path: Path) -> None:
    (tmp_path / "igz-runtime.yaml").write_text(
        "rules: {select: [ACME1]}\nprofiles: {fraud_nightly: {extends: acme_nightly, team: fraud, cpu: 8}}\n"
    )
    code = """if True:
        from igz_runtime import IgzRuntimeError, profiles
        print(profiles.named("acme_nightly", cpu=2))
        print(profiles.named("fraud_nightly"))
        try:
            profiles.named("acme_nightli")
        except IgzRuntimeError as error:
            print(error)
    """

    assert run(code, site=site, cwd=tmp_path).splitlines() == [
        "acme_nightly(lifecycle='on-demand', cpu='2', memory='16Gi', node_group='shared-batch', priority='high')",
        "fraud_nightly(lifecycle='on-demand', cpu='8', memory='16Gi', node_group='fraud-batch', priority='high')",
        "there is no profile 'acme_nightli'; did you mean 'acme_nightly'?",
    ]


def test_its_profile_is_applied_in_code_that_lint_reads(site: Path, tmp_path: Path) -> None:
    (tmp_path / "igz-runtime.yaml").write_text("profiles: {fraud: {extends: acme_nightly, team: fraud}}\n")
    head = "import mlrun\nfrom igz_runtime import profiles\nfn = mlrun.new_function('a', kind='job', image='i')\n"
    for name, call in {
        "named": "profiles.named('acme_nightly', team='fraud')",
        "configured": "profiles.named('fraud')",
        "imported": "nightly(team='fraud')",
        "of_the_package": "acme_igz.nightly(team='fraud')",
        "wrong": "nightly(teams='fraud')",
        "unknown": "profiles.named('acme_nightli')",
    }.items():
        code = f"{head}import acme_igz\nfrom acme_igz.profiles import nightly\nfn.apply({call})\n"
        (tmp_path / f"{name}.py").write_text(code)
    code = """if True:
        import json, sys
        from igz_runtime.cli import main
        main(["lint", ".", "--output", "report.json", "--select", "IGZ209,IGZ905"])
        report = json.loads(open("report.json").read())
        print([(one["file"], one["rule"], one["line"]) for one in report["findings"] if one["rule"] == "IGZ905"])
        print(report["notes"], "mlrun" in sys.modules)
    """

    assert run(code, site=site, cwd=tmp_path).splitlines() == [
        "[('unknown.py', 'IGZ905', 6), ('wrong.py', 'IGZ905', 6)]",
        "[] False",
    ]


def test_its_own_tests_pass_in_its_folder_and_where_it_is_installed(site: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "checkout")
    shutil.copytree(EXAMPLE / "tests", tmp_path / "elsewhere" / "tests")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]

    for told in (
        called(command, cwd=tmp_path / "checkout"),
        called(command, cwd=tmp_path / "elsewhere", site=site),
    ):
        assert told.returncode == 0, told.stdout + told.stderr
        assert "6 passed" in told.stdout


def test_its_tests_fail_where_the_rule_is_broken(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "checkout")
    module = tmp_path / "checkout" / "acme_igz" / "rules.py"
    module.write_text(module.read_text().replace("team not in TEAMS", "team is None"))

    told = called([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=tmp_path / "checkout")

    assert told.returncode == 1
    assert "1 failed, 5 passed" in told.stdout


def test_lint_says_where_the_label_should_be_and_leaves_it_open_where_it_is_not_known(
    site: Path, tmp_path: Path
) -> None:
    head = "import mlrun\nfn = mlrun.new_function('etl', kind='job', image='i')\n"
    (tmp_path / "labelled.yaml").write_text("kind: job\nmetadata:\n  name: etl\n  labels: {team: hr}\nspec: {}\n")
    (tmp_path / "elsewhere.py").write_text(f"{head}fn.with_node_selection(node_selector=ask())\n")
    (tmp_path / "unknown.py").write_text(f"{head}fn.set_label('team', ask())\n")
    code = """if True:
        import json
        from igz_runtime.cli import main
        main(["lint", ".", "--output", "report.json", "--select", "ACME101"])
        report = json.loads(open("report.json").read())
        print([(one["file"], one["rule"], one["line"], one["column"]) for one in report["findings"]])
    """

    said = run(code, site=site, cwd=tmp_path)

    assert said.splitlines() == ["[('elsewhere.py', 'ACME101', 2, 6), ('labelled.yaml', 'ACME101', 4, 12)]"]


RULE = """from igz_runtime.rules import rule
rule({id!r}, "a-b", "t", severity="info", source="s", origin="o", fix="f")(lambda subject: ())
"""
NAMED = "plug-in 'x' of broken 2.0 (igz_runtime."


@pytest.mark.parametrize(
    ("code", "entry", "says"),
    [
        ("import none_such", "broken_igz", "cannot be loaded (ModuleNotFoundError: No module named 'none_such')"),
        ("raise SystemExit(3)", "broken_igz", "cannot be loaded (SystemExit: 3)"),
        ("", "none_such", "cannot be loaded (ModuleNotFoundError"),
        ("x = 1", "broken_igz:x", "is not a module; name the module that registers the rules"),
        (RULE.format(id="IGZ777"), "broken_igz", "rule id 'IGZ777'; 2 to 10 capital letters, not beginning with IGZ"),
        (RULE.format(id="acme1"), "broken_igz", "rule id 'acme1'; 2 to 10 capital letters"),
        (RULE.format(id="IGZ101"), "broken_igz", "rule IGZ101 is registered twice"),
    ],
)
def test_a_broken_rule_plug_in_is_named_whenever_rules_are_asked_for(
    code: str, entry: str, says: str, tmp_path: Path
) -> None:
    site = made(tmp_path, code, {"rules": entry})
    attempts = """if True:
        import json
        from igz_runtime import check
        from igz_runtime.errors import ConfigurationError
        from igz_runtime.rules import rules
        said = []
        for attempt in (rules, rules, lambda: check({"kind": "job", "metadata": {}, "spec": {}})):
            try:
                attempt()
            except ConfigurationError as error:
                said.append(str(error))
        print(json.dumps(said))
    """
    said = json.loads(run(attempts, site=site, cwd=tmp_path))

    assert len(said) == 3
    assert len(set(said)) == 1
    assert said[0].startswith(f"{NAMED}rules = ")
    assert says in said[0]


@pytest.mark.parametrize(
    ("code", "arguments", "says"),
    [
        ("x = 1", {}, "is not a factory; name a function that returns a profile"),
        ("def x(): return 7", {}, "returned int, and a Profile is required"),
        ("def x(): raise KeyError('team')", {}, "failed (KeyError: 'team')"),
        ("def x(): pass", {"team": 1}, "x: got an unexpected keyword argument 'team'"),
        ("def x(*, team): pass", {}, "x: missing a required argument: 'team'"),
    ],
)
def test_a_broken_profile_plug_in_is_named(code: str, arguments: dict[str, Any], says: str, tmp_path: Path) -> None:
    site = made(tmp_path, code, {"profiles": "broken_igz:x"})
    attempt = f"""if True:
        from igz_runtime import IgzRuntimeError, profiles
        try:
            profiles.named("x", **{arguments!r})
        except IgzRuntimeError as error:
            print(error)
    """

    said = run(attempt, site=site, cwd=tmp_path)

    assert says in said
    assert said.startswith(("x: ", f"{NAMED}profiles = broken_igz:x): "))


def test_one_with_the_name_of_a_built_in_profile_is_refused(tmp_path: Path) -> None:
    site = made(tmp_path, "def x(): pass", {"profiles": "broken_igz:x\nproduction_job = broken_igz:x"})
    attempt = """if True:
        from igz_runtime import IgzRuntimeError, profiles
        try:
            profiles.named("production_job")
        except IgzRuntimeError as error:
            print(error)
    """

    assert "'production_job' of broken 2.0" in run(attempt, site=site, cwd=tmp_path)
