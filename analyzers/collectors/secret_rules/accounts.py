"""Rules of the class `account`: logins that tools keep."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import FILE, Example, Rule
from analyzers.collectors.secret_rules.build import LOW, MEDIUM, in_file

_ACCOUNT = "account"
_JSON = r"\"(?:password|passphrase|pass|sudo)\"\s{0,4}:\s{0,4}\"([^\"\n]{3,256})\""
_SFTP = '{"host": "h", "username": "u", "password": "{}"}\n'

RULES: tuple[Rule, ...] = (
    in_file(
        "sshpasswd",
        _ACCOUNT,
        "a command that gives a password to ssh",
        (),
        (Example("srv/run.sh", "sshpass -p {base62:14} ssh root@h\n"), Example("srv/run", "SSHPASS={base62:14} sshpass -e ssh h\n")),
        (Example("srv/run.sh", "sshpass -p $PW ssh root@h\n"), Example("srv/run.sh", "sshpass -f /run/pw ssh h\n")),
        patterns=(r"sshpass\s{1,4}-p\s{0,3}[\"']?([^\s\"'$<]{3,128})", r"SSHPASS\s{0,3}=\s{0,3}[\"']?([^\s\"'$<]{3,128})"),
        rank=70,
    ),
    in_file(
        "netrc_cfg",
        _ACCOUNT,
        "a login file of curl, ftp and git",
        (r"(?:^|/)[._]netrc$", r"(?:^|/)apt/auth\.conf(?:\.d/[^/]{1,200})?$"),  # apt_auth.conf(5) has the same form
        (
            Example("root/.netrc", "machine a.example.org login dev password {base62:18}\n"),
            Example("root/.netrc", "machine a\n login b\n password {base62:10}\n"),
            Example("etc/apt/auth.conf.d/a.conf", "machine apt.internal login ci password {letters:10}\n"),
        ),
        (Example("root/.netrc", "machine a.example.org login dev\n"), Example("root/.netrc", "machine a login b password ${PW}\n")),
        patterns=(r"\bpassword\s{1,20}([^\s]{1,256})",),
    ),
    in_file(
        "common_cred",
        _ACCOUNT,
        "a credential file",
        (
            r"(?:^|/)\.?credentials?(?:\.(?:txt|csv|ini|ya?ml|toml|conf|cfg|properties))?$",
            r"(?:^|/)\.?passwords?\.(?:txt|csv)$",
            r"(?:^|/)[^/]*(?i:smb|cifs|samba)[^/]*/[^/]*(?i:cred|pass|auth|login)[^/]*$",  # mount.cifs(8), option credentials
            r"(?:^|/)[^/]*(?i:smb|cifs|samba)[^/]*(?i:cred|pass|auth|login)[^/]*$",
        ),
        (
            Example("root/.credentials", "password={base62:16}\n"),
            Example("root/.smbcredentials", "username=a\npassword={base62:12}\n"),
            Example("etc/samba/nas.cred", "username=a\npassword={letters:10}\ndomain=b\n"),
        ),
        (Example("root/.credentials", "password=\ndomain=SHOP\n"), Example("root/.credentials", "user=a\n")),
        patterns=(r"(?i:password|passwd|secret|token|api_?key)[\"']?[ \t]{0,4}[:=,][ \t]{0,4}[\"']?([^\s\"',]{4,256})",),
        level=MEDIUM,
        rank=FILE,
        version=2,
    ),
    in_file(  # pppd(8): client, server, secret
        "common_cred",
        _ACCOUNT,
        "a credential file",
        (r"(?:^|/)(?:chap|pap)-secrets$",),
        (
            Example("etc/ppp/chap-secrets", '"user" * "{base62:12}" *\n'),
            Example("etc/ppp/pap-secrets", "# client server secret\nuser * {base62:12}\n"),
        ),
        (Example("etc/ppp/chap-secrets", "# client server secret IP\n"), Example("etc/ppp/pap-secrets", 'user * "" -\n')),
        patterns=(r"(?m)^[ \t]{0,8}(?:\"[^\"\n]{0,200}\"|[^\s#\"]{1,200})[ \t]{1,20}[^\s]{1,200}[ \t]{1,20}\"?([^\s\"#]{3,256})",),
        level=MEDIUM,
        rank=FILE,
    ),
    in_file(  # ipsec.secrets(5)
        "common_cred",
        _ACCOUNT,
        "a credential file",
        (r"(?:^|/)ipsec(?:\.d/[^/]{1,200})?\.secrets$",),
        (Example("etc/ipsec.secrets", ': PSK "{base62:24}"\n'), Example("etc/ipsec.d/a.secrets", 'dev : EAP "{base62:12}"\n')),
        (Example("etc/ipsec.secrets", ": RSA server.key\ninclude /etc/ipsec.d/*.secrets\n"), Example("etc/ipsec.secrets", '# : PSK "x"\n')),
        patterns=(r"(?m)^[^#\n]{0,200}:[ \t]{1,8}(?:PSK|XAUTH|EAP|NTLM)[ \t]{1,8}\"?([^\s\"]{3,256})",),
        level=MEDIUM,
        rank=FILE,
    ),
    in_file(
        "ftp_cfg",
        _ACCOUNT,
        "a configuration of an FTP client",
        (r"(?:^|/)\.ftpconfig$", r"(?:^|/)\.?(?:lftp/rc|lftprc|ncftp/bookmarks|wgetrc)$", r"(?:^|/)ws_ftp\.ini$"),
        (
            Example("srv/.ftpconfig", '{"protocol": "ftp", "host": "h", "pass": "{base62:14}"}\n'),
            Example("root/.wgetrc", "ftp_password = {base62:14}\n"),
        ),
        (Example("srv/.ftpconfig", '{"pass": ""}\n'), Example("root/.wgetrc", "ftp_password =\ntimeout = 3\n")),
        patterns=(_JSON, r"(?:ftp_password|password|passwd|PWD)[ \t]{0,3}=[ \t]{0,3}([^\s]{3,256})"),
        level=MEDIUM,
        version=2,
    ),
    in_file(
        "sftp_cfg",
        _ACCOUNT,
        "a configuration of an SFTP client",
        (r"(?:^|/)sftp-config(?:-alt\d?)?\.json$", r"(?:^|/)\.?sftp\.json$"),
        (
            Example("srv/sftp-config.json", _SFTP.replace("{}", "{base62:14}")),
            Example("srv/.sftp.json", _SFTP.replace("{}", "{base62:20}")),
        ),
        (Example("srv/sftp-config.json", _SFTP.replace("{}", "")), Example("srv/sftp-config.json", "{}\n")),
        patterns=(_JSON,),
        level=MEDIUM,
    ),
    in_file(
        "filezilla_ftp",
        _ACCOUNT,
        "the sites of FileZilla",
        (r"(?:^|/)(?:sitemanager|recentservers|filezilla)\.xml$", r"(?i:FileZilla Server\.xml)$"),
        (
            Example("root/.config/filezilla/sitemanager.xml", '<Pass encoding="base64">{base64:12}</Pass>\n'),
            Example("root/.filezilla/recentservers.xml", "<Pass>{base62:14}</Pass>\n"),
        ),
        (Example("root/.filezilla/sitemanager.xml", "<User>a</User>\n"), Example("root/.filezilla/sitemanager.xml", "<Pass></Pass>\n")),
        patterns=(r"<Pass(?: encoding=\"base64\")?>([^<]{3,256})</Pass>", r"<Option Name=\"Pass\">([^<]{8,256})</Option>"),
        level=MEDIUM,
    ),
    in_file(
        "vscode_sftp",
        _ACCOUNT,
        "the SFTP settings of Visual Studio Code",
        (r"(?:^|/)\.vscode/sftp\.json$",),
        (
            Example("srv/.vscode/sftp.json", _SFTP.replace("{}", "{base62:14}")),
            Example("srv/.vscode/sftp.json", '{"passphrase": "{base62:14}"}'),
        ),
        (Example("srv/.vscode/sftp.json", _SFTP.replace("{}", "")), Example("srv/.vscode/sftp.json", "{}\n")),
        patterns=(_JSON,),
        level=MEDIUM,
        rank=91,
    ),
    in_file(
        "atom_sftp_cfg",
        _ACCOUNT,
        "the deployment settings of Atom",
        (r"(?:^|/)deployment-config\.json$",),
        (
            Example("srv/deployment-config.json", _SFTP.replace("{}", "{base62:14}")),
            Example("srv/a/deployment-config.json", '{"passphrase": "{base62:14}"}'),
        ),
        (Example("srv/deployment-config.json", _SFTP.replace("{}", "")), Example("srv/deployment-config.json", "{}\n")),
        patterns=(_JSON,),
        level=MEDIUM,
    ),
    in_file(
        "atom_remote_sync",
        _ACCOUNT,
        "the settings of Atom's remote-sync",
        (r"(?:^|/)\.remote-sync\.json$",),
        (
            Example("srv/.remote-sync.json", _SFTP.replace("{}", "{base62:14}")),
            Example("srv/a/.remote-sync.json", '{"passphrase": "{base62:14}"}'),
        ),
        (Example("srv/.remote-sync.json", _SFTP.replace("{}", "")), Example("srv/.remote-sync.json", "{}\n")),
        patterns=(_JSON,),
        level=MEDIUM,
    ),
    in_file(
        "cpanel_proftpd",
        _ACCOUNT,
        "the accounts of ProFTPD under cPanel",
        (r"(?:^|/)(?:\.?proftpdpasswd|proftpd/\w+|ftpd\.passwd)$",),
        (
            Example("etc/proftpdpasswd", "u:$6${base62:8}${base62:86}:1000:1000::/home/u:/bin/ftpsh\n"),
            Example("home/a/.proftpdpasswd", "u:$1${base62:8}${base62:22}:1:1::/h:/s\n"),
        ),
        (Example("etc/proftpdpasswd", "u:!:1:1::/h:/s\n"), Example("etc/proftpdpasswd", "")),
        patterns=(r"(?:^|\n)[^\s:#]{1,64}:(\$\w{1,3}\$[^\s:]{12,200}|[./0-9A-Za-z]{13}):",),
        level=MEDIUM,
    ),
    in_file(
        "esmtp_cfg",
        _ACCOUNT,
        "a configuration of a mail client with a password",
        (r"(?:^|/)\.?(?:esmtprc|msmtprc|mailrc|muttrc|getmailrc)$", r"(?:^|/)s?smtp\.conf$", r"(?:^|/)sasl_passwd$"),
        (Example("root/.esmtprc", "hostname h:25\npassword = {base62:14}\n"), Example("root/.msmtprc", "user a\npassword {base62:14}\n")),
        (Example("root/.esmtprc", "password =\nhostname h:25\n"), Example("root/.msmtprc", 'passwordeval "pass show x"\n')),
        patterns=(
            r"(?:^|\n)\s{0,8}(?:set\s{1,3})?(?:password|AuthPass|smtp_pass|imap_pass)[ \t]{0,16}[= \t][ \t]{0,16}[\"']?([^\s\"']{3,256})",
            r"(?:^|\n)\[?[\w.-]{3,200}\]?(?::\d{1,5})?\s{1,20}[\w.+@-]{1,200}:([^\s:]{3,256})\s{0,3}(?:\n|$)",
        ),
        level=MEDIUM,
        version=2,
    ),
    in_file(  # Exim: domain:user:password
        "esmtp_cfg",
        _ACCOUNT,
        "a configuration of a mail client with a password",
        (r"(?:^|/)exim4?/passwd\.client$",),
        (
            Example("etc/exim4/passwd.client", "*.example.org:user@example.org:{base62:12}\n"),
            Example("etc/exim4/passwd.client", "# a\nmail.internal:app:{base62:12}\n"),
        ),
        (
            Example("etc/exim4/passwd.client", "# target.mail.server.example:login:password\n"),
            Example("etc/exim4/passwd.client", "a:b:${PW}\n"),
        ),
        patterns=(r"(?m)^[^\s:#]{1,200}:[^\s:]{1,200}:([^\s:]{3,256})[ \t\r]{0,4}$",),
        level=MEDIUM,
        rank=FILE,
    ),
    in_file(
        "firefox_logins",
        _ACCOUNT,
        "the stored logins of Firefox",
        (r"(?:^|/)logins(?:-backup)?\.json$",),
        (
            Example("root/.mozilla/firefox/a/logins.json", '{"logins": [{"encryptedPassword": "{base64:48}"}]}'),
            Example("root/logins.json", '{"logins": [{"encryptedPassword": "{base64:64}"}]}'),
        ),
        (Example("root/logins.json", '{"logins": []}'), Example("root/logins.json", "{}")),
        patterns=(r"\"encryptedPassword\"\s{0,3}:\s{0,3}\"([0-9A-Za-z+/=]{16,1000})\"",),
        level=MEDIUM,
    ),
    in_file(
        "shell_history",
        _ACCOUNT,
        "the history of a shell or client",
        (
            r"(?:^|/)\.(?:bash|zsh|sh|ash|ksh|mysql|psql|python|node_repl|sqlite|rediscli|irb|pry|mongo|dbshell|lesshst)_?(?:history|hist)?(?:\.\d+)?$",
            r"(?:^|/)(?:fish_history|\.histfile|\.history)$",
        ),
        (
            Example("root/.bash_history", "ls\nmysql -u root -p{base62:16} shop\n"),
            Example("root/.zsh_history", ": 1700000000:0;curl -u a:{base62:16} https://h/\n"),
        ),
        (Example("root/.bash_history", "ls -la\nmysql -u root -p shop\n"), Example("root/.bash_history", "export PW=$X\n")),
        level=MEDIUM,
        rank=FILE,
    ),
    in_file(
        "jetbrains_ides",
        _ACCOUNT,
        "the server settings of a JetBrains IDE",
        (r"(?:^|/)(?:\.idea/.*|options/)?(?:webServers|dataSources(?:\.local)?|deployment|security|other)\.xml$",),
        (
            Example("srv/.idea/webServers.xml", '<fileTransfer password="{hex:32}"/>\n'),
            Example("srv/.idea/dataSources.xml", "<x>jdbc:mysql://h/d?password={base62:12}</x>\n"),
        ),
        (Example("srv/.idea/webServers.xml", "<fileTransfer/>\n"), Example("srv/.idea/dataSources.xml", "<x/>\n")),
        patterns=(r"(?:password|passphrase)=\"([^\"]{3,256})\"", r"[?&;]password=([^&;<\"\s]{3,256})"),
        level=LOW,
    ),
    in_file(
        "ventrilo_voip",
        _ACCOUNT,
        "the configuration of a Ventrilo server",
        (r"(?:^|/)ventrilo_srv\.ini$",),
        (
            Example("srv/ventrilo_srv.ini", "[Server]\nAdminPassword={base62:12}\n"),
            Example("srv/ventrilo_srv.ini", "Password={base62:12}\n"),
        ),
        (Example("srv/ventrilo_srv.ini", "[Server]\nAdminPassword=\nDuplicates=1\n"), Example("srv/ventrilo_srv.ini", "[Server]\n")),
        patterns=(r"(?:Admin)?Password[ \t]{0,3}=[ \t]{0,3}([^\s]{3,128})",),
        level=LOW,
        version=2,
    ),
)
