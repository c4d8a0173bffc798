"""How a cluster is reached: a kubeconfig and its contexts, or the service account of the pod that this runs in."""

from __future__ import annotations

import logging
import os
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from igz_runtime.errors import ConfigurationError


def configured(context: str | None, kubeconfig: str | None) -> tuple[Any, str, str]:
    """The client's configuration, the context's name and its namespace.

    Args:
        context: a context of the file; None: its current one.
        kubeconfig: the file; None: `$KUBECONFIG`, `~/.kube/config`, else the service account of this pod.

    Raises:
        ConfigurationError: there is no such file or context, or the client cannot use it.
    """
    from kubernetes import client, config

    configuration = client.Configuration()
    # The client looks at the variable when it is imported; a notebook may set it later.
    files = kubeconfig or os.environ.get("KUBECONFIG")
    try:
        contexts, current = config.list_kube_config_contexts(files)
    except Exception as error:  # noqa: BLE001  (yaml's, the client's, OSError)
        if kubeconfig or context or "KUBERNETES_SERVICE_HOST" not in os.environ:
            looked = files or "~/.kube/config, as $KUBECONFIG names none"
            raise ConfigurationError(f"no kubeconfig can be read ({looked}): {_first_line(error)}") from None
        try:
            config.load_incluster_config(configuration)
        except config.ConfigException as missing:
            raise ConfigurationError(f"no kubeconfig, and no service account of this pod: {missing}") from None
        return configuration, "", _own_namespace()
    chosen = context or (current or {}).get("name")
    known = {each["name"]: each for each in contexts}
    if chosen not in known:
        from igz_runtime.messages import did_you_mean

        near = did_you_mean(chosen, known)
        raise ConfigurationError(f"there is no context {chosen!r} (there are: {', '.join(known) or 'none'}){near}")
    try:
        with _quiet():
            config.load_kube_config(files, chosen, client_configuration=configuration)
    except Exception as error:  # noqa: BLE001  (as above, and what an exec plugin raises)
        raise ConfigurationError(f"context {chosen!r} cannot be used: {_first_line(error)}") from None
    return configuration, str(chosen), str((known[chosen].get("context") or {}).get("namespace") or "")


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


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _own_namespace() -> str:
    from kubernetes.config import incluster_config

    try:
        return Path(incluster_config.SERVICE_TOKEN_FILENAME).with_name("namespace").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
