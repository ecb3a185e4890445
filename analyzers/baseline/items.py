"""The one list of items, in the order of the classes."""

from __future__ import annotations

from analyzers.baseline import (
    accounts,
    exposed_databases,
    exposed_files,
    exposed_platforms,
    exposed_stores,
    forbidden,
    lifecycle,
    passwords,
    permissions,
    runtime,
    ssh,
    tomcat,
    trust,
    weak_passwords,
    web,
)
from analyzers.baseline.item import Item

ITEMS: tuple[Item, ...] = (
    *accounts.ITEMS,
    *passwords.ITEMS,
    *trust.ITEMS,
    *weak_passwords.ITEMS,
    *exposed_stores.ITEMS,
    *exposed_databases.ITEMS,
    *exposed_platforms.ITEMS,
    *exposed_files.ITEMS,
    *ssh.ITEMS,
    *web.ITEMS,
    *tomcat.ITEMS,
    *runtime.ITEMS,
    *permissions.ITEMS,
    *forbidden.ITEMS,
    *lifecycle.ITEMS,
)
