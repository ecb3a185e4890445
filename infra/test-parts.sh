#!/usr/bin/env bash
# Installs the Debian programs that the tests meet: a real registry, image tools, a browser. Without root it only says what is missing.
set -u
parts=(docker-registry skopeo clickhouse-client chromium rpm webhook buildah mmdebstrap clamav-daemon)
programs=(docker-registry skopeo clickhouse-client chromium rpm webhook buildah mmdebstrap clamd)
missing=()
for n in "${!parts[@]}"; do
  command -v "${programs[$n]}" >/dev/null || missing+=("${parts[$n]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${missing[*]} ..."
  guard=/usr/sbin/policy-rc.d made=
  [ -e "$guard" ] || { printf '#!/bin/sh\nexit 101\n' >"$guard"; chmod 755 "$guard"; made=1; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  [ -z "$made" ] || rm -f "$guard"
else
  echo "NOT INSTALLED, tests that need them are skipped: ${missing[*]} (run \`make parts\` as root on Debian)" >&2
fi
exit 0
