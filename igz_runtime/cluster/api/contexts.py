"""A kubeconfig as values: read within limits, and several of them merged as kubectl does."""

from __future__ import annotations

import errno
import os
from typing import Any, Final, NamedTuple

from igz_runtime.text.bounded import content_of, require_file
from igz_runtime.text.limits import LARGEST_PROOF
from igz_runtime.text.tree import decoded, plain_yaml

Plain = dict[str, Any]

_SECTIONS: Final = {
    "clusters": ("cluster", {"certificate-authority": "certificate-authority-data"}),
    "contexts": ("context", {}),
    "users": (
        "user",
        {"client-certificate": "client-certificate-data", "client-key": "client-key-data", "tokenFile": "token"},
    ),
}
"""What a kubeconfig lists, what each entry holds, and which of that are files, with what counts in their place."""


class Contexts(NamedTuple):
    """What the files of a kubeconfig say together: of two entries of one name, the first one counts.

    Attributes:
        whole: all of it; the files that it names are absolute.
        folders: by user, the folder of the file that has it.
    """

    whole: Plain
    folders: dict[str, str]

    @property
    def names(self) -> list[str]:
        """The contexts."""
        return [str(each["name"]) for each in self.whole["contexts"]]

    @property
    def current(self) -> str | None:
        """The current one."""
        return self.whole.get("current-context")

    def context(self, name: str) -> Plain:
        """A context."""
        return self._held("contexts", name)

    def cluster(self, context: str) -> Plain:
        """A context's cluster."""
        return self._held("clusters", self.context(context).get("cluster"))

    def user(self, context: str) -> tuple[Plain, str]:
        """A context's user, and the folder of its file."""
        name = self.context(context).get("user")
        return self._held("users", name), self.folders.get(str(name), "")

    def with_user(self, context: str, found: Plain | None) -> Plain:
        """All of it, with what a context's user was proved with in place of how that is found out; None: as it is."""
        if found is None:
            return self.whole
        name = self.context(context).get("user")
        others = [each for each in self.whole["users"] if str(each["name"]) != str(name)]
        return {**self.whole, "users": [*others, {"name": name, "user": found}]}

    def require_files(self, context: str) -> None:
        """Refuse a context whose files are none that can be read.

        Raises:
            OSError: which one, and why.
        """
        held = {"clusters": self.cluster(context), "users": self.user(context)[0]}
        for section, content in held.items():
            for key, instead in _SECTIONS[section][1].items():
                if content.get(key) and not content.get(instead):
                    try:
                        require_file(content[key], LARGEST_PROOF)
                    except OSError as error:
                        raise OSError(error.errno, f"{key} {content[key]}: {error.strerror}") from None

    def _held(self, section: str, name: Any) -> Plain:
        """What an entry holds; nothing where there is none of the name."""
        found: Plain = next((each for each in self.whole[section] if str(each["name"]) == str(name)), {})
        return found.get(_SECTIONS[section][0]) or {}


def contexts_in(files: str) -> Contexts:
    """The contexts of a kubeconfig.

    Args:
        files: its files, as `$KUBECONFIG` names them: one need not be there.

    Raises:
        OSError: none is there, or one cannot be read.
        ValueError: one is not a kubeconfig.
        Unreadable: one is not YAML, or more than is read.
    """
    found = Contexts({section: [] for section in _SECTIONS}, {})
    names = [os.path.expanduser(each) for each in files.split(os.pathsep) if each]
    there = [each for each in names if os.path.exists(each)]
    if not there:
        raise FileNotFoundError(errno.ENOENT, "there is no such file")
    for name in there:
        held = plain_yaml(decoded(content_of(name)))
        try:
            _merge(held or {}, os.path.dirname(os.path.abspath(name)), found)
        except (KeyError, TypeError, AttributeError):
            raise ValueError(f"{name} is not a kubeconfig") from None
    return found


def _merge(held: Plain, folder: str, found: Contexts) -> None:
    if held.get("current-context"):
        found.whole.setdefault("current-context", str(held["current-context"]))
    for section, (part, files) in _SECTIONS.items():
        known = {each["name"] for each in found.whole[section]}
        for entry in held.get(section) or ():
            name, content = entry["name"], entry.get(part) or {}
            if name in known:
                continue
            known.add(name)
            found.whole[section].append(entry)
            content.update({key: os.path.join(folder, content[key]) for key in files if content.get(key)})
            if section == "users":
                found.folders[str(name)] = folder
