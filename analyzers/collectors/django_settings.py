"""What `DEBUG` of a Django site comes to, when it depends on the environment: the one expression is read, never run.

Sources: Django, "Settings", DEBUG; Python, os.environ; the documentation of django-environ, environs and python-decouple.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from schemas.facts import Directive

MAX_EXPRESSION = 300
_DEBUG = re.compile(r"^DEBUG(?:\s*:\s*\w+)?\s*=\s*(.*)$", re.MULTILINE)
_SITE = re.compile(r"\bINSTALLED_APPS\b|\bROOT_URLCONF\b|\bdjango\b")
_SCHEME = re.compile(r"\bDEBUG\s*=\s*\(\s*bool\s*,\s*(True|False)\s*\)")  # django-environ: environ.Env(DEBUG=(bool, False))
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on", "ok"})
_GETTERS = frozenset({"os.environ.get", "environ.get", "os.getenv", "getenv"})
_READERS = frozenset({"env", "env.bool", "config", "decouple.config"})
_ENVIRONMENTS = frozenset({"os.environ", "environ"})
_TO_TRUTH = frozenset({"strtobool", "str2bool", "str_to_bool", "to_bool", "literal_eval", "loads"})
_METHODS = frozenset({"lower", "upper", "strip", "title", "capitalize", "casefold"})
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda one, many: one in many, ast.NotIn: lambda one, many: one not in many,
}  # fmt: skip


class _Unknown(Exception):
    """The expression says something that only running it would tell."""


def debug_setting(text: str) -> Directive | None:
    """The last assignment to `DEBUG` in the settings of a Django site, `value` its expression; None where nothing can be said of it."""
    found = next(reversed(list(_DEBUG.finditer(text))), None)
    if not found or not _SITE.search(text):
        return None
    expression, scheme = found[1].strip(), _SCHEME.search(text)
    if scheme and re.match(r"env\([\"']DEBUG[\"']\)", expression):
        expression = f"env.bool('DEBUG', {scheme[1]})"
    if debug_is_on(expression, {}) is None:
        return None
    return Directive(line=text.count("\n", 0, found.start()) + 1, name="DEBUG", value=expression)


def debug_is_on(expression: str, environment: Mapping[str, str]) -> bool | None:
    """Whether the expression is true with these variables; one that has to be there and is not stops the site: False. None: unknown."""
    try:
        with warnings.catch_warnings(action="ignore"):  # what Python thinks of the style of others
            tree = ast.parse(expression[:MAX_EXPRESSION], mode="eval")
        return bool(_value(tree.body, environment))
    except KeyError:
        return False
    except (SyntaxError, ValueError, TypeError, OverflowError, RecursionError, MemoryError, _Unknown):
        return None


def _value(node: ast.expr, environment: Mapping[str, str]) -> Any:
    """Raises KeyError for a variable that is not there, _Unknown for anything but constants, variables and what compares them."""
    match node:
        case ast.Constant(value):
            return value
        case ast.Tuple(parts) | ast.List(parts) | ast.Set(parts):
            return [_value(one, environment) for one in parts]
        case ast.UnaryOp(ast.Not(), operand):
            return not _value(operand, environment)
        case ast.BoolOp(ast.Or(), parts):
            return any(_value(one, environment) for one in parts)
        case ast.BoolOp(ast.And(), parts):
            return all(_value(one, environment) for one in parts)
        case ast.IfExp(test, then, otherwise):
            return _value(then if _value(test, environment) else otherwise, environment)
        case ast.Compare(left, [sign], [right]) if type(sign) in _COMPARISONS:
            return _COMPARISONS[type(sign)](_value(left, environment), _value(right, environment))
        case ast.Subscript(of, name) if ast.unparse(of) in _ENVIRONMENTS:
            return environment[str(_value(name, environment))]
        case ast.Call(called, arguments, named):
            options = {one.arg: one.value for one in named if one.arg}
            return _called(called, arguments, options, environment)
    raise _Unknown


def _called(called: ast.expr, arguments: list[ast.expr], options: Mapping[str, ast.expr], environment: Mapping[str, str]) -> Any:
    name = ast.unparse(called)
    if name in _GETTERS or name in _READERS:
        return _read(name, arguments, options, environment)
    if isinstance(called, ast.Attribute) and called.attr in _METHODS:
        return getattr(str(_value(called.value, environment)), called.attr)()
    if len(arguments) != 1 or options:
        raise _Unknown
    value = _value(arguments[0], environment)
    if name in ("bool", "int", "str"):
        return {"bool": bool, "int": int, "str": str}[name](value)
    if name.rpartition(".")[2] in _TO_TRUTH:
        return _truth(value)
    raise _Unknown


def _read(name: str, arguments: list[ast.expr], options: Mapping[str, ast.expr], environment: Mapping[str, str]) -> Any:
    """A variable, or the default that stands beside its name. The readers of django-environ and python-decouple turn it into what `cast`
    says, the former also into what its default is."""
    variable = str(_value(arguments[0], environment)) if arguments else ""
    default = [*arguments[1:2], *(options[key] for key in ("default",) if key in options)][:1]
    cast = ast.unparse(options["cast"]) if "cast" in options else ""
    value = environment[variable] if variable in environment else _value(default[0], environment) if default else None
    if value is None and name in _READERS:
        raise KeyError(variable)
    to_truth = name == "env.bool" or cast == "bool" or (name == "env" and default and isinstance(_value(default[0], environment), bool))
    return _truth(value) if to_truth else value


def _truth(value: Any) -> bool:
    return str(value).strip().lower() in _TRUE
