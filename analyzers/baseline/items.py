"""The one list of items, in the order of the classes."""

from __future__ import annotations

from analyzers.baseline import accounts, passwords, permissions, ssh
from analyzers.baseline.item import Item

ITEMS: tuple[Item, ...] = (*accounts.ITEMS, *passwords.ITEMS, *ssh.ITEMS, *permissions.ITEMS)
