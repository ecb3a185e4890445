"""Paths that by their name are private keys or stores of credentials."""

from __future__ import annotations

import re

_NAMES = re.compile(
    r"id_(?:rsa|dsa|ecdsa|ed25519)(?:[-_.](?!pub)\w+)?|\.netrc|_netrc|\.git-credentials|\.pgpass|\.my\.cnf|\.pypirc|\.npmrc|\.dockercfg"
    r"|\.htpasswd|\.vault-token|\.s3cfg|\.boto|credentials?\.json|(?:[\w-]*[-_.])?service[-_]?account[\w-]*\.json|client_secrets?\.json|gcp-?key\.json"
    r"|application_default_credentials\.json|kubeconfig|master\.key|private[-_]?key(?:\.\w+)?|privkey\.pem"
    r"|(?:[\w.-]*[-_.])?(?:private|privkey|server|client|tls|ssl|host)[-_.]?key\.pem|[\w .-]+\.(?:p12|pfx|ppk|kdbx|keystore)"
    r"|terraform\.tfstate|secrets?\.(?:ya?ml|json|env)|wallet\.dat"
    r"|\.env(?:\.(?!example|sample|template|dist|defaults?|test|ci)[\w-]+)?",
    re.IGNORECASE,
)
_PATHS = re.compile(
    r"(?:^|/)(?:\.aws/credentials|\.docker/config\.json|\.kube/config|\.azure/\w*tokens?\w*\.json|\.m2/settings-security\.xml)$"
    r"|(?:^|/)(?:\.config/gcloud/|\.gnupg/(?:secring\.gpg|private-keys))"
    r"|/etc/kubernetes/(?:admin|kubelet|scheduler|controller-manager)\.conf$",
    re.IGNORECASE,
)
_KEY_FILE = re.compile(r"[\w .-]+\.key$", re.IGNORECASE)
_PUBLIC = re.compile(
    r"(?i)\.pub$|gpg|pgp|keyring|rpm-key|apt[-_.]?key|release[-_.]?key|archive[-_.]?key|signing[-_.]?key|public|/etc/apk/keys/|/trusted\."
)
_FOLDERS = re.compile(r"(?:^|/)\.(?:aws|gnupg|kube|ssh)/?$")


def is_secret_folder(path: str) -> bool:
    """Whether a path names a folder that a tool keeps keys or credentials in."""
    return bool(_FOLDERS.search(path))


def is_secret_path(path: str) -> bool:
    """Whether a path names a private key or a store of credentials; public keys of package repositories are none."""
    path = path.strip().rstrip("/")
    name = path.rpartition("/")[2]
    if not name or _PUBLIC.search(path):
        return False
    return bool(_NAMES.fullmatch(name) or _PATHS.search(path) or _KEY_FILE.fullmatch(name))
