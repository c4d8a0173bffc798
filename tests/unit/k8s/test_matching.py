"""Expressions and tolerations, against Kubernetes' own rules, and against every node that half a knowledge allows."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igz_runtime.k8s.matching import decides, holds, may_hold, tolerated, tolerates
from igz_runtime.k8s.pod import Requirement, Taint, Term, Toleration
from tests.unit.cluster import scheduler

VALUES = ("a", "b", "7", "12", "-2", "1_0", "")
EXPRESSIONS = (
    *(Requirement("zone", *parts) for parts in product(("In", "NotIn"), (("a",), ("b",), ("a", "7"), VALUES[:3]))),
    *(Requirement("zone", operator) for operator in ("Exists", "DoesNotExist")),
    *(Requirement("zone", *parts) for parts in product(("Gt", "Lt"), (("7",), ("10",), ("-1",)))),
)
NEVER = ((), ("a",), ("a", "b"), ("a", "b", "7"), ("12",))


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
@pytest.mark.parametrize("value", [*VALUES, None])
def test_on_a_node_that_is_known_the_answer_is_the_schedulers(expression: Requirement, value: str | None) -> None:
    labels = {} if value is None else {"zone": value}
    judged = scheduler.fits_term(Term((expression,)), scheduler.Node(labels))

    assert holds(expression, value) is judged
    assert may_hold([Term((expression,))], labels) is judged
    if value is not None:
        assert holds(expression, value, never=()) is judged


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
@pytest.mark.parametrize("excluded", NEVER, ids=str)
def test_what_is_known_in_part_is_said_where_every_such_node_agrees_and_nowhere_else(
    expression: Requirement, excluded: tuple[str, ...]
) -> None:
    possible = [each for each in (*VALUES, "100", "any other", None) if each not in excluded]
    answers = {holds(expression, each) for each in possible}

    found = holds(expression, None, never={("zone", each) for each in excluded})

    assert found is (answers.pop() if len(answers) == 1 else None)


@pytest.mark.parametrize("excluded", NEVER, ids=str)
def test_expressions_on_a_label_that_is_not_known_hold_where_one_value_is_right_for_all(
    excluded: tuple[str, ...],
) -> None:
    possible = [each for each in (*VALUES, *map(str, range(-9, 20)), "any other", None) if each not in excluded]
    never = {("zone", each) for each in excluded}
    wrong = []
    for one, other, selected in product(EXPRESSIONS, EXPRESSIONS, (None, "a", "7", "?")):
        selector = {} if selected is None or selected in excluded else {"zone": selected}
        fits = scheduler.fits_term
        nodes = [scheduler.Node({} if value is None else {"zone": value}) for value in possible]
        expected = any(
            fits(Term((one, other)), node) and (not selector or node.labels == selector) for node in (*nodes, ASKED)
        )
        if may_hold([Term((one, other))], {}, never, selector=selector) is not expected:
            wrong.append(f"{one} and {other}, {selector}")
    assert wrong == []


ASKED = scheduler.Node({"zone": "?"})

NUMBERS = st.integers(-3, 8)
OF_NUMBERS = st.one_of(
    st.builds(lambda operator, bound: (operator, (str(bound),)), st.sampled_from(("Gt", "Lt")), NUMBERS),
    st.builds(
        lambda operator, values: (operator, tuple(map(str, values))),
        st.sampled_from(("In", "NotIn", "NotIn", "NotIn")),
        st.lists(NUMBERS, min_size=1, max_size=6),
    ),
    st.just(("Exists", ())),
)


@given(st.lists(OF_NUMBERS, min_size=1, max_size=6))
def test_whole_numbers_right_for_all_expressions_are_found_however_many_are_excluded(
    asked: list[tuple[str, tuple[str, ...]]],
) -> None:
    expressions = tuple(Requirement("generation", *parts) for parts in asked)
    possible = [None, "any other", *map(str, range(-20, 30))]
    expected = any(all(holds(each, value) for each in expressions) for value in possible)

    assert may_hold([Term(expressions)], {}, ()) is expected


@pytest.mark.parametrize(
    ("terms", "held"),
    [
        ([], False),
        ([Term()], False),
        ([Term((), ())], False),
        ([Term(), Term((Requirement("zone", "In", ("a",)),))], True),
        ([Term((Requirement("zone", "In", ("a",)), Requirement("zone", "NotIn", ("a",))))], False),
        ([Term(None, (Requirement("metadata.name", "In", ("node-1",)),))], True),
        ([Term(None, (Requirement("metadata.name", "In", ("node-2",)),))], False),
        ([Term(None, (Requirement("metadata.name", "NotIn", ("node-2",)),))], True),
        ([Term((Requirement("zone", "Exists"),), (Requirement("metadata.name", "In", ("node-2",)),))], False),
        ([Term(None, (Requirement("metadata.uid", "In", ("node-1",)),))], False),
    ],
)
def test_one_term_is_enough_and_all_of_it_must_hold(terms: list[Term], *, held: bool) -> None:
    node = scheduler.Node({"zone": "a"})

    assert may_hold(terms, node.labels, name="node-1") is held
    assert any(scheduler.fits_term(term, node) for term in terms) is held
    by_name = any(term.fields for term in terms)
    assert may_hold(terms, node.labels) is (held or by_name)


OPERATORS, EFFECTS = (None, "", "Equal", "Exists"), ("NoSchedule", "PreferNoSchedule", "NoExecute")


def test_a_toleration_tolerates_what_kubernetes_says_for_every_operator_and_effect() -> None:
    tolerations = product((None, "", "spot", "team"), OPERATORS, (None, "", "true"), (None, "", *EFFECTS))
    judged = [
        (toleration, taint, scheduler.tolerates(toleration, taint))
        for toleration in (Toleration(*parts) for parts in tolerations)
        for taint in (Taint(*parts) for parts in product(("spot",), (None, "", "true"), EFFECTS))
    ]

    assert [
        (str(toleration), str(taint))
        for toleration, taint, expected in judged
        if tolerates(toleration, taint) != expected
        or tolerated([toleration], taint) != scheduler.tolerated([toleration], taint)
    ] == []
    assert 300 < sum(expected for *_, expected in judged) < len(judged) / 2


def test_a_taint_that_only_ranks_nodes_keeps_no_pod_off() -> None:
    assert tolerated(None, Taint("spot", effect="PreferNoSchedule"))
    assert not tolerated(None, Taint("spot"))


@pytest.mark.parametrize("operator", ["Gt", "Lt"])
def test_an_operator_that_few_clusters_know_may_tolerate_any_taint_of_its_key(operator: str) -> None:
    toleration = Toleration("price", operator, "5", "NoSchedule")

    assert not decides(toleration)
    assert tolerates(toleration, Taint("price", "9"))
    assert not tolerates(toleration, Taint("spot", "9"))
    assert not tolerates(toleration, Taint("price", "9", "NoExecute"))
