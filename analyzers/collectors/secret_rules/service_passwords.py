"""Rules of the class `account` for services and installers that write a password in a form of their own: no `name = value`, and often no
name of a service beside it. Sources: the manual pages named at each."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import FILE, Example, Rule
from analyzers.collectors.secret_rules.build import MEDIUM, in_file

_ACCOUNT = "account"


def _written(files: tuple[str, ...], pattern: str, path: str, *samples: str, clean: str, checks: tuple[str, ...] = ()) -> Rule:
    """A password that `pattern` finds in files of these names. `samples` are whole files with it, `clean` is one without."""
    return in_file(
        "service_password",
        _ACCOUNT,
        "a configuration of a service with a password",
        files,
        tuple(Example(path, sample) for sample in samples),
        (Example(path, clean), Example(path, "# nothing is set\n")),
        patterns=(pattern,),
        checks=checks,
        level=MEDIUM,
        rank=FILE + 1,
    )


RULES: tuple[Rule, ...] = (
    _written(  # haproxy, configuration manual, userlist
        (r"(?:^|/)haproxy[\w.-]*\.cfg$", r"(?:^|/)haproxy/"),
        r"\binsecure-password[ \t]{1,8}([^\s#]{4,256})",
        "etc/haproxy/haproxy.cfg",
        "userlist a\n  user b insecure-password {base62:12}\n",
        "userlist a\n  user b insecure-password {base62:8}#1 groups c\n",
        clean="userlist a\n  user b password $5$x$y\n",
    ),
    _written(  # keepalived.conf(5)
        (r"(?:^|/)keepalived[\w.-]*\.conf$",),
        r"\bauth_pass[ \t]{1,8}\"?([^\s\"#!]{4,64})",
        "etc/keepalived/keepalived.conf",
        "vrrp_instance A {\n  authentication {\n    auth_type PASS\n    auth_pass {base62:8}\n  }\n}\n",
        'auth_pass "{base62:8}"\n',
        clean="vrrp_instance A {\n  auth_type AH\n}\n",
    ),
    _written(  # slapd.conf(5): in clear where no scheme stands before it
        (r"(?:^|/)slapd[\w.-]*\.conf$",),
        r"(?m)^rootpw[ \t]{1,8}\"?([^\s\"{][^\s\"]{3,256})",
        "etc/ldap/slapd.conf",
        "rootdn cn=admin\nrootpw {base62:12}\n",
        'rootpw "{base62:9}!"\n',
        clean="rootpw {{SSHA}}{base64:24}\n",
    ),
    _written(  # pgbouncer(5), authentication file format
        (r"(?:^|/)userlist\.txt$",),
        r"(?m)^\"[^\"\n]{1,64}\"[ \t]{1,8}\"([^\"\n]{4,256})\"",
        "etc/pgbouncer/userlist.txt",
        '"app" "{base62:14}"\n',
        '"a" ""\n"app" "{base62:9}-x1"\n',
        clean='"app" ""\n',
    ),
    _written(  # Asterisk, sip.conf and pjsip.conf
        (r"(?:^|/)(?:pj)?sip[\w-]*\.conf$", r"(?:^|/)(?:iax|manager)\.conf$"),
        r"(?m)^[ \t]{0,8}(?:secret|password)[ \t]{0,4}=>?[ \t]{0,4}([^\s;]{6,128})",
        "etc/asterisk/sip.conf",
        "[100]\ntype=friend\nsecret={base62:12}\n",
        "[a]\nsecret = {base62:10} ; why\n",
        clean="[100]\ntype=friend\nsecret=\n",
    ),
    _written(  # mysql_table(5), pgsql_table(5), ldap_table(5) of Postfix
        (r"(?:^|/)postfix/.*\.cf$",),
        r"(?m)^(?:password|bind_pw)[ \t]{0,4}=[ \t]{0,4}([^\s#]{4,256})",
        "etc/postfix/mysql-virtual.cf",
        "user = mail\npassword = {base62:12}\n",
        "bind_dn = cn=a\nbind_pw = {base62:12}\n",
        clean="user = mail\npassword =\n",
    ),
    _written(  # named.conf, BIND 9 Administrator Reference Manual, statement key
        (r"(?:^|/)(?:rndc|named)[\w.-]*(?:\.conf|\.key)(?:\.[\w-]+)?$", r"(?:^|/)(?:bind|named)/.*\.(?:key|conf)$"),
        r"\bsecret[ \t]{1,8}\"([0-9A-Za-z+/]{22,128}={0,2})\"",
        "etc/bind/rndc.key",
        'key "rndc-key" {\n  algorithm hmac-sha256;\n  secret "{base64:32}";\n};\n',
        'key a { secret "{base64:64}"; };\n',
        clean='key "rndc-key" {\n  algorithm hmac-sha256;\n};\n',
    ),
    _written(  # Kickstart commands of Red Hat, rootpw and user: in clear unless --iscrypted or --lock
        (r"(?:^|/)(?:ks|kickstart|anaconda)[\w.-]*\.cfg$", r"\.ks$"),
        r"(?m)^(?:rootpw[ \t]{1,8}(?:--plaintext[ \t]{1,8})?|user[ \t][^\n]{0,200}?--plaintext[ \t][^\n]{0,200}?--password=)"
        r"\"?([^\s\"$-][^\s\"]{3,128})",
        "srv/ks.cfg",
        "lang en_US\nrootpw --plaintext {base62:10}\n",
        "rootpw {base62:10}\n",
        clean="rootpw --iscrypted $6$x$y\nrootpw --lock\n",
    ),
    _written(  # Debian installer, preseeding
        (r"preseed[\w.-]*$", r"\.(?:cfg|seed)$"),
        r"(?m)^d-i[ \t]{1,8}(?:passwd/[\w-]{1,40}password|mirror/\w{1,8}/proxy_password)[ \t]{1,8}password[ \t]{1,8}([^\s]{4,128})",
        "srv/preseed.cfg",
        "d-i passwd/root-password password {base62:10}\n",
        "d-i passwd/user-fullname string a\nd-i passwd/user-password password {base62:10}\n",
        clean="d-i passwd/root-password-crypted password !\n",
    ),
    _written(  # Windows Setup, unattended: AutoLogon, LocalAccounts
        (r"(?i:unattend[\w.-]*\.xml)$",),
        r"(?i:<(?:\w{0,20}password)>\s{0,40}<value>)([^<\s]{4,256})<",
        "srv/autounattend.xml",
        "<u><AutoLogon><Password><Value>{base62:12}</Value><PlainText>true</PlainText></Password></AutoLogon></u>\n",
        "<u><AdministratorPassword>\n  <Value>{base62:12}</Value>\n</AdministratorPassword></u>\n",
        clean="<u><AutoLogon><Password><Value></Value></Password></AutoLogon></u>\n",
    ),
    _written(  # cloud-init, module chpasswd
        (r"(?:^|/)(?:user-data|user_data)[\w.-]*$", r"(?:^|/)cloud[-_]?(?:init|config)[\w.-]*$", r"(?:^|/)cloud\.cfg\.d/"),
        r"chpasswd:[^\0]{0,200}?\n[ \t]{1,16}(?:- )?[\"']?[a-z_][a-z0-9_-]{0,31}:([^\s\"'$:][^\s\"':]{5,128})(?:[\s\"']|$)",
        "srv/user-data",
        "#cloud-config\nchpasswd:\n  list: |\n    root:{base62:12}\n  expire: false\n",
        "#cloud-config\nchpasswd:\n  expire: false\n  list:\n    - app:{base62:12}\n",
        clean="#cloud-config\nchpasswd:\n  list: |\n    root:RANDOM\n",
        checks=("mixed",),
    ),
    _written(  # rabbitmq.conf, "Default user"; ssl_options and auth_ldap have passwords too
        (r"(?:^|/)rabbitmq[\w.-]*\.conf$", r"(?:^|/)rabbitmq/.*\.(?:conf|config)$"),
        r"(?m)(?:^[ \t]{0,8}(?:default_pass|[\w.]{0,60}password)[ \t]{0,8}=[ \t]{0,8}|\{default_pass,\s{0,8}<<\")([^\s#\"]{4,256})",
        "etc/rabbitmq/rabbitmq.conf",
        "default_user = a\ndefault_pass = {letters:10}\n",
        '[{{rabbit, [{default_user, <<"a">>}, {default_pass, <<"{letters:10}">>}]}}].\n',
        clean="default_user = guest\ndefault_pass = guest\npassword_hashing_module = rabbit_password_hashing_sha256\n",
        checks=("spelt",),
    ),
    _written(  # RabbitMQ, "Schema Definition Export and Import": users with a password in place of a hash
        (r"(?:^|/)(?:rabbit[^/]*|definitions|load_definitions)[^/]*\.json$",),
        r"\"name\"\s{0,8}:\s{0,8}\"[^\"]{1,100}\"\s{0,8},\s{0,8}\"password\"\s{0,8}:\s{0,8}\"([^\"\s]{4,256})\"",
        "etc/rabbitmq/definitions.json",
        '{"users": [{"name": "a", "password": "{letters:10}", "tags": "administrator"}]}\n',
        '{"users": [{"name": "a",\n  "password": "{base62:14}"}]}\n',
        clean='{"users": [{"name": "guest", "password": "guest"}]}\n',
        checks=("spelt",),
    ),
    _written(  # mount.cifs(8), options password and credentials
        (r"(?:^|/)fstab$", r"\.mount$", r"(?:^|/)auto\.[\w.-]{1,40}$"),
        r"(?:[\s,=]|^)(?:pass|password|password2)=([^\s,]{3,256})",
        "etc/fstab",
        "//nas/a /a cifs username=a,password={letters:10},uid=0 0 0\n",
        "//nas/a /a cifs user=a,pass={base62:6}#{base62:6} 0 0\n",
        clean="//nas/a /a cifs credentials=/etc/nas.cred,username=a 0 0\n/dev/mapper/a none swap sw,keyscript=decrypt 0 0\n",
        checks=("spelt",),
    ),
    _written(  # snmpd.conf(5), SNMPv3 users and communities that may write
        (r"(?:^|/)snmpd[\w.-]*\.conf$", r"(?:^|/)snmp/[^/]{1,60}\.conf$"),
        r"(?m)^[ \t]{0,8}(?:createUser[ \t]{1,8}(?:-e[ \t]{1,8}[^\s]{1,80}[ \t]{1,8})?[^\s]{1,80}[ \t]{1,8}(?:MD5|SHA[\w-]{0,8})"
        r"|rw(?:community|community6|user))[ \t]{1,8}\"?([^\s\"]{4,256})",
        "etc/snmp/snmpd.conf",
        'createUser a SHA "{letters:14}" AES "{letters:14}"\n',
        "rwcommunity {letters:12} 10.0.0.0/8\n",
        clean="rocommunity public default\nrwcommunity private localhost\ncreateUser a\n",
        checks=("spelt",),
    ),
    _written(  # Grafana, "Configure Grafana"
        (r"(?:^|/)grafana[^/]*/.*\.ini$", r"(?:^|/)grafana[^/]*\.ini$"),
        r"(?m)^[ \t]{0,8}(?:admin_password|password|client_secret|bind_password)[ \t]{0,8}=[ \t]{0,8}\"{0,3}([^\s#;\"]{4,256})",
        "etc/grafana/grafana.ini",
        "[security]\nadmin_user = admin\nadmin_password = {letters:10}\n",
        '[smtp]\npassword = """{letters:10}#{letters:4}"""\n',
        clean="[security]\nadmin_password = admin\n;password = summer\n[database]\npassword = $__file{/run/secrets/db}\n",
        checks=("spelt",),
    ),
    _written(  # Gradle, "Signing Plugin" and "Declaring repositories": credentials of the user's own properties
        (r"(?:^|/)gradle\.properties$",),
        r"(?m)^[ \t]{0,8}[\w.-]{0,60}(?i:password)[ \t]{0,8}[=:][ \t]{0,8}([^\s#]{4,256})",
        "root/.gradle/gradle.properties",
        "signing.keyId={HEX:8}\nsigning.password={letters:10}\n",
        "nexusUsername=ci\nnexusPassword={letters:12}\n",
        clean="org.gradle.jvmargs=-Xmx2g\nnexusPassword=\nsigning.password=${SIGNING_PASSWORD}\n",
        checks=("spelt",),
    ),
)
