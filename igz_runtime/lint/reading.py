"""What a file holds, by its name: a document, code, a notebook, or a startup hook."""

from __future__ import annotations

from functools import partial
from typing import Final

from igz_runtime.cluster.jupyter_image import looks_like_a_hook
from igz_runtime.functions.project_entry import named as under_name
from igz_runtime.lint.comments import MARK
from igz_runtime.lint.documents.functions import meant_as_function, read_documents
from igz_runtime.lint.results import Content, Member
from igz_runtime.lint.settings import Settings
from igz_runtime.text.limits import Unreadable
from igz_runtime.text.tree import decoded

_CODE: Final = (".py", ".ipynb")


def read_file(name: str, content: bytes, settings: Settings, *, named: bool) -> Content:
    """What a file holds; of one that cannot be read, why.

    Args:
        name: the file, as reports call it.
        content: its bytes.
        settings: the configuration.
        named: whether a person named this very file.
    """
    try:
        return _read(name, content, settings, named=named)
    except Unreadable as error:
        # What is not text in UTF-8 may still have been meant as a function, and must not look clean.
        said = named or meant_as_function(content.decode("latin-1"), of_code=name.endswith(_CODE))
        return Content(broken=[error.remark] if said else [])


def _read(name: str, content: bytes, settings: Settings, *, named: bool) -> Content:
    if name.endswith(_CODE):
        from igz_runtime.lint.code import read_notebook, read_python

        read = read_python if name.endswith(".py") else partial(read_notebook, name=name.rpartition("/")[2])
        return read(decoded(content), settings.profiles, settings.cluster)
    text = decoded(content)
    if looks_like_a_hook(name.rpartition("/")[2]):
        from igz_runtime.lint.shell import read_hook

        return read_hook(text, name, settings.cluster.platform)
    found = read_documents(text, of_json=name.endswith(".json"), named=named)
    if found.functions and MARK in text:
        from igz_runtime.lint.documents.comments import yaml_comments

        found.comments = yaml_comments(text)
    return found


def join(read: Content, member: Member) -> None:
    """Put the functions of a file into a project, which may call them by names of its own."""
    for written in read.functions:
        if written.member is None and written.function is None:
            written.member = member
            written.document = under_name(written.document, member.name)
