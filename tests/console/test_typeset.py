"""LaTeX of tables: what stands where, and that LaTeX takes it, where one is installed."""

import re
import shutil
import subprocess

import pytest

from runner.console.escape import TEX
from runner.console.table import Mark, Table
from runner.console.typeset import LONG, latex

COLUMNS = [f"dataset={name}, noise={noise}" for name in ("digits", "mnist1d") for noise in (0.0, 0.4)]


def table(rows=2, columns=COLUMNS, odd="4 ± 1 (n=8 of 10)", **more):
    body = [[Mark(f"row {i}"), *(Mark(f"{i}.5 ± 0.1 (n=10)", i == 0) for _ in columns)] for i in range(rows)]
    body[-1][-1] = Mark(odd)
    return Table("Means, mean ± standard deviation (n seeds).", ["", *columns], body, label="a", **more)


def test_heads_span_the_columns_that_share_them():
    lines = latex([table()]).splitlines()
    place = lines.index(r"\toprule")
    assert lines[place + 1 : place + 4] == [
        r" & \multicolumn{2}{c}{dataset=digits} & \multicolumn{2}{c}{dataset=mnist1d} \\",
        r"\cmidrule(lr){2-3} \cmidrule(lr){4-5}",
        r" & noise=0.0 & noise=0.4 & noise=0.0 & noise=0.4 \\",
    ]


def test_a_column_without_keys_stands_on_the_lowest_line():
    lines = latex([table(columns=[*COLUMNS[:2], "rank"])]).splitlines()
    place = lines.index(r"\toprule")
    assert lines[place + 1 : place + 4] == [
        r" & \multicolumn{2}{c}{dataset=digits} &  \\",
        r"\cmidrule(lr){2-3}",
        r" & noise=0.0 & noise=0.4 & rank \\",
    ]


def test_lower_keys_do_not_span_what_an_upper_one_parts():
    columns = ["a=1, b=1, c=1", "a=1, b=1, c=2", "a=2, b=1, c=1", "a=2, b=1, c=2"]
    lines = latex([table(columns=columns)]).splitlines()
    assert lines.count(r"\cmidrule(lr){2-3} \cmidrule(lr){4-5}") == 2


def test_n_is_said_once_and_beside_what_differs():
    text = latex([table()])
    assert "(n=10 seeds where no other n is given)" in text
    assert text.count("(n=") == 2
    assert r"4 $\pm$ 1 (n=8 of 10) \\" in text
    alike = latex([table(odd="4 ± 1 (n=10) †")])
    assert "standard deviation (n=10 seeds)." in alike
    assert r"4 $\pm$ 1 $^\dagger$ \\" in alike


def test_n_that_no_caption_announces_stays():
    own = Table("Means.", ["", "a"], [[Mark("ce"), Mark("1 (n=10)")]])
    assert "1 (n=10)" in latex([own])


def test_the_size_says_how_a_table_fits():
    many = [*COLUMNS, "dataset=blobs, noise=0.0", "dataset=blobs, noise=0.4"]
    narrow, wide, long = table(columns=COLUMNS[:1]), table(columns=many), table(LONG + 1, columns=many)
    said = {name: latex([each]) for name, each in {"narrow": narrow, "wide": wide, "long": long}.items()}
    assert said["narrow"].splitlines()[0] == r"% \usepackage{booktabs}"
    assert said["wide"].splitlines()[0] == r"% \usepackage{booktabs,graphicx}"
    assert said["long"].splitlines()[0] == r"% \usepackage{booktabs,longtable}"
    assert r"\resizebox" in said["wide"]
    assert "% letters shrink" not in said["wide"]
    assert "% letters shrink to 45% of their size" in latex([table(columns=many * 2)])
    assert r"{\scriptsize" in said["long"]
    assert r"\begin{table}" not in said["long"]
    assert said["long"].count("dataset=digits") == 2, "on the first page, and on the others"
    assert r"\resizebox" in latex([narrow], "resize")
    assert r"\begin{longtable}" in latex([narrow], "long")
    plain = latex([wide, long], "plain")
    assert r"\resizebox" not in plain
    assert "longtable" not in plain


def test_columns_of_words_are_flush_left():
    body = [[Mark("ce"), Mark("noise=0.4"), Mark("[-0.1, +0.2]"), Mark("-")]]
    assert r"\begin{tabular}{llrr}" in latex([Table("a", ["", "", "interval", "p"], body)])


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is installed")
@pytest.mark.parametrize("fit", ["auto", "plain", "resize", "long"])
def test_latex_takes_it(tmp_path, fit):
    nasty = "".join(TEX) + "[*é --plan ''quoted'' -0.5 50% {a}_b^c"
    odd = Table(nasty, [nasty, f"{nasty}, a={nasty}"], [[Mark(nasty), Mark(nasty, True)]], nasty, [nasty])
    text = latex([table(), odd, table(3 * LONG), Table("empty", ["", "a"], [])], fit)
    packages = text.splitlines()[0].removeprefix("% ")
    document = rf"\documentclass{{article}}{packages}\begin{{document}}" + f"\n{text}\n" + r"\end{document}"
    (tmp_path / "t.tex").write_text(document, encoding="utf-8")
    for _ in range(3):
        made = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"],
            cwd=tmp_path, capture_output=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stdout.decode(errors="replace")[-1500:]
    log = (tmp_path / "t.log").read_text(errors="replace")
    pages = int(re.search(r"Output written on t.pdf \((\d+) page", log)[1])
    assert pages >= (3 if fit in ("auto", "long") else 1)
