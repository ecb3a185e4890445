"""Rules of class `download`: what a build fetches, and how it is trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from analyzers.build_commands.package_managers import package_calls
from analyzers.build_commands.pipes import downloads_into_interpreter, fetches, runs_powershell_download
from analyzers.build_commands.rule import Build, Hit, Rule, step_hit
from analyzers.build_commands.steps import Step
from analyzers.build_commands.targets import has_option, option_values, step_writes
from analyzers.shell.tree import Command
from schemas.vocabulary import Level

_OFF = frozenset({"0", "false", "no", "off"})
_ON = frozenset({"1", "true", "yes", "on"})
_TLS_OPTIONS = {
    "curl": ("-k", "--insecure", "--proxy-insecure"), "wget": ("--no-check-certificate",), "helm": ("--insecure-skip-tls-verify",),
    "kubectl": ("--insecure-skip-tls-verify",), "oc": ("--insecure-skip-tls-verify",), "aws": ("--no-verify-ssl",),
            "gcloud": ("--no-verify-ssl",),
}  # fmt: skip
_TLS_WORDS = re.compile(
    r"(?i)(?:http\.sslverify|strict-ssl|ssl_verify|sslverify|verify-peer|verify-host|check-certificate|tls-verify|--verify)"
    r"[= ]\s*[\"']?(?:false|0|no|off)\b|disable-tls\s+(?:true|1)\b"
)
_TLS_ENV_OFF = frozenset(
    {"NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY", "NPM_CONFIG_STRICT_SSL", "YARN_STRICT_SSL", "CONDA_SSL_VERIFY"}
)
_TLS_ENV_ON = frozenset({"GIT_SSL_NO_VERIFY", "CURL_INSECURE"})
_TOOLS = frozenset(
    {
        "composer",
        "git",
        "npm",
        "yarn",
        "pnpm",
        "conda",
        "mamba",
        "apt-get",
        "apt",
        "yum",
        "dnf",
        "aria2c",
        "skopeo",
        "podman",
        "buildah",
        "http",
        "https",
    }
)
_TLS_FILES = re.compile(r"apt\.conf|/(?:yum|dnf)\.conf$|\.repo$|curlrc$|wgetrc$|npmrc$|yarnrc|gitconfig$|condarc$|pip\.conf$")
_TLS_LINES = re.compile(
    rf"(?im){_TLS_WORDS.pattern.removeprefix('(?i)')}|\bsslverify\s*=\s*(?:0|false|no)\b|check_certificate\s*=\s*off|(?:^|[\"'\s])(?:--)?insecure\b"
)
_TLS_POWERSHELL = re.compile(r"(?i)ServerCertificateValidationCallback\s*=\s*\{\s*\$true|\s-SkipCertificateCheck\b|\bTrustAllCertsPolicy\b")
_SOURCE_ENV = re.compile(
    r"(?i)(?:PIP_(?:EXTRA_)?INDEX_URL|UV_(?:DEFAULT_|EXTRA_)?INDEX(?:_URL)?|NPM_CONFIG_REGISTRY|YARN_(?:NPM_)?REGISTRY\w*|GOPROXY)"
)
_SOURCE_SETTING = re.compile(r"(?i)^(?:[\w.@/-]*registry|(?:global\.)?(?:extra-)?index-url|sources?|gem_source)$")
_SOURCE_OPTIONS = ("-i", "--index-url", "--extra-index-url", "--index", "--registry", "--source", "-s", "-f", "--find-links")
_CHECKS = frozenset({"sha256sum", "sha512sum", "sha1sum", "sha384sum", "shasum", "md5sum", "b2sum", "gpg", "gpgv", "gpg2", "cosign",
                     "minisign", "rpmkeys", "signify", "slsa-verifier", "openssl", "get-filehash", "sha3sum", "cksum"})  # fmt: skip
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_GIT_ADDRESS = re.compile(r"(?:git@[\w.-]+:|git://|ssh://|\S+\.git(?:#|$))")


def pipe_to_shell(build: Build) -> Iterator[Hit]:
    for step in build.of("RUN"):
        for subject in downloads_into_interpreter(step.script):
            yield step_hit(step, subject)
        if _uses_powershell(step) and runs_powershell_download(step.text):
            yield step_hit(step, step.text)
    for place, script in build.start.items():
        for subject in downloads_into_interpreter(script):
            yield Hit(place, subject, subject)


def _uses_powershell(step: Step) -> bool:
    return bool(re.search(r"(?i)powershell|pwsh", step.shell)) or bool({"powershell", "pwsh"} & step.programs)


def insecure_tls(build: Build) -> Iterator[Hit]:
    for name, value in build.settings.env:
        if _tls_off(name, value):
            yield Hit(f"config.Env[{name}]", name, f"{name}={value}")
    for step, command in build.calls():
        values = [(name, word.text) for name, word in command.assignments]
        values += [(word.text.partition("=")[0], word.text.partition("=")[2]) for word in command.words if "=" in word.text]
        options = _TLS_OPTIONS.get(command.name, ())
        if (options and has_option(command.args, *options)) or any(_tls_off(name, value) for name, value in values):
            yield step_hit(step, command.text or " ".join(f"{name}={value}" for name, value in values))
        elif command.name in _TOOLS and _TLS_WORDS.search(" ".join(command.args)):
            yield step_hit(step, command.text)
    for step in build.of("RUN"):
        for path, text in step_writes(step):
            if _TLS_FILES.search(path) and _TLS_LINES.search(text):
                yield step_hit(step, text)
        if _uses_powershell(step) and _TLS_POWERSHELL.search(step.text):
            yield step_hit(step, step.text)


def _tls_off(name: str, value: str) -> bool:
    value = value.strip("\"'").lower()
    return (name.upper() in _TLS_ENV_OFF and value in _OFF) or (name.upper() in _TLS_ENV_ON and value in _ON)


def add_remote(build: Build) -> Iterator[Hit]:
    """ADD fetches something that nothing checks. buildah keeps only a bare checksum of what it fetched."""
    for step in build.of("ADD"):
        if "checksum" in step.flags:
            continue
        sources = step.arguments[:-1]
        if any(_remote(source) for source in sources) or (step.hashed and re.fullmatch(r"[0-9a-f]{64}", sources[0])):
            yield step_hit(step, " ".join(step.arguments))


def _remote(source: str) -> bool:
    if _GIT_ADDRESS.match(source):
        return not re.search(r"#[0-9a-f]{40}\b", source)
    return bool(_URL.match(source))


def plain_http_download(build: Build) -> Iterator[Hit]:
    for step, command in build.calls("curl", "wget", "git", "aria2c", "fetch", "http"):
        if any(_plain_http(arg) for arg in command.args):
            yield step_hit(step, command.text)
    for step in build.of("ADD"):
        if any(_plain_http(source) for source in step.arguments[:-1]):
            yield step_hit(step, " ".join(step.arguments))


def _plain_http(text: str) -> bool:
    if not text.lower().startswith("http://"):
        return False
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:
        return True
    return host not in ("localhost", "::1", "host.docker.internal") and not host.startswith("127.")


def unverified_download(build: Build) -> Iterator[Hit]:
    """A file is fetched and its step compares no checksum and no signature."""
    for step, command in build.calls("curl", "wget", "aria2c", "invoke-webrequest"):
        to_file = not fetches(command) or any(one.writes for one in command.redirections)
        if to_file and any(_URL.match(arg) for arg in command.args) and not _CHECKS & step.programs:
            yield step_hit(step, command.text)


def untrusted_package_source(build: Build) -> Iterator[Hit]:
    """Packages come without any proof of origin: over plain HTTP, or from a host whose certificate is not checked."""
    for name, value in build.settings.env:
        if _unproven(name, value):
            yield Hit(f"config.Env[{name}]", f"{name}={value}", f"{name}={value}")
    for step, command in build.calls("go", "export"):
        if any(_unproven(*arg.partition("=")[::2]) for arg in command.args):
            yield step_hit(step, command.text)
    for call in package_calls(build, "pip", "npm", "gem"):
        words = {*call.names, call.action}
        urls = option_values(call.args, *_SOURCE_OPTIONS)
        setting = bool({"config", "set", "sources"} & words) and any(_SOURCE_SETTING.match(word) for word in words)
        trusted = has_option(call.args, "--trusted-host") or ("config" in words and any(word.endswith("trusted-host") for word in words))
        configured = (setting or call.action == "sources") and any(_plain_http(arg.rpartition("=")[2]) for arg in call.args)
        if trusted or configured or any(_plain_http(url) for url in urls):
            yield step_hit(call.step, call.command.text)
    for step, command in build.calls("echo", "printf"):
        if re.search(r"\[[^\[\]]{0,200}\btrusted\s*=\s*yes\b[^\[\]]{0,200}\]\s*http://", command.text):
            yield step_hit(step, command.text)


def _unproven(name: str, value: str) -> bool:
    """Whether a variable makes a package manager trust a host without proof."""
    if name.upper() in ("PIP_TRUSTED_HOST", "GOINSECURE"):
        return bool(value)
    return bool(_SOURCE_ENV.fullmatch(name)) and any(_plain_http(one) for one in re.split(r"[,|\s]", value))


def third_party_repository(build: Build) -> Iterator[Hit]:
    """A package source is added that the base image did not have."""
    for step, command in build.calls():
        if _adds_repository(command):
            yield step_hit(step, command.text)


def _adds_repository(command: Command) -> bool:
    name, args = command.name, command.args
    written = [one.target.text for one in command.redirections if one.writes] + (list(args) if name == "tee" else [])
    if any(re.search(r"/etc/(?:apt/sources\.list|yum\.repos\.d/|apk/repositories|zypp/repos\.d/)", path) for path in written):
        return True
    if name in ("add-apt-repository", "apt-add-repository"):
        return not has_option(args, "-r", "--remove")
    if name in ("yum-config-manager", "dnf", "zypper"):
        return any(arg.startswith(("--add-repo", "--from-repofile", "addrepo")) or arg == "ar" for arg in args)
    if name == "apk":
        return has_option(args, "-X", "--repository")
    return has_option(args, "--extra-index-url") and bool(re.fullmatch(r"pip[\d.]*|uv|python[\d.]*", name))


RULES: tuple[Rule, ...] = (
    Rule(
        "pipe_to_shell", "download", Level.HIGH, "Download is run unseen",
        "A script is fetched and handed straight to an interpreter: whoever controls the server, or the way to it, runs code in the build.",
        "Download to a file, compare its checksum or signature, then run it; better, install a package of a fixed version.",
        pipe_to_shell, version=2,
    ),
    Rule(
        "insecure_tls", "download", Level.MEDIUM, "Certificates are not checked",
        "A step or a variable switches off the check of TLS certificates: anybody on the way can replace what is fetched.",
        "Add the certificate of the authority to the image and leave the check on.",
        insecure_tls, version=2,
    ),
    Rule(
        "add_remote", "download", Level.MEDIUM, "ADD fetches from the network",
        "ADD takes a file or a repository from the network, and nothing says what it should contain.",
        "Give ADD a --checksum, or fetch in a RUN step that compares a checksum.",
        add_remote,
    ),
    Rule(
        "untrusted_package_source", "download", Level.HIGH, "Package source without proof of origin",
        "Packages are installed over plain HTTP or from a host whose certificate is not checked: anybody on the way can replace them.",
        "Use HTTPS with a certificate that the image trusts.",
        untrusted_package_source, version=2,
    ),
    Rule(
        "plain_http_download", "download", Level.MEDIUM, "Download over plain HTTP",
        "A step fetches over HTTP: anybody on the way can read and replace it.",
        "Use HTTPS and compare a checksum.",
        plain_http_download, default=False,
    ),
    Rule(
        "unverified_download", "download", Level.LOW, "Download is not verified",
        "A step fetches a file and compares no checksum and no signature.",
        "Compare a checksum that stands in the Dockerfile.",
        unverified_download, default=False,
    ),
    Rule(
        "third_party_repository", "download", Level.LOW, "Package repository is added",
        "A step adds a package source to those of the base image: its owner can change what is installed.",
        "Check who runs it, and bind its key to it (signed-by).",
        third_party_repository, default=False,
    ),
)  # fmt: skip
