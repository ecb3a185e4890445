"""Rules of the class `password`: settings of web frameworks and of what is built with them."""

from __future__ import annotations

import re

from analyzers.collectors.patterns.rule import Example, Rule
from analyzers.collectors.secret_rules.build import LOW, MEDIUM, in_file

_PASSWORD = "password"  # noqa: S105 (the name of a class)
_QUOTED = r"[\"']([^\"'\n]{3,256})[\"']"
_PHP = r"define\(\s{0,4}[\"'](?:DB_PASSWORD|AUTH_KEY|SECURE_AUTH_KEY|LOGGED_IN_KEY|NONCE_KEY)[\"']\s{0,4},\s{0,4}" + _QUOTED
_RAILS = "production:\n  adapter: postgresql\n  password: {}\n"
_DJANGO = "INSTALLED_APPS = ['django.contrib.admin']\nSECRET_KEY = {}\n"
_JAVA = re.compile(rb"(?m)^(?:spring|server|management|logging|quarkus|micronaut)[.:]")


def _other_framework(value: str, data: bytes, start: int, end: int, path: str) -> bool:
    """Whether `config/application.yml` is that of a Java framework. Source: Spring Boot reference, Externalized Configuration."""
    return bool(_JAVA.search(data))


RULES: tuple[Rule, ...] = (
    in_file(
        "rubyonrails_passwd",
        _PASSWORD,
        "a password file of a Rails application",
        (r"(?:^|/)config/(?:secrets|application|initializers/devise)\.(?:yml|rb)$",),
        (
            Example("srv/config/secrets.yml", "production:\n  password: {base62:18}\n"),
            Example("srv/config/application.yml", "SMTP_PASSWORD: {base62:18}\n"),
        ),
        (
            Example("srv/config/secrets.yml", "production:\n  password: <%= ENV['PW'] %>\n"),
            Example("srv/config/application.yml", "SMTP_PASSWORD:\nSMTP_PORT: 25\n"),
            Example("srv/config/application.yml", "spring:\n  mail:\n    password: wintergarden\n"),
        ),
        patterns=(r"(?i:password|passwd)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?([^\s\"'<]{4,200})",),
        allows=_other_framework,
        version=3,
    ),
    in_file(
        "rails_master_key",
        _PASSWORD,
        "the master key of a Rails application",
        (r"(?:^|/)config/(?:master|credentials/\w+)\.key$",),
        (Example("srv/config/master.key", "{hex:32}"), Example("srv/config/credentials/production.key", "{hex:32}\n")),
        (Example("srv/config/master.key", ""), Example("srv/config/master.key", "<key>\n")),
        patterns=(r"^([0-9a-f]{32})\s{0,3}$",),
    ),
    in_file(
        "rails_app_token",
        _PASSWORD,
        "the secret token of a Rails application",
        (r"(?:^|/)config/initializers/secret_token\.rb$", r"(?:^|/)config/secrets\.yml$", r"(?:^|/)config/environments/\w+\.rb$"),
        (
            Example("srv/config/initializers/secret_token.rb", "A::Application.config.secret_token = '{hex:128}'\n"),
            Example("srv/config/secrets.yml", "production:\n  secret_key_base: {hex:128}\n"),
        ),
        (
            Example("srv/config/secrets.yml", 'production:\n  secret_key_base: <%= ENV["SECRET_KEY_BASE"] %>\n'),
            Example("srv/config/initializers/secret_token.rb", "config.secret_token = ENV['T']\n"),
        ),
        patterns=(r"secret_(?:token|key_base)\s{0,4}[:=]\s{0,4}[\"']?([0-9a-zA-Z]{30,256})",),
        rank=91,
    ),
    in_file(
        "django_key",
        _PASSWORD,
        "the settings of a Django site with its secret key",
        (r"(?:^|[/_])settings(?:[._-]\w+)*\.py$", r"(?:^|/)settings/\w+\.py$"),
        (
            Example("srv/site/settings.py", _DJANGO.format("'{punct:50}'")),
            Example("srv/site/settings/prod.py", "from django.conf import x\nSECRET_KEY = 'django-insecure-{punct:50}'\n"),
        ),
        (
            Example("srv/site/settings.py", _DJANGO.format("os.environ['SECRET_KEY']")),
            Example("srv/site/settings.py", _DJANGO.format("''")),
        ),
        patterns=(r"SECRET_KEY\s{0,4}=\s{0,4}[rub]?[\"']([^\"'\n]{30,128})[\"']",),
        rank=70,
    ),
    in_file(
        "flask_key",
        _PASSWORD,
        "the secret key of a Flask application",
        (r"\.py$",),
        (Example("srv/a.py", "app.secret_key = '{hex:32}'\n"), Example("srv/b.py", "app.config['SECRET_KEY'] = '{base62:24}'\n")),
        (Example("srv/a.py", "app.secret_key = os.urandom(16)\n"), Example("srv/a.py", "app.secret_key = 'dev'\n")),
        patterns=(
            r"(?:app|application)\.secret_key\s{0,3}=\s{0,3}[bru]?[\"']([^\"'\n]{12,200})[\"']",
            r"config\[[\"']SECRET_KEY[\"']\]\s{0,3}=\s{0,3}[bru]?[\"']([^\"'\n]{12,200})[\"']",
        ),
        common=True,
        rank=60,
        entropy=3.0,
        level=MEDIUM,
    ),
    in_file(
        "laravel_app_key",
        _PASSWORD,
        "the application key of Laravel",
        (r"(?:^|/)\.env(?:\.[\w.-]+)?$", r"\.(?:php|ya?ml)$"),
        (Example("srv/.env", "APP_KEY=base64:{base64:32}\n"), Example("srv/docker-compose.yml", "APP_KEY: base64:{base64:32}\n")),
        (Example("srv/.env", "APP_KEY=\n"), Example("srv/.env", "APP_KEY=base64:\n")),
        patterns=(r"APP_KEY[\"']?\s{0,3}[=:]\s{0,3}[\"']?base64:([0-9A-Za-z+/]{43}=)",),
        common=True,
        rank=70,
    ),
    in_file(
        "rails_database",
        _PASSWORD,
        "the database settings of a Rails application",
        (r"(?:^|/)(?:config/)?database\.ya?ml$",),
        (
            Example("srv/config/database.yml", _RAILS.format("{base62:18}")),
            Example("srv/database.yml", _RAILS.format("'{base62:9}-{base62:9}'")),
        ),
        (Example("srv/config/database.yml", _RAILS.format("<%= ENV['PW'] %>")), Example("srv/config/database.yml", _RAILS.format(""))),
        patterns=(r"\n\s{0,12}password:[ \t]{1,8}[\"']?([^\s\"'<#]{3,200})",),
        level=MEDIUM,
    ),
    in_file(
        "rubyonrails_cfg",
        _PASSWORD,
        "a configuration of Rails with a secret",
        (r"(?:^|/)config/(?:settings|cable|storage|redis|mongoid|sidekiq|environment)[\w./-]*\.(?:yml|rb)$",),
        (
            Example("srv/config/storage.yml", "amazon:\n  secret_access_key: {base62:32}\n"),
            Example("srv/config/cable.yml", "production:\n  password: {base62:18}\n"),
        ),
        (
            Example("srv/config/storage.yml", "amazon:\n  secret_access_key: <%= ENV['K'] %>\n"),
            Example("srv/config/cable.yml", "production:\n  url: x\n"),
        ),
        patterns=(r"(?:password|secret_access_key|secret_key|api_key|auth_token):[ \t]{1,8}[\"']?([^\s\"'<#]{6,200})",),
        level=MEDIUM,
        rank=55,
    ),
    in_file(
        "rails_carrierwave",
        _PASSWORD,
        "the upload settings of CarrierWave",
        (r"(?:^|/)config/initializers/carrierwave\.rb$",),
        (
            Example("srv/config/initializers/carrierwave.rb", "config.fog_credentials = { aws_secret_access_key: '{secret:40}' }\n"),
            Example("srv/config/initializers/carrierwave.rb", "rackspace_api_key: '{hex:32}'\n"),
        ),
        (
            Example("srv/config/initializers/carrierwave.rb", "aws_secret_access_key: ENV['K']\n"),
            Example("srv/config/initializers/carrierwave.rb", "x\n"),
        ),
        patterns=(r"(?:secret_access_key|api_key|secret|password)[\"']?(?::|\s{0,2}=>)\s{1,3}[\"']([^\"'\n]{8,200})[\"']",),
        level=MEDIUM,
    ),
    in_file(
        "phoenix_web_passwd",
        _PASSWORD,
        "the production secrets of a Phoenix application",
        (r"(?:^|/)config/(?:prod\.secret|dev\.secret|runtime|prod|dev)\.exs$",),
        (
            Example("srv/config/prod.secret.exs", 'secret_key_base: "{base62:64}"\n'),
            Example("srv/config/prod.secret.exs", 'password: "{base62:16}",\n'),
        ),
        (Example("srv/config/prod.secret.exs", 'secret_key_base: System.get_env("K")\n'), Example("srv/config/prod.exs", "config :a\n")),
        patterns=(r"(?:secret_key_base|password|signing_salt):\s{1,3}\"([^\"\n]{6,200})\"",),
        level=MEDIUM,
    ),
    in_file(
        "wordpress_database_cfg",
        _PASSWORD,
        "the configuration of WordPress",
        (r"(?:^|/)wp-config[\w.-]*\.php",),
        (
            Example("var/www/wp-config.php", "<?php\ndefine('DB_PASSWORD', '{base62:18}');\n"),
            Example("var/www/wp-config.php.bak", '<?php\ndefine( "DB_PASSWORD", "{base62:18}" );\n'),
        ),
        (
            Example("var/www/wp-config.php", "<?php\ndefine('DB_PASSWORD', getenv('DB_PASSWORD'));\n"),
            Example(
                "var/www/wp-config-sample.php",
                "<?php\ndefine('DB_PASSWORD', 'password_here');\ndefine('AUTH_KEY', 'put your unique phrase here');\n",
            ),
        ),
        patterns=(_PHP,),
        level=MEDIUM,
    ),
    in_file(
        "joomla_cfg",
        _PASSWORD,
        "the configuration of Joomla",
        (r"(?:^|/)configuration\.php(?:\.\w+)?$",),
        (
            Example("var/www/configuration.php", "<?php\nclass JConfig {\n public $password = '{base62:18}';\n}\n"),
            Example("var/www/configuration.php", "<?php\nclass JConfig {\n public $secret = '{base62:16}';\n}\n"),
        ),
        (
            Example("var/www/configuration.php", "<?php\nclass JConfig {\n public $password = '';\n}\n"),
            Example("var/www/configuration.php", "<?php\n"),
        ),
        patterns=(r"(?:public|var) \$(?:password|secret|smtppass)\s{0,3}=\s{0,3}[\"']([^\"'\n]{3,200})[\"']",),
        level=MEDIUM,
    ),
    in_file(
        "mediawiki_cfg",
        _PASSWORD,
        "the configuration of MediaWiki",
        (r"(?:^|/)LocalSettings\.php(?:\.\w+)?$",),
        (
            Example("var/www/LocalSettings.php", '<?php\n$wgDBpassword = "{base62:18}";\n'),
            Example("var/www/LocalSettings.php", '<?php\n$wgSecretKey = "{hex:64}";\n'),
        ),
        (
            Example("var/www/LocalSettings.php", '<?php\n$wgDBpassword = "";\n'),
            Example("var/www/LocalSettings.php", "<?php\n$wgDBpassword = getenv('P');\n"),
        ),
        patterns=(r"\$wg(?:DBpassword|SecretKey|UpgradeKey)\s{0,3}=\s{0,3}[\"']([^\"'\n]{3,200})[\"']",),
        level=MEDIUM,
    ),
    in_file(
        "php_database_cfg",
        _PASSWORD,
        "a PHP configuration with the password of a database",
        (r"\.(?:php\d?|inc|phtml)$",),
        (
            Example("var/www/db.php", "<?php $c = mysqli_connect('h', 'u', '{base62:16}', 'd');\n"),
            Example("var/www/c.inc", "<?php $db_password = '{base62:16}';\n"),
            Example("var/www/config.php", "<?php\ndefine('DB_PASSWORD', '{letters:10}');\n"),
        ),
        (
            Example("var/www/db.php", "<?php mysqli_connect($h, $u, $p);\n"),
            Example("var/www/c.php", "<?php $db_password = '';\n$types = ['password' => 'passwordfield', 'pass' => 'FTP_PASS'];\n"),
        ),
        patterns=(
            r"(?:mysqli?_p?connect|new\s{1,3}(?:mysqli|PDO))\s{0,3}\(\s{0,3}[\"'][^\"'\n]{0,200}[\"']\s{0,3},\s{0,3}[\"'][^\"'\n]{0,100}[\"']\s{0,3},\s{0,3}[\"']([^\"'\n]{3,200})[\"']",
            r"(?i:\$\w{0,24}(?:db|database|mysql|sql)\w{0,16}(?:pass|passwd|password|pwd)\w{0,8}\s{0,4}=\s{0,4}[\"']([^\"'\n]{3,200})[\"'])",
            r"(?i:define\(\s{0,4}[\"']\w{0,24}(?:db|database|mysql|sql)\w{0,16}(?:pass|passwd|password|pwd)\w{0,8}[\"']\s{0,4},\s{0,4}[\"']([^\"'\n]{3,200})[\"'])",
            r"(?i:[\"'](?:db_?)?(?:password|passwd|pwd|pass)[\"']\s{0,4}=>\s{0,4}[\"']([^\"'\n]{6,200})[\"'])",
        ),
        level=MEDIUM,
        common=True,
        rank=20,
        checks=("spelt",),
        entropy=2.5,
    ),
    in_file(
        "php_config",
        _PASSWORD,
        "a configuration of phpMyAdmin or PHP with a secret",
        (r"(?:^|/)config(?:\.inc|-db|\.secret)?\.(?:inc\.)?php$", r"(?:^|/)phpmyadmin/.*\.php$"),
        (
            Example("etc/phpmyadmin/config.inc.php", "<?php $cfg['blowfish_secret'] = '{base62:32}';\n"),
            Example("etc/phpmyadmin/config-db.php", "<?php $dbpass='{base62:16}';\n"),
        ),
        (
            Example("etc/phpmyadmin/config.inc.php", "<?php $cfg['blowfish_secret'] = '';\n"),
            Example("etc/phpmyadmin/config-db.php", "<?php $dbpass='';\n"),
        ),
        patterns=(
            r"(?:blowfish_secret|controlpass|'password)'\]\s{0,3}=\s{0,3}[\"']([^\"'\n]{3,200})[\"']",
            r"\$dbpass\s{0,3}=\s{0,3}[\"']([^\"'\n]{3,200})[\"']",
        ),
        level=LOW,
        rank=55,
    ),
)
