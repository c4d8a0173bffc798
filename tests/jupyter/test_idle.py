"""A server that nobody uses ends by itself, although a kernel, a terminal and a browser's tab are left open."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from tornado.websocket import websocket_connect

from igz_runtime import jupyter, profiles
from igz_runtime.functions.jupyter.hub import OVERRIDE
from tests.cluster.control_plane import free_ports

OFTEN = ("--MappingKernelManager.cull_interval=2", "--TerminalManager.cull_interval=2")
"""How often it is looked for idle kernels and terminals, which is every 5 minutes else."""
LONGEST = 150
"""Seconds: the server looks after itself once a minute."""


def arguments() -> list[str]:
    """Those of a profile, with times that a test can wait for."""
    entry = jupyter.kubespawner_profile(profiles.gpu_notebook(cpu=1, memory="1Gi"))
    return [each.replace("3600", "10").replace("3300", "5") for each in entry[OVERRIDE]["args"]]


def test_a_forgotten_server_ends(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    options = [f"--ServerApp.port={port}", "--IdentityProvider.token=t", "--ServerApp.allow_root=True"]
    command = [sys.executable, "-m", "jupyter_server", *options, f"--ServerApp.root_dir={tmp_path}"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([*command, *arguments(), *OFTEN], stdout=log, stderr=log)
    try:
        asyncio.run(forgotten(server, port))
    finally:
        server.kill()
    said = (tmp_path / "log").read_text()

    assert server.wait() == 0, said
    assert "Culling 'idle' kernel" in said
    assert "shutting down" in said


async def forgotten(server: subprocess.Popen[bytes], port: int) -> None:
    """Use the server, leave everything open, and wait until it has ended."""
    await asyncio.to_thread(ready, port)
    kernel = await asyncio.to_thread(asked, port, "kernels", {})
    await asyncio.to_thread(asked, port, "terminals", {})
    await websocket_connect(f"ws://127.0.0.1:{port}/api/kernels/{kernel['id']}/channels?token=t")
    with suppress(subprocess.TimeoutExpired):
        await asyncio.to_thread(server.wait, LONGEST)


def ready(port: int) -> None:
    """Wait until the server answers."""
    for _ in range(240):
        try:
            asked(port, "status")
        except OSError:
            time.sleep(0.25)
        else:
            return


def asked(port: int, what: str, body: dict[str, Any] | None = None) -> Any:
    """The answer of the server's API."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/{what}?token=t", data)
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  (loopback)
        return json.load(answer)
