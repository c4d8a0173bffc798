"""What makes functions: `new_function`, `code_to_function`, `set_function`, and what only imports them.

The order of the parameters is that of mlrun 1.10 to 1.12.
"""

from __future__ import annotations

import posixpath
from typing import Any, Final

from igz_runtime.code.python.values import UNKNOWN, Arguments, Given
from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.recognition import named
from igz_runtime.lint.vocabulary.made import Made, normal_name
from igz_runtime.lint.vocabulary.reading import Reading
from igz_runtime.lint.vocabulary.runs import new_task, run_function

_NEW: Final = ("name", "project", "tag", "kind", "command", "image", "args", "runtime", "mode", "handler", "source")
_CODE: Final = ("name", "project", "tag", "filename", "handler", "kind", "image", "code_output", "embed_code")
_CODE_REST: Final = ("description", "requirements", "categories", "labels")
_SET: Final = ("func", "name", "kind", "image", "handler", "with_repo", "tag", "requirements")
_ABSENT: Final = Given(None, (0, 0))


def new_function(reading: Reading, arguments: Arguments) -> Made:
    """`mlrun.new_function(…)`."""
    given = arguments.bound(*_NEW)
    runtime = given.get("runtime")
    if runtime is not None and runtime.value is not None:
        return _from_runtime(reading, arguments, given)
    kind = _absent_or(given, "kind", "")
    command = _absent_or(given, "command", "")
    if kind == "" and isinstance(command, str) and command.startswith("http"):
        kind = "remote"
    made = _begun(reading, arguments, given, kind)
    name = _absent_or(given, "name", "")
    if not name and isinstance(command, str) and command:
        name = _stem(command)
    _named(made, given.get("name", _ABSENT), name)
    _described(made, given, _handler_field(made))
    return made


def code_to_function(reading: Reading, arguments: Arguments) -> Made:
    """`mlrun.code_to_function(…)`."""
    given = arguments.bound(*_CODE, *_CODE_REST)
    kind = _absent_or(given, "kind", None)
    made = _begun(reading, arguments, given, UNKNOWN if kind in (None, "") else kind)
    filename = _absent_or(given, "filename", "")
    name = _absent_or(given, "name", "")
    if not name and filename is not UNKNOWN and filename:
        name = _stem(str(filename))
    _named(made, given.get("name", _ABSENT), name)
    # MLRun asks how the kind is spelled: `remote` is a Nuclio function whose code it does not look into.
    nuclio = isinstance(kind, str) and kind.startswith(("nuclio", "serving"))
    _described(made, given, "" if nuclio else "default_handler")
    if nuclio and isinstance(filename, str) and filename:
        # MLRun calls the module of a Nuclio function after its file, so that it says as much as a handler's name.
        handler = _absent_or(given, "handler", "") if kind == "nuclio" else ""
        full = f"{normal_name(_stem(filename))}-nuclio:{handler or 'handler'}"
        value = UNKNOWN if handler is UNKNOWN else handler if ":" in str(handler) else full
        made.put(("spec", "function_handler"), given.get("handler", _at(arguments))._replace(value=value))
    return made


def set_function(reading: Reading, arguments: Arguments) -> Made:
    """`project.set_function(…)`: a function object, or a file of code or of a function."""
    given = arguments.bound(*_SET)
    func = _absent_or(given, "func", "")
    if isinstance(func, Made):
        _renamed(func, given)
        return func
    if func is UNKNOWN or (isinstance(func, str) and _is_elsewhere(func)):
        made = imported(reading, arguments, given.get("func", _at(arguments)))
        _renamed(made, given)
        return made
    made = _begun(reading, arguments, given, _absent_or(given, "kind", "job") or "job")
    _named(made, given.get("name", _ABSENT), _absent_or(given, "name", ""))
    in_code = _is_of_nuclio(made) and isinstance(func, str) and bool(func)
    _described(made, given, "" if in_code else _handler_field(made))
    if in_code:
        full = f"{normal_name(_stem(func))}-nuclio:{_absent_or(given, 'handler', '') or 'handler'}"
        value = UNKNOWN if _absent_or(given, "handler", "") is UNKNOWN else full
        made.put(("spec", "function_handler"), given.get("handler", _at(arguments))._replace(value=value))
    return made


def import_function(reading: Reading, arguments: Arguments) -> Made:
    """`mlrun.import_function(…)`: what is imported is not known."""
    given = arguments.bound("url", "secrets", "db", "project", "new_name")
    made = imported(reading, arguments, given.get("url", _at(arguments)))
    if given.get("new_name", _ABSENT).value:
        _named(made, given["new_name"], given["new_name"].value)
    return made


def get_function(reading: Reading, arguments: Arguments) -> Made:
    """`project.get_function(…)`: the function of that name, where the code has set it; else one that is not known."""
    key = arguments.bound("key").get("key", _at(arguments))
    name = normal_name(key.value) if isinstance(key.value, str) else None
    found = reading.named(name) if name is not None else None
    if found is not None:
        return found
    made = imported(reading, arguments, key)
    if name is not None:
        made.put(("metadata", "name"), key._replace(value=name))
    return made


