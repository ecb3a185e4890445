"""The classes (types of information) of sensitive files and how they are called."""

from __future__ import annotations

CLASS_TITLES: dict[str, str] = {
    "private_key": "Private keys",
    "cloud_key": "Cloud access keys",
    "code_hosting": "Code hosting and CI credentials",
    "registry_credential": "Package and image registry credentials",
    "infrastructure": "Infrastructure credentials",
    "saas_token": "Service tokens",
    "password": "Database and application passwords",
    "account": "Tool and account logins",
    "generic": "Other secrets",
}
