#!/bin/sh
# usage: install.sh [--check] [--offline] [--yes] [--no-start] [PACKAGE.deb]
#        install.sh --undo [--purge] [--yes]
# Makes a machine the box of a barn: Debian 12, Ubuntu 22.04 or 24.04, a Jetson with JetPack 6; as root. Again does no harm.
#   PACKAGE.deb  the package of this machine's kind (default: the newest beside this script)
#   --check      looks at the machine and says what would be done; changes nothing
#   --offline    takes Debian's packages from the stick beside this script, and asks no network
#   --no-start   for an image that is being made: systemd need not run, and barnbox begins with the machine
#   --yes        does not ask
#   --undo       takes away barnbox and what was installed along; config and all that it learnt stay
#   --purge      with --undo: these too, backups among them
# Exit code: 0 done, 1 failed, 2 a wrong argument, 3 the machine is not fit, and nothing was changed.
set -eu
LC_ALL=C
export LC_ALL

here=$(dirname "$(readlink -f "$0")")
# What an --undo may take away: packages that came with barnbox.
added=/var/lib/barnbox-installer/added
updates=/var/lib/barnbox-update
least_disk_mb=2000
least_memory_mb=1800

# A line for each.
say() { printf '%s\n' "$@"; }
fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
wrong() {
  printf 'install.sh: %s; see --help\n' "$*" >&2
  exit 2
}
have() { command -v "$1" >/dev/null 2>&1; }

# --- what is asked for

task=install
ask=yes
offline=
start=yes
purge=
deb=
# For --check only: a tree that is looked at in the place of /.
tree=
while [ "$#" -gt 0 ]; do
  case "$1" in
    -h | --help) sed -n '2,13s/^# //p' "$0"; exit 0 ;;
    --check) task=check ;;
    --offline) offline=yes ;;
    --no-start) start= ;;
    --yes) ask= ;;
    --undo) task=undo ;;
    --purge) purge=yes ;;
    --tree) [ "$#" -gt 1 ] || wrong '--tree needs a folder'; tree=${2%/}; shift ;;
    -*) wrong "unknown argument $1" ;;
    *) [ -z "$deb" ] || wrong 'one package only'; deb=$1 ;;
  esac
  shift
done
[ -z "$tree" ] || [ "$task" = check ] || wrong '--tree goes with --check only'
[ -z "$purge" ] || [ "$task" = undo ] || wrong '--purge goes with --undo only'
[ -z "$deb" ] || [ "$task" != undo ] || wrong '--undo takes no package'

# --- the machine

problems=0
good() { printf 'ok       %s\n' "$*"; }
note() { printf 'note     %s\n' "$*"; }
problem() {
  problems=$((problems + 1))
  printf 'PROBLEM  %s\n' "$*"
}

# A field of os-release, which is shell that need not be run.
os_field() { sed -n "s/^$1=//p" "$tree/etc/os-release" 2>/dev/null | head -1 | tr -d "\"'"; }

check_system() {
  system="$(os_field ID)-$(os_field VERSION_ID)"
  tegra=$(sed -n 's/^# R\([0-9]*\) .*/\1/p' "$tree/etc/nv_tegra_release" 2>/dev/null | head -1)
  case "$system" in
    debian-12 | ubuntu-22.04 | ubuntu-24.04) ;;
    *) problem "system: $(os_field PRETTY_NAME) is not one that barnbox is made for: Debian 12, Ubuntu 22.04 or 24.04, JetPack 6"; return ;;
  esac
  case "$tegra" in
    '') good "system: $(os_field PRETTY_NAME)" ;;
    36) good "system: JetPack 6 ($(os_field PRETTY_NAME)); models run on its processor until an onnxruntime for it is built" ;;
    *) problem "system: this Jetson has release R$tegra; JetPack 6 is R36: flash it anew" ;;
  esac
}

