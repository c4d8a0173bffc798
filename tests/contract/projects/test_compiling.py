"""KFP's compiler is wrapped as long as somebody compiles, and is then as MLRun left it."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import projects
from igz_runtime.errors import InvalidValue, UnsupportedFunction
from igz_runtime.projects.compiling import compiling
from tests.conftest import Mlconf
from tests.contract.projects.folder import load
from tests.contract.projects.pipeline import compiled, without_a_server

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("kfp") is None, reason="needs mlrun[kfp18]"),
    pytest.mark.usefixtures("nearest_configuration"),
]


@pytest.fixture
def folder(tmp_path: Path, mlconf: Mlconf) -> Iterator[Path]:
    yield from without_a_server(tmp_path, mlconf)


def test_it_is_as_it_was(folder: Path) -> None:
    from kfp.compiler import Compiler

    before = dict(vars(Compiler))
    project = projects.setup(load(folder))

    compiled(project, folder)
    with pytest.raises(InvalidValue):
        project.save_workflow("without", "compiled.yaml")

    assert dict(vars(Compiler)) == before


def test_one_thread_sees_nothing_of_what_another_compiles(tmp_path: Path) -> None:
    from kfp.compiler import Compiler

    seen: dict[str, list[str]] = {"first": [], "second": []}
    both_look = threading.Barrier(2, timeout=20)

    def compile_as(name: str) -> None:
        with compiling(lambda workflow: seen[name].append(workflow["metadata"]["generateName"])):
            both_look.wait()
            with a_compiler:
                Compiler().compile(pipeline_of(name), str(tmp_path / f"{name}.yaml"))
            both_look.wait()

    # KFP's compiler itself keeps the pipeline that it compiles in a variable of the class.
    a_compiler = threading.Lock()
    threads = [threading.Thread(target=compile_as, args=(name,)) for name in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == {"first": ["first-"], "second": ["second-"]}


def test_where_mlrun_compiles_with_kfp_2_nothing_is_compiled(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = projects.setup(load(folder))
    metadata = tmp_path / "mlrun_pipelines_kfp_v2-0.5.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: mlrun-pipelines-kfp-v2\nVersion: 0.5\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(UnsupportedFunction, match="mlrun-pipelines-kfp-v2 is installed"):
        compiled(project, folder)


def pipeline_of(name: str) -> Any:
    """A pipeline of KFP's own."""
    from kfp import dsl

    def pipeline() -> None:
        dsl.ContainerOp("shell", "alpine", ["true"])

    return dsl.pipeline(name=name)(pipeline)
