"""An audit as HTML: what the page and a notebook show, and that no name of a cluster becomes more than text there."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime.audit.results import Audit, AuditFinding
from igz_runtime.cluster import Cluster
from igz_runtime.cluster.facts import Live, Node
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.cluster.running import Load, Running
from igz_runtime.k8s.pod import Taint
from igz_runtime.report.audit.content import CLASSES, REQUESTED, NodeContent
from igz_runtime.report.audit.drawing import columns_svg, squares_svg
from igz_runtime.report.audit.page import rendered
from igz_runtime.report.html import audit_html
from igz_runtime.report.markup import escaped
from igz_runtime.rules.audited import AuditedCluster
from igz_runtime.rules.findings import Skipped
from tests.clusters import audited, finding
from tests.examples import examples

MADE: Final = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body main a h1 h2 h3 p br span strong div section ul li details summary table "
        "caption thead tbody tr th td fieldset legend label input svg path rect line",
    )
)
VOID: Final = frozenset({"br", "input", "meta"})
EVIL = "evil\x1b[31m\u202e<script>alert(1)</script>\" onload='x' ]]>"


class Page(HTMLParser):
    """A page as a list of its elements; `open` are those that nobody closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, attribute: str) -> list[str]:
        return [value for name, value in self.attributes if name == attribute]


def named(name: str) -> Audit:
    """The audit of a cluster in which everything that somebody may name is so named."""
    node = Node(name, allocatable={"memory": 8}, used={"memory": 4}, pods=2, group=name)
    load = Load({"Guaranteed": 3, "Burstable": 1}, {name: 2}, user=1)
    group = NodeGroup(name, taints=(Taint(name, name, "NoSchedule"),))
    live = Live(name, name, (node,), running=Running(loads={name: load}), unknown={name: name})
    view = AuditedCluster(Cluster(name, node_groups=(group,), live=live))
    about = {"function": name, "kind": "job", "role": name, "why": name, "fix": name}
    found = AuditFinding(finding("IGZ614", "error", name, **about), name, (name,), name)
    return Audit(view, (found,), (Skipped("IGZ602", name, name, name),), (name,))


@settings(max_examples=examples(150), deadline=None)
@given(st.text(min_size=1, max_size=40) | st.sampled_from([EVIL, "<b>", "</td>", '"><img src=x>', "x" * 10_000]))
def test_no_name_is_more_than_text(name: str) -> None:
    for render in (rendered, audit_html):
        page, plain = Page(render(named(name))), Page(render(named("plain")))

        assert page.open == []
        assert page.elements == plain.elements
        assert [attribute for attribute, _ in page.attributes] == [attribute for attribute, _ in plain.attributes]


@pytest.mark.parametrize("audit", [audited(40, 30), named(EVIL), Audit(AuditedCluster(Cluster()))])
def test_the_page_is_made_of_what_we_make_and_asks_for_nothing(audit: Audit) -> None:
    text = rendered(audit)
    page = Page(text)

    assert set(page.elements) <= MADE
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in {"src", "srcset", "action"}]
    assert all(link.startswith("#") for link in page.all("href"))
    assert re.search(r"url\(|@import|https?:", text) is None
    assert all(c.isprintable() for c in text.replace("\n", ""))
    assert "default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;; img-src data:" in text


@pytest.mark.parametrize("audit", [audited(40, 30), audited(5000, 3000), Audit(AuditedCluster(Cluster()))])
def test_every_link_leads_somewhere_and_no_two_parts_have_one_name(audit: Audit) -> None:
    page = Page(rendered(audit))
    names = page.all("id")

    assert {link.removeprefix("#") for link in page.all("href")} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("nodes", "groups"), [(5000, 5), (5000, 25), (20_000, 5)])
def test_thousands_of_nodes_and_findings_make_a_small_page(nodes: int, groups: int) -> None:
    assert len(rendered(audited(nodes, findings=4000, groups=groups)).encode()) < 300_000


def test_a_node_is_a_column_up_to_60_nodes_and_a_square_above() -> None:
    small, large = rendered(audited(100, groups=2)), rendered(audited(5000))

    assert len(re.findall('class="igz-hit"', small)) >= 9
    assert 'class="igz-squares igz-step3"' in small, "95 jobs nodes"
    assert len(re.findall(r"h\d+", "".join(re.findall(r'igz-squares igz-step\d" d="([^"]*)"', large)))) < 600


