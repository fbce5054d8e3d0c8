"""Every data set is in the table of the page about data."""

import re

from tests.zoo import ROOT


def test_every_data_set_is_in_the_table_with_its_sizes():
    page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| \[`(\w+)`\]\(\.\./conf/dataset/\1\.yaml\) (.*)$", page, re.MULTILINE))
    files = {file.stem: file.read_text(encoding="utf-8") for file in (ROOT / "conf" / "dataset").glob("*.yaml")}
    assert sorted(rows) == sorted(files)
    for name, text in files.items():
        sizes = re.findall(r"\d+,\d{3}|\d+x\d+", text.splitlines()[0])
        assert [size for size in sizes if size not in rows[name]] == [], name
