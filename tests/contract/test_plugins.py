"""What another distribution's code may do to a check: be a finding or a sentence that names it, and nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.contract.distributions import FUNCTION, MODULE, SCRIPT, called, checkout_in, made, run

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("nearest_configuration")]

HEAD = """import sys
from igz_runtime.rules import Found, Skip, rule

class Own(BaseException):
    pass

class Unspeakable(Exception):
    def __str__(self):
        sys.exit(0)

def raised(error):
    raise error

def half_way(error):
    yield Found("the first half was fine")
    raise error

def register(rule_id, check):
    rule(rule_id, "a-b", "t", severity="info", source="s.", origin="o", fix="f")(check)
"""
FAULTS = {
    "sys.exit(0)": "SystemExit: 0",
    "raised(Own('gone'))": "Own: gone",
    "raised(GeneratorExit())": "GeneratorExit",
    "raised(Unspeakable())": "Unspeakable: its text cannot be read: SystemExit",
    "half_way(SystemExit(0))": "SystemExit: 0",
    "half_way(GeneratorExit())": "GeneratorExit",
    "None": "TypeError: 'NoneType' object is not iterable",
    "Found('m')": "TypeError: 'Found' object is not iterable",
    "[7]": "TypeError: it yields 7, and Found or Skip is required",
    "'text'": "TypeError: it yields 't', and Found or Skip is required",
    "[Found(7)]": "TypeError: Found.message is 7, and text is required",
    "[Found('')]": "TypeError: Found.message is '', and text is required",
    "[Found('m', fix=['f'])]": "TypeError: Found.fix is ['f'], and text is required",
    "[Found('m', fix=None)]": "TypeError: Found.fix is None, and text is required",
    "[Found('m', severity=7)]": "TypeError: Found.severity is 7, and one of error, warning, info is required",
    "[Found('m', field='cpu')]": "TypeError: Found.field is 'cpu', and a tuple of strings and numbers is required",
    "[Found('m', field=([],))]": "TypeError: Found.field is ([],), and a tuple of strings and numbers is required",
    "[Skip(None)]": "TypeError: Skip.because is None, and text is required",
}
OWNER = "plug-in 'x' of broken 2.0 (igz_runtime.rules = broken_igz)"


def rules_of(checks: Sequence[str]) -> str:
    """A module that registers a rule for each of these expressions, from ACME101 on."""
    registered = (f'register("ACME{n}", lambda subject: {check})\n' for n, check in enumerate(checks, 101))
    return HEAD + "".join(registered)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rules with every fault, and one that works."""
    code = rules_of([*FAULTS, "[Found('works', field=('nonsense', 7))]"])
    return made(tmp_path_factory.mktemp("site"), code, {"rules": "broken_igz"})


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with one function, against whose priority class a rule of our own stands."""
    return checkout_in(tmp_path)


def require_every_fault(found: dict[str, list[tuple[str, str, str]]]) -> None:
    for number, (check, says) in enumerate(FAULTS.items(), 101):
        *before, (severity, message, fix) = found[f"ACME{number}"]
        assert (severity, message) == ("error", f"the rule itself failed ({says})"), check
        assert fix == f"report this as a bug in {OWNER}"
        assert [message for _, message, _ in before] == ["the first half was fine"] * check.startswith("half_way")
    assert [message for _, message, _ in found[f"ACME{101 + len(FAULTS)}"]] == ["works"]
    assert [severity for severity, *_ in found["IGZ302"]] == ["error"]


@pytest.mark.parametrize("command", [SCRIPT, MODULE], ids=["script", "module"])
def test_lint_says_of_each_rule_that_fails_whose_it_is(command: Sequence[str], broken: Path, checkout: Path) -> None:
    told = called([*command, "lint", "--format", "json"], site=broken, cwd=checkout)

    assert told.returncode == 1, told.stderr
    found: dict[str, list[tuple[str, str, str]]] = {}
    for one in sorted(json.loads(told.stdout)["findings"], key=lambda one: one["severity"] == "error"):
        found.setdefault(one["rule"], []).append((one["severity"], one["message"], one["fix"]))
    require_every_fault(found)


def test_check_says_of_each_rule_that_fails_whose_it_is(broken: Path, checkout: Path) -> None:
    code = """if True:
        import json
        from igz_runtime import check
        found = {}
        for f in reversed(check("function.yaml")):
            found.setdefault(f.rule, []).append((f.severity, f.message, f.fix))
        print(json.dumps(found))
    """

    require_every_fault(json.loads(run(code, site=broken, cwd=checkout)))


def test_a_rule_that_exits_ends_no_process_of_many(tmp_path: Path, checkout: Path) -> None:
    made(tmp_path, rules_of(["sys.exit(0)"]), {"rules": "broken_igz"})
    for number in range(160):
        (checkout / f"{number}.yaml").write_text(FUNCTION)

    told = called([*SCRIPT, "lint", "-j", "2", "--format", "json"], site=tmp_path, cwd=checkout)

    assert told.returncode == 1, told.stderr
    assert sum(one["rule"] == "ACME101" for one in json.loads(told.stdout)["findings"]) == 161


def test_a_description_that_exits_takes_no_report_with_it(tmp_path: Path, checkout: Path) -> None:
    check = """
