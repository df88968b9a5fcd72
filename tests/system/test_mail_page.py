# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The mail in a real browser: on a phone and on a desk, light and dark, with and without the style element."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from driver import COLLECTIONS
from driver import ROOT
from test_pages import ARGUMENTS
from test_pages import NAMES

RUNS = ROOT / "extensions" / "molecule" / "patch_notify"
LONG = "x" * 240


@pytest.fixture(name="mail", scope="module")
def fixture_mail(tmp_path_factory):
    """The mail of a run that completed but for one host, as patch_notice makes it; names without a place to break."""
    folder = tmp_path_factory.mktemp("mail")
    (folder / "molecule").mkdir()
    for name in ("plan.json", "report.json"):
        text = (RUNS / name).read_text(encoding="utf-8")
        (folder / "molecule" / name).write_text(text.replace("<b>bad</b>-1", f"<b>bad</b>-1{LONG}"), encoding="utf-8")
    options = {"event": "completed", "run_id": "molecule", "directory": str(folder), "channels": ["ses"]}
    done = subprocess.run(
        [str(pathlib.Path(sys.executable).parent / "ansible"), "localhost", "-m", "fleetpatch.aws.patch_notice", "-a", json.dumps(options)],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "false"},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    return json.loads(done.stdout[done.stdout.index("{") :])["html"]


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


@pytest.mark.parametrize("styled", [True, False])
def test_the_mail_fits_and_can_be_read(browser, mail, styled):
    page = browser.new_page()
    page.set_content(mail if styled else re.sub(r"<style>.*?</style>", "", mail, flags=re.DOTALL))
    for width, scheme in itertools.product((360, 700), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, scheme
        found = page.evaluate(CONTRASTS)
        assert len(found) > 20
        for contrast, text in found:
            assert contrast >= 4.5, f"{text!r} has a contrast of {contrast:.1f} ({width}, {scheme})"
        assert page.get_by_text("50% {{ 7*7 }} <b>bad</b>-1").count() >= 1
    page.close()


# Of every element with words of its own: WCAG contrast of its colour with the nearest background that is not transparent.
CONTRASTS = """() => {
  const part = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 };
  const light = rgb => { const [r, g, b] = rgb.match(/[0-9.]+/g).map(Number); return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b) };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (c !== 'rgba(0, 0, 0, 0)') return c } return 'rgb(255, 255, 255)' };
  return [...document.body.querySelectorAll('*')]
    .filter(e => e.checkVisibility({opacityProperty: true}) && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => { const a = light(getComputedStyle(e).color), b = light(ground(e)); return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.textContent.slice(0, 30)] });
}"""
