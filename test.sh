#!/usr/bin/env bash
# Builds everything and runs every test project. Last line: "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")"
dotnet build Latchkey.slnx -c Release -v q || exit 1
total=0 failed=0 skipped=0
for project in tests/*/*.csproj; do
    name=$(basename "$project" .csproj)
    program="tests/$name/bin/Release/net10.0/$name"
    [ -x "$program" ] || continue
    log=$("$program" -noColor 2>&1); echo "$log"
    summary=$(echo "$log" | grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' | tail -1)
    [ -n "$summary" ] || { echo "$name: no summary"; failed=$((failed + 1)); continue; }
    read -r t e f s < <(echo "$summary" | sed -E 's/[^0-9]+/ /g')
    total=$((total + t)); failed=$((failed + e + f)); skipped=$((skipped + s))
done
echo "$((total - failed - skipped)) passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
