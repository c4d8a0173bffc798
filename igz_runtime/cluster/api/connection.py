"""A connection to a Kubernetes API server: the official client, in pages, within a time limit."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from igz_runtime.cluster.api import warned, wire
from igz_runtime.errors import ClusterUnreachable, ConfigurationError, IgzRuntimeError
from igz_runtime.messages import printable, without_credentials
from igz_runtime.text.limits import LARGEST_ANSWER, LONGEST_MESSAGE, Unreadable
from igz_runtime.text.tree import plain_json, text_of

Raw = Mapping[str, Any]

_CONNECT = 5.0
"""Seconds that a server has to take a connection."""


class Unread(IgzRuntimeError):
    """Something could not be read; the message says why, as the end of a sentence.

    Attributes:
        status: the HTTP status of the refusal; 0 where there was no answer.
        said: the refusal as the API server words it.
        token: where an expired list can be read on from.
    """

    def __init__(self, message: str, status: int = 0, said: str = "", token: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.said = said
        self.token = token


class TooLarge(Unread):
    """An answer is larger than what is read of one."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach a cluster. It holds no password and no socket, so a cluster that has one can be copied and sent.

    Attributes:
        context: the context of the kubeconfig; None: its current one.
        kubeconfig: the file; None: `$KUBECONFIG`, `~/.kube/config`, else the service account of the pod that this
            runs in.
        namespace: the namespace where functions run; None: the context's.
        timeout: seconds that reading may take in all.
    """

    context: str | None = None
    kubeconfig: str | None = None
    namespace: str | None = None
    timeout: float = 30.0

    def open(self) -> Session:
        """Connect.

        Raises:
            ConfigurationError: there is no such file or context, or the client is not installed.
        """
        return Session(self)


class Session:
    """An open connection, and how long it may still take.

    Attributes:
        client: the official client's ApiClient.
        name: the context and the server, for messages.
        context: the context; empty: it is the service account of the pod that this runs in.
        namespace: the namespace where functions run.
    """

    def __init__(self, connection: Connection) -> None:
        try:
            from kubernetes.client import ApiClient
        except ImportError:
            raise ConfigurationError(
                "reading a cluster needs the official client: pip install 'igz-runtime[kubernetes]'"
            ) from None
        from igz_runtime.cluster.api.kubeconfig import configured

        self._limit = connection.timeout
        self._until = time.monotonic() + connection.timeout
        configuration, context, namespace = configured(connection.context, connection.kubeconfig, connection.timeout)
        configuration.retries = 0  # a time limit is no limit when every request may be made four times
        self.client = ApiClient(configuration)
        self._wire = self.client.rest_client.pool_manager = wire.Wire(self.client.rest_client.pool_manager, self._until)
        self.context = context
        address = without_credentials(configuration.host)
        self.name = f"context {context!r} ({address})" if context else address
        self.namespace = connection.namespace or namespace or "default"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.clear()
        close = getattr(self.client, "close", None)
        if close is not None:
            close()

    def answer(self, call: Any, *arguments: Any, **options: Any) -> Raw:
        """What one call of the official client answers, as JSON.

        Args:
            call: a bound method such as `CoreV1Api(session.client).list_node`.
            arguments: its arguments.
            options: its options.

        Raises:
            Unread: the answer is a refusal, or none.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise Unread(self._too_slow)
        timeout = (min(left, _CONNECT), left)

        def work() -> Any:
            response = call(*arguments, **options, _preload_content=False, _request_timeout=timeout)
            return plain_json(text_of(response.data))

        # A time limit of the client counts from the last byte that came: a server that drips would keep us forever.
        finished, outcome = wire.within(left, work)
        if not finished:
            self._wire.clear()
            raise Unread(self._too_slow)
        if isinstance(outcome, Exception):
            raise self._without_secrets(self._unread(outcome)) from None
        if not isinstance(outcome, dict):
            raise Unread("the API server's answer is not a JSON object")
        return outcome

    def _without_secrets(self, unread: Unread) -> Unread:
        return type(unread)(self.redacted(str(unread)), unread.status, self.redacted(unread.said), unread.token)

    def redacted(self, text: str) -> str:
        """What a server says, without what it was asked with: it, or a proxy before it, may echo that."""
        from igz_runtime.cluster.api.kubeconfig import without_secrets

        return without_secrets(text, self.client.configuration)

    def object(self, kind: str, call: Any, *arguments: Any, **options: Any) -> Raw:
        """What one call of the official client answers, where it is an object of this kind.

        A gateway, or a server in trouble, answers 200 with `{}`, or with the Status that should have been a refusal.
        Taken for a list it would be an empty one: no nodes, no quotas.

        Raises:
            Unread: as `answer` does, and for an answer of another kind.
        """
        answer = self.answer(call, *arguments, **options)
        if answer.get("kind") != kind:
            raise self._without_secrets(Unread(f"the API server's answer is not a {kind}{_kind_of(answer)}"))
        return answer

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the API server warned of with its last answer, a refusal among them."""
        return tuple(map(self.redacted, warned.warnings_in(self._wire.warned)))

    @property
    def received(self) -> int:
        """How many bytes came from the server."""
        return self._wire.received

    @property
    def _too_slow(self) -> str:
        return f"the API server did not answer within {self._limit:g} s"

    def _unread(self, error: Exception) -> Unread:
        status = getattr(error, "status", None)
        if isinstance(status, int) and status:
            return _refused(status, getattr(error, "body", None))
        if isinstance(error, Unreadable):
            said = "is not JSON, or was cut off" if error.syntax else str(error)
            return Unread(f"the API server's answer {said}")
        if isinstance(error, wire.TooLarge):
            return TooLarge(f"the API server's answer is larger than {LARGEST_ANSWER // 2**20} MiB")
        if isinstance(error, wire.Compressed):
            return Unread("the API server's answer is compressed, which it was not asked to be")
        words = f"{type(error).__name__}: {error} {getattr(error, 'reason', '')} {error.__cause__ or ''}"
        for mark, message in (
            ("CERTIFICATE_VERIFY_FAILED", f"its certificate is not trusted ({_certificate_fault(words)})"),
            ("SSL", "the encrypted connection failed (is it an https server, and the right certificate?)"),
            ("timed out", self._too_slow),
            ("Timeout", self._too_slow),
            ("NewConnectionError", "nothing answers at this address"),
            ("NameResolutionError", "the server's name cannot be resolved"),
            ("IncompleteRead", "the API server's answer was cut off"),
            ("ProtocolError", "the API server broke the connection off"),
        ):
            if mark in words:
                return Unread(message)
        return Unread(f"reading failed ({type(error).__name__})")


def reach(session: Session) -> str:
    """The server's version.

    Raises:
        ClusterUnreachable: there is no server, its certificate is not trusted, or it knows no such user.
    """
    from kubernetes.client import VersionApi

    try:
        said = str(session.answer(VersionApi(session.client).get_code).get("gitVersion", ""))
    except Unread as unread:
        if unread.status == _FORBIDDEN:  # a cluster may hide its version
            return ""
        raise ClusterUnreachable(f"Kubernetes, {session.name}: {unread}") from None
    # It is saved, and shown: what is no version may be anything that a server was sent.
    return said if _VERSION.fullmatch(said) else ""


_VERSION: Final = re.compile(r"v?[0-9]+\.[0-9]+[0-9A-Za-z.+_-]{0,60}")

NOT_FOUND = 404
"""The status of an answer that says that there is none."""

_UNAUTHORIZED, _FORBIDDEN, _GONE = 401, 403, 410


def _kind_of(answer: Raw) -> str:
    """What an answer of another kind is, as the end of a sentence; of a Status, its message."""
    kind, said = _told(answer.get("kind")), _told(answer.get("message"))
    return f", but a {kind}{f': {said}' if said else ''}" if kind else ""


def _told(text: object) -> str:
    """What a server says, as a message shows it."""
    return printable(text[:LONGEST_MESSAGE]) if isinstance(text, str) else ""


def _refused(status: int, body: object) -> Unread:
    try:
        refusal = plain_json(text_of(body) if isinstance(body, bytes) else str(body))
        said, token = _told(refusal.get("message")), (refusal.get("metadata") or {}).get("continue")
    except (Unreadable, AttributeError):
        said, token = "", ""
    known = {
        _UNAUTHORIZED: "the server does not accept these credentials (401)",
        _FORBIDDEN: f"this user may not ({said})" if said else "this user may not (403)",
        NOT_FOUND: "there is none (404)",
        _GONE: "the list expired while it was read (410)",
    }
    return Unread(
        known.get(status) or f"the server answered {status}{f': {said}' if said else ''}",
        status,
        said,
        token if isinstance(token, str) else "",
    )


def _certificate_fault(words: str) -> str:
    """What is wrong with a certificate, out of OpenSSL's sentence."""
    _, _, fault = words.partition("certificate verify failed: ")
    return fault.partition(" (_ssl")[0] or "certificate verify failed"
