"""Lint on hostile texts: never a traceback, never more than 2 seconds and 200 MB for one file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
import yaml


def _bomb(levels: int, each: str) -> str:
    lines = "".join(f"a{i}: &a{i} {each.replace('*', f'*a{i - 1}')}\n" for i in range(1, levels))
    return f"kind: job\na0: &a0 {{b: 1}}\n{lines}spec: {{node_selector: *a{levels - 1}}}\n"


def _after_head(more: str) -> str:
    return f"kind: job\nmetadata: {{name: f}}\nspec:\n{more}"


def _selectors(count: int) -> str:
    return ", ".join(f'"k{i}": " a"' for i in range(count))


HEAVY: Final[dict[str, Callable[[], str]]] = {
    "alias bomb": lambda: _bomb(60, "[*, *, *, *, *, *, *, *, *]"),
    "alias bomb of mappings": lambda: _bomb(60, "{a: *, b: *, c: *}"),
    "merge bomb": lambda: _bomb(60, "{<<: [*, *, *, *, *, *, *, *, *]}"),
    "wide merges": lambda: (
        "kind: job\nx: &x {" + ", ".join(f"k{i}: 1" for i in range(20_000)) + "}\n"
        "spec: [" + ", ".join(["{<<: *x}"] * 20_000) + "]\n"
    ),
    "quadratic aliases": lambda: (
        "kind: job\nx: &x [" + "1, " * 9_000 + "]\nspec: {node_selector: [" + "*x, " * 9_000 + "]}\n"
    ),
    "alias in its own anchor": lambda: _after_head("  node_selector: &n {a: *n}\n"),
    "deep flow sequences": lambda: _after_head("  node_selector: " + "[" * 500_000 + "]" * 500_000 + "\n"),
    "deep flow mappings": lambda: _after_head("  node_selector: " + "{a: " * 100_000 + "}" * 100_000 + "\n"),
    "deep flow, never closed": lambda: _after_head("  node_selector: " + "[" * 1_000_000),
    "deep block": lambda: _after_head("".join(" " * (2 + i) + "a:\n" for i in range(2_000))),
    "deep block sequences": lambda: _after_head("  a: \n    " + "- " * 300_000 + "x\n"),
    "deep explicit keys": lambda: _after_head("  " + "? " * 300_000 + "x\n"),
    "deep inside of quotes": lambda: _after_head('  a: "' + "[" * 1_000_000 + '"\n'),
    "a line of 10 MB": lambda: _after_head(f"  image: {'x' * 10_000_000}\n"),
    "a line of 10 MB with blanks": lambda: _after_head(f"  image: {'x ' * 5_000_000}\n"),
    "a quoted line of 10 MB": lambda: _after_head(f'  image: "{chr(0xE9) * 5_000_000}"\n'),
    "a comment of 10 MB": lambda: _after_head(f"  image: x # {'igz-runtime: waive ' * 500_000}\n"),
    "a key of 10 MB": lambda: _after_head(f"  ? {'k' * 10_000_000}\n  : v\n"),
    "10 MB of line ends": lambda: _after_head("\n" * 10_000_000),
    "10 MB of blanks": lambda: _after_head(" " * 10_000_000),
    "10 MB of documents": lambda: "---\n" * 2_500_000,
    "100,000 functions": lambda: "---\nkind: job\nspec: {}\n" * 100_000,
    "4,000 documents with findings": lambda: "---\nkind: job\nspec: {preemption_mode: X}\n" * 4_000,
    "4,000 functions with findings": lambda: "- kind: job\n  spec: {preemption_mode: X}\n" * 4_000,
    "4,000 selectors with findings": lambda: _after_head(f"  node_selector: {{{_selectors(4_000)}}}\n"),
    "1,000,000 values": lambda: _after_head("  args: [" + "1, " * 1_000_000 + "]\n"),
    "1,000,000 keys": lambda: _after_head("".join(f"  k{i}: 1\n" for i in range(1_000_000))),
    "100,000 selectors": lambda: _after_head(
        "  node_selector:\n" + "".join(f"    k{i}: ' a'\n" for i in range(100_000))
    ),
    "100,000 waivers": lambda: "kind: job\nspec: {}\n" + "# igz-runtime: waive IGZ101 because\n" * 100_000,
    "100,000 anchors": lambda: _after_head("".join(f"  k{i}: &a{i} x\n" for i in range(100_000))),
    "a huge whole number": lambda: _after_head(f"  replicas: {'9' * 5_000_000}\n"),
    "a huge sexagesimal number": lambda: _after_head(f"  replicas: {'9:' * 300_000}9\n"),
    "a huge binary number": lambda: _after_head(f"  replicas: 0b{'1' * 5_000_000}\n"),
    "a huge exponent": lambda: _after_head("  resources: {limits: {cpu: 1e999999999, memory: 1e-999999999}}\n"),
    "a huge quantity": lambda: _after_head(f"  resources: {{limits: {{cpu: '{'9' * 5_000_000}Gi'}}}}\n"),
    "a huge text of tags": lambda: _after_head("  a: " + "!a " * 1_000_000 + "x\n"),
    "python tags": lambda: _after_head("  a: !!python/object/apply:os.system [echo]\n"),
    "many quotes": lambda: _after_head("  a: '" + "''" * 4_000_000 + "'\n"),
    "JSON, deep": lambda: '{"kind": "job", "spec": ' + '{"a":' * 200_000 + "1" + "}" * 200_000 + "}",
    "JSON, 4,000 functions with findings": lambda: json.dumps(
        [{"kind": "job", "spec": {"preemption_mode": "X"}}] * 4_000
    ),
    "JSON, 4,000 selectors with findings": lambda: (
        f'{{"kind": "job", "spec": {{"node_selector": {{{_selectors(4_000)}}}}}}}'
    ),
    "JSON, many values": lambda: '{"kind": "job", "spec": {"a": [' + "1," * 900_000 + "1]}}",
    "JSON, a huge number": lambda: '{"kind": "job", "spec": {"replicas": ' + "9" * 5_000_000 + "}}",
}

_MEASURED = """
import json, pathlib, resource, sys, time
from igz_runtime.lint.judging import lint_text
path = pathlib.Path(sys.argv[1])
lint_text("function.yaml", "kind: job\\nspec: {resources: {limits: {memory: 4gi}}}\\n")
lint_text("function.json", '{"kind": "job", "spec": {"node_selector": {"a": " b"}}}')
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))
base, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
report = lint_text(path.name, path.read_bytes())
seconds, most = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, (most - base) / 1024, [str(each.finding) for each in report.findings[:9]]]))
"""


def measured(path: Path) -> tuple[float, float, list[str]]:
    """Seconds of the processor and MB of memory for one file, in a process of its own, and what was found."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:] or f"ended by signal {-done.returncode}"
    seconds, megabytes, found = json.loads(done.stdout)
    return seconds, megabytes, found


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux does")
@pytest.mark.parametrize("name", HEAVY)
def test_a_hostile_text_costs_2_seconds_and_200_mb_at_most(name: str, tmp_path: Path) -> None:
    path = tmp_path / ("function.json" if name.startswith("JSON") else "function.yaml")
    path.write_text(HEAVY[name](), encoding="utf-8")

    seconds, megabytes, _ = measured(path)

    assert seconds < (2 if yaml.__with_libyaml__ else 30)
    assert megabytes < 200
