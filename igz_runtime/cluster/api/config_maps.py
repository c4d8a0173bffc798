"""What ConfigMaps hold: YAML as text, of which an answer that is JSON says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from igz_runtime.cluster.api.forms import Form, takes, text
from igz_runtime.cluster.api.objects import Raw
from igz_runtime.cluster.api.parts import TEXTS, TOLERATIONS
from igz_runtime.cluster.node_groups import Preemptible
from igz_runtime.errors import BrokenFunction
from igz_runtime.k8s.codec import read_selector, read_tolerations
from igz_runtime.text.limits import LARGEST_CONFIG_MAP, Unreadable
from igz_runtime.text.tree import plain_yaml


@takes({"data": TEXTS})
def text_in(config_map: Raw, key: str) -> str:
    """The text under a key; empty where there is none."""
    return str((config_map.get("data") or {}).get(key) or "")


class NotYaml(Exception):
    """Why a text says nothing, as a sentence without its first word: it is not YAML."""


def document(written: str) -> Any:
    """What the text of a ConfigMap says.

    Raises:
        BrokenFunction: it is more than is read.
        NotYaml: it is not YAML.
    """
    if len(written) > LARGEST_CONFIG_MAP:
        raise BrokenFunction(f"it is larger than {LARGEST_CONFIG_MAP // 2**20} MiB")
    try:
        return plain_yaml(written)
    except Unreadable as error:
        if error.syntax:
            raise NotYaml(f"line {error.remark.position.line} {error}") from None
        raise BrokenFunction(f"it {error}") from None


_PLATFORM: Final[Form] = {
    "kube": {
        "preemptibleNodes": {
            "nodeSelector": TEXTS,
            "tolerations": TOLERATIONS,
            "gpuTolerations": TOLERATIONS,
            "defaultMode": text,
        }
    }
}


def read_platform_config(raw: Raw) -> Preemptible | None:
    """Nuclio's preemptible nodes, out of the ConfigMap with its `platform.yaml`; None where it configures none.

    Raises:
        BrokenFunction: it cannot be read.
    """
    try:
        platform = document(text_in(raw, "platform.yaml"))
        return None if platform is None else _preemptible(platform)
    except (BrokenFunction, NotYaml) as error:
        raise BrokenFunction(f"its platform.yaml cannot be read: {error}") from None


@takes(_PLATFORM)
def _preemptible(platform: Mapping[str, Any]) -> Preemptible | None:
    nodes = (platform.get("kube") or {}).get("preemptibleNodes") or {}
    if not nodes:
        return None
    return Preemptible(
        read_selector(nodes.get("nodeSelector"), "nodeSelector"),
        read_tolerations(nodes.get("tolerations"), "tolerations") or (),
        read_tolerations(nodes.get("gpuTolerations"), "gpuTolerations") or (),
        nodes.get("defaultMode") or "prevent",
    )
