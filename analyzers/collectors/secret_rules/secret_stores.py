"""Rules of the class `infrastructure`: what opens a store of secrets."""

from __future__ import annotations

import re
from dataclasses import replace

from analyzers.collectors.patterns.rule import Example, Rule
from analyzers.collectors.secret_rules.build import UUID, in_file, token

_INFRA = "infrastructure"

_ACL = re.compile(rb"\btokens[\"']?\s{0,8}[=:]?\s{0,8}\{[^{}]*\Z")


def _outside_acl(value: str, data: bytes, start: int, end: int, path: str) -> bool:
    """Whether a token of one of those names stands in no block `tokens`: `default` and `agent` are names of much else."""
    return not _ACL.search(data, max(0, start - 2048), start + 1)


RULES: tuple[Rule, ...] = (
    token(
        "hashicorp_vault_token",
        _INFRA,
        "HashiCorp Vault token",
        r"hv[sbr]\.[0-9A-Za-z_-]{24,300}",
        "hvs.{base64url:90}",
        "hvb.{base64url:138}",
        "hvs.{base62:24}",
        entropy=3.5,
        checks=("mixed",),
    ),
    token(
        "hashicorp_vault_token",
        _INFRA,
        "HashiCorp Vault token",
        r"(?i:vault[_a-z.\-]{0,20}token)[\"']?\s{0,3}[=:]\s{0,3}[\"']?([sbr]\.[0-9A-Za-z]{24}(?:\.[0-9A-Za-z]{5})?)",
        "VAULT_TOKEN=s.{base62:24}",
        before="",
        inner=True,
        entropy=3.3,
    ),
    token(  # what "operator init" and "login" print
        "hashicorp_vault_token",
        _INFRA,
        "HashiCorp Vault token",
        r"(?:Root Token ?:|root_token[\"']?\s{0,4}:|\ntoken) {1,40}[\"']?([sbr]\.[0-9A-Za-z]{24}(?:\.[0-9A-Za-z]{5})?)",
        "Initial Root Token: s.{base62:24}",
        'X={"root_token": "s.{base62:24}"}',
        before="",
        inner=True,
        entropy=3.3,
        scan=r"(?:Root Token ?:|root_token|\ntoken {1,40}[sbr]\.)",
    ),
    token(  # Vault, AppRole: the half that is kept secret
        "hashicorp_vault_token",
        _INFRA,
        "HashiCorp Vault token",
        rf"(?i:(?:vault|approle|bao)[_a-z.\-]{{0,20}}secret[_\-]?id)[\"']?\s{{0,3}}[=:]\s{{0,3}}[\"']?({UUID})",
        "VAULT_SECRET_ID={uuid}",
        before="",
        inner=True,
    ),
    in_file(
        "hashicorp_vault_token",
        _INFRA,
        "HashiCorp Vault token",
        (r"(?:^|/)\.vault-token$",),
        (Example("root/.vault-token", "s.{base62:24}"), Example("root/.vault-token", "{uuid}")),
        (Example("root/.vault-token", ""), Example("root/.vault-token", "<token>")),
        patterns=(r"^([0-9A-Za-z._-]{20,300})\s{0,4}$",),
    ),
    in_file(
        "ansible_vault_password",
        _INFRA,
        "the password file of Ansible Vault",
        (r"(?:^|/)\.?vault[_-]?pass(?:word)?(?:\.txt|_file)?$",),
        (Example("srv/.vault_pass", "{base62:20}\n"), Example("srv/vault_password.txt", "{hex:32}\n")),
        (Example("srv/.vault_pass", ""), Example("srv/.vault_pass", "#!/bin/sh\nexec pass vault\n")),
        patterns=(r"^([^\s#]{6,200})\s{0,4}$",),
    ),
    token(
        "consul_token",
        _INFRA,
        "Consul or Nomad token",
        rf"(?i:(?:consul|nomad)[a-z_]{{0,16}}token)[\"']?\s{{0,3}}[=:]\s{{0,3}}[\"']?({UUID})",
        "CONSUL_HTTP_TOKEN={uuid}",
        "NOMAD_TOKEN={uuid}",
        before="",
        inner=True,
    ),
    token(
        "doppler_token",
        _INFRA,
        "Doppler token",
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[0-9a-z_-]{2,35}\.)?[0-9A-Za-z]{40,44}",
        "dp.pt.{base62:43}",
        "dp.st.prd.{base62:43}",
        entropy=3.5,
    ),
    token(
        "infisical_token",
        _INFRA,
        "Infisical service token",
        rf"st\.(?:[0-9a-f]{{24}}|{UUID})\.[0-9a-f]{{32}}\.[0-9a-f]{{32}}",
        "st.{hex:24}.{hex:32}.{hex:32}",
        "st.{uuid}.{hex:32}.{hex:32}",
    ),
    token(
        "bitwarden_token",
        _INFRA,
        "Bitwarden Secrets Manager access token",
        rf"0\.{UUID}\.[0-9A-Za-z]{{30}}:[0-9A-Za-z+/]{{22}}==",
        "0.{uuid}.{base62:30}:{base64:16}",
        after=r"(?:[^0-9A-Za-z+/=]|$)",
        entropy=4.0,
    ),
    token(
        "onepassword_secret_key",
        _INFRA,
        "1Password secret key",
        r"A3-[0-9A-Z]{6}-(?:[0-9A-Z]{11}|[0-9A-Z]{6}-[0-9A-Z]{5})-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}",
        "A3-{upper:6}-{upper:11}-{upper:5}-{upper:5}-{upper:5}",
        entropy=3.5,
    ),
    token(
        "onepassword_service_token",
        _INFRA,
        "1Password service account token",
        r"ops_eyJ[0-9A-Za-z+/_-]{250,}={0,3}",
        "ops_eyJ{base62:300}",
        entropy=4.0,
        after="",
    ),
    token(  # Vault, "operator init": shares of 33 bytes, a lone key of 32, in base64 or hexadecimal
        "hashicorp_vault_unseal_key",
        _INFRA,
        "unseal or recovery key of HashiCorp Vault",
        r"(?:(?:Unseal|Recovery) Key \d{1,2}(?: \(\w{1,8}\))? {0,8}: {1,4}"
        r"|(?:unseal|recovery)_keys_(?:b64|hex)[\"']?\s{0,4}:\s{0,8}[\[-]\s{0,8}[\"']?)"
        r"([0-9A-Za-z+/]{43}[0-9A-Za-z+/=]|[0-9a-f]{64}(?:[0-9a-f]{2})?)",
        "Unseal Key 1: {base64:33}",
        'X={"unseal_keys_b64": ["{base64:32}"]}',
        "Recovery Key 2: {hex:66}",
        before="",
        after=r"(?:[^0-9A-Za-z+/=]|$)",
        inner=True,
        entropy=3.0,
        scan=r"(?:Unseal|Recovery) Key |(?:unseal|recovery)_keys_(?:b64|hex)",
    ),
    replace(
        token(  # Consul, agent configuration, acl.tokens; Nomad has no such block
            "consul_token",
            _INFRA,
            "Consul or Nomad token",
            rf"(?:initial_management|initial_bootstrap_token|master|agent|agent_master|agent_recovery|replication|default|config_file_service_registration|dns)"
            rf"[\"']?\s{{0,8}}[=:]\s{{0,8}}[\"']({UUID})",
            'acl { tokens { agent = "{uuid}" } }',
            '"acl": {"tokens": {"default": "{uuid}"}}',
            before=r"(?:^|[^0-9A-Za-z_])",
            inner=True,
            scan=r"\btokens[\"']?\s{0,8}[=:]?\s{0,8}\{",
        ),
        allows=_outside_acl,
    ),
    token(  # what "acl bootstrap" and "acl token create" of both print
        "consul_token",
        _INFRA,
        "Consul or Nomad token",
        rf"Secret ?ID[\"']?\s{{0,12}}[:=]\s{{0,12}}[\"']?({UUID})",
        "SecretID:         {uuid}",
        '"SecretID": "{uuid}"',
        before="",
        inner=True,
        scan=r"Secret ?ID[\"']?\s{0,12}[:=]",
    ),
    token(  # agent configuration before Consul 1.4
        "consul_token",
        _INFRA,
        "Consul or Nomad token",
        rf"acl_(?:master_|agent_|agent_master_|replication_|default_)?token[\"']?\s{{0,8}}[=:]\s{{0,8}}[\"']({UUID})",
        'acl_master_token = "{uuid}"',
        '"acl_agent_token": "{uuid}"',
        before="",
        inner=True,
        scan=r"acl_(?:[a-z]{5,11}_){0,2}token",
    ),
    token(  # Consul and Nomad, "Gossip encryption"; Serf agent, -encrypt
        "gossip_key",
        _INFRA,
        "key of the gossip between servers of Consul, Nomad or Serf",
        r"\b(?:encrypt|(?i:gossip_(?:encryption_)?key))[\"']?\s{0,8}[=: ]\s{0,8}[\"']?([0-9A-Za-z+/]{43}=|[0-9A-Za-z+/]{22}==)",
        'server { encrypt = "{base64:32}" }',
        '"server": true, "encrypt": "{base64:16}"',
        before="",
        after=r"(?:[^0-9A-Za-z+/=]|$)",
        inner=True,
        entropy=3.5,
        keywords=("consul", "nomad", "serf", "gossip", "datacenter", "server", "retry_join", "acl"),
        checks=("mixed_case",),
    ),
)
