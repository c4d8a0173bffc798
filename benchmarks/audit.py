"""Reading a large cluster with what runs there, and judging it, beside reading it alone; then the page: `make bench`.

Each figure is printed beside its bound. `benchmarks/cluster.py` makes the cluster.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from large_cluster import READ, Size, middle, process

from tests.cluster.control_plane import ControlPlane

TURNS: Final = 3
TIMES, MEMORY, SECONDS, SIZE = 1.2, 350, 1.0, 300
"""What is to be reached: times of reading alone, MB at most, seconds for the page, and its KB."""

AUDIT: Final = """
import sys
from igz_runtime import Cluster
from igz_runtime.audit import audit_cluster
cluster = Cluster.from_kubernetes(kubeconfig=sys.argv[1], timeout=300, running=True)
audit = audit_cluster(cluster, environment="production", config="none")
assert not cluster.live.unknown, cluster.live.unknown
assert sum(each.work.running for each in audit.view.work) > int(sys.argv[3]) / 2
assert {"IGZ611", "IGZ614"} <= {each.finding.rule for each in audit.found}
if len(sys.argv) > 4:
    cluster.save(sys.argv[4])
"""

PAGE: Final = """
import sys, time
from igz_runtime import Cluster
from igz_runtime.audit import audit_cluster
from igz_runtime.report.audit.page import rendered
audit = audit_cluster(Cluster.load(sys.argv[1]), environment="production", config="none")
began = time.perf_counter()
page = rendered(audit)
print(time.perf_counter() - began, len(page.encode()) / 1000)
"""


def auditing(plane: ControlPlane, saved: Path, size: Size) -> None:
    """Read and judge the cluster beside reading it alone, in turns; then draw its page from the saved cluster."""
    about = [str(plane.kubeconfig), *map(str, size)]
    alone, audit = ([sys.executable, "-c", code, *about] for code in (READ, AUDIT))
    runs = [(process(alone), process(audit)) for _ in range(TURNS)]
    (read, _), (audited, memory) = (middle(each) for each in zip(*runs, strict=True))
    print(f"from_kubernetes(running=True), audit_cluster {audited:5.1f} s, {memory:,.0f} MB (bound: {MEMORY} MB)")
    print(f"  {audited / read:.2f} times as long as Cluster.from_kubernetes alone, {read:.1f} s (bound: {TIMES})")
    process([*audit, str(saved)])
    drawn = subprocess.run([sys.executable, "-c", PAGE, str(saved)], check=True, capture_output=True, text=True)
    seconds, kilobytes = map(float, drawn.stdout.split())
    megabytes = saved.stat().st_size / 1e6
    print(f"its page {seconds:.2f} s (bound: {SECONDS} s), {kilobytes:,.0f} KB (bound: {SIZE} KB)")
    print(f"the cluster in a file, with what runs there {megabytes:,.1f} MB")
