"""Image configurations: exactly the expected secrets, masked texts that still parse, and no harm from hostile documents."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.config import MAX_HISTORY, inspect_config
from analyzers.contract import PassContext
from console.demo.drawn import Drawn
from schemas.facts import ConfigSecret, Fact, HistoryStep, ImageSettings, Skipped

CONTEXT = PassContext(b"a key for tests")
PASSWORD = "q7Zt-" + "w3XvB9mK"


def inspect(document: object) -> list[Fact]:
    return inspect_config(json.dumps(document).encode(), CONTEXT)


def places(facts: list[Fact]) -> list[str]:
    return [fact.place for fact in facts if isinstance(fact, ConfigSecret)]


def step(text: str) -> dict[str, Any]:
    return {"history": [{"created_by": text}]}


def test_expected_findings(reference_data: Path) -> None:
    """Truth: expected.json beside the configurations, keys secret_in_env:NAME, secret_in_history:INDEX, secret_in_label:NAME."""
    folder = reference_data / "configs" / "own"
    truth = json.loads((folder / "expected.json").read_text())
    assert len(truth) > 20
    for path in sorted(folder.glob("*.json")):
        if path.name == "expected.json":
            continue
        facts = inspect_config(path.read_bytes(), CONTEXT)
        told = {
            place.replace("config.Env[", "secret_in_env:")
            .replace("config.Labels[", "secret_in_label:")
            .replace("history[", "secret_in_history:")
            .rstrip("]")
            for place in places(facts)
        }
        assert told == {key for key in truth[path.name] if key.startswith(("secret_in_",))}, path.name


@pytest.mark.parametrize(
    "command",
    [
        "/bin/sh -c echo 'root:{}' | chpasswd",
        'RUN /bin/sh -c echo "deploy:{}" | sudo chpasswd # buildkit',
        "RUN |1 GIT_TOKEN={} /bin/sh -c git clone https://x # buildkit",
        "RUN |2 A=1 NPM_TOKEN={} /bin/sh -c npm ci # buildkit",
        "/bin/sh -c curl -H 'Authorization: Bearer {}' https://files.example.org/a",
        "/bin/sh -c curl -u ci:{} https://files.example.org/a",
        '/bin/sh -c curl --header "PRIVATE-TOKEN: {}" https://git.example.org/',
        "/bin/sh -c wget --http-password={} https://files.example.org/a",
        "/bin/sh -c git clone https://ci:{}@git.example.org/a.git",
        "/bin/sh -c pip install --extra-index-url https://ci:{}@packages.example.org/simple a",
        "/bin/sh -c mysql -u root -p{} -e 'select 1'",
        "/bin/sh -c docker login -u ci -p {} registry.example.org",
        "/bin/sh -c sshpass -p {} ssh root@h",
        "/bin/sh -c htpasswd -bc /etc/nginx/.htpasswd admin {}",
        "/bin/sh -c useradd -m -p {} dev",
        "/bin/sh -c redis-cli -a {} ping",
        "/bin/sh -c psql -c \"ALTER USER app WITH PASSWORD '{}'\"",
        "/bin/sh -c keytool -genkey -storepass {} -alias a",
        "/bin/sh -c openssl enc -pass pass:{} -in a",
        "/bin/sh -c export DB_PASSWORD='{}' && ./setup",
        "/bin/sh -c npm config set //npm.example.org/:_authToken {}",
        "/bin/sh -c ./install --admin-password {} --yes",
        "/bin/sh -c #(nop)  ENV DB_PASSWORD={}",
        "ENV API_SECRET {}",
    ],
)
def test_secret_in_a_step_is_found_once_and_masked(command: str) -> None:
    facts = inspect(step(command.format(PASSWORD)))
    assert places(facts) == ["history[0]"]
    told = "".join(fact.model_dump_json() for fact in facts)
    assert PASSWORD not in told
    masked = next(fact.created_by for fact in facts if isinstance(fact, HistoryStep))
    assert shlex.split(masked, comments=False) == shlex.split(command.format("q7Zt****"), comments=False)


@pytest.mark.parametrize(
    "command",
    [
        '/bin/sh -c echo "root:$ROOT_PW" | chpasswd',
        "RUN |1 GIT_TOKEN= /bin/sh -c git fetch # buildkit",
        "/bin/sh -c git clone https://oauth2:${TOKEN}@git.example.org/a.git",
        '/bin/sh -c curl -H "Authorization: Bearer $(cat /run/secrets/t)" https://files.example.org/a',
        "/bin/sh -c mysql -u root -p < /a.sql",
        "/bin/sh -c mkdir -p /srv/app && cp -p a b",
        "ENV PASSWORD_FILE=/run/secrets/db TOKEN_TTL=3600 SECRET_NAME=db-main",
        "ENV GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D PYTHON_SHA1=9c26f9ea3b9a8a4e5c9d5e9f2a0b5c7d8e9f0a1b",
        "RUN --mount=type=secret,id=npm_token npm ci",
        "/bin/sh -c docker login -u ci --password-stdin registry.example.org",
        "/bin/sh -c useradd --password '!' -u 1000 app",
        "/bin/sh -c ./configure --without-password --token-path=/a/b",
        "/bin/sh -c passwd -l root && chpasswd -e < /run/secrets/hashes",
    ],
)
def test_what_only_looks_like_a_secret(command: str) -> None:
    facts = inspect(step(command))
    assert places(facts) == []
    assert [fact.created_by for fact in facts if isinstance(fact, HistoryStep)] == [command]


def test_a_value_is_told_at_its_first_place_and_masked_everywhere() -> None:
    document = {
        "config": {
            "Env": [f"DB_PASSWORD={PASSWORD}", "A=b"],
            "Cmd": ["app", f"--db={PASSWORD}"],
            "Labels": {"org.example.note": f"uses {PASSWORD}"},
        },
        "history": [{"created_by": f"ENV DB_PASSWORD={PASSWORD}", "empty_layer": True}, {"created_by": f"RUN setup {PASSWORD}"}],
    }
    facts = inspect(document)
    assert places(facts) == ["config.Env[DB_PASSWORD]"]
    assert PASSWORD not in "".join(fact.model_dump_json() for fact in facts)
    config = next(fact for fact in facts if isinstance(fact, ImageSettings))
    assert config.env == (("DB_PASSWORD", "q7Zt****"), ("A", "b"))


@pytest.mark.parametrize("written", [str, lambda key: key.replace("\n", "\\n"), lambda key: base64.b64encode(key.encode()).decode()])
def test_a_key_in_a_step_is_masked_as_it_is_written(written: Callable[[str], str]) -> None:
    key = Drawn(1).fill("{pem:openssh}").decode()
    again = key.replace("\n", "\n ")
    facts = inspect({"history": [{"created_by": f"RUN /bin/sh -c printf '{text}' > /root/.ssh/id_rsa"} for text in (written(key), again)]})
    assert places(facts) == ["history[0]"]
    told = [fact.created_by for fact in facts if isinstance(fact, HistoryStep)]
    assert len(told) == 2
    assert not [line for line in (*key.splitlines()[1:-1], written(key)[40:80]) if any(line in text for text in told)]


def test_a_login_file_in_a_step_is_masked() -> None:
    facts = inspect(step(f"RUN /bin/sh -c cat > /root/.netrc <<EOF\nmachine git.example.org\n login ci\n password {PASSWORD}\nEOF"))
    assert places(facts) == ["history[0]"]
    assert not [fact for fact in facts if PASSWORD in fact.model_dump_json()]


def test_the_address_for_error_reports_is_public() -> None:
    key = Drawn(1).fill("{hex:32}").decode()
    assert places(inspect({"config": {"Env": [f"DSN=https://{key}@o1.ingest.sentry.io/2", f"B=https://{key}@sentry.example.org/3"]}})) == []
    assert places(inspect({"config": {"Env": [f"REMOTE=https://{key}@git.example.org/a"]}})) == ["config.Env[REMOTE]"]


def test_secret_in_label() -> None:
    assert places(inspect({"config": {"Labels": {"deploy.token": "k" + "8Jq2mZx0Lw5Tn4Rv"}}})) == ["config.Labels[deploy.token]"]


def test_layers_are_counted_by_non_empty_entries() -> None:
    facts = inspect({"history": [{"created_by": "a"}, {"created_by": "b", "empty_layer": True}, {"created_by": "c"}]})
    assert [(fact.index, fact.layer, fact.empty) for fact in facts if isinstance(fact, HistoryStep)] == [
        (0, 0, False),
        (1, None, True),
        (2, 1, False),
    ]


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"config": 3, "history": {"a": 1}, "rootfs": []}', b"[" * 100_000]
)
def test_bad_documents_are_said(document: bytes) -> None:
    facts = inspect_config(document, CONTEXT)
    assert [fact for fact in facts if isinstance(fact, Skipped)]
    assert sum(isinstance(fact, ImageSettings) for fact in facts) == 1


def test_a_long_history_is_cut_with_a_reason() -> None:
    facts = inspect({"history": [{"created_by": f"RUN {number}"} for number in range(10_000)]})
    assert sum(isinstance(fact, HistoryStep) for fact in facts) == MAX_HISTORY
    assert ["expansion_limit" in fact.reason for fact in facts if isinstance(fact, Skipped)] == [True]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(env=_JSON, labels=_JSON, history=_JSON, config=_JSON)
def test_any_json_gives_one_settings_fact(env: object, labels: object, history: object, config: object) -> None:
    for document in (
        {"config": {"Env": env, "Labels": labels, "Cmd": env}, "history": history, "rootfs": {"diff_ids": env}},
        {"config": config, "history": [history]},
    ):
        assert sum(isinstance(fact, ImageSettings) for fact in inspect(document)) == 1
