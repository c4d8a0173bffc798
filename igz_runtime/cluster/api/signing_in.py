"""What a kubeconfig has run to sign in: a program of the user's, which ends in time with all that it started."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

from igz_runtime.text.bounded import received
from igz_runtime.text.limits import LARGEST_PROOF, Unreadable
from igz_runtime.text.tree import plain_json, text_of

Plain = dict[str, Any]


def credentials(plugin: Mapping[str, Any], cluster: Mapping[str, Any], folder: str, seconds: float) -> Plain:
    """What the answer of an exec plug-in proves a user with, as a kubeconfig has it.

    Args:
        plugin: the user's `exec`.
        cluster: the cluster, as the kubeconfig has it.
        folder: the kubeconfig's.
        seconds: how long it may take.

    Raises:
        ValueError: it failed, or its answer is not one.
        TimeoutError: it took longer.
        OSError: it cannot be run.
    """
    command, version = str(plugin["command"]), plugin["apiVersion"]
    spec: Plain = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        spec["cluster"] = {**cluster, **_configured(cluster)}
    asked = json.dumps({"apiVersion": version, "kind": "ExecCredential", "spec": spec})
    own = {str(each["name"]): str(each["value"]) for each in plugin.get("env") or ()}
    environment = {**os.environ, **own, "KUBERNETES_EXEC_INFO": asked}
    if os.path.dirname(command):
        command = os.path.join(folder, command)
    answer = _answer([command, *map(str, plugin.get("args") or ())], folder, environment, seconds)
    status = answer.get("status")
    if answer.get("apiVersion") != version or not isinstance(status, dict):
        raise ValueError(f"its plug-in {_name(command)!r} did not answer with an ExecCredential of {version}")
    found = {"token": status.get("token"), **_certificate(status)}
    if not any(found.values()):
        raise ValueError(f"its plug-in {_name(command)!r} answered with neither a token nor a certificate")
    return {name: value for name, value in found.items() if value}


def token_of_command(provider: Mapping[str, Any], folder: str, seconds: float) -> Plain:
    """What the command of Google's old provider of credentials (`cmd-path`) proves a user with.

    Raises:
        ValueError, TimeoutError, OSError: as `credentials` does.
    """
    words = [*str(provider["cmd-path"]).split(), *str(provider.get("cmd-args") or "").split()]
    held = _answer(words, folder, None, seconds).get("credential")
    if not isinstance(held, dict) or not held.get("access_token"):
        raise ValueError(f"its plug-in {_name(words[0])!r} answered without a token")
    return {"token": held["access_token"]}


def _configured(cluster: Mapping[str, Any]) -> Plain:
    """What the kubeconfig says to the plug-in about a cluster."""
    named = {each["name"]: each["extension"] for each in cluster.get("extensions") or ()}
    key = "client.authentication.k8s.io/exec"
    return {"config": named[key]} if key in named else {}


def _certificate(status: Mapping[str, Any]) -> Plain:
    return {
        f"{name}-data": base64.b64encode(str(status[key]).encode()).decode()
        for name, key in (("client-certificate", "clientCertificateData"), ("client-key", "clientKeyData"))
        if status.get(key)
    }


def _answer(words: Sequence[str], folder: str, environment: Mapping[str, str] | None, seconds: float) -> Plain:
    name = _name(words[0])
    try:
        code, said = _ran(words, folder, environment, time.monotonic() + seconds)
    except (TimeoutError, subprocess.TimeoutExpired):
        raise TimeoutError(f"its plug-in {name!r} took longer than {seconds:g} s") from None
    except OSError as error:
        raise OSError(error.errno, f"its plug-in {name!r} cannot be run: {error.strerror}") from None
    if said is None:
        raise ValueError(f"its plug-in {name!r} answered more than {LARGEST_PROOF // 2**20} MiB")
    if code:
        raise ValueError(f"its plug-in {name!r} failed (exit code {code})")
    try:
        answer = plain_json(text_of(said))
    except Unreadable:
        answer = {}
    return answer if isinstance(answer, dict) else {}


def _ran(
    words: Sequence[str], folder: str, environment: Mapping[str, str] | None, until: float
) -> tuple[int, bytes | None]:
    """The exit code of a program, and what it wrote; None where that is too much."""
    process = subprocess.Popen(  # noqa: S603  (the user's own kubeconfig names it)
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101  (for mypy)
    try:
        os.set_blocking(process.stdout.fileno(), False)
        said = received(process.stdout.fileno(), LARGEST_PROOF + 1, until)
        if len(said) > LARGEST_PROOF:
            return _end(process), None
        return process.wait(max(0.0, until - time.monotonic())), said
    except BaseException:
        _end(process)
        raise
    finally:
        process.stdout.close()


def _end(process: subprocess.Popen[bytes]) -> int:
    """End a program that was not waited for, with what it started: until then, nobody else's group has its number."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    return process.wait()


def _name(command: str) -> str:
    return os.path.basename(command)
