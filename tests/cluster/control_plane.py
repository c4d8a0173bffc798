"""A Kubernetes control plane on loopback: etcd, API server and scheduler as processes, without any kubelet.

A node is an object that a test creates. The scheduler binds pods to it for real; nothing starts there. Controllers run
where a test asks for them.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

PATIENCE = 60.0
"""Seconds that a program may take to be ready; five are usual for all three."""


class NotStarted(Exception):
    """A program ended or was not ready in time; carries the last lines of its log."""


class ControlPlane:
    """The processes, and what connects to them.

    Attributes:
        folder: its own folder: data, certificates, logs.
    """

    def __init__(self, programs: Path, folder: Path, emulated: str = "") -> None:
        self._programs = programs
        self.folder = folder
        self._emulated = [f"--emulated-version={emulated}"] if emulated else []
        self._tokens = {name: secrets.token_hex(16) for name in ("admin", "reader", "stranger")}
        self._etcd, self._peer, self._api, self._scheduler, self._controllers = free_ports(5)
        self._server = ExitStack()

    @property
    def url(self) -> str:
        """Where the API server listens."""
        return f"https://127.0.0.1:{self._api}"

    @property
    def certificate(self) -> Path:
        """The API server's own certificate, which clients trust."""
        return self.folder / "certs" / "apiserver.crt"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.kubeconfig_of("admin")

    def kubeconfig_of(self, user: str, server: str = "") -> Path:
        """A kubeconfig of `admin`, of `reader` or of `stranger`, who may do what a test's RBAC objects allow."""
        path = self.folder / f"kubeconfig-{user}{'-other' if server else ''}"
        cluster = {"server": server or self.url, "certificate-authority": str(self.certificate)}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": self._tokens[user]}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
            "current-context": "test",
        }
        path.write_text(json.dumps(content))
        path.chmod(0o600)
        return path

    def start(self, stack: ExitStack) -> None:
        """Start the three programs; the stack stops them.

        Raises:
            NotStarted: one of them did not come up.
        """
        groups = {"admin": "system:masters"}
        lines = (f'{token},{name},{name},"{groups.get(name, "people")}"' for name, token in self._tokens.items())
        (self.folder / "tokens.csv").write_text("\n".join(lines) + "\n")
        stack.enter_context(self._etcd_running())
        stack.enter_context(self._server)
        self._start_on_etcd()

    def restart(self) -> None:
        """Stop the API server and the scheduler, whose watches it would wait for; start others on what etcd holds."""
        self._server.close()
        self._start_on_etcd()

    def _start_on_etcd(self) -> None:
        self._server.enter_context(self._api_server_running())
        self._server.enter_context(self._scheduler_running())

    def controllers(self, *names: str) -> AbstractContextManager[None]:
        """A kube-controller-manager that runs these controllers alone."""
        return self._client_running("kube-controller-manager", self._controllers, [f"--controllers={','.join(names)}"])

    def _etcd_running(self) -> AbstractContextManager[None]:
        client, peer = f"http://127.0.0.1:{self._etcd}", f"http://127.0.0.1:{self._peer}"
        return self._running(
            "etcd",
            [
                *("--data-dir", str(self.folder / "etcd"), "--log-level", "warn", "--unsafe-no-fsync"),
                *("--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer),
            ],
            lambda: _answers(f"{client}/health"),
        )

    def _api_server_running(self) -> AbstractContextManager[None]:
        # The key that the server makes for its own certificate signs service accounts' tokens as well as another would.
        key = self.folder / "certs" / "apiserver.key"
        return self._running(
            "kube-apiserver",
            [
                f"--etcd-servers=http://127.0.0.1:{self._etcd}",
                *(f"--secure-port={self._api}", "--bind-address=127.0.0.1", "--endpoint-reconciler-type=none"),
                *(f"--cert-dir={self.folder / 'certs'}", f"--token-auth-file={self.folder / 'tokens.csv'}"),
                *("--authorization-mode=RBAC", "--allow-privileged=true", "--service-cluster-ip-range=10.0.0.0/16"),
                *(f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}"),
                "--service-account-issuer=https://kubernetes.default.svc",
                # No controller makes service accounts, nor takes the taint of a new node away.
                "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
                *self._emulated,
            ],
            lambda: self.certificate.exists() and _answers(f"{self.url}/readyz", self._tokens["admin"]),
        )

    def _scheduler_running(self) -> AbstractContextManager[None]:
        return self._client_running("kube-scheduler", self._scheduler, [])

    def _client_running(self, program: str, port: int, arguments: list[str]) -> AbstractContextManager[None]:
        config = self.kubeconfig
        return self._running(
            program,
            [
                f"--kubeconfig={config}",
                f"--authentication-kubeconfig={config}",
                f"--authorization-kubeconfig={config}",
                *("--authentication-skip-lookup=true", "--leader-elect=false"),
                *("--kube-api-qps=2000", "--kube-api-burst=4000"),
                *(f"--secure-port={port}", "--bind-address=127.0.0.1"),
                f"--cert-dir={self.folder / f'{program}-certs'}",
                *arguments,
            ],
            lambda: _answers(f"https://127.0.0.1:{port}/healthz"),
        )

    def _running(self, program: str, arguments: list[str], ready: Callable[[], bool]) -> AbstractContextManager[None]:
        return process([str(self._programs / program), *arguments], self.folder / f"{program}.log", ready)


@contextlib.contextmanager
def process(
    command: list[str], log: Path, ready: Callable[[], bool], environment: dict[str, str] | None = None
) -> Iterator[None]:
    """A program that runs for as long as the context lasts.

    Raises:
        NotStarted: it ended, or was not ready in time.
    """
    with log.open("wb") as output:
        started = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=log.parent, env=environment)
    try:
        until = time.monotonic() + PATIENCE
        while not ready():
            if started.poll() is not None or time.monotonic() > until:
                raise NotStarted(f"{Path(command[0]).name} did not start:\n{_tail(log)}")
            time.sleep(0.05)
        yield
    finally:
        started.terminate()
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextlib.contextmanager
def running(programs: Path, emulated: str = "") -> Iterator[ControlPlane]:
    """A control plane in a folder of its own, for as long as the context lasts.

    Args:
        programs: the folder of its programs.
        emulated: the version of Kubernetes that its API server answers as, such as `1.34`; empty: its own.
    """
    with tempfile.TemporaryDirectory(prefix="igz-control-plane-", ignore_cleanup_errors=True) as folder:
        for last in (False, False, True):
            plane = ControlPlane(programs, Path(folder), emulated)
            with ExitStack() as stack:
                try:
                    plane.start(stack)
                except NotStarted as error:
                    # A free port can be taken between being chosen and being bound.
                    if last or "address already in use" not in str(error):
                        raise
                    continue
                yield plane
                return


@contextlib.contextmanager
def namespace_of_its_own(kubernetes: Any) -> Iterator[str]:
    """A namespace of a name of its own. No pod outlives it, and nothing that admission remembers of others counts."""
    from kubernetes.client import CoreV1Api

    api, name = CoreV1Api(kubernetes), f"igz-test-{secrets.token_hex(5)}"
    api.create_namespace({"metadata": {"name": name}})
    yield name
    api.delete_collection_namespaced_pod(name, grace_period_seconds=0)
    api.delete_namespace(name)


def api_client(kubeconfig: Path) -> Any:
    """The official client for a kubeconfig."""
    from kubernetes import config

    return config.new_client_from_config(str(kubeconfig))


def free_ports(count: int) -> list[int]:
    """Ports of loopback that were free a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _answers(url: str, token: str = "") -> bool:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})  # noqa: S310
    unverified = ssl._create_unverified_context()  # noqa: S323  (its certificate is being made)
    try:
        with urllib.request.urlopen(request, timeout=2, context=unverified) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _tail(log: Path) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    return f"(no log at {os.fspath(log)})"
