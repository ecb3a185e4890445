"""The one list of plug-ins: collectors in the order in which they see a file, categories in the order in which people read them."""

from __future__ import annotations

from analyzers.contract import Category, Collector

COLLECTORS: tuple[type[Collector], ...] = ()
CATEGORIES: tuple[type[Category], ...] = ()
