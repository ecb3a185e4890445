"""Rules of the class `infrastructure`: private networks, directories, remote desktops and file stores."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import EXACT, Example, Rule
from analyzers.collectors.secret_rules.build import LOW, MEDIUM, in_file, token

_INFRA = "infrastructure"

RULES: tuple[Rule, ...] = (
    token(  # openvpn(8), secret, tls-auth, tls-crypt and tls-crypt-v2: in a file of its own or inside a profile
        "openvpn_cfg",
        _INFRA,
        "a configuration of OpenVPN with key material or a login",
        r"BEGIN OpenVPN (?:Static key V1|tls-crypt-v2 (?:client|server) key)-----([0-9A-Za-z+/=\s\\]{60,1000})",
        "-----BEGIN OpenVPN Static key V1-----\n{hex:32}\n{hex:32}\n-----END OpenVPN Static key V1-----",
        "-----BEGIN OpenVPN tls-crypt-v2 client key-----\n{base64:48}\n{base64:48}\n-----END OpenVPN tls-crypt-v2 client key-----",
        level=MEDIUM,
        before="",
        after="",
        inner=True,
        rank=EXACT,
        scan="BEGIN OpenVPN [St]",
    ),
    in_file(
        "openvpn_cfg",
        _INFRA,
        "a configuration of OpenVPN with key material or a login",
        (r"(?:^|/)openvpn/.*\.conf$", r"\.ovpn$"),
        (
            Example("etc/openvpn/a.conf", "client\n<auth-user-pass>\ndev\n{base62:14}\n</auth-user-pass>\n"),
            Example("etc/openvpn/client/a.conf", "<auth-user-pass>\ndev\n{letters:10}\n</auth-user-pass>\n"),
        ),
        (Example("root/a.ovpn", "client\nremote vpn.example.org\n"), Example("root/a.ovpn", "auth-user-pass /etc/openvpn/login\n")),
        patterns=(r"<auth-user-pass>\s{1,4}[^\n]{1,200}\n([^\s<]{3,200})",),
        level=MEDIUM,
    ),
    in_file(  # openvpn(8), auth-user-pass: the name on the first line, the password on the second
        "openvpn_cfg",
        _INFRA,
        "a configuration of OpenVPN with key material or a login",
        (
            r"(?:^|/)[^/]*(?:vpn|VPN)[^/]*/(?:[^/]+/){0,3}[^/]+$",
            r"(?:^|/)[^/]*(?:vpn|VPN)[^/]*(?:auth|login|pass|cred|user|secret)[^/]*$",
            r"(?:^|/)(?:auth(?:[_-]?user[_-]?pass)?|user[_-]?pass(?:word)?|login|vpn)(?:[_-]?(?:info|creds?))?(?:\.(?:txt|conf|up|auth|pass|creds?))?$",
        ),
        (
            Example("etc/openvpn/client/login.conf", "dev\n{base62:14}\n"),
            Example("root/vpn-auth.txt", "dev@example.org\r\n{base62:9}!\r\n"),
            Example("srv/client/userpass.txt", "p8241551\n{base62:10}"),
        ),
        (
            Example("etc/openvpn/auth.txt", "user\npassword\n"),
            Example("etc/openvpn/auth.sh", "#!/bin/sh\nexit\n"),
            Example("etc/openvpn/users", "dev\nops\nweb-7f31\n"),
            Example("etc/openvpn/ipp.txt", "web,10.8.0.4\nops,10.8.0.8\n"),
            Example("etc/openvpn/version", "2.6.12\n1a2b3c4d\n"),
        ),
        patterns=(r"^[A-Za-z][^\s=:,]{0,127}[ \t\r]{0,4}\n([^\s]{6,200})\s{0,4}$",),
        level=MEDIUM,
        checks=("url_password", "mixed"),
        entropy=2.5,
    ),
    in_file(
        "rdp",
        _INFRA,
        "a remote desktop file with a stored password",
        (r"(?i:\.rdp|\.rdg)$",),
        (
            Example("srv/a.rdp", "full address:s:h.example.org\npassword 51:b:{HEX:200}\n"),
            Example("srv/a.rdg", "<password>{base64:60}</password>\n"),
        ),
        (Example("srv/a.rdp", "full address:s:h.example.org\n"), Example("srv/a.rdp", "password 51:b:\n")),
        patterns=(r"password 51:b:([0-9A-Fa-f]{32,1000})", r"<password>([^<\s]{8,1000})</password>"),
        level=LOW,
    ),
    in_file(
        "ldap_cfg",
        _INFRA,
        "a directory login in the LDAP client configuration",
        (r"(?:^|/)(?:nslcd|ldap|pam_ldap|libnss-ldap|sssd)\.(?:conf|secret)$",),
        (
            Example("etc/nslcd.conf", "binddn cn=a\nbindpw {base62:16}\n"),
            Example("etc/sssd/sssd.conf", "ldap_default_authtok = {base62:16}\n"),
        ),
        (
            Example("etc/nslcd.conf", "#bindpw secret\n"),
            Example("etc/sssd/sssd.conf", "ldap_default_authtok =\nldap_id_use_start_tls = True\n"),
        ),
        patterns=(r"(?:^|\n)(?:bindpw|rootbindpw|ldap_default_authtok)[ \t]{0,4}[= \t][ \t]{0,4}([^\s]{4,200})",),
        version=2,
    ),
    in_file(
        "rclone_cfg",
        _INFRA,
        "a configuration of rclone with logins",
        (r"(?:^|/)rclone\.conf$",),
        (
            Example("root/.config/rclone/rclone.conf", "[a]\ntype = sftp\npass = {base64url:30}\n"),
            Example("root/rclone.conf", "[a]\nsecret_access_key = {secret:40}\n"),
        ),
        (Example("root/rclone.conf", "[a]\ntype = sftp\npass =\nshell_type = unix\n"), Example("root/rclone.conf", "")),
        patterns=(
            r"(?:^|\n)(?:pass|password2?|secret_access_key|client_secret|bearer_token|sas_url|key)[ \t]{0,3}=[ \t]{0,3}([^\s]{6,1000})",
        ),
        version=2,
    ),
    in_file(
        "wireguard_key",
        _INFRA,
        "a configuration of WireGuard with its private key",
        (r"(?:^|/)wireguard/[^/]+\.conf$", r"(?:^|/)wg\d*[^/]*\.conf$", r"\.wg$"),
        (Example("etc/wireguard/wg0.conf", "[Interface]\nPrivateKey = {base64:32}\n"), Example("srv/wg1.conf", "PrivateKey={base64:32}\n")),
        (Example("etc/wireguard/wg0.conf", "[Peer]\nPublicKey = x\n"), Example("etc/wireguard/wg0.conf", "PrivateKey =\n")),
        patterns=(r"(?:PrivateKey|PresharedKey)\s{0,4}=\s{0,4}([0-9A-Za-z+/]{43}=)",),
    ),
    in_file(
        "wifi_password",
        _INFRA,
        "the pass phrase of a wireless network",
        (r"(?:^|/)(?:wpa_supplicant|hostapd)[^/]*\.conf$", r"\.nmconnection$", r"system-connections/"),
        (
            Example("etc/wpa_supplicant.conf", 'network={\n psk="{base62:12}"\n}\n'),
            Example("etc/NetworkManager/system-connections/a.nmconnection", "[wifi-security]\npsk={base62:12}\n"),
        ),
        (Example("etc/wpa_supplicant.conf", "network={\n key_mgmt=NONE\n}\n"), Example("etc/wpa_supplicant.conf", 'psk="<psk>"\n')),
        patterns=(r"(?:^|\s)(?:psk|wpa_passphrase)\s{0,3}=\s{0,3}\"?([^\"\s]{8,64})",),
        level=MEDIUM,
    ),
)
