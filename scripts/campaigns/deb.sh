#!/bin/sh
# usage: scripts/campaigns/deb.sh [PACKAGE.deb]
# Installs the package in a clean Debian 12 root and looks at its whole life there: install, doctor, the daemon as its own user with an RTSP
# camera until /readyz answers, a backup, upgrade, remove, purge. As root; needs debootstrap, a Debian mirror and what `scripts/prepare test` brings.
set -eu
case "${1-}" in -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;; esac
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
. "$root/scripts/campaigns/parts/package.sh"
cache=${BARNBOX_DEB_CACHE:-$root/node_modules/.cache/barnbox-deb}
suite=${BARNBOX_SUITE:-bookworm}
work=$(mktemp -d)
clean="$work/root"
camera=
daemon=

finish() {
  [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
  [ -z "$camera" ] || kill "$camera" 2>/dev/null || true
  umount "$clean/proc" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT INT TERM

. "$root/scripts/campaigns/parts/must.sh"
# In the clean root, without a service manager, as when an image is made.
inside() { chroot "$clean" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
as_barnbox() {
  inside setpriv --reuid=barnbox --regid=barnbox --init-groups env BARNBOX_STATE_DIR=/var/lib/barnbox "$@"
}

mkdir -p "$cache" "$clean"
if [ ! -e "$cache/$suite.tar" ]; then
  echo "making a clean $suite..."
  debootstrap --variant=minbase --include=ffmpeg,util-linux,systemd,curl "$suite" "$work/new" >"$work/said" 2>&1 || { tail -20 "$work/said"; exit 1; }
  tar -C "$work/new" -cf "$cache/$suite.tar.half" . && mv "$cache/$suite.tar.half" "$cache/$suite.tar"
  rm -rf "$work/new"
fi
tar -C "$clean" -xf "$cache/$suite.tar"
mount -t proc proc "$clean/proc"
cp "$deb" "$clean/barnbox.deb"

must 'it installs' inside dpkg -i /barnbox.deb
must 'its user is there' inside getent passwd barnbox
must '--version answers' inside barnbox --version
must 'the config that it brings is right' inside barnbox check-config

python=/usr/bin/python3
clip="$work/clip.mp4"
ffmpeg -v error -f lavfi -i testsrc2=size=640x360:rate=25 -t 8 -c:v libx264 -g 25 -bf 0 -pix_fmt yuv420p "$clip"
"$python" "$root/scripts/rtsp-camera.py" --port 0 --mount "/cam=$clip" </dev/null >"$work/camera" 2>&1 &
camera=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do if grep -q port "$work/camera"; then break; else sleep 1; fi; done
port=$(sed -n 's/.*"port": *\([0-9]*\).*/\1/p' "$work/camera" | head -1)
cat >"$clean/etc/barnbox/barnbox.yaml" <<YAML
cameras: [{id: yard, url: "rtsp://127.0.0.1:$port/cam"}]
http: {port: 18480}
YAML
as_barnbox barnbox doctor >"$work/doctor" 2>&1 && code=0 || code=$?
cat "$work/doctor"
must "doctor finds nothing that must be mended (exit code $code)" test "$code" != 1 -a "$code" -lt 4

# As the installer is told to, by root, who has a home of his own.
# shellcheck disable=SC2016 # Markdown's own quotes
line=$(sed -n 's/.*`sudo \(barnbox doctor\)`.*/\1/p' "$root/docs/install.md")
# shellcheck disable=SC2086 # words of a command
inside HOME=/root ${line:-false} >"$work/doctor" 2>&1 || true
must "root's doctor looks at the box's own state" grep -q ' state folder: /var/lib/barnbox$' "$work/doctor"
must 'and makes none beside it' test ! -e "$clean/root/.local"

# Each of them becomes the next: what is stopped in the end is Node.js itself.
(exec chroot "$clean" setpriv --reuid=barnbox --regid=barnbox --init-groups env -i PATH=/usr/bin:/bin BARNBOX_STATE_DIR=/var/lib/barnbox barnbox run) >"$work/daemon" 2>&1 &
daemon=$!
ready() {
  for _ in $(seq 90); do
    curl -sf http://127.0.0.1:18480/readyz && return 0
    sleep 1
  done
  tail -5 "$work/daemon"
  return 1
}
must 'the daemon of its own user watches the camera: /readyz' ready
must 'it is not root' sh -c "test \"\$(sed -n 's/^Uid:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$daemon/status)\" != 0"
must 'a backup of it while it runs' as_barnbox barnbox backup
stopped() { kill "$daemon" && wait "$daemon"; }
must 'a stop is a clean one' stopped
daemon=

before=$(inside sha256sum /etc/barnbox/barnbox.yaml)
mkdir "$work/next" && dpkg-deb -R "$deb" "$work/next"
sed -i 's/^Version: .*/Version: 99.0.0/' "$work/next/DEBIAN/control"
echo '# as the next one brings it' >>"$work/next/etc/barnbox/barnbox.yaml"
dpkg-deb --root-owner-group -Znone --build "$work/next" "$clean/next.deb" >/dev/null
asked=$(ls "$clean/var/lib/barnbox/backups")
must 'it is upgraded, though nobody can be asked about the edited config' inside sh -c 'dpkg -i --force-confold /next.deb </dev/null'
must 'the edited config is kept' test "$before" = "$(inside sha256sum /etc/barnbox/barnbox.yaml)"
must 'and the new one lies beside it' grep -q 'as the next one brings it' "$clean/etc/barnbox/barnbox.yaml.dpkg-dist"
must 'the registry is kept' test -s "$clean/var/lib/barnbox/barnbox.db"
# The newest of a day takes the place of those before it.
must 'a backup was made before the upgrade' test "$(ls "$clean/var/lib/barnbox/backups")" != "$asked"
asked=$(ls "$clean/var/lib/barnbox/backups")
must 'it is downgraded' inside sh -c 'dpkg -i --force-confold --force-downgrade /barnbox.deb </dev/null'
must 'without a backup of what it goes back from' test "$(ls "$clean/var/lib/barnbox/backups")" = "$asked"
must 'it is removed' inside dpkg -r barnbox
must 'what it learnt outlives that' test -s "$clean/var/lib/barnbox/barnbox.db"
must 'it is installed again' inside dpkg -i /barnbox.deb
must 'it is purged' inside dpkg -P barnbox
left=$(find "$clean" -xdev -name '*barnbox*' ! -path "$clean/proc/*" ! -path "$clean/barnbox.deb" ! -path "$clean/next.deb" ! -path '*/var/log/*' ! -path '*/dpkg/info/*')
must "nothing is left: $left" test -z "$left"
must 'nor its user' sh -c "! chroot '$clean' getent passwd barnbox"
echo "$passed passed, 0 failed"
