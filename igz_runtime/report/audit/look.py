"""How an audit looks: the rules of style beside those of every report.

What is narrow is the report, not the screen: a notebook's output and a picture of it have a width of their own.

The colours of the drawings are between light and dark, with a contrast of 3 to 1 and more on white and on black: a
notebook's theme is not the browser's. No colour means anything alone: QoS classes differ by stripes, findings by lines.
"""

from __future__ import annotations

from typing import Final

LOOK: Final = """
.igz-report { container-type: inline-size; }
.igz-report svg { display: block; max-width: 100%; height: auto; margin: 0.4em 0; }
.igz-report svg.igz-bar { width: 100%; min-width: 3.5em; height: 0.8em; margin: 0.35em 0 0.1em; }
.igz-report svg.igz-swatch { display: inline-block; width: 1.6em; height: 0.8em; margin: 0 0.35em 0 0; }
.igz-report .igz-frame { fill: rgba(128, 128, 128, 0.22); }
.igz-report .igz-hit { fill: transparent; }
.igz-report .igz-bar > *, .igz-report .igz-swatch > * { height: 100%; fill: currentColor; }
.igz-report .igz-bar > .igz-free { fill: rgba(128, 128, 128, 0.22); }
.igz-report line { stroke: currentColor; stroke-width: 2em; stroke-dasharray: 3 2.5; }
.igz-report .igz-column { stroke: currentColor; stroke-width: 10; fill: none; }
.igz-report .igz-column.igz-stripes { stroke-dasharray: 2.5 2; }
.igz-report .igz-q0 { color: #3f7fd1; }
.igz-report .igz-q1 { color: #1f9a86; }
.igz-report .igz-p0, .igz-report .igz-p1 { color: #8b63d9; }
.igz-report .igz-p2, .igz-report .igz-p3 { color: #a46a2b; }
.igz-report .igz-q2, .igz-report .igz-p4 { color: #808080; }
.igz-report rect.igz-q1, .igz-report rect.igz-p1, .igz-report rect.igz-p3 { fill-opacity: 0.35; }
.igz-report .igz-q1.igz-column:not(.igz-stripes) { stroke-opacity: 0.35; }
.igz-report .igz-boxes { stroke-width: 10; stroke-dasharray: 4 2; stroke: #8b63d9; fill: none; }
.igz-report .igz-free-box { stroke-opacity: 0.3; }
.igz-report .igz-state { stroke: currentColor; stroke-width: 1.5; fill: none; }
.igz-report .igz-squares { stroke-width: 9; stroke-dasharray: 9 2; stroke: #3f7fd1; }
.igz-report .igz-step0 { stroke-opacity: 0.2; }
.igz-report .igz-step1 { stroke-opacity: 0.4; }
.igz-report .igz-step2 { stroke-opacity: 0.6; }
.igz-report .igz-step3 { stroke-opacity: 0.8; }
.igz-report .igz-outline { fill: none; stroke-width: 2; }
.igz-report .igz-edges { stroke-width: 1.5; stroke-dasharray: 9 2; }
.igz-report .igz-sides { stroke-width: 9; stroke-dasharray: 1.5 6 1.5 2; }
.igz-report .igz-in-error { stroke: #e5484d; }
.igz-report .igz-in-warning { stroke: #c67600; }
.igz-report .igz-in-info { stroke: currentColor; }
.igz-report .igz-outline.igz-in-warning { stroke-dasharray: 5 2.5; }
.igz-report .igz-outline.igz-in-info { stroke-dasharray: 1.5 2; }
.igz-report .igz-edges.igz-in-warning { stroke-dasharray: 3.5 2 3.5 2; }
.igz-report .igz-edges.igz-in-info { stroke-dasharray: 1.5 1.5 1.5 1.5 1.5 3.5; }
.igz-report .igz-sides.igz-in-warning, .igz-report .igz-sides.igz-in-info { display: none; }
.igz-report .igz-card { border: 1px solid rgba(128, 128, 128, 0.4); border-radius: 0.5em; margin: 1em 0;
  padding: 0.7em 1em; }
.igz-report .igz-card > h3, .igz-report .igz-card > p:first-child { margin-top: 0; }
.igz-report .igz-halves { display: grid; grid-template-columns: minmax(0, 11fr) minmax(0, 9fr); gap: 0.5em 2em; }
.igz-report .igz-bars { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.4em 0.8em;
  margin: 0.9em 0 0.5em; }
.igz-report .igz-bars p { margin: 0; }
.igz-report .igz-key { display: inline-block; margin-right: 1.1em; white-space: nowrap; }
.igz-report .igz-facts span { display: inline-block; margin-right: 1.5em; }
.igz-report .igz-badge.igz-mark { color: inherit; background: none; border: 1px solid currentColor;
  padding: 0 0.45em; font-weight: normal; font-size: 0.85em; }
.igz-report .igz-badge.igz-spot { border-style: dashed; border-width: 2px; }
.igz-report .igz-finding ul { margin: 0.2em 0; padding-left: 1.2em; }
.igz-report .igz-legend svg { max-height: 5em; width: auto; margin: 0; }
.igz-report .igz-legend svg.igz-swatch { width: 1.6em; }
.igz-report table.igz-glance { width: 100%; }
.igz-report table.igz-glance th, .igz-report table.igz-nodes th, .igz-report table.igz-rules th { white-space: normal;
  min-width: 0; }
.igz-report table.igz-table thead th { overflow-wrap: break-word; }
.igz-report table.igz-rules tbody th, .igz-report .igz-amount, .igz-report table.igz-glance thead th
  { white-space: nowrap; }
.igz-report table.igz-table td.igz-count, .igz-report table.igz-table th.igz-count { text-align: right;
  font-variant-numeric: tabular-nums; padding-right: 1em; }
@container (max-width: 52em) {
  .igz-report .igz-halves { grid-template-columns: minmax(0, 1fr); }
  .igz-report .igz-aside { display: none; }
  .igz-report .igz-key { white-space: normal; }
  .igz-report .igz-bars { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .igz-report table.igz-table th, .igz-report table.igz-table td { padding-right: 0.7em; }
  .igz-report table.igz-glance, .igz-report table.igz-nodes { font-size: 0.85em; }
  .igz-report .igz-amount, .igz-report table.igz-glance thead th { white-space: normal; }
}
"""

PAGE_LOOK: Final = """
body { max-width: 80em; }
.igz-skip { position: absolute; left: -999em; }
.igz-skip:focus { position: static; }
.igz-report caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.igz-report details caption { position: static; width: auto; height: auto; clip-path: none; }
.igz-report .igz-filters { border: 1px solid rgba(128, 128, 128, 0.4); border-radius: 0.5em; margin: 1em 0;
  padding: 0.3em 1em 0.5em; }
.igz-report .igz-filters label { display: inline-block; margin-right: 1.5em; padding: 0.15em 0; }
.igz-report :target { outline: 2px solid currentColor; outline-offset: 3px; }
@media print {
  body { max-width: none; font-size: 0.75em; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .igz-skip, .igz-report .igz-filters, .igz-report .igz-screen, .igz-card details, summary { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .igz-report .igz-finding, .igz-report tr, .igz-report svg { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
"""
"""What a page alone needs: the headings say what its tables are, so captions are there for screen readers."""
