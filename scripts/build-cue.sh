#!/bin/sh
# Builds the CUE engine: lang/cue/engine/*.go to lang/cue/engine/data/cue.wasm.br, with its SHA-256 in cue.json beside it, the
# wasm_exec.js of the same Go release, and the licences of everything inside. The same Go release gives the same bytes on any
# machine. Needs Go (the release named in cue.json) and its module proxy, and Node; takes minutes. Users need neither.
#
#   scripts/build-cue.sh [--check]     --check writes nothing and fails when the rebuild differs from what is committed
#
# Exit code: 0 built or identical, 1 it differs, 3 its modules cannot be fetched.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

cp "$root"/lang/cue/engine/*.go "$root"/lang/cue/engine/go.mod "$root"/lang/cue/engine/go.sum "$work"
cd "$work"
# GOTOOLCHAIN=local: another release must not be fetched, it would give other bytes. GOENV=off: no settings of this machine.
export GOENV=off GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0
go mod vendor || {
  echo "the modules of the engine cannot be fetched" >&2
  exit 3
}

# Packages of CUE that act on the outside world, or that no document needs, are not linked: their registrations are dropped.
registrations=vendor/cuelang.org/go/pkg/register.go
grep -v -E '"cuelang.org/go/pkg/(tool|tool/.*|crypto/.*|encoding/(openapi|toml|csv)|html|text/.*|uuid)"' \
  "$registrations" > registrations.kept
cp registrations.kept "$registrations"

GOOS=js GOARCH=wasm GOFLAGS='-mod=vendor -p=1 -buildvcs=false' \
  go build -trimpath -ldflags='-s -w -buildid=' -o cue.wasm .

# Licences of the modules that are linked, in the order of their paths, and of Go itself.
{
  echo "The CUE engine (cue.wasm.br, wasm_exec.js) is built from the following, each under its own licence."
  printf '\n======== The Go programming language\n\n'
  cat "$(go env GOROOT)/LICENSE"
  GOOS=js GOARCH=wasm GOFLAGS=-mod=mod go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' . |
    sort -u | while read -r path version folder; do
      printf '\n======== %s %s\n\n' "$path" "$version"
      for name in LICENSE LICENSE.txt LICENSE.md COPYING NOTICE; do
        if [ -f "$folder/$name" ]; then cat "$folder/$name"; fi
      done
    done
} > LICENSES.txt

exec_js="$(go env GOROOT)/lib/wasm/wasm_exec.js"
node "$root/scripts/pack-cue.mjs" "$work" "$exec_js" "$(go env GOVERSION)" "$root/lang/cue/engine/data" "$@"