class Check:
    __doc__ = property(lambda self: sys.exit(0))
    def __call__(self, subject):
        yield Found("works")
register("ACME101", Check())
"""
    made(tmp_path, HEAD + check, {"rules": "broken_igz"})

    told = called([*SCRIPT, "lint", "--format", "sarif"], site=tmp_path, cwd=checkout)

    assert told.returncode == 1, told.stderr
    assert "Its description cannot be read (SystemExit: 0)." in told.stdout


def test_an_interruption_ends_the_run_and_does_not_read_as_clean(tmp_path: Path, checkout: Path) -> None:
    """A rule that raises it cannot be told from a user who presses Ctrl-C while a rule runs."""
    made(tmp_path, rules_of(["raised(KeyboardInterrupt())"]), {"rules": "broken_igz"})

    assert called([*SCRIPT, "lint"], site=tmp_path, cwd=checkout).returncode == 130


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise GeneratorExit", "cannot be loaded (GeneratorExit)"),
        (HEAD + "raise Own('gone')", "cannot be loaded (Own: gone)"),
        (HEAD + "raise Unspeakable", "cannot be loaded (Unspeakable: its text cannot be read: SystemExit)"),
        (HEAD + "register(7, print)", "rule 7: id is 7, and text is required"),
        (HEAD + "register('ACME101', None)", "rule ACME101: None cannot be called with a role"),
        (
            HEAD.replace('"info"', '"fatal"') + "register('ACME101', print)",
            "rule ACME101: severity is 'fatal', and one",
        ),
        (
            HEAD.replace('fix="f"', 'fix="f", cel="[]"') + "register('ACME101', print)",
            "rule ACME101: cel is '[]', and Cel of one or more Says, or NotAtAdmission, is required",
        ),
        (HEAD.replace('"t"', "None") + "register('ACME101', print)", "rule 'ACME101': title is None, and text is"),
    ],
)
def test_a_module_of_rules_that_cannot_be_used_stops_lint_with_its_name(
    code: str, says: str, tmp_path: Path, checkout: Path
) -> None:
    made(tmp_path, code, {"rules": "broken_igz"})

    told = called([*SCRIPT, "lint"], site=tmp_path, cwd=checkout)

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith(f"igz-runtime: {OWNER}: ")
    assert says in told.stderr


def test_a_rule_is_its_distributions_whoever_imported_its_module_first(tmp_path: Path, checkout: Path) -> None:
    made(tmp_path, rules_of(["sys.exit(0)"]), {"rules": "broken_igz"})
    made(tmp_path, "import broken_igz", {"rules": "another_igz"}, name="another")
    (tmp_path / "another-2.0.dist-info" / "entry_points.txt").write_text("[igz_runtime.rules]\na = another_igz\n")
    code = """if True:
        {first}
        from igz_runtime import check
        print(*(f.fix for f in check("function.yaml") if f.rule == "ACME101"))
    """

    for first in ("", "import broken_igz"):
        said = run(code.format(first=first), site=tmp_path, cwd=checkout).strip()
        assert said == f"report this as a bug in {OWNER}"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def x(): raise SystemExit(0)", "failed (SystemExit: 0)"),
        (HEAD + "def x(): raise Own('gone')", "failed (Own: gone)"),
        (HEAD + "def x(): raise Unspeakable", "failed (Unspeakable: its text cannot be read: SystemExit)"),
        (
            "class X:\n @property\n def __signature__(self): raise SystemExit(0)\n def __call__(self): 0\nx = X()",
            "failed",
        ),
    ],
)
def test_a_profile_that_exits_is_named(code: str, says: str, tmp_path: Path, checkout: Path) -> None:
    made(tmp_path, code, {"profiles": "broken_igz:x"})
    (checkout / "igz-runtime.yaml").write_text("profiles: {ours: {extends: x}}\n")

    told = called([*SCRIPT, "lint"], site=tmp_path, cwd=checkout)

    assert (told.returncode, told.stdout) == (2, "")
    assert f"plug-in 'x' of broken 2.0 (igz_runtime.profiles = broken_igz:x): {says}" in told.stderr


def test_a_profile_that_exits_for_some_arguments_is_a_finding_where_code_calls_it(
    tmp_path: Path, checkout: Path
) -> None:
    code = HEAD + "from igz_runtime import profiles\ndef x(cpu=1): return cpu > 9 and sys.exit(0) or PROFILE(cpu=cpu)"
    code = code.replace("PROFILE(cpu=cpu)", "profiles.production_job(cpu=cpu, memory='1Gi')")
    made(tmp_path, code, {"profiles": "broken_igz:x"})
    (checkout / "igz-runtime.yaml").write_text("profiles: {ours: {extends: x}}\n")
    (checkout / "functions.py").write_text(
        "import mlrun\nfrom team import ours\n"
        "fn = mlrun.new_function('a', kind='job', image='i')\nfn.apply(ours(cpu=99))\n"
    )

    told = called([*SCRIPT, "lint", "functions.py"], site=tmp_path, cwd=checkout)

    assert told.returncode == 1
    assert "plug-in 'x' of broken 2.0 (igz_runtime.profiles = broken_igz:x): failed (SystemExit: 0)" in told.stdout


MARKED = """
from pathlib import Path
Path(__file__).with_suffix(".imported").touch()
"""
LISTED = """if True:
    from igz_runtime.rules import rules
    print(*(rule_id for rule_id in rules() if not rule_id.startswith("IGZ")))
