"""What the page about policies shows is what the API server says, and takes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from kubernetes import client as v1

from tests.cluster.control_plane import api_client
from tests.policy.enforced import Enforced

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "policy.md").read_text()
NAMESPACE: Final = "default-tenant"
EXPORT: Final = ("--cluster", "examples/audit/cluster.json", "--config", "examples/audit/igz-runtime.yaml")


def shown(kind: str) -> Iterator[dict[str, Any]]:
    """The manifests of a kind that the page shows."""
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        for each in yaml.safe_load_all(block):
            if each.get("kind") == kind:
                yield each


@pytest.fixture(scope="module")
def documented(kubeconfig: Path) -> Enforced:
    """An API server with what the page exports."""
    command = [sys.executable, "-m", "igz_runtime", "policy", *EXPORT, "--namespace", NAMESPACE, "--enforce", "IGZ101"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    definition, deny, warn, *_, facts = yaml.safe_load_all(ran.stdout)
    server = Enforced(kubeconfig)
    server.classes()
    server.namespaces([NAMESPACE])
    server.crd(definition)
    server.facts(NAMESPACE, facts["spec"])
    server.install([NAMESPACE], {"deny": deny, "warn": warn})
    return server


def test_the_pod_is_refused_in_the_words_of_the_page(documented: Enforced) -> None:
    (pod,) = shown("Pod")
    (said,) = re.findall(r"^    (pods .*)$", PAGE, re.MULTILINE)

    # The binding of a test is called after its namespace.
    assert documented.ask(NAMESPACE, pod).said.replace(f"igz-runtime-deny-{NAMESPACE}", "igz-runtime-deny") == said


def test_the_count_of_failed_evaluations_is_called_so(documented: Enforced) -> None:
    assert documented.unjudged() == 0
    (pattern,) = re.findall(r"/metrics \| grep '(.*)'$", PAGE, re.MULTILINE)
    counted = (
        'apiserver_validating_admission_policy_check_total{enforcement_action="allow",policy="igz-runtime-deny"} 1'
    )
    assert re.search(pattern, counted)


def test_the_roles_are_taken(kubeconfig: Path) -> None:
    rbac = v1.RbacAuthorizationV1Api(api_client(kubeconfig))
    made = [rbac.create_cluster_role(each, dry_run="All").metadata.name for each in shown("ClusterRole")]
    assert made == ["igz-runtime-policy-editor", "igz-runtime-policy-reader"]
