#!/bin/sh
# usage: scripts/campaigns/install.sh [PACKAGE.deb]
# The installer's way in a clean Debian 12 with systemd running and no network: a stick, install.sh once and again, a damaged stick, the way
# back, a backup put in place on another box. As root; needs debootstrap, systemd-container, a Debian mirror, and a machine on which systemd-nspawn can boot.
set -eu
case "${1-}" in -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;; esac
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
. "$root/scripts/campaigns/parts/box.sh"
inside() { nsenter -t "$lead" -m -u -i -n -p -C -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"; }
install() { inside sh /stick/install.sh "$@"; }
# shellcheck disable=SC2016 # dpkg's own names
packages() { inside dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' | grep -v '^barnbox ' | sort; }
are_as() { packages >"$work/now" && diff "$1" "$work/now"; }

mkdir -p "$cache"
if [ ! -e "$cache/booting.tar" ]; then
  echo 'making a clean Debian 12...'
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates bookworm "$work/new" >"$work/said" 2>&1 || { tail -20 "$work/said"; exit 1; }
  tar -C "$work/new" -cf "$cache/booting.tar.half" . && mv "$cache/booting.tar.half" "$cache/booting.tar"
  rm -rf "$work/new"
fi
must 'a stick is made' "$root/scripts/bundle" --from 'A Barn, 1 Stable Road' "$work/stick" "$deb"
must 'it says where ffmpeg has its sources' grep -q '^ffmpeg ' "$work/stick/SOURCES.txt"
mkdir "$box"
tar -C "$box" -xf "$cache/booting.tar"
echo stable >"$box/etc/hostname"
mv "$work/stick" "$box/stick"

# Without a network but the loopback: what comes, comes from the stick.
systemd-nspawn -q -D "$box" --boot --register=no --keep-unit --private-network --console=pipe </dev/null >"$work/boot" 2>&1 &
nspawn=$!
booted() {
  for _ in $(seq 120); do
    lead=$(pgrep -P "$nspawn" | head -1)
    [ -n "$lead" ] && inside systemctl is-system-running 2>/dev/null | grep -Eq '^(running|degraded)$' && return 0
    sleep 1
  done
  return 1
}
must 'systemd runs in it' booted
packages >"$work/before"

must 'the machine is fit' install --check --offline
must 'looking at it changed nothing' are_as "$work/before"
must 'nobody who answers: nothing is done' ends_with 1 sh -c "nsenter -t $lead -m -u -i -n -p sh /stick/install.sh --offline </dev/null"
must 'it installs' install --offline --yes
cp "$work/said" "$work/first"
pin=$(sed -n 's/^PIN of the set-up: *//p' "$work/first")
must "it told the PIN: $pin" test "$(cat "$box/var/lib/barnbox/setup-pin")" = "$pin"
must 'it told the address' grep -q 'http://stable.local:8480' "$work/first"
must 'the service runs' inside systemctl is-active barnbox.service barnbox-backup.timer
must 'as its own user' test "$(inside systemctl show -P User barnbox.service)" = barnbox
must 'and never had to be restarted' test "$(inside systemctl show -P NRestarts barnbox.service)" = 0
packages >"$work/with"
must 'again does no harm' install --offline --yes
cp "$work/said" "$work/again"
must 'and tells the same PIN' grep -q "^PIN of the set-up: *$pin$" "$work/again"
must 'nothing more was installed' are_as "$work/with"
cp "$root/scripts/campaigns/parts/wizard.ts" "$box/wizard.ts"
wizard() { inside /usr/lib/barnbox/bin/node /wizard.ts "$1" "$(cat "$box/var/lib/barnbox/setup-pin")"; }
disk() { inside sh -c 'mkdir -p /mnt/disk && chown -R barnbox: /mnt/disk'; }
must 'somebody sets it up by the PIN' wizard set-up
must 'a disk is there for backups' disk
printf 'backup:\n  folder: /mnt/disk\n' >>"$box/etc/barnbox/barnbox.yaml"
must 'its unit makes a backup' inside systemctl start barnbox-backup.service
must 'which lies on the disk' test -n "$(find "$box/mnt/disk" -name barnbox.db)"
mkdir "$work/older" && dpkg-deb -R "$deb" "$work/older"
sed -i 's/^Version: .*/Version: 0.0.1/' "$work/older/DEBIAN/control"
dpkg-deb --root-owner-group -Znone --build "$work/older" "$box/older.deb" >/dev/null
must 'an older package is refused' ends_with 3 install --yes /older.deb
must 'it is undone' install --undo --yes
must 'all that came along is gone' are_as "$work/before"
must 'what it learnt stays' test -s "$box/var/lib/barnbox/barnbox.db"
part=$(find "$box/stick/debian" -name 'ffmpeg_*.deb')
cp "$part" "$work/whole"
printf x >>"$part"
must 'a damaged stick is refused' ends_with 3 install --offline --yes
must 'and nothing was changed' are_as "$work/before"
must 'it is undone to the last' install --undo --purge --yes
must 'config and state are gone' test ! -e "$box/var/lib/barnbox" -a ! -e "$box/etc/barnbox"
left=$(find "$box" -xdev -name '*barnbox*' ! -path "$box/stick/*" ! -path '*/log/*' ! -path "$box/mnt/*")
must "nothing is left: $left" test -z "$left"
must 'again there is nothing to undo' install --undo --yes

cp "$work/whole" "$part"
must 'another box is installed' install --offline --yes
must 'it may read the disk of the first' disk
must 'its set-up puts the backup in place, and whoever was known logs in' wizard restore
must 'the service runs on' inside systemctl is-active barnbox.service
must 'and never had to be restarted' test "$(inside systemctl show -P NRestarts barnbox.service)" = 0
asked=$(ls "$box/mnt/disk")
must 'it makes its backups there too' inside systemctl start barnbox-backup.service
# The newest of a day takes the place of those before it.
must 'which is the newest of the day' test "$(ls "$box/mnt/disk")" != "$asked" -a -n "$(find "$box/mnt/disk" -name barnbox.db)"
must 'it is undone too' install --undo --purge --yes
echo "$passed passed, 0 failed"
