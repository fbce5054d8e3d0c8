"""The page of a report in a browser: `python -m pytest -n0 tests/browser/test_page.py`, with playwright and Chromium.

$CHROMIUM is the browser, /usr/bin/chromium by default; $SCREENSHOTS a folder for pictures of what was seen.
"""

import os
import re
from pathlib import Path

import pytest

from runner.comparison.page import Drawn
from runner.comparison.page import page as report
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.comparison.tables import means
from tests.stores import keep

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 200"><rect width="900" height="200"/></svg>'
SLIM = SVG.replace("900 200", "240 400")
WIDE, NARROW = {"width": 1400, "height": 1000}, {"width": 375, "height": 800}
HOSTILE = "<img/src=x/onerror=alert`1`>"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    root = tmp_path_factory.mktemp("store")
    for i, loss in enumerate(["ce", "gce", "mae", HOSTILE]):
        for dataset in ("digits", "blobs"):
            for noise in (0.0, 0.4):
                values = [0.5 + 0.1 * ((i * 7 + seed * (2 + i) + len(dataset)) % 5) - noise / 2 for seed in range(4)]
                states = ["failed"] if (loss, noise) == ("mae", 0.4) else []
                choice = {"choices": {"dataset": dataset}, "dataset": {"part": dataset}}
                keep(root, values, loss=loss, noise=noise, metric="test/nll", states=states, **choice)
    return root


@pytest.fixture(scope="module")
def address(store):
    (store / "page.html").write_text(
        report(read(store), Layout(), 0.05, {"": {"a_picture": Drawn(SVG, SLIM)}}, detect=0.5), encoding="utf-8"
    )
    return (store / "page.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def opened(browser, address):
    """A function that opens the page; in the end, the browser has had nothing to complain of, and asked for nothing."""
    complaints, asked, pages = [], [], []

    def visit(hash_="", **options):
        page = browser.new_page(**{"viewport": WIDE, **options})
        pages.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
        page.goto(address + hash_)
        return page

    yield visit
    if folder := os.environ.get("SCREENSHOTS"):
        name = re.sub(r"\W+", "_", os.environ["PYTEST_CURRENT_TEST"].partition("::")[2].partition(" ")[0])
        for i, page in enumerate(pages):
            page.screenshot(path=Path(folder) / f"{name}_{i}.png")
    for page in pages:
        page.close()
    assert complaints == []
    assert {url for url in asked if not url.startswith("data:")} == {address}


def column(page, place, table=0):
    """The texts of one column."""
    return page.locator("table").nth(table).locator(f"tbody tr > :nth-child({place + 1})").all_inner_texts()


def head(page, place, table=0):
    return page.locator("table").nth(table).locator("thead th").nth(place)


def numbers(text):
    return re.findall(r"\d+(?:\.\d+)?", text)


def shown(page, results, metric, at):
    """Do the first table's cells hold the numbers of the store?"""
    (panel,) = panels(results, Layout(metric=metric, at=at))
    table = means(panel)
    for place in range(len(table.header)):
        ours = [numbers(text) for text in column(page, place)]
        theirs = [numbers(line[place].text) for line in table.body]
        assert ours == theirs, (metric, at, table.header[place])


def test_columns_sort_by_click_and_by_key(opened):
    page = opened("#metric=test%2Fnll")
    before = column(page, 1)
    button = head(page, 1).get_by_role("button")
    button.click()
    upwards = column(page, 1)
    assert head(page, 1).get_attribute("aria-sort") == "ascending", "of a loss, less is better and comes first"
    assert [float(numbers(text)[0]) for text in upwards] == sorted(float(numbers(text)[0]) for text in before)
    button.press("Enter")
    assert head(page, 1).get_attribute("aria-sort") == "descending"
    assert [float(numbers(text)[0]) for text in column(page, 1)] == [float(numbers(t)[0]) for t in upwards[::-1]]
    assert button.evaluate("it => it === document.activeElement")
    head(page, 0).get_by_role("button").press("Space")
    assert column(page, 0) == sorted(column(page, 0))
    assert page.locator("[aria-sort]").count() == 1
    head(page, 4, table=1).get_by_role("button").click()
    ps = [float(text) for text in column(page, 4, table=1)]
    assert ps == sorted(ps)
    page.reload()
    assert [float(text) for text in column(page, 4, table=1)] == ps


def test_filters_show_the_numbers_of_the_store(opened, store):
    page, results = opened(), read(store)
    shown(page, results, "test/accuracy", "last")
    page.get_by_label("Metric").select_option("test/nll")
    shown(page, results, "test/nll", "last")
    page.get_by_label("Of each seed").select_option("best_val")
    shown(page, results, "test/nll", "best_val")
    assert "metric=test%2Fnll&at=best_val" in page.url
    assert page.locator("[data-cell]").count() == 16
    page.get_by_label("Data set").select_option("blobs")
    assert page.locator("[data-cell]").count() == 8
    assert "digits" not in page.locator("table").first.inner_text()
    assert "all rows and columns" in page.get_by_role("status").inner_text()
    page.get_by_label("Rows with").fill("GCE")
    assert column(page, 0) == ["gce"]
    again = opened(page.url[page.url.index("#") :])
    assert column(again, 0) == ["gce"]
    assert again.get_by_label("Data set").input_value() == "blobs"
    page.get_by_label("Rows with").fill("no such row")
    assert page.locator("table").count() == 0
    page.get_by_role("button", name="Show all rows").click()
    assert len(column(page, 0)) == 4


def test_a_cell_opens_with_its_seeds_and_its_command(opened):
    page = opened("#metric=test%2Fnll")
    row = next(i for i, name in enumerate(column(page, 0)) if name == "mae")
    button = page.locator("tbody tr").nth(row).locator("[data-cell]").nth(1)
    button.press("Enter")
    dialog = page.get_by_role("dialog")
    assert "mae" in dialog.get_by_role("heading").first.inner_text()
    assert dialog.locator("pre").inner_text() == "python -m runner loss=mae noise=0.4 seed=0 seeds=5"
    seeds = dialog.locator("tbody tr").all_inner_texts()
    assert len(seeds) == 5
    assert "failed" in seeds[4]
    assert "a cause" in seeds[4]
    assert "noise" in dialog.locator("dl").first.inner_text()
    dialog.get_by_role("button", name="Copy").click()
    playwright.expect(dialog.locator(".copy")).to_have_text(re.compile("Copied|Selected"))  # polls without eval
    again = opened(page.url[page.url.index("#") :])
    assert again.get_by_role("dialog").locator("pre").inner_text() == dialog.locator("pre").inner_text()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    assert button.evaluate("it => it === document.activeElement")
    assert "cell=" not in page.url


def test_without_a_clipboard_the_command_is_selected(opened):
    page = opened()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: {writeText: () => Promise.reject()}})")
    page.locator("[data-cell]").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Selected").wait_for()
    assert page.evaluate("String(getSelection())").startswith("python -m runner ")


