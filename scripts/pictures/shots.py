"""Which pictures there are: an address, what is done there first, and how it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from playwright.sync_api import Page
from scripts.pictures.demo import Demo

DESK, PHONE = (1360, 900), (390, 800)
BOTH = ("light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture for each of its schemes, named `{name}-{scheme}`."""

    name: str
    path: str
    #: What is done on the page before the picture is taken.
    first: Callable[[Page], object] = lambda _: None
    size: tuple[int, int] = DESK
    schemes: Sequence[str] = BOTH
    signed_in: bool = True


def shots(demo: Demo) -> list[Shot]:
    """All of them."""
    report, failed = f"/jobs/{demo.report}", f"/jobs/{demo.failed}"
    desk = [
        Shot(name="jobs", path="/jobs"),
        Shot(name="job", path=f"/jobs/{demo.dossier}"),
        Shot(name="step", path=f"{report}/steps/1"),
        Shot(name="failed", path=f"{failed}/failure"),
        Shot(name="deliverable", path=f"{report}/deliverable"),
        Shot(name="new-job", path="/new/market-report?example"),
        Shot(name="rerun", path=f"{report}/rerun?from=moves"),
        Shot(name="compare", path=f"/jobs/{demo.rerun}/compare"),
        Shot(name="compare-step", path=f"/jobs/{demo.rerun}/compare", first=_open_changed_step),
        Shot(name="workflows", path="/workflows"),
        Shot(name="workflow", path="/workflows/brand-guide"),
        Shot(name="workflow-edit", path="/workflows/market-report/edit", first=_store_a_mistake),
        Shot(name="usage", path="/usage"),
        Shot(name="storage", path="/storage"),
        Shot(name="sign-in", path="/sign-in", signed_in=False),
    ]
    phone = [
        Shot(name="jobs-phone", path="/jobs", size=PHONE),
        Shot(name="job-phone", path=report, size=PHONE),
        Shot(name="step-phone", path=f"{report}/steps/2", size=PHONE, schemes=("light",)),
        Shot(name="compare-phone", path=f"/jobs/{demo.rerun}/compare", size=PHONE, schemes=("light",)),
    ]
    return [*desk, *phone]


def _open_changed_step(page: Page) -> None:
    page.locator(".pairs a", has=page.locator(".tag")).filter(has_text="Five moves").first.click()
    page.wait_for_load_state("networkidle")


def _store_a_mistake(page: Page) -> None:
    text = page.locator("textarea").first
    text.fill(text.input_value().replace("steps.market.output", "steps.markt.output"))
    page.get_by_role("button", name="Store as version").click()
    page.wait_for_load_state("networkidle")
