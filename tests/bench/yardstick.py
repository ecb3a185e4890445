"""A foreign rule file as a yardstick: which of the token forms that it knows do our own rules find in an example of that form?

    .venv/bin/python -m tests.bench.yardstick [RULES.toml]

RULES.toml (default: gitleaks.toml of the reference data) lists rules with `id` and `regex`. Examples are drawn from the expressions; where
one stands for more than it says (checksums, encoded parts, the case of letters), the documented form stands in FORMS instead.
"""

from __future__ import annotations

import random
import re
import string
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from re import _parser as parser  # type: ignore[attr-defined] # nothing public tells the parts of an expression
from typing import Any

from analyzers.collectors.secrets import Secrets
from analyzers.contract import Entry, FileView, PassContext
from console.demo.drawn import Drawn
from schemas.facts import Secret
from tests.bench.row import Row, run_module

COMMAND = ".venv/bin/python -m tests.bench.yardstick"
RULES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "rules" / "gitleaks.toml"
SUFFIXES = ("", "_api_key", "_token", "_secret", "_access_token", "_client_secret", "_password")
ENDINGS = "`'\"; \t\r\n"
TRIES = 6
FORMS: dict[str, str] = {
    "aws-access-token": "aws_secret_access_key = {secret:40}",
    "curl-auth-header": "curl -H 'Authorization: Bearer {base62:40}' https://api.internal",
    "curl-auth-user": "curl -u ci:{base62:16} https://api.internal",
    "aws-amazon-bedrock-api-key-short-lived": "bedrock-api-key-{bedrock}",
    "azure-ad-client-secret": "a1B8Q~{base62:34}",
    "dropbox-long-lived-api-token": "dropbox_token = {base62:11}AAAAAAAAAA{base62:43}",
    "dynatrace-api-token": "dt0c01.{base32:24}.{base32:64}",
    "facebook-access-token": "facebook_token = {digits:15}|{base62:27}",
    "github-app-token": "{crc:ghs_}",
    "github-fine-grained-pat": "github_pat_{base62:22}_{base62:59}",
    "github-oauth": "{crc:gho_}",
    "github-pat": "{crc:ghp_}",
    "github-refresh-token": "{crc:ghr_}",
    "gitlab-session-cookie": "Cookie: _gitlab_session={hex:32}",
    "harness-api-key": "pat.{base62:22}.{hex:24}.{base62:20}",
    "hashicorp-tf-password": 'administrator_login_password = "{base62:16}"',
    "jwt": "{jwt}",
    "jwt-base64": "{base64:jwt}",
    "kubernetes-secret-yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  password: {base62:20}",
    "linkedin-client-secret": "linkedin_client_secret={base62:16}",
    "microsoft-teams-webhook": "https://a.webhook.office.com/webhookb2/{uuid}@{uuid}/IncomingWebhook/{hex:32}/{uuid}",
    "new-relic-user-api-key": "NRAK-{upper:27}",
    "nuget-config-password": '<add key="ClearTextPassword" value="{base62:16}" />',
    "npm-access-token": "{crc:npm_}",
    "private-key": "{pem:rsa}",
    "pypi-upload-token": "{pypi}",
    "sendgrid-api-token": "SG.{base64url:22}.{base64url:43}",
    "slack-app-token": "xapp-1-A{upper:10}-{digits:13}-{hex:64}",
    "slack-config-access-token": "xoxe.xoxp-1-{upper:164}",
    "slack-webhook-url": "https://hooks.slack.com/services/T{upper:8}/B{upper:10}/{base62:24}",
    "slack-legacy-token": "xoxo-{digits:12}-{digits:12}-{digits:12}-{hex:32}",
    "slack-legacy-workspace-token": "xoxa-2-{base62:40}",
    "square-access-token": "EAAAE{base64url:59}",
    "stripe-access-token": "sk_live_{base62:24}",
    "telegram-bot-api-token": "telegram_token = {digits:10}:AA{base64url:33}",
    "twilio-api-key": "twilio_key = SK{hex:32}",
}
PATHS = {"nuget-config-password": "root/.nuget/NuGet/NuGet.Config"}  # where a form is one only in its own file
NOT_SECRET = {  # what a form names when it is told alone: a client, an account, a public key
    "adobe-client-id", "asana-client-id", "bitbucket-client-id", "discord-client-id", "flutterwave-public-key", "linkedin-client-id",
    "lob-pub-api-key", "looker-client-id", "mailgun-pub-key", "mapbox-api-token", "messagebird-client-id", "plaid-client-id",
    "sendbird-access-id", "sumologic-access-id", "new-relic-browser-api-token",
}  # fmt: skip


