"""Which options each thing that a report makes follows: an option that none of those asked for follows is refused.

An option at its default says nothing, and is not looked at.
"""

from collections.abc import Collection, Mapping, Sequence

from runner.console.errors import ConfigError

LAID_OUT = frozenset({  # what every comparison follows
    "metric", "at", "per", "equal", "rows", "cols", "tuned", "diverged",
})  # fmt: skip
AGAINST = frozenset({"baseline", "level"})
TABLES: Mapping[str, frozenset[str]] = {  # beside LAID_OUT, show and format
    "means": frozenset({"level", "took"}),
    "differences": AGAINST | {"detect", "family", "over"},
    "datasets": AGAINST,
    "ranks": frozenset({"level"}),
    "rules": frozenset(),
    "tuning": frozenset(),
    "seeds": AGAINST | {"detect", "family"},
    "distance": frozenset(),
    "multiverse": AGAINST,
    "sensitivity": frozenset({"level"}),
    "robust": AGAINST,
    "practical": AGAINST | {"family", "rope"},
    "aggregates": frozenset({"gamma", "level"}),
    "improvement": frozenset({"level"}),
    "hierarchical": frozenset({"baseline", "correlation", "rope"}),
}
OTHERS: Mapping[str, frozenset[str]] = {
    "format=latex": frozenset({"fit"}),
    "format=csv": LAID_OUT | AGAINST | {"family", "format", "over"},
    "page": LAID_OUT | AGAINST | {"detect", "family", "over", "page", "took"},
    "pictures": LAID_OUT | AGAINST | {"captions", "endings", "pictures", "width"},
    "wandb": LAID_OUT | AGAINST | {"family", "over", "wandb"},
    "pack": frozenset({"examples", "only", "pack"}),
    "tidy": frozenset({"at", "only", "tidy"}),
}
FILES = ("pack", "tidy")  # which go alone
PUT = ("page", "pictures", "wandb")  # which go together, and print no table
OVER_SEEDS = (
    "seeds",
    "datasets",
    "multiverse",
    "robust",
    "practical",
    "hierarchical",
    "aggregates",
    "improvement",
)  # tables that are over seeds, and shown if asked for alone


def check_followed(said: Mapping[str, str], usual: Collection[str]) -> None:
    """Raise ConfigError for an option that nothing of what is made follows.

    Args:
        said: {option: its value as text} of those that are not at their default.
        usual: the tables that are shown where show= names none.
    """
    names = said["show"].split(",") if "show" in said else list(usual)
    made, what = _made(said, names)
    for name, value in said.items():
        if name not in made:
            raise ConfigError(f"{name}={value}: {what} without it; it is for {_followers(name)}")
    if "over" in said and (alone := [name for name in names if name in OVER_SEEDS and "show" in said]):
        raise ConfigError(f"over={said['over']}: show={','.join(alone)} is over seeds alone")


def _made(said: Mapping[str, str], names: Sequence[str]) -> tuple[frozenset[str], str]:
    """The options that something of what is made follows, and in words what goes."""
    always = frozenset({"store", "where"})
    for kinds in (FILES, PUT):
        if its := [name for name in kinds if name in said]:
            goes = " and ".join(f"{name}={said[name]}" for name in its)
            return always.union(*(OTHERS[name] for name in its)), f"{goes} go{'es' * (len(its) == 1)}"
    if said.get("format") == "csv":
        return always | OTHERS["format=csv"], "format=csv goes"
    form = OTHERS.get(f"format={said.get('format')}", frozenset())
    followed = always.union(LAID_OUT, {"show", "format"}, form, *(TABLES[name] for name in names))
    return followed, f"show={','.join(names)} goes" if "show" in said else "what is shown by default goes"


def _followers(option: str) -> str:
    """What follows an option, in words."""
    tables = [name for name, its in TABLES.items() if option in its]
    found = [f"show={'|'.join(tables)}"] * bool(tables)
    if option in LAID_OUT | {"show", "format"}:
        found = ["tables"]
    found += [name if "=" in name else f"{name}=" for name, its in OTHERS.items() if option in its - {name}]
    return ", ".join(found)
