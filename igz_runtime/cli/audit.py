"""`igz-runtime audit`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from igz_runtime.audit.cluster_audit import audited
from igz_runtime.audit.compare import compared
from igz_runtime.audit.earlier import read_report
from igz_runtime.cli.audit_over_time import over_time, repeated
from igz_runtime.cli.options import LiveOptions, file_of, live_cluster
from igz_runtime.cli.outputs import targets
from igz_runtime.cli.reporting import Asked, reporting
from igz_runtime.cluster.configured import cluster_in
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.stated import marks_in
from igz_runtime.errors import ClusterUnreachable, ConfigurationError
from igz_runtime.lint.settings import settings_of
from igz_runtime.report.audit_formats import FORMATS, as_known, as_report, render

if TYPE_CHECKING:
    from igz_runtime.audit.results import Audit
    from igz_runtime.config.file import ConfigFile
    from igz_runtime.lint.results import Report
    from igz_runtime.lint.settings import Settings

_SAVED: Final = "A cluster that --save or Cluster.save wrote, in place of a live one."


@click.command()
@live_cluster
@click.option("--namespace", metavar="NAME", help="The namespace where functions run; else the context's.")
@click.option(
    "--apart-from",
    metavar="FILE",
    multiple=True,
    help="A saved cluster of another environment, which must be another one; may be repeated.",
)
@click.option("--save", metavar="FILE", help="Write what was read as well, for --cluster and Cluster.load.")
@over_time
@reporting(FORMATS, _SAVED)
def audit(**options: Any) -> int:
    """Check a cluster: its node groups, what runs there, and what is declared there.

    It reads, and changes nothing. `--print access` prints the rights that it needs; what may not be read is not
    checked, and the report says so.

    \b
    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or configuration, 3 nothing could be read.
    """  # noqa: D301  (click's mark for lines that stay as they are)
    asked = _Asked(**options)
    if again := repeated(options):
        from igz_runtime.cli.audit_serving import serve

        return serve(asked.now, again)
    written = targets(asked.formats, asked.outputs, FORMATS)
    earlier = read_report(asked.compare) if asked.compare else None
    file = asked.file
    settings = settings_of(file)
    found = asked.audited(file, settings)
    if earlier:
        found = compared(found, earlier)
    if found.nothing_read and asked.write_baseline:
        raise ClusterUnreachable("nothing could be read of the cluster, so that there is nothing to write as known")
    source = asked.source(found.view.cluster)
    return asked.finish(as_report(found, source), settings, written, partial(_rendered, found, source))


@dataclass(frozen=True)
class _Asked(Asked, LiveOptions):
    """The options of one call."""

    namespace: str | None
    apart_from: tuple[str, ...]
    save: str | None
    compare: str | None
    every: str | None
    metrics: str | None

    @property
    def file(self) -> ConfigFile:
        """The configuration, as it stands now."""
        return file_of(self.config, no_config=self.no_config)

    def now(self) -> Audit:
        """What there is to say of the cluster now, by the configuration as it stands now."""
        file = self.file
        return self.audited(file, settings_of(file))

    def audited(self, file: ConfigFile, settings: Settings) -> Audit:
        """What there is to say of the cluster.

        Args:
            file: the configuration.
            settings: what it says.
        """
        chosen = self.rules(settings.chosen)
        return audited(self.read(file.meaning(cluster_in)), file, chosen, self.environment, self.others())

    def read(self, stated: Cluster | None) -> Cluster:
        """The cluster, from its API server or from a file.

        Args:
            stated: what the configuration says of it.
        """
        if self.cluster:
            return self._loaded(self.cluster)
        cluster = self.read_live(namespace=self.namespace, running=True, **marks_in(stated))
        if self.save:
            cluster.save(self.save)
        return cluster

    def _loaded(self, file: str) -> Cluster:
        self.require_no_live("a saved one", "namespace", "save")
        cluster = Cluster.load(file)
        if cluster.live is None:
            raise ConfigurationError(
                f"{file}: it describes a cluster, and an audit needs one that was read: write it with "
                "`igz-runtime audit --save`, and what only a person can say of it as `cluster` of igz-runtime.yaml"
            )
        if cluster.live.nodes and not any(node.group for node in cluster.live.nodes):
            raise ConfigurationError(
                f"{file}: it does not say which node group its nodes belong to, so it was saved by an earlier "
                "igz-runtime; read the cluster again with `igz-runtime audit --save`"
            )
        return cluster

    def others(self) -> tuple[Cluster, ...]:
        """The clusters of other environments."""
        return tuple(map(Cluster.load, self.apart_from))

    def source(self, cluster: Cluster) -> str:
        """What a format for files calls the cluster: its file, else its context."""
        if self.cluster:
            return self.cluster
        context = cluster.connection.context if cluster.connection else None
        return f"kubernetes/{context or 'this-cluster'}"


def _rendered(found: Audit, source: str, report: Report, form: str, **options: Any) -> str:
    """The audit with what the report's baseline knows, in a format."""
    return render(as_known(found, report), form, source=source, **options)
