#!/usr/bin/env bash
# Leaves the program at artifacts/latchkey: one file, compiled ahead for this machine, that needs the .NET 10 runtime.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v dotnet >/dev/null; then
    echo "build.sh: the .NET SDK 10 is needed and 'dotnet' is not on the PATH: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
    exit 1
fi
if ! sdk=$(dotnet --version 2>&1); then
    echo "build.sh: the .NET SDK $(sed -nE 's/.*"version": "([^"]+)".*/\1/p' global.json) or a newer 10.0 is needed; installed are:" >&2
    dotnet --list-sdks >&2
    exit 1
fi

rid=$(dotnet --info | sed -nE 's/^ *RID: *//p' | head -1)
publish() {
    # The lock files pin the portable graph; this build asks for one runtime's packages too, and writes that graph down elsewhere.
    dotnet publish src/Latchkey -c Release -r "$rid" --self-contained false -o artifacts/publish -v q -nologo \
        -p:PublishSingleFile=true -p:DebugType=embedded -p:GenerateDocumentationFile=false \
        -p:NuGetLockFilePath="obj/publish.lock.json" -p:RestoreLockedMode=false "$@"
}

mkdir -p artifacts
rm -rf artifacts/publish
# Compiled ahead it starts in half the time; where the compiler's package is not to be had, the program is the same.
publish -p:PublishReadyToRun=true >artifacts/build.log 2>&1 || publish -p:PublishReadyToRun=false >artifacts/build.log 2>&1 || {
    cat artifacts/build.log >&2
    echo "build.sh: the build failed with .NET SDK $sdk" >&2
    exit 1
}
mv -f artifacts/publish/latchkey artifacts/latchkey
rm -rf artifacts/publish
echo "artifacts/latchkey: $(artifacts/latchkey version | head -1), built with .NET SDK $sdk for $rid"
