# shellcheck shell=sh
# The written offer of sources, for those who `.` it: whoever gives ffmpeg on must make it.

# What holds the programs, who offers, what it is that they have; source packages with their versions come on stdin.
offer() {
  cat <<TEXT
$1 Many, ffmpeg among them, are under the GNU General Public License or the GNU Lesser General Public License.

WRITTEN OFFER. For three years from $(date -u +%F) on

    $2

gives anybody who has $3, or a copy of it, the complete corresponding source code of these programs on a medium, for no more than
it costs to make and send it. The same sources are on https://snapshot.debian.org and https://launchpad.net/ubuntu/+source. Licences and sources of what
lies in barnbox's own package: LICENSES.txt and copyright in it.

Source packages, with their versions:

$(cat)
TEXT
}
