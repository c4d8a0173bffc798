"""A report as JUnit's XML: a suite for each file, and a failed test for each finding that makes the run fail.

Servers count what is skipped and do not fail for it: so are findings below `--fail-on`, waived ones, and those of the
baseline. They keep a test's history by its class and name, in which a line number would end it at every edit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from igz_runtime.lint.results import Located, Report
from igz_runtime.report.lint import content
from igz_runtime.report.lint.content import FailOn
from igz_runtime.report.markup import Markup, escaped, tag
from igz_runtime.report.severity import accepted, severity_of
from igz_runtime.rules.findings import SEVERITIES, Severity

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_BREAK = Markup("\n")


def rendered(report: Report, *, fail_on: FailOn = "error") -> str:
    """The report as XML. See `igz_runtime.report.lint.render`."""
    cases = _Cases(_failing(fail_on))
    suites = [_suite(file, list(map(cases.of, found))) for file, found in content.by_file(report.findings).items()]
    return f"{_DECLARATION}{tag('testsuites', *suites, _rest(report), _BREAK, name=f'igz-runtime {report.command}')}\n"


@dataclass(slots=True)
class _Cases:
    """Test cases, each with a name of its own: of two that are named alike, a server shows one."""

    failing: Sequence[Severity]
    named: Counter[tuple[str, str]] = field(default_factory=Counter)

    def of(self, one: Located) -> Markup:
        class_name = _class_name(one.file)
        name = " ".join(filter(None, (content.title(one.finding), content.who(one.finding))))
        self.named[class_name, name] += 1
        number = self.named[class_name, name]
        return tag(
            "testcase",
            self._verdict(one),
            classname=class_name,
            name=f"{name} ({number})" if number > 1 else name,
            file=one.file,
            line=str(one.position.in_file) if one.position else "",
            time="0",
        )

    def _verdict(self, one: Located) -> Markup:
        if one.stands and one.finding.severity in self.failing:
            text = Markup("\n").join(map(escaped, _lines(one)))
            return tag("failure", Markup(text), message=one.finding.message, type=severity_of(one))
        return tag("skipped", message=f"{accepted(one) or severity_of(one)}: {one.finding.message}")


def _failing(fail_on: FailOn) -> tuple[Severity, ...]:
    if fail_on == "never":
        return ()
    return SEVERITIES[: SEVERITIES.index(fail_on) + 1]


def _lines(one: Located) -> Iterator[str]:
    yield f"{content.place(one)}: {severity_of(one)} {content.title(one.finding)}"
    yield content.sentence(one.finding)
    yield f"why: {one.finding.why}"
    yield f"fix: {one.finding.fix}"


def _class_name(file: str) -> str:
    """The file without its ending: a server takes what follows the last dot for a class, the rest for its package."""
    path, _, ending = file.rpartition(".")
    return file if not path or path.endswith("/") or "/" in ending else path


def _suite(name: str, cases: Sequence[Markup]) -> Markup:
    counts = {
        "tests": len(cases),
        "failures": sum("<failure" in case for case in cases),
        "errors": 0,
        "skipped": sum("<skipped" in case for case in cases),
    }
    attributes = {key: str(count) for key, count in counts.items()}
    lines = (part for case in cases for part in (_BREAK, case))
    return Markup(_BREAK + tag("testsuite", *lines, _BREAK, name=name, **attributes, time="0"))


def _rest(report: Report) -> Markup:
    """One test that passes: a server takes a report without any test for a broken one."""
    failed = (f"{content.place(note)} {note.text}" for note in content.defects(report))
    declared = (f"declared: {content.place(one)} {content.declared(one)}" for one in report.declared)
    unchecked = (f"not checked: {line}" for line in (*failed, *content.skipped(report)))
    said = (content.summary(report), *declared, *unchecked)
    output = tag("system-out", Markup(_BREAK.join(map(escaped, said))))
    return _suite("igz-runtime", [tag("testcase", output, classname="igz-runtime", name=report.command, time="0")])
