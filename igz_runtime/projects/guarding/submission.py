"""What a guard remembers of what it judged: names and findings, and nothing that a request carried."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from igz_runtime.projects.guarding.door import Call
    from igz_runtime.projects.guarding.verdict import Verdict
    from igz_runtime.rules.findings import Findings


class Submission(NamedTuple):
    """Something that a guard judged.

    Attributes:
        request: method and path, such as `POST submit_job`.
        what: `run`, `schedule`, `deployment`, `build`, `start` (of a Dask cluster), `pipeline`, `workflow`, or one of
            the ways of `blind`.
        project: the project; empty where the request does not say.
        name: the function's name, or the workflow's.
        kind: the function's kind; empty where it is none.
        profile: the function's profile; None where it has none.
        findings: what the rules found.
        note: what is said beside that, such as that it was not judged, and why.
    """

    request: str
    what: str
    project: str
    name: str
    kind: str
    profile: str | None
    findings: Findings
    note: str = ""

    @classmethod
    def of(cls, call: Call, verdict: Verdict) -> Submission:
        """A request, and the verdict on it."""
        asked = verdict.asked
        return cls(
            f"{call.method} {call.path}",
            *(asked.what, asked.project, asked.name),
            *(verdict.kind, verdict.profile, verdict.findings),
            "; ".join(filter(None, (verdict.note, verdict.unjudged))),
        )

    def __str__(self) -> str:
        from igz_runtime.messages import counted, printable

        of = f"{self.what} {self.kind} {self.name!r}" if self.kind else f"{self.what} {self.name!r}"
        profile = self.profile or ("no profile" if self.kind else "")
        found = ", ".join(dict.fromkeys(each.rule for each in self.findings))
        said = (profile, f"{counted(len(self.findings), 'finding')} ({found})" if found else "", self.note)
        return printable(f"{of}: {'; '.join(filter(None, said))}")
