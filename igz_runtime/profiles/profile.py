"""Profile: a named, frozen promise about the pods that a function becomes, and what one does with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from os import PathLike
from typing import Any, TypeVar

from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import InvalidValue
from igz_runtime.planning.changing import changing
from igz_runtime.planning.grounds import Grounds, grounds_for
from igz_runtime.planning.make_plan import make_plan
from igz_runtime.planning.plan import Plan
from igz_runtime.planning.promise import Promise
from igz_runtime.profiles.configuration import whole_file

F = TypeVar("F")


class Profile(Promise):
    """A promise that can be planned and applied. Made by the factories in `profiles`.

    A profile is callable, so that MLRun's own `fn.apply(profile)` takes it.
    """

    def plan(self, fn: Any, cluster: Cluster | None = None, *, config: str | PathLike[str] | None = None) -> Plan:
        """What this profile would do to a function; changes nothing.

        Args:
            fn: an MLRun function, a nuclio ConfigSpec, a function as a mapping, or a path to a function's file.
            cluster: the cluster that the promise is proved on; else the profile's own, else the current one.
            config: a configuration, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml
                above the working directory.

        Raises:
            ConfigurationError: the configuration cannot be read; names each place.
            UnsupportedFunction: no function, or a kind that the profile is not for.
            MissingResources: nobody said how much CPU or memory.
        """
        return self.plan_by(fn, grounds_for(fn, cluster or self.cluster, whole_file(config)))

    def plan_by(self, fn: Any, grounds: Grounds) -> Plan:
        """The same, by what a caller has made up already; see `plan`."""
        if self._misnamed:
            raise InvalidValue(self._misnamed)
        return make_plan(self, fn, grounds)

    def apply(self, fn: F, cluster: Cluster | None = None, *, config: str | PathLike[str] | None = None) -> F:
        """Plan and apply at once; see `plan` for the arguments.

        Returns:
            The function.

        Raises:
            UnsafeCombination: rules refuse; carries every finding, and the function is as it was.
        """
        with changing(fn):
            self.plan(fn, cluster, config=config).apply_unread()
        return fn

    @cached_property
    def _misnamed(self) -> str:
        """What is wrong with a profile that calls itself a built-in one, and promises something else."""
        for name, value in self.shape.items() if self._usual else ():
            if value != self._usual[name]:
                return f"{self.name} promises {name}={self._usual[name]!r}: with {name}={value!r} it needs another name"
        return ""

    @cached_property
    def _usual(self) -> Mapping[str, Any]:
        """What a built-in profile of its name promises; empty where there is none."""
        # A profile prints itself by what its factory promises, and the catalog holds factories of profiles.
        from igz_runtime.profiles.catalog import usual_shape

        return usual_shape(self.name)

    def __call__(self, fn: F) -> F:
        """Apply to a function: the form that MLRun's `fn.apply(modifier)` calls."""
        return self.apply(fn)

    def _usual_shape(self) -> Mapping[str, Any]:
        return self._usual or super()._usual_shape()

    def __getattr__(self, name: str) -> Any:
        # MLRun's fn.apply(modifier) reads the modifier's __qualname__, to know its own mount modifiers.
        if name == "__qualname__":
            return f"igz_runtime.{self.name}"
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
