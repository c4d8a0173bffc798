"""What an expression stands for, and the arguments and tests that are made of expressions."""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace
from typing import Any

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python import binding, calls, constants
from igz_runtime.code.python.binding import arguments_of, assign, keeps
from igz_runtime.code.python.classes import Instance, LocalClass, LocalFunction
from igz_runtime.code.python.deciding import Decider
from igz_runtime.code.python.endings import Stopped, expression_failed
from igz_runtime.code.python.rounds import any_of, comprehension
from igz_runtime.code.python.values import (
    UNKNOWN,
    Arguments,
    Frame,
    Given,
    Host,
    Imported,
    Value,
    place_of,
)


class Evaluator(Decider):
    """Evaluates expressions; the host supplies what is not Python's own.

    Attributes:
        state: everything that code can change.
        statement: the statement that is gone through.
        expected: how many blocks deep the code is that expect a refusal.
        turn: which round of a loop is gone through, where it is not the first.
        reached: the attributes that were gone through, by identity of their nodes.
    """

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.statement: ast.stmt = ast.Pass()
        self.expected = 0
        self.reached: set[int] = set()

    def value(self, node: ast.expr | None, frame: Frame) -> Any:
        """What an expression stands for, on the way that is gone through."""
        return None if node is None else self.state.resolve(self.each_value(node, frame))

    def settled(self, node: ast.expr | None, frame: Frame) -> Any:
        """The same; of a field, what it holds now."""
        value = self.value(node, frame)
        return value.settled(self) if isinstance(value, Value) else value

    def each_value(self, node: ast.expr, frame: Frame) -> Any:
        """What an expression stands for, on each way on which it has been worked out."""
        self.state.spend(1)
        try:
            return self._evaluated(node, frame)
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001  (a defect of ours must not cost the file's other findings)
            return expression_failed(self, node, frame, error)

    def _evaluated(self, node: ast.expr, frame: Frame) -> Any:  # noqa: C901, PLR0912  (one case for each kind)
        match node:
            case ast.Name(name):
                holder = frame.holder(name)
                return UNKNOWN if holder is None else holder.names[name]
            case ast.Constant():
                return constants.bounded(node.value) if constants.is_constant(node.value) else UNKNOWN
            case ast.Call():
                return self._called(node, frame)
            case ast.Attribute(owner, name):
                self.reached.add(id(node))
                value = self.value(owner, frame)
                if value is UNKNOWN and isinstance(owner, ast.Attribute) and owner.attr == "spec":
                    of_spec = Given(UNKNOWN, place_of(owner), owner.value, frame)
                    value = self.attribute(of_spec._replace(value=self.host.presumed(of_spec, name)), "spec")
                return self.attribute(Given(value, place_of(owner), owner, frame), name)
            case ast.Subscript(owner, key):
                return self.item(self.value(owner, frame), self.settled(key, frame))
            case ast.Slice(lower, upper, step):
                bounds = [self.settled(each, frame) for each in (lower, upper, step)]
                return slice(*bounds) if all(each is None or isinstance(each, int) for each in bounds) else UNKNOWN
            case ast.List(parts) | ast.Set(parts):
                return self._items(parts, frame)
            case ast.Tuple(parts):
                items = self._items(parts, frame)
                return items if items is UNKNOWN else tuple(items)
            case ast.Dict():
                return self._entries(node, frame)
            case ast.JoinedStr(parts):
                return constants.joined([self.value(each, frame) for each in parts])
            case ast.FormattedValue(part, conversion, form):
                value, spec = self.settled(part, frame), self.value(form, frame) or ""
                return constants.formatted(value, spec, conversion)
            case ast.BinOp(left, op, right):
                one, other = self.settled(left, frame), self.settled(right, frame)
                special = constants.SPECIAL.get(type(op), "")
                return (
                    one.special(self, special, other) if isinstance(one, Instance) else constants.binary(op, one, other)
                )
            case ast.UnaryOp(op, operand):
                return constants.unary(op, self.settled(operand, frame))
            case ast.Compare():
                return self.compared(node, frame)
            case ast.BoolOp(op, parts):
                return self.either(parts, isinstance(op, ast.Or), frame)
            case ast.IfExp(test, body, orelse):
                turned = self.decide(test, frame)
                return UNKNOWN if turned is None else self.value(body if turned else orelse, frame)
            case ast.NamedExpr(target, part):
                value = self.value(part, frame)
                assign(self, target, Given(value, place_of(part), part), frame)
                return value
            case ast.Await(part):
                return self.value(part, frame)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return comprehension(self, node, frame)
            case ast.Lambda():
                for default in (*node.args.defaults, *node.args.kw_defaults):
                    self.value(default, frame)
                return self.define(node, frame)
            case ast.Yield(part):
                self._yielded(frame, [self.value(part, frame)])
                return UNKNOWN
            case ast.YieldFrom(part):
                items = self.settled(part, frame)
                self._yielded(frame, items if isinstance(items, list) else [UNKNOWN])
                return UNKNOWN
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child, frame)
        return UNKNOWN

    def attribute(self, receiver: Given, name: str) -> Any:
        """What `value.name` stands for; of a method, itself, for later."""
        value = receiver.value
        if isinstance(value, str):
            # Text has no `value`: this is a member of an enumeration, which is read as its text.
            return value if name == "value" else UNKNOWN
        held = value.attribute(self, name) if isinstance(value, Value) else UNKNOWN
        if held is not UNKNOWN:
            return held
        methods = value.methods if isinstance(value, Value) else self.host.distinct
        if isinstance(value, (list, dict)):
            methods = constants.MUTATORS | constants.READERS
        return calls.Method(receiver, name) if name in methods or name in calls.SPECIAL else UNKNOWN

    def item(self, value: Any, key: Any) -> Any:
        """What `value[key]` stands for."""
        if isinstance(value, Value) and not isinstance(value, dict):
            return self.state.resolve(value.item(self, key))
        found = self.state.resolve(constants.subscript(value, key))
        return any_of(self, value, key) if found is UNKNOWN else found

    def assign_item(self, holder: Any, key: Any, given: Given) -> None:
        """`holder[key] = …`."""
        binding.assign_item(self, holder, key, given)

    def delete_item(self, holder: Any, key: Any, place: Place) -> None:
        """`del holder[key]`."""
        binding.delete_item(self, holder, key, place)

    def _yielded(self, frame: Frame, items: list[Any]) -> None:
        """Keep what a generator gives; no name of the code is `yield`."""
        self.state.set(frame.names, "yield", [*self.given_so_far(frame), *items])

    def given_so_far(self, frame: Frame) -> list[Any]:
        """What a generator has given."""
        given = self.state.resolve(frame.names.get("yield", []))
        return given if isinstance(given, list) else [UNKNOWN]

    def _items(self, parts: list[ast.expr], frame: Frame) -> Any:
        items: list[Any] = []
        for each in parts:
            if not isinstance(each, ast.Starred):
                items.append(self.settled(each, frame))
                continue
            more = self.settled(each.value, frame)
            if not isinstance(more, (list, tuple)) or constants.bounded([*items, *more]) is UNKNOWN:
                return UNKNOWN
            items += more
        return constants.bounded(items)

    def _entries(self, node: ast.Dict, frame: Frame) -> Any:
        entries: dict[Any, Any] = {}
        known = True
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            value, key = self.settled(value_node, frame), self.settled(key_node, frame)
            known = known and (keeps(key, value) if key_node else isinstance(value, dict))
            if known:
                entries.update({key: value} if key_node else value)
        return constants.bounded(entries) if known else UNKNOWN

    def enter(self, function: LocalFunction, arguments: Arguments) -> Any:
        """Go through the body of a function of the file; what it returns."""
        raise NotImplementedError

    def call_handed(self, arguments: Arguments) -> None:
        """Go through the functions of the file that code which is not followed has, and may call."""

    def define(self, node: ast.Lambda, frame: Frame) -> LocalFunction:
        """A function that the file defines."""
        return LocalFunction(node, frame)

    def execute(self, tree: ast.Module) -> Any:
        """Go through code that stands in a text; what its last expression gives."""
        raise NotImplementedError

    def rebind(self, given: Given, value: Any) -> None:
        """Let the name or field that an argument comes from stand for a value from here on."""
        if given.frame is not None and isinstance(given.node, (ast.Name, ast.Attribute)):
            assign(self, given.node, Given(value, given.place), given.frame)

    @property
    def statement_place(self) -> Place:
        """Where the statement begins that is gone through."""
        return place_of(self.statement) if hasattr(self.statement, "lineno") else (1, 0)

    def is_outside(self, given: Given) -> bool:
        """Whether an argument comes from a parameter that code elsewhere gives a value to."""
        node = given.node
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
            node = node.func if isinstance(node, ast.Call) else node.value
        holder = given.frame.holder(node.id) if given.frame is not None and isinstance(node, ast.Name) else None
        if holder is None or not isinstance(node, ast.Name):
            return False
        return node.id in holder.given or getattr(self.state.resolve(holder.names[node.id]), "outside", False)

    def _called(self, node: ast.Call, frame: Frame) -> Any:
        if isinstance(node.func, ast.Attribute):
            self.reached.add(id(node.func))
            owner = node.func.value
            receiver = Given(self.value(owner, frame), place_of(owner), owner, frame)
            return self.method(receiver, node.func.attr, arguments_of(self, node, frame))
        callee = self.value(node.func, frame)
        arguments = arguments_of(self, node, frame)
        if isinstance(node.func, ast.Name) and callee is UNKNOWN and frame.holder(node.func.id) is None:
            return self._call_built_in(node.func.id, arguments, frame)
        return self.call(callee, arguments)

    def call(self, callee: Any, arguments: Arguments) -> Any:
        """What a call gives, and what it does."""
        return (callee if isinstance(callee, Value) else Value()).call(self, arguments)

    def call_imported(self, callee: Imported, arguments: Arguments) -> Any:
        """A call of an imported name: of Python's library, or whatever the host says."""
        known = calls.LIBRARY.get(callee.name)
        return known(self, arguments) if known else self.host.call(self, callee, arguments)

    def _call_built_in(self, name: str, arguments: Arguments, frame: Frame) -> Any:
        self.state.spend()
        if name in calls.BUILT_IN:
            return calls.BUILT_IN[name](self, replace(arguments, callee=name))
        if name in constants.BUILT_IN and "key" not in arguments.named:
            return constants.built_in(name, arguments)
        if name in ("globals", "locals"):
            while name == "globals" and frame.outer is not None:
                frame = frame.outer
            return calls.Names(frame)
        if isinstance(getattr(builtins, name, None), type):
            return UNKNOWN  # an exception, or a value of Python's own
        return Value().call(self, arguments)

    def method(self, receiver: Given, name: str, arguments: Arguments) -> Any:
        """What `value.name(…)` gives, and what it does."""
        value = receiver.value
        if name in calls.SPECIAL and arguments.positional and not isinstance(value, LocalClass):
            of_class = value is UNKNOWN and getattr(receiver.node, "id", "") in calls.CLASSES
            rest = arguments.positional if of_class else (receiver, *arguments.positional)
            return calls.SPECIAL[name](self, replace(arguments, positional=rest))
        if value is UNKNOWN and getattr(receiver.node, "id", "") in calls.CLASSES and arguments.positional:
            return self.method(arguments.positional[0], name, replace(arguments, positional=arguments.positional[1:]))
        if isinstance(value, (str, list, dict)):
            return self._method_of_constant(value, name, arguments)
        if not isinstance(value, Value):
            if name in calls.OF_IPYTHON and isinstance(receiver.node, ast.Call):
                return calls.OF_IPYTHON[name](self, arguments)
            return self.host.call_unknown(self, receiver, name, arguments)
        known = name not in self.host.distinct or name in value.methods or value.attribute(self, name) is not UNKNOWN
        return value.method(self, name, arguments) if known else self.host.call_unknown(self, receiver, name, arguments)

    def _method_of_constant(self, value: Any, name: str, arguments: Arguments) -> Any:
        self.state.spend()
        before = None
        if name in constants.MUTATORS and not isinstance(value, str):
            before = value.copy()
            self.state.change(value)
        result = constants.method(value, name, arguments)
        if name == "update" and result is UNKNOWN and isinstance(value, dict):
            value.clear()
        if before is not None:
            self.host.changed(value, before, arguments.place)
        return result
