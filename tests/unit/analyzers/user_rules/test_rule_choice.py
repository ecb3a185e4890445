"""What the user's files come to for each category: switches, levels, problems, and when a category must look again."""

from __future__ import annotations

from datetime import date

from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView, Located
from analyzers.malicious_samples import MaliciousSamples
from analyzers.rule_choice import RULED, RuleChoice, built_in_keys, rule_choice
from analyzers.rule_list import every_rule
from analyzers.user_rules.hash_lists import read_lists
from analyzers.user_rules.load import Problem
from schemas.facts import Sample
from schemas.vocabulary import CategoryId, ScanState
from streams.analysis import report_of
from streams.inspection import InspectionSettings

INPUTS = AnalysisInputs(date(2026, 1, 1))
ITEM = '[[baseline]]\nid = "{}"\ntitle = "t"\ncheck = "user"\nregex = "^root$"\nexpect = "absent"\n'


def choice(text: str, **files: bytes) -> RuleChoice:
    return rule_choice({"shop.toml": text.encode(), **{name.replace("_", "."): content for name, content in files.items()}})


def off(*keys: str) -> str:
    return "".join(f'[rules."{key}"]\nenabled = false\n' for key in keys)


def test_every_listed_rule_has_a_key_that_can_be_switched() -> None:
    for one in every_rule():
        assert one.rule in built_in_keys()[CategoryId(one.category)], one


def test_a_switch_concerns_the_category_of_its_rule_only() -> None:
    plain, switched = InspectionSettings("home", b"key"), InspectionSettings("home", b"key", {"a.toml": off("permit_root_login").encode()})
    changed = {name for name, text in switched.rules().items() if text != plain.rules()[name]}
    assert changed == {CategoryId.BASELINE}
    assert switched.readers("layer") == plain.readers("layer") and switched.readers("config") == plain.readers("config")
    assert switched.choice.inputs(CategoryId.BASELINE, INPUTS).disabled == {"permit_root_login"}
    assert switched.choice.inputs(CategoryId.BUILD_COMMAND, INPUTS) == INPUTS


def test_all_four_categories_have_switches() -> None:
    keys = {"permit_root_login", "Miner", "npm_token", "pipe_to_shell", "shop_rule"}
    made = choice(off(*keys), shop_yar=b"private rule x { condition: true }\nrule shop_rule : tag { condition: true }")
    assert {category: set(made.disabled[category]) for category in RULED} == {
        CategoryId.BASELINE: {"permit_root_login"}, CategoryId.MALICIOUS_SAMPLE: {"Miner", "shop_rule"},
        CategoryId.SENSITIVE_FILE: {"npm_token"}, CategoryId.BUILD_COMMAND: {"pipe_to_shell"},
    }  # fmt: skip
    assert not any(made.problems.values())


def test_unknown_keys_and_levels_are_named_and_cost_nothing() -> None:
    made = choice('[rules.permit_root_logn]\nenabled = false\n[rules.Miner]\nlevel = "high"\n[rules.npm_token]\nlevel = "low"\n')
    assert made.levels == {CategoryId.SENSITIVE_FILE: {"npm_token": "low"}}
    named = {category: [str(one) for one in problems] for category, problems in made.problems.items()}
    unknown = "shop.toml:1: permit_root_logn: no rule has this key: did you mean permit_root_login?"
    assert named[CategoryId.BASELINE] == [unknown]
    assert named[CategoryId.MALICIOUS_SAMPLE] == [unknown, "shop.toml:3: Miner: the level must be one of urgent, suspicious, notice"]
    assert not any(one.lost for problems in made.problems.values() for one in problems)


def test_an_id_that_is_taken_is_refused() -> None:
    made = choice(ITEM.format("permit_root_login") + ITEM.format("shop_root"))
    assert [one.id for one in made.rules.baseline] == ["shop_root"]
    [problem] = made.problems[CategoryId.BASELINE]
    assert (problem.line, problem.lost) == (1, True) and "built-in rule" in problem.reason
    assert not made.problems[CategoryId.BUILD_COMMAND]


def test_what_makes_a_category_look_again() -> None:
    first = choice(ITEM.format("shop_root"))
    assert [category for category in RULED if first.text(category)] == [CategoryId.BASELINE]
    raised = choice(ITEM.format("shop_root") + "version = 2\n")
    assert raised.text(CategoryId.BASELINE) != first.text(CategoryId.BASELINE)
    assert choice("# a comment\n" + ITEM.format("shop_root")).text(CategoryId.BASELINE) == first.text(CategoryId.BASELINE)
    assert choice("").text(CategoryId.BASELINE) == ""


def test_a_rule_that_cannot_run_makes_its_category_partial() -> None:
    made = choice(ITEM.format("shop_root").replace("user", "usr"))
    view = ImageView("sha256:image", (), ())
    report = report_of(MaliciousSamples, view, made.inputs(CategoryId.MALICIOUS_SAMPLE, INPUTS))
    assert (report.state, report.skipped) == (ScanState.SUCCEEDED, [])
    lost = AnalysisInputs(INPUTS.today, rule_problems=made.problems[CategoryId.BASELINE])
    report = report_of(MaliciousSamples, view, lost)
    assert report.state is ScanState.PARTIAL and report.reason.startswith("unreadable: shop.toml:1: shop_root: check must be one of")
    assert [one.reason for one in report.skipped] == [report.reason]
    unreadable = rule_choice({}, (Problem("big.yar", 0, "too large"), Problem("/gone", 0, "the folder does not exist")))
    assert [len(unreadable.problems[category]) for category in RULED] == [1, 2, 1, 1]


def test_switches_of_samples_name_types_and_rules() -> None:
    facts = [
        Sample(path="a", type="Miner", score=90, source="yara", rule="mine", sha256="1"),
        Sample(path="a", type="Trojan", score=90, source="yara", rule="horse", sha256="1"),
        Sample(path="b", type="Rootkit", score=75, source="heuristic", rule="preload_library:/x.so", sha256="2"),
        Sample(path="c", type="Miner", score=90, source="yara", rule="mine", sha256="3" * 64),
    ]  # fmt: skip
    view = ImageView("sha256:image", ("sha256:l",), tuple(Located(0, one) for one in facts))

    def found(*disabled: str, **levels: str) -> list[tuple[str, str, str]]:
        trusted = read_lists({"trusted.txt": b"3" * 64})
        inputs = AnalysisInputs(INPUTS.today, disabled=frozenset(disabled), levels=levels, hash_lists=trusted)
        return [(one.path, one.rule, one.severity) for one in MaliciousSamples().analyze(view, inputs).findings]

    assert found() == [("a", "Trojan", "urgent"), ("b", "Rootkit", "suspicious")]
    assert found("Trojan", "preload_library") == [("a", "Miner", "urgent")]
    assert found("horse", "mine", "RiskWare") == found()[1:]
    assert found("Trojan", "Rootkit", mine="notice", Miner="suspicious") == [("a", "Miner", "notice")]
