"""Rules of the class `account` for scripts, notes and code: commands and calls that carry a login. Sources: the manual pages of the tools,
the documentation of the libraries."""

from __future__ import annotations

from dataclasses import replace

from analyzers.collectors.patterns.rule import Example, Rule
from analyzers.collectors.secret_rules.build import MEDIUM, token

RANK = 20  # below the forms of tokens and the readers of formats: they say more about the same value
_ARGUMENTS = r"(?:(?:[^|;&\n\\]|\\[^|;&]){0,300}?\s)?"
_OPEN = r"[\"']?"
_LOGINS = r"(?:docker|podman|buildah|skopeo|nerdctl|helm\s+registry|oras|crane\s+auth|az|oc)\s+login"


_CALLED = (
    r"(?:NetworkCredential|HTTP(?:Basic|Digest)Auth|UsernamePasswordCredentials|PasswordAuthentication|BasicAuthenticationInterceptor"
    r"|BasicAuthCredentials|[Bb]asic_?[Aa]uth(?:entication)?|SetBasicAuth|Credentials\.basic|(?:smtp\w*|server|mail\w*|imap\w*|ftp\w*|session)\.login|simple_bind(?:_s)?|\bauth\s{0,2}=\s{0,2})"
)
_CALLED_AT = r"(?:Sequelize|FTP(?:_TLS)?|pymysql\.connect|MySQLdb\.connect)"
_OPTION = (
    r"--(?:(?:[a-z][a-z0-9-]{0,40}-)?(?:passw(?:or)?d|pass|secret|api-?key)"
    r"|(?:(?:auth|access|api|admin|bot|client|deploy|join|user)-)?token)"
)
_TEXT = r"[\"'][^\"'\n]{1,128}[\"']\s{0,4},\s{0,8}"


def _command(form: str, scan: str, *samples: str, checks: tuple[str, ...] = ("mixed", "url_password"), entropy: float = 2.5) -> Rule:
    rule = token(
        "command_credential",
        "account",
        "a command or a call that carries a login",
        form,
        *samples,
        level=MEDIUM,
        before=r"(?:^|[^0-9A-Za-z_./-])",
        after="",
        entropy=entropy,
        checks=checks,
        rank=RANK,
        inner=True,
        scan=scan,
        version=2,
    )
    return replace(
        rule, hits=tuple(Example(f"srv/app/{name}", f"set -e\n{sample}\n") for sample in samples for name in ("deploy.sh", "steps.md"))
    )


