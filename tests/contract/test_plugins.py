"""Every plug-in on disk stands in the one list, keeps the contract, and has a name of its own."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import analyzers.collectors
from analyzers.collectors.application_files import ApplicationCollector, LockCollector
from analyzers.contract import BaseCollector, Collector, PassContext
from analyzers.registry import CATEGORIES, COLLECTORS
from schemas.vocabulary import CATEGORIES as CATEGORY_IDS


def collectors_on_disk() -> set[type]:
    found: set[type] = set()
    for module in pkgutil.walk_packages(analyzers.collectors.__path__, "analyzers.collectors."):
        for _, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(member, BaseCollector) and member not in (BaseCollector, ApplicationCollector, LockCollector):
                found.add(member)
    return found


def test_every_collector_on_disk_is_in_the_list() -> None:
    assert collectors_on_disk() == set(COLLECTORS)


def test_collectors_keep_the_contract() -> None:
    names = [one.name for one in COLLECTORS]
    assert len(names) == len(set(names))
    for collector in COLLECTORS:
        one: Collector = collector(PassContext(b"k" * 32))
        assert collector.version >= 1 and collector.name
        assert collector.wanted.max_bytes > 0
        assert list(one.finish()) == []


def test_there_is_one_category_for_each_id_in_the_order_of_reading() -> None:
    assert [one.id for one in CATEGORIES] == list(CATEGORY_IDS)


def test_categories_say_what_they_need() -> None:
    for category in CATEGORIES:
        assert category.version
        assert category.kinds or category.matches
