"""The command line as people and CI call it: arguments, exit codes, and what is said when something is wrong."""

from __future__ import annotations

import io
import json
import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from igz_runtime import __version__
from igz_runtime.cli import main
from igz_runtime.lint.run import Run
from igz_runtime.lint.settings import Settings
from igz_runtime.lint.walk import files_under

HOOKS = Path(__file__).parents[3] / ".pre-commit-hooks.yaml"
CLEAN = """\
kind: job
metadata: {name: etl}
spec:
  resources:
    requests: {cpu: 1, memory: 1Gi}
    limits: {cpu: 1, memory: 1Gi}
"""
UNSAFE = """\
kind: job
metadata: {name: trainer}
spec:
  preemption_mode: allow  # cheap
  resources:
    requests: {cpu: 1, memory: 1gi}
    limits: {cpu: 1, memory: 1Gi}
"""
ADVISED = "kind: job\nmetadata: {name: etl}\nspec: {image: mlrun/mlrun}\n"


pytestmark = pytest.mark.usefixtures("nearest_configuration")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "clean.yaml").write_text(CLEAN)
    (tmp_path / "unsafe.yaml").write_text(UNSAFE)
    (tmp_path / "advised.yaml").write_text(ADVISED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Said:
    """What a call printed, and its exit code."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = main(arguments)
        self.out, self.err = capsys.readouterr()
        assert "Traceback" not in self.out + self.err


def rules_in(report: str) -> list[str]:
    return [finding["rule"] for finding in json.loads(report)["findings"]]


class TestExitCodes:
    def test_clean(self, capsys: pytest.CaptureFixture[str]) -> None:
        said = Said(capsys, "lint", "clean.yaml")

        assert said.code == 0
        assert "no findings in 1 file" in said.out

    def test_findings(self, capsys: pytest.CaptureFixture[str]) -> None:
        said = Said(capsys, "lint")

        assert said.code == 1
        assert "IGZ101 error" in said.out
        assert "unsafe.yaml" in said.out

    @pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 0), ("info", 1), ("never", 0)])
    def test_the_least_severity_that_fails(self, capsys: pytest.CaptureFixture[str], fail_on: str, code: int) -> None:
        assert Said(capsys, "lint", "advised.yaml", "--fail-on", fail_on).code == code

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("lint", "nothing.yaml"), "nothing.yaml: there is no such file or folder"),
            (("lint", "--no-such-option"), "--no-such-option"),
            (("lnt", "."), "did you mean 'lint'"),
            (("lint", "--format", "xml"), "'xml' is not one of"),
            (("lint", "--config", "other.yaml"), "other.yaml: there is no such file"),
            (("lint", "--cluster", "cluster.json"), "cluster.json"),
            (("lint", "--baseline", "baseline.json"), "baseline.json"),
            (("lint", "-", "--fix"), "standard input"),
            (("lint", "--format", "json", "--format", "sarif"), "would both go to standard output"),
            (("lint", "--format", "json", "--output", "sarif=-"), "json and sarif would both go to standard output"),
            (("lint", "--output", "a.json", "--output", "html=a.json"), "json and html would both go to this file"),
            (("lint", "--output", "report.abc"), "which format? write --output FORMAT=report.abc, and for FORMAT text"),
            (("lint", "--format", "json", "--output", "report"), "which format? write --output FORMAT=report,"),
            (("lint", "--output", "jnit=report.xml"), "there is no format 'jnit'; did you mean 'junit'?"),
            (("lint", "--output", "no/such/folder.json"), "no/such/folder.json: cannot be written"),
            (("lint", "--select", "IGZ999"), "IGZ999"),
            (("explain", "IGZ1O1"), "did you mean 'IGZ1"),
        ],
    )
    def test_usage(self, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str) -> None:
        said = Said(capsys, *arguments)

        assert said.code == 2
        assert says in said.err
        assert said.out == ""

    def test_configuration(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        (folder / "igz-runtime.yaml").write_text("rules:\n  selct: [IGZ1]\n")

        said = Said(capsys, "lint")

        assert said.code == 2
        assert "igz-runtime.yaml:2:3" in said.err
        assert "did you mean 'select'?" in said.err

    def test_nothing_could_be_read(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        (folder / "empty").mkdir()
        (folder / "broken.yaml").write_text("kind: job\nspec: [\n")

        assert Said(capsys, "lint", "empty").code == 3
        assert Said(capsys, "lint", "broken.yaml").code == 3
        assert Said(capsys, "lint", "broken.yaml", "clean.yaml").code == 1


class TestOutputs:
    def test_an_argument_begins_no_line_of_what_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        said = Said(capsys, "lint", "--output", "a\n::error::b\x1b[2J")

        assert said.code == 2
        assert "Error: --output a\\n\\x3a:error::b\\x1b[2J: which format?" in said.err

    def test_several_formats_at_once(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        said = Said(capsys, "lint", "--output", "a.sarif", "--output", "junit=b.out", "--format", "json")

        assert "IGZ101" in rules_in(said.out)
        assert json.loads((folder / "a.sarif").read_text())["version"] == "2.1.0"
        assert (folder / "b.out").read_text().startswith("<?xml")

    @pytest.mark.parametrize(
        "order", [("--format", "json", "-o", "report.txt"), ("-o", "report.txt", "--format", "json")]
    )
    def test_a_format_is_for_standard_output_and_a_file_has_its_own(
        self, capsys: pytest.CaptureFixture[str], folder: Path, order: tuple[str, ...]
    ) -> None:
        said = Said(capsys, "lint", *order)

        assert "IGZ101" in rules_in(said.out)
        assert "IGZ101 error" in (folder / "report.txt").read_text()

    def test_the_same_format_on_standard_output_and_in_a_file(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        said = Said(capsys, "lint", "--format", "json", "--output", "a.json", "--output", "json=b.txt")

        assert said.out == (folder / "a.json").read_text() == (folder / "b.txt").read_text()

    def test_with_files_alone_standard_output_stays_empty(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        assert Said(capsys, "lint", "--output", "A.JSON").out == ""
        assert "IGZ101" in rules_in((folder / "A.JSON").read_text())
        assert "IGZ101" in rules_in(Said(capsys, "lint", "--output", "json=-").out)

    @pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit", "html"])
    def test_every_format_names_the_place(self, capsys: pytest.CaptureFixture[str], form: str) -> None:
        said = Said(capsys, "lint", "--format", form)

        assert "unsafe.yaml" in said.out
        assert "IGZ101" in said.out

    def test_colour_only_where_asked_for(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "\x1b[" not in Said(capsys, "lint").out
        assert "\x1b[" in Said(capsys, "lint", "--color").out

    @pytest.mark.parametrize(("wish", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)])
    def test_a_terminal_has_colours_unless_somebody_wishes_none(
        self, folder: Path, wish: dict[str, str], *, colored: bool
    ) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | wish
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "igz_runtime", "lint", "unsafe.yaml"]
        with subprocess.Popen(command, cwd=folder, env=environment, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            said = b""
            while True:
                try:
                    more = os.read(ours, 65536)
                except OSError:  # Linux says so where nobody writes to the terminal any more
                    break
                if not more:
                    break
                said += more
        os.close(ours)

        assert process.returncode == 1
        assert b"IGZ101" in said
        assert (b"\x1b[" in said) is colored


class TestInput:
    def test_standard_input(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(UNSAFE.encode())))

        said = Said(capsys, "lint", "-", "--format", "json")

        assert said.code == 1
        assert json.loads(said.out)["findings"][0]["file"] == "<stdin>"

    def test_standard_input_by_a_name(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code = b"import mlrun\nfn = mlrun.new_function('trainer', kind='job')\nfn.with_preemption_mode('allow')\n"
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(code)))

        said = Said(capsys, "lint", "-", "--stdin-filename", "factory.py", "--format", "json")

        lines = {finding["rule"]: finding["line"] for finding in json.loads(said.out)["findings"]}
        assert lines["IGZ101"] == 3

    def test_a_project_names_further_files(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        (folder / "project.yaml").write_text(
            "kind: project\nmetadata: {name: p}\nspec:\n  functions:\n"
            "  - {name: a, url: unsafe.yaml}\n  - {name: b, url: gone.yaml}\n"
        )

        said = Said(capsys, "lint", "project.yaml", "--format", "json")

        report = json.loads(said.out)
        assert {finding["file"] for finding in report["findings"]} == {"unsafe.yaml"}
        assert [(note["line"], note["text"]) for note in report["notes"]] == [
            (6, "gone.yaml: there is no such file beside the project")
        ]

    @pytest.mark.parametrize("name", ["function.yaml", "function.json", "factory.py"])
    def test_a_function_in_another_encoding_does_not_look_clean(
        self, capsys: pytest.CaptureFixture[str], folder: Path, name: str
    ) -> None:
        (folder / "old").mkdir()
        (folder / "old" / "notes.yaml").write_bytes("a: \xfc\n".encode("latin-1"))
        (folder / "old" / name).write_bytes('"kind": "job"  # mlrun, gr\xfcn\n'.encode("latin-1"))

        found = json.loads(Said(capsys, "lint", "old", "--format", "json").out)["findings"]

        assert [(each["rule"], each["file"], each["line"]) for each in found] == [("IGZ901", f"old/{name}", 1)]

    def test_select_and_ignore(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert set(rules_in(Said(capsys, "lint", "--select", "IGZ1", "--format", "json").out)) <= {"IGZ101", "IGZ103"}
        assert "IGZ101" not in rules_in(Said(capsys, "lint", "--ignore", "IGZ101", "--format", "json").out)


class TestProcesses:
    def test_many_files_give_the_same_report_as_few(self, folder: Path) -> None:
        for number in range(200):
            (folder / f"{number:03}.yaml").write_text(UNSAFE.replace("trainer", f"trainer-{number}"))
        reports = []
        for jobs in (1, 2):
            run = Run(Settings(), jobs)
            run.files(files_under(["."]))
            reports.append(run.report())

        assert reports[0] == reports[1]
        assert reports[0].functions == 203


class TestFixing:
    def test_the_difference_is_shown_first(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        said = Said(capsys, "lint", "--diff")

        assert said.code == 1
        assert "-    requests: {cpu: 1, memory: 1gi}\n+    requests: {cpu: 1, memory: 1Gi}\n" in said.out
        assert (folder / "unsafe.yaml").read_text() == UNSAFE

    def test_it_is_made_and_the_rest_is_reported(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        said = Said(capsys, "lint", "--fix", "--format", "json")

        assert (folder / "unsafe.yaml").read_text() == UNSAFE.replace("1gi", "1Gi")
        assert "IGZ205" not in rules_in(said.out)
        assert "IGZ101" in rules_in(said.out)
        assert Said(capsys, "lint", "--diff").code == 0


class TestBaseline:
    def test_only_new_findings_fail(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        assert Said(capsys, "lint", "--write-baseline", "known.json").code == 0
        assert Said(capsys, "lint", "--baseline", "known.json").code == 0

        (folder / "unsafe.yaml").write_text("# moved\n" + UNSAFE)
        assert Said(capsys, "lint", "--baseline", "known.json").code == 0

        (folder / "new.yaml").write_text(UNSAFE)
        said = Said(capsys, "lint", "--baseline", "known.json", "--format", "json")
        assert said.code == 1
        assert {f["file"] for f in json.loads(said.out)["findings"] if not f["known"]} == {"new.yaml"}


class TestWaivers:
    def test_beside_the_field(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        waived = UNSAFE.replace("# cheap", "# igz-runtime: waive IGZ101 checkpoints every epoch").replace("1gi", "1Gi")
        (folder / "unsafe.yaml").write_text(waived)

        assert Said(capsys, "lint").code == 0

    @pytest.mark.parametrize(
        ("comment", "says"),
        [
            ("waive IGZ101", "a waiver needs a reason"),
            ("waive IGZ1O1 because", "there is no rule"),
            ("waive IGZ205, IGZ202 because", "IGZ202 cannot be waived"),
            ("waive IGZ101 until 2020-01-01 because", "expired on 2020-01-01"),
            ("wave IGZ101 because", "not a directive of igz-runtime"),
        ],
    )
    def test_one_without_effect_is_found_itself(
        self, capsys: pytest.CaptureFixture[str], folder: Path, comment: str, says: str
    ) -> None:
        (folder / "unsafe.yaml").write_text(UNSAFE.replace("# cheap", f"# igz-runtime: {comment}"))

        said = Said(capsys, "lint", "unsafe.yaml", "--format", "json")

        found = [f for f in json.loads(said.out)["findings"] if f["rule"] == "IGZ904"]
        assert len(found) == 1
        assert says in found[0]["message"]
        assert (found[0]["line"], found[0]["column"]) == (4, 27)
        assert "IGZ101" in rules_in(said.out)


class TestOtherCommands:
    def test_version_and_help(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert Said(capsys, "--version").out == f"igz-runtime {__version__}\n"
        shown = Said(capsys, "--help").out
        assert all(command in shown for command in ("lint", "explain", "rules", "completion"))

    def test_explain(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert Said(capsys, "explain", "IGZ101").out.startswith("# IGZ101 stateful-on-spot")
        assert Said(capsys, "explain", "stateful-on-spot").out == Said(capsys, "explain", "igz101").out
        assert "refuses once it is enforced (`--enforce IGZ101`)" in Said(capsys, "explain", "igz101").out
        assert "Not asked at admission: it reads the function's code" in Said(capsys, "explain", "igz113").out

    def test_rules_with_their_severities_here(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        (folder / "igz-runtime.yaml").write_text("rules: {ignore: [IGZ204], severities: {IGZ206: info}}\n")

        listed = {rule["id"]: rule for rule in json.loads(Said(capsys, "rules", "--format", "json").out)}

        assert (listed["IGZ206"]["severity"], listed["IGZ204"]["on"]) == ("info", False)
        assert "IGZ204   off" in Said(capsys, "rules").out

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completion(self, capsys: pytest.CaptureFixture[str], shell: str) -> None:
        assert "_IGZ_RUNTIME_COMPLETE" in Said(capsys, "completion", shell).out

    @pytest.mark.parametrize("of", ["configuration", "report"])
    def test_schemas(self, capsys: pytest.CaptureFixture[str], of: str) -> None:
        jsonschema.Draft202012Validator.check_schema(json.loads(Said(capsys, "schema", of).out))

    def test_a_report_fits_its_schema(self, capsys: pytest.CaptureFixture[str]) -> None:
        schema = json.loads(Said(capsys, "schema", "report").out)

        jsonschema.Draft202012Validator(schema).validate(json.loads(Said(capsys, "lint", "--format", "json").out))

    def test_rules_are_completed(self) -> None:
        asked = {"_IGZ_RUNTIME_COMPLETE": "bash_complete", "COMP_WORDS": "igz-runtime explain IGZ10", "COMP_CWORD": "2"}

        told = subprocess.run(
            [sys.executable, "-m", "igz_runtime"], env=asked, capture_output=True, text=True, check=False
        ).stdout

        assert "plain,IGZ101" in told


class TestHook:
    def test_pre_commit_runs_what_is_defined(self, capsys: pytest.CaptureFixture[str]) -> None:
        (hook,) = YAML(typ="safe", pure=True).load(HOOKS)
        program, *arguments = shlex.split(hook["entry"])

        assert program == "igz-runtime"
        assert Said(capsys, *arguments, "clean.yaml").code == 0
        assert Said(capsys, *arguments, "clean.yaml", "unsafe.yaml").code == 1

    def test_files_that_are_no_functions_do_not_fail_it(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        (folder / "chart.yaml").write_text("a: {{ .Values.a }}\n")
        (folder / "broken.yaml").write_text("a: [\n")
        (folder / "igz-runtime.yaml").write_text("exclude: [unsafe.yaml]\n")

        assert Said(capsys, "lint", "--found", "chart.yaml", "broken.yaml", "unsafe.yaml").code == 0
        assert Said(capsys, "lint", "--found", "unsafe.yaml").code == 0


class TestStarting:
    def test_nothing_heavy_is_imported(self) -> None:
        code = (
            "import sys; from igz_runtime.cli import main; main(['lint', 'clean.yaml']); "
            "print({'mlrun', 'kubernetes', 'nuclio', 'pydantic', 'ruamel.yaml', 'rich'} & set(sys.modules))"
        )

        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

        assert told.splitlines()[-1] == "set()"

    def test_a_function_file_is_checked_without_what_only_other_files_and_options_need(self, folder: Path) -> None:
        """A hook starts the program for each file: what is in one of these would be half of the time that it takes."""
        unused = {
            *("pathlib", "shutil", "difflib", "json", "urllib", "ipaddress", "importlib.metadata", "pathspec"),
            *("igz_runtime.config.models", "igz_runtime.functions.record", "igz_runtime.lint.code"),
            *("igz_runtime.lint.fix.changes", "igz_runtime.planning.promise", "igz_runtime.profiles"),
            *("igz_runtime.audit", "igz_runtime.report.audit", "igz_runtime.report.audit_formats"),
            *("igz_runtime.cluster.stated", "igz_runtime.cluster.workloads", "igz_runtime.cluster.api"),
            *("igz_runtime.rules.audited", "igz_runtime.cluster.bounds", "igz_runtime.cluster.running"),
        }
        code = f"from igz_runtime.__main__ import main; import sys; main(); print({unused} & set(sys.modules))"
        asked = [sys.executable, "-c", code, "lint", "clean.yaml"]

        told = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=True).stdout

        assert told.splitlines()[-1] == "set()"

    def test_a_file_that_our_own_defect_meets_is_said_and_the_others_are_judged(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(text: str, **_: object) -> None:
            if "trainer" in text:
                raise RuntimeError("hunter2")

        monkeypatch.setattr("igz_runtime.lint.reading.read_documents", broken)

        said = Said(capsys, "lint", "unsafe.yaml", "--format", "json")

        assert said.code == 3
        (finding,) = json.loads(said.out)["findings"]
        assert finding["rule"] == "IGZ901"
        assert "igz-runtime itself failed (RuntimeError in" in finding["message"]
        assert "hunter2" not in said.out

    def test_a_defect_is_named_without_a_traceback(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise RuntimeError("hunter2")

        monkeypatch.setattr("igz_runtime.lint.run.Run.files", broken)

        said = Said(capsys, "lint")

        assert said.code == 2
        assert "this is a defect of igz-runtime, please report it: RuntimeError" in said.err
        assert "hunter2" not in said.err


class TestAround:
    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
    @pytest.mark.parametrize("arguments", ["lint unsafe.yaml", "rules", "explain IGZ101"])
    def test_an_output_that_takes_nothing(self, folder: Path, arguments: str) -> None:
        command = [sys.executable, "-m", "igz_runtime", *arguments.split()]
        with Path("/dev/full").open("w") as full:
            ran = subprocess.run(command, cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

        assert ran.returncode == 2
        assert ran.stderr == "igz-runtime: the output cannot be written: No space left on device\n"

    @pytest.mark.parametrize("arguments", [[], ["--no-config", "."]])
    def test_a_working_directory_that_is_gone(
        self, capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
    ) -> None:
        gone = folder / "gone"
        gone.mkdir()
        monkeypatch.chdir(gone)
        gone.rmdir()

        said = Said(capsys, "lint", *arguments)

        assert (said.code, said.err) == (2, "igz-runtime: the working directory does not exist any more\n")
