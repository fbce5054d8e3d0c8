"""Any table: numbers standardised, everything else one-hot."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from textwrap import shorten
from typing import Annotated, Any, Literal

import numpy as np
import sklearn.datasets
import torch
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from datasets import suspects
from datasets.columns import MISSING, Decimal, Reading, lacking, numbers, reading, typed, words
from datasets.environments.left_out import leaving
from datasets.holdout import Parting
from datasets.optional import optional
from datasets.split import Column, Split
from datasets.table import Sides, Table, tables
from datasets.table_environments import Environments, divided
from datasets.table_file import Form, find, need
from datasets.table_numbers import LARGEST
from datasets.table_target import target_of

BUNDLED = ("iris", "wine", "breast_cancer", "digits")
CATEGORIES = 32
LONGEST = 1500  # letters of what is said of all columns
FEW = 0.1  # share of a column of numbers that may be none in the test part


def tabular(
    data_root: str,
    *,
    source: str,
    target: str | list[str] | None,
    task: Literal["classification", "regression", "multilabel"],
    columns: list[str] | None,
    drop: list[str],
    kinds: dict[str, Literal["number", "category"]] | None,
    separator: Literal["comma", "semicolon", "tab", "bar"] | None,
    decimal: Literal["point", "comma"] | None,
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
    environment: str | None,
    held_out: str | int | float | None,
    validated_on: str | int | float,
    oracle_share: Annotated[float, "(0, 1)"],
) -> Split:
    """Vectors, float32 (N, D). All statistics, and what a column is taken for, are those of the training part, without
    what validated_on holds out.

    A column of numbers (or of true and false): what is missing, infinite or too large for float32 becomes the median;
    then mean 0 and deviation 1. Any other column: one-hot, its 31 most frequent categories and one for all the others
    where it has more than 32; missing is a category, and one that training never saw is all zeros. Empty fields, NA,
    None, null and ? are missing. What a column is taken for is said; see columns.py. A column that is probably no
    feature is refused; see suspects.py.

    Classes of a file are its target's different words, in order; those of scikit-learn's keep its numbers. Numbers to
    be predicted are read as those to learn from, but none may be missing; labels are read as table_bits.py says. An
    example's number (for label files) is its row in the source, from 0, counted without header and blank lines.

    Args:
        source: iris, wine, breast_cancer or digits of scikit-learn; or a file that ends in .csv, .csv.gz, .tsv,
            .tsv.gz or .parquet, as given or in data_root.
        target: the column that holds the class, None for scikit-learn's; of regression a column of numbers or several;
            of multilabel a list of columns of 0 and 1, or one column of words.
        task: what is asked: classification, regression or multilabel.
        columns: those to learn from, whatever they look like; None for all but the targets.
        drop: columns to leave out.
        kinds: {column: number or category}, where that is not to be found out.
        separator: between the cells of a file of text; None finds it out.
        decimal: mark of numbers; None finds it out for each column.
        encoding: of a file of text; None is UTF-8, or UTF-16 where the file says so.
        unlabelled: words in the target that mean none: such rows are left out. None refuses rows without a word, and
            those with NA, None, null or ?.
        alike: what classes or labels are that differ in case alone: ask, merge or keep.
        most_classes: different words in the target that are still taken for classes or labels.
        test_size: share of the examples for testing, in (0, 1), chosen by holdout.py; stratified by class alone.
        test_source: a file of test examples with the same columns instead; all of `source` is for training then.
        group: a column, such as a patient's: all rows of one value are on one side, in holding out too.
        order: a column of numbers or dates: the last rows by it are for testing, and of the others the last are held
            out.
        fold: which of `folds` parts is for testing, instead of test_size; fold + folds is of another division. "seed":
            each seed has its own.
        folds: how many parts.
        environment: a column that says which environment or which group of people a row is from, and is learnt from
            only where `columns` lists it.
        held_out: the value of it that is tested on, and not trained on, in place of a test_size.
        validated_on, oracle_share: where held_out says something; see left_out.py.
    Raises:
        FileNotFoundError: a file is not there.
        ValueError: a file cannot be read or has no rows, a column is not there, the target is not what the task asks
            for, a class has a single example, a column is probably no feature, no other column varies, or the
            environments are not what table_environments.py takes.
    """
    if source in BUNDLED:
        _check_bundled(source, {"target": target, "test_source": test_source}, task)
        targets: tuple[str, ...] = ()
        found = [_bundled(source)]
    else:
        find(data_root, "source", source, BUNDLED)
        wanted = target_of(target, unlabelled, alike, most_classes, task, source=source, decimal=decimal)
        targets = wanted.columns
        found = tables(data_root, source, test_source, wanted, Form(separator, encoding))
    sides = Sides(Parting(test_size, fold, folds), group, order, decimal)
    how = None if held_out is None else leaving(held_out, validated_on, oracle_share)
    beside = [name for name in (group, order, environment) if name is not None and name not in (columns or [])]
    features = [name for name in _features(found[0], source, targets, columns, drop) if name not in beside]
    _check_kinds(found[0], source, kinds or {}, features)
    if test_source:
        need(found[1].rows, test_source, "test_source", features)
    as_written = {group, order, environment, *(name for name, kind in (kinds or {}).items() if kind == "category")}
    found = [_typed(each, [name for name in features if name not in as_written], decimal) for each in found]
    whole = found[0]
    parts = divided(found, source, test_source, targets, sides, Environments(environment, how))
    train, test = parts.train, parts.test
    learnt = train if parts.fitted is None else train.of(parts.fitted)
    read = {name: reading(name, learnt.rows[name], (kinds or {}).get(name), decimal) for name in features}
    if columns is None and source not in BUNDLED:
        suspects.check(source, {name: _values(whole.rows[name], read[name]) for name in features}, whole.y.numpy())
    x, test_x, odd, made = _encoded(
        learnt.rows[features], (train.rows[features], test.rows[features]), read, test_source is not None
    )
    said = [whole.read, _said(train.rows, read, list(dict.fromkeys([*drop, *beside])), odd)] if whole.read else []
    said += [test.read] if test_source else []
    said += parts.said if whole.read else ()
    scales = torch.zeros(1), torch.ones(1)
    return Split(
        x, train.y, test_x, test.y, train.classes, *scales, source_index=train.place, source_size=train.size,
        domain=parts.domain, test_domain=parts.test_domain, validation=parts.validation,
        group=train.group, order=train.order, read=tuple(said), columns=made, task=task,
    )  # fmt: skip


def _check_bundled(source: str, files: Mapping[str, Any], task: str) -> None:
    """scikit-learn's sets say all themselves."""
    for key, value in files.items():
        if value is not None:
            raise ValueError(f"{key}={value}: must be null, for scikit-learn's {source} has its own classes")
    if task != "classification":
        raise ValueError(f"task={task}: must be classification, for scikit-learn's {source} has classes")


