"""Rules of the class `cloud_key`: providers of servers, platforms that run what is pushed to them, hosted databases."""

from __future__ import annotations

from dataclasses import replace

from analyzers.collectors.patterns.checksums import decode_base64
from analyzers.collectors.patterns.rule import Example, Rule
from analyzers.collectors.secret_rules.build import UUID, in_file, named, token

_CLOUD = "cloud_key"


def _no_tunnel(value: str, data: bytes, start: int, end: int, path: str) -> bool:
    raw = decode_base64(value) or b""
    return not (b'"t":"' in raw and b'"s":"' in raw)


RULES: tuple[Rule, ...] = (
    token(
        "digitalocean_token",
        _CLOUD,
        "DigitalOcean access token",
        r"do[opr]_v1_[0-9a-f]{64}",
        "dop_v1_{hex:64}",
        "doo_v1_{hex:64}",
        "dor_v1_{hex:64}",
    ),
    token(
        "digitalocean_spaces_key",
        _CLOUD,
        "DigitalOcean Spaces access key",
        r"DO(?:00|801)[0-9A-Z]{15,18}",
        "DO00{upper:16}",
        entropy=3.2,
        identifier=True,
        keywords=("space", "digitalocean", "access"),
    ),
    in_file(
        "digital_ocean_tugboat",
        _CLOUD,
        "a configuration file of tugboat, a DigitalOcean client",
        (r"(?:^|/)\.tugboat$",),
        (
            Example("root/.tugboat", "authentication:\n  access_token: {hex:64}\n"),
            Example("home/a/.tugboat", "authentication:\n  api_key: {hex:32}\n"),
        ),
        (Example("root/.tugboat", "authentication:\n  access_token:\n"), Example("root/.tugboat", "ssh:\n  ssh_user: root\n")),
        patterns=(r"(?:access_token|api_key|client_key):\s{0,4}[\"']?([0-9a-zA-Z_]{24,80})",),
    ),
    token("heroku_api_key", _CLOUD, "Heroku API key", r"HRKU-[0-9A-Za-z_-]{58,66}", "HRKU-AA{base62:58}", entropy=3.5),
    named("heroku_api_key", _CLOUD, "Heroku API key", "heroku", UUID, "{uuid}"),
    token(
        "scaleway_secret_key",
        _CLOUD,
        "Scaleway secret key",
        r"(?i:scw_secret_key|scaleway[_a-z]{0,20}(?:secret|token))[\"']?\s{0,3}[=:]\s{0,3}[\"']?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
        "SCW_SECRET_KEY={uuid}",
        before="",
        inner=True,
    ),
    named("linode_token", _CLOUD, "Linode (Akamai) access token", "linode", r"[0-9a-f]{64}", "{hex:64}"),
    named("vultr_api_key", _CLOUD, "Vultr API key", "vultr", r"[0-9A-Z]{36}", "{upper:36}", ignore_case=False),
    named(
        "hetzner_token",
        _CLOUD,
        "Hetzner Cloud API token",
        "hcloud|hetzner",
        r"[0-9A-Za-z]{64}",
        "{base62:64}",
        entropy=4.0,
        ignore_case=False,
    ),
    named(
        "exoscale_secret", _CLOUD, "Exoscale API secret", "exoscale", r"[0-9A-Za-z_-]{43}", "{base64url:43}", entropy=4.0, ignore_case=False
    ),
    named("ovh_secret", _CLOUD, "OVHcloud application secret", "ovh", r"[0-9A-Za-z]{32}", "{base62:32}", entropy=3.6, ignore_case=False),
    token(
        "flyio_token",
        _CLOUD,
        "Fly.io access token",
        r"fo1_[0-9A-Za-z_-]{43}|fm[12][ar]?_[0-9A-Za-z+/]{100,}={0,3}",
        "fo1_{base64url:43}",
        "fm2_{base62:180}",
        after=r"(?:[^0-9A-Za-z_/+=-]|$)",
        entropy=3.8,
    ),
    token("cloudflare_origin_key", _CLOUD, "Cloudflare origin CA key", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}", "v1.0-{hex:24}-{hex:146}"),
    named(
        "cloudflare_api_token",
        _CLOUD,
        "Cloudflare API token",
        "cloudflare|cf_api|cf_token",
        r"[0-9A-Za-z_-]{40}|[0-9a-f]{37}",
        "{base64url:40}",
        "{hex:37}",
        entropy=3.2,
        ignore_case=False,
    ),
    named(
        "netlify_token",
        _CLOUD,
        "Netlify access token",
        "netlify",
        r"[0-9A-Za-z_-]{40,46}",
        "{base64url:43}",
        entropy=3.5,
        ignore_case=False,
    ),
    token(
        "vercel_token",
        _CLOUD,
        "Vercel access token",
        r"vercel_blob_rw_[0-9A-Za-z]{16}_[0-9A-Za-z]{30}",
        "vercel_blob_rw_{base62:16}_{base62:30}",
        entropy=4.0,
    ),
    named("vercel_token", _CLOUD, "Vercel access token", "vercel", r"[0-9A-Za-z]{24}", "{base62:24}", entropy=3.6, ignore_case=False),
    token("render_api_key", _CLOUD, "Render API key", r"rnd_[0-9A-Za-z]{28,36}", "rnd_{base62:32}", entropy=3.2, checks=("mixed",)),
    token("scalingo_token", _CLOUD, "Scalingo API token", r"tk-us-[0-9A-Za-z_-]{48}", "tk-us-{base64url:48}", entropy=3.5),
    token(
        "supabase_token",
        _CLOUD,
        "Supabase access token or secret key",
        r"sbp_(?:oauth_|v\d_)?[0-9a-f]{40}|sb_secret_[0-9A-Za-z_-]{31}",
        "sbp_{hex:40}",
        "sb_secret_{base64url:31}",
    ),
    token("upcloud_token", _CLOUD, "UpCloud API token", r"ucat_[0-9A-Z]{26}", "ucat_{upper:26}"),
    named(
        "railway_token",
        _CLOUD,
        "Railway access token",
        "railway",
        UUID,
        "{uuid}",
    ),
    token(
        "clickhouse_cloud_key",
        _CLOUD,
        "ClickHouse Cloud API secret key",
        r"4b1d[0-9A-Za-z]{38}",
        "4b1d{base62:38}",
        entropy=3.8,
        checks=("mixed_case",),
    ),
    token("neon_api_key", _CLOUD, "Neon API key", r"napi_[0-9a-z]{64}", "napi_{lower:64}"),
    token(
        "upstash_key",
        _CLOUD,
        "Upstash Redis REST token",
        r"(?i:upstash[a-z_]{0,20}token)[\"']?\s{0,3}[=:]\s{0,3}[\"']?([0-9A-Za-z]{40,140}={0,2})",
        "UPSTASH_REDIS_REST_TOKEN={base62:56}",
        before="",
        inner=True,
        entropy=3.5,
    ),
    token(  # Cloudflare, Fundamentals, "Token formats": 40 characters and a checksum, which is eight hex digits
        "cloudflare_api_token",
        _CLOUD,
        "Cloudflare API token",
        r"cf(?:k|ut|at)_[0-9A-Za-z]{40}[0-9a-f]{8}",
        "cfut_{base62:40}{hex:8}",
        "cfk_{base62:40}{hex:8}",
        entropy=3.5,
    ),
    token(  # Vercel, changelog "New token formats": personal, integration, app access and refresh tokens, API keys
        "vercel_token",
        _CLOUD,
        "Vercel access token",
        r"vc[piark]_[0-9A-Za-z_-]{50,80}",
        "vcp_{base62:56}",
        "vck_{base62:56}",
        entropy=4.0,
        checks=("mixed_case",),
    ),
    token("netlify_token", _CLOUD, "Netlify access token", r"nf[pcoub]_[0-9A-Za-z]{36}", "nfp_{base62:36}", entropy=3.8),
    replace(
        token(  # Cloudflare, "Tunnel tokens": base64 of JSON with account, tunnel and secret
            "cloudflare_tunnel_token",
            _CLOUD,
            "Cloudflare Tunnel token",
            r"eyJhIjoi[0-9A-Za-z+/_-]{100,400}={0,2}",
            "{tunnel}",
            after=r"(?:[^0-9A-Za-z+/=_-]|$)",
            entropy=4.0,
        ),
        allows=_no_tunnel,
    ),
)
