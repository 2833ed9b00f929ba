"""JupyterLab in a real browser: chapter 02 from the working copy, a guess, Run All, and what the reader then sees."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from workbook.bench.server import free_port
from workbook.course.working_copy import WorkingCopy

ROOT = Path(__file__).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
START_SECONDS = 60
CHAPTER_SECONDS = 90


@pytest.fixture
def lab(tmp_path):
    """JupyterLab on a fresh working copy, as `start` runs it; yields the copy's folder and the address of a page."""
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: apt install chromium")
        pytest.skip("Chromium is missing: apt install chromium")
    course = tmp_path / "a course"  # with a space
    course.mkdir()
    (course / "notebooks").symlink_to(ROOT / "notebooks")
    copy = WorkingCopy(course)
    copy.lay_out()
    port = free_port()
    become = "import sys, pathlib; from workbook.course.jupyter import become_jupyterlab; "
    become += "become_jupyterlab(pathlib.Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2]), browser=False)"
    environ = os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "JUPYTER_TOKEN": "for-the-test"}
    with open(tmp_path / "lab.log", "wb") as log:
        server = subprocess.Popen([sys.executable, "-c", become, str(copy.folder), str(port)], env=environ, stdout=log,
                                  stderr=log, start_new_session=True)  # fmt: skip
    try:
        yield copy.folder, f"http://127.0.0.1:{port}/lab/tree/notebooks/{{}}.ipynb?token=for-the-test"
    finally:
        server.send_signal(signal.SIGTERM)  # JupyterLab ends its kernels, and they their benches
        try:
            server.wait(20)
        finally:
            server.kill()


@pytest.fixture
def page():
    """A page in headless Chromium; notes every request that would leave the machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        # So high that JupyterLab, which renders only the cells in view, renders all.
        page = browser.new_page(viewport={"width": 1280, "height": 9000})
        page.strangers = []
        page.on("request", lambda request: note_stranger(page, request.url))
        yield page
        browser.close()


def note_stranger(page: Page, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
        page.strangers.append(url)


def open_notebook(page: Page, address: str) -> None:
    """Open a notebook and wait until its kernel idles; running cells earlier would bring up a kernel dialog."""
    for _ in range(START_SECONDS * 4):
        try:
            page.goto(address)
            break
        except Exception:
            page.wait_for_timeout(250)
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=START_SECONDS * 1000)
    expect(page.get_by_text(re.compile(r"Python 3 \(ipykernel\) \| Idle"))).to_be_visible(timeout=START_SECONDS * 1000)


def run_all(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def test_a_reader_guesses_runs_chapter_02_and_sees_what_happened(lab, page):
    folder, address = lab
    open_notebook(page, address.format("02_run_your_first_job"))
    assert page.locator(".jp-OutputArea-output").count() == 0, "the working copy gives no answer away"

    line = page.locator(".cm-line", has_text='guess("02a"')
    line.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.insert_text('guess("02a", "waits", sure=2)')
    run_all(page)

    seen = page.locator(".jp-Notebook")
    expect(seen).to_contain_text("21 cells run, 1 of 6 guesses made", timeout=CHAPTER_SECONDS * 1000)
    save_screenshot(page)
    expect(seen).to_contain_text("02a: None; you guessed waits")
    expect(seen).to_contain_text("SUCCESSFUL | Hello Alan")
    expect(page.locator(".jp-OutputArea-output img[src^='data:image/png']")).to_have_count(1)
    expect(page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)
    expect(page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)
    expect(page.locator(".Toastify__toast")).to_have_count(0)
    assert page.strangers == []
    guesses = [json.loads(line) for line in (folder / "guesses.jsonl").read_text().splitlines()]
    assert [(entry["id"], entry["answer"], entry["sure"]) for entry in guesses if entry["kind"] == "guess"] == [
        ("02a", "waits", 2)
    ]


def test_the_map_of_chapter_00_leads_to_the_next_chapter(lab, page):
    _, address = lab
    open_notebook(page, address.format("00_start_here"))
    expect(page.locator("img[alt='A producer writes a job into Redis, a worker takes it out']")).to_be_visible(
        timeout=START_SECONDS * 1000
    )
    save_screenshot(page)
    page.get_by_role("link", name="02 run your first job").click()
    expect(page.get_by_role("heading", name="Run your first job: welcome a new user")).to_be_visible(
        timeout=START_SECONDS * 1000
    )
    assert page.strangers == []


def save_screenshot(page: Page) -> None:
    """Keep what the page shows for an author who wants to look: set WORKBOOK_SCREENSHOTS to a folder."""
    if folder := os.environ.get("WORKBOOK_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{page.title().split('.')[0].split(' ')[0]}.png")
