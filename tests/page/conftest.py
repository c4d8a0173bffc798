"""Tests in a real Chromium, which `make test-page` gets; else they are left out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.page.programs import found, missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

collect_ignore_glob = [] if os.environ.get("IGZ_TEST_PAGE") else ["*"]

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "page"
"""Where pictures of the pages are kept, for somebody to look at."""


class Opened(NamedTuple):
    """A page in a browser, and what it asked for and said while it was opened."""

    page: Page
    requests: list[str]
    said: list[str]


Open = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine."""
    from playwright.sync_api import sync_playwright

    program = found("chromium")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing("chromium"))
    # As root there is no sandbox; the only page is ours.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=program, args=flags) as opened:
        yield opened


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Open:
    """A context in which a text of HTML is open as a file.

    axe-core is a script, which the page's own policy keeps out unless `for_axe` lets it in.
    """

    @contextmanager
    def open_in(text: str, *, width: int = 1400, scheme: Any = "light", for_axe: bool = False) -> Iterator[Opened]:
        file = tmp_path / "audit.html"
        file.write_text(text, encoding="utf-8")
        size: Any = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=for_axe)
        page = context.new_page()
        shown = Opened(page, [], [])
        page.on("request", lambda request: shown.requests.append(request.url))
        page.on("console", lambda message: shown.said.append(message.text))
        page.on("pageerror", lambda error: shown.said.append(str(error)))
        page.goto(file.as_uri())
        yield shown
        context.close()

    return open_in


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """The folder of pictures."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return ARTEFACTS


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say where the pictures are."""
    if ARTEFACTS.exists():
        terminalreporter.write_line(f"pictures of the pages: {ARTEFACTS}")
