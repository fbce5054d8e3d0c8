"""Any table: numbers standardised, everything else one-hot."""

from typing import Annotated, Any

import numpy as np
import sklearn.datasets
import torch
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from datasets.optional import optional
from datasets.split import Split
from datasets.table import Table, find, halves, need, tables, texts

BUNDLED = ("iris", "wine", "breast_cancer", "digits")
CATEGORIES = 32
LARGEST = float(np.finfo(np.float32).max)


def tabular(
    data_root: str,
    *,
    source: str,
    target: str | None,
    drop: list[str],
    test_size: Annotated[float, "(0, 1)"],
    test_source: str | None,
) -> Split:
    """Vectors, float32 (N, D). All statistics are those of the training part.

    A column of numbers (or of true and false): what is missing, infinite or too large for float32 becomes the median;
    then mean 0 and deviation 1. Any other column: one-hot, its 31 most frequent categories and one for all the others
    where it has more than 32; missing is a category, and one that training never saw is all zeros. Empty fields, NA,
    None, null and ? are missing.

    Classes of a file are its target's different values, in order; those of scikit-learn's keep its numbers. An
    example's number (for label files) is its row in the source, from 0, counted without header and blank lines.

    Args:
        source: iris, wine, breast_cancer or digits of scikit-learn; or a file that ends in .csv, .csv.gz, .tsv,
            .tsv.gz or .parquet, as given or in data_root.
        target: the column that holds the class; None for scikit-learn's.
        drop: columns to leave out.
        test_size: share of the examples for testing, in (0, 1), chosen by holdout.py.
        test_source: a file of test examples with the same columns instead; all of `source` is for training then.
    Raises:
        FileNotFoundError: a file is not there.
        ValueError: a file cannot be read or has no rows, a column is not there, the target is no class, a class has a
            single example, or no other column varies.
    """
    if source in BUNDLED:
        for key, value in (("target", target), ("test_source", test_source)):
            if value is not None:
                raise ValueError(f"{key}={value}: must be null, for scikit-learn's {source} has its own classes")
        train, test = halves(_bundled(source), test_size)
    else:
        find(data_root, "source", source, BUNDLED)
        if target is None:
            raise ValueError(f"target=null: must name the column of {source} that holds the class")
        train, test = tables(
            data_root, source=source, target=target, test_source=test_source, test_size=test_size, text=None
        )
    need(train.rows, source, "drop", drop)
    features = [name for name in train.rows.columns if name != target and name not in drop]
    need(test.rows, test_source or source, "test_source", features)
    x, test_x = _encoded(train.rows[features], test.rows[features])
    parts = x, train.y, test_x, test.y
    scales = torch.zeros(1), torch.ones(1)
    return Split(*parts, train.classes, *scales, source_index=train.place, source_size=train.size)


def _bundled(name: str) -> Table:
    optional("pandas")
    loaded = getattr(sklearn.datasets, f"load_{name}")(as_frame=True)
    y = torch.tensor(loaded.target.tolist())
    return Table(loaded.data, y, torch.arange(len(y)), len(y), tuple(str(name) for name in loaded.target_names))


def _encoded(train: Any, test: Any) -> list[torch.Tensor]:
    """Both parts as (N, D), by what the first one teaches."""
    pandas = optional("pandas")
    number = pandas.api.types.is_numeric_dtype
    numbers = [name for name in train.columns if number(train[name])]
    others = [name for name in train.columns if name not in numbers]
    if strange := [name for name in numbers if not number(test[name])]:
        raise ValueError(f"test_source: its column {strange[0]} is not of numbers, but that of source is")

    def plain(rows: Any) -> Any:
        known = {name: rows[name].astype(float).where(lambda v: v.abs() <= LARGEST) for name in numbers}
        return pandas.DataFrame(known | {name: pandas.Series(texts(rows[name]), rows.index) for name in others})

    encoder = ColumnTransformer(
        [
            ("n", make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()), numbers),
            ("o", OneHotEncoder(max_categories=CATEGORIES, handle_unknown="ignore", sparse_output=False), others),
        ]
    )
    parts = [encoder.fit_transform(plain(train)), encoder.transform(plain(test))] if len(train.columns) else []
    if not parts or (parts[0] == parts[0][0]).all():
        raise ValueError("no column but the target varies; a classifier needs at least one")
    return [torch.from_numpy(part.astype(np.float32)) for part in parts]
