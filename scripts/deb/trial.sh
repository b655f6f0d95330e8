# shellcheck shell=sh
# What an update on trial is judged by, for those who `.` it: barnbox-update of the package, that of the image, and install.sh.

keep=/var/lib/barnbox-update
# What is laid down here is taken at night, where barnbox-update.timer is on.
incoming=$keep/incoming
updater=/usr/sbin/barnbox-update
state=/var/lib/barnbox
node=/usr/lib/barnbox/bin/node
# Where systemd lays what LoadCredential= names, while the service runs.
credentials=/run/credentials/barnbox.service
# The new one has so long to answer, and must then run so long without a fresh start.
answer_seconds=300
watch_seconds=${BARNBOX_WATCH_SECONDS:-60}

say() { printf 'barnbox-update: %s\n' "$*"; }
refuse() {
  printf 'barnbox-update: %s; nothing was changed\n' "$*" >&2
  exit 2
}
ask() { BARNBOX_STATE_DIR=$state runuser -u barnbox -- barnbox "$@"; }

# Takes a file into $keep by another name. What is checked is what is installed, whatever becomes of the file.
take() {
  [ "$(id -u)" -eq 0 ] || refuse 'it must be run by root'
  for file in "$1" "$1.minisig"; do [ -r "$file" ] || refuse "$file cannot be read"; done
  [ -r /etc/barnbox/update.pub ] || refuse '/etc/barnbox/update.pub is missing: the key of whoever makes the packages'
  mkdir -p "$keep"
  chmod 755 "$keep"
  why=
  if ! cp "$1" "$keep/$2" || ! cp "$1.minisig" "$keep/$2.minisig"; then why="$1 cannot be copied"
  elif ! barnbox verify "$keep/$2"; then why="$1 is not to be trusted"; fi
  [ -z "$why" ] || { rm -f "$keep/$2" "$keep/$2.minisig"; refuse "$why"; }
}

# The newest signed file with this ending that lies there, where it is newer than what runs. The caller has `version_of` and `running_version`.
waiting() {
  found=
  newest=$(running_version)
  for file in "$incoming"/*"$1"; do
    [ -r "$file.minisig" ] || continue
    offered=$(version_of "$file") || offered=
    if [ -n "$offered" ] && dpkg --compare-versions "$offered" gt "$newest"; then
      newest=$offered
      found=$file
    fi
  done
  printf '%s' "$found"
}
# By another name meanwhile: what was gone back from, also by a power cut, is not tried again each night. What was refused is.
take_waiting() {
  file=$(waiting "$1")
  [ -n "$file" ] || exit 0
  tried="$file.tried"
  mv "$file" "$tried"
  mv "$file.minisig" "$tried.minisig"
  "$updater" "$tried" && code=0 || code=$?
  case "$code" in
    0) rm -f "$tried" "$tried.minisig" ;;
    2) mv "$tried.minisig" "$file.minisig" && mv "$tried" "$file" ;;
  esac
  exit "$code"
}

# The parts that doctor would have mended, a line each: what was bad before is no fault of the new one.
bad_parts() {
  ask doctor --json >"$keep/doctor" 2>/dev/null || true
  "$node" -e "const { findings } = JSON.parse(require('node:fs').readFileSync('$keep/doctor', 'utf8'))
    for (const { part, level } of findings) if (level === 'problem') console.log(part)" >"$keep/parts" && sort -u "$keep/parts"
}

# Where the page is: scheme, host and port, as the service has them. By root: a secret may be root's own.
page() {
  set -- "BARNBOX_STATE_DIR=$state"
  [ ! -d "$credentials" ] || set -- "$@" "CREDENTIALS_DIRECTORY=$credentials"
  env "$@" barnbox check-config 2>/dev/null | sed -n 's/.*page at \(https\{0,1\}\):\/\/\([^ ]*\):\([0-9]*\),.*/\1 \2 \3/p'
}
# Whether a program answers there. It may listen on one address alone; by a name of its own, whose certificate is no matter here.
reaches() {
  host=$2
  case "$host" in 0.0.0.0 | ::) host=127.0.0.1 ;; esac
  "$node" -e "const [scheme, host, port] = process.argv.slice(1)
    const options = { host, port, path: '/healthz', rejectUnauthorized: false, timeout: 10000 }
    const asked = require(scheme).get(options, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
    asked.on('timeout', () => asked.destroy()).on('error', () => process.exit(1))" "$1" "$host" "$3" >/dev/null 2>&1
}
answers() {
  # shellcheck disable=SC2046 # three words
  set -- $(page)
  [ "$#" -eq 3 ] && reaches "$@"
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

# The registry as the old one leaves it, with the daemon stopped: one that the new one has migrated is refused by it.
set_aside() {
  systemctl stop barnbox.service
  rm -rf "$keep/registry"
  mkdir -m 700 "$keep/registry" || return 1
  for file in "$state"/barnbox.db "$state"/barnbox.db-wal; do
    [ ! -e "$file" ] || cp -a "$file" "$keep/registry/" || return 1
  done
  sync
}
# What was learnt on trial goes with it. After a power cut in here it is all done again.
bring_back() {
  rm -f "$state"/barnbox.db "$state"/barnbox.db-wal "$state"/barnbox.db-shm
  # File by file: the folder's owner and mode would come along.
  for file in "$keep"/registry/*; do [ ! -e "$file" ] || cp -a "$file" "$state/"; done
  sync
}
