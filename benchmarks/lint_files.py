"""Function files as MLRun's hub has them, and Deployments of the same size and shape, for the benchmark of lint.

Most of each is one line of base64; the rest describes entry points, environment and resources, in about as many YAML
nodes. One in ten has a finding: a CPU request above its limit, or no limits.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

SIZE = 20_000
KINDS = ("job", "job", "serving", "spark", "job", "dask", "mpijob")
HANDLERS = ("prepare", "validate")
COLUMNS = ("amount", "branch", "currency", "duration", "employer", "frequency")


def write(folder: Path, text: Callable[[int], str], count: int) -> Path:
    """Write so many files into a new folder, and return it."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:05}.yaml").write_text(text(number))
    return folder


def function_file(number: int) -> str:
    """A function of 20 KB as MLRun exports it."""
    kind, name, digest = KINDS[number % len(KINDS)], f"prepare-{number}", hashlib.sha256(b"%d" % number).hexdigest()
    return _filled(f"""\
kind: {kind}
metadata:
  name: {name}
  tag: ''
  hash: {digest[:40]}
  project: lending
  labels:
    author: team-{number % 7}
    framework: sklearn
  categories:
  - data-preparation
  - machine-learning
spec:
  command: ''
  args: []
  image: registry.example/lending/{name}:1.{number % 40}.0
  build:
    functionSourceCode: <source>
    base_image: mlrun/mlrun
    commands:
    - python -m pip install pandas==2.2.{number % 3}
    code_origin: https://git.example/lending/functions.git#{digest[:40]}:{name}.py
    origin_filename: src/{name}/{name}.py
  entry_points:
{_entry_points(number)}\
  description: prepares the table of loans number {number} and writes what the model reads
  default_handler: prepare
  disable_auto_mount: false
  allow_empty_resources: true
  clone_target_dir: ''
  env:
{_environment("  ")}\
{_amounts(kind, number)}\
  priority_class_name: igz-workload-medium
  preemption_mode: prevent
  node_selector: {{}}
  affinity: null
  tolerations: null
  security_context: {{}}
verbose: false
""")


def deployment(number: int) -> str:
    """A Deployment of 20 KB, in order for kube-score but for what other objects would have to give."""
    name, digest = f"prepare-{number}", hashlib.sha256(b"%d" % number).hexdigest()
    return _filled(f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: lending
  labels:
    app: {name}
    author: team-{number % 7}
    framework: sklearn
  annotations:
    example.org/hash: {digest[:40]}
    example.org/origin: https://git.example/lending/functions.git#{digest[:40]}:{name}.py
    example.org/description: prepares the table of loans number {number} and writes what the model reads
    example.org/source: <source>
{_documentation(number)}\
spec:
  replicas: 2
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      priorityClassName: igz-workload-medium
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - weight: 100
            podAffinityTerm:
              topologyKey: kubernetes.io/hostname
              labelSelector:
                matchLabels:
                  app: {name}
      containers:
      - name: main
        image: registry.example/lending/{name}:1.{number % 40}.0
        imagePullPolicy: Always
        args:
        - --verbose=false
        env:
{_environment("        ")}\
{_limits(number)}\
        securityContext:
          runAsUser: 20000
          runAsGroup: 20000
          readOnlyRootFilesystem: true
          privileged: false
        ports:
        - containerPort: 8080
        readinessProbe:
          httpGet:
            path: /ready
            port: 8080
        livenessProbe:
          httpGet:
            path: /alive
            port: 8080
""")


def has_finding(number: int) -> bool:
    """Whether the file of this number has a finding: one in ten, and not the first."""
    return number % 10 == 9  # noqa: PLR2004


def _filled(text: str) -> str:
    """Source code in base64 where `<source>` stands, so long that the whole has the size."""
    length = (SIZE - len(text)) // 4 * 3
    return text.replace("<source>", base64.b64encode((CODE * (length // len(CODE) + 1))[:length]).decode())


CODE = "\n".join(
    f"def clean_{column}_{step}(table, limit={step * 7}):\n"
    f"    return table[table['{column}'].abs() < limit * {step + 3}]\n"
    for step in range(20)
    for column in COLUMNS
).encode()


def _sentence(column: str, number: int) -> str:
    return f"the column {column} as it was delivered for branch {number % 900}, without rows that were withdrawn"


def _entry_points(number: int) -> str:
    return "".join(_entry_point(name, number) for name in HANDLERS)


def _entry_point(name: str, number: int) -> str:
    parameters = "".join(
        f"      - name: {column}\n        type: str\n        doc: {_sentence(column, number)}\n        default: ''\n"
        for column in COLUMNS
    )
    head = f"    {name}:\n      name: {name}\n      doc: reads the table of loans and writes it as parquet\n"
    return f"{head}      parameters:\n{parameters}      outputs:\n      - default: ''\n      lineno: {number % 300}\n"


def _documentation(number: int) -> str:
    """The same text as the entry points have, in about as many keys and values."""
    return "".join(
        f"    doc.example.org/{name}.{column}: {_sentence(column, number)}\n"
        f"    type.example.org/{name}.{column}: str\n"
        f"    default.example.org/{name}.{column}: ''\n"
        f"    unit.example.org/{name}.{column}: euro\n"
        for name in HANDLERS
        for column in COLUMNS
    )


def _environment(indent: str) -> str:
    return "".join(f"{indent}- name: SETTING_{i}\n{indent}  value: a value of setting {i}\n" for i in range(8))


def _amounts(kind: str, number: int) -> str:
    fields = {
        "spark": ("driver_resources", "executor_resources"),
        "dask": ("scheduler_resources", "worker_resources"),
    }.get(kind, ("resources",))
    requested, memory = 2 if has_finding(number) else 1, "2g" if kind == "spark" else "2Gi"
    return "".join(
        f"  {field}:\n    requests:\n      cpu: '{requested}'\n      memory: {memory}\n"
        f"    limits:\n      cpu: '1'\n      memory: {memory}\n"
        for field in fields
    )


def _limits(number: int) -> str:
    amounts = "            cpu: '1'\n            memory: 2Gi\n            ephemeral-storage: 1Gi\n"
    limits = "" if has_finding(number) else f"          limits:\n{amounts}"
    return f"        resources:\n          requests:\n{amounts}{limits}"
