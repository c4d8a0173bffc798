"""Python and notebooks: calls on MLRun functions, read from the syntax tree and never executed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from igz_runtime.functions.recognition import SPAWNER
from igz_runtime.lint.results import Content

if TYPE_CHECKING:
    from igz_runtime.cluster.model import Cluster
    from igz_runtime.code.cells.source import Cell
    from igz_runtime.profiles.profile import Profile

_MENTIONED = ("mlrun", "nuclio", "igz_runtime")
_SHELL = ("apt-get", "apt ", "conda ", "mamba ", "hook.sh")
"""What a notebook mentions where it matters what it tells a shell; none of it is in a picture."""

Profiles = Mapping[str, "Callable[..., Profile]"]


def read_python(text: str, settings_profiles: Profiles | None = None, cluster: Cluster | None = None) -> Content:
    """The functions that a Python file makes, or the servers of a JupyterHub, as far as known without running it.

    Args:
        text: the file.
        settings_profiles: an organisation's own profiles, by the names that code calls them by: plain, or with module.
        cluster: the cluster that profiles in the code are proved on; None: an Iguazio cluster as installed.

    Returns:
        Functions, notes on what was not followed, faults of profiles, and what is not Python.
    """
    of_hub = SPAWNER in text
    if not of_hub and not any(each in text for each in _MENTIONED):
        return Content()
    from igz_runtime.code.cells.source import Cell

    cells = [Cell(text.removeprefix("\ufeff"))]
    return _read(cells, settings_profiles, cluster, of_hub=of_hub)


def read_notebook(
    content: str, settings_profiles: Profiles | None = None, cluster: Cluster | None = None, name: str = ""
) -> Content:
    """The functions that the code cells of a notebook make. The cells share one namespace, in their order.

    Args:
        content: the notebook's file.
        settings_profiles: as in `read_python`.
        cluster: as in `read_python`.
        name: the notebook's name: MLRun takes the code from where it is called.

    Returns:
        As `read_python`, and what the cells tell a shell; positions are within the cells.
    """
    code = any(each in content for each in _MENTIONED)
    shell = any(each in content for each in _SHELL)
    if not code and not shell:
        return Content()
    from igz_runtime.code.cells.notebook import read_cells, without_commands
    from igz_runtime.text.limits import Unreadable

    try:
        notebook = read_cells(content)
    except Unreadable as error:
        return Content(broken=[error.remark] if code else [])
    cells = [without_commands(cell) for cell in notebook.cells] if code else []
    read = _read(cells, settings_profiles, cluster, name) if code else Content()
    if read.functions:
        from igz_runtime.code.cells.magics import not_followed

        read.notes += [remark for cell in notebook.cells for remark in not_followed(cell)]
    if shell:
        from igz_runtime.lint.shell import add_shell

        add_shell(notebook, cluster.platform if cluster else None, read)
    return read


def _read(
    cells: list[Cell], profiles: Profiles | None, cluster: Cluster | None, notebook: str = "", *, of_hub: bool = False
) -> Content:
    from igz_runtime.cluster.model import Cluster
    from igz_runtime.code.cells.source import Source, comments_of
    from igz_runtime.lint.roots import read
    from igz_runtime.lint.vocabulary.mlrun import Vocabulary

    source = Source(cells)
    content = read(source, Vocabulary(cluster or Cluster.iguazio(), profiles or {}, notebook))
    if of_hub:
        from igz_runtime.lint.hub import read_hub

        read_hub(content, source)
    content.comments += comments_of(source)
    return content
