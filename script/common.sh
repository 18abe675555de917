# Shared by the scripts in this folder, which source it: where the project is, how to speak, how to stop.
# shellcheck shell=bash
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
BIN=.venv/bin
STAMPS=var/setup

say() { printf '%s\n' "$*"; }
heading() { printf '\n== %s\n' "$*"; }
stop() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

seconds_since() { say "$((SECONDS - $1)) s"; }

# fingerprint FILE...: one line that changes when any of these files does.
fingerprint() { cat -- "$@" 2>/dev/null </dev/null | sha256sum | cut -c1-64; }

# listing FOLDER...: one line that changes when a file below is added, removed, resized or touched.
listing() {
  { find "$@" -name node_modules -prune -o -type f -printf '%p %s %T@\n' 2>/dev/null || true; } | LC_ALL=C sort | sha256sum | cut -c1-64
}

is_done() { [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]; }
mark_done() {
  mkdir -p "$STAMPS"
  printf '%s\n' "$2" >"$STAMPS/$1"
}

# A Node that the front end needs may have been installed beside the project (script/setup).
if [ -d var/node/bin ]; then PATH="$ROOT/var/node/bin:$PATH"; fi
