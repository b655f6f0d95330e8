#!/bin/sh
# usage: barnbox-update FILE.deb
# Puts a newer barnbox in the place of this one, watches it, and goes back by itself when it does not do as well. As root.
# The package must be signed (FILE.deb.minisig) by the key in /etc/barnbox/update.pub.
#   --resume   goes on with an update that a power cut broke off; systemd does it at the start
# Exit code: 0 the new one runs, 1 the old one runs again, 2 nothing was changed.
set -eu
LC_ALL=C
export LC_ALL

keep=/var/lib/barnbox-update
state=/var/lib/barnbox
# The new one has so long to answer, and must then run so long without a fresh start.
answer_seconds=300
watch_seconds=${BARNBOX_WATCH_SECONDS:-60}

say() { printf 'barnbox-update: %s\n' "$*"; }
refuse() {
  printf 'barnbox-update: %s; nothing was changed\n' "$*" >&2
  exit 2
}
field() { dpkg-deb -f "$1" "$2" 2>/dev/null; }
installed() { dpkg-query -W -f '${Version} ${db:Status-Status}' barnbox 2>/dev/null; }
ask() { BARNBOX_STATE_DIR=$state runuser -u barnbox -- barnbox "$@"; }

# The parts that doctor would have mended, a line each: what was bad before is no fault of the new one.
bad_parts() {
  ask doctor --json >"$keep/doctor" 2>/dev/null || true
  /usr/lib/barnbox/bin/node -e "const { findings } = JSON.parse(require('node:fs').readFileSync('$keep/doctor', 'utf8'))
    for (const { part, level } of findings) if (level === 'problem') console.log(part)" >"$keep/parts" && sort -u "$keep/parts"
}

answers() {
  # shellcheck disable=SC2046 # two words
  set -- $(barnbox check-config | sed -n 's/.*page at \(https\{0,1\}\):\/\/.*:\([0-9]*\),.*/\1 \2/p')
  [ "$#" -eq 2 ] && /usr/lib/barnbox/bin/node -e "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    fetch('$1://127.0.0.1:$2/healthz').then((one) => process.exit(one.ok ? 0 : 1), () => process.exit(1))" >/dev/null 2>&1
}
process_id() { systemctl show -P MainPID barnbox.service; }

healthy() {
  end=$(($(date +%s) + answer_seconds))
  until systemctl is-active --quiet barnbox.service && answers; do
    [ "$(date +%s)" -lt "$end" ] || { say 'it does not answer'; return 1; }
    # systemd starts it again and again.
    [ "$(systemctl show -P NRestarts barnbox.service)" -lt 5 ] || { say 'it does not stay up'; return 1; }
    sleep 2
  done
  first=$(process_id)
  sleep "$watch_seconds"
  if [ "$(process_id)" != "$first" ] || ! answers; then
    say 'it did not go on running'
    return 1
  fi
  bad_parts >"$keep/after" || { say 'its doctor does not answer'; return 1; }
  worse=$(comm -13 "$keep/before" "$keep/after")
  [ -z "$worse" ] || { say "it is not well any more: $(echo "$worse" | tr '\n' ' ')"; return 1; }
}

# The registry as the old one left it: one that the new one has migrated is refused by it. What was learnt on trial goes with it.
# A power cut in here is no harm: the trial stands until the end, and all of it is done again.
go_back() {
  say "going back to $(field "$keep/last.deb" Version)"
  systemctl mask --runtime --quiet barnbox.service
  systemctl stop barnbox.service || true
  dpkg -i --force-downgrade "$keep/last.deb" >"$keep/log" 2>&1 || { cat "$keep/log" >&2; say 'dpkg could not go back: see above'; }
  rm -f "$state"/barnbox.db "$state"/barnbox.db-wal "$state"/barnbox.db-shm
  cp -a "$keep/registry/." "$state/"
  sync
  systemctl unmask --runtime --quiet barnbox.service
  systemctl restart barnbox.service || true
  end_trial
}

end_trial() {
  rm -f "$keep/trial"
  rm -rf "$keep/registry" "$keep/new.deb" "$keep/new.deb.minisig"
}

judge() {
  wanted=$(cat "$keep/trial")
  if [ "$(installed)" = "$wanted installed" ] && healthy; then
    mv "$keep/new.deb" "$keep/last.deb"
    end_trial
    say "barnbox $wanted runs"
    exit 0
  fi
  go_back
  exit 1
}

resume() {
  [ -e "$keep/trial" ] || exit 0
  say 'an update was broken off: looking at what there is'
  dpkg --configure -a || true
  judge
}

update() {
  [ "$(id -u)" -eq 0 ] || refuse 'it must be run by root'
  [ ! -e "$keep/trial" ] || refuse 'an update is on trial already'
  for file in "$1" "$1.minisig"; do [ -r "$file" ] || refuse "$file cannot be read"; done
  [ -r /etc/barnbox/update.pub ] || refuse '/etc/barnbox/update.pub is missing: the key of whoever makes the packages'
  mkdir -p "$keep"
  chmod 755 "$keep"
  # What is checked is what is installed, whatever becomes of the file.
  cp "$1" "$keep/new.deb" && cp "$1.minisig" "$keep/new.deb.minisig"
  barnbox verify "$keep/new.deb" || refuse "$1 is not to be trusted"
  [ "$(field "$keep/new.deb" Package)" = barnbox ] || refuse "$1 is no package of barnbox"
  [ "$(field "$keep/new.deb" Architecture)" = "$(dpkg --print-architecture)" ] || refuse "$1 is for another processor"
  new=$(field "$keep/new.deb" Version)
  old=$(dpkg-query -W -f '${Version}' barnbox)
  dpkg --compare-versions "$new" gt "$old" || refuse "$new is not newer than $old"
  [ "$(field "$keep/last.deb" Version)" = "$old" ] || refuse "there is no way back: put the package of barnbox $old at $keep/last.deb"
  bad_parts >"$keep/before" || refuse 'barnbox doctor does not answer'
  say "from $old to $new"
  systemctl stop barnbox.service
  rm -rf "$keep/registry"
  mkdir -m 700 "$keep/registry"
  for file in "$state"/barnbox.db "$state"/barnbox.db-wal; do [ ! -e "$file" ] || cp -a "$file" "$keep/registry/"; done
  sync
  echo "$new" >"$keep/trial.half"
  mv "$keep/trial.half" "$keep/trial"
  sync
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$keep/new.deb" >"$keep/log" 2>&1 || { tail -20 "$keep/log" >&2; say 'it could not be installed'; }
  judge
}

case "${1-}" in
  -h | --help | '') sed -n '2,6s/^# //p' "$0" ;;
  --resume) resume ;;
  -*) refuse "unknown argument $1" ;;
  *) update "$1" ;;
esac
