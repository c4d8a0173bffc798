"""What text may not do where it arrives, by the parser of each format: it stays the text that somebody wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.parsers import expat

import jsonschema
import yaml

ROOT: Final = Path(__file__).parents[3]
_STYLE: Final = re.compile(r"\x1b\[[0-9;]*m")
_COMMAND: Final = re.compile(r"^\s*::[\w-]+( [^\n]*)?::|##\w*\[", re.MULTILINE)
"""GitHub takes a command after blanks, and one of an older form anywhere in a line; Azure and TeamCity theirs."""


class Output(NamedTuple):
    """What a program wrote.

    Attributes:
        text: the text.
        payload: what was injected.
        findings: how many findings the text is of, where that is known.
    """

    text: str
    payload: str
    findings: int = -1


def steers_nothing(output: Output) -> None:
    """No character that steers or hides, no line of the attacker's own, and no command to a build server."""
    steering = {c for c in output.text if not c.isprintable()} - {"\n"}
    assert not steering, f"steering characters: {sorted(map(ascii, steering))}"
    assert not (found := _COMMAND.search(output.text)), f"a command: {output.text[found.start() :][:200]!a}"
    _begins_no_line(output)


def _begins_no_line(output: Output) -> None:
    for line in filter(None, map(str.strip, re.split(r"[\n\r]", output.payload)[1:])):
        assert not re.search(rf"^\s*{re.escape(line)}", output.text, re.MULTILINE), f"a line of its own: {line!a}"


def styled(output: Output) -> None:
    """As `steers_nothing`, beside our own colours."""
    steers_nothing(output._replace(text=_STYLE.sub("", output.text)))


def difference(output: Output) -> None:
    """As `steers_nothing`; a tab stays, or nothing could be patched with it."""
    steers_nothing(output._replace(text=output.text.replace("\t", " "), payload=output.payload.replace("\t", " ")))


def readable_json(output: Output) -> Any:
    """JSON."""
    steers_nothing(output)
    return json.loads(output.text, parse_constant=_no_constant)


def as_json(output: Output) -> Any:
    """JSON in ASCII."""
    assert output.text.isascii()
    return readable_json(output)


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@cache
def _validator(path: str, *, old: bool = False) -> Any:
    schema = json.loads((ROOT / path).read_text())
    return (jsonschema.Draft4Validator if old else jsonschema.Draft202012Validator)(schema)


def report_of_lint(output: Output) -> None:
    """JSON by lint's schema."""
    _validator("igz_runtime/report/lint/report.schema.json").validate(as_json(output))


def report_of_audit(output: Output) -> None:
    """JSON by the audit's schema."""
    _validator("igz_runtime/report/audit/audit.schema.json").validate(as_json(output))


def sarif(output: Output) -> None:
    """SARIF by its schema; no message has a link, a placeholder or Markdown, and no URI leads elsewhere."""
    log = as_json(output)
    _validator("tests/data/sarif-schema-2.1.0.json", old=True).validate(log)
    (run,) = log["runs"]
    notified = run["invocations"][0]
    messages = [*run["results"]]
    for name in ("toolExecutionNotifications", "toolConfigurationNotifications"):
        messages += notified[name]
    for each in messages:
        text = each["message"]["text"]
        assert each["message"].keys() == {"text"}
        assert not re.search(r"(?<!\\)\[([^][\\]|\\.)*\]\(", text), f"a link: {text!a}"
        assert not re.search(r"\{\d+\}", text), f"a placeholder: {text!a}"
        steers_nothing(Output(text.replace("\n", " "), output.payload))
        for place in each.get("locations", ()):
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"(file:///)?([\w.~/-]|%[0-9A-F]{2})+", uri, re.ASCII), uri


def github(output: Output) -> None:
    """As many commands as findings, each of a severity, with the properties that we write."""
    lines = output.text.split("\n")
    commands = [line for line in lines if re.match(r"\s*::", line)]
    assert output.findings in (-1, len(commands))
    for line in commands:
        taken = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert taken, ascii(line)
        keys = [each.partition("=")[0] for each in taken[2].split(",")]
        assert keys in ([*place, "title"] for place in (["file"], ["file", "line"], ["file", "line", "col"])), ascii(
            line
        )
        for value in (each.partition("=")[2] for each in taken[2].split(",")):
            _decoded(value, output)
        _decoded(taken[3], output)
    steers_nothing(output._replace(text="\n".join(line for line in lines if not line.startswith("::"))))


def _decoded(value: str, output: Output) -> None:
    """A value as the runner decodes it; `%0A` is our own."""
    for line in value.split("%0A"):
        for code, character in (("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%25", "%")):
            line = line.replace(code, character)  # noqa: PLW2901
        steers_nothing(Output(f"- {line}", output.payload))


