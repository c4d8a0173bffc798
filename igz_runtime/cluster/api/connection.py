"""A connection to a Kubernetes API server: the official client, in pages, within a time limit."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from igz_runtime.cluster.api import wire
from igz_runtime.errors import ClusterUnreachable, ConfigurationError, IgzRuntimeError
from igz_runtime.messages import without_credentials
from igz_runtime.text.limits import LARGEST_ANSWER, LARGEST_LIST, LONGEST_MESSAGE, MOST_OBJECTS, Unreadable
from igz_runtime.text.tree import plain_json, text_of

Raw = Mapping[str, Any]

PAGE = 500
"""Objects of one answer: what kubectl asks for."""

_LEAST_PAGE = 5
"""Objects of one answer, where an answer with more of them is too large."""

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
        """A refusal that repeats nothing of what it was asked with: a server, or a proxy before it, may echo it."""
        from igz_runtime.cluster.api.kubeconfig import without_secrets

        message, said = (without_secrets(text, self.client.configuration) for text in (str(unread), unread.said))
        return type(unread)(message, unread.status, said, unread.token)

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

    def items(self, kind: str, call: Any, *arguments: Any, **options: Any) -> Iterator[Raw]:
        """The objects of a list of this kind, such as `NodeList`, read in pages; smaller ones where they are too large.

        A list that expires while it is read goes on with the token that the refusal carries: what comes after is
        newer than what came before, and each object is still read once.

        Raises:
            Unread: as `answer` does; what came before was read.
        """
        token, size, count, before = None, PAGE, 0, self._wire.received
        while True:
            try:
                options = {**options, "limit": size, **({"_continue": token} if token else {})}
                page = self.object(kind, call, *arguments, **options)
            except TooLarge:
                if size <= _LEAST_PAGE:
                    raise
                size //= 10
                continue
            except Unread as unread:
                if not unread.token or unread.token == token:
                    raise
                token = unread.token
                continue
            items, metadata = page.get("items"), page.get("metadata")
            if not isinstance(items, list) or not isinstance(metadata, dict):
                raise Unread(f"the API server's answer is a {kind} without {'metadata' if metadata else 'items'}")
            count += len(items)
            if count > MOST_OBJECTS or self._wire.received - before > LARGEST_LIST:
                raise Unread(f"there are more than {MOST_OBJECTS:,}, or {LARGEST_LIST // 2**30} GiB of them")
            yield from items
            token = metadata.get("continue")
            if not token:
                return

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
        return str(session.answer(VersionApi(session.client).get_code).get("gitVersion", ""))
    except Unread as unread:
        if unread.status == _FORBIDDEN:  # a cluster may hide its version
            return ""
        raise ClusterUnreachable(f"Kubernetes, {session.name}: {unread}") from None


_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _GONE = 401, 403, 404, 410


def absent(unread: Unread) -> bool:
    """Whether there is no such resource: an API that is not installed, an object that does not exist."""
    return unread.status == _NOT_FOUND


def _kind_of(answer: Raw) -> str:
    """What an answer of another kind is, as the end of a sentence; of a Status, its message."""
    kind, said = str(answer.get("kind") or ""), str(answer.get("message") or "")
    return f", but a {kind}{f': {said}' if said else ''}" if kind else ""


def _refused(status: int, body: object) -> Unread:
    try:
        refusal = plain_json(text_of(body) if isinstance(body, bytes) else str(body))
        said, token = str(refusal.get("message") or ""), str(refusal.get("metadata", {}).get("continue") or "")
    except (Unreadable, AttributeError):
        said, token = "", ""
    said = said[:LONGEST_MESSAGE]
    known = {
        _UNAUTHORIZED: "the server does not accept these credentials (401)",
        _FORBIDDEN: f"this user may not ({said})" if said else "this user may not (403)",
        _NOT_FOUND: "there is none (404)",
        _GONE: "the list expired while it was read (410)",
    }
    return Unread(
        known.get(status) or f"the server answered {status}{f': {said}' if said else ''}", status, said, token
    )


def _certificate_fault(words: str) -> str:
    """What is wrong with a certificate, out of OpenSSL's sentence."""
    _, _, fault = words.partition("certificate verify failed: ")
    return fault.partition(" (_ssl")[0] or "certificate verify failed"
