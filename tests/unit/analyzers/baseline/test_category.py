"""The category as a whole: which items there are, strategies, levels, identities, silence, completeness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from analyzers.baseline import ITEMS, Baseline, State, evaluate
from analyzers.image import Located
from analyzers.registry import CATEGORIES, COLLECTORS
from schemas.facts import Skipped
from schemas.vocabulary import ScanState
from tests.unit.analyzers.baseline.pictures import INPUTS, OWN, read, view_of

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


def test_strategies_disabled_items_and_levels() -> None:
    view = view_of(RISKY)
    default, full = evaluate(view, replace(INPUTS, strategy="default")), evaluate(view, INPUTS)
    off = {item.rule for item in ITEMS if not item.default}
    assert {one.item.rule for one in full} - {one.item.rule for one in default} == off == {
        f"forbidden_package.{key}" for key in ("netcat", "gdb", "strace", "sudo", "compilers")
    }  # fmt: skip
    inputs = replace(INPUTS, disabled=frozenset({"nonroot_uid0"}), levels={"duplicate_uid": "low"})
    found = {finding.rule: finding.severity for finding in Baseline().analyze(view, inputs).findings}
    assert "nonroot_uid0" not in found and found["duplicate_uid"] == "low"


def test_outcomes_tell_what_did_not_apply() -> None:
    states = {one.item.rule: one.state for one in evaluate(view_of(RISKY), INPUTS)}
    assert states["nonroot_uid0"] is State.FAILED
    assert states["permit_empty_passwords"] is State.PASSED
    assert states["hc_image_exploit.mongodb"] is State.NOT_APPLICABLE


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
    other = Located(0, Skipped(path="a", collector="secrets", reason="file_too_large"))
    report = Baseline().analyze(replace(view_of(RISKY), facts=(budget, other)), INPUTS)
    assert report.state is ScanState.SUCCEEDED and [one.path for one in report.skipped] == ["etc/shadow"]
    assert Baseline().analyze(replace(view_of({}), partial=("truncated_layer",)), INPUTS).state is ScanState.PARTIAL