def members(items: Any) -> list[str]:
    """The printable characters of a class, letters and digits before signs."""
    chosen: set[str] = set()
    for operation, argument in items:
        name = str(operation)
        if name == "LITERAL":
            chosen.add(chr(argument))
        elif name == "RANGE":
            chosen |= {chr(code) for code in range(argument[0], min(argument[1], 126) + 1)}
        elif name == "CATEGORY":
            word = string.ascii_letters + string.digits + "_"
            chosen |= set(
                string.digits if str(argument).endswith("_DIGIT") else word if str(argument).endswith(("_WORD", "_NOT_SPACE")) else " "
            )
        elif name == "NEGATE":
            return [" "]
    return sorted(one for one in chosen if one.isalnum()) or sorted(chosen) or ["-"]


def drawn_from(parts: Any, draw: random.Random) -> str:
    """A text that an expression matches, of moderate length; the first of its alternatives."""
    text = ""
    for operation, argument in parts:
        name = str(operation)
        if name == "LITERAL":
            text += chr(argument)
        elif name in ("ANY", "NOT_LITERAL"):
            text += draw.choice(string.ascii_lowercase)
        elif name == "IN":
            text += draw.choice(members(argument))
        elif name == "BRANCH":
            text += drawn_from(argument[1][0], draw)
        elif name == "SUBPATTERN":
            text += drawn_from(argument[3], draw)
        elif name.endswith("_REPEAT"):
            least, most, inner = argument
            times = least if least != 1 or int(most) < 30 else 20
            text += "".join(drawn_from(inner, draw) for _ in range(times))
    return text


def examples(rule: dict[str, Any], seed: int) -> Iterator[str]:
    """Texts that hold one example of the form, as settings and as code; the name of a service with usual endings."""
    if form := FORMS.get(rule["id"]):
        yield Drawn(seed).fill(form).decode() + "\n"
        return
    expression = re.sub(r"\(\?-?i\)", "", rule["regex"]).replace("(?-i:", "(?:").replace("(?s-i:", "(?:").replace("\\z", "$")
    expression = expression.replace("[[:alnum:]]", "[0-9A-Za-z]")
    text = drawn_from(parser.parse(expression), random.Random(seed)).strip(ENDINGS)
    name, sign, value = text.partition("=")
    if sign and len(value) > 8 and "{0,20}" in expression:
        mixed = "".join(random.Random(seed).choice((one.lower(), one.upper())) for one in value)
        yield from (f"{name}{suffix}={form}\n" for suffix in SUFFIXES for form in (value, mixed))
    else:
        yield from (f"{text}\n", f'key = "{text}"\n')


def found(rule: dict[str, Any], collector: Secrets) -> int:
    """How many of TRIES drawn examples our rules find."""
    hits = 0
    for seed in range(TRIES):
        hits += any(_secrets(collector, PATHS.get(rule["id"], "srv/deploy.sh"), text.encode()) for text in examples(rule, seed))
    return hits


def _secrets(collector: Secrets, path: str, data: bytes) -> bool:
    return any(isinstance(fact, Secret) for fact in collector.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data)))


def run() -> list[Row]:
    """Forms of the yardstick, those that are found, and those that name no secret."""
    known, hit, names = map(float, re.findall(r"\d+", run_module("tests.bench.yardstick")[0].splitlines()[0]))
    return [
        Row("token forms of the yardstick", known, "forms", "", COMMAND),
        Row("of these found by our own rules", hit, "forms", "all but names", COMMAND),
        Row("of the others: names and public keys, no finding by intention", names, "forms", "", COMMAND),
    ]


def missed_in(path: Path) -> tuple[int, dict[str, int]]:
    """(how many forms a rule file knows, how many of TRIES examples were found of each form of which not all were)."""
    rules = [one for one in tomllib.loads(path.read_text())["rules"] if one.get("regex")]
    collector = Secrets(PassContext(b"key of the yardstick"))
    return len(rules), {one["id"]: count for one in rules if (count := found(one, collector)) < TRIES}


def main(arguments: list[str]) -> None:
    known, missed = missed_in(Path(*arguments or (RULES,)))
    names = NOT_SECRET & set(missed)
    print(f"{known} forms, {known - len(missed)} found, {len(names)} that name no secret")
    for name, count in missed.items():
        print(f"  {name}: {count} of {TRIES}{' (a name)' if name in names else ''}")


if __name__ == "__main__":
    main(sys.argv[1:])
