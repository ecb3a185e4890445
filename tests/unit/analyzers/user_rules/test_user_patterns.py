"""Patterns of users find what they say, once, in files and in image configurations, and only their own readers are affected."""

from __future__ import annotations

from datetime import date

import orjson

from analyzers.collectors.secrets import Secrets
from analyzers.config import inspect_config
from analyzers.contract import AnalysisInputs, Entry, FileView, PassContext
from analyzers.image import ImageView, Located
from analyzers.rule_choice import rule_choice
from analyzers.sensitive_files import SensitiveFiles
from schemas.facts import ConfigSecret, HistoryStep, Secret
from schemas.findings import Finding
from schemas.vocabulary import CategoryId
from streams.inspection import InspectionSettings

TOKEN = "shop_" + "abcdefghij0123456789"
PATTERN = r"""
[[pattern]]
id = "shop_token"
level = "medium"
class = "saas_token"
title = "Token of the shop"
description = "Opens the shop."
advice = "Call the shop."
references = ["https://shop.example/tokens"]
regex = '''\b(shop_[a-z0-9]{20})\b'''
"""
INPUTS = AnalysisInputs(date(2026, 1, 1))


def found(text: str, rules: str, path: str = "srv/app/a.conf") -> list[Finding]:
    """Findings of one file under rules."""
    files = {"rules.toml": rules.encode()}
    data = text.encode("utf-8", "surrogateescape")
    collector = Secrets(PassContext(b"key", files))
    facts = [*collector.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data)), *collector.finish()]
    view = ImageView("sha256:i", ("sha256:l",), tuple(Located(0, fact) for fact in facts))
    return SensitiveFiles().analyze(view, rule_choice(files).inputs(CategoryId.SENSITIVE_FILE, INPUTS)).findings


def rules_of(text: str, rules: str, path: str = "srv/app/a.conf") -> list[str]:
    return [one.rule for one in found(text, rules, path)]


def test_a_pattern_finds_with_the_users_words() -> None:
    [one] = found(f"x = 1\nkey = {TOKEN}\n", PATTERN)
    assert (one.rule, one.severity, one.line, one.evidence) == ("shop_token", "medium", 2, "shop****")
    assert (one.title, one.description, one.advice) == ("Token of the shop", "Opens the shop.", "Call the shop.")
    assert (one.details["class"], one.details["class_title"]) == ("saas_token", "Service tokens")
    assert one.details["reference"] == "https://shop.example/tokens"
    assert found(f"x = 1\nkey = {TOKEN[:-1]}\n", PATTERN) == []


def test_words_and_level_of_a_rule_need_no_new_reading() -> None:
    def settings(rules: str) -> InspectionSettings:
        return InspectionSettings("home", b"key", {"rules.toml": rules.encode()})

    plain, first = InspectionSettings("home", b"key"), settings(PATTERN)
    worded = settings(PATTERN.replace("Opens", "Unlocks").replace('"medium"', '"low"'))
    assert worded.readers("layer") == first.readers("layer") and worded.readers("config") == first.readers("config")
    assert {name for name, text in worded.rules().items() if text != first.rules()[name]} == {CategoryId.SENSITIVE_FILE}
    changed = settings(PATTERN + "version = 2\n")
    for before, after in ((plain, first), (first, changed)):
        assert {one.partition(".")[0] for one in {*before.readers("layer")} ^ {*after.readers("layer")}} == {"secrets"}
        assert before.readers("config") != after.readers("config")
    named = settings(PATTERN + "files = '[.]env$'\n")
    assert named.readers("layer") != first.readers("layer") and named.readers("config") == plain.readers("config")
    other = settings('[[build_command]]\nid = "b"\ntitle = "t"\nmatch = { program = "x" }\n[rules.jwt]\nenabled = false\n')
    assert other.readers("layer") == plain.readers("layer") and other.readers("config") == plain.readers("config")


def test_a_value_is_found_once_and_the_users_rule_names_it() -> None:
    drawn = "npm_" + "8Kd02mZqYtLw5RxVbN3cHs7JfGp1aUeT6oQi"
    assert rules_of(f"registry_token={TOKEN}\n", PATTERN) == ["shop_token"]
    own = "[[pattern]]\nid = 'mine'\ntitle = 't'\nregex = 'npm_[0-9A-Za-z]{36}'\n"
    assert rules_of(f"password: {drawn}\n", own) == ["mine"]
    part = "[[pattern]]\nid = 'mine'\ntitle = 't'\nregex = 'npm_8K'\n"
    assert rules_of(f"password: {drawn}\n", part) == ["mine", "generic_secret"]
    foreign = "[[rules]]\nid = 'theirs'\nregex = '''shop_[a-z0-9]{20}'''\nkeywords = ['shop_']\n"
    assert rules_of(f"key = {'shop_' + '8d02mqytlw5rxvbn3chs'}\n", PATTERN + foreign) == ["shop_token"]


