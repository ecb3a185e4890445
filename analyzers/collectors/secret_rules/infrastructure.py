"""Rules of the class `infrastructure`: clusters, secret stores, provisioning, monitoring, networks."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import Example, Rule
from analyzers.collectors.secret_rules.build import in_file, named, token

_INFRA = "infrastructure"
_KUBE = "apiVersion: v1\nkind: Config\nclusters:\n- name: a\n  cluster: {server: https://k.example.org}\nusers:\n- name: a\n  user:\n"
_STATE = '{"version": 4, "serial": 3, "outputs": {}, "resources": [{"type": "db", "name": "d", "instances": [{"attributes": {}}]}]}'

RULES: tuple[Rule, ...] = (
    in_file(
        "kubeconfig",
        _INFRA,
        "a kubeconfig with a login to a cluster",
        (),
        (
            Example("root/.kube/config", _KUBE + "    token: {jwt}\n"),
            Example("etc/kubernetes/admin.conf", _KUBE + "    password: {base62:20}\n    username: admin\n"),
        ),
        (
            Example("root/.kube/config", _KUBE + "    exec: {apiVersion: client.authentication.k8s.io/v1, command: login}\n"),
            Example("root/.kube/config", _KUBE + "    token: ${TOKEN}\n"),
        ),
    ),
    in_file(
        "kubernetes_secret",
        _INFRA,
        "a manifest of a Kubernetes Secret with its values",
        (),
        (
            Example("srv/s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  password: {base64:24}\n"),
            Example("srv/s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  api-token: {base62:32}\n"),
        ),
        (
            Example("srv/s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {}\n"),
            Example("srv/s.yaml", "kind: Secret\nstringData:\n  password: changeme\n"),
        ),
        rank=91,
        version=2,
    ),
    in_file(
        "service_account_token",
        _INFRA,
        "the token of a Kubernetes service account",
        (r"(?:^|/)secrets/kubernetes\.io/serviceaccount/(?:\.\.[^/]+/)?token$",),
        (
            Example("var/run/secrets/kubernetes.io/serviceaccount/token", "{jwt}"),
            Example("run/secrets/kubernetes.io/serviceaccount/token", "{jwt}\n"),
        ),
        (
            Example("run/secrets/kubernetes.io/serviceaccount/token", ""),
            Example("run/secrets/kubernetes.io/serviceaccount/token", "<token>\n"),
        ),
        patterns=(r"^(eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{20,})",),
    ),
    in_file(
        "kubernetes_dashboard_cred",
        _INFRA,
        "credentials of the Kubernetes dashboard",
        (r"(?:^|/)(?:kubernetes|k8s)-dashboard[^/]*$", r"(?:^|/)dashboard-(?:token|admin|user)[^/]*$"),
        (
            Example("srv/kubernetes-dashboard.yaml", "kind: Secret\ndata:\n  csrf: {base64:256}\n  token: {jwt}\n"),
            Example("srv/dashboard-token.txt", "{jwt}\n"),
        ),
        (Example("srv/kubernetes-dashboard.yaml", "kind: Deployment\n"), Example("srv/dashboard-token.txt", "<token>\n")),
        patterns=(
            r"(eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{20,})",
            r"(?:^|\n)\s{0,8}(?:token|csrf|private_key|password):\s{1,4}[\"']?([0-9A-Za-z+/=_-]{16,1000})",
        ),
    ),
    token(
        "hashicorp_terraform_token",
        _INFRA,
        "Terraform Cloud API token",
        r"[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_=-]{60,70}",
        "{base62:14}.atlasv1.{base62:67}",
        entropy=3.8,
    ),
    in_file(
        "terraform_state",
        _INFRA,
        "a Terraform state with credentials among its attributes",
        (),
        (
            Example("srv/terraform.tfstate", _STATE.replace('"attributes": {}', '"attributes": {"password": "{base62:18}"}')),
            Example("srv/prod.tfstate", _STATE.replace('"outputs": {}', '"outputs": {"db": {"value": "{base62:20}", "sensitive": true}}')),
        ),
        (Example("srv/terraform.tfstate", _STATE), Example("srv/terraform.tfstate", '{"version": 4, "outputs": {}, "resources": []}')),
    ),
    token("pulumi_token", _INFRA, "Pulumi access token", r"pul-[0-9a-f]{40}", "pul-{hex:40}"),
    token(
        "databricks_token",
        _INFRA,
        "Databricks access token",
        r"(?:dapi|dose|dkea)[0-9a-f]{32}(?:-\d)?",
        "dapi{hex:32}",
        "dose{hex:32}",
        "dapi{hex:32}-2",
    ),
    token(
        "planetscale_token",
        _INFRA,
        "PlanetScale service token",
        r"pscale_(?:tkn|oauth)_[0-9A-Za-z_.=-]{32,64}",
        "pscale_tkn_{base64url:43}",
        entropy=3.2,
        after=r"(?:[^0-9A-Za-z_.=-]|$)",
    ),
    token(
        "planetscale_passwd",
        _INFRA,
        "PlanetScale database password",
        r"pscale_pw_[0-9A-Za-z_.=-]{32,64}",
        "pscale_pw_{base64url:43}",
        entropy=3.2,
        after=r"(?:[^0-9A-Za-z_.=-]|$)",
    ),
    named("fastly_cdn_token", _INFRA, "Fastly API token", "fastly", r"[0-9A-Za-z_-]{32}", "{base64url:32}", entropy=3.6, ignore_case=False),
    token(
        "rancher_token",
        _INFRA,
        "Rancher API token",
        r"token-[0-9a-z]{5}:[0-9a-z]{54}",
        "token-{lower:5}:{lower:54}",
        entropy=4.0,
        checks=("mixed",),
    ),
)
