"""A hash of all the code that a function or class reaches, from its syntax tree: what moves no number moves no hash.

The code of a symbol (a function, a class, or a name that a module assigns) is its own syntax tree and, through the
names in it, that of every symbol of our own packages that it reaches. Comments, docstrings, formatting, the types of
arguments and the texts of raised errors are left out. The names of files, and of functions and classes at the top of
a file, are left out as well: a symbol stands for its contents, so that code that moves to another file or is renamed
keeps its hash. Of other packages only the name of what is used counts; their versions are in a seed's provenance. A
statement that only shows what there is to who looks on (runner/training/looking_on.py) is left out, too.

What cannot be followed is what no name leads to: code that is found by a string. Parts are found so, by the
`_target_` of their YAML; each is hashed for itself (runner/store/sources.py).
"""

import ast
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from runner.nodes.parts import OURS

ROUNDS = 4  # of telling symbols apart by what they name: equal code that names other code is other code
EFFECTS = ""  # the symbol that stands for what a module does as it is imported
ONLOOKERS = "runner.training.looking_on"  # what is called of it changes nothing
WHOLE = "*"  # begins the name under which a module is listed that is imported whole, as by `import a.b`


Imported = dict[str, tuple[str, str | None]]  # {name here: (module, name there, or None for the module itself)}


class Symbol(NamedTuple):
    """A name at the top of a module; a module as a whole where the name is None."""

    module: str
    name: str | None


@cache
def code_hash(*targets: str) -> str:
    """16 hex digits of all the code that these dotted names reach; as this process reads it, once.

    Raises:
        SyntaxError: a file cannot be parsed.
        LookupError: a module has no such name.

    >>> len(code_hash("losses.gce.GCE")), code_hash("losses.gce.GCE") == code_hash("losses.poly.Poly")
    (16, False)
    """
    roots = [Symbol(module, name) for module, _, name in (target.rpartition(".") for target in targets)]
    ours = {*OURS, *(root.module.partition(".")[0] for root in roots)}
    code = _reached(roots, frozenset(ours))
    hashes = {symbol: its.tree for symbol, its in code.items()}
    for _ in range(ROUNDS):
        hashes = {
            symbol: _sha256([its.tree, *(hashes[r] if isinstance(r, Symbol) else r for r in its.names)])
            for symbol, its in code.items()
        }
    return _sha256([*(hashes[root] for root in roots), *sorted(hashes.values())])[:16]


@dataclass
class _Code:
    """What a symbol is: its tree with a hole for each name that leads elsewhere, and where the holes lead, in order."""

    tree: str
    names: list["Symbol | str"]


def _reached(roots: Sequence[Symbol], ours: frozenset[str]) -> dict[Symbol, _Code]:
    """The code of the roots, and of all that it reaches."""
    code: dict[Symbol, _Code] = {}
    waiting = list(roots)
    while waiting:
        symbol = waiting.pop()
        if symbol not in code:
            code[symbol] = _code(symbol, ours)
            waiting += [name for name in code[symbol].names if isinstance(name, Symbol)]
    return code


def _code(symbol: Symbol, ours: frozenset[str]) -> _Code:
    module = _module(symbol.module)
    if symbol.name is None:  # a module is passed around: all of it
        return _Code("module", [Symbol(symbol.module, name) for name in module.defined if name != EFFECTS])
    if symbol.name in module.defined:
        reader = _Reader(module, ours)
        trees = [reader.top(node) for node in module.defined[symbol.name]]
        effects = [] if symbol.name == EFFECTS else list(_effects(module, ours))
        return _Code(_sha256(trees), reader.names + effects)
    if symbol.name not in module.imported:
        raise LookupError(f"{module.name} has no {symbol.name}")
    return _Code("import", [_leads(*module.imported[symbol.name], ours)])


@dataclass
class _Module:
    """A file of code.

    Attributes:
        defined: {name: the statements that define it}; EFFECTS names those that define nothing.
        imported: what its imports name.
    """

    name: str
    file: Path
    defined: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imported: Imported = field(default_factory=dict)

    @property
    def package(self) -> str:
        return self.name if self.file.name == "__init__.py" else self.name.rpartition(".")[0]


@cache
def _module(name: str) -> _Module:
    file = _file(name)
    if file is None:
        raise LookupError(f"there is no module {name}")
    module = _Module(name, file)
    module.defined[EFFECTS] = []
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module.imported |= _imports(node, module.package)
        elif _only_types(node):
            module.imported |= _imports_within(node, module.package)
        elif not _is_text(node) and not _is_main(node):
            for defined in _names_of(node) or [EFFECTS]:
                module.defined.setdefault(defined, []).append(node)
    return module


def _effects(module: _Module, ours: frozenset[str]) -> Iterator[Symbol | str]:
    """What this module and the packages around it do as they are imported, and modules that it imports whole."""
    names = module.name.split(".")
    for end in range(1, len(names) + 1):
        around = ".".join(names[:end])
        if _file(around) and _module(around).defined[EFFECTS]:
            yield Symbol(around, EFFECTS)
    yield from (_leads(*there, ours) for name, there in module.imported.items() if name.startswith(WHOLE))


@cache
def _file(module: str) -> Path | None:
    """The file of a module, found without importing it."""
    top, *rest = module.split(".")
    spec = find_spec(top)
    if spec is None:
        return None
    if not spec.submodule_search_locations:
        return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") and not rest else None
    place = Path(spec.submodule_search_locations[0], *rest)
    return next((file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()), None)


