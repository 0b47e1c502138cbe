#!/usr/bin/env bash
# Measures Latchkey beside nginx and Kestrel in one run. Needs openssl, nginx and wrk; see bench/README.md.
#   bench/run.sh                            everything, about five minutes
#   bench/run.sh --only handshakes --seconds 10
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in openssl wrk; do
    command -v "$tool" >/dev/null || { echo "bench: $tool is missing (Debian package $tool)" >&2; exit 1; }
done
[ -x /usr/sbin/nginx ] || { echo "bench: nginx is missing (Debian package nginx)" >&2; exit 1; }
./build.sh >/dev/null
dotnet build bench/Latchkey.Bench -c Release -v q >/dev/null
exec dotnet bench/Latchkey.Bench/bin/Release/net10.0/latchkey-bench.dll "$@"
