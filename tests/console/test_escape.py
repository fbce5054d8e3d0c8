"""Text from outside, in every output: what reads the output finds that text, and nothing else in it."""

import ast
import csv
import io
import json
import re
import shlex
import warnings
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import markdown as python_markdown
import pytest
from markdown_it import MarkdownIt
from matplotlib.figure import Figure
from rich.progress import Progress
from rich.table import Table as RichTable
from rich.text import Text

from runner import status
from runner.comparison.chosen_tables import Asked
from runner.comparison.page import Drawn, page
from runner.comparison.panels import Layout, panels
from runner.comparison.pictures import pictures
from runner.comparison.results import pack, read
from runner.comparison.tables import as_csv, differences, means
from runner.console import drawing
from runner.console.errors import ConfigError, tell
from runner.console.escape import csv_cell, markdown, markdown_paragraph, shell, terminal, xml
from runner.console.escape import latex as tex
from runner.console.plain import Plain
from runner.console.table import Mark, Table
from runner.console.typeset import latex
from runner.replication.ledger import show
from runner.store.store import Store
from tests.stores import keep

ROOT = Path(__file__).resolve().parents[2]
NASTY = [
    "\x1b[31mred", "\x1b]0;title\x07", "\x1b]8;;http://evil\x1b\\here\x1b]8;;\x1b\\", "\x9b31m", "a\rb",
    "a\bb", "a\nb", "a\tb", "a\x00b", "a\x7fb", "\u202egpj.exe", "\u2066a\u2069", "a\u200bb", "a\u2028b",
    "\ufeffa", "\U000e0041a", "a\udc80b", "\ufffe", "[l1]", "regularizer=[l1]", "[/INST]", "[bold]b[/bold]",
    "[link=http://evil]x[/link]", ":smile:", "=cmd|' /C calc'!A0", "=1+1", "+1+cmd", "-1+cmd",
    "@SUM(A1:A9)", "\t=1+1", "\r=1+1", " =1+1", "a;=1+1", "\uff1d1+1", '"=1+1', "-0.5", "+3", "1e5",
    "<script>alert(1)</script>", "</script><b>", "<!--", "]]>", "&lt;b&gt;", "&#60;b>", "a&b",
    '" onload="x', "' onload='x", "a|b", "|", "\\|", "`a`", "```", "~~~", "**a**", "_a_", "__a__",
    "nce_rce", "~~a~~", "[a](http://evil)", "![a](http://evil/a.png)", "[a][b]", "[a]: http://evil",
    "<http://evil>", "http://evil", "[^1]", "[TOC]", "# a", "## a", "- a", "+ a", "* a", "1. a", "1) a",
    "> a", "---", "===", "    a", ": a", "{: #a}", "$x$", "$", "$$", "$\\frac$", "\\$", "a_b^c", "50%",
    "\\input{/etc/passwd}", "\\", "}", "{", "\\end{table}", "% a", "#1", "~", "[2]", "*", "a\\\\[b]", "été",
    "\u0645\u06cc\u200c\u062e", "👩\u200d🔬", "汉字", "a b", "a\u00a0b", "--", "",
]  # fmt: skip
HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\ud800-\udfff]")
NAMES = [text for text in NASTY if "\udc80" not in text]  # of what is in a file of UTF-8


@pytest.fixture(params=NASTY, ids=ascii)
def nasty(request):
    return request.param


class TestTerminal:
    def test_nothing_is_left_that_is_not_seen(self, nasty):
        assert not HIDDEN.search(terminal(nasty))
        assert not HIDDEN.search(terminal(nasty, lines=True).replace("\n", ""))
        assert terminal(terminal(nasty)) == terminal(nasty)
        assert "\n" not in terminal(nasty)

    def test_what_everybody_can_read_stays(self):
        for text in ("été", "\u0645\u06cc\u200c\u062e", "👩\u200d🔬", "汉字", "a\u00a0b", "[l1] ± †", ""):
            assert terminal(text) == text

    @pytest.mark.parametrize("wrapped", [str, Text])
    def test_a_console_shows_it_as_it_is(self, nasty, wrapped):
        console = Plain(file=io.StringIO(), force_terminal=True, color_system=None, width=200)
        table = RichTable("a", title=wrapped("x" + nasty), caption=wrapped(nasty + "x"))
        table.add_column(wrapped(nasty))
        table.add_row(wrapped(nasty), wrapped("|" + nasty + "|"))
        console.print(table)
        console.print(wrapped(nasty), soft_wrap=True)
        shown = console.file.getvalue()
        assert not HIDDEN.search(shown.replace("\n", ""))
        if wrapped is str or nasty.isprintable():
            assert all(shown.count(line.strip()) >= 5 for line in terminal(nasty, lines=True).splitlines())

    def test_a_bar_still_moves_the_cursor(self):
        console = Plain(file=io.StringIO(), force_terminal=True, width=100)
        with Progress(console=console) as bar:
            bar.add_task("a", total=2)
        assert "\x1b[" in console.file.getvalue()

    def test_a_refusal_is_one_line(self, nasty, capsys):
        tell([ConfigError(nasty), ConfigError(nasty)])
        said = capsys.readouterr().err
        assert said == f"seedwise: {terminal(nasty)} (2 times)\n"


