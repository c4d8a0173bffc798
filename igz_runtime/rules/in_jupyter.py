"""What the rules on packages and on the startup hook look at: what is run inside of a Jupyter service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from igz_runtime.cluster.jupyter_image import PREBAKED
from igz_runtime.cluster.platform import Platform

if TYPE_CHECKING:
    from igz_runtime.code.shell.installs import CondaChange
    from igz_runtime.code.shell.programs import Program

PACKAGES: Final = "Iguazio, Best Practices, Jupyter Image and Installing Packages"
"""Where the sentences behind these rules stand."""


class JupyterCommand(NamedTuple):
    """A program that a notebook or a startup hook runs.

    Attributes:
        program: the program, with its arguments.
        in_hook: whether the startup hook runs it, and so every start of the service.
        platform: what MLRun runs on; None: not known.
        kernel: the kernel of the notebook; empty where it is not known.
    """

    program: Program
    in_hook: bool = False
    platform: Platform | None = None
    kernel: str = ""

    @property
    def apt_packages(self) -> tuple[str, ...]:
        """The Debian packages that it installs."""
        from igz_runtime.code.shell.installs import apt_packages

        return apt_packages(self.program)

    @property
    def conda_change(self) -> CondaChange | None:
        """What it changes in which conda environment."""
        from igz_runtime.code.shell.installs import conda_change

        return conda_change(self.program)

    @property
    def active_environment(self) -> str | None:
        """The conda environment that a command changes which names none; None where it is the user's own."""
        if self.program.environment or self.in_hook:
            return self.program.environment or "base"
        return None if self.kernel and self.kernel not in _PREBAKED_KERNELS else ""


_PREBAKED_KERNELS: Final = frozenset(
    {"python3", "conda-root-py", *PREBAKED, *(f"conda-{name}-py" for name in PREBAKED)}
    | {f"conda-env-{name}-py" for name in PREBAKED}
)
"""What the kernels of the prebaked environments are called, by themselves and by nb_conda_kernels."""


class HookFile(NamedTuple):
    """A startup hook.

    Attributes:
        text: what the file holds.
        programs: the programs that it runs.
        path: where it stands; empty where that says nothing of where the platform will find it.
        fault: the line on which Bash says that it is no script, and what it says; None: nothing, or Bash was not asked.
        limited: whether each of its steps has a time limit, as in a hook that igz-runtime wrote.
        platform: what MLRun runs on; None: not known.
    """

    text: str
    programs: tuple[Program, ...]
    path: str = ""
    fault: tuple[int, str] | None = None
    limited: bool = False
    platform: Platform | None = None
