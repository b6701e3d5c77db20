#!/bin/sh
# Runs a TypeScript entry point on the Node version this project pins, whatever Node (>= 20) the system has.
# Installs the dependencies first when they are missing or older than the lockfile: the README's two commands
# must work on a fresh clone.
set -eu
cd "$(dirname "$0")/.."
if [ ! -x node_modules/.bin/node ] || [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "Installing npm packages…" >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
fi
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
exec node "$@"
