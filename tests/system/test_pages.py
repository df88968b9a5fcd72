# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The pages of a real run in a real browser: light and dark, wide and narrow, without any network.

Needs a Chromium that is on the machine already; without one these tests are skipped, and say so.
"""

from __future__ import annotations

import itertools
import os
import shutil

import pytest
from driver import Operator

from local_aws import testing

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# As root, and on a closed network: no sandbox, and nothing that calls home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCENARIO = {
    "clock": {"rate": 600},
    "fleet": [
        {
            "name": name,
            "platform": "rhel-9",
            "zones": ["us-east-1a"],
            "tags": {"instancedata": {"solution": "shop", "environment": environment, "instance": role}},
            "missing": 3,
            "patch_seconds": 60,
            "image_seconds": 60,
            **more,
        }
        for name, environment, role, more in (
            ("good", "production", "SQL Server", {}),
            ("bad <b>bold</b>", "production", "Web Server", {"behaviours": {"patch_breakdown": "s3"}}),
            ("other", "nonproduction", "Web Server", {}),
        )
    ],
}


@pytest.fixture(name="browser", scope="module")
def fixture_browser():
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not executable:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium, or set CHROMIUM)")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(name="run", scope="module")
def fixture_run(tmp_path_factory, browser):
    """The folder of a run that stopped: one host patched, one failed, one left out."""
    folder = tmp_path_factory.mktemp("pages")
    with testing.serve(SCENARIO) as aws:
        operator = Operator(folder, aws, patch_run_id="pages", patch_run_retries=0, patch_run_update_agent=False)
        operator.run(expect=2, patch_run_environments=["production"])
    return folder / "fleetpatch-runs" / "pages"


@pytest.fixture(name="opened", params=["plan.html", "report.html"])
def fixture_opened(request, browser, run):
    """A function that opens the page; at the end it must have asked for nothing and complained about nothing."""
    contexts, asked, complaints = [], [], []

    def opened(width=1280, scheme="light", **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda one: asked.append(one.url))
        page.on("console", lambda one: complaints.append(one.text))
        page.on("pageerror", lambda one: complaints.append(str(one)))
        page.goto((run / request.param).as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not [url for url in asked if not url.startswith("file:")]
    assert not complaints


def test_a_page_as_its_readers_see_it(opened):
    page = opened()
    nothing_sticks_out_and_the_colours_follow_the_reader(page, [390, 1280])
    a_name_is_shown_as_it_is_and_never_becomes_markup(page)
    a_host_is_found_by_name(page)


def nothing_sticks_out_and_the_colours_follow_the_reader(page, widths):
    """Ends at the last width, in the light."""
    for scheme, width in itertools.product(("dark", "light"), widths):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, scheme
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        red, green, blue = (int(part) for part in background.removeprefix("rgb(").removesuffix(")").split(","))
        assert (red + green + blue > 600) == (scheme == "light"), (background, width)


def a_name_is_shown_as_it_is_and_never_becomes_markup(page):
    assert page.get_by_text("bad <b>bold</b>").count() >= 1
    assert page.locator("b", has_text="bold").count() == 0


def a_host_is_found_by_name(page):
    rows = page.locator("details.hosts tbody tr")
    assert rows.count() >= 2
    page.get_by_label("Find a host").fill("good")
    page.get_by_role("status").get_by_text("1 host", exact=True).wait_for()
    assert [rows.nth(number).is_visible() for number in range(rows.count())].count(True) == 1


def test_everything_is_there_without_scripts(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("details.hosts tbody tr", has_text="good").first.is_visible()
    assert not page.get_by_label("Find a host").is_visible()


def test_the_report_says_at_once_that_the_run_stopped_and_why_and_of_a_failed_host_the_cause_and_what_to_do(
    browser, run
):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((run / "report.html").as_uri())
    banner = page.get_by_text("Stopped", exact=True).first
    assert banner.bounding_box()["y"] < 300
    assert "bad <b>bold</b>" in page.locator("main, body").first.inner_text()
    entry = page.locator(".failures li", has_text="bad <b>bold</b>")
    assert "Cause: The node cannot download the files required for patching" in entry.inner_text()
    assert "Next: check its connection to Amazon S3" in entry.inner_text()
    page.close()
