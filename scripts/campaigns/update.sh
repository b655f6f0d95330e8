#!/bin/sh
# usage: scripts/campaigns/update.sh [PACKAGE.deb]
# Updates in a clean Debian 12 with systemd running: unsigned, signed by a stranger, good (laid down for the night), bad in a way that spoils the registry, and broken
# off by a power cut. As root; needs minisign, debootstrap, systemd-container, a Debian mirror, and a machine on which systemd-nspawn can boot.
set -eu
case "${1-}" in -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;; esac
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
. "$root/scripts/campaigns/parts/box.sh"
inside() { nsenter -t "$lead" -m -u -i -n -p -C -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root BARNBOX_WATCH_SECONDS=10 "$@"; }
# shellcheck disable=SC2016 # dpkg's own name
is_version() { test "$(inside dpkg-query -W -f '${Version}' barnbox)" = "$1"; }
runs() { inside systemctl is-active barnbox.service && test ! -e "$box/var/lib/barnbox-update/trial"; }
within() {
  seconds=$1
  shift
  for _ in $(seq "$seconds"); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 1
  done
  return 1
}
registry() { inside /usr/lib/barnbox/bin/node -e "const Database = require('/usr/lib/barnbox/node_modules/better-sqlite3')
  const db = new Database('/var/lib/barnbox/barnbox.db', { readonly: true })
  console.log(db.pragma('user_version', { simple: true }), db.prepare(\"SELECT count(*) FROM sqlite_master\").pluck().get(), db.pragma('quick_check', { simple: true }))"; }
is_edited() { grep -qx '# edited' "$box/etc/barnbox/barnbox.yaml"; }
registry_is() { test "$(registry)" = "$1"; }

# A package of another version; its program begins with what is told.
make() {
  rm -rf "$work/tree"
  dpkg-deb -R "$deb" "$work/tree"
  sed -i "s/^Version: .*/Version: $1/" "$work/tree/DEBIAN/control"
  { printf '%s\n' "$2"; cat "$work/tree/usr/lib/barnbox/main.js"; } >"$work/main.js"
  cat "$work/main.js" >"$work/tree/usr/lib/barnbox/main.js"
  echo "# as $1 brings it" >>"$work/tree/etc/barnbox/barnbox.yaml"
  dpkg-deb --root-owner-group -Znone --build "$work/tree" "$box/$1.deb" >/dev/null
}
start() {
  systemd-nspawn -q -D "$box" --boot --register=no --keep-unit --private-network --console=pipe </dev/null >"$work/boot" 2>&1 &
  nspawn=$!
  within 180 is_up
}
is_up() {
  lead=$(pgrep -P "$nspawn" | head -1)
  [ -n "$lead" ] && inside systemctl is-system-running | grep -Eq '^(starting|running|degraded)$'
}
sign() { minisign -SH -s "$work/$2.key" -m "$box/$1.deb" -t "barnbox $1"; }

mkdir -p "$cache" "$box"
if [ ! -e "$cache/updating.tar" ]; then
  echo 'making a clean Debian 12...'
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates,ffmpeg,util-linux bookworm "$work/new" >"$work/said" 2>&1 || { tail -20 "$work/said"; exit 1; }
  tar -C "$work/new" -cf "$cache/updating.tar.half" . && mv "$cache/updating.tar.half" "$cache/updating.tar"
  rm -rf "$work/new"
fi
tar -C "$box" -xf "$cache/updating.tar"
for who in maker stranger; do minisign -GW -p "$work/$who.pub" -s "$work/$who.key" >/dev/null; done
make 1.0.0 ''
make 1.1.0 ''
# As one that migrates the registry and then dies at each start.
make 1.2.0 "if (process.argv[2] === 'run') {
  const { default: Database } = await import('better-sqlite3')
  new Database('/var/lib/barnbox/barnbox.db').pragma('user_version = 9999')
  process.exit(1)
}"

must 'systemd runs in it' start
must 'the first version is installed' inside dpkg -i /1.0.0.deb
must 'it runs' within 120 runs
echo '# edited' >>"$box/etc/barnbox/barnbox.yaml"
registry >"$work/registry"
before=$(cat "$work/registry")
must 'without a key nothing is taken' ends_with 2 inside barnbox-update /1.1.0.deb
cp "$work/maker.pub" "$box/etc/barnbox/update.pub"
must 'nor an unsigned package' ends_with 2 inside barnbox-update /1.1.0.deb
sign 1.1.0 stranger >/dev/null
must "nor a stranger's" ends_with 2 inside barnbox-update /1.1.0.deb
sign 1.1.0 maker >/dev/null
must 'nor one without a way back' ends_with 2 inside barnbox-update /1.1.0.deb
must 'the first one still runs' runs
must 'in its version' is_version 1.0.0
cp "$box/1.0.0.deb" "$box/var/lib/barnbox-update/last.deb"
cp "$box/1.1.0.deb" "$box/1.1.0.deb.minisig" "$box/var/lib/barnbox-update/incoming/"
must 'nothing is taken by itself where nobody wants it' ends_with 3 inside systemctl is-active barnbox-update.timer
must 'a good one that was laid down is taken, as the timer does it' inside systemctl start barnbox-update-nightly.service
must 'and not again' test -z "$(ls "$box/var/lib/barnbox-update/incoming")"
must 'and is there' is_version 1.1.0
must 'and runs' runs
must 'the edited config is kept' is_edited
must 'and the new one lies beside it' grep -q 'as 1.1.0 brings it' "$box/etc/barnbox/barnbox.yaml.dpkg-dist"
must 'an older one is refused' ends_with 2 inside barnbox-update /1.1.0.deb
sign 1.2.0 maker >/dev/null
must 'a bad one is gone back from' ends_with 1 inside barnbox-update /1.2.0.deb
cp "$work/said" "$work/bad"
must 'it says why' grep -q 'does not stay up' "$work/bad"
must 'the good one is back' is_version 1.1.0
must 'it runs again' within 60 runs
must 'with the edited config' is_edited
must "with the registry as it was: $before" registry_is "$before"
inside barnbox-update /1.2.0.deb >/dev/null 2>&1 &
must 'the bad one is on trial' within 120 is_version 1.2.0
kill -KILL "$lead"
sleep 2
kill -KILL "$nspawn" 2>/dev/null || true
wait "$nspawn" 2>/dev/null || true
must 'after a power cut it starts' start
must 'and goes back by itself' within 300 is_version 1.1.0
must 'and runs in the end' within 120 runs
must 'the registry is whole' registry_is "$before"
echo "$passed passed, 0 failed"
