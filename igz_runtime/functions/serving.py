"""Serving graphs whose steps run in child functions: each child is a function of its own, deployed with its parent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from igz_runtime.functions.mlrun_object import MlrunObject
from igz_runtime.functions.model import CHILD, Function
from igz_runtime.functions.recognition import kind_of_object
from igz_runtime.k8s.pod import PodSettings


class ServingGraph:
    """A serving function together with its child functions, whose roles are called `child NAME`.

    Args:
        fn: the serving function.
    """

    def __init__(self, fn: Any) -> None:
        self._fn = fn
        self._parent = MlrunObject(fn, kind_of_object(fn))

    def _children(self) -> Iterator[tuple[str, Any]]:
        for name in self._fn.spec.function_refs.keys():  # noqa: SIM118  (MLRun's ObjectList iterates over values)
            yield name, self._fn.spec.function_refs[name].function_object

    def read(self) -> Function:
        """The parent's settings and those of every child that can be reached."""
        parent = self._parent.read()
        roles, unreachable = list(parent.roles), list(parent.unreachable)
        for name, child in self._children():
            if child is None:
                unreachable.append(lost_child(name))
            else:
                roles += [role.but(role=f"{CHILD}{name}") for role in _child(child).read().roles]
        return parent.but(roles=tuple(roles), unreachable=tuple(unreachable))

    def roles(self) -> tuple[PodSettings, ...]:
        """What each role asks for."""
        return self.read().roles

    def snapshot(self) -> Any:
        """What `restore` needs."""
        children = [(child, _child(child).snapshot()) for _, child in self._children() if child is not None]
        return self._parent.snapshot(), children

    def restore(self, snapshot: Any) -> None:
        """Put parent and children back as they were at the snapshot."""
        parent, children = snapshot
        self._parent.restore(parent)
        for child, state in children:
            _child(child).restore(state)

    def write(self, before: Function, after: Function) -> None:
        """Write what differs to the parent and to each child; the record and our other marks stand on the parent."""
        self._parent.write(_only(before, before.roles[0]), _only(after, after.roles[0]))
        for name, child in self._children():
            if child is not None:
                old, new = before.role(f"{CHILD}{name}"), after.role(f"{CHILD}{name}")
                _child(child).write(_only(before, old), _only(before, new))


def lost_child(name: object) -> str:
    """What is said of a child function that a document, or a function read from one, does not hold."""
    return f"child function {name!r}: MLRun keeps only its name and image after a round trip"


def _child(fn: Any) -> MlrunObject:
    return MlrunObject(fn, kind_of_object(fn))


def _only(function: Function, role: PodSettings) -> Function:
    return function.but(roles=(role,))
