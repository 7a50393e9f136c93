#!/bin/sh
# Installs the Debian packages that the project's own work needs and Node does not bring: `tests` (the default) what the whole
# test suite needs, `bench` the proxies that `npm run bench -- cage` compares with. Needs root; without it, says what to
# install. Nothing a user of the package runs needs any of them.
set -eu
case "${1:-tests}" in
  tests) PACKAGES="chromium curl git iproute2 nftables systemd" ;;
  bench) PACKAGES="haproxy nginx-light squid wrk" ;;
  *) echo "usage: system-packages.sh [tests|bench]" >&2; exit 2 ;;
esac
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
# A server that is installed to be compared with is not started on the machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
