"""Whether a call writes a checkpoint, or reads one back, by the tables in `names`."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from igz_runtime.code.evidence.modules import Function
from igz_runtime.code.evidence.names import (
    BOTH_KEYWORDS,
    READING_CALLS,
    READING_KEYWORDS,
    SAVING_UNLESS_TOLD,
    WRITING_CALLS,
    WRITING_IN_LOOPS,
    fits,
)
from igz_runtime.code.evidence.reach import Reached
from igz_runtime.code.evidence.training import short
from igz_runtime.code.evidence.values import Bound

_OFF: Final = (None, False, 0, "")
_REPEATED: Final = re.compile(
    r"(on|after|before)_\w*(epoch|step|batch|iteration|evaluate)\w*|\w*(training_step|epoch_end)"
)
Way = Literal["writes", "repeats", "reads"]


class Use(NamedTuple):
    """What a call does with checkpoints, and a word for it.

    Attributes:
        way: it writes one; it reads one; or it saves a model repeatedly, which counts where training goes in steps.
        what: what is called.
    """

    way: Way
    what: str


def uses(call: Reached) -> list[Use]:
    """What a call does with checkpoints."""
    found: list[Use] = []
    for name in sorted(_names(call)):
        if fits(WRITING_CALLS, name) or _has_them_saved(name, call.node):
            found.append(Use("writes", short(f"?{name}", call.node)))
        elif _repeated(name, call):
            found.append(Use("repeats", short(f"?{name}", call.node)))
        if fits(READING_CALLS, name):
            found.append(Use("reads", short(f"?{name}", call.node)))
    given = {each.arg or "": each.value for each in call.node.keywords}
    on = {name for name, value in given.items() if not (isinstance(value, ast.Constant) and value.value in _OFF)}
    options = {each.value for each in call.node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    found += [Use("reads", f"{name}=") for name in sorted(on & READING_KEYWORDS)]
    for name in sorted((on | options) & BOTH_KEYWORDS):
        found += [Use("writes", name), Use("reads", name)]
    return found


@lru_cache(maxsize=4096)
def _names(call: Reached) -> set[str]:
    """What is called, functions of the file by their own names."""
    functions = (each.function if isinstance(each, Bound) else each for each in call.callee)
    return {
        *(each.removeprefix("?") for each in call.callee if isinstance(each, str)),
        *(each.node.name for each in functions if isinstance(each, Function)),
    }


def _repeated(name: str, call: Reached) -> bool:
    """Whether something is saved again and again: in a loop, or in what a framework calls at each step or epoch."""
    if not fits(WRITING_IN_LOOPS, name):
        return False
    function = getattr(call.scope, "function", None)
    hooked = function is not None and fits(_REPEATED, function.node.name)
    return call.looped or hooked


def _has_them_saved(name: str, node: ast.Call) -> bool:
    given: dict[str, Any] = {
        str(each.arg): each.value.value for each in node.keywords if isinstance(each.value, ast.Constant)
    }
    return any(
        fits(pattern, name) and given.get(argument, argument) not in off
        for pattern, argument, off in SAVING_UNLESS_TOLD
    )
