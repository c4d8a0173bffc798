"""What makes functions: `new_function`, `code_to_function`, `set_function`, and what only imports them.

The order of the parameters is that of mlrun 1.10 to 1.12.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.python.values import UNKNOWN, Arguments, Bound, Given
from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.model import normal_name
from igz_runtime.functions.recognition import named
from igz_runtime.lint.vocabulary.made import NAME, Made
from igz_runtime.text.place import Path

if TYPE_CHECKING:
    from igz_runtime.lint.vocabulary.mlrun import Vocabulary

ONLY_WHAT_IS_SET: Final = ", so that only what the code sets on it is judged"
_NEW: Final = ("name", "project", "tag", "kind", "command", "image", "args", "runtime", "mode", "handler", "source")
_CODE: Final = ("name", "project", "tag", "filename", "handler", "kind", "image", "code_output", "embed_code")
_CODE_REST: Final = ("description", "requirements", "categories", "labels")
_SET: Final = ("func", "name", "kind", "image", "handler", "with_repo", "tag", "requirements")
_FIELDS: Final[dict[str, Path]] = {
    "image": ("spec", "image"),
    "requirements": ("spec", "build", "requirements"),
    **{name: ("metadata", name) for name in ("labels", "categories", "project", "tag")},
}


def new_function(reading: Vocabulary, arguments: Arguments) -> Made:
    """`mlrun.new_function(…)`."""
    given = arguments.bound(*_NEW)
    if given.value("runtime") is not None:
        return _from_runtime(reading, arguments, given)
    kind, command = given.value("kind", ""), given.value("command", "")
    made = _begun(reading, arguments, given, kind or ("remote" if str(command).startswith("http") else ""))
    _describe(made, given, given.value("name") or _stem(command), _handler_field(made))
    if command:
        made.put(("spec", "command"), given["command"])
    return made


def code_to_function(reading: Vocabulary, arguments: Arguments) -> Made:
    """`mlrun.code_to_function(…)`."""
    given = arguments.bound(*_CODE, *_CODE_REST)
    kind, filename = given.value("kind") or UNKNOWN, given.value("filename", "")
    made = _begun(reading, arguments, given, kind)
    _of_file(made, given["filename"] if filename else Given(reading.notebook, arguments.place))
    # MLRun asks how the kind is spelled: `remote` is a Nuclio function whose code it does not look into.
    nuclio = isinstance(kind, str) and kind.startswith(("nuclio", "serving"))
    _describe(made, given, given.value("name") or _stem(filename), "" if nuclio else "default_handler")
    if nuclio and isinstance(filename, str) and filename:
        _handle_by_module(made, given, filename, given.value("handler") if kind == "nuclio" else "")
    return made


def set_function(reading: Vocabulary, arguments: Arguments) -> Made:
    """`project.set_function(…)`: a function object, or a file of code or of a function."""
    given = arguments.bound(*_SET)
    func = given.value("func", "")
    if isinstance(func, Made):
        return _renamed(func, given)
    if func is UNKNOWN or (isinstance(func, str) and _is_elsewhere(func)):
        return _renamed(imported(reading, arguments, given["func"]), given)
    made = _begun(reading, arguments, given, given.value("kind") or "job")
    _of_file(made, given["func"])
    in_code = made.known_kind in KINDS and KINDS[made.kind].passes_on and isinstance(func, str) and bool(func)
    _describe(made, given, given.value("name"), "" if in_code else _handler_field(made))
    if in_code:
        _handle_by_module(made, given, func, given.value("handler"))
    return made


def import_function(reading: Vocabulary, arguments: Arguments) -> Made:
    """`mlrun.import_function(…)`: what is imported is not known."""
    given = arguments.bound("url", "secrets", "db", "project", "new_name")
    made = imported(reading, arguments, given["url"])
    _name(made, given["new_name"], given.value("new_name"))
    return made


def get_function(reading: Vocabulary, arguments: Arguments) -> Made:
    """`project.get_function(…)`: the function of that name, where the code has set it; else one that is not known."""
    key = arguments.bound("key")["key"]
    made = reading.named(normal_name(key.value)) if isinstance(key.value, str) else None
    if made is None:
        made = imported(reading, arguments, key)
        _name(made, key, key.value)
    return made


def imported(reading: Vocabulary, arguments: Arguments, origin: Given) -> Made:
    """A function of which nothing is known but, perhaps, its name."""
    made, url = reading.new(arguments.place, None), origin.value
    made.lose_settings(arguments.place, everything=True)
    by_name = isinstance(url, str) and url.startswith(("hub://", "db://"))
    _name(made, origin, url.rpartition("/")[2] if by_name else UNKNOWN)
    made.origin = arguments.callee
    return made


def from_document(reading: Vocabulary, arguments: Arguments, given: Given) -> Made:
    """A function from its document; one of which nothing is known where the document is not."""
    document = given.value
    if not isinstance(document, dict) or not isinstance(document.get("kind"), str):
        return imported(reading, arguments, given)
    made = reading.new(arguments.place, named(document["kind"])).with_defaults()
    for part in ("metadata", "spec"):
        fields = document.get(part)
        for name, value in fields.items() if isinstance(fields, dict) else ():
            made.put((part, name), given._replace(value=value, node=None))
    return made


def as_job(made: Made, arguments: Arguments) -> Made:
    """`serving.to_job(…)`: a job of the same settings, under a name of its own."""
    job = made.copied(arguments.place, "job")
    name, place = made.get(NAME), arguments.place
    if isinstance(name, str) and not name.endswith("-batch"):
        name = f"{name}-batch"
    job.put(NAME, Given(arguments.bound("func_name").value("func_name") or name, place))
    job.put(("spec", "default_handler"), Given("mlrun.serving.server.execute_graph", place))
    return job


def presumed(reading: Vocabulary, owner: Given) -> Made:
    """A function that the code gets from elsewhere, known by what is done to it.

    A parameter that whoever calls the file gives a value to is judged where that stands; of everything else it is said.
    """
    made = imported(reading, Arguments(owner.place, ""), owner)
    if not reading.of.is_outside(owner):
        made.note(owner.place, f"what this is is not known{ONLY_WHAT_IS_SET}")
    if owner.value is UNKNOWN:
        reading.of.rebind(owner, made)
    return made


def _from_runtime(reading: Vocabulary, arguments: Arguments, given: Bound) -> Made:
    """A function from another, or from its document."""
    runtime = given["runtime"].value
    if isinstance(runtime, Made):
        return _renamed(runtime.copied(arguments.place), given)
    return _renamed(from_document(reading, arguments, given["runtime"]), given)


def _begun(reading: Vocabulary, arguments: Arguments, given: Bound, kind: Any) -> Made:
    if isinstance(kind, str):
        made = reading.new(arguments.place, named(kind)).with_defaults()
    else:
        made = reading.new(arguments.place, None)
        made.origin = arguments.callee
    if "kind" in given:
        made.put(("kind",), given["kind"]._replace(value=made.kind, node=None))
    if arguments.more:
        said = "not all of its arguments are known without running the code"
        made.note(arguments.place, f"{arguments.callee}(…): {said}")
        for path in (NAME, ("spec", "image"), ("spec", "default_handler"), ("metadata", "labels")):
            made.put(path, Given(UNKNOWN, arguments.place))
    return made


def _name(made: Made, given: Given, name: Any) -> None:
    if isinstance(name, str) and name:
        made.put(NAME, Given(normal_name(name).partition(":")[0], given.place))
    elif name is UNKNOWN:
        made.put(NAME, Given(UNKNOWN, given.place))


def _renamed(made: Made, given: Bound) -> Made:
    _name(made, given["name"], given.value("name"))
    if given.value("image"):
        made.put(("spec", "image"), given["image"])
    return made


def _describe(made: Made, given: Bound, name: Any, handler: str) -> None:
    """What the constructor says about the work."""
    _name(made, given["name"], name)
    for parameter, path in {**_FIELDS, **({"handler": ("spec", handler)} if handler else {})}.items():
        if given.value(parameter) not in (None, "", [], {}):
            made.put(path, given[parameter])


def _of_file(made: Made, file: Given) -> None:
    """Where the code stands, of which MLRun keeps the name together with the code itself."""
    if file.value:
        made.put(("spec", "build", "origin_filename"), file)


def _handle_by_module(made: Made, given: Bound, file: str, handler: Any) -> None:
    """MLRun calls the module of a Nuclio function after its file, so that it says as much as a handler's name."""
    full = handler if ":" in str(handler) else f"{normal_name(_stem(file))}-nuclio:{handler or 'handler'}"
    made.put(("spec", "function_handler"), given["handler"]._replace(value=UNKNOWN if handler is UNKNOWN else full))


def _handler_field(made: Made) -> str:
    return KINDS[made.kind].handler_field if made.kind in KINDS else "default_handler"


def _is_elsewhere(url: str) -> bool:
    return url.endswith((".yaml", ".yml")) or url.startswith(("db://", "hub://"))


def _stem(path: Any) -> str:
    return posixpath.splitext(posixpath.basename(path.partition(" ")[0]))[0] if isinstance(path, str) else ""
