"""What axe finds wrong with a page (WCAG 2.2 AA and what it calls best practice)."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_RUN = """async (only) => {
  const found = await axe.run({ runOnly: only, resultTypes: ["violations"] });
  return found.violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${node.target} ${node.failureSummary}`));
}"""


def faults(page: Page) -> list[str]:
    """What is wrong by any rule."""
    return _run(page, {"type": "tag", "values": RULES})


def faults_of_colour(page: Page) -> list[str]:
    """What is wrong by the rules that look at colours: all that another scheme can change."""
    return _run(page, {"type": "rule", "values": ["color-contrast", "link-in-text-block"]})


def _run(page: Page, only: object) -> list[str]:
    # The page's policy forbids scripts of others, so axe goes in from outside.
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(_RUN, only)
    return found
