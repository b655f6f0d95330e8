# shellcheck shell=sh
# For scripts/prepare, which `.`s it: packages that bring a service neither start it now nor leave it to start with the machine.
# The tests start their own. The machine's own policy of starting services is back in the end.

root=
policy=/usr/sbin/policy-rc.d
mark='# Of scripts/prepare, while it installs.'

# Units that start with the machine, a line each, as links say it: systemd need not run.
enabled_units() {
  find "$root/etc/systemd/system" \( -path '*.wants/*' -o -path '*.requires/*' \) -type l -printf '%f\n' 2>/dev/null | sort -u
}

# Whether the machine's policy refuses to start any of these; it may speak of names. 101 is what it says then.
refuses() {
  for service in "$@"; do
    "$policy" "$service" start >/dev/null 2>&1 && code=0 || code=$?
    [ "$code" -eq 101 ] || return 1
  done
}

# Before packages of these names are installed.
hold_services() {
  enabled_before=$(enabled_units)
  if refuses barnbox-made-up-name "$@"; then return; fi
  if [ -e "$policy" ] || [ -L "$policy" ]; then mv "$policy" "$policy.aside"; fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
  chmod +x "$policy"
}

# After it, however it ended; also after a run that was killed before it came here.
release_services() {
  if grep -qsxF "$mark" "$policy"; then
    rm -f "$policy"
    if [ -e "$policy.aside" ] || [ -L "$policy.aside" ]; then mv "$policy.aside" "$policy"; fi
  fi
  for unit in $(enabled_units | grep -vxF "$enabled_before"); do
    echo "barnbox: $unit came along; it does not start with this machine" >&2
    systemctl --quiet --root="$root/" disable "$unit" >/dev/null 2>&1 || true
    # Without systemd's own programs, and what it does not know a file of.
    find "$root/etc/systemd/system" -name "$unit" -type l -delete
  done
}