def test_what_others_wrote_wins_only_over_a_guess() -> None:
    drawn = "glpat-" + "8Kd02mZqYtLw5RxVbN3c"
    foreign = "[[rules]]\nid = 'theirs'\nregex = '''(glpat-[A-Za-z0-9]{20}|shop[A-Z0-9]{16})'''\n"
    assert rules_of(f"token: {drawn}\n", foreign) == rules_of(f"token: {drawn}\n", "") != ["theirs"]
    assert rules_of(f"api_token = {'shop' + 'K3V9X2M7Q1Z8B4T6'}\n", foreign) == ["theirs"]
    assert rules_of(f"api_token = {'shop' + 'K3V9X2EXAMPLE4T6'}\n", foreign) == []


def test_keywords_groups_entropy_and_exceptions() -> None:
    head = "[[pattern]]\nid = 'p'\ntitle = 't'\nregex = '(user|login)=(\\w{6,})'\n"
    text = "SHOP\nuser=abcdef\nlogin=aaaaaa\n"
    assert len(found(text, head + "secret_group = 2\nkeywords = 'shop'\n")) == 2
    assert found(text, head + "keywords = 'mall'\n") == []
    assert [one.line for one in found(text, head + "secret_group = 2\nentropy = 1.0\n")] == [2]
    assert [one.line for one in found(text, head + "secret_group = 2\nallow = '^a{6}$'\n")] == [2]
    assert found(text, head + "allow_files = 'app/'\n") == []
    assert found(text, head + "files = '[.]env$'\n") == []
    assert found(text, head + "files = '[.]env$'\n", "srv/.env") != []


def test_a_keyword_may_stand_far_from_the_value() -> None:
    rule = "[[pattern]]\nid = 'p'\ntitle = 't'\nregex = '''pin: (\\d{8})'''\nkeywords = ['vault']\n"
    assert [one.line for one in found("pin: 20931874\n" + "x\n" * 30_000 + "Vault\n", rule)] == [1]


def test_a_dot_stays_on_its_line_and_letters_beyond_ascii_work() -> None:
    rule = "[[pattern]]\nid = 'p'\ntitle = 't'\nregex = '(?i)пароль: (.{8})'\n"
    assert [one.line for one in found("пароль: 12345678\nпароль: 1234\n5678\n", rule)] == [1]


def test_files_by_their_path_alone() -> None:
    rule = "[[pattern]]\nid = 'shop_wallet'\ntitle = 't'\nfiles = '(?:^|/)wallet[.]dat$'\nallow_files = '^usr/'\n"
    [one] = found("\0\1\2", rule, "srv/wallet.dat")
    assert (one.rule, one.path) == ("shop_wallet", "srv/wallet.dat")
    assert found("x", rule, "usr/wallet.dat") == [] and found("x", rule, "srv/wallet.data") == []


def test_exceptions_of_gitleaks() -> None:
    def rule(exception: str) -> str:
        return f"[[rules]]\nid = 'p'\nregex = '''key=(\\w{{8}})'''\n[[rules.allowlists]]\n{exception}\n"

    text = "key=Kq2vX9zL # note\n"
    assert rules_of(text, rule("stopwords = ['other']")) == ["p"]
    for exception in ("stopwords = ['Q2VX']", "regexTarget = 'line'\nregexes = ['note$']", "regexTarget = 'match'\nregexes = ['^key=']"):
        assert rules_of(text, rule(exception)) == []
    both = "condition = 'AND'\npaths = ['{}']\nregexes = ['^Kq']"
    assert rules_of(text, rule(both.format("conf$"))) == []
    assert rules_of(text, rule(both.format("md$"))) == ["p"]


def test_patterns_look_into_image_configurations_and_mask_there() -> None:
    document = {"config": {"Env": [f"SHOP={TOKEN}"]}, "history": [{"created_by": f"RUN login {TOKEN}"}]}
    facts = inspect_config(orjson.dumps(document), PassContext(b"key", {"rules.toml": PATTERN.encode()}))
    [secret] = [one for one in facts if isinstance(one, ConfigSecret)]
    assert (secret.place, secret.rule, secret.excerpt) == ("config.Env[SHOP]", "shop_token", "shop****")
    assert [one.created_by for one in facts if isinstance(one, HistoryStep)] == ["RUN login shop****"]


def test_switches_and_levels_of_own_patterns() -> None:
    text = f"key = {TOKEN}\n"
    assert found(text, PATTERN + "[rules.shop_token]\nenabled = false\n") == []
    assert [one.severity for one in found(text, PATTERN + "[rules.shop_token]\nlevel = 'high'\n")] == ["high"]
    assert [one.severity for one in found(text, PATTERN, "srv/tests/a.conf")] == ["low"]


def test_a_fact_whose_rule_went_is_no_finding() -> None:
    fact = Secret(path="a", rule="gone", value_id="1", level="high")  # type: ignore[arg-type]
    assert SensitiveFiles().analyze(ImageView("i", ("l",), (Located(0, fact),)), INPUTS).findings == []


def test_a_built_in_id_is_not_taken_over() -> None:
    own = "[[pattern]]\nid = 'npm_token'\ntitle = 'Mine'\nregex = 'shop_[a-z0-9]{20}'\n"
    assert rules_of(f"x: {TOKEN}\n", own) == []
    [problem] = rule_choice({"rules.toml": own.encode()}).problems[CategoryId.SENSITIVE_FILE]
    assert problem.lost and "built-in" in problem.reason