check_machine() {
  case "$(dpkg --print-architecture 2>/dev/null)" in
    amd64 | arm64) architecture=$(dpkg --print-architecture); good "processor: $architecture" ;;
    *) architecture=; problem "processor: $(uname -m) is neither 64-bit x86 nor 64-bit ARM, or the system on it is a 32-bit one" ;;
  esac
}

free_mb() { df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }'; }
check_disk() {
  for folder in /usr /var; do
    free=$(free_mb "$tree$folder")
    if [ -z "$free" ]; then problem "disk: it cannot be said how much is free for $folder"
    elif [ "$free" -lt "$least_disk_mb" ]; then problem "disk: $free MB are free for $folder, $least_disk_mb are needed"
    else good "disk: $free MB are free for $folder"; fi
  done
}

check_memory() {
  memory=$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' "$tree/proc/meminfo" 2>/dev/null || true)
  if [ -z "$memory" ]; then problem 'memory: /proc/meminfo does not say how much there is'
  elif [ "$memory" -lt "$least_memory_mb" ]; then problem "memory: $memory MB; $least_memory_mb are needed"
  else good "memory: $memory MB"; fi
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' barnbox 2>/dev/null)" = installed ]; }

# Ports in LISTEN (0A), as the kernel lists them: in hexadecimal. A kernel without IPv6 has no tcp6.
listens() {
  cat "$tree/proc/net/tcp" "$tree/proc/net/tcp6" 2>/dev/null |
    awk -v port=":$(printf '%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }'
}
check_port() {
  if ! [ -r "$tree/proc/net/tcp" ]; then problem 'port 8480: /proc/net/tcp does not say whether it is free'
  elif ! listens 8480; then good 'port 8480 is free'
  elif is_installed; then good 'port 8480 is in use, by the barnbox that is here'
  else problem 'port 8480: another program listens there; end it first (ss -ltnp names it)'; fi
}

check_systemd() {
  if [ -d "$tree/run/systemd/system" ]; then good 'systemd runs'
  elif [ -z "$start" ]; then note 'systemd does not run: barnbox begins with the machine'
  else problem 'systemd does not run; for an image that is being made there is --no-start'; fi
}

check_packages() {
  if ! have apt-get || ! have dpkg; then problem 'packages: apt and dpkg are missing'
  elif [ -n "$(dpkg --audit 2>/dev/null)" ]; then problem 'packages: some are half installed; mend it first: dpkg --configure -a && apt-get -f install'
  else good 'packages: dpkg is in order'; fi
}

# The stick's checksums find what has got lost on the way; they say nothing of who made it.
check_stick() {
  [ -e "$here/SHA256SUMS" ] || { [ -z "$offline" ] || problem 'stick: SHA256SUMS is missing beside install.sh: is this the whole stick?'; return 0; }
  if (cd "$here" && sha256sum --quiet -c SHA256SUMS >/dev/null 2>&1); then good 'stick: every file is what it was made as'
  else problem 'stick: files are damaged or missing; make it anew (cd to it: sha256sum --quiet -c SHA256SUMS names them)'; fi
}

find_package() {
  [ -n "$deb" ] || deb=$(find "$here" -maxdepth 1 -name "barnbox_*_$architecture.deb" 2>/dev/null | sort -V | tail -1)
  if [ -z "$deb" ]; then problem "package: there is no barnbox_*_$architecture.deb beside install.sh, and none was named"; return; fi
  if ! [ -r "$deb" ] || ! [ "$(dpkg-deb -f "$deb" Package 2>/dev/null)" = barnbox ]; then problem "package: $deb is no package of barnbox"; deb=; return; fi
  deb=$(readlink -f "$deb")
  version=$(dpkg-deb -f "$deb" Version)
  kind=$(dpkg-deb -f "$deb" Architecture)
  [ "$kind" = "$architecture" ] || { problem "package: it is for $kind, this machine is $architecture"; return; }
  there=
  if is_installed; then there=$(dpkg-query -W -f '${Version}' barnbox); fi
  if [ -n "$there" ] && dpkg --compare-versions "$there" gt "$version"; then
    problem "package: barnbox $there is here already, and this is $version; the way back is in operations.md (Upgrade)"
  else good "package: barnbox $version for $kind"; fi
}

# Debian's packages on the stick, for this very system.
check_offline() {
  [ -n "$offline" ] || return 0
  pool="$here/debian/$system-$architecture"
  if [ -r "$pool/Packages" ]; then good "stick: packages for $system on $architecture"
  else problem "stick: it has no packages for $system on $architecture"; fi
}

check_all() {
  check_system
  check_machine
  check_disk
  check_memory
  check_port
  check_systemd
  check_packages
  check_stick
  find_package
  check_offline
}

# --- the change

work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

agree() {
  [ -n "$ask" ] || return 0
  # A pipe is no person.
  [ -t 0 ] || fail 'nobody is there to be asked; with --yes it does not ask'
  printf '%s [y/N] ' "$1"
  read -r answer
  case "$answer" in y | Y | yes) ;; *) say 'Nothing was changed.'; exit 0 ;; esac
}

