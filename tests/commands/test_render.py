"""Pages and the commands of their tables."""

from pathlib import Path

import pytest

from runner.console.errors import ConfigError
from runner.render import MARKED, main, rendered
from tests.stores import keep

ROOT = Path(__file__).resolve().parents[2]
PAGES = [page for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")] if MARKED.search(page.read_text())]


@pytest.fixture
def page(tmp_path):
    keep(tmp_path / "store", [0.5, 0.7])
    file = tmp_path / "page.md"
    file.write_text(f"before\n<!-- python -m runner.report store={tmp_path / 'store'} -->\nold\n<!-- end -->\nafter\n")
    return file


def test_a_page_is_rendered_and_then_as_it_should_be(page, capsys):
    before = page.read_text()
    with pytest.raises(SystemExit) as ended:
        main([str(page), "check=true"])
    assert ended.value.code == 1
    assert "page.md: not what its commands give" in capsys.readouterr().err
    assert page.read_text() == before
    for arguments in ([], ["check=true"]):
        with pytest.raises(SystemExit) as ended:
            main([str(page), *arguments])
        assert ended.value.code == 0
    assert "60.00 ± 14.14 (n=2)" in page.read_text()
    assert page.read_text().startswith("before\n<!-- python")
    assert page.read_text().endswith("\n\n<!-- end -->\nafter\n")


def test_what_is_no_page_is_refused(tmp_path):
    for said, why in {
        "nowhere.md": "nowhere.md: does not exist; must be a Markdown file",
        str(tmp_path): f"{tmp_path}: is a folder; must be a Markdown file",
        "chek=true": "chek=true: there is no such option; did you mean check?",
    }.items():
        with pytest.raises(ConfigError) as refused:
            main([said])
        assert str(refused.value).startswith(why)


def test_what_makes_no_tables_is_refused(page):
    page.write_text(page.read_text().replace("runner.report", "runner.reprt"))
    with pytest.raises(ConfigError, match=r"page\.md: runner\.reprt: makes no tables; did you mean rep"):
        rendered(page)
    page.write_text(page.read_text().replace("runner.reprt store=", "runner.report where='"))
    with pytest.raises(ConfigError, match=r"page\.md: runner\.report where='.*cannot be read"):
        rendered(page)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda text: text.replace("<!-- end -->\n", ""), "the last table does not end"),
        (lambda text: text.replace("<!-- end -->", "<!-- End -->"), "line 4: <!-- End -->: a mark is"),
        (lambda text: text.replace("<!-- end -->", "<!--end-->"), "line 4: <!--end-->: a mark is"),
        (lambda text: text.replace("<!-- python", "<!--python"), "line 2: <!--python"),
        (lambda text: text.replace("<!-- python", "see <!-- python"), "line 2: see <!-- python"),
        (lambda text: text.replace("python -m runner", "python3 -m runner") + text, "line 2: <!-- python3"),
        (lambda text: text.replace("<!-- end -->\n", "") + text, "line 6: <!-- python -m"),
        (lambda text: text + "<!-- end -->\n", "line 6: <!-- end -->: the mark before it"),
    ],
)
def test_a_mark_that_would_be_passed_over_or_replace_too_much_is_refused(page, change, word):
    changed = change(page.read_text())
    page.write_text(changed)
    for arguments in ([], ["check=true"]):
        with pytest.raises(ConfigError) as refused:
            main([str(page), *arguments])
        assert str(refused.value).startswith(f"{page}: ")
        assert word in str(refused.value)
    assert page.read_text() == changed


def test_no_page_is_written_where_another_cannot_be_made(page, tmp_path):
    other = tmp_path / "other.md"
    other.write_text("<!-- python -m runner.report store=nowhere -->\n<!-- end -->\n")
    before = page.read_text()
    with pytest.raises(ConfigError, match=r"other\.md: store=nowhere"):
        main([str(page), str(other)])
    assert page.read_text() == before


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_our_own_tables_are_what_was_measured(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    before, after = rendered(page)
    assert before == after
