# Sourced by script/test after _setup.sh: finds the media server, else installs Debian's package.
# shellcheck shell=bash

if ! command -v janus >/dev/null; then
  echo "No janus found; installing one …" >&2
  python -c 'from iop.media import install; install()' >/dev/null 2>&1 </dev/null || true
  command -v janus >/dev/null || fail "The tests need the media server janus and it could not be installed. Install it (Debian and Ubuntu: apt-get install janus) and see that it is on PATH."
fi
