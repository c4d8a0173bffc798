"""Projects among what is linted: which functions belong to them, and whether anything gives them their profiles."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from igz_runtime.cluster.project import PARAMETER
from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.documents.functions import read_documents
from igz_runtime.lint.results import Located, Member, Stated, WrittenProject
from igz_runtime.lint.settings import Settings
from igz_runtime.lint.walk import File
from igz_runtime.messages import counted, did_you_mean, shown
from igz_runtime.rules.declarations import of_project
from igz_runtime.rules.document import document_finding
from igz_runtime.rules.findings import PROJECT, Finding, Severity
from igz_runtime.rules.terms import Site
from igz_runtime.rules.waivers import waived
from igz_runtime.text.bounded import content_of
from igz_runtime.text.limits import Unreadable
from igz_runtime.text.place import Path, Position
from igz_runtime.text.tree import decoded
from igz_runtime.text.within import upwards

FILE: Final = "project.yaml"
"""The file of a project, as MLRun looks for it."""
SETUP: Final = "project_setup.py"
"""The file beside it whose `setup` MLRun calls when it loads the project."""
_FIX: Final = "call igz_runtime.projects.setup(project) in project_setup.py, or have each workflow begin with it"


@dataclass(frozen=True, slots=True)
class Project:
    """A project's file, as it was read.

    Attributes:
        file: the file, as reports call it.
        written: what it says.
        members: what a function gets from it, by the file that holds the function, from the root.
    """

    file: str
    written: WrittenProject
    members: Mapping[str, Member] = field(default_factory=dict)

    @property
    def names(self) -> Iterator[str]:
        """The names of its functions, those that are fetched and those that run no pod too."""
        return (str(entry.get("name")) for _, entry in self.written.entries if entry.get("name"))

    @property
    def workflows(self) -> Iterator[str]:
        """The files of its workflows that are there."""
        named = (beside(self.file, str(workflow.get("path"))) for _, workflow in self.written.workflows)
        return (file for file in dict.fromkeys(named) if os.path.isfile(file))

    @property
    def missing_code(self) -> Iterator[tuple[str, Position]]:
        """The files of code that it names and that are not beside it, each with its place."""
        for number, entry in self.written.entries:
            url = str(entry.get("url"))
            local = url.endswith((".py", ".ipynb")) and "://" not in url and "spec" not in entry
            if local and not os.path.isfile(beside(self.file, url)):
                yield url, self.written.at(("spec", "functions", number, "url"))

    @property
    def setup(self) -> str:
        """The file of its setup, whether it is there or not."""
        return beside(self.file, SETUP)


def beside(file: str, other: str) -> str:
    """A file that another names, as reports call it."""
    return os.path.normpath(os.path.join(os.path.dirname(file), other)).replace(os.sep, "/")


def project_in(file: str) -> Project | None:
    """The project that a file holds; None where it holds none that can be read."""
    try:
        return required_project(file)
    except ConfigurationError:
        return None


def required_project(file: str) -> Project:
    """The project that a file holds.

    Raises:
        ConfigurationError: it cannot be read, or holds no project, or several; says where.
    """
    try:
        content = read_documents(decoded(content_of(file)), named=True)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None
    except Unreadable as error:
        raise ConfigurationError(error.remark.in_file(file)) from None
    for broken in content.broken:
        raise ConfigurationError(f"{file}:{broken.position}: {broken.text}")
    if not content.projects:
        raise ConfigurationError(f"{file}: is not a project of MLRun: `kind: project` is required")
    if len(content.projects) > 1:
        place = content.projects[1].at(())
        raise ConfigurationError(f"{file}:{place}: a second project; one is required")
    (written,) = content.projects
    members = {os.path.abspath(beside(file, each.file)): each.member for each in content.files}
    return Project(file, written, {**members, os.path.abspath(beside(file, SETUP)): written.member()})


class Projects:
    """The projects of a run, each read once.

    Args:
        whole: the project that is judged as a whole, whatever its file is called; None: there is none.
    """

    def __init__(self, whole: Project | None = None) -> None:
        self._whole = whole
        self._found = {} if whole is None else {os.path.abspath(whole.file): whole}
        self._members = {} if whole is None else dict(whole.members)
        self._looked: set[str] = set()

    def joined(self, files: Iterable[File]) -> list[File]:
        """Files, each with what its functions get from the project that names it: among them, or above the file."""
        listed = list(files)
        for file in listed:
            if os.path.basename(file.name) == FILE:
                self._read(os.path.abspath(file.name))
        return [self._joined(file) for file in listed]

    def among(self, files: Container[str]) -> Iterator[Project]:
        """The projects whose own file is one of these, by the names that reports call them by."""
        for path, project in self._found.items():
            name = next((each for each in (path, os.path.relpath(path).replace(os.sep, "/")) if each in files), "")
            if name:
                yield replace(project, file=name)

    def _joined(self, file: File) -> File:
        if self._whole is None:
            self._look_above(os.path.dirname(file.name))
        if file.member is not None or not self._members:
            return file
        return file._replace(member=self._members.get(os.path.abspath(file.name)))

    def _look_above(self, folder: str) -> None:
        """Read the project of a folder, or of one above it up to the root of its repository."""
        if folder in self._looked:
            return
        self._looked.add(folder)
        for above in upwards(os.path.abspath(folder)):
            named = os.path.join(above, FILE)
            if os.path.isfile(named):
                self._read(named)
                break
            if os.path.exists(os.path.join(above, ".git")):
                break

    def _read(self, path: str) -> None:
        project = None if path in self._found else project_in(path)
        if project is not None:
            self._found[path] = project
            self._members.update(project.members)


def findings_on(project: Project, settings: Settings) -> Iterator[Located]:
    """What keeps a project's functions from getting the profiles that are assigned to them.

    Args:
        project: the project.
        settings: the configuration.
    """
    if settings.assigns:
        for path, finding in _findings(project, settings):
            if settings.chosen.judges(finding.rule):
                yield Located(_told(finding, project, settings), project.file, project.written.at(path))


def declared_by(project: Project, settings: Settings) -> Iterator[Stated]:
    """Which environment a project calls its own, where that counts: rules differ by it."""
    named = project.written.environment
    if named and named in settings.environments and not settings.environment:
        place = project.written.at(("spec", "params", PARAMETER))
        yield Stated(of_project(project.written.name, named), project.file, place)


def _told(finding: Finding, project: Project, settings: Settings) -> Finding:
    """A finding on a project as the configuration has it, with the waivers that it grants."""
    site = Site(project.written.name, project.file, project.written.name)
    return waived(settings.chosen.told(finding), settings.terms.granted(finding.rule, site), settings.terms, site)


def _findings(project: Project, settings: Settings) -> Iterator[tuple[Path, Finding]]:
    from igz_runtime.lint.set_up import By, begins_with_setup, calls_setup

    written, known = project.written, settings.environments
    if written.environment and not settings.environment and written.environment not in known:
        text = f"there is no environment {shown(written.environment)}{did_you_mean(written.environment, known)}"
        yield ("spec", "params", "environment"), document_finding("IGZ905", text, fix=_ENVIRONMENT, **_about(written))
    by = By(settings.source, os.path.dirname(project.file))
    by_setup = calls_setup(_text(project.setup), by)
    begun = [
        begins_with_setup(_code_of(workflow, project), by, str(workflow.get("handler") or ""))
        for _, workflow in written.workflows
    ]
    if not by_setup and not (begun and all(begun)):
        yield (), _unprofiled(_nothing_applies(project, any(begun)), _FIX, written)
        return
    for (number, workflow), itself in zip(written.workflows, begun, strict=True):
        if not itself and not workflow.get("run_setup") and _has_a_runner(workflow):
            text = _left_out(str(workflow.get("name")))
            yield ("spec", "workflows", number), _unprofiled(text, _RUN_SETUP, written)


_ENVIRONMENT: Final = (
    "correct the parameter, or name the environment in igz-runtime.yaml: setting the project up raises"
)


_RUN_SETUP: Final = "write `run_setup: true` beside it, or have its function begin with igz_runtime.projects.setup"


def _left_out(workflow: str) -> str:
    return (
        f"workflow {shown(workflow)}: the runner of MLRun 1.12 does not run {SETUP}, and the workflow does not call "
        "igz_runtime.projects.setup: where it runs remotely, or by schedule, its functions have no profile"
    )


def _nothing_applies(project: Project, some: bool) -> str:  # noqa: FBT001  (of this module)
    from igz_runtime.lint.set_up import calls_setup

    there, otherwise = os.path.isfile(project.setup), calls_setup(_text(project.setup))
    calls = "calls it with another configuration" if otherwise else "does not call it"
    why = f"{SETUP} {calls}" if there else f"there is no {SETUP}"
    also = ", and not every workflow does" if some else ""
    return f"profiles are assigned, and nothing calls igz_runtime.projects.setup(project): {why}{also}"


def _unprofiled(text: str, fix: str, project: WrittenProject, severity: Severity = "warning") -> Finding:
    return replace(document_finding("IGZ908", text, fix=fix, **_about(project)), severity=severity)


def _about(project: WrittenProject) -> dict[str, Any]:
    return {"function": project.name, "kind": PROJECT}


def _has_a_runner(workflow: Mapping[str, Any]) -> bool:
    """Whether a workflow may run in a pod of its own, which loads the project anew."""
    return str(workflow.get("engine")) != "local" or bool(workflow.get("schedule"))


def _code_of(workflow: Mapping[str, Any], project: Project) -> str:
    code = workflow.get("code")
    return code if isinstance(code, str) and code else _text(beside(project.file, str(workflow.get("path"))))


def _text(file: str) -> str:
    try:
        return decoded(content_of(file))
    except (OSError, Unreadable, ValueError):
        return ""


def unmatched(settings: Settings, names: Iterable[str]) -> Iterator[Located]:
    """IGZ910 on each name and pattern that something is assigned to, where all functions are known.

    Args:
        settings: the configuration.
        names: the names of all functions.
    """
    from igz_runtime.rules.assignment import Pattern
    from igz_runtime.rules.engine import About, findings_of, verdicts

    functions = tuple(sorted(names))
    for pattern, position in settings.patterns:
        for finding in findings_of(About("", ""), (verdicts(Pattern(pattern, functions)),)):
            if settings.chosen.judges(finding.rule):
                yield Located(settings.chosen.told(finding), settings.source, position or Position())


def undecided(file: str, count: int, *, nameless: bool) -> str:
    """Why it is not known whether assignments match a function.

    Args:
        file: the configuration.
        count: how many of its assignments match none that is known.
        nameless: whether code makes a function whose name is not known; else another project may have the functions.
    """
    from igz_runtime.rules.assignment import for_others

    if nameless:
        return f"IGZ910 on {counted(count, 'assignment')}: code makes functions whose names are not known"
    return f"IGZ910: {for_others(file, count)}"
