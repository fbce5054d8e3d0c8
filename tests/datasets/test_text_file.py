"""How files of text that hold a table are written."""

import gzip

import pytest

from tests.datasets.tables import refusal, tabular


def test_blank_lines_are_no_rows(tmp_path):
    (tmp_path / "t.csv").write_text("size,bought\n\n1,a\n\n2,b\n3,a\n4,b\n\n")
    (tmp_path / "u.csv").write_text("size,bought\n1,a\n")
    assert sorted(tabular(tmp_path, "t.csv", test_source="u.csv").source_index.tolist()) == [0, 1, 2, 3]


def test_files_packed_by_others_are_read(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbfbought,size\na,1\nb,2\n" + b"a,2\nb,1\n" * 9))
    assert tabular(tmp_path, "t.csv.gz").x.shape == (16, 1)


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("t.csv", "size;bought\n1;a\n2;b\n" * 1),
        ("t.csv", "size\tbought\n1\ta\n2\tb\n"),
        ("t.csv", "size|bought\n1|a\n2|b\n"),
        ("t.tsv", "size,bought\n1,a\n2,b\n"),
        ("t.csv", "sep=;\nsize;bought\n1;a\n2;b\n"),
        ("t.csv", "\n\nsize,bought\n1,a\n2,b\n"),
        ("t.csv", "size,bought\r\n1,a\r\n2,b\r\n"),
        ("t.csv", '"size, in cm";bought\n1;a\n2;b\n'),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_how_a_file_is_written_is_found_out(name, contents, encoding, tmp_path):
    lines = contents.splitlines(keepends=True)
    rows = lines[-2:] + [line.replace("1", "3").replace("2", "1") for line in lines[-2:]]
    (tmp_path / name).write_bytes("".join([*lines[:-2], *rows * 5]).encode(encoding))
    split = tabular(tmp_path, name)
    assert split.classes == ("a", "b")
    assert split.x.shape == (16, 1)


def test_a_file_of_another_encoding_is_read_once_that_is_said(tmp_path):
    (tmp_path / "t.csv").write_bytes(("größe,bought\n" + "1,a\n2,b\n2,a\n1,b\n" * 5).encode("cp1252"))
    assert "cannot be read as UTF-8; dataset.encoding=cp1252" in refusal(tabular, tmp_path, "t.csv")
    assert tabular(tmp_path, "t.csv", encoding="cp1252").read[1] == "numbers: größe"
    assert "encoding=cp9999: there is no such encoding" in refusal(tabular, tmp_path, "t.csv", encoding="cp9999")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04" + bytes(9), "it is an Excel or zip file, and no text"),
        (gzip.compress(b"steps,bought\n", mtime=0), "it is packed by gzip, and no text"),
        ("steps,bought\n1,a\n".encode("utf-16-le"), "it holds zeros, as no text does; dataset.encoding=utf-16-le"),
    ],
)
def test_what_is_no_text_says_what_it_is(content, said, tmp_path):
    (tmp_path / "t.csv").write_bytes(content)
    assert said in refusal(tabular, tmp_path, "t.csv")


def test_an_encoding_that_was_asked_for_is_not_suggested(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"steps,bought\n1,a\x81\n")
    assert refusal(tabular, tmp_path, "t.csv", encoding="cp1252").endswith("cannot be read as cp1252")


def test_lines_of_blanks_are_no_rows_that_end_early(tmp_path):
    (tmp_path / "t.csv").write_text('steps, "to, fro", bought\n' + '1, "x, y", a\n2, "y, z", b\n   \n' * 10)
    assert "early" not in tabular(tmp_path, "t.csv", columns=["steps"]).read[0]