"""


@pytest.fixture
def hostile(checkout: Path) -> Path:
    """A checkout with a distribution in it, and modules that have the names of those that we use."""
    made(checkout, MARKED + rules_of(["()"]), {"rules": "broken_igz"})
    for name in ("yaml", "click", "rich", "ruamel", "pydantic"):
        (checkout / f"{name}.py").write_text(MARKED)
    return checkout


def imported(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.imported"))


@pytest.mark.parametrize("command", [SCRIPT, MODULE], ids=["script", "module"])
def test_lint_runs_nothing_that_lies_in_the_working_directory(command: Sequence[str], hostile: Path) -> None:
    told = called([*command, "lint", "function.yaml"], cwd=hostile)

    assert told.returncode == 1, told.stderr
    assert "IGZ302" in told.stdout
    assert imported(hostile) == []


@pytest.mark.parametrize("command", [SCRIPT, MODULE], ids=["script", "module"])
def test_an_empty_part_of_pythonpath_asks_for_no_plug_in_of_the_working_directory(
    command: Sequence[str], tmp_path: Path
) -> None:
    made(tmp_path, rules_of(["()"]), {"rules": "broken_igz"})

    told = called([*command, "rules"], cwd=tmp_path, path=":")

    assert told.returncode == 0, told.stderr
    assert "ACME101" not in told.stdout


@pytest.mark.parametrize("command", [SCRIPT, MODULE], ids=["script", "module"])
def test_a_working_directory_that_pythonpath_names_stays(command: Sequence[str], tmp_path: Path) -> None:
    made(tmp_path, rules_of(["()"]), {"rules": "broken_igz"})

    told = called([*command, "rules"], cwd=tmp_path, site=tmp_path)

    assert "ACME101" in told.stdout, told.stderr


def test_a_prompt_and_a_notebook_load_no_plug_in_of_the_working_directory(tmp_path: Path) -> None:
    made(tmp_path, rules_of(["()"]), {"rules": "broken_igz"})
    notebook = f"import sys; sys.path[:0] = ['', {str(tmp_path)!r}]\n{LISTED}"

    assert run(LISTED, cwd=tmp_path).split() == []
    assert run(notebook, cwd=tmp_path).split() == []


def test_metadata_in_the_working_directory_does_not_hide_what_is_installed(tmp_path: Path, checkout: Path) -> None:
    """As when one stands in the source folder of an editable package: setuptools leaves an egg-info there."""
    site = tmp_path / "site"
    site.mkdir()
    made(site, rules_of(["()"]), {"rules": "broken_igz"})
    (checkout / "broken.egg-info").mkdir()
    (checkout / "broken.egg-info" / "entry_points.txt").write_text("[igz_runtime.rules]\nx = none_such\n")

    assert run(LISTED, site=site, cwd=checkout).split() == ["ACME101"]


def test_what_lies_beside_the_script_that_is_run_is_installed_there(tmp_path: Path) -> None:
    """As `pip install --target` leaves it for a container."""
    made(tmp_path, rules_of(["()"]), {"rules": "broken_igz"})
    (tmp_path / "main.py").write_text(LISTED)

    told = called([sys.executable, "main.py"], cwd=tmp_path)

    assert told.stdout.split() == ["ACME101"], told.stderr


def test_a_package_whose_folder_a_pth_file_names_is_found_in_that_folder(tmp_path: Path, checkout: Path) -> None:
    """As `setup.py develop` installs: the metadata lies in the source folder, and one may stand in it."""
    made(checkout, rules_of(["()"]), {"rules": "broken_igz"})
    site = tmp_path / "site"
    site.mkdir()
    (site / "easy-install.pth").write_text(f"{checkout}\n")
    code = f"import site; site.addsitedir({str(site)!r})\n{LISTED}"

    assert run(code, cwd=checkout).split() == ["ACME101"]


@pytest.mark.parametrize(
    ("metadata", "entries", "says"),
    [
        ("", "[igz_runtime.rules]\nx = none_such\n", "of an unknown distribution (igz_runtime.rules = none_such)"),
        ("Name: b\nVersion: 1\n", "[igz_runtime.rules]\nnonsense\n", "the entry points of b 1 cannot be read ("),
    ],
)
def test_metadata_that_cannot_be_read_is_named(
    metadata: str, entries: str, says: str, tmp_path: Path, checkout: Path
) -> None:
    info = tmp_path / "broken-2.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text(entries)
    if metadata:
        (info / "METADATA").write_text(metadata)

    told = called([*SCRIPT, "lint"], site=tmp_path, cwd=checkout)

    assert (told.returncode, told.stdout) == (2, "")
    assert says in told.stderr
