"""The page of a report without a browser: it holds all numbers, asks no network, and takes nothing for HTML."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from statistics import mean

import pytest

from runner.comparison import page as module
from runner.comparison.chosen_tables import Asked
from runner.comparison.compare import against_baseline
from runner.comparison.page import TESTED, Drawn, page
from runner.comparison.panels import Layout, panels
from runner.comparison.results import pack, read
from runner.comparison.tables import differences, means
from runner.console.errors import ConfigError
from runner.store.store import Store
from runner.tasks.selection import RULES, when
from tests.stores import keep

SVG = (
    '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 150"><text id="a">{}</text></svg>'
)
HOSTILE = "<script>alert(`1`)</script>&" + '"' * 2 + "'" * 2
DETECT = 0.5
VALUES = {("ce", 0.0): [0.9, 0.92, 0.94], ("ce", 0.6): [0.5, 0.52, 0.51], ("gce", 0.0): [0.91, 0.9], ("gce", 0.6): []}


class Seen(HTMLParser):
    """Every element with its attributes, and the text within each kind."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.open = [], {}, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "input", "source"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, "elements nest"

    def handle_data(self, text):
        for tag in self.open[-1:]:
            self.texts.setdefault(tag, []).append(text)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Read by many tests, written by none."""
    root = tmp_path_factory.mktemp("page") / "store"
    for (loss, noise), values in VALUES.items():
        states = ["failed", "diverged"] if (loss, noise) == ("gce", 0.6) else []
        keep(root, values, loss=loss, noise=noise, metric="test/nll", states=states)
    return root


@pytest.fixture(scope="module")
def text(store):
    """Its page."""
    return made(store, pictures={"": {"a_picture": SVG.format("drawn")}})


def made(store, layout=None, pictures=None, **more):
    drawn = {title: {name: Drawn(svg, svg) for name, svg in its.items()} for title, its in (pictures or {}).items()}
    return page(read(store), layout or Layout(), Asked(detect=DETECT), drawn, **more)


def content(text):
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    return json.loads(found)


def test_it_asks_no_network(text):
    seen = Seen(text)
    assert not seen.open
    for tag, attributes in seen.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert attributes.get(name, "data:").startswith("data:")
    policy = [
        a["content"] for t, a in seen.elements if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"]
    rules = "".join(seen.texts["style"])
    assert "url(" not in rules
    assert "@import" not in rules
    script = (Path(module.__file__).parent / "page.js").read_text()
    assert not re.search(r"fetch\(|XMLHttpRequest|innerHTML|eval\(|import\(|</", script)


def test_every_number_is_that_of_the_comparison(store, text):
    found, data = read(store), content(text)
    assert data["metrics"] == ["test/accuracy", "test/nll", "val/accuracy"]
    assert data["rules"] == {rule: when(rule, "accuracy") for rule in RULES}
    for metric in data["metrics"]:
        for rule in RULES:
            (panel,) = panels(found, Layout(metric=metric, at=rule))
            (shown,) = data["panels"]
            view = shown["views"][metric][rule]
            table = means(panel)
            assert (view["caption"], view["header"]) == (table.caption, table.header)
            assert view["body"] == [[cell.text for cell in line] for line in table.body]
            for i, row in enumerate(shown["rows"]):
                for j, column in enumerate(panel.columns):
                    entry = panel.entry(row, column)
                    assert view["means"][i][j] == (pytest.approx(entry.mean) if entry.known else None)
                    assert table.body[i][j + 1].bold == view["bold"][i][j + 1]
                    cell = data["cells"][shown["cells"][i][j]]
                    kept = cell["values"].get(rule, [])
                    values = [line[data["metrics"].index(metric)] for line in kept]
                    counted = [value for seed, value in entry.values.items() if seed not in entry.diverged]
                    assert [v for v in values if v is not None] == pytest.approx(counted)
            compared = differences(panel, detect=DETECT)
            assert view["differences"]["caption"] == compared.caption
            assert view["differences"]["body"] == [[cell.text for cell in line] for line in compared.body]
            assert len(view["differences"]["body"]) == len(against_baseline(panel))


def test_by_hand(text):
    data = content(text)
    panel = data["panels"][0]
    view = panel["views"]["test/nll"]["last"]
    assert data["asked"] == {"metric": "test/accuracy", "at": "last"}
    assert (panel["rows"], panel["baseline"]) == (["ce", "gce"], "ce")
    assert view["means"] == [[pytest.approx(0.92), pytest.approx(0.51)], [pytest.approx(mean([0.91, 0.9])), None]]
    assert [line[1:3] for line in view["bold"]] == [[False, False], [True, False]]
    assert (view["higher"], view["scale"]) == (False, 1)
    assert view["body"][1][2] == "- (n=1 of 3, 1 diverged), 1 failed"
    assert panel["views"]["test/accuracy"]["last"]["body"][1][2] == "0.00 (n=1 of 3, 1 diverged), 1 failed"
    assert "(n=2 of 3)" in view["body"][1][1]
    broken = data["cells"][panel["cells"][1][1]]
    assert [(s["state"], s["cause"]) for s in broken["seeds"]] == [("failed", "a cause"), ("diverged", "a cause")]
    assert broken["values"] == {}
    whole = data["cells"][panel["cells"][0][0]]
    assert whole["commands"] == ["python -m runner loss=ce noise=0.0 seed=0 seeds=3"]
    assert whole["own"] == {"loss": "ce", "noise": "0.0", "loss.part": "loss/ce"}
    assert data["shared"]["dataset"] == "digits"


def test_only_some_metrics_are_tested_and_the_others_say_so(tmp_path):
    for loss, values in {"ce": [0.7, 0.8], "gce": [0.8, 0.9]}.items():
        keep(tmp_path, values, loss=loss, metric="test/macro_f1")
    view = content(made(tmp_path))["panels"][0]["views"]["test/macro_f1"]["last"]
    assert "test/macro_f1" not in TESTED
    assert view["differences"] is None
    assert [line[1] for line in view["bold"]] == [False, True]
    assert not any("†" in text for line in view["body"] for text in line)
    assert "metric=test/macro_f1" in view["remarks"][0]
    asked = content(made(tmp_path, Layout(metric="test/macro_f1")))["panels"][0]["views"]["test/macro_f1"]["last"]
    assert asked["differences"]["body"][0][2] == "+10.00"


def test_what_is_hostile_stays_text(tmp_path):
    keep(tmp_path, [0.5], loss=HOSTILE)
    cell = keep(tmp_path, [0.6], loss="gce", choices={"dataset": "</script><!--"})
    record = cell.seed(1).claim()
    record.start({}, "python -m runner 'loss=</script>' seed=1 seeds=1")
    record.end("failed", {}, cause=f"</script>{HOSTILE}\u2028")
    text = made(tmp_path, pictures={"": {HOSTILE: SVG.format("</script>")}})
    seen = Seen(text)
    assert [tag for tag, _ in seen.elements].count("script") == 2
    assert "alert(" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL).replace("&lt;script&gt;alert(", "")
    data = content(text)
    assert HOSTILE in data["panels"][0]["rows"]
    assert any(s.get("cause") == f"</script>{HOSTILE}\\u2028" for c in data["cells"] for s in c["seeds"])
    assert any(HOSTILE in alt for _, a in seen.elements if (alt := a.get("alt")))


def test_the_same_store_gives_the_same_bytes(store, text):
    assert made(store, pictures={"": {"a_picture": SVG.format("drawn")}}) == text


def test_pictures_stand_under_their_panel(tmp_path):
    for data in ("data", "other data"):
        keep(tmp_path, [0.7], data=data, version=data)
    layout = Layout(columns="noise")
    titles = [panel.title for panel in panels(read(tmp_path), layout)]
    assert len(titles) == 2
    text = made(tmp_path, layout, {titles[1]: {"learning_curves": SVG.format("drawn")}, "nowhere": {"lost": SVG}})
    first, second = text.split('<section class="panel"')[1:]
    assert "<figure>" not in first
    assert "<h4>Learning curves</h4>" in second
    assert 'width="400" height="200"' in second
    assert "A table of its own: these were trained on other data under the same name" in second


def test_a_page_links_the_audits_that_are_there(tmp_path):
    def audits(text):
        return [seed["audit"] for cell in content(text)["cells"] for seed in cell["seeds"] if "audit" in seed]

    store = tmp_path / "store"
    cell = Store(store).cell({"noise": 0.3}, {"loss": "audited", "dataset": "digits"})
    cell.write("data")
    for seed, said in enumerate(["audits/abc/seed=0", "audits/gone/seed=1", "audits/../../elsewhere", "/tmp"]):
        record = cell.seed(seed).claim()
        record.start({"audit": said}, "python -m runner")
        record.append({"epoch": 1, "test/accuracy": 0.5})
        record.end("done", {})
    (tmp_path / "elsewhere").mkdir()
    assert audits(made(store)) == []
    (store / "audits" / "abc" / "seed=0").mkdir(parents=True)
    assert audits(made(store)) == ["audits/abc/seed=0/"]
    assert audits(made(store, folder=store / "report")) == ["../audits/abc/seed=0/"]


def test_a_packed_file_has_a_page_too(store, text, tmp_path):
    file = tmp_path / "packed.jsonl"
    pack(read(store), file)
    ours, theirs = content(text), content(made(file))
    for cell in ours["cells"]:
        for seed in cell["seeds"]:
            seed.pop("cause", None)  # is not packed
    assert ours == theirs


@pytest.mark.parametrize(
    ("losses", "values", "states", "said"),
    [
        (["ce"], [0.5], [], "With one seed there is no spread"),
        (["ce"], [0.5, 0.6], [], "There is one row"),
        (["ce", "gce"], [], ["failed", "failed"], "No seed has a value"),
        (["ce", "gce"], [], [], "No seed has a value"),
    ],
)
def test_there_are_words_for_what_is_nearly_empty(tmp_path, losses, values, states, said):
    for loss in losses:
        keep(tmp_path, values, loss=loss, states=states)
    data = content(made(tmp_path))
    assert data["panels"][0]["views"]["test/accuracy"]["last"]["remarks"][0].startswith(said)


def test_the_heading_says_what_the_page_is_of(store, text):
    (said,) = (text for text in Seen(text).texts["p"] if "cells" in text)
    assert said == "4 cells, 10 seeds: 8 done, 1 diverged, 1 failed."
    assert "2 cells, 4 seeds" in made(store, Layout(where="loss=gce"))


def test_what_is_not_there_is_refused(store):
    with pytest.raises(ConfigError, match="metric=test/f1"):
        made(store, Layout(metric="test/f1"))


def test_the_size_is_bounded(tmp_path, text):
    fixed = len(text)
    cells, metrics = 10, 2
    for i in range(cells):
        keep(tmp_path, [0.5 + 0.01 * i + 0.001 * seed for seed in range(5)], loss=f"loss{i}")
    assert fixed < 60_000
    assert len(made(tmp_path)) < fixed + cells * metrics * len(RULES) * 500
