"""`igz-runtime lint` beside kube-score on files of the same size and shape: part of `make bench`.

Times, CPU times and peak memory are of whole processes that run in turns; making the files is not timed. Both judge
every file and find something in one of ten. `--files 1,100` takes other numbers of files.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

from kube_score import VERSION, kube_score
from lint_files import SIZE, deployment, function_file, has_finding, write
from processes import Command, Cost, in_turns

COUNTS = (1, 100, 1_000, 10_000)
MANY = 5_000
SCRIPT = Path(sys.executable).with_name("igz-runtime")
IGZ_RUNTIME = [str(SCRIPT)] if SCRIPT.is_file() else [sys.executable, "-m", "igz_runtime"]

# What only other objects could give a Deployment would be a finding in every file.
OTHER_OBJECTS = "--ignore-test=pod-networkpolicy,deployment-has-poddisruptionbudget"

EACH = """
import sys, yaml
for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        yaml.{}(file.read(), Loader=yaml.CSafeLoader)
"""


def main() -> None:
    """Run the benchmark for every number of files."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--files", default=",".join(map(str, COUNTS)), help="numbers of files, with commas between")
    counts = [int(count) for count in arguments.parse_args().files.split(",")]
    print(
        f"\nPython {platform.python_version()}, {os.cpu_count()} cores; medians of whole processes that ran in turns."
    )
    print("Memory is the peaks of all processes of a command, added up: pages that they share count in each.")
    start()
    other = kube_score()
    if other is not None:
        print(f"kube-score is {VERSION}, or what KUBE_SCORE or PATH named instead")
    for count in counts:
        with tempfile.TemporaryDirectory() as made:
            files(Path(made), count, other)


def start() -> None:
    """`igz-runtime --version` beside a Python that does nothing."""
    here = Path.cwd()
    costs = in_turns(
        {
            "bare": Command([sys.executable, "-c", "pass"], here),
            "version": Command([*IGZ_RUNTIME, "--version"], here),
        },
        times=15,
    )
    bare, version = costs["bare"].seconds * 1e3, costs["version"].seconds * 1e3
    print(f"igz-runtime --version   {version:.0f} ms; bare Python {bare:.0f} ms")


def files(made: Path, count: int, other: str | None) -> None:
    """So many files through both programs, and through libyaml alone on one core."""
    functions = write(made / "functions", function_file, count)
    names = sorted(path.name for path in functions.iterdir())
    found = int(any(map(has_finding, range(count))))
    commands = {
        "igz-runtime lint": Command([*IGZ_RUNTIME, "lint", "."], functions, found),
        "yaml.compose, libyaml": Command([sys.executable, "-c", EACH.format("compose"), *names], functions),
        "yaml.load, libyaml": Command([sys.executable, "-c", EACH.format("load"), *names], functions),
    }
    if other is not None:
        deployments = write(made / "deployments", deployment, count)
        commands["kube-score score"] = Command([other, "score", OTHER_OBJECTS, *names], deployments, found)
    costs = in_turns(commands, times=5 if count < MANY else 3)
    print(f"\n{f'files of {SIZE // 1000} KB: {count:,}':23}      time      CPU    memory")
    for name, each in costs.items():
        print(f"{name:24}{each.seconds:7.2f} s {each.cpu:6.2f} s {each.memory:6,.0f} MB{_beside(each, costs, name)}")


def _beside(each: Cost, costs: dict[str, Cost], name: str) -> str:
    judge = costs.get("kube-score score")
    if judge is None or name != "igz-runtime lint":
        return ""
    return (
        f"   beside kube-score: {each.seconds / judge.seconds:.2f} times the time, "
        f"{each.cpu / judge.cpu:.2f} times the CPU, {each.memory / judge.memory:.2f} times the memory"
    )


if __name__ == "__main__":
    main()
