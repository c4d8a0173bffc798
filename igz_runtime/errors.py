"""Every exception of igz_runtime.

    IgzRuntimeError
    ├── InvalidValue (ValueError)          an invalid value: quantity, mode, label, priority, role
    ├── MissingResources (ValueError)      a profile needs CPU or memory and nobody said how much
    ├── UnsupportedFunction (TypeError)    the object is not a function, or of a kind that no profile can place
    ├── BrokenFunction (ValueError)        a function document with a field of the wrong type
    ├── ConfigurationError (ValueError)    a configuration, cluster description or plug-in that cannot be read
    ├── ClusterUnreachable (ConnectionError)   no API server answers, or it accepts neither certificate nor user
    ├── WriteFailed (RuntimeError)         MLRun, Nuclio or the disk did not take what was written; all is as before
    └── UnsafeCombination (ValueError)     rules refuse the combination; carries every finding

The built-in second base is there for code that catches ValueError, TypeError, RuntimeError or ConnectionError.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from igz_runtime.messages import printable

if TYPE_CHECKING:
    from igz_runtime.rules.findings import Findings

__all__ = [
    "BrokenFunction",
    "ClusterUnreachable",
    "ConfigurationError",
    "IgzRuntimeError",
    "InvalidValue",
    "MissingResources",
    "UnsafeCombination",
    "UnsupportedFunction",
    "WriteFailed",
]


class IgzRuntimeError(Exception):
    """Base of every error that igz_runtime raises. Whatever is named in its text, it steers no terminal.

    Args:
        message: its text, in which a new line is shown as any other control character; or several lines.
    """

    def __init__(self, message: str | Sequence[str] = "") -> None:
        super().__init__("\n".join(map(printable, [message] if isinstance(message, str) else message)))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self).split("\n"),), self.__dict__


class InvalidValue(IgzRuntimeError, ValueError):
    """A value that Kubernetes, MLRun or Nuclio could never accept."""


class MissingResources(IgzRuntimeError, ValueError):
    """A profile promises resources, and neither its arguments nor the function give them."""


class UnsupportedFunction(IgzRuntimeError, TypeError):
    """The object is not a function, or its kind runs no pod that could be placed."""


class BrokenFunction(IgzRuntimeError, ValueError):
    """A function document that holds a field of the wrong type.

    Attributes:
        field: where it stands in the document, such as `("spec", "tolerations", 0, "key")`; `()` where that is not
            known.
    """

    def __init__(self, message: str | Sequence[str], field: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.field = field

    def inside(self, where: str, *above: str | int) -> BrokenFunction:
        """The same error, said of what it was found in.

        Args:
            where: what the message begins with.
            above: what stands above the field.
        """
        return BrokenFunction(f"{where}{self}", (*above, *self.field))


class ConfigurationError(IgzRuntimeError, ValueError):
    """A configuration, a cluster description, a baseline or a plug-in that cannot be read."""


class ClusterUnreachable(IgzRuntimeError, ConnectionError):
    """No Kubernetes API server answers, its certificate is not trusted, or it does not know the user."""


class WriteFailed(IgzRuntimeError, RuntimeError):
    """What was written did not arrive on the function or in the file, which is as it was before."""


class UnsafeCombination(IgzRuntimeError, ValueError):
    """One or more rules refuse the function as it would be.

    Attributes:
        findings: every finding of the plan, the refusing ones first. They print well, in a notebook too.
    """

    def __init__(self, message: str, findings: Findings) -> None:
        super().__init__(message.split("\n"))
        self.findings = findings

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.findings)


def __dir__() -> list[str]:
    """The public names alone: what completion offers."""
    return __all__