# apt with the stick as its only source: the lists of the machine are neither read nor changed.
apt_get() {
  if [ -z "$offline" ]; then DEBIAN_FRONTEND=noninteractive apt-get "$@"; return; fi
  DEBIAN_FRONTEND=noninteractive apt-get -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" "$@"
}

prepare_apt() {
  work=$(mktemp -d)
  # apt's own user reads files below it.
  chmod 755 "$work"
  cp "$deb" "$work/barnbox.deb"
  if [ -n "$offline" ]; then
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    # A stick's name may hold spaces, which a line of apt's may not. It is whole by SHA256SUMS, which was checked.
    ln -s "$pool" "$work/stick"
    printf 'deb [trusted=yes] file:%s ./\n' "$work/stick" >"$work/sources.list"
  fi
  say "Asking ${offline:+the stick, not }the network for packages..."
  apt_get update -qq >"$work/said" 2>&1 || { cat "$work/said" >&2; fail 'apt-get update failed; without a network there is --offline'; }
}

# Names that an apt-get would newly install.
would_add() { apt_get -s install "$work/barnbox.deb" 2>/dev/null | awk '$1 == "Inst" && $3 !~ /^\[/ { print $2 }'; }

ask_barnbox() { runuser -u barnbox -- env BARNBOX_STATE_DIR=/var/lib/barnbox barnbox "$@"; }
# What the package itself judges updates by.
by_judge() {
  # shellcheck source=scripts/deb/trial.sh
  (. /usr/lib/barnbox/trial.sh && "$@")
}

# The program answers; whether cameras are seen is the page's matter.
wait_healthy() {
  for _ in $(seq 120); do
    if by_judge reaches "$@"; then return 0; fi
    systemctl is-failed --quiet barnbox.service && return 1
    sleep 1
  done
  return 1
}

