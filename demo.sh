#!/usr/bin/env bash
# A real page, served over TLS by an edge that has no private key. Ctrl-C ends it. ./demo.sh --once fetches the page once,
# prints the handshake step by step and ends; ./demo.sh --help tells the rest.
set -euo pipefail
cd "$(dirname "$0")"
newer=$([ -x artifacts/latchkey ] && find src Directory.*.props -newer artifacts/latchkey \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -path '*/Page/*' \) -not -path '*/obj/*' | head -1 || echo none)
[ -z "$newer" ] || ./build.sh >&2
exec artifacts/latchkey demo "$@"
