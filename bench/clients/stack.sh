# To be read by scripts in bench/: a stack of their own with a gateway, ended when they end.
#   start MODELS…   starts it and sets $gateway, its address

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
home=${ASSAY_HOME:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/assay}
data=$(mktemp -d "${TMPDIR:-/tmp}/assay-bench-XXXXXX")
up=

finish() {
  if [ -n "$up" ]; then
    kill -TERM "$up" 2>/dev/null || true
    wait "$up" 2>/dev/null || true
  fi
  rm -rf "$data"
}
trap finish EXIT
trap 'exit 130' INT TERM

start() {
  "$root/assay" up --models "$1" --gateway-port 0 --dir "$data/stack" >"$data/up.log" 2>"$data/up.err" &
  up=$!
  until grep -q '^Ctrl-C' "$data/up.log"; do
    kill -0 "$up" 2>/dev/null || { cat "$data/up.err" >&2; exit 1; }
    sleep 0.2
  done
  gateway=$(sed -n 's/^ *gateway  *//p' "$data/up.log")
}

# venv NAME PACKAGE…: a virtual environment in $ASSAY_HOME with packages
venv() {
  venv=$home/$1
  shift
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet "$@"
}
