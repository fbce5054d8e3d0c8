"""Any table with a column of text: hashed n-grams, for classifiers of vectors."""

from typing import Annotated, Literal

import torch
from sklearn.feature_extraction.text import HashingVectorizer
from torch import Tensor

from datasets.columns import words
from datasets.holdout import Parting
from datasets.split import Split
from datasets.table import Sides, Table, halves, tables
from datasets.table_file import Form, need
from datasets.table_target import Target


def text(
    data_root: str,
    *,
    source: str,
    text: str,
    target: str,
    num_features: Annotated[int, "[1, 2147483647]"],
    ngrams: list[Annotated[int, "[1, inf)"]],
    analyzer: Literal["word", "char_wb"],
    separator: Literal["comma", "semicolon", "tab", "bar"] | None,
    encoding: str | None,
    unlabelled: list[str] | None,
    alike: Literal["ask", "merge", "keep"],
    most_classes: Annotated[int, "[2, inf)"],
    test_size: Annotated[float, "(0, 1)"],
    test_source: str | None,
    group: str | None,
    order: str | None,
    fold: Annotated[int, "[0, inf)"] | Literal["seed"] | None,
    folds: Annotated[int, "[2, inf)"],
) -> Split:
    """Signed counts of n-grams, each hashed to one of D places, as vectors of length 1: float32 (N, D), dense, so that
    they take N x D x 4 bytes (100,000 texts of 1,024 features: 400 MB). There is no vocabulary, so that nothing is
    learnt from any text. std is 1/sqrt(D), so that a text's mean square is 1, as that of standardised vectors.

    Classes are the target's different words, in order. An example's number (for label files) is its row in the
    source, from 0, counted without header and blank lines. A missing text is an empty one, all zeros.

    Source: scikit-learn's HashingVectorizer; Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
    ICML 2009.

    Args:
        source: a file that ends in .csv, .csv.gz, .tsv, .tsv.gz or .parquet, as given or in data_root.
        text: the column that holds the text.
        target: the column that holds the class.
        num_features: D.
        ngrams: the shortest and the longest n-gram, [1, 2] for words and pairs of words.
        analyzer: "word", or "char_wb" for n-grams of characters within words.
        separator, encoding, unlabelled, alike, most_classes, group, order, fold, folds: as tabular has them.
        test_size: share of the examples for testing, in (0, 1), chosen by holdout.py.
        test_source: a file of test examples with the same columns instead; all of `source` is for training then.
    Raises:
        FileNotFoundError: a file is not there.
        ValueError: a file cannot be read or has no rows, a column is not there, the target is no class or is the text,
            a class has a single example, all texts are alike, or ngrams is no range.
    """
    if len(ngrams) != 2 or ngrams[0] > ngrams[1]:
        raise ValueError(f"ngrams={ngrams}: must be two numbers, the shortest and the longest n-gram, such as [1, 2]")
    if text == target:
        raise ValueError(f"text={text}: is the target, so that the answer would be read")
    hashed = HashingVectorizer(n_features=num_features, ngram_range=tuple(ngrams), analyzer=analyzer, dtype="float32")
    wanted = Target((target,), unlabelled, alike, most_classes)
    found = tables(data_root, source, test_source, wanted, Form(separator, encoding))
    sides = Sides(Parting(test_size, fold, folds), group, order)
    train, test, parts = halves(found, source, test_source, wanted.columns, sides)

    def vectors(part: Table, file: str) -> Tensor:
        need(part.rows, file, "text", [text])
        return torch.from_numpy(hashed.transform(words(part.rows[text])).toarray())

    x, test_x = vectors(train, source), vectors(test, test_source or source)
    if (x == x[0]).all():
        raise ValueError(f"text={text}: its texts have no word to tell them apart")
    empty = int((words(found[0].rows[text]) == "").sum())
    said = f"{found[0].read}; text: {text}" + (f", {empty} empty" if empty else "")
    return Split(
        x,
        train.y,
        test_x,
        test.y,
        train.classes,
        torch.zeros(1),
        torch.tensor([num_features**-0.5]),
        source_index=train.place,
        source_size=train.size,
        group=train.group,
        order=train.order,
        read=(said, found[1].read if test_source else parts),
    )
