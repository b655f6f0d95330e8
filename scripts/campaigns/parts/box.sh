# shellcheck shell=sh disable=SC2034 # for those who `.` it
# For campaigns in a system that boots: the package (the caller's first argument, or what build.ts made of this version), a folder for the
# work, and an end that leaves neither container nor folder. The caller has set $root, and sets $nspawn once its container runs.

. "$root/scripts/campaigns/parts/package.sh"
cache=${BARNBOX_DEB_CACHE:-$root/node_modules/.cache/barnbox-deb}
work=$(mktemp -d)
box="$work/box"
nspawn=

finish() {
  [ -z "$nspawn" ] || { kill "$nspawn" 2>/dev/null; sleep 5; kill -KILL "$nspawn" 2>/dev/null; } || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

. "$root/scripts/campaigns/parts/must.sh"
