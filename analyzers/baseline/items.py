"""The one list of items, in the order of the classes."""

from __future__ import annotations

from analyzers.baseline import accounts, exposed_platforms, exposed_stores, passwords, permissions, ssh, trust
from analyzers.baseline.item import Item

ITEMS: tuple[Item, ...] = (
    *accounts.ITEMS,
    *passwords.ITEMS,
    *trust.ITEMS,
    *exposed_stores.ITEMS,
    *exposed_platforms.ITEMS,
    *ssh.ITEMS,
    *permissions.ITEMS,
)
