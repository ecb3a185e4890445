"""From the name of a binary package of Ubuntu to the source package that it is built from, for what does not say it itself.

Source: the indices of the Ubuntu archive (`Package`, `Source`), releases 20.04 to 26.04, for what is cut into slices for images without a
package manager. Advisories of Ubuntu speak of sources.
"""

from __future__ import annotations

import re

_OWN = frozenset({
    "acl", "adduser", "apparmor", "apt", "attr", "base-files", "base-passwd", "bash", "busybox", "ca-certificates", "coreutils", "cron",
    "curl", "dash", "dbus", "debconf", "debianutils", "diffutils", "dpkg", "e2fsprogs", "file", "findutils", "fontconfig", "gawk", "git",
    "gnupg2", "grep", "gzip", "haproxy", "hostname", "init-system-helpers", "jq", "less", "libcap2", "libgcrypt20", "libgpg-error",
    "libtasn1-6", "libxml2", "lz4", "mawk", "media-types", "memcached", "nano", "netbase", "nginx", "openssl", "patch", "perl", "procps",
    "redis", "rsync", "sed", "sudo", "systemd", "tar", "tini", "tzdata", "unzip", "util-linux", "valkey", "vim", "wget", "xz-utils",
    "zip", "zsh",
})  # fmt: skip
_BUILT = {  # source -> names of its packages, as patterns; `t64` ends names since 24.04
    "acl": "libacl1", "attr": "libattr1", "audit": "libaudit(?:1|-common)", "brotli": r"libbrotli1", "bzip2": r"bzip2|libbz2-1\.0",
    "curl": r"libcurl(?:3|4)(?:-gnutls|-nss)?", "cyrus-sasl2": r"libsasl2-[\w-]+", "e2fsprogs": r"libcom-err2|libss2|libext2fs2|logsave",
    "expat": r"libexpat1", "fontconfig": r"libfontconfig1|fontconfig-config", "freetype": r"libfreetype6", "fuse3": r"libfuse3-\d",
    "glib2.0": r"libglib2\.0-0", "glibc": r"libc6|libc-bin|libc-dev-bin|libc6-dev|locales|libc-l10n", "gmp": r"libgmp10",
    "gnutls28": r"libgnutls30", "graphite2": r"libgraphite2-3", "harfbuzz": r"libharfbuzz0b", "icu": r"libicu\d\d",
    "keyutils": r"libkeyutils1", "krb5": r"libgssapi-krb5-2|libkrb5-3|libk5crypto3|libkrb5support0|krb5-locales", "lcms2": r"liblcms2-2",
    "libbsd": r"libbsd0", "libcap-ng": r"libcap-ng0", "libffi": r"libffi\d", "libgpg-error": r"libgpg-error0", "libidn2": r"libidn2-0",
    "libjpeg-turbo": r"libjpeg-turbo8", "libmd": r"libmd0", "libnsl": r"libnsl2", "libpng1.6": r"libpng16-16", "libpsl": r"libpsl5",
    "libseccomp": r"libseccomp2", "libselinux": r"libselinux1", "libsemanage": r"libsemanage[12]|libsemanage-common", "libssh": r"libssh-4",
    "libtirpc": r"libtirpc3|libtirpc-common", "libunistring": r"libunistring\d", "libxcrypt": r"libcrypt1|libcrypt-dev",
    "libxslt": r"libxslt1\.1", "libyaml": r"libyaml-0-2", "libzstd": r"libzstd1|zstd", "lz4": r"liblz4-1", "mpdecimal": r"libmpdec\d",
    "ncurses": r"libncursesw?6|libtinfo6|ncurses-(?:base|bin|term)", "nettle": r"libnettle\d|libhogweed\d", "nghttp2": r"libnghttp2-14",
    "openldap": r"libldap2|libldap-2\.\d-0|libldap-common", "openssl": r"libssl[13](?:\.1)?", "p11-kit": r"libp11-kit0|p11-kit-modules",
    "pam": r"libpam0g|libpam-(?:modules(?:-bin)?|runtime)", "pcre2": r"libpcre2-(?:8|16|32)-0", "pcre3": r"libpcre3",
    "perl": r"perl-base|libperl5\.\d+|perl-modules-5\.\d+",
    "python3-defaults": r"python3|python3-minimal|libpython3-stdlib", "readline": r"libreadline8|readline-common",
    "rtmpdump": r"librtmp1", "shadow": r"passwd|login|uidmap", "sqlite3": r"libsqlite3-0", "systemd": r"libsystemd0|libudev1",
    "util-linux": r"libuuid1|libblkid1|libmount1|libsmartcols1|mount|bsdutils|bsdextrautils", "xz-utils": r"liblzma5",
    "xxhash": r"libxxhash0",
    "apparmor": r"libapparmor1", "apt": r"libapt-pkg\d\.0", "argon2": r"libargon2-1", "cryptsetup": r"libcryptsetup12",
    "db5.3": r"libdb5\.3", "dbus": r"libdbus-1-3|dbus-bin|dbus-daemon", "elfutils": r"libelf1|libdw1", "gettext": r"gettext-base",
    "gnupg2": r"gnupg|gpgv?|gpgconf|dirmngr|gpg-agent", "libarchive": r"libarchive13", "libcap2": r"libcap2-bin", "libedit": r"libedit2",
    "lvm2": r"libdevmapper1\.02\.1|dmsetup", "make-dfsg": r"make", "zlib": r"zlib1g|zlib1g-dev",
}  # fmt: skip
_PATTERNS = tuple((re.compile(rf"(?:{names})(?:t64)?\Z"), source) for source, names in _BUILT.items())
_NUMBERED = (  # what carries its release in the name of the source; {0} is the group, or the first number of the version
    (re.compile(r"(?:lib)?(python3\.\d+)(?:-(?:minimal|stdlib|venv|dev))?(?:t64)?\Z"), "{0}"),
    (re.compile(r"openjdk-(?!11-)(\d+)-j[\w-]+\Z"), "openjdk-{0}"),
    (re.compile(r"openjdk-11-j[\w-]+\Z"), "openjdk-lts"),
    (re.compile(r"(?:dotnet|aspnetcore)-(?:runtime|sdk|hostfxr|host|apphost-pack|targeting-pack|templates)-(\d+)\.\d+\Z"), "dotnet{0}"),
    (re.compile(r"dotnet-host\Z"), "dotnet{0}"),
    (re.compile(r"(?:libgcc-s1|libstdc\+\+6|libgomp1|libatomic1|libquadmath0|gcc-\d+-base)\Z"), "gcc-{0}"),
    (re.compile(r"libpq5\Z"), "postgresql-{0}"),
)


def ubuntu_source(name: str, version: str) -> str:
    """The source package of a binary package, empty where it is not known."""
    if name in _OWN:
        return name
    for pattern, source in _NUMBERED:
        if match := pattern.match(name):
            number = match[1] if pattern.groups else re.sub(r"^(?:\d+:)?(\d+).*", r"\1", version)
            return source.format(number)
    return next((source for pattern, source in _PATTERNS if pattern.match(name)), "")
