"""JupyterHub's configuration in Python: read from its syntax tree, and never run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import check
from igz_runtime.errors import BrokenFunction, UnsupportedFunction
from igz_runtime.lint.judging import lint_text
from tests.examples import examples

CONFIG = """\
import os

c = get_config()
GiB = 1024**3
POOL = {"pool": "gpu"}
c.KubeSpawner.mem_guarantee = 64 * GiB
c.KubeSpawner.profile_list = [
    {
        "slug": "gpu",
        "kubespawner_override": {
            "cpu_limit": 8,
            "mem_limit": 64 * GiB,
            "node_selector": POOL,
            "priority_class_name": "igz-system-high",
            "extra_resource_limits": {"nvidia.com/gpu": "1"},
        },
    },
    {"slug": "asked", "kubespawner_override": {"mem_limit": os.environ["MEMORY"]}},
    {"slug": "broken", "kubespawner_override": {"mem_limit": "64Gi"}},
]
"""


def found(text: str) -> list[tuple[str, str, int]]:
    report = lint_text("jupyterhub_config.py", text)
    return [(each.finding.rule, each.finding.function, each.position.line) for each in report.findings]


def notes(text: str) -> list[str]:
    return [note.text for note in lint_text("jupyterhub_config.py", text).notes]


def test_each_entry_is_judged_at_its_place() -> None:
    assert found(CONFIG) == [("IGZ302", "gpu", 14), ("IGZ902", "", 19)]


def test_check_judges_it_as_lint_does(tmp_path: Path) -> None:
    file = tmp_path / "jupyterhub_config.py"
    file.write_text(CONFIG.replace('"64Gi"', "64 * GiB"))
    found = check(file)
    assert [(each.rule, each.function) for each in found.refusing] == [("IGZ302", "gpu")]
    assert found.unread[0].startswith(f"{file}:18:")
    file.write_text(CONFIG)
    with pytest.raises(BrokenFunction, match=r"jupyterhub_config\.py:19:.*64Gi"):
        check(file)


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (b"c.KubeSpawner.cmd = '\xff'", BrokenFunction, ":1:22: is not UTF-8 text"),
        (b"import mlrun\n", UnsupportedFunction, "holds no function"),
        (None, BrokenFunction, "cannot be read: No such file or directory"),
    ],
)
def test_other_code_is_refused_by_check(
    content: bytes | None, error: type[Exception], says: str, tmp_path: Path
) -> None:
    file = tmp_path / "code.py"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(error, match=says):
        check(file)


def test_what_is_not_known_is_said_and_not_judged() -> None:
    assert notes(CONFIG) == [
        "an entry of c.KubeSpawner.profile_list is not known without running the code: it was not checked"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "c.KubeSpawner.node_selector = os.environ",
        "if os.environ.get('X'):\n    c.KubeSpawner.mem_guarantee = 1",
        "c.KubeSpawner.tolerations.append({'operator': 'Exists'})",
        "c.KubeSpawner.extra_labels['a'] = 'b'",
        "c.KubeSpawner.mem_guarantee += 1",
        "def late():\n    c.KubeSpawner.profile_list = []",
        "c.KubeSpawner.profile_list.extend(more)",
        "c.KubeSpawner.mem_guarantee = c.KubeSpawner.cpu_limit = 1",
    ],
)
def test_a_trait_that_is_changed_elsewhere_leaves_all_of_it_open(line: str) -> None:
    """What it changes may make any finding wrong."""
    assert found(CONFIG + line + "\n") == []
    assert any("is not known without running the code" in note for note in notes(CONFIG + line + "\n"))


def test_a_name_that_is_changed_is_not_known() -> None:
    text = CONFIG + "POOL['pool'] = 'core'\n"

    assert found(text) == [("IGZ902", "", 19)]
    assert len(notes(text)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "from kubespawner import KubeSpawner\n\nclass Mine(KubeSpawner):\n    profile_list = []\n",
        "# KubeSpawner\nx = 1\n",
        "c.KubeSpawner.start_timeout = 300\n",
        "c.KubeSpawner.profile_list = choose\n",
        "c.KubeSpawner.profile_list = lambda spawner: []\n",
        "c.KubeSpawner = 7\n",
        "c.KubeSpawner.mem_limit: int = 7\n",
    ],
)
def test_what_names_no_server_finds_nothing(text: str) -> None:
    assert found(text) == []


def test_settings_of_the_site_alone_are_one_server() -> None:
    assert found("c.KubeSpawner.priority_class_name = 'system-node-critical'\nc.KubeSpawner.mem_limit = '4G'\n") == [
        ("IGZ302", "singleuser", 1)
    ]


def test_a_file_that_makes_functions_too_is_read_for_both() -> None:
    fn = "import mlrun\nfn = mlrun.new_function('etl', kind='job')\nfn.with_node_selection(node_name='n1')\n"

    assert {name for _, name, _ in found(CONFIG + fn)} >= {"gpu", "etl"}


@settings(max_examples=examples(200))
@given(st.lists(st.sampled_from(CONFIG.splitlines(keepends=True)), max_size=14), st.text(max_size=4))
def test_no_text_makes_lint_fail(lines: list[str], more: str) -> None:
    report = lint_text("jupyterhub_config.py", f"c.KubeSpawner.image = {more!r}\n{''.join(lines)}")

    assert not [each for each in report.findings if "igz-runtime itself failed" in each.finding.message]
