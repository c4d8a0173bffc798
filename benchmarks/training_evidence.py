"""How well the evidence in code tells what trains, on real functions that were labelled by hand before it was run.

`tests/data/training` holds the labels, and no code: those that the evidence was corrected by, and those that it was
held to once, afterwards. Fetch each file first, as it is at its commit, and keep it under one folder:

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

LABELS = Path(__file__).parent.parent / "tests/data/training"
SETS = ("labels.yaml", "held_out.yaml")


ASKED = {"trains": "trains", "writes": "writes checkpoints", "reads": "reads them back"}
"""What is labelled; the last two of what trains alone."""


def main(folder: Path) -> None:
    for each in SETS:
        print(f"\n{each}")
        measure(folder, yaml.safe_load((LABELS / each).read_text(encoding="utf-8")))


def measure(folder: Path, labels: list[dict[str, Any]]) -> None:
    found = [(label, seen_in(folder, label)) for label in labels]
    read = [(label, seen) for label, seen in found if seen is not None]
    for asked, title in ASKED.items():
        counts: Counter[tuple[bool, bool]] = Counter()
        print(f"\n{title}")
        for label, evidence in read:
            if asked not in label:
                continue
            seen = bool(getattr(evidence, asked))
            counts[label[asked], seen] += 1
            if seen != label[asked]:
                print(f"  {'missed' if label[asked] else 'wrong'}: {name(label)}: {why(evidence, asked)}")
        show(counts)
    known = [seen.whole for label, seen in read if not label["trains"]]
    print(f"\nof {len(known)} that do not train, all that runs is known of {sum(known)}: their names do not count")
    if len(read) < len(found):
        print(f"{len(found) - len(read)} files are not in the folder")


def seen_in(folder: Path, label: dict[str, Any]) -> Any:
    path = folder / label["repository"].replace("/", "+") / label["commit"] / label["path"]
    return evidence_of_code(Code(files=(str(path),)), tuple(filter(None, (label["handler"],))))


def name(label: dict[str, Any]) -> str:
    handler = f" ({label['handler']})" if label.get("handler") else ""
    return f"{label['repository']}@{label['commit'][:8]} {label['path']}{handler}"


def why(found: Any, asked: str) -> str:
    seen = getattr(found, asked)
    return "; ".join(map(str, seen[:3])) or "; ".join(found.unread[:3]) or "nothing seen, and all of it known"


def show(counts: Counter[tuple[bool, bool]]) -> None:
    print(f"  {'':8}{'seen':>8}{'not seen':>10}")
    for label in (True, False):
        print(f"  {'yes' if label else 'no':8}{counts[label, True]:8}{counts[label, False]:10}")
    seen, real = counts[True, True] + counts[False, True], counts[True, True] + counts[True, False]
    print(f"  precision {counts[True, True] / max(seen, 1):.3f}, recall {counts[True, True] / max(real, 1):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1])) if sys.argv[1:] else sys.exit(__doc__)
