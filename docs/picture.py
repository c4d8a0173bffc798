"""The picture in README.md, a plan as a notebook shows it. `tests/contract/test_docs.py` draws it, run as a program."""

from __future__ import annotations

from pathlib import Path

import mlrun

from igz_runtime import profiles

PICTURE = Path(__file__).parent / "images" / "plan.svg"
WIDTH, HEIGHT = 860, 840
# A card of its own, so that it can be read on a dark page too.
FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<title>A plan of spot_stateless on a training job, which is refused</title>
<rect x="0.5" y="0.5" width="{right}" height="{bottom}" rx="8" fill="#fff" stroke="#d0d7de"/>
<foreignObject x="20" y="14" width="{inner}" height="{high}">
<div xmlns="http://www.w3.org/1999/xhtml" style="font: 14px Helvetica, Arial, sans-serif; color: #1f2328">
{html}
</div>
</foreignObject>
</svg>
"""


def drawn() -> str:
    """The plan of a profile that is refused, as SVG around the HTML that a notebook shows."""
    fn = mlrun.new_function("trainer", kind="job", image="mlrun/mlrun", handler="train")
    html = profiles.spot_stateless(cpu=1, memory="2Gi").plan(fn)._repr_html_().replace("<br>", "<br/>")
    return FRAME.format(
        width=WIDTH, height=HEIGHT, right=WIDTH - 1, bottom=HEIGHT - 1, inner=WIDTH - 40, high=HEIGHT - 28, html=html
    )
