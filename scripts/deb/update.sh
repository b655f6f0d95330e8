#!/bin/sh
# usage: barnbox-update FILE.deb
# Puts a newer barnbox in the place of this one, watches it, and goes back by itself when it does not do as well. As root.
# The package must be signed (FILE.deb.minisig) by the key in /etc/barnbox/update.pub.
#   --resume   goes on with an update that a power cut broke off; systemd does it at the start
#   --waiting  takes the newest of /var/lib/barnbox-update/incoming; barnbox-update.timer does it at night, where it is enabled
# Exit code: 0 the new one runs, 1 the old one runs again, 2 nothing was changed.
set -eu
LC_ALL=C
export LC_ALL

case "${1-}" in -h | --help | '') sed -n '2,7s/^# //p' "$0"; exit 0 ;; esac
# shellcheck source=scripts/deb/trial.sh
. /usr/lib/barnbox/trial.sh

# Nobody is there to be asked about a config that was edited: it stays, and what the package brings lies beside it.
edited=--force-confold

field() { dpkg-deb -f "$1" "$2" 2>/dev/null; }
version_of() { field "$1" Version; }
# shellcheck disable=SC2016 # dpkg's own name
running_version() { dpkg-query -W -f '${Version}' barnbox; }
installed() { dpkg-query -W -f '${Version} ${db:Status-Status}' barnbox 2>/dev/null; }

# A power cut in here is no harm: the trial stands until the end, and all of it is done again.
go_back() {
  say "going back to $(field "$keep/last.deb" Version)"
  systemctl mask --runtime --quiet barnbox.service
  systemctl stop barnbox.service || true
  dpkg -i "$edited" --force-downgrade "$keep/last.deb" >"$keep/log" 2>&1 || { cat "$keep/log" >&2; say 'dpkg could not go back: see above'; }
  bring_back
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
  dpkg --configure -a "$edited" || true
  judge
}

update() {
  [ ! -e "$keep/trial" ] || refuse 'an update is on trial already'
  take "$1" new.deb
  [ "$(field "$keep/new.deb" Package)" = barnbox ] || refuse "$1 is no package of barnbox"
  [ "$(field "$keep/new.deb" Architecture)" = "$(dpkg --print-architecture)" ] || refuse "$1 is for another processor"
  new=$(field "$keep/new.deb" Version)
  old=$(running_version)
  dpkg --compare-versions "$new" gt "$old" || refuse "$new is not newer than $old"
  [ "$(field "$keep/last.deb" Version)" = "$old" ] || refuse "there is no way back: put the package of barnbox $old at $keep/last.deb"
  bad_parts >"$keep/before" || refuse 'barnbox doctor does not answer'
  say "from $old to $new"
  set_aside || { systemctl start barnbox.service; refuse 'the registry could not be set aside'; }
  echo "$new" >"$keep/trial.half"
  mv "$keep/trial.half" "$keep/trial"
  sync
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o "Dpkg::Options::=$edited" "$keep/new.deb" >"$keep/log" 2>&1 || { tail -20 "$keep/log" >&2; say 'it could not be installed'; }
  judge
}

case "$1" in
  --resume) resume ;;
  --waiting) take_waiting .deb ;;
  -*) refuse "unknown argument $1" ;;
  *) update "$1" ;;
esac
