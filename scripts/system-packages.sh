#!/bin/sh
# Installs the Debian packages that the whole test suite needs and Node does not bring. Needs root; without it, says what to
# install. Nothing a user of the package runs needs any of them.
set -eu
PACKAGES="chromium"
missing=""
for package in $PACKAGES; do
  dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
  echo "missing packages:$missing" >&2
  echo "install them with: sudo apt-get install --no-install-recommends$missing" >&2
  exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