def test_every_square_is_drawn_once() -> None:
    drawn = re.findall(r'igz-squares igz-step\d" d="([^"]*)"', rendered(audited(5000)).partition('id="legend"')[0])
    lengths = [int(length) for path in drawn for length in re.findall(r"h(\d+)", path)]

    assert sum((length + 2) // 11 for length in lengths) == 5000


AMOUNTS = st.integers(0, 2**70)
NODES = st.builds(
    NodeContent,
    name=st.text(max_size=5),
    memory=st.dictionaries(st.sampled_from([*CLASSES, REQUESTED]), AMOUNTS),
    offered=AMOUNTS,
    gpus=st.integers(0, 200),
    gpus_offered=st.integers(0, 200),
    pods=st.integers(0, 500),
    tone=st.sampled_from(["error", "warning", "info", "plain"]),
    state=st.sampled_from(["", "not ready"]),
)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(NODES, min_size=1, max_size=130))
def test_whatever_nodes_offer_and_request_is_drawn_inside_of_the_drawing(nodes: list[NodeContent]) -> None:
    for draw in (columns_svg, squares_svg):
        drawn = ET.fromstring(draw("t", nodes))  # noqa: S314  (it is our own)
        width, height = map(float, drawn.attrib["viewBox"].split()[2:])
        for path in drawn.iter("path"):
            for x, y in re.findall(r"M(\S+) ([\d.]+)", path.attrib["d"]):
                assert 0 <= float(x) <= width
                assert 0 <= float(y) <= height


@pytest.mark.parametrize(
    ("requested", "offered", "drawn"),
    [(1, 4, ["M7 86v6", "M7 92V110"]), (4, 4, ["M7 86v24"]), (6, 16, ["M7 86v18", "M7 104V134"]), (0, 1, ["M7 86V92"])],
)
def test_a_box_beneath_a_column_is_a_gpu_and_of_many_gpus_some(requested: int, offered: int, drawn: list[str]) -> None:
    node = NodeContent("n", {}, 1, requested, offered, 0, "plain", "")

    assert re.findall(r'class="igz-boxes[^"]*" d="([^"]*)"', columns_svg("", [node])) == drawn


def test_a_column_is_filled_by_what_is_requested_one_qos_class_on_the_other() -> None:
    half = NodeContent("n", {"Guaranteed": 20, "Burstable": 10}, 40, 0, 0, 0, "plain", "")
    drawn = columns_svg("", [half, half._replace(offered=80)])

    assert re.findall(r'class="igz-column[^"]*igz-q(\d)" d="([^"]*)"', drawn) == [
        ("0", "M7 81V63M22 81V63"),
        ("1", "M7 63V54M22 63V54"),
        ("1", "M7 63V54M22 63V54"),
    ]
    assert 'class="igz-frame" d="M2 81v-36h10v36zM17 81v-72h10v72z"' in drawn


def test_findings_are_hidden_by_the_boxes_of_their_severity() -> None:
    text = rendered(audited(40, 30))

    for each in ("error", "warning", "info", "accepted"):
        assert f"body:has(#igz-show-{each}:not(:checked)) .igz-of-{each} {{ display: none; }}" in text
        assert f'id="igz-show-{each}"' in text
        assert f'class="igz-finding igz-of-{each}"' in text


def test_a_drawing_says_in_words_what_it_shows() -> None:
    text = rendered(audited(40))

    assert "memory requested: 115Gi of 256Gi (45 %) (Guaranteed 77.1Gi, Burstable 37.7Gi)" in text
    assert "29.5Gi of 64Gi of memory requested (Guaranteed 22.7Gi, Burstable 6.78Gi), 18 pods, 0 of 4 GPUs" in text
    assert text.count('role="img"') == len(re.findall(r'<svg[^>]*role="img"[^>]*><title>|<svg[^>]*><title>', text))


def test_capacity_is_said_of_each_group_and_what_is_not_known_of_it_once() -> None:
    page = rendered(audited(40))
    table = page.partition("Capacity of the node groups")[2].partition("</table>")[0]

    assert re.findall(r'<th scope="row">(\w+)</th>', table) == ["initial", "jobs", "jupyter", "gpu", "spot"]
    assert "<title>memory: 704Gi: 50 % of 1.38Ti now; 703Gi reserved now</title>" in table
    assert page.count("<li>jobs, spot: what it may grow to: the size of its nodes is not known</li>") == 1
    assert "Capacity" not in rendered(replace(audited(40), capacity=()))


def test_every_sentence_that_demands_something_is_answered() -> None:
    audit = audited(40, 30)
    demanding = [answer for answer in audit.answers if answer.verdict != "demands nothing"]
    page = rendered(audit)

    assert f"<summary>{len(demanding)} sentences: " in page
    assert all(f"{escaped(answer.sentence.text)}</td>" in page for answer in demanding)


def test_a_notebook_has_the_same_drawings_without_headings_filters_and_links() -> None:
    page, text = Page(audit_html(audited(40, 30))), audit_html(audited(40, 30))

    assert page.open == []
    assert not {"h1", "h2", "h3", "a", "input"} & set(page.elements)
    assert page.all("id") == []
    assert "igz-column igz-q0" in text
    assert audited(40)._repr_html_() == audit_html(audited(40))


def test_the_page_says_what_is_not_known() -> None:
    audit = audited(40)
    text = rendered(replace(audit, view=AuditedCluster(replace(audit.view.cluster, live=None))))

    assert "not known: no API server was asked" in text
    assert "IGZ613 (&#x27;cluster&#x27;), because Iguazio&#x27;s application services could not be read" in text
