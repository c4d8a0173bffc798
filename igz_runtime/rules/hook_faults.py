"""Why a startup hook is not run, ends half-way, or keeps Jupyter waiting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from igz_runtime.cluster.jupyter_image import HOME, HOOK, looks_like_a_hook
from igz_runtime.code.shell.installs import apt_packages, asks, conda_change
from igz_runtime.code.shell.programs import CONDA, ENDLESS_LOOP, SOURCING, Program
from igz_runtime.messages import counted
from igz_runtime.rules.authoring import Found
from igz_runtime.rules.in_jupyter import HookFile


def faults(hook: HookFile) -> Iterator[Found]:
    """What is wrong with a hook; the field of each is its line and column."""
    yield from _elsewhere(hook.path)
    if hook.fault:
        line, said = hook.fault
        yield Found(f"is not a script for Bash: {said}", "correct the line", field=(line, 1))
    if "\r\n" in hook.text:
        message = "its lines end with CR LF, and Bash takes the CR for a part of each command"
        yield Found(message, "save it with the line ends of Linux: sed -i 's/\\r$//' FILE", field=(1, 1))
    conda = False
    for program in hook.programs:
        conda = conda or _brings_conda(program)
        message = _fails(program, conda=conda) or _never_ends(program)
        if message:
            yield Found(message, field=(program.line, program.column))
    if not hook.limited:
        yield from _without_limit(hook.programs)


def _elsewhere(path: str) -> Iterator[Found]:
    """A file that is meant as the hook, and that the platform does not look at."""
    folder, _, name = path.rpartition("/")
    if name == _NAME_OF_HOOK:
        elsewhere = folder in (HOME, _OF_IMAGE)
    else:
        elsewhere = folder.rpartition("/")[2] == _FOLDER or looks_like_a_hook(name)
    if elsewhere:
        yield Found(f"its path is {path!r}, and the platform runs {HOOK}", f"move it to {HOOK}", field=(1, 1))


_FOLDER, _NAME_OF_HOOK = HOOK.split("/")[-2:]
_OF_IMAGE: Final = "/igz"
"""Where the image has a hook of its own, which a restart puts back."""


def _fails(program: Program, *, conda: bool) -> str:
    """Why a program fails, or keeps others from being run; empty where it does neither.

    Args:
        program: the program.
        conda: whether the shell has conda's function.
    """
    words = program.arguments
    if program.name == "set" and _ends_at_failures(words):
        return f"`set {' '.join(words)}` ends it at the first failure, and what follows is left out unseen"
    if program.name in CONDA and words[:1] == ("activate",) and not conda:
        return f"`{program.name} activate` fails: no shell function of conda is there; `source activate NAME` works"
    if apt_packages(program) and asks(program):
        return f"`{program.name} install` asks whether to go on, and nobody answers; add -y"
    return ""


def _ends_at_failures(words: Sequence[str]) -> bool:
    return any(re.fullmatch(r"-[a-df-z]*e[a-z]*", word) for word in words) or ("-o", "errexit") in pairwise(words)


def _brings_conda(program: Program) -> bool:
    """Whether a program defines conda's function in the shell: `. …/conda.sh`, `. …/activate`, `eval "$(conda …)"`."""
    sourced = program.name in SOURCING and program.arguments[:1]
    return bool(sourced and sourced[0].endswith(("conda.sh", "activate"))) or "shell." in program.name


def _never_ends(program: Program) -> str:
    """Why a program keeps Jupyter waiting; empty where it ends by itself, or nobody waits for it."""
    if not program.waits or program.limited:
        return ""
    words = program.arguments
    called = (program.name, *words)
    if any(called[: len(endless)] == endless for endless in _ENDLESS):
        return f"`{' '.join(called[:3])}` does not end, and Jupyter is not started before the hook has ended; add &"
    if program.name == "sleep" and any(map(_LONG.fullmatch, words)):
        return f"`sleep {' '.join(words)}` keeps Jupyter waiting"
    return ""


_ENDLESS: Final = (
    ("jupyter", "lab"),
    ("jupyter", "notebook"),
    ("jupyter", "server"),
    ("jupyter-lab",),
    ("jupyter-notebook",),
    ("jupyterhub-singleuser",),
    ("code-server",),
    ("dask-scheduler",),
    ("dask", "scheduler"),
    ("inotifywait", "-m"),
    ("mlflow", "server"),
    ("mlflow", "ui"),
    ("python", "-m", "http.server"),
    ("python3", "-m", "http.server"),
    ("sleep", "infinity"),
    ("tail", "-f"),
    ("tail", "-F"),
    ("tensorboard",),
    ("watch",),
    (ENDLESS_LOOP,),
)
"""Programs that end when they are told to, with the arguments that make them so."""

_LONG: Final = re.compile(r"\d{3,}s?|[1-9]\d*[mhd]")


def _without_limit(programs: Sequence[Program]) -> Iterator[Found]:
    """The first of the programs that wait for a network, and that nothing ends where it hangs."""
    waiting = [each for each in programs if each.waits and not each.limited and _asks_network(each)]
    if waiting:
        first = waiting[0]
        more = len(waiting) - 1
        others = f", nor {'have' if more > 1 else 'has'} {counted(more, 'other')}" if more else ""
        yield Found(
            f"`{' '.join((first.name, *first.arguments[:1]))}` has no time limit{others}: while the network hangs, "
            "Jupyter is not started",
            f"write `timeout 600 {first.name} …`, or have the hook written: igz-runtime jupyter hook",
            "info",
            (first.line, first.column),
        )


def _asks_network(program: Program) -> bool:
    words = program.arguments
    if program.name in ("pip", "pip3"):
        return "install" in words
    if program.name in ("python", "python3"):
        return words[:3] == ("-m", "pip", "install")
    if program.name == "curl":
        return not {"-m", "--max-time"} & set(words)
    return bool(apt_packages(program) or conda_change(program) or (program.name, *words[:1]) in _NETWORK)


_NETWORK: Final = (("git", "clone"), ("git", "pull"), ("apt-get", "update"), ("apt", "update"), ("npm", "install"))
