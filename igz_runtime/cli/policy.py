"""`igz-runtime policy`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from igz_runtime.audit.policies.exporting import admission_policies, removal
from igz_runtime.audit.policies.packaging import write_chart, write_kustomization
from igz_runtime.audit.policies.stream import stream
from igz_runtime.cli import say
from igz_runtime.cli.options import OF_LIVE, LiveOptions, configuration, file_of, live_cluster
from igz_runtime.cluster.configured import cluster_in
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.stated import marks_in

if TYPE_CHECKING:
    from igz_runtime.audit.policies.exporting import Policies
    from igz_runtime.config.file import ConfigFile

_FOLDERS: Final = ("kustomize", "helm")
_OF_POLICIES: Final = (
    "cluster",
    *OF_LIVE,
    "namespace",
    "enforce",
    "require_profile",
    "environment",
    "config",
    *_FOLDERS,
)


@click.command()
@click.option(
    "--cluster", metavar="FILE", help="A description, or what Cluster.save wrote, in place of a live cluster."
)
@live_cluster
@click.option("--namespace", metavar="NAME", multiple=True, help="A namespace whose work is judged; may be repeated.")
@click.option(
    "--enforce", metavar="RULES", multiple=True, help="Rules that refuse, or beginnings of their ids: IGZ302,IGZ1."
)
@click.option(
    "--require-profile",
    metavar="NAME",
    multiple=True,
    help="One of these namespaces, in which all work needs a profile; may be repeated.",
)
@configuration
@click.option(
    "--inline", is_flag=True, help="For a cluster that takes no CustomResourceDefinition; refuses when in doubt."
)
@click.option("--kustomize", metavar="DIR", type=click.Path(), help="Write a folder for kubectl apply -k instead.")
@click.option("--helm", metavar="DIR", type=click.Path(), help="Write a Helm chart instead.")
@click.option("--remove", is_flag=True, help="Print what takes all of it away: for kubectl delete --ignore-not-found.")
def policy(**options: Any) -> int:
    """Print the rules that a pod shows as Kubernetes' own admission policies, for kubectl apply.

    It reads, and changes nothing. Every rule warns; what --enforce names refuses.

    \b
    igz-runtime policy --namespace mlrun | kubectl apply --filename -
    igz-runtime policy --namespace mlrun --kustomize DIR && kubectl apply -k DIR
    igz-runtime policy --namespace mlrun --helm DIR && helm upgrade --install igz-runtime-policies DIR
    igz-runtime policy --remove | kubectl delete --ignore-not-found --filename -

    \b
    Exit codes: 0 printed, 2 usage or configuration, 3 the cluster could not be read.
    """  # noqa: D301  (click's mark for lines that stay as they are)
    asked = _Asked(**options)
    if asked.remove:
        asked.require_nothing_else()
        _print(stream(removal(inline=asked.inline)))
        return 0
    if not asked.namespace:
        raise click.UsageError("--namespace: at least one is required: in which is user work to be judged?")
    made = asked.policies()
    if not asked.write(made):
        _print(made.to_yaml())
    for each in (*made.notes, _summary(made, by_kubectl=not asked.helm or bool(asked.kustomize))):
        say(f"igz-runtime: {each}")
    return 0


@dataclass(frozen=True)
class _Asked(LiveOptions):
    """The options of one call."""

    cluster: str | None
    namespace: tuple[str, ...]
    enforce: tuple[str, ...]
    require_profile: tuple[str, ...]
    config: str | None
    no_config: bool
    inline: bool
    kustomize: str | None
    helm: str | None
    remove: bool

    def require_nothing_else(self) -> None:
        """Require that nothing is said of policies that are to be removed."""
        for name in _OF_POLICIES:
            if getattr(self, name):
                option = name.replace("_", "-")
                raise click.UsageError(f"--remove takes all of it away, whatever was asked for: leave out --{option}")

    def policies(self) -> Policies:
        """What is asked for."""
        file = file_of(self.config, no_config=self.no_config)
        return admission_policies(
            self._read(file),
            namespaces=self.namespace,
            enforce=self.enforce,
            require_profile=self.require_profile,
            environment=self.environment,
            config=file,
            inline=self.inline,
        )

    def write(self, made: Policies) -> bool:
        """Write folders where they are asked for; whether any is."""
        folders = {write_kustomization: self.kustomize, write_chart: self.helm}
        if self.kustomize and self.helm and os.path.realpath(self.kustomize) == os.path.realpath(self.helm):
            raise click.UsageError(f"--kustomize and --helm would both go to {self.helm}; name two folders")
        for write, folder in folders.items():
            if folder is not None:
                gone = write(made.manifests, Path(folder))
                removed = f"; no longer needed, and removed: {', '.join(gone)}" if gone else ""
                say(f"{folder}: written{removed}")
        return any(folder is not None for folder in folders.values())

    def _read(self, file: ConfigFile) -> Cluster:
        """The cluster, from a file or from its API server."""
        if self.cluster is None:
            return self.read_live(**marks_in(file.meaning(cluster_in)))
        self.require_no_live("a file")
        return Cluster.load(self.cluster)


def _print(text: str) -> None:
    """Print a stream as it is, whatever the terminal takes: who reads it expects UTF-8."""
    click.echo(text.encode(), nl=False)


def _refusing(enforced: tuple[str, ...]) -> str:
    return f"{', '.join(enforced)} {'refuses' if len(enforced) == 1 else 'refuse'}, and all else warns"


def _summary(made: Policies, *, by_kubectl: bool) -> str:
    """What is in force where, and what to know of applying it: Helm makes the kind before its objects."""
    refused = _refusing(made.enforced) if made.enforced else "every rule warns"
    twice = "; kubectl applies ClusterFacts only where the cluster has the kind: else apply twice"
    return f"in {', '.join(made.namespaces)} {refused}{twice if by_kubectl and not made.inline else ''}"