RULES: tuple[Rule, ...] = (
    _command(
        rf"curl\s{_ARGUMENTS}(?:-u|--user|--proxy-user)[ =]{{0,2}}{_OPEN}[^\s:\"'$<{{]{{1,128}}:([^\s\"'$<{{]{{6,256}})",
        r"curl\s",
        "curl -fsS -u ci:{base62:14} https://api.internal/v1",
        "curl --proxy-user 'ci:{base62:14}' https://api.internal/v1",
    ),
    _command(
        r"(?i:authorization)[\"']?\s{0,3}[:=,\s]\s{0,3}[\"']?(?i:bearer|token)\s{1,3}([0-9A-Za-z+/=._~-]{20,900})",
        r"(?i:authorization)",
        "curl -H 'Authorization: Bearer {base62:40}' https://api.internal/v1",
        'curl -H "Authorization: token {hex:40}" https://api.internal/v1',
        checks=("mixed",),
        entropy=3.2,
    ),
    _command(
        r"(?i:authorization)[\"']?\s{0,3}[:=,\s]\s{0,3}[\"']?(?i:basic)\s{1,3}([0-9A-Za-z+/]{12,400}={0,2})",
        r"(?i:authorization)",
        "curl -H 'Authorization: Basic {login}' https://api.internal/v1",
        'curl --header "authorization: basic {login}" https://api.internal/v1',
        'proxy_set_header Authorization "Basic {login}";',
        checks=("written_login",),
        entropy=3.0,
    ),
    _command(
        rf"{_LOGINS}\s{_ARGUMENTS}(?:-p|--password)[ =]?{_OPEN}([^\s\"'$<{{-][^\s\"'$]{{5,512}})",
        r"\slogin\s",
        "docker login -u ci -p {base62:14} registry.internal",
        "helm registry login registry.internal --username ci --password '{base62:14}'",
    ),
    _command(
        rf"(?:PGPASSWORD|MYSQL_PWD|SSHPASS|REDISCLI_AUTH|RESTIC_PASSWORD|BORG_PASSPHRASE)={_OPEN}([^\s\"'$;&|<`{{]{{6,256}})",
        r"(?:PGPASSWORD|MYSQL_PWD|SSHPASS|REDISCLI_AUTH|RESTIC_PASSWORD|BORG_PASSPHRASE)=",
        "PGPASSWORD={base62:14} psql -h db.internal app",
        "MYSQL_PWD='{base62:14}' mysqldump app",
    ),
    _command(
        rf"(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\s(?:[^|;&\n]{{0,200}}\s)?-p{_OPEN}([^\s\"'|;&$<{{-][^\s\"'|;&$]{{5,255}})",
        r"(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\s",
        "mysqldump -uroot -p{base62:14} shop",
        "mysql -h db.internal -u app -p'{base62:14}' shop",
    ),
    _command(
        rf"ansible_(?:ssh_|become_|sudo_|su_|winrm_)?pass(?:word)?\s?[=:]\s?{_OPEN}([^\s\"'{{$<!][^\s\"'{{$]{{5,255}})",
        r"ansible_(?:ssh_|become_|sudo_|su_|winrm_)?pass",
        "web1 ansible_user=root ansible_password={base62:12}",
        "web1 ansible_host=10.0.0.1 ansible_become_pass='{base62:12}'",
    ),
    _command(
        r"(?i:convertto-securestring)\s{1,4}(?:-(?i:string)\s{1,4})?[\"']([^\"'$\n]{6,256})[\"']",
        r"(?i:convertto-securestring)",
        '$p = ConvertTo-SecureString "{base62:12}" -AsPlainText -Force',
        "ConvertTo-SecureString -String '{base62:12}' -AsPlainText",
        checks=("url_password",),
    ),
    _command(
        rf"(?:docker|podman|nerdctl)\s{_ARGUMENTS}(?:-e|--env)[ =]{_OPEN}"
        r"[0-9A-Za-z_]{0,40}(?i:password|passwd|_pass|secret|token|api_?key)=[\"']?([^\s\"'$<{][^\s\"'$]{5,256})",
        r"(?:docker|podman|nerdctl)\s",
        "docker run -d -e MYSQL_USER=app -e MYSQL_PASSWORD={base62:14} mysql:8",
        "podman run --env 'API_TOKEN={base62:32}' registry.internal/app",
    ),
    _command(
        rf"(?:[\w().]{{1,60}}\.)?{_CALLED}\(\s{{0,8}}{_TEXT}[\"']([^\s\"'$<{{][^\s\"'$<{{]{{5,255}})[\"']",
        _CALLED + r"\(",
        'var login = new NetworkCredential("ci", "{base62:14}");',
        'request.SetBasicAuth("ci", "{base62:14}")',
        "requests.get(url, auth=('ci', '{base62:14}'))",
    ),
    _command(
        rf"(?:[\w.]{{1,60}}\.)?{_CALLED_AT}\(\s{{0,8}}{_TEXT}{_TEXT}[\"']([^\s\"'$<{{][^\s\"'$<{{]{{5,255}})[\"']",
        _CALLED_AT + r"\(",
        "new Sequelize('shop', 'app', '{base62:14}', { dialect: 'mysql' });",
        'ftp = ftplib.FTP("ftp.internal", "app", "{base62:14}")',
    ),
    _command(
        rf"(?:-H|--header)[ =]?{_OPEN}(?i:x-[\w-]{{0,40}}(?:token|api-?key|secret)|private-token|job-token|api-?key)\s{{0,3}}:\s{{0,3}}"
        r"([^\s\"'$<{]{12,900})",
        r"(?:-H|--header)[ =\"']",
        "curl -H 'X-Auth-Token: {base62:40}' https://api.internal/v1",
        'curl --header "PRIVATE-TOKEN: {base62:20}" https://git.internal/api/v4',
        checks=("mixed",),
        entropy=3.0,
    ),
    _command(
        rf"(?:[\w.]{{1,60}}\.)?(?i:getconnection)\(\s{{0,8}}[\"'][^\"'\n]{{1,400}}[\"']\s{{0,4}},\s{{0,8}}{_TEXT}[\"']([^\s\"'$<{{][^\s\"'$<{{]{{5,255}})[\"']",
        r"(?i:getconnection)\(",
        'DriverManager.getConnection("jdbc:postgresql://db/app", "app", "{base62:14}");',
        'DriverManager.getConnection( "jdbc:mysql://db/app",\n  "app", "{base62:14}")',
    ),
    _command(
        rf"(?:wget\s{_ARGUMENTS}--(?:http-|ftp-|proxy-)?password|redis-cli\s{_ARGUMENTS}-a|ldap(?:search|add|modify|delete)\s{_ARGUMENTS}-w)"
        rf"[ =]{_OPEN}([^\s\"'$<{{-][^\s\"'$<{{]{{5,255}})",
        r"(?:wget|redis-cli|ldap(?:search|add|modify|delete))\s",
        "wget --user=ci --password={base62:12} https://packages.internal/a.tgz",
        "redis-cli -h cache -a {base62:16} ping",
        "ldapsearch -x -D cn=admin,dc=a -w '{base62:12}' -b dc=a",
    ),
    _command(  # options of any program
        rf"{_OPTION}=[\"']?([^\s\"'$<{{%,(\[][^\s\"'$<{{,]{{5,255}})",
        _OPTION + "=",
        "exec server --db-user=a --db-password={base62:12}",
        'args: ["--admin-token={base62:32}"]',
        checks=("mixed", "url_password", "no_words"),
    ),
    _command(  # the manual pages of these programs; net use of Windows
        rf"(?:(?:keytool|jarsigner)\s{_ARGUMENTS}-(?:src|dest)?(?:store|key)pass[ =]|(?:un)?zip\s{_ARGUMENTS}-P {{0,4}}"
        rf"|openssl\s{_ARGUMENTS}-pass(?:in|out)? {{1,4}}{_OPEN}pass:|lftp\s{_ARGUMENTS}-u {{0,4}}[^\s,]{{1,64}},"
        rf"|mount\s{_ARGUMENTS}-o [^\s]{{0,200}}?pass(?:word)?=|svn\s{_ARGUMENTS}--password[ =]"
        rf"|mongo(?:sh|dump|restore|import|export)?\s{_ARGUMENTS}(?:-p|--password)[ =]|net use\s{_ARGUMENTS}/user:[^\s]{{1,80}} {{1,4}})"
        rf"{_OPEN}([^\s\"'$<{{%-][^\s\"'$<{{%,]{{5,255}})",
        r"(?:store|key)pass[ =]|-pass(?:in|out)? {1,4}[\"']?pass:|zip\s[^\n;|&]*-P|lftp\s|mount\s[^\n;|&]*pass|svn\s[^\n;|&]*--password"
        r"|mongo\w*\s[^\n;|&]*-p|net use\s",
        "keytool -genkey -keystore a.jks -storepass {base62:12}",
        "openssl enc -aes-256-cbc -pass pass:{base62:12} -in a",
        "unzip -P {base62:12} a.zip",
        "lftp -u deploy,{base62:12} ftp.internal",
        "mount -t cifs //nas/a /a -o username=a,password={base62:12}",
        "svn checkout --username ci --password {base62:12} https://svn.internal/a",
        "mongo --host db -u root -p {base62:12} --eval 1",
        "net use Z: //nas/a /user:CORP/a {base62:12}",
    ),
    _command(  # Perl DBI, connect
        rf"DBI->connect\(\s{{0,8}}[\"'][^\"'\n]{{1,200}}[\"']\s{{0,4}},\s{{0,8}}{_TEXT}[\"']([^\s\"'$<{{][^\s\"'$<{{]{{5,255}})[\"']",
        r"DBI->connect\(",
        'my $d = DBI->connect("dbi:mysql:a", "a", "{base62:12}");',
        "DBI->connect('dbi:Pg:dbname=a', 'a', '{base62:12}')",
    ),
)