class TestCSV:
    def test_nothing_is_computed(self, nasty):
        text = io.StringIO()
        csv.writer(text).writerow([csv_cell(nasty), csv_cell(0.5), csv_cell(-0.5), csv_cell(None), csv_cell(True)])
        (row,) = csv.reader(io.StringIO(text.getvalue()))
        assert row[1:] == ["0.5", "-0.5", "", "True"]
        number = nasty in ("-0.5", "+3", "1e5")
        assert row[0] == nasty if number else not re.match(r"\s*[=+\-@\t\r\uff1d]", row[0])
        assert number or not re.search(r";\s*[=+\-@]", row[0])
        assert row[0].replace("'", "") == terminal(nasty).replace("'", "")
        assert not HIDDEN.search(row[0])


def inner(text):
    """The only cell of a Markdown table, and the paragraph above it, by two readers."""
    made = (
        f"{markdown_paragraph(text)}\n\n| {markdown(text)} | second |\n| --- | --- |\n| **{markdown(text)}** | last |"
    )
    yield python_markdown.markdown(made, extensions=["tables", "sane_lists", "toc", "fenced_code", "footnotes"])
    yield MarkdownIt("gfm-like", {"linkify": False}).enable("table").render(made)
    yield MarkdownIt("commonmark", {"html": True}).enable("table").render(made)


class Seen(HTMLParser):
    """The tags of a document, and the text of each paragraph and cell."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = set(), []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag in ("p", "th", "td"):
            self.texts.append("")

    def handle_data(self, data):
        if self.texts:
            self.texts[-1] += data


def test_markdown_has_no_markup_but_ours(nasty):
    for html in inner(nasty):
        seen = Seen(html)
        assert seen.tags <= {"p", "table", "thead", "tbody", "tr", "th", "td", "strong"}
        paragraph = [seen.texts[0]] if "p" in seen.tags else []
        cells = [text.strip() for text in seen.texts[len(paragraph) :]]
        wanted = terminal(nasty).strip()
        assert [cells[i].strip("*") if not wanted else cells[i] for i in (0, 2)] == [wanted, wanted]
        assert (cells[1], cells[3]) == ("second", "last")
        assert all(" ".join(text.split()) == " ".join(wanted.split()) for text in paragraph)


def test_usual_text_is_the_same_in_markdown():
    for text in ("test accuracy (%)", "nce_rce, optimizer.lr=0.005", "[+1.28, +2.69]", "†: p (Holm) ±", "-", "-0.14"):
        assert markdown(text) == text


TOKENS = re.compile(
    r"\\(?:textbackslash|textasciitilde|textasciicircum|textasciigrave|char34)\{\}|\\[&%$#_{}]|^\{[\[*]\}"
    r"|\$(?:\\pm|\^\\dagger|\\leq|<|>|\||-)\$|(?<=[-',])\{\}(?=[-',])"
)


def test_latex_has_no_command_but_ours(nasty):
    made = tex(nasty)
    rest = TOKENS.sub("", made)
    assert not re.search(r"[\\&%$#_{}~^\"\n]", rest)
    assert not made.startswith(("[", "*"))
    assert not HIDDEN.search(made)
    document = latex([Table(nasty, [nasty, "b"], [[Mark(nasty), Mark(nasty, True)]], label=nasty, commands=[nasty])])
    rows = document.splitlines()
    assert len(rows) == 15
    assert re.fullmatch(r"\\label\{tab:[\w/.:-]*\}", rows[5], re.ASCII)
    assert rows[-1].startswith("% ")


def test_xml_is_whole_and_says_the_text(nasty):
    root = ElementTree.fromstring(f"<a b='{xml(nasty)}' c=\"{xml(nasty)}\">{xml(nasty)}</a>")
    assert (root.text or "") == terminal(nasty) == root.get("b") == root.get("c")


def test_a_shell_gets_our_commands_alone():
    said = ["python", "-m", "runner", "dataset.root=a b; rm -rf $HOME `x`\n"]
    assert shlex.split(shell(shlex.join(said))) == said
    for other in (
        "rm -rf /",
        "python -c x",
        "python -m runner.forget a",
        "; python -m runner",
        "'",
        None,
        3,
        "",
        "sudo x",
    ):
        assert shell(other) == ""
    assert shell("python -m runner a; rm -rf b") == "python -m runner 'a;' rm -rf b"


@pytest.mark.parametrize("some", [NASTY[i : i + 20] for i in range(0, len(NASTY), 20)])
def test_a_figure_shows_it_as_it_is(some):
    figure = Figure()
    axes = figure.subplots()
    for place, text in enumerate(some):
        axes.plot([0, 1], [1, 1000], label=f"x{text}x")
        axes.annotate(text, (place, 1))
    axes.set(title=some[0], ylabel=some[1], yscale="log")
    axes.set_xticks(range(len(some)), some)
    axes.legend()
    drawing.headed(figure, some[2])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # letters that the font has not
        warnings.filterwarnings("ignore", "Matplotlib currently does not support .* natively")
        warnings.filterwarnings("ignore", "constrained_layout not applied|Tight layout not applied")
        first, again = drawing.svg(figure), drawing.svg(figure)
        assert drawing.png(figure)
        assert drawing.pdf(figure)
    assert first == again
    texts = ["".join(t.itertext()) for t in ElementTree.fromstring(first).iter("{http://www.w3.org/2000/svg}text")]
    lines = {terminal(text).strip() for text in some if text.isascii() and "\n" not in text and text.strip()}
    assert lines <= {text.strip() for text in texts}
    assert "103" in ["".join(text.split()) for text in texts], "powers of ten stay formulas"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Results whose names, causes, commands and choices are all nasty; and the same packed."""
    root = tmp_path_factory.mktemp("hostile")
    for i, text in enumerate(NAMES):
        keep(root / "store", [0.5 + i / 1000, 0.6], loss=f"x{i}", choices={"loss": text, "dataset": "digits"})
    keep(root / "store", [0.5], noise=0.5, choices={"loss": "ce", "dataset": NASTY[0]}, states=["failed"], tag=NAMES)
    record = keep(root / "store", [0.5], noise=0.7).seed(1).claim()
    record.start({}, "rm -rf \x1b[31m")
    record.end("failed", {}, cause="\x1b[2J<b>")
    Store(root / "store").keep_sweep("\x1b[2J[/INST] <b>", [{"cell": "0" * 20, "name": "[/INST]\x1b[2J", "seeds": [0]}])
    pack(read(root / "store"), root / "packed.jsonl")
    return root


