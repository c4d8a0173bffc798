"""Scripts of Bash, read: the commands of a text, and the programs that they run."""

from __future__ import annotations

import subprocess
import time
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime.code.shell.commands import ShellCommand, commands_in
from igz_runtime.code.shell.installs import CondaChange, apt_packages, asks, conda_change
from igz_runtime.code.shell.programs import ENDLESS_LOOP, Program, programs_in
from igz_runtime.jupyter.quoting import quoted
from tests.examples import examples

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(texts, min_size=1, max_size=5), st.sampled_from([" ", "\t", " \\\n ", "  "]))
@settings(max_examples=examples(500))
def test_a_quoted_word_is_read_as_it_was_before(words: list[str], between: str) -> None:
    assert [each.words for each in commands_in(between.join(map(quoted, words)))] == [tuple(words)]


PIECES = st.sampled_from(["z", "a b", "'", '"', "\\", "\\'", '\\"', "$'z\\n'", "#", " ", "\n", ";", "&&", "é", "\t"])
TOLD = (
    "command_not_found_handle() { printf '%s\\0' $# \"$@\" >&3; }; PATH=/none; exec 3>&1 >/dev/null 2>&1; . /dev/stdin"
)


# `\&&` is a word and the mark of the background, where the order is nobody's; one at the very end stays or goes.
@given(st.lists(PIECES, max_size=12).map("".join).filter(lambda text: "\\&" not in text and text[-1:] != "\\"))
@settings(max_examples=examples(300))
def test_the_words_are_those_that_bash_reads(text: str) -> None:
    """Bash calls a function with the words of each command that there is not; text that it refuses is left out."""
    if subprocess.run(["/bin/bash", "-n"], input=text.encode(), capture_output=True, check=False).stderr:
        return
    ran = subprocess.run(["/bin/bash", "-c", TOLD], input=text.encode(), capture_output=True, check=False)
    said = iter(ran.stdout.decode().split("\0")[:-1])
    words = [tuple(islice(said, int(count))) for count in said]

    assert [each.words for each in commands_in(text) if each.words[0]] == [each for each in words if each[0]]


def test_each_command_has_its_place_and_what_follows_it() -> None:
    text = "a b; c |\n  d 'e\nf' & # g\n\ncat <<-'END' > out\n\th; i\n\tEND\nif j; then k; fi\n"

    assert commands_in(text) == [
        ShellCommand(("a", "b"), 1, 1, ";"),
        ShellCommand(("c",), 1, 6, "|"),
        ShellCommand(("d", "e\nf"), 2, 3, "&"),
        ShellCommand(("cat",), 5, 1, "\n"),
        ShellCommand(("if", "j"), 8, 1, ";"),
        ShellCommand(("then", "k"), 8, 7, ";"),
        ShellCommand(("fi",), 8, 15, "\n"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('a "b $c \\" \\d" e', ("a", 'b $c " \\d', "e")),
        ("a $(b; c 'd)') e", ("a", "$(b; c 'd)')", "e")),
        ("a `b; c` d", ("a", "`b; c`", "d")),
        ("a ${b:-c d} <(e f)", ("a", "${b:-c d}", "<(e f)")),
        ("a 2>&1 >> log < in b", ("a", "b")),
        ("a <<< 'b c' d", ("a", "d")),
        ("a b#c", ("a", "b#c")),
        ("a\\ b", ("a b",)),
    ],
)
def test_the_words_of_a_command(text: str, words: tuple[str, ...]) -> None:
    assert [each.words for each in commands_in(text)] == [words]


def test_parentheses_are_words_before_a_command() -> None:
    assert [(each.words, each.column, each.ends) for each in commands_in("(a b; c) >d & e() { f; }")] == [
        (("(", "a", "b"), 2, ";"),
        (("c",), 7, ")"),
        ((")",), 8, "&"),
        (("e",), 15, "("),
        (("(",), 16, ")"),
        ((")", "{", "f"), 19, ";"),
        (("}",), 24, ""),
    ]