def _names_of(node: ast.stmt) -> list[str]:
    """The names that a statement at the top of a module defines; EFFECTS as well if it does more than that."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    found = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    if isinstance(node, ast.Assign | ast.AnnAssign) and found:
        return found
    inside = [n.name for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    imports = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
    return [*found, *inside, *(a.asname or a.name for n in imports for a in n.names), EFFECTS]


def _imports(node: ast.Import | ast.ImportFrom, package: str) -> Imported:
    if isinstance(node, ast.Import):
        named = {alias.asname or alias.name.partition(".")[0]: alias for alias in node.names}
        found: Imported = {here: (a.name if a.asname else here, None) for here, a in named.items()}
        return found | {f"{WHOLE}{alias.name}": (alias.name, None) for alias in node.names if not alias.asname}
    parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    home = ".".join([*parents, *([node.module] if node.module else [])])
    there: Imported = {alias.asname or alias.name: (home, alias.name) for alias in node.names if alias.name != "*"}
    return there or {f"{WHOLE}{home}": (home, None)}


def _imports_within(node: ast.AST, package: str) -> Imported:
    found: Imported = {}
    for each in ast.walk(node):
        if isinstance(each, ast.Import | ast.ImportFrom):
            found |= _imports(each, package)
    return found


def _leads(home: str, there: str | None, ours: frozenset[str]) -> Symbol | str:
    """Where an imported name leads: into our code, or elsewhere ("torch.nn.functional")."""
    within = f"{home}.{there}" if there else home
    if home.partition(".")[0] not in ours:
        return within
    if _file(home) and (there in _module(home).defined or there in _module(home).imported):
        return Symbol(home, there)
    if _file(within):
        return Symbol(within, None)
    return Symbol(home, None) if _file(home) else within  # a name of which it is not clear whence it comes


class _Reader:
    """Reads statements of a module: their tree as text, and the names in it that lead elsewhere."""

    def __init__(self, module: _Module, ours: frozenset[str]):
        self.module = module
        self.ours = ours
        self.names: list[Symbol | str] = []
        self.here: Imported = {}

    def top(self, node: ast.stmt) -> str:
        """A statement at the top of a module, without the name of what it defines."""
        self.here = _imports_within(node, self.module.package)
        self.names += [_leads(*there, self.ours) for name, there in self.here.items() if name.startswith(WHOLE)]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return self._fields(node, without=("name",))
        if isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
            return self._fields(node, without=("targets",))
        if isinstance(node, ast.AnnAssign):
            return self._fields(node, without=("target", "annotation", "simple"))
        return self.read(node)

    def read(self, node: object) -> str:
        """A tree, or a list of them, or what stands in one, as text."""
        match node:
            case list():
                counts = (each for each in node if not (_is_text(each) or self._only_shows(each)))
                return f"[{','.join(map(self.read, counts))}]"
            case ast.Import() | ast.ImportFrom():
                return ""
            case ast.Raise():  # what it says moves no number, that it is raised may
                return f"Raise({self.read(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)})"
            case ast.Name() if (found := self._name(node.id)) is not None:
                return self._hole(found)
            case ast.Attribute(value=ast.Name(id=name)) if (found := self._attribute(name, node.attr)) is not None:
                return self._hole(found)
            case ast.AST():
                return self._fields(node)
        return repr(node)

    def _only_shows(self, node: object) -> bool:
        """Is it a statement that calls one of ONLOOKERS with names, and so computes nothing on the way?"""
        match node:
            case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=shown, keywords=[])):
                found = self._name(name)
                return isinstance(found, Symbol) and found.module == ONLOOKERS and all(map(_is_name, shown))
        return False

    def _fields(self, node: ast.AST, without: Sequence[str] = ()) -> str:
        return f"{type(node).__name__}({','.join(self._read_fields(node, without))})"

    def _read_fields(self, node: ast.AST, without: Sequence[str]) -> Iterator[str]:
        skipped = {*without, *_SILENT.get(type(node), ()), "ctx", "type_comment", "type_params"}
        return (self.read(value) for name, value in ast.iter_fields(node) if name not in skipped)

    def _hole(self, found: Symbol | str) -> str:
        self.names.append(found)
        return "@"

    def _name(self, name: str) -> Symbol | str | None:
        if name in self.here:
            return _leads(*self.here[name], self.ours)
        if name in self.module.defined:
            return Symbol(self.module.name, name)
        return _leads(*self.module.imported[name], self.ours) if name in self.module.imported else None

    def _attribute(self, name: str, attribute: str) -> Symbol | None:
        """What `module.attribute` leads to in our code, None where the name is no module of ours."""
        found = self._name(name)
        if isinstance(found, Symbol) and found.name is None:
            inside = _leads(found.module, attribute, self.ours)
            return inside if isinstance(inside, Symbol) else None
        return None


_SILENT: Mapping[type[ast.AST], Sequence[str]] = {
    ast.arg: ("annotation",),
    ast.FunctionDef: ("returns",),
    ast.AsyncFunctionDef: ("returns",),
}


def _is_text(node: object) -> bool:
    """A docstring, or another text that is not used."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_name(node: ast.AST) -> bool:
    """A name, or an attribute of one."""
    return isinstance(node.value if isinstance(node, ast.Attribute) else node, ast.Name)


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}


def _only_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _sha256(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
