"""The page of an audit that is compared with an earlier one, in a real Chromium."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from igz_runtime.audit.compare import compared
from igz_runtime.audit.earlier import read_report
from igz_runtime.report.audit import json
from igz_runtime.report.audit.page import rendered
from tests.clusters import audited
from tests.page.test_page import SIZES, violations

if TYPE_CHECKING:
    from tests.page.conftest import Open


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 420])
def test_it_fits_and_is_accessible(opened: Open, artefacts: Path, tmp_path: Path, scheme: str, width: int) -> None:
    audit = audited(40, SIZES[40])
    (tmp_path / "before.json").write_text(json.rendered(replace(audit, found=audit.found[3:])))
    earlier = read_report(str(tmp_path / "before.json"))._replace(environment="development")
    page = rendered(compared(replace(audit, found=audit.found[:-3]), earlier))

    with opened(page, width=width, scheme=scheme, for_axe=True) as shown:
        assert violations(shown.page) == []
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
        assert shown.page.get_by_role("heading", name="Since").count() == 1
        shown.page.screenshot(path=artefacts / f"compared-{scheme}-{width}.png")
