"""What mkdocs.yml leaves to code: README, CONTRIBUTING and CHANGELOG are pages of the site, and a link finds its file.

Links are written for the repository. On the site a file of docs/ stands at its top, and what is linked to besides, such
as a YAML, is copied there.
"""

import re
from pathlib import Path
from posixpath import dirname, relpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
LINK = re.compile(r"(?<=\]\()[^)#\s]+")


def place(path: str) -> str:
    """Where a file of the repository stands on the site.

    >>> [place(path) for path in ("README.md", "docs/losses/ce.md", "conf/claim/gce_q.yaml")]
    ['index.md', 'losses/ce.md', 'conf/claim/gce_q.yaml.txt']
    """
    docs = path.removeprefix("docs/")
    return docs if docs != path else PAGES.get(path, f"{path}.txt")  # as text, browsers show what they else would save


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Pages from outside docs/ are added, and a folder that the navigation names becomes its pages, by their titles."""
    for path in PAGES:
        files.append(File.generated(config, place(path), abs_src_path=str(ROOT / path)))
    _fill(config.nav or [], files)
    return files


def _fill(nav: list[dict[str, Any]], files: Files) -> None:
    """Put the pages of a folder, not those of folders in it, where a navigation names it."""
    for entry in nav:
        for title, place_ in entry.items():
            if isinstance(place_, list):
                _fill(place_, files)
            elif place_.endswith("/"):
                found = [file for file in files.documentation_pages() if f"{dirname(file.src_uri)}/" == place_]
                found.sort(key=lambda file: (file.name != "index", file.content_string.partition("\n")[0].strip("# `")))
                entry[title] = [file.src_uri for file in found]


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links to files of the repository lead to where these stand on the site."""

    def moved(link: re.Match[str]) -> str:
        target = Path(page.file.abs_src_path or "", "..", link[0]).resolve()
        if not target.is_file():
            return link[0]
        there = place(target.relative_to(ROOT).as_posix())
        if there not in files.src_uris:
            files.append(File.generated(config, there, abs_src_path=str(target)))
        return relpath(there, dirname(page.file.src_uri))

    return LINK.sub(moved, markdown)
