"""How reports look in HTML: the rules of style that notebooks and pages share, and those of a page alone."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
.igz-report { line-height: 1.45; max-width: 62em; }
.igz-report p { margin: 0.3em 0; }
.igz-report table.igz-table { border-collapse: collapse; margin: 0.8em 0; font-size: inherit; color: inherit; }
.igz-report table.igz-table caption { caption-side: top; text-align: left; font-weight: bold; color: inherit;
  padding: 0 0 0.2em; }
.igz-report table.igz-table th, .igz-report table.igz-table td { text-align: left; vertical-align: top;
  padding: 0.15em 1.5em 0.15em 0; border: 0; border-top: 1px solid rgba(128, 128, 128, 0.35); color: inherit;
  max-width: 40em; overflow-wrap: anywhere; white-space: normal; }
.igz-report table.igz-table tr, .igz-report table.igz-table tr:hover { background: none; }
.igz-report table.igz-table th { font-weight: normal; min-width: 7em; }
.igz-report table.igz-table thead th { font-weight: bold; border-top: 0; }
.igz-report .igz-badge { border-radius: 0.25em; padding: 0.05em 0.45em; color: #fff; background: #5f6368;
  white-space: nowrap; }
.igz-report .igz-error { background: #b3261e; }
.igz-report .igz-warning { background: #8a5300; }
.igz-report .igz-info { background: #1a5fb4; }
.igz-report .igz-good { background: #1b6e3c; }
.igz-report .igz-finding { margin: 0.6em 0; padding-left: 0.7em; border-left: 0.25em solid rgba(128, 128, 128, 0.5);
  overflow-wrap: anywhere; }
.igz-report .igz-finding p { margin: 0.15em 0; }
.igz-report .igz-note { opacity: 0.85; }
.igz-report summary { cursor: pointer; }
"""

PAGE_STYLE: Final = """
:root { color-scheme: light dark; }
body { background: Canvas; color: CanvasText; font-family: system-ui, sans-serif; margin: 1.5em auto;
  max-width: 68em; padding: 0 1em; }
h1 { font-size: 1.4em; }
h2 { font-size: 1.15em; margin: 1.6em 0 0.4em; overflow-wrap: anywhere; }
h3 { font-size: 1em; margin: 1.2em 0 0.2em; overflow-wrap: anywhere; }
.igz-report { max-width: none; }
.igz-report .igz-summary .igz-badge { display: inline-block; white-space: normal; }
.igz-report .igz-wide { overflow-x: auto; }
.igz-report table.igz-table th { min-width: 0; white-space: nowrap; padding-right: 1em; }
.igz-report table.igz-table .igz-count { text-align: right; font-variant-numeric: tabular-nums; padding-right: 1em; }
@media print { a { color: inherit; text-decoration: none; } }
"""
