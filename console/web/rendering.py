"""Templates, and how values are written on pages."""

from __future__ import annotations

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from console.web.language import LANGUAGE, NAMES, say, sentence, told

CATEGORY_NAMES = {
    "system-vulnerability": "System vulnerabilities",
    "application-vulnerability": "Application vulnerabilities",
    "baseline": "Baseline check",
    "malicious-sample": "Malicious samples",
    "sensitive-file": "Sensitive files",
    "build-command": "Build command risks",
}


def make_templates() -> Environment:
    """The environment of all templates; a name that is missing is an error."""
    templates = Environment(
        loader=PackageLoader("console.web"), autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True,
        undefined=StrictUndefined,
    )  # fmt: skip
    templates.filters["size"] = human_size
    templates.filters["moment"] = moment
    templates.filters["told"] = told
    templates.filters["sentence"] = sentence
    templates.globals.update(category_names=CATEGORY_NAMES, t=say, language=LANGUAGE.get, languages=NAMES)
    return templates


def human_size(count: int) -> str:
    """Bytes as people read them."""
    value = float(count)
    for unit in ("B", "KB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def moment(value: datetime | None) -> str:
    """A time to the minute, UTC."""
    return value.strftime("%Y-%m-%d %H:%M") if value and value.year > 1970 else say("never")