def _features(
    table: Table, source: str, targets: Sequence[str], columns: list[str] | None, drop: list[str]
) -> list[str]:
    need(table.rows, source, "drop", drop)
    need(table.rows, source, "columns", columns or [])
    if columns == []:
        raise ValueError("columns=[]: must name a column or more, or be null for all but the target")
    for key, chosen in (("columns", columns or []), ("drop", drop)):
        if own := next((name for name in targets if name in chosen), None):
            raise ValueError(f"{key}={chosen}: {own} is the target")
    if both := sorted(set(columns or []) & set(drop)):
        raise ValueError(f"drop={drop}: {both[0]} is one of columns")
    return [name for name in dict.fromkeys(columns or table.rows.columns) if name not in (*targets, *drop)]


def _check_kinds(table: Table, source: str, kinds: Mapping[str, str], features: Sequence[str]) -> None:
    need(table.rows, source, "kinds", kinds)
    if beside := [name for name in kinds if name not in features]:
        raise ValueError(f"kinds: {beside[0]} is not learnt from; must be columns that are")


def _typed(table: Table, names: Sequence[str], decimal: Decimal | None) -> Table:
    """With floats in the columns that hold nothing but plain numbers."""
    columns = {name: table.rows[name] for name in table.rows.columns}
    columns |= {name: typed(columns[name], decimal) for name in names}
    return table._replace(rows=optional("pandas").DataFrame(columns))