def test_names_are_text(opened):
    page = opened()
    assert HOSTILE in column(page, 0)
    assert page.locator("img").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_scrolls_tables_and_not_the_page(opened, scheme):
    page = opened(viewport=NARROW, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert page.locator(".scroll").first.evaluate("it => it.scrollWidth > it.clientWidth")
    boxes = [label.bounding_box() for label in page.locator("form label").all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= NARROW["width"] for box in boxes)
    page.locator("[data-cell]").first.click()
    assert page.locator("dialog").evaluate("it => it.scrollWidth <= it.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1440])
def test_pictures_are_as_wide_as_there_is_room_and_as_dark_as_the_page(opened, width, scheme):
    page = opened(viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    picture = page.locator(".card img")
    shape, most = (240 / 400, 320) if width < 640 else (900 / 200, 1200)
    assert picture.evaluate("it => it.naturalWidth / it.naturalHeight") == pytest.approx(shape, rel=0.02)
    box, card = picture.bounding_box(), page.locator(".card").bounding_box()
    assert box["width"] <= most
    assert card["x"] >= 0
    assert card["x"] + card["width"] <= width
    assert page.locator(".card").evaluate("it => it.scrollWidth <= it.clientWidth")
    assert box["width"] / box["height"] == pytest.approx(shape, rel=0.02)
    paper = page.locator(".card").evaluate("it => getComputedStyle(it).backgroundColor")
    assert paper == page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ("invert" in picture.evaluate("it => getComputedStyle(it).filter")) == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(opened, scheme):
    """A contrast of 4.5 at least, WCAG 2.2 level AA, of every text with what is behind it."""
    page = opened(color_scheme=scheme)
    page.locator("[data-cell]").first.click()
    found = page.evaluate("""() => {
      const parts = (color) => color.match(/[\\d.]+/g).map(Number);
      const light = (color) => {
        const linear = (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const [r, g, b] = parts(color).slice(0, 3).map((c) => linear(c / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const behind = (it) => {
        for (; it; it = it.parentElement) {
          const color = getComputedStyle(it).backgroundColor;
          if ((parts(color)[3] ?? 1) === 1) return color;
        }
      };
      const said = (it) => [...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      const texts = [...document.querySelectorAll("body *")].filter((it) => it.checkVisibility() && said(it));
      return texts.map((it) => {
        const [a, b] = [light(getComputedStyle(it).color), light(behind(it))];
        return [it.tagName + "." + it.className, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
      });
    }""")
    assert len(found) > 50
    assert [each for each in found if each[1] < 4.5] == []
