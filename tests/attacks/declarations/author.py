"""What an author of files writes who wants an unsafe function to look safe, and what the command line says of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from igz_runtime.functions.annotations import ANNOTATION, ANNOTATION_PREFIX

TEAM: Final = "team"
"""The folder of which the author writes everything."""

_RECORD: Final = {"format": 1, "profile": "spot_stateless", "parameters": {}, "waivers": {}, "wrote": {}, "was": {}}


def forged(workload: Mapping[str, Any], waivers: Mapping[str, Any] | None = None) -> str:
    """The record of a profile that nobody applied."""
    promised = {"lifecycle": "any", "workload": workload}
    return json.dumps({**_RECORD, "promised": promised, "waivers": waivers or {}})


_WAIVER: Final = {"IGZ101": {"reason": "nobody minds"}}
FORGED: Final = {
    "{record}": {ANNOTATION: forged({"stateful": False})},
    "{restartable}": {ANNOTATION: forged({"restartable": True})},
    "{empty}": {ANNOTATION: forged({})},
    "{waived}": {ANNOTATION: forged({}, _WAIVER)},
    "{both}": {ANNOTATION: forged({}, _WAIVER), f"{ANNOTATION_PREFIX}IGZ101": "."},
}
"""The annotations that stand for a word in braces, in YAML's flow style."""


def trainer(metadata: Iterable[str] = (), above: Iterable[str] = (), kind: str = "job") -> str:
    """A training function that can land on spot nodes, with lines of metadata, and comments above it."""
    lines = [*above, f"kind: {kind}", "metadata:", "  name: trainer", *(f"  {line}" for line in metadata)]
    text = "\n".join(lines) + _UNSAFE[kind == "spark"]
    for name, marks in FORGED.items():
        text = text.replace(name, json.dumps(marks))
    return text


_UNSAFE: Final = (
    """
spec:
  default_handler: train
  image: mlrun/mlrun
  node_selector: {app.iguazio.com/lifecycle: preemptible}
  preemption_mode: allow
""",
    """
spec:
  executor_node_selector: {app.iguazio.com/lifecycle: preemptible}
  executor_preemption_mode: allow
""",
)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder; of one that is said to hold nothing at all, none."""
    for name, text in files.items():
        if text or name.startswith(f"{TEAM}/igz-runtime"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")


def platform_file(given: str) -> str:
    """What the platform's configuration is called, by how it is given."""
    return "platform.yaml" if given in ("option", "variable") else "igz-runtime.yaml"


def asked(given: str, folder: Path, command: str, within: str = TEAM) -> tuple[list[str], dict[str, str], Path]:
    """The arguments, variables and working directory of a command.

    Args:
        given: how the platform gives its configuration.
        folder: the folder above the author's.
        command: the command.
        within: the folder that is looked at.
    """
    here, platform = given == "here", str(folder / platform_file(given))
    arguments = [command, within if here else ".", *(["--config", platform] if given == "option" else [])]
    variables = {"IGZ_RUNTIME_CONFIG": platform} if given == "variable" else {}
    return arguments, variables, folder if here else folder / within
