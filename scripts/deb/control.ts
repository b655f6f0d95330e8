/**
 * What dpkg is told of the package. Pure.
 */
import { type Architecture, libraries } from './natives.ts'

export interface About {
  readonly version: string
  readonly architecture: Architecture
  readonly installedKb: number
}

export const control = ({ version, architecture, installedKb }: About) => `Package: barnbox
Version: ${version}
Architecture: ${architecture}
Maintainer: barnbox <barnbox@localhost>
Installed-Size: ${installedKb}
Depends: ffmpeg, util-linux, systemd, ${libraries}
Recommends: avahi-daemon, libnss-mdns, restic
Suggests: mosquitto
Section: video
Priority: optional
Description: the box in the horse barn
 Finds the horses in the pictures of the barn's cameras, knows which horse each
 one is, keeps their registry, and says when something is wrong. It runs on one
 box, with or without Internet, and brings its own Node.js.
`

/** A box begins without a camera, and open to the network, where its page asks for the PIN of the set-up. */
export const firstConfig = `# The config of this box. Every key stands in /usr/share/doc/barnbox/barnbox.example.yaml; "barnbox config apply" tries a change.
# Cameras are added on the page, http://NAME-OF-THE-BOX.local:8480, with the PIN that "barnbox setup-pin" prints; or here.
http:
  host: 0.0.0.0
`

/** Kept as people have edited them. */
export const conffiles = `/etc/barnbox/barnbox.yaml
/etc/avahi/services/barnbox.service
`

/**
 * A backup by the program that is there: the way back, should the new one migrate what the old one then refuses. None on that way itself:
 * it would hold what is gone back from. dpkg tells which version is there, and which one comes.
 */
export const preinst = `#!/bin/sh
set -e
if [ "$1" = upgrade ] && ! dpkg --compare-versions "$2" gt "\${3:-$2}" && [ -e /var/lib/barnbox/barnbox.db ] && [ -x /usr/bin/barnbox ]; then
  echo 'barnbox: a backup before the change of version...' >&2
  runuser -u barnbox -- env BARNBOX_STATE_DIR=/var/lib/barnbox /usr/bin/barnbox backup >&2 ||
    echo 'barnbox: there is no backup (see barnbox doctor); the change goes on' >&2
fi
`

export const postinst = `#!/bin/sh
set -e
case "$1" in
  configure | abort-upgrade | abort-deconfigure | abort-remove)
    systemd-sysusers /usr/lib/sysusers.d/barnbox.conf
    systemd-tmpfiles --create /usr/lib/tmpfiles.d/barnbox.conf || true
    if [ -d /run/systemd/system ]; then
      systemctl daemon-reload
      # As whoever keeps the machine has set it: a unit that was switched off stays off.
      if [ -z "\${2-}" ]; then systemctl enable barnbox.service barnbox-backup.timer barnbox-update.service; fi
      systemctl start barnbox-backup.timer || true
      # A box whose config is still the example starts too: its cameras are added on the page.
      systemctl restart barnbox.service || echo 'barnbox: it does not start yet; see: barnbox doctor' >&2
    elif [ -z "\${2-}" ]; then
      systemctl enable barnbox.service barnbox-backup.timer barnbox-update.service >/dev/null 2>&1 || true
    fi
    ;;
esac
`

export const prerm = `#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
  case "$1" in
    remove | deconfigure) systemctl disable --now barnbox.service barnbox-backup.timer barnbox-update.service barnbox-update.timer || true ;;
    # An upgrade starts it again by its postinst: the files of two versions must not run mixed.
    upgrade) systemctl stop barnbox.service || true ;;
  esac
fi
`

export const postrm = `#!/bin/sh
set -e
case "$1" in
  purge)
    rm -rf /var/lib/barnbox /var/lib/barnbox-update /etc/barnbox
    rm -f /etc/systemd/system/multi-user.target.wants/barnbox.service
    rm -f /etc/systemd/system/multi-user.target.wants/barnbox-update.service
    rm -f /etc/systemd/system/timers.target.wants/barnbox-backup.timer
    rm -f /etc/systemd/system/timers.target.wants/barnbox-update.timer
    rm -f /var/lib/systemd/timers/stamp-barnbox-backup.timer
    if getent passwd barnbox >/dev/null 2>&1; then userdel barnbox 2>/dev/null || true; fi
    if getent group barnbox >/dev/null 2>&1; then groupdel barnbox 2>/dev/null || true; fi
    ;;
esac
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
`

export const launcher = `#!/bin/sh
# barnbox on the Node.js that it brings, whatever else the machine has. Whoever calls it means the box that runs here, but where they name another.
: "\${BARNBOX_STATE_DIR:=\${STATE_DIRECTORY:-/var/lib/barnbox}}"
# Pages of 2 MB for the models, as the service has them.
: "\${GLIBC_TUNABLES:=glibc.malloc.hugetlb=1}"
export BARNBOX_STATE_DIR GLIBC_TUNABLES
exec /usr/lib/barnbox/bin/node --enable-source-maps --max-semi-space-size=4 /usr/lib/barnbox/main.js "$@"
`

/** Where a built checkout is started from in the units, and where the package lies. */
export const asInstalled = (unit: string) =>
  unit
    .replaceAll('/opt/barnbox/scripts/on-node node', '/usr/lib/barnbox/bin/node')
    .replaceAll('/opt/barnbox/dist/', '/usr/lib/barnbox/')
    .replaceAll('/opt/barnbox/docs/', '/usr/share/doc/barnbox/')
    .replace(/^# barnbox as a service\. It expects[^\n]*\n[^\n]*\n/, '# barnbox as a service.\n')
