"""MLRun's own API server on loopback: the last version whose server is in its wheel, with SQLite, on Python 3.9.

It makes pods where a Kubernetes API server takes them, and never runs one: there is no kubelet.
"""

from __future__ import annotations

import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.cluster.control_plane import free_ports, process
from tests.cluster.shapes import CLASSES
from tests.contract.mlrun_api import encoded

PYTHON: Final = "IGZ_TEST_SERVER_PYTHON"
"""The environment variable that names the Python which has this MLRun (`make test-server`)."""
LABELS: Final = {"app.iguazio.com/lifecycle": "preemptible"}
TOLERATION: Final = {"key": "preemptible", "operator": "Equal", "value": "true", "effect": "NoSchedule"}


@contextmanager
def serving(kubeconfig: Path | None = None) -> Iterator[str]:
    """A server, and where it is reached, until the block ends.

    Args:
        kubeconfig: of the Kubernetes API server that takes its pods; None: it makes none.

    Raises:
        NotStarted: it did not come up.
    """
    python = os.environ[PYTHON]
    with TemporaryDirectory(prefix="igz-mlrun-server-", ignore_cleanup_errors=True) as name:
        folder, [port] = Path(name), free_ports(1)
        settings = _settings(folder, port, kubeconfig)
        # What `mlrun db` does, which listens on every address.
        subprocess.run([python, "-m", "mlrun.api.initial_data"], env=settings, cwd=folder, check=True)
        command = [python, "-m", "uvicorn", "mlrun.api.main:app", "--host", "127.0.0.1", "--port", str(port)]
        url = f"http://127.0.0.1:{port}"
        with process(command, folder / "server.log", lambda: _is_well(url), settings):
            yield url


def _settings(folder: Path, port: int, kubeconfig: Path | None) -> dict[str, str]:
    """The environment of the server: nothing of the one that starts it but its search path."""
    for below in ("db", "logs", "artifacts"):
        (folder / below).mkdir()
    settings = {
        "is_api_server": "true",
        "ignore_env_file": "true",
        "httpdb__port": str(port),
        "httpdb__dsn": f"sqlite:///{folder}/db/mlrun.db?check_same_thread=false",
        "httpdb__logs_path": f"{folder}/logs",
        "httpdb__dirpath": f"{folder}/db",
        "httpdb__data_volume": f"{folder}/artifacts",
        "artifact_path": f"{folder}/artifacts/{{{{project}}}}",
        "nuclio_dashboard_url": "disabled",
        "httpdb__builder__docker_registry": "registry.example.org",
        "namespace": "default",
        "preemptible_nodes__node_selector": encoded(LABELS),
        "preemptible_nodes__tolerations": encoded([TOLERATION]),
        "valid_function_priority_class_names": ",".join(CLASSES),
        "default_function_priority_class_name": "igz-workload-medium",
        "kubernetes__kubeconfig_path": str(kubeconfig or ""),
    }
    variables = {f"MLRUN_{name.upper()}": value for name, value in settings.items() if value}
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "NO_PROXY": "127.0.0.1", **variables}


def _is_well(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/v1/healthz", timeout=5) as answer:  # noqa: S310  (on loopback)
            return bool(answer.status == 200)
    except OSError:
        return False
