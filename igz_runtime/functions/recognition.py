"""Of which kind a document or an object is, by the table of kinds; and what is said of a kind that it does not have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from igz_runtime.errors import UnsupportedFunction
from igz_runtime.functions.kinds import JUPYTER, KINDS, by_written_name, spec_fields, with_pods

NUCLIO: Final = "nuclio"
"""What a function of Nuclio's own is called here."""

SPAWNER: Final = "KubeSpawner"
"""What JupyterHub's configuration of its servers' pods is called."""
JUPYTER_MARKS: Final = ("kind", "kubespawner_override", "singleuser", "profileList", "app_services", "jupyter", SPAWNER)
"""Words of which every document of a Jupyter service holds one."""


def is_function(document: Mapping[str, Any]) -> bool:
    """Whether a mapping looks like a function of MLRun or Nuclio, of a kind that is known."""
    kind, version = document.get("kind"), str(document.get("apiVersion") or "")
    if _says_nuclio(document):
        return True
    if isinstance(kind, str) and not version:
        return kind in by_written_name()
    spec = document.get("spec")
    return kind is None and isinstance(spec, Mapping) and {"handler", "runtime"} <= spec.keys()


def kind_of(document: Mapping[str, Any]) -> str:
    """The kind of a function document by its name here; as it is written where it is not known."""
    kind = document.get("kind")
    if _says_nuclio(document) or (kind is None and is_function(document)):
        return NUCLIO
    return named(kind) if isinstance(kind, str) else ""


def named(written: str) -> str:
    """The name here of a kind that a document or code calls otherwise; as it is written where it is not known."""
    known = by_written_name().get(written)
    return known.name if known else written


def kind_of_object(fn: Any) -> str:
    """The kind of an MLRun object.

    Its class says more than its `kind`: `new_function(runtime=job, kind="serving")` is a serving function called "job".
    """
    return _by_class_name().get(type(fn).__name__) or fn.kind or "handler"


@lru_cache(maxsize=1)
def _by_class_name() -> Mapping[str, str]:
    return {each.class_name: each.name for each in KINDS.values() if each.class_name}


def placed_by_mlrun(kind: str) -> bool:
    """Whether a kind is known, and is one of MLRun's that runs pods."""
    known = KINDS.get(kind)
    return known is not None and known.platform.startswith("mlrun") and bool(known.roles)


def runs_here(kind: str) -> bool:
    """Whether a kind is known to run in the process that calls it, so that there is nothing to place."""
    return kind in KINDS and not KINDS[kind].roles


def unknown_kind(document: Mapping[str, Any]) -> str:
    """The kind of a mapping that is built like a function of MLRun, where it is one that is not known here; else empty.

    An artifact of MLRun has `kind`, `metadata` and `spec` as well: only a function's spec says where pods run, what
    they get, or what they run.
    """
    kind, spec = document.get("kind"), document.get("spec")
    if not isinstance(kind, str) or document.get("apiVersion") or not isinstance(spec, Mapping):
        return ""
    of_function = any(name in spec for name in (*spec_fields(), *_OF_FUNCTIONS))
    return kind if of_function and kind not in (*by_written_name(), *_NO_FUNCTIONS) else ""


_OF_FUNCTIONS: Final = ("default_handler", "function_handler", "image", "build")
_NO_FUNCTIONS: Final = ("project",)


def not_checked(kind: str) -> str:
    """What is said of a function in a file whose kind is not known here."""
    return f"kind {kind!r} is not known to this igz-runtime: the function was not checked"


def unsupported_kind(kind: str, name: object) -> UnsupportedFunction:
    """The error for a kind that no profile can place."""
    which = f"function {name!r}" if name else "the function"
    if kind == JUPYTER:
        return UnsupportedFunction(
            f"{which} is a Jupyter service, which check judges and no profile is applied to: "
            "igz_runtime.jupyter.service(profile, name=…).merge_into(…) makes its specification anew"
        )
    if runs_here(kind):
        return UnsupportedFunction(
            f"{which} is of kind {kind!r}, which runs in this process and not in a pod: there is nothing to place. "
            "Use kind='job' to run it on the cluster"
        )
    return UnsupportedFunction(
        f"{which} is of kind {kind!r}, which this igz-runtime does not know, so it was not checked; "
        f"known kinds: {', '.join(sorted(with_pods()))}"
    )


def _says_nuclio(document: Mapping[str, Any]) -> bool:
    version = str(document.get("apiVersion") or "")
    return document.get("kind") in KINDS[NUCLIO].written or version.startswith("nuclio.io/")
