#!/usr/bin/env bash
# A key server with one processor to itself is asked for RSA-2048 signatures by another: calmly, then by 64 connections with 16,384
# callers beside an edge that asks for one thing at a time, then calmly again. Prints the three, and what of its calm rate the key
# server kept (attack 20). At least two processors; see bench/README.md.
#   bench/overload.sh [seconds of flood]
set -euo pipefail
cd "$(dirname "$0")/.."
./build.sh >/dev/null
latchkey=$PWD/artifacts/latchkey
seconds=${1:-20}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

certificate() { # name, algorithm, then how it is signed
    local name=$1 algorithm=$2
    shift 2
    openssl req -x509 -newkey "$algorithm" ${curve:+-pkeyopt ec_paramgen_curve:$curve} -nodes -days 2 -subj "/CN=$name" \
        -addext "subjectAltName=DNS:$name,IP:127.0.0.1" -keyout "$name.key" -out "$name.pem" "$@" 2>/dev/null
}
mkdir keys
curve=P-256 certificate authority ec
for name in keyserver calm flood; do
    curve=P-256 certificate $name ec -CA authority.pem -CAkey authority.key
done
certificate site.test rsa:2048
mv site.test.key keys/
cat > keyserver.json <<'JSON'
{ "listen": "127.0.0.1:24070", "certificate": "keyserver.pem", "key": "keyserver.key", "clientCa": "authority.pem", "keys": [ { "path": "keys" } ] }
JSON
for edge in calm flood; do
    cat > $edge.json <<JSON
{ "listen": ["127.0.0.1:24071"],
  "keyServers": { "home": { "endpoints": ["127.0.0.1:24070"], "certificate": "$edge.pem", "key": "$edge.key", "ca": "authority.pem", "requestTimeoutSeconds": 60 } },
  "sites": [ { "names": ["site.test"], "certificate": "site.test.pem", "keyServer": "home", "upstream": "http://127.0.0.1:24072" } ] }
JSON
done

taskset -c 0 "$latchkey" keyserver keyserver.json > keyserver.log 2>&1 &
until grep -q '^ready' keyserver.log; do sleep 0.1; kill -0 $! || { cat keyserver.log >&2; exit 1; }; done

ask() { taskset -c 1 "$latchkey" bench --config "$1.json" --seconds "$2" --connections "$3" --callers "$4" | tail -1; }
echo "           callers  operations/s    p50 ms    p90 ms    p99 ms  refused"
show() { printf '%-9s%s\n' "$1" "$2"; }
before=$(ask calm 10 4 64)
show calm "$before"
ask calm "$seconds" 1 1 > other.txt &
flood=$(ask flood "$seconds" 64 16384)
wait $!
show flood "$flood"
show "beside it" "$(cat other.txt)"
after=$(ask calm 10 4 64)
show calm "$after"
printf '%s\n' "$before" "$after" "$flood" "$(cat other.txt)" | tr -d , |
    awk '{ rate[NR] = $2 } END { printf "kept %.0f %% of %.0f signatures a second\n", 200 * (rate[3] + rate[4]) / (rate[1] + rate[2]), (rate[1] + rate[2]) / 2 }'
