"""YAML and JSON with places: values as PyYAML reads them, the line and column of each field, and limits."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from igz_runtime.text.limits import Unreadable
from igz_runtime.text.place import Position
from igz_runtime.text.tree import Tree, decoded, read_json, read_yaml


def documents(text: str) -> list[Tree]:
    return list(read_yaml(text))


def refusal(text: str) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        documents(text)
    return refused.value


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


class TestValues:
    @given(PLAIN)
    def test_they_are_those_of_pyyaml(self, value: Any) -> None:
        text = yaml.safe_dump(value)

        assert documents(text)[0].value == yaml.safe_load(text)

    @given(PLAIN)
    def test_json_is_the_standard_librarys(self, value: Any) -> None:
        assert read_json(json.dumps(value)).value == value

    def test_anchors_and_merge_keys(self) -> None:
        text = "a: &a {x: 1, y: 2}\nb: &b {y: 3}\nc: {<<: [*a, *b], z: 4}\nd: {<<: *a, x: 5}\n"

        assert documents(text)[0].value == yaml.safe_load(text)

    def test_a_tag_makes_nothing(self) -> None:
        text = "a: !!python/object/apply:os.system [echo]\nb: !Ref name\nc: !!int no\n"

        assert documents(text)[0].value == {"a": ["echo"], "b": "name", "c": "no"}

    def test_embedded_code_is_cut_and_the_rest_is_where_it_was(self) -> None:
        code = "QUJD" * 5000
        tree = documents(f"build: {{code: {code}, image: x}}\nkind: job\n")[0]

        assert tree.value["kind"] == "job"
        assert len(tree.value["build"]["code"]) < 100
        assert tree.at(("kind",)) == Position(2, 1)

    def test_several_documents_of_which_one_is_broken(self) -> None:
        read: list[Any] = []
        with pytest.raises(Unreadable) as refused:
            read.extend(tree.value for tree in read_yaml("a: 1\n---\nb: 2\n---\nc: [\n"))

        assert read == [{"a": 1}, {"b": 2}]
        assert refused.value.remark.position.line >= 5

    def test_a_key_that_stands_twice(self) -> None:
        tree = documents("spec:\n  image: a\n  image: b\n")[0]

        assert tree.value == {"spec": {"image": "b"}}
        assert tree.repeated[0].position == Position(3, 3)
        assert "'image' stands twice" in tree.repeated[0].text


class TestPlaces:
    YAML = (
        "# first\nkind: job\nspec:\n  list:\n  - a: 1\n    b: ä, c\n  - {x: 1, y: 2}\n"
        "  at: &at {z: 1}\n  to: {<<: *at}\n"
    )

    @pytest.mark.parametrize(
        ("path", "place"),
        [
            ((), (2, 1)),
            (("kind",), (2, 1)),
            (("spec", "list"), (4, 3)),
            (("spec", "list", 0), (5, 5)),
            (("spec", "list", 0, "b"), (6, 5)),
            (("spec", "list", 1, "y"), (7, 12)),
            (("spec", "to", "z"), (8, 12)),
            (("spec", "list", 7), (4, 3)),
            (("spec", "missing", "field"), (3, 1)),
            (("missing",), (2, 1)),
        ],
    )
    def test_of_yaml(self, path: tuple[str | int, ...], place: tuple[int, int]) -> None:
        assert documents(self.YAML)[0].at(path) == Position(*place)

    @pytest.mark.parametrize(
        ("path", "place"),
        [
            ((), (1, 1)),
            (("kind",), (2, 3)),
            (("spec", "list", 1), (4, 18)),
            (("spec", "list", 1, "y"), (4, 27)),
            (("spec", "list", 2), (4, 5)),
            (("spec", "other"), (3, 3)),
        ],
    )
    def test_of_json(self, path: tuple[str | int, ...], place: tuple[int, int]) -> None:
        text = '{\n  "kind": "a \\" b",\n  "spec": {\n    "list": [[], {"x": 1, "y": 2}]\n  }\n}\n'

        assert read_json(text).at(path) == Position(*place)

    @given(PLAIN)
    def test_every_path_of_json_leads_to_its_key_or_value(self, value: Any) -> None:
        text = json.dumps(value, indent=1)
        tree, lines = read_json(text), json.dumps(value, indent=1).split("\n")

        for path, held in paths(value):
            place = tree.at(path)
            wanted = json.dumps(path[-1] if isinstance(path[-1], str) else held, indent=1).split("\n")[0]
            assert lines[place.line - 1][place.column - 1 :].startswith(wanted.strip()[:1])


def paths(value: Any, above: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = []
    for part, held in entries:
        found += [((*above, part), held), *paths(held, (*above, part))]
    return found


def bomb(form: str, levels: int = 30) -> str:
    lines = ["a0: &a0 " + ("[x, x, x]" if form == "list" else "{x: 1}")]
    for level in range(1, levels):
        uses = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} " + (f"[{uses}]" if form == "list" else f"{{<<: [{uses}]}}"))
    return "\n".join(lines)


class TestLimits:
    @pytest.mark.parametrize(
        "text",
        [
            "[" * 200_000,
            "{a: " * 50_000,
            "- " * 100_000,
            "? " * 50_000,
            "\n".join(" " * depth + "a:" for depth in range(3_000)),
            "[" * 300 + "]" * 300,
        ],
    )
    def test_nesting_without_end(self, text: str) -> None:
        assert "nested deeper" in str(refusal(text))

    @pytest.mark.parametrize("form", ["list", "merge"])
    def test_what_aliases_stand_for(self, form: str) -> None:
        begun = time.process_time()

        assert "aliases of more" in str(refusal(bomb(form)))
        assert time.process_time() - begun < 1

    def test_an_alias_of_itself(self) -> None:
        assert refusal("a: &x [1, *x]").remark.position == Position(1, 11)

    def test_too_many_values(self) -> None:
        assert "holds more than 100,000 values" in str(refusal("- [a, b, c, d]\n" * 30_000))
        assert "holds more than 100,000 lines" in str(refusal("\n" * 200_000))
        with pytest.raises(Unreadable, match="more than 2,000,000 values"):
            read_json("[" + "1," * 2_100_000 + "1]")

    def test_deep_json(self) -> None:
        with pytest.raises(Unreadable, match="nested deeper"):
            read_json("[" * 100_000 + "]" * 100_000)

    def test_huge_numbers(self) -> None:
        assert isinstance(documents("a: " + "9" * 6_000)[0].value["a"], (str, int))
        with pytest.raises(Unreadable, match="thousands of digits"):
            read_json("9" * 6_000)


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "place", "says"),
        [
            ("a: [1, 2\nb: 3\n", (2, 2), "is not YAML"),
            ("a: 1\n\tb: 2\n", (2, 1), "a tab character" if yaml.__with_libyaml__ else "cannot start any token"),
            ("a: *nothing\n", (1, 4), "without its anchor"),
            ("kind: job\nname: a\0b\n", (2, 8), "a character that YAML does not allow"),
        ],
    )
    def test_of_yaml(self, text: str, place: tuple[int, int], says: str) -> None:
        fault = refusal(text)

        assert fault.remark.position == Position(*place)
        assert says in str(fault)

    def test_no_text_of_the_file_is_shown(self) -> None:
        assert "hunter2" not in str(refusal("a: &hunter2 1\nb: %hunter2\nc: *hunter3\n"))

    def test_of_json(self) -> None:
        with pytest.raises(Unreadable) as refused:
            read_json('{\n "a": tru }')
        assert refused.value.remark.position == Position(2, 7)

    def test_bytes(self) -> None:
        assert decoded("\ufeffkind: ä".encode()) == "kind: ä"
        assert decoded("kind: ä".encode("utf-16")) == "kind: ä"
        with pytest.raises(Unreadable) as refused:
            decoded(b"kind: job\nname: \xff")
        assert refused.value.remark.position == Position(2, 7)
        with pytest.raises(Unreadable, match="larger than 16 MiB"):
            decoded(b" " * (16 * 2**20 + 1))
