# shellcheck shell=sh
# The package that a campaign is about: the caller's first argument, or what build.ts made of this version. The caller has set $root.

deb=$(readlink -m "${1:-$root/dist-deb/barnbox_$(sed -n 's/^  "version": "\(.*\)",/\1/p' "$root/package.json")_amd64.deb}")
[ -e "$deb" ] || { echo "there is no $deb: scripts/on-node node build.ts --deb amd64 makes it" >&2; exit 1; }
