"""The documentation as a site: built strictly, whole, and asking no other host for anything."""

import pkgutil
import re
import subprocess
import sys
from html.parser import HTMLParser
from inspect import getdoc
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from mkdocs_hooks import PAGES, ROOT, place

API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
LOADED = {"src", "srcset", "poster", "data"}  # attributes that a browser fetches, whatever the element


class Page(HTMLParser):
    """What a page names.

    Attributes:
        loads: addresses that a browser fetches to show it.
        links: those that a reader may go to.
        navigation: those of them in the side bar.
        title: the text of its first heading.
    """

    def __init__(self, text):
        super().__init__()
        self.loads, self.links, self.navigation = [], [], []
        self.title = re.search(r"<h1[^>]*>(.*?)<a", text, re.DOTALL)[1]
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.loads += [found[name] for name in LOADED & set(found)]
        if "href" in found and tag == "a":
            self.links.append(found["href"])
            self.navigation += [found["href"]] if "md-nav__link" in found.get("class", "") else []
        elif "href" in found:
            self.loads.append(found["href"])
        assert "mermaid" not in found.get("class", ""), "the theme would fetch it"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    site = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", site], cwd=ROOT, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    return site


@pytest.fixture(scope="module")
def pages(folder):
    """{file: Page}, but for the one that stands in for missing ones."""
    files = sorted(set(folder.rglob("*.html")) - {folder / "404.html"})
    return {file: Page(file.read_text(encoding="utf-8")) for file in files}


def led_to(file, address):
    """The file that an address in it means; None if that is on another host or in the file itself."""
    parts = urlsplit(address)
    return (file.parent / unquote(parts.path)).resolve() if parts.path and not parts.scheme + parts.netloc else None


def test_the_front_page_is_the_readme(folder, pages):
    first, *_ = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert f"# {pages[folder / 'index.html'].title}" == first


def test_nothing_is_asked_of_another_host(folder, pages):
    addresses = {address for page in pages.values() for address in page.loads}
    for sheet in folder.rglob("*.css"):
        addresses |= set(re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')]+)", sheet.read_text(encoding="utf-8")))
    assert len(addresses) > 10
    assert [a for a in addresses if not a.startswith("data:") and urlsplit(a).scheme + urlsplit(a).netloc] == []


def test_every_address_leads_somewhere(pages):
    for file, page in pages.items():
        found = {address: led_to(file, address) for address in page.loads + page.links}
        assert [address for address, target in found.items() if target and not target.exists()] == [], file.name


def test_every_page_is_reachable_by_the_navigation(folder, pages):
    reached, waiting = set(), [folder / "index.html"]
    while waiting:
        file = waiting.pop()
        reached.add(file)
        waiting += {led_to(file, address) for address in pages[file].navigation} - reached - {None, *waiting}
    sources = [*PAGES, *(file.relative_to(ROOT).as_posix() for file in (ROOT / "docs").rglob("*.md"))]
    places = [Path(place(source)).with_suffix(".html") for source in sources]
    assert {folder / path.parent / path.name.replace("README", "index") for path in places} == reached


def test_the_page_of_the_code_names_what_is_public_and_each_says_what_it_is(folder):
    """What docs/api.md lists is there, with a docstring; strict building refuses a name that is gone."""
    text = (folder / "api.html").read_text(encoding="utf-8")
    named = re.findall(r"^::: ([\w.]+)$(?:\n    options:\n      members: \[([\w, ]+)\])?", API, re.MULTILINE)
    wanted = [f"{name}.{member}" for name, members in named for member in members.split(", ") if member]
    wanted += [name for name, members in named if not members]
    assert len(wanted) > 20
    for name in wanted:
        assert f'id="{name}"' in text, name
        assert getdoc(pkgutil.resolve_name(name)), name
