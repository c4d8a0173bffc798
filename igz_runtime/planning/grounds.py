"""What a judgement goes by beside the function itself: the cluster, and the configuration's terms for waivers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from igz_runtime.cluster.current import current
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.project import default_node_selector
from igz_runtime.config.file import ConfigFile
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.workload import Workload
from igz_runtime.rules.chosen import Chosen
from igz_runtime.rules.configured import chosen_in, terms_in
from igz_runtime.rules.terms import Site, Terms
from igz_runtime.rules.waivers import on_terms


class Grounds(NamedTuple):
    """What a judgement goes by.

    Attributes:
        cluster: the cluster.
        terms: what the configuration says of waivers.
        config: the configuration.
        file: the function's file; empty where it is none.
        selector: the default node selector of the function's project, by who has the project in hand; None: that of
            MLRun's current project, where the function is of that one.
    """

    cluster: Cluster
    terms: Terms
    config: ConfigFile
    file: str = ""
    selector: Mapping[str, str] | None = None

    @property
    def chosen(self) -> Chosen:
        """Which rules judge a function as it is, and how grave each is; a profile refuses by its own."""
        return self.config.meaning(chosen_in)

    def of(self, function: Function) -> Grounds:
        """The same for one function: its cluster is that of its project.

        Raises:
            BrokenFunction: the project's default node selector is not a mapping of labels.
        """
        selector = self._selector(function.project) if _of_mlrun(function) else None
        return self._replace(cluster=self.cluster.in_project(selector)) if selector else self

    def unread(self, function: Function) -> tuple[str, ...]:
        """What decides about the function's pods and could not be looked at, on a cluster that is known."""
        known = self.cluster.assumed or not _of_mlrun(function) or not function.project
        if known or self._selector(function.project) is not None:
            return ()
        return (f"the default node selector of project {function.project!r}: it is not MLRun's current project",)

    def _selector(self, project: str) -> Mapping[str, str] | None:
        return default_node_selector(project) if self.selector is None else self.selector

    def site(self, function: Function) -> Site:
        """The function, as waivers are asked about it."""
        return Site(function.project, self.file, function.name)

    def on_terms(self, function: Function) -> Function:
        """The function with what the configuration says of it: reasons of waivers, and what it cannot declare."""
        return on_terms(function, self.terms, self.site(function))

    def counting(self, function: Function, declared: Workload | str) -> Workload:
        """What is declared of a function's work, as far as the platform lets it count."""
        return Workload.of(declared).without(tuple(self.terms.undeclarable(self.site(function))))


def _of_mlrun(function: Function) -> bool:
    return traits(function.kind).platform.startswith("mlrun")


def grounds_for(fn: Any, cluster: Cluster | None, file: ConfigFile) -> Grounds:
    """What a function is judged by.

    Args:
        fn: the function, as a caller gives it.
        cluster: the cluster that was given; None: the current one.
        file: the configuration.

    Raises:
        ConfigurationError: the configuration is wrong; names each place.
    """
    terms = file.meaning(terms_in)
    named = os.fspath(fn) if isinstance(fn, (str, os.PathLike)) else ""
    return Grounds(cluster or current(file), terms, file, named)
