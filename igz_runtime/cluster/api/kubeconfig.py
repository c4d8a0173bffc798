"""How a cluster is reached: a kubeconfig and its contexts, or the service account of the pod that this runs in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

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
        config.load_kube_config(files, chosen, client_configuration=configuration)
    except Exception as error:  # noqa: BLE001  (as above, and what an exec plugin raises)
        raise ConfigurationError(f"context {chosen!r} cannot be used: {_first_line(error)}") from None
    return configuration, str(chosen), str((known[chosen].get("context") or {}).get("namespace") or "")


def without_user(address: str) -> str:
    """An address without the user and the password that may stand in it."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def without_secrets(text: str, configuration: Any) -> str:
    """A text in which nothing stands that the client proves itself with.

    Args:
        text: the text.
        configuration: the client's configuration.
    """
    user = urlsplit(configuration.host)
    held = (*configuration.api_key.values(), configuration.password, user.password)
    # `Bearer TOKEN` is one value, and a server may repeat the token alone.
    secrets = sorted({part for each in held if each for part in (each, each.rpartition(" ")[2])}, key=len, reverse=True)
    for secret in filter(None, secrets):
        text = text.replace(secret, REDACTED)
    return text


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
