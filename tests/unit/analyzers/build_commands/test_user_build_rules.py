"""Build rules of users over parsed commands and effective settings."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.rule_choice import rule_choice
from schemas.findings import Finding
from schemas.vocabulary import CategoryId
from tests.unit.analyzers.build_commands.builds import document, report

HEAD = '[[build_command]]\nid = "shop_rule"\nlevel = "high"\nclass = "network"\ntitle = "Not in our shop"\nadvice = "Ask first."\n'


def found(match: str, *steps: str, **config: Any) -> list[Finding]:
    choice = rule_choice({"shop.toml": f"{HEAD}match = {match}\n".encode()})
    assert not any(choice.problems.values()), choice.problems
    inputs: dict[str, Any] = {
        "user_commands": choice.rules.build_commands,
        "disabled": choice.disabled.get(CategoryId.BUILD_COMMAND, frozenset()),
    }
    return [one for one in report(document(steps, **config), **inputs).findings if one.rule == "shop_rule"]


def run(text: str) -> str:
    return f"RUN /bin/sh -c {text} # buildkit"


@pytest.mark.parametrize(
    ("match", "hit", "clean"),
    [
        ('{ program = "telnet" }', "apt-get update && sudo /usr/bin/telnet host", "echo telnet; cat telnet.txt"),
        ('{ program = "telnet" }', 'bash -c "if true; then telnet host; fi"', "apt-get install telnet"),
        ('{ program = ["python*", "perl"] }', "python3.11 x.py", "ipython x.py"),
        ('{ program = "sudo" }', "sudo ls", "ls sudo"),
        ('{ program = "curl", option = ["-k", "--insecure"] }', "curl -sk https://x", "curl -s https://x -- -k"),
        ("{ program = 'chmod', arguments = ['^[0-7]?777$', '^/srv'] }", "chmod -R 0777 /srv/a", "chmod 777 /opt; chmod 755 /srv"),
        ("{ writes = '^/etc/hosts$' }", "(echo a; echo b) >> /etc/hosts", "cat /etc/hosts > /tmp/x"),
        ("{ writes = '^/etc/hosts$' }", "echo 127.0.0.1 x | tee -a /etc/hosts", "tee /etc/hosts.bak"),
        ("{ program = 'curl', pipe_to = ['sh', 'bash'] }", "curl x | tee log | bash", "curl x > a; bash a"),
        ("{ text = 'npm (i|install) .*shop-old' }", "cd /srv && npm i shop-old", "npm i shop-new"),
        ("{ program = 'curl', unless = { arguments = '^https://intern[.]example/' } }", "curl https://x", "curl https://intern.example/a"),
        ("{ program = 'curl', unless_in_step = { program = 'sha256sum' } }", "curl -O x", "curl -O x && sha256sum -c x.sum"),
        ("[{ program = 'nc' }, { program = 'ncat' }]", "ncat -l 80", "nginx"),
    ],
)
def test_conditions_over_commands(match: str, hit: str, clean: str) -> None:
    [one] = found(match, run(hit), run(clean))
    assert (one.path, one.layer, one.severity, one.details["class"]) == ("history[1]", "layer-1", "high", "network")
    assert (one.title, one.advice, one.description) == ("Not in our shop", "Ask first.", "Not in our shop")


@pytest.mark.parametrize(
    ("match", "place", "config"),
    [
        ("{ instruction = 'USER', text = '^(?:root|0)?$' }", "config.User", {}),
        ("{ instruction = 'ENV', arguments = '^DEBUG=(?:1|true)$' }", "config.Env[DEBUG]", {"Env": ["A=1", "DEBUG=true"]}),
        ("{ instruction = 'EXPOSE', arguments = '^23/' }", "config.ExposedPorts[23/tcp]", {"ExposedPorts": {"23/tcp": {}, "80/tcp": {}}}),
        ("{ instruction = ['ENTRYPOINT', 'CMD'], program = 'supervisord' }", "config.Entrypoint", {"Entrypoint": ["tini", "supervisord"]}),
        ("{ instruction = 'CMD', program = 'npm', arguments = '^dev$' }", "config.Cmd", {"Cmd": ["/bin/sh", "-c", "npm run dev"]}),
        ("{ instruction = 'LABEL', text = '^stage=test$' }", "config.Labels[stage]", {"Labels": {"stage": "test"}}),
    ],
)
def test_conditions_over_effective_settings(match: str, place: str, config: dict[str, Any]) -> None:
    assert [one.path for one in found(match, "USER shop", "ENV DEBUG=1", **config)] == [place]
    assert found(match, "ENV DEBUG=1", "USER root", User="shop") == []


def test_instructions_that_run_nothing() -> None:
    steps = ("COPY --chown=0 . /srv # buildkit", "ADD http://x/a.tar /opt # buildkit", "COPY a /srv/ # buildkit", run("cp . /srv"))
    assert [one.path for one in found("{ instruction = 'COPY', arguments = ['^[.]$', '^/srv'] }", *steps)] == ["history[1]"]
    assert [one.path for one in found("{ instruction = ['ADD', 'COPY'], text = 'http:' }", *steps)] == ["history[2]"]
    assert [one.path for one in found("{ instruction = 'COPY', option = '--chown' }", *steps)] == ["history[1]"]


def test_a_hit_is_one_finding_with_a_steady_identity() -> None:
    first = found("{ program = 'telnet' }", run("telnet a"))
    later = found("{ program = 'telnet' }", run("true"), run("telnet  a"))
    assert [one.id for one in first] == [one.id for one in later]


def test_switched_off() -> None:
    off = "{ program = 'telnet' }\n[rules.shop_rule]\nenabled = false"
    assert found(off, run("telnet a")) == []


@pytest.mark.parametrize(
    ("match", "reason"),
    [("{}", "it needs one of program"), ("[]", "at least 1 item"), ("{ program = 'x', unless = { text = '(' } }", "match.unless.text"),
     ("{ unless = { instruction = 'RUN' } }", "unknown key 'instruction'")],
)  # fmt: skip
def test_refused(match: str, reason: str) -> None:
    problems = rule_choice({"shop.toml": f"{HEAD}match = {match}\n".encode()}).problems[CategoryId.BUILD_COMMAND]
    assert any(reason in one.reason for one in problems), problems