def imported(reading: Reading, arguments: Arguments, origin: Given) -> Made:
    """A function of which nothing is known but, perhaps, its name."""
    made = reading.new(arguments.place, None)
    made.lose_settings(arguments.place, everything=True)
    url = origin.value
    if isinstance(url, str) and url.startswith(("hub://", "db://")):
        name = url.partition("://")[2].rpartition("/")[2].partition(":")[0]
        made.put(("metadata", "name"), origin._replace(value=normal_name(name)))
    else:
        made.lose_field(("metadata", "name"), arguments.place)
    made.origin = arguments.callee
    return made


def as_job(made: Made, arguments: Arguments) -> Made:
    """`serving.to_job(…)`: a job of the same settings, under a name of its own."""
    job = made.copied(arguments.place, "job")
    name, place = made.get(("metadata", "name")), arguments.place
    given = arguments.bound("func_name").get("func_name", _ABSENT).value
    if isinstance(name, str) and not name.endswith("-batch"):
        name = f"{name}-batch"
    job.put(("metadata", "name"), Given(given or name, place))
    job.put(("spec", "default_handler"), Given("mlrun.serving.server.execute_graph", place))
    return job


def presumed(reading: Reading, owner: Given) -> Made:
    """A function that the code gets from elsewhere, known by what is done to it."""
    made = imported(reading, Arguments(owner.place, ""), owner)
    reading.of.rebind(owner, made)
    return made


def _from_runtime(reading: Reading, arguments: Arguments, given: dict[str, Given]) -> Made:
    """A function from another, or from its document."""
    runtime = given["runtime"].value
    if isinstance(runtime, Made):
        made = runtime.copied(arguments.place)
    elif isinstance(runtime, dict) and isinstance(runtime.get("kind"), str):
        made = reading.new(arguments.place, named(runtime["kind"])).with_defaults()
        for part in ("metadata", "spec"):
            fields = runtime.get(part)
            for name, value in fields.items() if isinstance(fields, dict) else ():
                made.put((part, name), given["runtime"]._replace(value=value, node=None))
    else:
        made = imported(reading, arguments, given["runtime"])
    _renamed(made, given)
    return made


def _begun(reading: Reading, arguments: Arguments, given: dict[str, Given], kind: Any) -> Made:
    if kind is UNKNOWN or not isinstance(kind, str):
        made = reading.new(arguments.place, None)
        made.origin = arguments.callee
    else:
        made = reading.new(arguments.place, named(kind)).with_defaults()
    if "kind" in given:
        made.put_place(("kind",), given["kind"].place)
    if arguments.more:
        made.note(
            arguments.place, f"{arguments.callee}(…): not all of its arguments are known without running the code"
        )
        for path in (("metadata", "name"), ("spec", "image"), ("spec", "default_handler"), ("metadata", "labels")):
            made.lose_field(path, arguments.place)
    return made


def _named(made: Made, given: Given, name: Any) -> None:
    place = given.place if given is not _ABSENT else made.place
    if name is UNKNOWN:
        made.lose_field(("metadata", "name"), place)
    elif isinstance(name, str) and name:
        made.put(("metadata", "name"), Given(normal_name(name).partition(":")[0], place))


def _renamed(made: Made, given: dict[str, Given]) -> None:
    name = given.get("name")
    if name is not None and name.value:
        _named(made, name, name.value)
    if given.get("image", _ABSENT).value:
        made.put(("spec", "image"), given["image"])


def _described(made: Made, given: dict[str, Given], handler: str) -> None:
    """What the constructor says about the work."""
    fields = [("image", ("spec", "image")), ("requirements", ("spec", "build", "requirements"))]
    fields += [("labels", ("metadata", "labels")), ("categories", ("metadata", "categories"))]
    fields += [("project", ("metadata", "project"))]
    if handler:
        fields.append(("handler", ("spec", handler)))
    for name, path in fields:
        if name in given and given[name].value not in (None, "", [], {}):
            made.put(path, given[name])


def _is_of_nuclio(made: Made) -> bool:
    """Whether it is known to be a function that MLRun makes one of Nuclio's of."""
    return made.known_kind in KINDS and KINDS[made.kind].passes_on


def _handler_field(made: Made) -> str:
    return KINDS[made.kind].handler_field if made.kind in KINDS else "default_handler"


def _absent_or(given: dict[str, Given], name: str, default: Any) -> Any:
    return given[name].value if name in given else default


def _at(arguments: Arguments) -> Given:
    return Given(UNKNOWN, arguments.place)


def _is_elsewhere(url: str) -> bool:
    return url.endswith((".yaml", ".yml")) or url.startswith(("db://", "hub://"))


def _stem(path: str) -> str:
    return posixpath.splitext(posixpath.basename(path.partition(" ")[0]))[0]


CONSTRUCTORS: Final = {
    "new_function": new_function,
    "code_to_function": code_to_function,
    "import_function": import_function,
    "run_function": run_function,
    "new_task": new_task,
}
PROJECTS: Final = frozenset({"get_or_create_project", "new_project", "load_project", "get_current_project"})
OF_PROJECTS: Final = {
    "set_function": set_function,
    "get_function": get_function,
    "func": get_function,
    "run_function": run_function,
}