@pytest.mark.parametrize(
    ("text", "waiting"),
    [
        ("(a; b) & c", "c"),
        ("( (a); b ) c", "abc"),
        ("{ a; (b &) ; } & c", "c"),
        ("if a; then b; fi & c", "c"),
        ("for x in 1; do while a; do b; done; done & c &", ""),
        ("case x in x) a & ;; esac; b", "b"),
        (") & a; fi & done & } & b", "ab"),
    ],
)
def test_nobody_waits_for_a_group_in_the_background(text: str, waiting: str) -> None:
    assert "".join(each.name for each in programs_in(text) if each.waits and each.name in "abc") == waiting


@pytest.mark.parametrize(
    ("text", "endless"),
    [
        ("while true; do a; done", True),
        ("if a; then until false; do b; done; fi", True),
        ("while :; do if a; then break; fi; done", False),
        ("while a; do true; done", False),
        ("while true", False),
    ],
)
def test_a_loop_that_nothing_ends_is_known(text: str, *, endless: bool) -> None:
    assert (ENDLESS_LOOP in [each.name for each in programs_in(text)]) == endless


@given(st.text())
@settings(max_examples=examples(300))
def test_any_text_is_read(text: str) -> None:
    for program in programs_in(text):
        asks(program)
        apt_packages(program)
        conda_change(program)


@pytest.mark.parametrize(
    "piece",
    [
        "$(",
        "${",
        "'",
        '"',
        "`",
        "(",
        "<<a\n",
        "\\",
        "a;",
        "$'",
        "<(",
        "bash -c '",
        " ",
        "\n",
        "#",
        "=",
        "if ",
        "(a;b)&",
        "{ a;",
        "((",
        "while true;",
        "while true; do a; done;",
    ],
)
def test_a_hostile_text_takes_no_longer_than_a_long_one(piece: str) -> None:
    began = time.process_time()

    programs_in(piece * (400_000 // len(piece)))

    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("A=b C+=d sudo -n -u me /usr/bin/apt-get -y install x", "apt-get", ("-y", "install", "x")),
        ("env -u A B=c nice -n 5 pip install x", "pip", ("install", "x")),
        ("! exec command time nohup jupyter lab", "jupyter", ("lab",)),
        ("if true; then x; fi", "true", ()),
    ],
)
def test_what_stands_before_a_program_is_left_out(text: str, name: str, arguments: tuple[str, ...]) -> None:
    program = programs_in(text)[0]

    assert (program.name, program.arguments) == (name, arguments)


def test_what_another_shell_is_told_is_read_at_the_place_of_its_command() -> None:
    text = "\ntimeout -k 5 60 bash -lc 'pip install x; y &' &\neval \"z\"\nssh host 'pip install'"

    assert programs_in(text) == [
        Program("pip", ("install", "x"), 2, 1, limited=True, waits=False),
        Program("y", (), 2, 1, limited=True, waits=False),
        Program("z", (), 3, 1),
        Program("ssh", ("host", "pip install"), 4, 1),
    ]


def test_each_program_knows_the_environment_that_is_active() -> None:
    text = (
        "a\nsource activate one\nb\nconda activate\nc\n. /User/.conda/envs/two/bin/activate\nd\nconda run -n e f -n g"
    )
    named = {each.name: each.environment for each in programs_in(text)}

    assert {name: named[name] for name in "abcdf"} == {
        "a": "",
        "b": "one",
        "c": "base",
        "d": "/User/.conda/envs/two",
        "f": "e",
    }


@pytest.mark.parametrize(
    ("text", "packages", "asked"),
    [
        ("apt-get install -y a b", ("a", "b"), False),
        ("apt-get -qq -o A::B=c -t sid install a", ("a",), False),
        ("apt install --assume-yes a", ("a",), False),
        ("apt-get -q install a", ("a",), True),
        ("apt-get update -y", (), False),
        ("apt-getx install a", (), True),
    ],
)
def test_what_apt_get_installs_and_whether_it_asks(text: str, packages: tuple[str, ...], *, asked: bool) -> None:
    (program,) = programs_in(text)

    assert (apt_packages(program), asks(program)) == (packages, asked)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("conda install -y -n one x", CondaChange("install", "one", is_folder=False)),
        ("mamba update --prefix=/a --all", CondaChange("update", "/a", is_folder=True)),
        ("conda env create -f x.yml", CondaChange("env create", "", is_folder=False)),
        ("conda env list", None),
        ("conda", None),
        ("pip install x", None),
    ],
)
def test_what_conda_changes(text: str, change: CondaChange | None) -> None:
    assert conda_change(programs_in(text)[0]) == change
