"""How well the evidence in code tells what trains, on real functions that were labelled by hand before it was run.

`tests/data/training/labels.yaml` holds the labels, and no code. Fetch each file first, as it is at its commit, and keep
it under one folder:

    FOLDER/<owner>+<name>/<commit>/<path>

`git clone https://github.com/<owner>/<name>`, and `git show <commit>:<path>` of each. Then:

    PYTHONPATH=. python benchmarks/training_evidence.py FOLDER
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from igz_runtime.functions.code import Code, evidence_of_code

LABELS = Path(__file__).parent.parent / "tests/data/training/labels.yaml"


def main(folder: Path) -> None:
    labels = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
    counts: Counter[tuple[bool, bool]] = Counter()
    missing = 0
    for label in labels:
        path = folder / label["repository"].replace("/", "+") / label["commit"] / label["path"]
        found = evidence_of_code(Code(files=(str(path),)), tuple(filter(None, (label.get("handler"),))))
        if found is None:
            missing += 1
            continue
        trains = bool(found.trains)
        counts[label["trains"], trains] += 1
        if trains != label["trains"]:
            print(f"{'missed' if label['trains'] else 'wrong'}: {name(label)}: {why(found)}")
    show(counts, missing)


def name(label: dict[str, Any]) -> str:
    handler = f" ({label['handler']})" if label.get("handler") else ""
    return f"{label['repository']}@{label['commit'][:8]} {label['path']}{handler}"


def why(found: Any) -> str:
    return "; ".join(map(str, found.trains[:3])) or "; ".join(found.unread[:3]) or "nothing seen, and all of it known"


def show(counts: Counter[tuple[bool, bool]], missing: int) -> None:
    print(f"\n{'':14}{'seen':>8}{'not seen':>10}")
    for label in (True, False):
        print(f"{'trains' if label else 'does not':14}{counts[label, True]:8}{counts[label, False]:10}")
    seen, real = counts[True, True] + counts[False, True], counts[True, True] + counts[True, False]
    print(f"precision {counts[True, True] / max(seen, 1):.3f}, recall {counts[True, True] / max(real, 1):.3f}")
    if missing:
        print(f"{missing} files are not in the folder")


if __name__ == "__main__":
    main(Path(sys.argv[1])) if sys.argv[1:] else sys.exit(__doc__)
