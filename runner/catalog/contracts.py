"""What a part must do and may do, in Markdown, in the words of the classes that say so."""

import inspect
from collections.abc import Iterator

from runner.catalog.markdown import markdown
from runner.contracts.given import Given
from runner.contracts.loss import Loss
from runner.contracts.make import CLASSES, FUNCTIONS
from runner.contracts.part import Part

CONTRACTS = (Loss, Part, *CLASSES.values(), *FUNCTIONS.values())


def contracts() -> str:
    """All contracts, and what constructors may ask for."""
    return "\n\n".join(["# Contracts", *map(_contract, CONTRACTS), "## Given", _said(Given)]) + "\n"


def _contract(contract: type) -> str:
    """One: its docstring, and those of the methods that it adds."""
    bases = [base.__name__ for base in contract.__bases__ if base in CONTRACTS]
    place = f"`{contract.__module__}.{contract.__name__}`" + "".join(f", a {base}" for base in bases)
    return "\n\n".join([f"## {contract.__name__}", place, _said(contract), *_methods(contract)])


def _methods(contract: type) -> Iterator[str]:
    for name, method in vars(contract).items():
        if inspect.isfunction(method) and (name == "__call__" or not name.startswith("_")):
            arguments = ", ".join(list(inspect.signature(method).parameters)[1:])
            needed = name == "__call__" or getattr(method, "__isabstractmethod__", False)
            yield f"### `{name}({arguments})`, {'required' if needed else 'optional'}"
            yield _said(method)


def _said(of: object) -> str:
    return markdown(inspect.getdoc(of) or "")
