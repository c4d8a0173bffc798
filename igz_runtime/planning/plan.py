"""Plan: what a profile would make of a function, proved on the effective pod, and applying exactly that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from igz_runtime.display import Displayed
from igz_runtime.effective import Effective
from igz_runtime.errors import InvalidValue, UnsafeCombination
from igz_runtime.functions import Adapter
from igz_runtime.functions.marks import MARKS
from igz_runtime.functions.model import Function
from igz_runtime.functions.values import plain_settings
from igz_runtime.k8s.pod import PodSettings, QoS
from igz_runtime.k8s.qos import qos_class
from igz_runtime.messages import printable
from igz_runtime.planning.changing import changing
from igz_runtime.planning.grounds import Grounds
from igz_runtime.planning.promise import Promise
from igz_runtime.planning.write import write_whole
from igz_runtime.rules.findings import Findings, each_refusal

if TYPE_CHECKING:
    from igz_runtime.planning.preflight import Preflight


@dataclass(frozen=True)
class RolePlan:
    """What becomes of one role.

    Attributes:
        before: its settings as the function states them now.
        after: its settings as they would be written.
        effective: the pod that the scheduler would see.
        qos: the effective pod's QoS class.
    """

    before: PodSettings
    after: PodSettings
    effective: PodSettings
    qos: QoS

    @property
    def role(self) -> str:
        """The role's name."""
        return self.after.role


class Plan(Displayed):
    """What a profile would do to a function. It prints in a terminal and a notebook, and changes nothing until applied.

    Attributes:
        profile: the profile.
        cluster: the cluster that it was proved on.
        before: the function as it is.
        after: the function as it would be.
        findings: every rule's verdict on the function as it would be.
    """

    display_name = "plan"

    def __init__(  # noqa: PLR0917  (made in one place)
        self,
        profile: Promise,
        grounds: Grounds,
        before: Function,
        after: Function,
        findings: Findings,
        effective: tuple[Effective, ...],
        adapter: Adapter,
        fn: Any,
    ) -> None:
        self.profile = profile
        self.cluster = grounds.cluster
        self._grounds = grounds
        self.before = before
        self.after = after
        self.findings = findings
        self._effective = effective
        self._adapter = adapter
        self._fn = fn

    @property
    def config(self) -> str:
        """The igz-runtime.yaml that it went by, as seen from the working directory; empty where there was none."""
        return self._grounds.config.name

    @property
    def roles(self) -> tuple[RolePlan, ...]:
        """Before, after and effective pod of each role."""
        return tuple(
            RolePlan(before, after, effective.settings, qos_class(effective.settings.containers))
            for before, after, effective in zip(self.before.roles, self.after.roles, self._effective, strict=True)
        )

    @property
    def refused(self) -> bool:
        """Whether rules refuse the plan."""
        return any(finding.refuses for finding in self.findings)

    @property
    def refusal(self) -> str:
        """What refuses it, each with its fix, as lines of an error message."""
        count = len(self.findings.refusing)
        what = f"{self.profile.name} refused on {self.before.kind} {self.before.name!r}"
        lines = "\n".join(each_refusal(self.findings))
        return f"{what}: {count} finding{'s' if count > 1 else ''} (the function is unchanged)\n{lines}"

    def apply(self) -> Any:
        """Write the plan to the function: all of it, or nothing. Applied a second time, it changes nothing.

        Returns:
            The function.

        Raises:
            UnsafeCombination: rules refuse; carries every finding.
            InvalidValue: the function was changed since it was planned.
            WriteFailed: MLRun or Nuclio did not keep what was written.
        """
        with changing(self._fn):
            current = self._adapter.read()
            if not self.refused and _same_settings(current, self.after):
                return self._fn
            if current != self.before:
                raise InvalidValue(f"{current.kind} {current.name!r} was changed since it was planned; plan again")
            return self.apply_unread()

    def run_options(
        self, *, retries: int | None = None, running_limit: str | None = None, notifications: Sequence[Any] = ()
    ) -> dict[str, Any]:
        """What belongs to a run and not to the function, as keyword arguments: `fn.run(**plan.run_options())`.

        Where the promise rests on spot nodes it has `retry`, if client and server of MLRun retry runs of this kind.
        In a pipeline of KFP a step takes `step.set_retry(…)` instead.

        Args:
            retries: how often a failed run is started again; left out: 3 times on spot, else not at all.
            running_limit: how long this run may take, where that differs from the function: `48h`, or `none`.
                `project.run_function` takes no such argument.
            notifications: sent when the run fails: MLRun's own, or their fields, such as
                `{"kind": "slack", "secret_params": {…}}`.

        Raises:
            UnsupportedFunction: the function is deployed, and not run.
            InvalidValue: MLRun does not retry or limit runs of this kind, or an argument is not valid.
        """
        from igz_runtime.planning.run_options import run_options

        return run_options(self, self._fn, retries, running_limit, notifications)

    @property
    def not_retried(self) -> str:
        """Why MLRun would not start a run again whose pod is lost, in words; empty where it can."""
        from igz_runtime.planning.run_options import why_not_retried

        return why_not_retried(self, self._fn)

    def preflight(self) -> Preflight:
        """What would become of the pods if the plan were applied and submitted now. Changes nothing.

        It has the plan's findings: of a plan that rules refuse, the preflight is not `ok`.

        Raises:
            ConfigurationError: the plan was made on a cluster that was not read from its API server.
        """
        from igz_runtime.planning.preflight import preflight_of

        return preflight_of(self, self._effective, self._grounds)

    def apply_unread(self) -> Any:
        """Apply a plan that was made just now, and while nobody could change the function (`changing`). See `apply`."""
        if self.refused:
            raise UnsafeCombination(self.refusal, self.findings)
        if self.before.record == self.after.record and self.before == self.after:
            return self._fn
        write_whole(self._adapter, self.before, self.after)
        return self._fn

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain data, for logs and other programs: what changes, the effective pods, and every finding."""
        return {
            "profile": self.profile.name,
            "arguments": dict(self.profile.parameters),
            "function": self.before.name,
            "kind": self.before.kind,
            "project": self.before.project or None,
            "cluster": self.cluster.source,
            "config": self.config or None,
            "refused": self.refused,
            "roles": [
                {
                    "role": role.role,
                    "qos": role.qos,
                    **{each: plain_settings(getattr(role, each)) for each in ("before", "after", "effective")},
                }
                for role in self.roles
            ],
            "findings": [finding.to_dict() for finding in self.findings],
            "skipped": [skipped._asdict() for skipped in self.findings.skipped],
        }

    def __repr__(self) -> str:
        changes = self.before != self.after
        verdict = "refused" if self.refused else "can be applied" if changes else "already applied"
        return printable(f"<Plan: {self.profile!r} on {self.before.kind} {self.before.name!r}, {verdict}>")


def _same_settings(one: Function, other: Function) -> bool:
    """Whether all that a plan can change is alike."""
    return all(getattr(one, name) == getattr(other, name) for name in ("roles", *MARKS))
