"""Rules of the class `registry_credential`: publishing to and pulling from package and image registries."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import Example, Rule
from analyzers.collectors.secret_rules.build import in_file, named, token

_REGISTRY = "registry_credential"
_SETTINGS = "<settings><servers><server><id>a</id><username>ci</username><password>{}</password></server></servers></settings>\n"
_CONFIG = '<configuration><packageSourceCredentials><add key="ClearTextPassword" value="{}" /></packageSourceCredentials></configuration>\n'

RULES: tuple[Rule, ...] = (
    token("npm_token", _REGISTRY, "npm access token", r"npm_[0-9A-Za-z]{36}", "{crc:npm_}", checks=("crc32",), rank=91),
    in_file(
        "npm_token",
        _REGISTRY,
        "an npm configuration with a login",
        (r"(?:^|/)\.?npmrc$", r"(?:^|/)\.yarnrc(?:\.yml)?$"),
        (Example("root/.npmrc", "//npm.example.org/:_authToken={uuid}\n"), Example("srv/app/.yarnrc.yml", "npmAuthToken: {base62:40}\n")),
        (
            Example("root/.npmrc", "//npm.example.org/:_authToken=${NPM_TOKEN}\n"),
            Example("root/.npmrc", "//npm.example.org/:_authToken=\nregistry=https://npm.example.org/\n"),
        ),
        patterns=(
            r"_(?:authToken|auth|password)[\"']?[ \t]{0,4}[=:]?[ \t]{1,4}?[\"']?([^\s\"']{8,512})",
            r"_(?:authToken|auth|password)[\"']?[ \t]{0,4}=[ \t]{0,4}[\"']?([^\s\"']{8,512})",
            r"npmAuth(?:Token|Ident):[ \t]{1,4}[\"']?([^\s\"']{8,512})",
        ),
        version=2,
    ),
    token(
        "pypi_token",
        _REGISTRY,
        "Python package index upload token",
        r"pypi-AgE[0-9A-Za-z_-]{60,}",
        "{pypi}",
        checks=("upload_token",),
        entropy=3.5,
    ),
    in_file(
        "pypi_token",
        _REGISTRY,
        "a .pypirc with a login",
        (r"(?:^|/)\.pypirc$",),
        (
            Example("root/.pypirc", "[pypi]\nusername = dev\npassword = {base62:16}\n"),
            Example("home/a/.pypirc", "[x]\nusername: dev\npassword: {base62:20}\n"),
        ),
        (Example("root/.pypirc", "[pypi]\npassword =\nusername = dev\n"), Example("root/.pypirc", "[pypi]\npassword = <password>\n")),
        patterns=(r"(?:^|\n)[ \t]{0,4}password[ \t]{0,4}[=:][ \t]{0,4}([^\s]{4,512})",),
        version=2,
    ),
    token("rubygem", _REGISTRY, "RubyGems API key", r"rubygems_[0-9a-f]{48}", "rubygems_{hex:48}"),
    in_file(
        "rubygems_cred",
        _REGISTRY,
        "the credential file of gem",
        (r"(?:^|/)\.(?:local/share/)?gem/credentials$",),
        (
            Example("root/.gem/credentials", "---\n:rubygems_api_key: rubygems_{hex:48}\n"),
            Example("root/.gem/credentials", "---\n:mine: {hex:32}\n"),
        ),
        (Example("root/.gem/credentials", "---\n:rubygems_api_key: \n"), Example("root/.gem/credentials", "---\n")),
        patterns=(r"(?:^|\n):?[\w.:/-]{1,80}:\s{1,4}[\"']?([0-9A-Za-z_]{16,128})",),
    ),
    token(
        "rubygems_sidekiq_cred",
        _REGISTRY,
        "login to the gem server of Sidekiq Enterprise",
        r"(?i:contribsys__?com)[\"']?\s{0,3}[=:]\s{0,3}[\"']?([0-9a-f]{8}:[0-9a-f]{8})",
        "BUNDLE_GEMS__CONTRIBSYS__COM={hex:8}:{hex:8}",
        before="",
        inner=True,
    ),
    token("clojars_token", _REGISTRY, "Clojars deploy token", r"CLOJARS_[0-9a-z]{60}", "CLOJARS_{lower:60}"),
    in_file(
        "docker_registry_cfg",
        _REGISTRY,
        "a login of docker, podman or a cluster to an image registry",
        (),
        (
            Example("root/.docker/config.json", '{"auths": {"registry.example.org": {"auth": "{login}"}}}'),
            Example("root/.dockercfg", '{"registry.example.org": {"auth": "{login}", "email": "a@example.org"}}'),
        ),
        (
            Example("root/.docker/config.json", '{"credsStore": "secretservice"}'),
            Example("root/.docker/config.json", '{"auths": {"registry.example.org": {}}}'),
        ),
    ),
    token(
        "docker_hub_token",
        _REGISTRY,
        "Docker Hub access token",
        r"dckr_(?:pat|oat)_[0-9A-Za-z_-]{27,32}",
        "dckr_pat_{base64url:27}",
        entropy=3.2,
    ),
    in_file(
        "maven_settings",
        _REGISTRY,
        "the settings of Maven with a login",
        (r"(?:^|/)settings(?:-security)?\.xml$",),
        (
            Example("root/.m2/settings.xml", _SETTINGS.format("{base62:18}")),
            Example("root/.m2/settings.xml", _SETTINGS.format("{base62:8}-{hex:8}")),
        ),
        (
            Example("root/.m2/settings.xml", _SETTINGS.format("${env.MVN}")),
            Example("root/.m2/settings.xml", _SETTINGS.format("{{base64:32}}")),
        ),
        patterns=(r"<(?:password|passphrase|master)>\s{0,40}([^<>\s]{3,1000})\s{0,40}</",),
    ),
    in_file(
        "nuget_cfg",
        _REGISTRY,
        "a configuration of NuGet with a login",
        (r"(?i:(?:^|/)nuget(?:\.\w+)?\.config)$",),
        (
            Example("srv/NuGet.Config", _CONFIG.format("{base62:20}")),
            Example(
                "root/.nuget/NuGet/NuGet.Config", '<configuration><apikeys><add key="x" value="{base64:48}" /></apikeys></configuration>\n'
            ),
        ),
        (Example("srv/nuget.config", _CONFIG.format("%TOKEN%")), Example("srv/nuget.config", "<configuration/>\n")),
        patterns=(
            r"(?i:key=\"(?:cleartext)?password\"\s{1,8}value=\"([^\"]{4,1000})\")",
            r"(?i:<apikeys>\s{0,200}<add\s{1,8}key=\"[^\"]{1,200}\"\s{1,8}value=\"([^\"]{8,1000})\")",
        ),
    ),
    token("nuget_api_key", _REGISTRY, "NuGet API key", r"oy2[0-9a-z]{43}", "oy2{lower:43}", checks=("mixed",), entropy=3.5),
    in_file(
        "cargo_cred",
        _REGISTRY,
        "the credential file of cargo",
        (r"(?:^|/)\.?cargo/credentials(?:\.toml)?$",),
        (
            Example("root/.cargo/credentials.toml", '[registry]\ntoken = "cio{base62:32}"\n'),
            Example("root/.cargo/credentials", '[registries.a]\ntoken = "{base62:36}"\n'),
        ),
        (Example("root/.cargo/credentials.toml", "[registry]\n"), Example("root/.cargo/credentials.toml", '[registry]\ntoken = ""\n')),
        patterns=(r"(?:token|secret-key)\s{0,4}=\s{0,4}[\"']([^\"'\s]{12,512})",),
    ),
    in_file(
        "composer_auth",
        _REGISTRY,
        "the login file of Composer",
        (r"(?:^|/)\.?composer/auth\.json$", r"(?:^|/)auth\.json$"),
        (
            Example("root/.composer/auth.json", '{"http-basic": {"repo.example.org": {"username": "a", "password": "{base62:20}"}}}'),
            Example("srv/auth.json", '{"github-oauth": {"github.com": "{hex:40}"}}'),
        ),
        (Example("root/.composer/auth.json", '{"http-basic": {}}'), Example("root/.composer/auth.json", '{"github-oauth": {}}')),
        patterns=(r"\"(?:password|[\w.-]{4,80}\.[a-z]{2,10})\"\s{0,4}:\s{0,4}\"([^\"\s{]{8,512})\"",),
        rank=85,
    ),
    token(
        "cratesio_token",
        _REGISTRY,
        "Rust crate registry token",
        r"cio[0-9A-Za-z]{32}",
        "cio{base62:32}",
        entropy=4.0,
        checks=("mixed_case",),
        keywords=("token", "cargo", "crate"),
    ),
    token(
        "artifactory_key",
        _REGISTRY,
        "JFrog Artifactory API key or reference token",
        r"AKCp[0-9A-Za-z]{69}|cmVmd[0-9A-Za-z]{59}",
        "AKCp{base62:69}",
        "cmVmd{base62:59}",
        entropy=4.0,
    ),
    named(
        "jfrog_token",
        _REGISTRY,
        "JFrog identity token",
        "jfrog|artifactory",
        r"[0-9A-Za-z]{64}|[0-9A-Za-z]{73}",
        "{base62:64}",
        entropy=4.0,
        ignore_case=False,
    ),
    token("huggingface_token", _REGISTRY, "Hugging Face access token", r"(?:hf|api_org)_[A-Za-z]{34}", "hf_{letters:34}", entropy=3.8),
)
