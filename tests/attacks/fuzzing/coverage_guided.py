"""Texts that coverage leads to, held to laws: `coverage_guided.py TARGET [ARGUMENTS OF LIBFUZZER]`.

Only igz_runtime is instrumented. A law that does not hold ends the program, and the text is kept as libFuzzer does.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

PLANTED: Final = "hunter2-and-more"
CODE: Final = f"""
import mlrun
fn = mlrun.new_function("planted", kind="job", image="x")
fn.set_env("PASSWORD", "{PLANTED}")
fn.with_node_selection(node_selector={{"app.iguazio.com/lifecycle": "preemptible"}})
"""


def judged(name: str, content: bytes) -> str:
    """All that lint says of a file, which is the same each time."""
    from igz_runtime.lint.judging import lint_text
    from igz_runtime.report.lint import render

    report = lint_text(name, content)
    said = "".join(render(report, form, verbose=True) for form in ("json", "text", "github"))
    again = lint_text(name, content)
    assert said == "".join(render(again, form, verbose=True) for form in ("json", "text", "github")), "two verdicts"
    return said


def yaml_text(content: bytes) -> None:
    """A function file, as YAML or JSON; then each of its functions with an environment value; then fixed."""
    from igz_runtime.lint.documents.functions import read_documents
    from igz_runtime.lint.fix.fixes import diff, fixed
    from igz_runtime.lint.judging import judge_file
    from igz_runtime.lint.settings import Settings
    from igz_runtime.text.limits import Unreadable
    from igz_runtime.text.tree import decoded

    name = "function.json" if content[:1] in b"{[" else "function.yaml"
    judged(name, content)
    after = fixed(content, name, judge_file(name, content, Settings(), named=True).changes)
    if after != content:
        diff(content, after, name)
    with contextlib.suppress(Unreadable):
        for written in read_documents(decoded(content), of_json=name.endswith("json"), named=True).functions:
            planted = _planted(written.document)
            if planted is not None:
                assert PLANTED not in judged("function.json", planted), "an environment value is told"


def _planted(document: Any) -> bytes | None:
    """A function's document with a value that must not be told; None: it is none that JSON can hold."""
    spec = document.get("spec") if isinstance(document, dict) else None
    if not isinstance(spec, dict):
        return None
    try:
        text = json.dumps({**document, "spec": {**spec, "env": [{"name": "PASSWORD", "value": PLANTED}]}})
    except (TypeError, ValueError, RecursionError):
        return None
    return text.encode() if text.count(PLANTED) == 1 else None


def code(content: bytes) -> None:
    """Python, or a notebook, and the same with a function that has an environment value."""
    if content[:1] == b"{":
        judged("train.ipynb", content)
        return
    judged("train.py", content)
    if PLANTED.encode() not in content:
        assert PLANTED not in judged("train.py", content + CODE.encode()), "an environment value is told"


def cluster(content: bytes) -> None:
    """A saved cluster: it is refused in words, or is one that is saved and read again."""
    from igz_runtime import Cluster, check
    from igz_runtime.errors import IgzRuntimeError

    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        try:
            read = Cluster.load(file.name)
        except IgzRuntimeError:
            return
    assert Cluster.from_dict(read.to_dict()) == read, "what is saved is another cluster"
    verdicts = [str(check({"kind": "job", "metadata": {"name": "f"}, "spec": {"image": "x"}}, read)) for _ in range(2)]
    assert verdicts[0] == verdicts[1], "two verdicts"
    assert repr(read)


def waiver(content: bytes) -> None:
    """The text of a waiver: what is read is what is written, and an end that stands there counts."""
    from igz_runtime.errors import InvalidValue
    from igz_runtime.lint.comments import waivers_in
    from igz_runtime.waiver import Waiver

    text = content.decode(errors="replace")
    for waived in waivers_in(text)[0].values():
        assert Waiver.of(waived.to_text()) == waived
    try:
        found = Waiver.of(text)
    except InvalidValue:
        return
    assert Waiver.of(found.to_text()) == found, "what is written is read as another waiver"
    assert found.until is not None or not any(_ends(text)), "an end that nothing enforces"
    with contextlib.suppress(InvalidValue):
        assert Waiver.of(str(found)).until == found.until, "what is printed is read with another end"


def _ends(text: str) -> Iterator[date]:
    """Each day that a text states as an end."""
    for day in re.findall(r"(?<![0-9A-Za-z_])until[^0-9A-Za-z]{1,3}([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])", text):
        with contextlib.suppress(ValueError):
            yield date.fromisoformat(day)


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "yaml": yaml_text,
    "code": code,
    "cluster": cluster,
    "waiver": waiver,
}


def main() -> None:
    """Import what a target needs, instrumented, and let libFuzzer have it."""
    import atheris

    target, *arguments = sys.argv[1:]
    os.environ["IGZ_RUNTIME_TRACEBACK"] = "1"
    seeds = [path for folder in arguments if not folder.startswith("-") for path in sorted(Path(folder).iterdir())]
    with atheris.instrument_imports(include=["igz_runtime"]):
        for path in seeds:
            TARGETS[target](path.read_bytes())
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
