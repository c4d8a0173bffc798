"""Pictures of values as a notebook shows them. `tests/contract/test_docs.py` draws them, run as a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import mlrun

from igz_runtime import Cluster, jupyter, profiles
from igz_runtime.audit import audit_cluster

IMAGES = Path(__file__).parent / "images"
WIDTH = 860
# A card of its own, so that it can be read on a dark page too.
SVG = 'xmlns="http://www.w3.org/2000/svg"'
FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<title>{title}</title>
<rect x="0.5" y="0.5" width="{right}" height="{bottom}" rx="8" fill="#fff" stroke="#d0d7de"/>
<foreignObject x="20" y="14" width="{inner}" height="{high}">
<div xmlns="http://www.w3.org/1999/xhtml" style="font: 14px Helvetica, Arial, sans-serif; color: #1f2328">
{html}
</div>
</foreignObject>
</svg>
"""


class Picture(NamedTuple):
    """A value as a notebook shows it, what it shows in words, and how high it is."""

    made: Callable[[], Any]
    title: str
    height: int

    def drawn(self) -> str:
        """The value as SVG around its HTML."""
        html = self.made()._repr_html_().replace("<br>", "<br/>").replace("<svg ", f"<svg {SVG} ")
        sizes = {"right": WIDTH - 1, "bottom": self.height - 1, "inner": WIDTH - 40, "high": self.height - 28}
        return FRAME.format(width=WIDTH, height=self.height, title=self.title, html=html, **sizes)


def _plan() -> Any:
    fn = mlrun.new_function("trainer", kind="job", image="mlrun/mlrun", handler="train")
    return profiles.spot_stateless(cpu=1, memory="2Gi").plan(fn)


def _service() -> Any:
    profile = profiles.gpu_notebook(cpu=8, memory="64Gi", node_group="gpu")
    return jupyter.service(profile, name="lab-gpu", cluster=Cluster.iguazio(environment="development"))


def _audit() -> Any:
    example = Path(__file__).parents[1] / "examples" / "audit"
    cluster = Cluster.load(example / "cluster.json")
    return audit_cluster(cluster, environment="production", config=example / "igz-runtime.yaml")


PICTURES: Final[Mapping[str, Picture]] = {
    "plan.svg": Picture(_plan, "A plan of spot_stateless on a training job, which is refused", 840),
    "audit.svg": Picture(_audit, "An audit of a cluster: node groups at a glance, and a card for each", 2570),
    "jupyter-service.svg": Picture(_service, "A Jupyter service under gpu_notebook, and what is not promised", 690),
}


def drawn() -> Mapping[Path, str]:
    """Each picture by its file."""
    return {IMAGES / name: picture.drawn() for name, picture in PICTURES.items()}
