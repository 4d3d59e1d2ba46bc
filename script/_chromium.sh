# Sourced by script/test after _setup.sh: finds a Chromium, else installs one, and exports CHROMIUM.
# shellcheck shell=bash

usable() { [ -n "$1" ] && "$1" --version >/dev/null 2>&1; }

find_chromium() {
  local name playwrights
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if usable "$name"; then
      command -v "$name"
      return
    fi
  done
  playwrights="$(python -c 'from playwright.sync_api import sync_playwright
with sync_playwright() as p: print(p.chromium.executable_path)' 2>/dev/null || true)"
  if usable "$playwrights"; then echo "$playwrights"; fi
}

CHROMIUM="$(find_chromium)"
if [ -z "$CHROMIUM" ]; then
  echo "No Chromium found; installing one …" >&2
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium; } >/dev/null 2>&1 </dev/null || true
  fi
  CHROMIUM="$(find_chromium)"
  if [ -z "$CHROMIUM" ]; then
    python -m playwright install chromium >/dev/null 2>&1 </dev/null || true
    CHROMIUM="$(find_chromium)"
  fi
  [ -n "$CHROMIUM" ] || fail "The tests need Chromium and none could be installed. Install it, or name it: CHROMIUM=/path/to/chromium script/test"
fi
export CHROMIUM
