#!/usr/bin/env bash
# Builds everything (Release) and runs every test project; on a fresh Debian, as root, installs the other people's
# programs that the interop tests drive. Last line: "N passed, N failed, N skipped"; exit code 0 only if all passed.
#
#   ./test.sh                    all
#   ./test.sh Interop            projects whose name contains this (several may be given)
#   LATCHKEY_TEST_TIMEOUT=900    seconds a project may take before it counts as hung (default 800)
#   LATCHKEY_TEST_INSTALL=no     installs nothing; tests whose program is missing are skipped, by name
set -uo pipefail
cd "$(dirname "$0")"

timeout=${LATCHKEY_TEST_TIMEOUT:-800}
results=$(pwd)/artifacts/test-results
export LATCHKEY_INTEROP_LOGS=$results/interop-logs

# program:package. A program that is missing after this makes its tests skip, naming it.
programs=(openssl:openssl curl:curl gnutls-cli:gnutls-bin tstclnt:libnss3-tools strsclnt:libnss3-tools certutil:libnss3-tools nginx:nginx haproxy:haproxy
    java:openjdk-17-jdk-headless javac:openjdk-17-jdk-headless node:nodejs chromium:chromium
    ip:iproute2 nft:nftables softhsm2-util:softhsm2 p11-kit:p11-kit swtpm:swtpm tpm2_createprimary:tpm2-tools faketime:faketime
    redis-server:redis-server prlimit:util-linux mount:mount)

missing() {
    local pair
    for pair in "${programs[@]}"; do
        PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null || echo "$pair"
    done
}

install_programs() {
    local absent packages
    absent=$(missing)
    [ -n "$absent" ] || return 0
    packages=$(echo "$absent" | cut -d: -f2 | sort -u | tr '\n' ' ')
    if [ "${LATCHKEY_TEST_INSTALL:-yes}" = no ] || [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "test.sh: not installed, tests that drive them skip: $(echo "$absent" | cut -d: -f1 | tr '\n' ' ')(packages: $packages)"
        return 0
    fi
    echo "test.sh: installing $packages"
    export DEBIAN_FRONTEND=noninteractive
    # nginx's package would start a server on port 80; the tests start their own.
    local policy=/usr/sbin/policy-rc.d own_policy=no
    [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && own_policy=yes; }
    apt-get update -qq >/dev/null 2>&1 || echo "test.sh: apt-get update failed; going on with the lists there are"
    # One that cannot be had must not keep out the others.
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $packages >/dev/null 2>&1 ||
        for package in $packages; do
            apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 || echo "test.sh: could not install $package"
        done
    [ "$own_policy" = no ] || rm -f "$policy"
    absent=$(missing)
    [ -z "$absent" ] || echo "test.sh: still missing, tests that drive them skip: $(echo "$absent" | cut -d: -f1 | tr '\n' ' ')"
}

selected() {
    [ "${#filters[@]}" -eq 0 ] && return 0
    local filter
    for filter in "${filters[@]}"; do [[ $1 == *"$filter"* ]] && return 0; done
    return 1
}

# Runs one project; leaves its output, its exit code and its time in $results.
run_project() {
    local name=$1 start=$SECONDS code
    timeout -k 10 "$timeout" "tests/$name/bin/Release/net10.0/$name" -noColor -xml "$results/$name.xml" >"$results/$name.log" 2>&1 </dev/null
    code=$?
    echo "$code $((SECONDS - start))" >"$results/$name.end"
    echo "$name: ended after $((SECONDS - start)) s, exit $code"
}

# Adds one project's results to the totals and says how it went.
report_project() {
    local name=$1 code seconds summary t e f s reason=
    read -r code seconds <"$results/$name.end"
    summary=$(grep -aoE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$results/$name.log" | tail -1)
    if [ -n "$summary" ]; then
        read -r t e f s < <(sed -E 's/[^0-9]+/ /g' <<<"$summary")
    else
        t=0 e=0 f=0 s=0
    fi
    if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
        reason="hung: ended after $timeout s"
    elif [ -z "$summary" ]; then
        reason="no summary, exit $code"
    elif [ "$code" -ne 0 ] && [ $((e + f)) -eq 0 ]; then
        reason="exit $code"
    elif [ "$t" -eq 0 ]; then
        reason="no tests"
    fi
    passed=$((passed + t - f - s)) skipped=$((skipped + s)) failed=$((failed + e + f))
    if [ -n "$reason" ]; then
        failed=$((failed + 1))
    fi
    if [ -n "$reason" ] || [ $((e + f)) -gt 0 ]; then
        echo
        echo "----- $name"
        tail -c 60000 "$results/$name.log"
        echo "-----"
        failures+=("$name${reason:+: $reason}")
        while read -r test; do failures+=("    $test"); done < <(grep -aoE '^ +.* \[FAIL\]$' "$results/$name.log" | sed -E 's/^ +//; s/ \[FAIL\]$//')
    fi
    printf '%-34s %5d passed %3d failed %3d skipped %4d s%s\n' "$name" $((t - f - s)) $((e + f)) "$s" "$seconds" "${reason:+  $reason}" >>"$results/summary"
    grep -aE '\[SKIP\]$' -A1 "$results/$name.log" >>"$results/skips"
}

filters=("$@")
command -v dotnet >/dev/null || { echo "test.sh: the .NET SDK $(sed -nE 's/.*"version": "([^"]+)".*/\1/p' global.json) or later is needed (https://dot.net)"; exit 1; }
install_programs
rm -rf "$results" && mkdir -p "$results" && : >"$results/summary" && : >"$results/skips"
dotnet build Latchkey.slnx -c Release -v q -nologo || { echo "test.sh: the build failed"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }

alone=() together=() failures=()
passed=0 failed=0 skipped=0
for project in tests/*/*.csproj; do
    name=$(basename "$project" .csproj)
    # What serves the tests is not one of them.
    ! grep -q '<IsLatchkeyXunit>false' "$project" && selected "$name" || continue
    # Interop measures times: it gets the machine for itself.
    case $name in *Interop) alone+=("$name") ;; *) together+=("$name") ;; esac
done

running=0
for name in ${together[@]+"${together[@]}"}; do
    [ "$running" -lt 2 ] || { wait -n; running=$((running - 1)); }
    run_project "$name" &
    running=$((running + 1))
done
wait
for name in ${alone[@]+"${alone[@]}"}; do run_project "$name"; done
for name in ${together[@]+"${together[@]}"} ${alone[@]+"${alone[@]}"}; do report_project "$name"; done

echo
if [ -s "$results/skips" ]; then
    echo "Skipped:"
    grep -v '^--$' "$results/skips"
fi
cat "$results/summary"
if [ "${#failures[@]}" -gt 0 ]; then
    echo "Failed:"
    printf '  %s\n' "${failures[@]}"
fi
if [ $((passed + failed)) -eq 0 ]; then
    echo "test.sh: no test ran${filters[*]+ (filter: ${filters[*]})}"
    failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
