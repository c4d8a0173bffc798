"""Writing a function whole, or not at all; and several of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from igz_runtime.errors import WriteFailed
from igz_runtime.functions import Adapter
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import PodSettings


def write_whole(adapter: Adapter, before: Function, after: Function) -> None:
    """Write what differs, and read it again. Where anything fails or did not arrive, the function is as it was.

    Args:
        adapter: what writes the function.
        before: the function as it is.
        after: the function as it shall be.

    Raises:
        WriteFailed: MLRun or Nuclio did not take or keep what was written.
    """
    snapshot = adapter.snapshot()

    def write() -> None:
        adapter.write(before, after)
        arrived = adapter.roles()
        if arrived != after.roles:
            raise WriteFailed(_not_kept(after, arrived))

    _whole(write, lambda: adapter.restore(snapshot))


def write_all(changes: Iterable[tuple[Adapter, Callable[[], object]]]) -> None:
    """Change several functions. Where anything fails, all of them are as they were.

    Args:
        changes: what writes each function, and what changes it.
    """
    snapshots: list[tuple[Adapter, object]] = []

    def change_each() -> None:
        for adapter, change in changes:
            snapshots.append((adapter, adapter.snapshot()))
            change()

    def restore_each() -> None:
        for adapter, snapshot in reversed(snapshots):
            adapter.restore(snapshot)

    _whole(change_each, restore_each)


def _whole(write: Callable[[], None], restore: Callable[[], None]) -> None:
    """Write, and whatever comes in between, Ctrl-C included, restore: once more where that is interrupted itself."""
    try:
        try:
            write()
        except BaseException:
            restore()
            raise
    except BaseException:
        restore()
        raise


def _not_kept(wanted: Function, arrived: tuple[PodSettings, ...]) -> str:
    want, have = next((want, have) for want, have in zip(wanted.roles, arrived, strict=True) if want != have)
    field = next(name for name in PodSettings._fields if getattr(want, name) != getattr(have, name))
    return (
        f"{wanted.kind} {wanted.name!r} ({want.role}): {field} was not kept as written; the function is unchanged. "
        "This is a defect of igz_runtime, or a version of MLRun or Nuclio that it does not know"
    )
