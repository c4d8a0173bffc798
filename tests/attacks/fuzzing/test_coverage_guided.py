"""What reads other people's texts, under texts that coverage leads to: `coverage_guided.py` says the laws."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from igz_runtime import Cluster
from tests.attacks.budget import FULL, SEED, generator, seconds
from tests.clusters import audited
from tests.unit.lint.test_fuzz import SEEDS

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is for Linux on x86_64, and is not installed here"
)

ROOT: Final = Path(__file__).parents[3]
PROGRAM: Final = Path(__file__).with_name("coverage_guided.py")
WAIVERS: Final = (
    "until 2027-01-31: resubmitted by cron",
    "checkpoints every epoch (until 2020-01-31)",
    "reason: until 2027-01-31 it is resubmitted",
    "until=2027-01-31, x",
    "untill 2027-01-31 x",
    "- until\t2027-01-31 x",
    ": .\u200b",
    "waive IGZ101, IGZ103: resubmitted by cron",
)


def _cases(key: str) -> Iterator[Any]:
    """What the cases of the rules have at a key."""
    for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
        for cases in yaml.load(path.read_text(), Loader=yaml.CSafeLoader).values():
            yield from (case[key] for case in cases if isinstance(case, dict) and key in case)


def _of_yaml() -> Iterator[str]:
    yield from SEEDS.values()
    yield from (yaml.dump(function, Dumper=yaml.CSafeDumper, sort_keys=False) for function in _cases("function"))
    yield from (json.dumps(function) for function in _cases("function"))
    yield from (file["text"] for file in _cases("file") if file["name"].endswith((".yaml", ".json")))


def _of_code() -> Iterator[str]:
    for page in sorted((ROOT / "igz_runtime" / "rules" / "pages").glob("*.md")):
        yield from re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    yield from (file["text"] for file in _cases("file") if file["name"].endswith((".py", ".ipynb")))
    cells = [{"cell_type": "code", "source": ["%time x\n", "import mlrun"], "metadata": {}, "outputs": []}]
    yield json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _of_clusters() -> Iterator[str]:
    yield from (json.dumps(cluster, default=str) for cluster in _cases("audit"))
    yield from (json.dumps(made.to_dict()) for made in (Cluster.iguazio(), Cluster(), audited(3).view.cluster))


TARGETS: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "yaml": _of_yaml,
    "code": _of_code,
    "cluster": _of_clusters,
    "waiver": lambda: iter(WAIVERS),
}


@pytest.mark.parametrize("target", TARGETS)
def test_no_text_breaks_a_law(target: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    texts = list(dict.fromkeys(TARGETS[target]()))
    texts = generator(target).sample(texts, len(texts) if FULL else min(len(texts), 8))
    corpus, words = tmp_path / "corpus", tmp_path / "words"
    corpus.mkdir()
    for number, text in enumerate(texts):
        (corpus / f"{number}").write_text(text)
    known = sorted(set(re.findall(r"[\w./-]{3,40}", "\n".join(texts), re.ASCII)))
    words.write_text("".join(f'"{word}"\n' for word in known))

    ran = subprocess.run(
        [
            *(sys.executable, str(PROGRAM), target, str(corpus), f"-dict={words}", f"-artifact_prefix={tmp_path}/"),
            *(f"-seed={int.from_bytes(SEED.encode()) % 2**31 or 1}", f"-max_total_time={max(1, round(seconds(150)))}"),
            *("-timeout=60", "-rss_limit_mb=2048", "-max_len=8192", "-print_final_stats=1"),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        errors="replace",
        capture_output=True,
        check=False,
    )

    found = [path.name for path in tmp_path.iterdir() if path not in (corpus, words)]
    assert (ran.returncode, found) == (0, []), ran.stdout[-3000:] + ran.stderr[-3000:]
    covered = [int(each) for each in re.findall(r"\bcov: (\d+)", ran.stderr)]
    executed = int(re.findall(r"stat::number_of_executed_units: +(\d+)", ran.stderr)[0])
    assert executed > len(texts)
    assert covered[-1] > covered[0]
    record_property(f"texts that coverage led to, of the target {target!r}", executed)