def _bundled(name: str) -> Table:
    optional("pandas")
    loaded = getattr(sklearn.datasets, f"load_{name}")(as_frame=True)
    y = torch.tensor(loaded.target.tolist())
    return Table(loaded.data, y, torch.arange(len(y)), len(y), tuple(str(name) for name in loaded.target_names))


def _values(column: Any, read: Reading) -> Any:
    """A column's numbers, or its words with "" for a missing one."""
    if read.kind == "number":
        return numbers(column, read)
    found = words(column)
    return found.where(~found.isin(MISSING), "")


def _encoded(
    learnt: Any, both: tuple[Any, Any], read: dict[str, Reading], whole: bool
) -> tuple[torch.Tensor, torch.Tensor, dict[str, int], tuple[Column, ...]]:
    """Both parts as (N, D), by what some rows of the first one teach; {column: cells of the second one that are no
    number}; and which of D are of which column.

    Args:
        learnt: these rows.
        both: the training and the test part.
        whole: is the second one a file of its own, all of which may be written in another way?
    """
    pandas = optional("pandas")
    _, test = both
    number = [name for name in read if read[name].kind == "number"]
    other = [name for name in read if name not in number]
    odd = {}
    for name in number:
        odd[name] = int((numbers(test[name], read[name]).isna() & ~lacking(test[name])).sum())
        if whole and odd[name] > FEW * len(test):
            raise ValueError(
                f"column {name} is of numbers in the training part, and {odd[name]} of {len(test)} cells of the test "
                f"part are none; dataset.kinds={{{name}: category}} takes both for words"
            )

    def plain(rows: Any) -> Any:
        values, texts = (pandas.DataFrame({n: _values(rows[n], read[n]) for n in names}) for names in (number, other))
        return pandas.concat([values.where(values.abs() <= LARGEST), texts], axis="columns")

    encoder = ColumnTransformer(
        [
            ("n", make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()), number),
            ("o", OneHotEncoder(max_categories=CATEGORIES, handle_unknown="ignore", sparse_output=False), other),
        ]
    )
    tables = [plain(rows) for rows in both]
    if read:
        encoder.fit(plain(learnt))
    parts = [encoder.transform(table) for table in tables] if read else []
    if not parts or (parts[0] == parts[0][0]).all():
        raise ValueError("no column but the target varies; a network needs at least one")
    x, test_x = (torch.from_numpy(part.astype(np.float32)) for part in parts)
    widths = dict.fromkeys(number, 1) | dict(zip(other, _widths(encoder.named_transformers_["o"], other), strict=True))
    return x, test_x, odd, _columns(widths, read, *tables)


def _widths(one_hot: Any, names: list[str]) -> list[int]:
    """How many columns each of these became."""
    if not names:
        return []
    rare = [max(0 if found is None else len(found) - 1, 0) for found in one_hot.infrequent_categories_]
    return [len(found) - less for found, less in zip(one_hot.categories_, rare, strict=True)]


def _columns(widths: dict[str, int], read: dict[str, Reading], train: Any, test: Any) -> tuple[Column, ...]:
    """What is said of each column; both parts have missing numbers as NaN and missing words as ""."""
    firsts = accumulate(widths.values(), initial=0)
    missing = [(part.isna() | (part == "")).sum().to_dict() for part in (train, test)]
    return tuple(
        Column(name, read[name].kind, first, width, *(int(of[name]) for of in missing))
        for (name, width), first in zip(widths.items(), firsts, strict=False)
    )


def _said(rows: Any, read: dict[str, Reading], drop: list[str], odd: dict[str, int]) -> str:
    """What each column is taken for."""
    parts: dict[str, list[str]] = {"numbers": [], "categories": [], "left out": list(drop)}
    for name, its in read.items():
        notes = [its.note, f"{odd[name]} no number in the test part" if odd.get(name) else ""]
        missing = int(lacking(rows[name]).sum())
        notes.append(f"{missing} missing" if missing else "")
        if its.kind == "category":
            notes.append(f"{words(rows[name]).nunique()} values")
        said = ", ".join(filter(None, notes))
        parts["numbers" if its.kind == "number" else "categories"].append(f"{name} ({said})" if said else name)
    return "; ".join(
        f"{what}: {shorten(', '.join(names), LONGEST, placeholder=' ...')}" for what, names in parts.items() if names
    )