def junit(output: Output) -> None:
    """XML by expat, with a case for each finding beside our own, and elements and attributes that we write."""
    elements: list[tuple[str, ...]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: elements.append((name, *attributes))
    parser.Parse(output.text.encode(), True)  # noqa: FBT003  (it has no keyword)
    steers_nothing(output)
    suite = ("testsuite", "name", "tests", "failures", "errors", "skipped", "time")
    case = ("testcase", "classname", "name", "file")
    known = {
        ("testsuites", "name"), suite, (*case, "time"), (*case, "line", "time"), (*case[:3], "time"),
        ("failure", "message", "type"), ("skipped", "message"), ("system-out",),
    }  # fmt: skip
    assert set(elements) <= known, set(elements) - known
    cases = [each for each in elements if each[0] == "testcase"]
    assert output.findings in (-1, len(cases) - 1)


_OUR_ATTRIBUTES: Final = re.compile(
    r"class|id|href|scope|open|lang|charset|name|content|http-equiv|colspan|aria-[a-z]+|role|title|type|checked|for|tabindex"
    r"|viewbox|width|height|x|y|x1|y1|x2|y2|d|rx|focusable|preserveaspectratio"
)
_OUR_ELEMENTS: Final = re.compile(
    r"html|head|body|meta|title|style|main|header|nav|h[1-6]|p|div|section|article|table|caption|thead|tbody|tr|t[dh]|a|span|strong"
    r"|ul|ol|li|dl|dt|dd|details|summary|br|pre|code|b|em|blockquote|figure|figcaption|small|label|input|fieldset|legend|svg|rect|line|path|g|text|footer"
)


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert _OUR_ELEMENTS.fullmatch(tag), f"an element {tag}"
        for name, value in attrs:
            assert _OUR_ATTRIBUTES.fullmatch(name), f"an attribute {name} of {tag}"
            if name == "href":
                assert re.fullmatch(r"#[\w-]+", value or ""), f"a link to {value}"
        if tag not in {"br", "input", "meta"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment {data!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction {data!r}")

    unknown_decl = handle_pi


def html(output: Output) -> None:
    """Elements and attributes that we write, all closed, whose links stay on the page."""
    assert _Page(output.text).open == []
    steers_nothing(output)


_SERIES: Final = re.compile(
    r'(igz_runtime_audit_\w+)(\{\w+="(?:[^"\\\n]|\\[\\"n])*"(?:,\w+="(?:[^"\\\n]|\\[\\"n])*")*\})? [-+.e\d]+'
)


def prometheus(output: Output) -> None:
    """Prometheus' text format: every metric with its help and its type, and every series once."""
    steers_nothing(output)
    described: set[str] = set()
    series: set[str] = set()
    assert output.text.endswith("\n")
    for line in output.text[:-1].split("\n"):
        if taken := re.fullmatch(r"# HELP (igz_runtime_audit_\w+) [^\\]+", line):
            assert taken[1] not in described
            described.add(taken[1])
        elif not re.fullmatch(r"# TYPE igz_runtime_audit_\w+ (gauge|counter)", line):
            sample = _SERIES.fullmatch(line)
            assert sample, ascii(line)
            assert sample[1] in described
            key = line.rpartition(" ")[0]
            assert key not in series
            series.add(key)


def named(output: Output) -> None:
    """As Python names a value: on one line, in its own quotes."""
    assert output.text.isprintable(), ascii(output.text)
    assert not output.text.startswith("::")


def configuration(output: Output) -> None:
    """YAML with the one section that is not commented out, and what a built-in profile takes in each entry."""
    steers_nothing(output)
    held = yaml.safe_load(output.text)
    assert held.keys() == {"functions"}
    for entry in held["functions"].values():
        assert entry.keys() <= {"profile", "cpu", "memory", "workload", "priority", "sizes", "replicas", "gpus"}, entry


def manifests(output: Output) -> None:
    """YAML with the manifests of policies that we write, each of its kind; nothing where the cluster is refused."""
    steers_nothing(output)
    kinds = [each["kind"] for each in yaml.load_all(output.text, _LOADER)]
    policies = ["ValidatingAdmissionPolicy"] * 2 + ["ValidatingAdmissionPolicyBinding"] * 2
    assert kinds in ([], policies, ["CustomResourceDefinition", *policies, "ClusterFacts"])


_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


LAWS: Final[Mapping[str, Callable[[Output], Any]]] = {
    "text": steers_nothing,
    "terminal": styled,
    "difference": difference,
    "repr": named,
    "json": report_of_lint,
    "audit": report_of_audit,
    "data": as_json,
    "baseline": readable_json,
    "configuration": configuration,
    "manifests": manifests,
    "sarif": sarif,
    "github": github,
    "junit": junit,
    "html": html,
    "prometheus": prometheus,
}
