"""What the pods of pipeline steps get, by the names of steps: `steps` of igz-runtime.yaml and of its environments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from igz_runtime.config.file import ConfigFile, Wrong
from igz_runtime.errors import InvalidValue
from igz_runtime.planning.step_pods import UNSAID, StepSettings
from igz_runtime.profiles.assignment import Layers, Path, matching
from igz_runtime.profiles.catalog import cause


@dataclass(frozen=True)
class Steps:
    """What is said of the pods of steps.

    Attributes:
        settings: by environment and pattern; under the empty name what counts in none that is named.
    """

    settings: Mapping[str, Mapping[str, StepSettings]]

    def settings_for(self, name: str, environment: str = "") -> StepSettings:
        """What is said of a step: by the entry of its name, else by the one pattern that matches it.

        Raises:
            InvalidValue: several patterns match, and they do not say the same.
        """
        entries = self.settings.get(environment) or self.settings.get("", {})
        meant = matching(entries, name)
        if any(entries[each] != entries[meant[0]] for each in meant[1:]):
            raise InvalidValue(
                f"step {name!r} matches {' and '.join(map(repr, meant))} under steps, which do not say the same: name "
                "it by itself, or make one pattern narrower"
            )
        return entries[meant[0]] if meant else UNSAID


def steps_in(file: ConfigFile, wrong: Wrong) -> Steps:
    """What a configuration says of steps.

    Args:
        file: the configuration.
        wrong: is told of an entry that cannot be, at the argument that is to blame.
    """
    if file.written is None:
        return Steps({})
    base: dict[str, Layers] = {pattern: ((("steps", pattern), entry),) for pattern, entry in file.written.steps.items()}
    layers: dict[str, dict[str, Layers]] = {"": base}
    for name, environment in file.written.environments.items():
        own: dict[str, Layers] = {
            pattern: ((("environments", name, "steps", pattern), entry),)
            for pattern, entry in environment.steps.items()
        }
        layers[name] = {pattern: (*base.get(pattern, ()), *own.get(pattern, ())) for pattern in {**base, **own}}
    said: set[tuple[Path, str]] = set()

    def wrong_once(path: Path, text: str) -> None:
        # An entry of `steps` is in every environment.
        if (path, text) not in said:
            said.add((path, text))
            wrong(path, text)

    return Steps({name: dict(_made(entries, wrong_once)) for name, entries in layers.items()})


def _made(entries: Mapping[str, Layers], wrong: Callable[[Path, str], None]) -> Iterator[tuple[str, StepSettings]]:
    for pattern, layers in entries.items():
        arguments: dict[str, Any] = {}
        for path, entry in layers:
            try:
                StepSettings.of(entry)
            except InvalidValue as error:
                argument = cause(entry, str(error))
                wrong((*path, *([argument] if argument else [])), f"{'.'.join(path)}: {error}")
                break
            arguments.update(entry)
        else:
            yield pattern, StepSettings.of(arguments)
