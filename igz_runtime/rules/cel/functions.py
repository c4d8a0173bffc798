"""A function of Nuclio's as its object states it, in CEL: `functions/nuclio` on what `kubectl` or the dashboard wrote.

What cannot be read is not judged, field by field: Nuclio refuses a function that has a field of the wrong type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.functions.annotations import MODE_ANNOTATION
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.names import EXTRA_CONTAINERS, SETTINGS
from igz_runtime.functions.recognition import NUCLIO
from igz_runtime.rules.cel.form import quoted
from igz_runtime.rules.cel.written import is_a, one, text_in
from igz_runtime.rules.cel.written_resources import SECTIONS, held_in, is_readable, section_of

_STATED: Final = "variables.stated"
_NAME, _RESOURCES = "'name'", "'resources'"
_OWN: Final = traits(NUCLIO).roles[0].container


def stated(setting: str, number: int = 0) -> str:
    """What stands in a field of a setting, as a list of none or one."""
    return one(_STATED, SETTINGS[setting].nuclio[number])


def stated_in(field: str) -> str:
    """The same of a field that is no setting of a pod."""
    return one(_STATED, field)


def text_of(setting: str) -> str:
    """The text in a field of a setting; empty where there is none, or what stands there is no text."""
    return text_in(_STATED, SETTINGS[setting].nuclio[0])


def _container(name: str, resources: str) -> str:
    """A container: its name, and the amounts that it asks for."""
    sections = (f"{quoted(each)}: dyn({section_of(resources, each)})" for each in SECTIONS)
    return f"{{'name': dyn({name}), {', '.join(sections)}}}"


def _readable_list(field: str) -> str:
    """Whether a list of containers can be read, each of which has a name of its own."""
    alone = "v.filter(d, d.name == e.name).size() == 1"
    named = f"{is_a('map', 'e')} && {is_a('string', held_in('e', _NAME))} && e.name != ''"
    each = f"{named} && {is_readable(held_in('e', _RESOURCES))}"
    return f"{stated_in(field)}.all(v, {is_a('list', 'v')} && v.all(e, {each}) && v.all(e, {alone}))"


def _listed(field: str) -> str:
    containers = f"v.map(e, {_container('e.name', held_in('e', _RESOURCES))})"
    return f"({stated_in(field)}.map(v, {containers}) + [[]])[0]"


_OF_MAIN: Final = f"({stated('containers')} + [dyn(null)])[0]"
_FIELDS: Final = tuple(field for field, _ in EXTRA_CONTAINERS)

VARIABLES: Final[Mapping[str, str]] = {
    "stated": f"[variables.whole.?spec.orValue(dyn(null))].map(f, {is_a('map', 'f')} ? f : dyn({{}}))[0]",
    "priority_class": f"variables.is_function ? {text_of('priority_class')}"
    " : variables.spec.?priorityClassName.orValue('')",
    "node_name": f"variables.is_function ? {text_of('node_name')} : variables.spec.?nodeName.orValue('')",
    "mode": f"{stated('preemption_mode')}.all(v, {is_a('string', 'v')}) ? [{text_of('preemption_mode')}] : []",
    "mode_annotation": f"variables.annotations[?{quoted(MODE_ANNOTATION)}].orValue('')",
    "resources_readable": f"{is_readable(_OF_MAIN)} && {' && '.join(map(_readable_list, _FIELDS))}",
    "function_containers": f"variables.resources_readable ? [{_container(quoted(_OWN), _OF_MAIN)}]"
    f" + {' + '.join(map(_listed, _FIELDS))} : []",
}
"""`mode`: a list with the mode that a function states, or none at all; empty where it cannot be read."""
