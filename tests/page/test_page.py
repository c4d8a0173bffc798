"""The page of an audit in a real Chromium: what it asks for, who can use it, and how it looks."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from igz_runtime.report.audit.page import rendered
from igz_runtime.report.html import audit_html
from tests.clusters import audited
from tests.unit.report.test_audit_page import EVIL, named

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Open

SIZES: Final = {3: 4, 40: 30, 5000: 3000}
"""How many findings on running work there are, by the number of nodes."""

_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def text_of(nodes: int) -> str:
    return rendered(audited(nodes, SIZES[nodes], groups=4 if nodes < 5 else 5))


def violations(page: Page, rules: list[str] = _RULES) -> list[str]:
    """What axe-core finds."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": rules}).response["violations"]
    return [f"{one['id']}: {each['html']} {each['failureSummary']}" for one in found for each in one["nodes"]]


def focused(page: Page) -> str:
    """What has the focus: its element and its text."""
    said: str = page.evaluate(
        "(e => e === document.body ? '' : `${e.localName} ${e.id || e.textContent.trim()}`)(document.activeElement)"
    )
    return said


@pytest.mark.parametrize("nodes", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 420])
def test_it_opens_alone_and_fits(opened: Open, artefacts: Path, nodes: int, scheme: str, width: int) -> None:
    with opened(text_of(nodes), width=width, scheme=scheme) as shown:
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
        shown.page.screenshot(path=artefacts / f"{nodes}-nodes-{scheme}-{width}.png", full_page=True)
        assert (len(shown.requests), shown.said) == (1, [])


@pytest.mark.parametrize("nodes", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_core_finds_nothing(opened: Open, nodes: int, scheme: str) -> None:
    with opened(text_of(nodes), scheme=scheme, for_axe=True) as shown:
        assert violations(shown.page) == []


@pytest.mark.parametrize("width", [1400, 420])
def test_everything_that_can_be_opened_fits_and_is_accessible(opened: Open, width: int) -> None:
    with opened(text_of(40), width=width, for_axe=True) as shown:
        shown.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(shown.page) == []


def test_5000_nodes_with_thousands_of_findings_are_below_300_kb_and_open_at_once(opened: Open) -> None:
    assert len(text_of(5000).encode()) < 300_000

    with opened(text_of(5000)) as shown:
        timing = shown.page.evaluate("performance.getEntriesByType('navigation')[0].duration")
        assert timing < 5000, "milliseconds, where every other core may be busy"


def test_the_keyboard_goes_from_the_top_to_the_bottom(opened: Open) -> None:
    with opened(text_of(3)) as shown:
        order = []
        for _ in range(200):
            shown.page.keyboard.press("Tab")
            if focused(shown.page) == "":
                break
            order.append(focused(shown.page))
        boxes = [f"input igz-show-{each}" for each in ("error", "warning", "info", "accepted")]
        count: int = shown.page.evaluate("document.querySelectorAll('a, input, summary').length")

    groups = ["a initial", "a gpu", "a jobs", "a jupyter"]
    assert order[:10] == ["a Skip to the findings on the cluster", "a How to read this page", *boxes, *groups]
    assert len(order) == count
    folded = [each.removeprefix("summary ").split(":")[0] for each in order if each.startswith("summary")]
    assert folded == [
        *("1 node in a table", "1 node in a table", "2 nodes in a table", "1 node in a table"),
        *("what is not known of their capacity", "69 sentences"),
    ]


def test_the_skip_link_is_seen_when_it_has_the_focus_and_leads_to_the_findings(opened: Open) -> None:
    with opened(text_of(40)) as shown:
        link = shown.page.locator(".igz-skip")
        assert not is_seen(link)
        shown.page.keyboard.press("Tab")
        assert is_seen(link)
        shown.page.keyboard.press("Enter")

        assert focused(shown.page) == "h2 cluster"


def is_seen(locator: Any) -> bool:
    """Whether it is on the screen."""
    box = locator.bounding_box()
    return box is not None and box["x"] >= 0


@pytest.mark.parametrize("severity", ["error", "warning", "info", "accepted"])
def test_a_box_hides_the_findings_of_its_severity_and_no_others(opened: Open, severity: str) -> None:
    def seen(page: Page) -> dict[str, int]:
        return {
            each: page.locator(f".igz-finding.igz-of-{each}:visible").count()
            for each in ("error", "warning", "info", "accepted")
        }

    with opened(text_of(40)) as shown:
        before = seen(shown.page)
        shown.page.locator(f"#igz-show-{severity}").focus()
        shown.page.keyboard.press("Space")

        assert all(before.values())
        assert seen(shown.page) == {**before, severity: 0}
        shown.page.keyboard.press("Space")
        assert seen(shown.page) == before


def test_the_nodes_of_a_group_are_listed_on_request(opened: Open) -> None:
    with opened(text_of(40)) as shown:
        table = shown.page.locator("details table").first
        assert not table.is_visible()
        shown.page.locator("summary").first.focus()
        shown.page.keyboard.press("Enter")

        assert table.is_visible()
        assert table.locator("tbody tr").count() == 2


def test_a_link_from_a_finding_leads_to_its_rule(opened: Open) -> None:
    with opened(text_of(40)) as shown:
        shown.page.locator(".igz-card a", has_text="IGZ614").first.click()

        assert shown.page.evaluate("document.querySelector(':target').textContent") == "IGZ614"


def test_in_print_nothing_is_left_that_only_a_screen_can_do(opened: Open, artefacts: Path) -> None:
    with opened(text_of(40)) as shown:
        shown.page.pdf(path=artefacts / "40-nodes.pdf", format="A4", print_background=True)
        shown.page.emulate_media(media="print")

        assert shown.page.locator("input:visible, summary:visible, .igz-skip:visible").count() == 0
        assert shown.page.get_by_text("Mandatory minimum of 1 instance.").is_visible(), (
            "an answer, which a screen folds"
        )
        assert shown.page.locator(".igz-finding:visible").count() > 10
        assert shown.page.locator("svg:visible").count() > 20


def test_no_name_of_a_cluster_runs_or_hides(opened: Open) -> None:
    with opened(rendered(named(EVIL))) as shown:
        assert (len(shown.requests), shown.said) == (1, [])
        assert shown.page.locator("script, img, b").count() == 0
        assert shown.page.locator("h3").inner_text().startswith(r"evil\x1b[31m\u202e<script>alert(1)</script>")


@pytest.mark.parametrize(("theme", "colours"), [("light", "#fff; color: #000"), ("dark", "#111; color: #eee")])
def test_a_notebook_shows_the_same_drawings_on_its_own_theme(
    opened: Open, artefacts: Path, theme: str, colours: str
) -> None:
    drawn = audit_html(audited(40, 30))
    body = f"<body style='background: {colours}'><div style='display: none'>{drawn}</div>{drawn}</body>"
    with opened(f"<!DOCTYPE html><html lang='en'><title>notebook</title>{body}</html>", for_axe=True) as shown:
        shown.page.screenshot(path=artefacts / f"notebook-{theme}.png", full_page=True)

        assert (len(shown.requests), shown.said) == (1, [])
        assert violations(shown.page, ["wcag2a", "wcag2aa"]) == []