class TestReports:
    @pytest.mark.parametrize("source", ["store", "packed.jsonl"])
    def test_all_tables(self, hostile, source):
        found = panels(read(hostile / source), Layout(rows="loss"))
        console = Plain(file=io.StringIO(), force_terminal=True, color_system=None, width=400)
        for panel in found:
            for made in (means(panel, tested=False), differences(panel)):
                made.show(console)
                assert not HIDDEN.search(made.markdown().replace("\n", ""))
                assert not HIDDEN.search(latex([made]).replace("\n", ""))
        shown = console.file.getvalue()
        assert not HIDDEN.search(shown.replace("\n", ""))
        assert "[/INST]" in shown
        assert "[l1]" in shown
        table = list(csv.DictReader(io.StringIO(as_csv(found))))
        assert {csv_cell(text) for text in NAMES if text} <= {line["row"] for line in table}
        assert all(not value or None not in line for line in table for value in line.values())

    def test_the_page(self, hostile):
        results = read(hostile / "store")
        made = page(results, Layout(rows="loss"), Asked(), {"": {"<b>\x1b": Drawn("<svg>", "<svg>")}})
        assert not HIDDEN.search(made.replace("\n", ""))
        (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', made, re.DOTALL)
        assert not HIDDEN.search("".join(texts(json.loads(data))))
        assert all("rm" not in command for cell in json.loads(data)["cells"] for command in cell["commands"])
        assert {"b", "i", "script "}.isdisjoint(Seen(made.replace(data, "")).tags)

    def test_pictures(self, hostile, recwarn):
        results = read(hostile / "store")
        for panel in panels(results, Layout(rows="loss")):
            for figure in pictures(panel, results).values():
                assert ElementTree.fromstring(drawing.svg(figure)) is not None

    def test_status(self, hostile, capsys):
        status.main([str(hostile / "store")])
        said = capsys.readouterr().out
        assert not HIDDEN.search(said.replace("\n", ""))
        assert "[/INST]" in said
        status.main([str(hostile / "store"), "--json"])
        assert capsys.readouterr().out.isascii()


def texts(value):
    if isinstance(value, dict):
        return [each for part in (*value, *value.values()) for each in texts(part)]
    if isinstance(value, list):
        return [each for part in value for each in texts(part)]
    return [str(value)]


def test_the_ledger_shows_as_it_is(monkeypatch):
    table = Table("[/INST]", ["claim", "[l1]"], [[Mark("\x1b[2J[/INST]"), Mark("[l1]\x1b")]])
    monkeypatch.setattr("runner.replication.ledger.table", lambda found: table)
    console = Plain(file=io.StringIO(), width=100)
    show([], console)
    assert console.file.getvalue().split() == ["\\x1b[2J[/INST]", "[l1]", "[l1]\\x1b", "[/INST]"]


PRINTING = {"runner/console/say.py", "runner/console/plain.py"}


@pytest.mark.parametrize("home", ["runner", "hydra_plugins"])
def test_nothing_is_printed_past_it(home):
    """print() and rich's own Console are for these two files alone."""
    for file in (ROOT / home).rglob("*.py"):
        if str(file.relative_to(ROOT)) not in PRINTING:
            calls = [n.func for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)]
            names = {call.id for call in calls if isinstance(call, ast.Name)}
            assert names.isdisjoint({"print", "Console"}), file
