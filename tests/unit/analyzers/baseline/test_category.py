"""The category as a whole: which items there are, strategies, levels, identities, silence, completeness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyzers.baseline import ITEMS, Baseline, Selection, evaluate
from analyzers.baseline.system import System
from analyzers.contract import AnalysisInputs
from analyzers.image import Located
from analyzers.registry import CATEGORIES, COLLECTORS
from schemas.facts import Account, Skipped
from schemas.vocabulary import ItemState, Reason, ScanState
from tests.unit.analyzers.baseline.pictures import INPUTS, OWN, outcome_of, read, view_of

LISTED = {
    "identification": "duplicate_uid duplicate_pwd_hash non_pwd_user nonroot_uid0 duplicate_gid root_gid_not_0 group_missing "
    "legacy_plus_entry privileged_group_member shadow_group_member hash_in_passwd weak_hash_algorithm "
    "preset_root_password password_no_expiry "
    "password_changed_in_future system_account_can_login host_trust preset_root_trust sudo_nopasswd_all",
    "weak_password": "system redis tomcat rsync svn htpasswd vnc",
    "ak_leak": "ak_leak",
    "hc_image_exploit": "elasticsearch couchdb redis mongodb memcached zookeeper hadoop kubelet etcd docker_api jenkins rsync influxdb "
    "solr jupyter postgres_trust mysql_skip_grants ftp_anonymous tomcat_manager nfs_exports rabbitmq_guest",
    "service_config": "permit_root_login permit_empty_passwords baked_host_keys password_authentication weak_crypto server_present "
    "autoindex alias_traversal weak_tls server_tokens indexes server_status trace ajp_open default_apps listings "
    "allow_url_include display_errors "
    "java_debug_port framework_debug_mode ld_so_preload unsigned_repository tls_check_off",
    "file_permission": "passwd_or_shadow_mode private_key_mode world_writable_file world_writable_dir_without_sticky unexpected_setuid "
    "dangerous_file_capability writable_path_entry",
    "forbidden_package": "telnet_server rsh_server xinetd tftp_server nis ssh_server nmap tcpdump netcat gdb strace sudo compilers",
    "lifecycle": "distribution_eol runtime_eol distribution_eol_within_90_days",
}
RISKY: dict[str, Any] = {
    "etc/passwd": "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n",
    "etc/redis/redis.conf": "requirepass foobared\n",
    "etc/shadow": {"text": "root:$1$abcdefgh$6MaGht7u9jedpAmdkN5e50:19000:0:90:7:::\n", "mode": 0o600},
    "etc/ssh/sshd_config": "PermitRootLogin yes\n",
}


def test_every_item_of_the_list_is_there_once() -> None:
    assert [item.rule for item in ITEMS] == list(dict.fromkeys(item.rule for item in ITEMS))
    for group, keys in LISTED.items():
        assert {item.rule.rpartition(".")[2] for item in ITEMS if item.group == group} == set(keys.split()), group
    assert {item.group for item in ITEMS} == set(LISTED)


def test_items_can_be_read() -> None:
    for item in ITEMS:
        assert item.title and item.advice and item.level in ("high", "medium", "low"), item.rule


def test_registered() -> None:
    assert Baseline in CATEGORIES and set(OWN) <= set(COLLECTORS)


def test_findings_carry_identity_and_place() -> None:
    report = Baseline().analyze(view_of(RISKY), replace(INPUTS, strategy="default"))
    assert report.state is ScanState.SUCCEEDED
    found = {finding.rule: finding for finding in report.findings}
    one = found["permit_root_login"]
    assert (one.path, one.line, one.layer, one.severity, one.details["class"]) == (
        "etc/ssh/sshd_config",
        1,
        "sha256:1",
        "high",
        "service_config",
    )
    assert one.advice and one.description and one.evidence == "permitrootlogin yes"
    assert len({finding.id for finding in report.findings}) == len(report.findings)
    moved = view_of({**RISKY, "etc/ssh/sshd_config": "\n\n# comment\nPermitRootLogin yes\n"})
    again = {finding.rule: finding for finding in Baseline().analyze(moved, INPUTS).findings}["permit_root_login"]
    assert again.id == one.id and again.line == 4


def running(inputs: AnalysisInputs) -> set[str]:
    return {one.item.rule for one in evaluate(view_of(RISKY), inputs) if one.state is not ItemState.OFF}


def test_strategies_disabled_items_and_levels() -> None:
    default, full = running(replace(INPUTS, strategy="default")), running(INPUTS)
    off = {item.rule for item in ITEMS if not item.default}
    assert full - default == off == {f"forbidden_package.{key}" for key in ("netcat", "gdb", "strace", "sudo", "compilers")}
    inputs = replace(INPUTS, disabled=frozenset({"nonroot_uid0"}), levels={"duplicate_uid": "low"})
    report = Baseline().analyze(view_of(RISKY), inputs)
    found = {finding.rule: finding.severity for finding in report.findings}
    assert "nonroot_uid0" not in found and found["duplicate_uid"] == "low"
    told = {one.item: one for one in report.items}
    assert (told["nonroot_uid0"].state, told["nonroot_uid0"].reason) == ("off", "It is switched off.")
    assert (told["duplicate_uid"].state, told["duplicate_uid"].level, told["duplicate_uid"].hits) == ("failed", "low", 1)


def test_chosen_items_classes_and_parts() -> None:
    """They take the place of the strategy; `disabled` still counts. The text of the scan row tells one choice from another."""
    chosen = frozenset({"forbidden_package.gdb", "lifecycle", "service_config.ssh"})
    ran = running(replace(INPUTS, chosen=chosen, strategy="default", disabled=frozenset({"runtime_eol"})))
    assert ran == {
        "forbidden_package.gdb", "distribution_eol", "distribution_eol_within_90_days", "permit_root_login", "permit_empty_passwords",
        "baked_host_keys", "password_authentication", "weak_crypto", "server_present",
    }  # fmt: skip
    one, other = Selection(chosen=frozenset({"sudo_nopasswd_all"})), Selection(chosen=frozenset({"host_trust"}))
    assert str(one) != str(other) and str(one).endswith(f", 1 of {len(ITEMS)} items")
    assert str(Selection("full")) == f"full, {len(ITEMS)} of {len(ITEMS)} items"


def test_a_chosen_item_that_is_none_is_told() -> None:
    assert Selection(chosen=frozenset({"lifecycle", "lifecycel", "service_config.ssh"})).unknown == ["lifecycel"]
    report = Baseline().analyze(view_of(RISKY), replace(INPUTS, chosen=frozenset({"lifecycel", "lifecycle"})))
    assert report.state is ScanState.PARTIAL and report.reason == "unknown item lifecycel"


def test_outcomes_tell_what_did_not_apply() -> None:
    outcomes = {one.item.rule: one for one in evaluate(view_of(RISKY), INPUTS)}
    assert outcomes["nonroot_uid0"].state is ItemState.FAILED
    assert outcomes["permit_empty_passwords"].state is ItemState.PASSED
    absent = outcomes["hc_image_exploit.mongodb"]
    assert (absent.state, absent.reason) == (ItemState.NOT_APPLICABLE, "MongoDB was not found.")


def test_nothing_applies_to_services_that_are_not_there() -> None:
    """An image with hardly anything in it: what passes is what holds for every file system."""
    outcomes = evaluate(view_of({"etc/passwd": "root:x:0:0::/root:/bin/sh\n"}), INPUTS)
    passed = {one.item.group for one in outcomes if one.state is ItemState.PASSED}
    assert passed == {"identification", "ak_leak", "service_config", "file_permission"}
    assert {one.item.rule for one in outcomes if one.state is ItemState.PASSED and one.item.group == "service_config"} == {"ld_so_preload"}
    assert all(one.reason for one in outcomes if one.state is ItemState.NOT_APPLICABLE)
    clients = {"$packages": dict.fromkeys(("rsync", "redis-tools", "nfs-common", "docker-cli", "openssh-client", "mysql-client"), "1")}
    exploits = {one.state for one in evaluate(view_of(clients), INPUTS) if one.item.group == "hc_image_exploit"}
    assert exploits == {ItemState.NOT_APPLICABLE}  # a client is no server


def test_what_could_not_be_read_does_not_pass() -> None:
    """A gap concerns the items that learn from what was missed, and no others."""
    gaps = {
        "etc/mongod.conf": ("services", {"hc_image_exploit.mongodb"}),
        "var/lib/rpm/rpmdb.sqlite": ("rpm", {item.rule for item in ITEMS if "packages" in item.need.reads}),
        "etc/nginx/nginx.conf": ("web_servers", {"autoindex", "alias_traversal", "weak_tls", "server_tokens"}),
        "srv/large.conf": ("services", set[str]()),
    }
    for path, (collector, concerned) in gaps.items():
        gap = Located(0, Skipped(path=path, collector=collector, reason="file_too_large"))
        outcomes = evaluate(replace(view_of({}), facts=(gap,)), INPUTS)
        assert {one.item.rule for one in outcomes if one.state is ItemState.NOT_EVALUATED} == concerned, path
        assert all(one.reason == f"{path}: file_too_large" for one in outcomes if one.state is ItemState.NOT_EVALUATED)
    whole = evaluate(replace(view_of(RISKY), partial=("truncated_layer: x",)), INPUTS)
    assert {one.state for one in whole} == {ItemState.FAILED, ItemState.NOT_EVALUATED}


def test_guesses_that_were_left_out_are_told() -> None:
    def state(reason: str) -> tuple[ItemState, str]:
        gap = Located(0, Skipped(path="etc/shadow", collector="accounts", reason=reason))
        view = view_of({"etc/shadow": "root:$1$abcdefgh$6MaGht7u9jedpAmdkN5e50:19000:0:90:7:::\n"})
        strong = tuple(Located(0, fact.model_copy(update={"weak": ""})) for _, fact in view.every(Account))
        outcomes = {one.item.rule: one for one in evaluate(replace(view, facts=(*strong, gap)), INPUTS)}
        assert outcomes["weak_hash_algorithm"].state is ItemState.FAILED and not outcomes["weak_hash_algorithm"].reason
        return outcomes["weak_password.system"].state, outcomes["weak_password.system"].reason

    some = "timeout: 3 of 20 guesses against a bcrypt hash fitted into the budget (account root)"
    assert state(some) == (ItemState.PASSED, f"etc/shadow: {some}")
    assert state(some.replace("3 of", "0 of"))[0] is ItemState.NOT_EVALUATED
    assert state("unreadable: no libcrypt on this system (account root)")[0] is ItemState.NOT_EVALUATED


def test_a_crash_costs_one_item(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(system: System) -> bool:
        raise ZeroDivisionError("x")

    first = replace(ITEMS[0], need=replace(ITEMS[0].need, test=broken), find=lambda system: ())
    monkeypatch.setattr("analyzers.baseline.selection.ITEMS", (first, *ITEMS[1:]))
    report = Baseline().analyze(view_of(RISKY), INPUTS)
    assert report.items[0].state == "not evaluated" and report.items[0].reason.startswith(Reason.DETECTOR_CRASHED)
    assert report.state is ScanState.PARTIAL and [one.state for one in report.items].count("not evaluated") == 1


def test_no_secret_becomes_a_fact() -> None:
    files = {
        "etc/shadow": "a:$6$Ym9sPq1z$zayT5bmjq3EKn57eIvDFavdtVwnKRNIRxeEdxWdKDHM22NYC.6LCRubGcF0os/EqWD6OnLHoE3IOZb0RraYcf1:1:::::\n",
        "etc/redis/redis.conf": "requirepass Zq8-kxTm2r-41\nuser app on >Zq8-kxTm2r-42 ~*\n",
        "opt/couchdb/etc/local.ini": "[admins]\nadmin = Zq8-kxTm2r-43\n",
        "opt/tomcat/conf/tomcat-users.xml": '<tomcat-users><user username="u" password="Zq8-kxTm2r-44" roles="a"/></tomcat-users>',
        "etc/rsyncd.secrets": "u:Zq8-kxTm2r-45\n",
        "root/.jupyter/jupyter_server_config.py": "c.ServerApp.password = 'Zq8-kxTm2r-46'\n",
        "etc/rabbitmq/rabbitmq.conf": "default_pass = Zq8-kxTm2r-47\n",
        "opt/tomcat/conf/server.xml": '<Connector protocol="AJP/1.3" secret="Zq8-kxTm2r-48"/>',
        "root/.ssh/authorized_keys": 'command="Zq8-kxTm2r-49" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHJ2c1Zb0mT6nK5lq3yq8wq5\n',
        "etc/apt/sources.list": "deb [trusted=yes] http://u:Zq8-kxTm2r-50@deb.example.org/ a b\n",
        "etc/sudoers": "Defaults mailto=Zq8-kxTm2r-51\n",
        "srv/svn/conf/passwd": "[users]\nu = Zq8-kxTm2r-52\n",
        "srv/.env": "SECRET=Zq8-kxTm2r-53\nAPP_DEBUG=true\n",
        "start.sh": "redis-server --requirepass Zq8-kxTm2r-55\nelasticsearch -E bootstrap.password=Zq8-kxTm2r-56\n",
        "etc/supervisord.conf": "[program:j]\ncommand=jupyter lab --ServerApp.token=Zq8-kxTm2r-57 --ServerApp.password Zq8-kxTm2r-58\n",
        "etc/default/kubelet": "ARGS=--anonymous-auth=true --token=Zq8-kxTm2r-54\n",
    }
    result = read(files, OWN)
    assert {fact.path for fact in result.facts} >= set(files) - {"etc/sudoers"}
    text = "".join(fact.model_dump_json() for fact in result.facts)
    assert "Zq8-kxTm2r" not in text and "zayT5bmj" not in text


def test_gaps_make_a_scan_partial() -> None:
    view = view_of({"etc/mongod.conf": "net: [unclosed\n"})
    report = Baseline().analyze(view, INPUTS)
    assert report.state is ScanState.PARTIAL and report.reason.startswith("unreadable") and report.skipped[0].path == "etc/mongod.conf"
    budget = Located(0, Skipped(path="etc/shadow", collector="accounts", reason="timeout: 3 of 20 guesses"))
    other = Located(0, Skipped(path="a", collector="samples", reason="file_too_large"))
    report = Baseline().analyze(replace(view_of(RISKY), facts=(budget, other)), INPUTS)
    assert report.state is ScanState.SUCCEEDED and [one.path for one in report.skipped] == ["etc/shadow"]
    assert Baseline().analyze(replace(view_of({}), partial=("truncated_layer",)), INPUTS).state is ScanState.PARTIAL


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        ("sudo_nopasswd_all", "etc/sudoers", "# %wheel ALL=(ALL) NOPASSWD: ALL\n"),
        ("weak_password.tomcat", "opt/tomcat/conf/tomcat-users.xml", "<tomcat-users><!-- <user/> --></tomcat-users>"),
        ("ajp_open", "opt/tomcat/conf/server.xml", '<Server port="8005">\n<!-- AJP -->\n<Service name="Catalina"/></Server>'),
        ("allow_url_include", "etc/php.ini", "memory_limit = 128M\n"),
        ("hc_image_exploit.mysql_skip_grants", "etc/mysql/conf.d/a.cnf", "[mysqld]\nport = 3306\n"),
        ("hc_image_exploit.ftp_anonymous", "etc/proftpd/proftpd.conf", "Port 21\n"),
    ],
)
def test_a_file_that_sets_nothing_of_interest_lets_an_item_pass(rule: str, path: str, text: str) -> None:
    assert outcome_of(rule, {path: text}).state is ItemState.PASSED
    assert outcome_of(rule, {"srv/" + path.rpartition("/")[2] + ".txt": text}).state is ItemState.NOT_APPLICABLE
