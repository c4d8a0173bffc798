"""How a cluster is reached: a kubeconfig and its contexts, or the service account of the pod that this runs in."""

from __future__ import annotations

import logging
import os
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from igz_runtime.cluster.api.contexts import Contexts, Plain, contexts_in
from igz_runtime.cluster.api.signing_in import credentials, token_of_command
from igz_runtime.cluster.api.wire import within
from igz_runtime.errors import ConfigurationError
from igz_runtime.text.bounded import content_of
from igz_runtime.text.limits import LARGEST_PROOF, Unreadable

_DEFAULT: Final = "~/.kube/config"


def configured(context: str | None, kubeconfig: str | None, seconds: float) -> tuple[Any, str, str]:
    """The client's configuration, the context's name and its namespace.

    Args:
        context: a context of the file; None: its current one.
        kubeconfig: the file; None: `$KUBECONFIG`, `~/.kube/config`, else the service account of this pod.
        seconds: how long signing in may take.

    Raises:
        ConfigurationError: there is no such file or context, or the client cannot use it.
    """
    from kubernetes import client, config

    configuration = client.Configuration()
    # The client looks at the variable when it is imported; a notebook may set it later.
    files = kubeconfig or os.environ.get("KUBECONFIG") or _DEFAULT
    try:
        held = contexts_in(files)
    except (OSError, ValueError, Unreadable) as error:
        if kubeconfig or context or "KUBERNETES_SERVICE_HOST" not in os.environ:
            looked = files if files != _DEFAULT else f"{_DEFAULT}, as $KUBECONFIG names none"
            raise ConfigurationError(f"no kubeconfig can be read ({looked}): {_why(error)}") from None
        try:
            config.load_incluster_config(configuration)
        except config.ConfigException as missing:
            raise ConfigurationError(f"no kubeconfig, and no service account of this pod: {missing}") from None
        return configuration, "", _own_namespace()
    chosen = context or held.current
    if chosen not in held.names:
        from igz_runtime.messages import did_you_mean

        there_are = f"(there are: {', '.join(held.names) or 'none'})"
        if chosen is None:
            raise ConfigurationError(f"{files}: there is no current context; name one {there_are}")
        near = did_you_mean(chosen, held.names)
        raise ConfigurationError(f"there is no context {chosen!r} {there_are}{near}")
    try:
        with _quiet():
            _load(held, chosen, files, configuration, seconds)
    except Exception as error:  # noqa: BLE001  (the client's, and what providers of credentials raise)
        raise ConfigurationError(f"context {chosen!r} cannot be used: {_why(error)}") from None
    return configuration, chosen, str(held.context(chosen).get("namespace") or "")


def _load(held: Contexts, chosen: str, files: str, configuration: Any, seconds: float) -> None:
    """Sign in. What the client runs or asks for that has no limit of time, is run here, or waited for no longer."""
    from kubernetes import config

    held.require_files(chosen)
    user, folder = held.user(chosen)
    provider = user.get("auth-provider") or {}
    if user.get("exec") and not (user.get("token") or user.get("tokenFile")):
        found: Plain | None = credentials(user["exec"], held.cluster(chosen), folder, seconds)
    elif (provider.get("config") or {}).get("cmd-path"):
        found = token_of_command(provider["config"], folder, seconds)
    elif provider:
        # The client writes a token that it renewed into the file: who renewed it once may need the new one.
        renewed = within(seconds, lambda: config.load_kube_config(files, chosen, configuration))
        if not renewed[0]:
            raise TimeoutError(f"renewing its token took longer than {seconds:g} s")
        if isinstance(renewed[1], Exception):
            raise renewed[1]
        return
    else:
        found = None
    config.load_kube_config_from_dict(held.with_user(chosen, found), chosen, configuration)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the client logs, which repeats what a command for signing in wrote."""

    def other(record: logging.LogRecord) -> bool:
        return record.module != "kube_config"

    logging.root.addFilter(other)
    try:
        yield
    finally:
        logging.root.removeFilter(other)


def without_secrets(text: str, configuration: Any) -> str:
    """A text in which nothing stands that the client proves itself with.

    Args:
        text: the text.
        configuration: the client's configuration.
    """
    for secret in sorted(filter(None, _secrets(configuration)), key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    return text


def _secrets(configuration: Any) -> set[str]:
    """What the client proves itself with, also as a server, or a proxy before it, may repeat it."""
    address, proxy = urlsplit(configuration.host), urlsplit(configuration.proxy or "")
    held = {configuration.password or "", *(value for _, value in parse_qsl(address.query))}
    # A token may stand alone, in place of a user.
    held |= {each.password or each.username or "" for each in (address, proxy)}
    for value in configuration.api_key.values():
        scheme, _, proof = value.rpartition(" ")
        held |= {value, proof}
        if scheme == "Basic":
            held.add(b64decode(proof).decode(errors="replace").partition(":")[2])
    return held | set(map(unquote, held)) | set(map(quote, held))


REDACTED: Final = "[redacted]"
"""What stands in the place of a secret."""


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (str(error).splitlines() or [type(error).__name__])[0]


def _own_namespace() -> str:
    from kubernetes.config import incluster_config

    beside = os.path.dirname(incluster_config.SERVICE_TOKEN_FILENAME)
    try:
        return content_of(os.path.join(beside, "namespace"), LARGEST_PROOF).decode().strip()
    except (OSError, ValueError):
        return ""
