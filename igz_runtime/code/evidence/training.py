"""Whether a call trains a model, by the tables in `names`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Final

from igz_runtime.code.evidence.modules import said
from igz_runtime.code.evidence.names import (
    COMMANDS,
    FRAMEWORKS,
    TRAINING_CALLS,
    TRAINING_KEYWORDS,
    TRAINING_METHODS,
    TRAINING_NAMES,
    fits,
    is_known,
    is_made_of_parts,
    launched,
    named_like_a_model,
    optimises,
    prepares,
)
from igz_runtime.code.evidence.reach import Reached
from igz_runtime.code.evidence.values import Resolver

_LONGEST: Final = 100
_DEEP: Final = frozenset(
    {"torch", "tensorflow", "keras", "paddle", "mxnet", "chainer", "deepspeed", "accelerate", "lightning"}
)


def trains(call: Reached, resolver: Resolver, packages: frozenset[str]) -> str:
    """What a call trains with, in a word such as `XGBClassifier.fit`; empty where it does not train.

    Args:
        call: the call.
        resolver: resolves its arguments.
        packages: the packages that the code imports.
    """
    for value in sorted(each for each in call.callee if isinstance(each, str)):
        name = value.removeprefix("?")
        if COMMANDS.fullmatch(name):
            found = launched(_command(call.node))
            if found:
                return found
        elif (
            fits(TRAINING_CALLS, name)
            or ("." in value and _method_trains(value, call, resolver, packages))
            or _is_called_training(value)
        ):
            return short(value, call.node)
    return ""


def goes_in_steps(trained: Iterable[str], packages: frozenset[str]) -> bool:
    """Whether training goes in steps, after each of which a model can be saved: else a loop makes several models.

    Args:
        trained: what trains.
        packages: the packages that the code imports.
    """
    names = {each.rpartition(".")[2] for each in trained}
    return not names or not packages.isdisjoint(_DEEP) or bool(names & {"partial_fit", "learn_one", "learn_many"})


def _is_called_training(value: str) -> bool:
    """Whether a function of a module that was not read says by its name that it trains."""
    owner, _, name = value.rpartition(".")
    of_a_module = owner.rpartition(".")[2][:1].islower() and "()" not in owner
    if not of_a_module or value.startswith("?") or is_known(value):
        return False
    return bool(TRAINING_NAMES.fullmatch(name)) and not re.search(r"split|transform", name)


def _method_trains(value: str, call: Reached, resolver: Resolver, packages: frozenset[str]) -> bool:
    owner, _, method = value.rpartition(".")
    node = call.node
    given = bool(node.args or node.keywords)
    if method in ("step", "minimize"):
        # A scaler is given the optimiser that it steps.
        return optimises(owner) or any(_optimise(each, call, resolver) for each in node.args)
    if method == "backward":
        return not packages.isdisjoint(_DEEP)
    called = f"?{said(node.func).rpartition('.')[0]}"
    if prepares(owner) or (prepares(called) and (owner.startswith("?") or is_made_of_parts(owner))):
        return False
    if method in TRAINING_METHODS:
        return True
    if method == "fit":
        return _fit_trains(owner, called, packages, given=given)
    if method == "fit_predict":
        return not owner.startswith("?")
    if method == "learn":
        return any(each.arg == "total_timesteps" for each in node.keywords)
    return method == "train" and _train_trains(owner, node, packages)


def _fit_trains(owner: str, called: str, packages: frozenset[str], *, given: bool) -> bool:
    """Whether `fit` trains: it does where it is given data, and with libraries whose models already have it."""
    if not owner.startswith("?"):
        return owner.endswith("()") and (given or owner.startswith(("statsmodels.", "ray.", "keras_tuner.")))
    modelled = named_like_a_model(owner) or named_like_a_model(called)
    return modelled if not given else modelled or not packages.isdisjoint(FRAMEWORKS)


def _train_trains(owner: str, node: ast.Call, packages: frozenset[str]) -> bool:
    """Whether `train` trains, or switches a model's mode: that takes a flag alone."""
    if "trainer" in owner.rpartition(".")[2].lower():
        return True
    keywords = {each.arg for each in node.keywords}
    if packages.isdisjoint(FRAMEWORKS):
        return False
    return bool(keywords & TRAINING_KEYWORDS) or len(node.args) > 1 or (None in keywords and named_like_a_model(owner))


def _optimise(node: ast.expr, call: Reached, resolver: Resolver) -> bool:
    return any(isinstance(each, str) and optimises(each) for each in resolver.values(node, call.scope))


def _command(node: ast.Call) -> str:
    """The words of a command, as far as they stand in the code."""
    return " ".join(_texts([*node.args, *(each.value for each in node.keywords)]))


def _texts(nodes: Iterable[ast.expr]) -> Iterable[str]:
    for node in nodes:
        for each in ast.walk(node):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value


def short(value: str, node: ast.Call) -> str:
    """What is called, in a word: a class or module and its function, else as the code has it."""
    *_, owner, name = ("", *value.removeprefix("?").split("."))
    made_by_a_function = owner.endswith("()") and owner[:1].islower()
    as_written = value.startswith("?") or made_by_a_function or name in ("step", "backward")
    return ".".join((said(node.func) if as_written else value).replace("()", "").split(".")[-2:])[-_LONGEST:]