install_models() {
  for file in "$here"/models/*; do
    [ -f "$file" ] || continue
    name=$(basename "$file")
    ask_barnbox models import "$file" --as "${name%.*}" >/dev/null || note "the model $name was not taken; barnbox models import says why"
  done
}

tell_address() {
  # Each box makes its own PIN: one of the image would be every box's.
  if [ -z "$start" ]; then say 'On the box, once it has started: sudo barnbox setup-pin'
  elif pin=$(ask_barnbox setup-pin 2>/dev/null); then say '' "PIN of the set-up:  $pin"
  else say '' 'It is set up already: log in as you do.'; fi
  say "Open on a phone or computer in the same network:"
  case "$2" in
    0.0.0.0 | ::) ;;
    *:*) say "  $1://[$2]:$3"; return ;;
    *) say "  $1://$2:$3"; return ;;
  esac
  [ -z "$start" ] || for address in $(hostname -I 2>/dev/null); do
    case "$address" in *:*) ;; *) say "  $1://$address:$3" ;; esac
  done
  say "  $1://$(hostname).local:$3    (where avahi runs)"
}

install_box() {
  check_all
  if [ "$task" = install ] && [ "$(id -u)" -ne 0 ]; then problem 'it must be run by root: sudo sh install.sh'; fi
  if [ "$problems" -gt 0 ]; then
    say '' "$problems to mend first. Nothing was changed."
    exit 3
  fi
  say ''
  if [ "$task" = check ]; then say "This machine will do. Without --check barnbox $version and what it needs of Debian would be installed."; exit 0; fi
  if [ "$there" = "$version" ]; then say "barnbox $version is here already: it is only seen to."
  else say "It will:" "  - install barnbox $version${there:+ in the place of $there}, and ffmpeg and what else it needs, with apt" \
    "  - have it run as its own user at each start of the machine, on port 8480" "  - write down in $added what came along, for --undo"; fi
  agree 'Go on?'
  prepare_apt
  new=$(would_add)
  [ -z "$new" ] || say "New packages: $(echo "$new" | wc -l)"
  mkdir -p "$(dirname "$added")"
  # Before the change: a cut-off run can be undone too.
  for one in $new; do [ "$one" = barnbox ] || say "$one"; done | sort -u - "$([ -e "$added" ] && echo "$added" || echo /dev/null)" >"$added.half"
  mv "$added.half" "$added"
  # Nobody is asked about a config that was edited: it stays, and what the package brings lies beside it.
  apt_get install -y -qq -o Dpkg::Options::=--force-confold "$work/barnbox.deb" >"$work/said" 2>&1 || { tail -30 "$work/said" >&2; fail 'apt-get install failed; --undo takes away what came'; }
  # The way back of a later update.
  mkdir -p "$updates"
  cp "$work/barnbox.deb" "$updates/last.deb"
  [ ! -e "$here/update.pub" ] || [ -e /etc/barnbox/update.pub ] || cp "$here/update.pub" /etc/barnbox/update.pub
  install_models
  # shellcheck disable=SC2046 # three words
  set -- $(by_judge page)
  [ "$#" -eq 3 ] || fail 'the config in /etc/barnbox/barnbox.yaml is not right: barnbox check-config says why'
  if [ -n "$start" ]; then
    systemctl start barnbox.service || fail 'barnbox does not start: journalctl -u barnbox'
    wait_healthy "$@" || fail 'barnbox does not answer: journalctl -u barnbox, barnbox doctor'
    say "barnbox $version runs."
  else say "barnbox $version is installed."; fi
  tell_address "$@"
}

# --- the way back

undo() {
  [ "$(id -u)" -eq 0 ] || fail 'it must be run by root: sudo sh install.sh --undo'
  verb=remove
  [ -z "$purge" ] || verb=purge
  # Its config counts as a rest that --purge takes.
  rest=$(dpkg-query -W -f '${db:Status-Status}' barnbox 2>/dev/null || true)
  case "$rest${purge:+-purge}" in
    installed* | config-files-purge) ;;
    *) [ -e "$added" ] || { say 'barnbox is not here: nothing to undo.'; exit 0; } ;;
  esac
  say "It will $verb barnbox, and the packages that came with it and that nothing else needs."
  if [ -n "$purge" ]; then say 'Config, horses, pictures, recorded video and the backups in /var/lib/barnbox are DELETED.'
  else say 'Config and all that it learnt stay in /etc/barnbox and /var/lib/barnbox.'; fi
  agree 'Go on?'
  DEBIAN_FRONTEND=noninteractive apt-get "$verb" -y -qq barnbox >/dev/null || fail "apt-get $verb barnbox failed"
  rm -rf "$updates"
  if [ -e "$added" ]; then
    # Of what came along, what apt itself holds for needless: nothing that others have come to need goes.
    needless=$(apt-get -s autoremove | awk '$1 == "Remv" { print $2 }' | sort | comm -12 - "$added")
    # shellcheck disable=SC2086 # one word a package
    [ -z "$needless" ] || DEBIAN_FRONTEND=noninteractive apt-get purge -y -qq $needless >/dev/null || fail 'apt-get purge failed'
    rm -rf "$(dirname "$added")"
  fi
  say 'Done.'
}

case "$task" in undo) undo ;; *) install_box ;; esac
