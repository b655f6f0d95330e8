#!/usr/bin/python3
"""A real RTSP server that plays files as cameras, for the demo and the tests.

Needs Debian's python3-gi, gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-{base,good,bad} and gstreamer1.0-rtsp.

Every mount runs on one timeline that starts with the server and goes on while clients come and go: frame
floor((now - started_ms) / frame_ms) % frames is on air. The first line on stdout is JSON:
  {"port": 8554, "mounts": [{"mount": "/cam", "started_ms": 1700000000000, "frame_ms": 40.0, "frames": 1500, ...}]}
Later lines are events: {"event": "playing" | "stopped" | "timeline" | "done", ...}.

Commands on stdin, one a line, each answered by {"event": "done", "command": ...}:
  freeze             nothing more is sent, the connection stays (RTCP goes on)
  corrupt            random bytes in most access units
  resume             ends freeze and corrupt
  restart-timeline   frame 0 is on air now; prints {"event": "timeline", "started_ms": ...}
  switch MOUNT FILE  another file on this mount (same codec) from its next keyframe, frame 0 on air now
  quit
"""
import argparse
import json
import os
import random
import signal
import sys
import threading
import time

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstApp', '1.0')
gi.require_version('GstRtsp', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import Gio, GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: E402,F401

REALM_ROLE = 'viewer'


def say(**fields):
    sys.stdout.write(json.dumps(fields) + '\n')
    sys.stdout.flush()


class Clip:
    """A file's access units, in decoding order: (bytes, is_keyframe, presentation minus decoding time in ns)."""

    def __init__(self, path, codec):
        self.codec = codec if codec != 'auto' else find_codec(path)
        self.units, self.frame_ns, self.width, self.height = load_units(path, self.codec)
        if not self.units:
            raise SystemExit(f'rtsp-camera: no pictures in {path}')

    def next_key(self, n):
        """The first count >= n whose access unit can be decoded alone."""
        size = len(self.units)
        for step in range(size):
            if self.units[(n + step) % size][1]:
                return n + step
        return n


def find_codec(path):
    gi.require_version('GstPbutils', '1.0')
    from gi.repository import GstPbutils
    info = GstPbutils.Discoverer.new(10 * Gst.SECOND).discover_uri(Gst.filename_to_uri(os.path.abspath(path)))
    caps = info.get_video_streams()[0].get_caps().to_string()
    return 'h265' if 'h265' in caps else 'h264'


def load_units(path, codec):
    pipeline = Gst.parse_launch(
        f'filesrc name=file ! qtdemux ! {codec}parse config-interval=-1 ! '
        f'video/x-{codec},stream-format=byte-stream,alignment=au ! appsink name=sink sync=false')
    pipeline.get_by_name('file').set_property('location', path)
    sink = pipeline.get_by_name('sink')
    pipeline.set_state(Gst.State.PLAYING)
    stamped, width, height = [], 0, 0
    while True:
        sample = sink.emit('try-pull-sample', 10 * Gst.SECOND)
        if sample is None:
            break
        buffer = sample.get_buffer()
        _, width = sample.get_caps().get_structure(0).get_int('width')
        _, height = sample.get_caps().get_structure(0).get_int('height')
        key = not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
        stamped.append((buffer.extract_dup(0, buffer.get_size()), key, buffer.pts))
    pipeline.set_state(Gst.State.NULL)
    if not stamped:
        return [], 0, 0, 0
    first = min(pts for _, _, pts in stamped)
    span = max(pts for _, _, pts in stamped) - first
    frame_ns = span / max(1, len(stamped) - 1) if span else Gst.SECOND / 25
    # Decoding order at an even pace; the lead keeps every presentation time at or after its decoding time.
    offsets = [pts - first - n * frame_ns for n, (_, _, pts) in enumerate(stamped)]
    lead = -min(0, min(offsets))
    units = [(data, key, int(offset + lead)) for (data, key, _), offset in zip(stamped, offsets)]
    return units, frame_ns, width, height


class Mount:
    """One path of the server: its clip, its place on the timeline, and the threads that feed its media."""

    def __init__(self, path, clip, loop, faults, rtcp_seconds):
        self.path, self.clip, self.loop, self.faults = path, clip, loop, faults
        self.rtcp_seconds = rtcp_seconds
        self.random = random.Random(7)
        self.restart()

    def restart(self, clip=None):
        self.clip = clip or self.clip
        self.epoch = time.monotonic()
        self.started_ms = time.time() * 1000

    def describe(self):
        clip = self.clip
        return {'mount': self.path, 'started_ms': round(self.started_ms, 1), 'frame_ms': clip.frame_ns / 1e6,
                'frames': len(clip.units), 'codec': clip.codec, 'width': clip.width, 'height': clip.height}

    def configure(self, _factory, media):
        source = media.get_element().get_by_name_recurse_up('src')
        ended = threading.Event()
        media.connect('unprepared', lambda _media: ended.set())
        threading.Thread(target=self.feed, args=(source, media, ended), daemon=True).start()

    def feed(self, source, media, ended):
        while source.get_clock() is None or source.get_base_time() == 0:
            if ended.wait(0.005):
                return
        session = media.get_stream(0).get_rtpsession()
        session.set_property('rtcp-min-interval', int(self.rtcp_seconds * Gst.SECOND))
        say(event='playing', mount=self.path)
        epoch, n, was_frozen = None, 0, False
        begun = time.monotonic()
        running = source.get_clock().get_time() - source.get_base_time()
        while not ended.is_set():
            clip, frame = self.clip, self.clip.frame_ns / 1e9
            if epoch != self.epoch or was_frozen:
                epoch, was_frozen = self.epoch, False
                # The smallest count still to come; a decoder can begin at a keyframe only.
                n = clip.next_key(max(0, int((time.monotonic() - epoch) / frame + 0.999)))
            if not self.loop and n >= len(clip.units):
                source.emit('end-of-stream')
                break
            due = epoch + n * frame
            if ended.wait(max(0, min(0.2, due - time.monotonic()))):
                break
            if self.faults['frozen']:
                was_frozen = True
                ended.wait(0.02)
                continue
            if time.monotonic() < due or self.epoch != epoch:
                continue
            if not self.push(source, clip.units[n % len(clip.units)], running + int((due - begun) * 1e9), clip):
                break
            n += 1
        say(event='stopped', mount=self.path)

    def push(self, source, unit, dts, clip):
        data, _, offset = unit
        if self.faults['corrupt'] and self.random.random() < 0.7:
            spoilt = bytearray(data)
            for _ in range(1 + len(spoilt) // 200):
                # The first bytes hold the start code: without it there is nothing to send.
                spoilt[self.random.randrange(min(48, len(spoilt) - 1), len(spoilt))] = self.random.randrange(256)
            data = bytes(spoilt)
        buffer = Gst.Buffer.new_wrapped(data)
        buffer.pts = max(0, dts + offset)
        buffer.dts = max(0, dts)
        buffer.duration = int(clip.frame_ns)
        return source.emit('push-buffer', buffer) == Gst.FlowReturn.OK


def add_mount(server, mount, role):
    codec = mount.clip.codec
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(
        f'( appsrc name=src is-live=true format=time max-bytes=4000000 '
        f'caps=video/x-{codec},stream-format=byte-stream,alignment=au '
        f'! {codec}parse ! rtp{codec}pay name=pay0 pt=96 config-interval=-1 )')
    factory.set_shared(True)
    factory.connect('media-configure', mount.configure)
    if role:
        permissions = GstRtspServer.RTSPPermissions.new()
        permissions.add_permission_for_role(role, 'media.factory.access', True)
        permissions.add_permission_for_role(role, 'media.factory.construct', True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory(mount.path, factory)


def make_auth(user, password, tls):
    auth = GstRtspServer.RTSPAuth.new()
    if user:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        token = GstRtspServer.RTSPToken.new()
        token.set_string('media.factory.role', REALM_ROLE)
        auth.add_digest(user, password, token)
    else:
        token = GstRtspServer.RTSPToken.new()
        token.set_string('media.factory.role', REALM_ROLE)
        auth.set_default_token(token)
    if tls:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(tls))
    return auth


def obey(line, mounts, faults, loop):
    words = line.split()
    if words[0] == 'freeze':
        faults['frozen'] = True
    elif words[0] == 'corrupt':
        faults['corrupt'] = True
    elif words[0] == 'resume':
        faults['frozen'] = faults['corrupt'] = False
    elif words[0] == 'restart-timeline':
        for mount in mounts:
            mount.restart()
            say(event='timeline', **mount.describe())
    elif words[0] == 'switch':
        mount = next(one for one in mounts if one.path == words[1])
        mount.restart(Clip(words[2], mount.clip.codec))
        say(event='timeline', **mount.describe())
    elif words[0] == 'quit':
        loop.quit()
    else:
        say(event='unknown', command=line)
        return
    say(event='done', command=line)


def read_commands(mounts, faults, loop, quit_on_eof):
    for line in sys.stdin:
        if line.strip():
            try:
                obey(line.strip(), mounts, faults, loop)
            except Exception as error:  # a mistyped command must not end the camera
                say(event='failed', command=line.strip(), why=str(error))
    if quit_on_eof:
        loop.quit()


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--port', default='8554', help='0 takes a free one')
    parser.add_argument('--mount', action='append', required=True, metavar='/PATH=FILE',
                        help='an MP4 or MOV file with H.264 or H.265; may stand several times')
    parser.add_argument('--user', help='asks for digest authentication')
    parser.add_argument('--password', default='')
    parser.add_argument('--tls', metavar='PEM', help='serves rtsps with this certificate and key')
    parser.add_argument('--codec', choices=['auto', 'h264', 'h265'], default='auto')
    parser.add_argument('--no-loop', action='store_true', help='the stream ends after one pass of the file')
    parser.add_argument('--rtcp-seconds', type=float, default=5,
                        help='how often about, at least, a client hears of a frozen camera (default: 5, as RTP has it)')
    parser.add_argument('--quit-on-eof', action='store_true', help='ends when stdin is closed')
    return parser.parse_args()


def main():
    asked = read_arguments()
    Gst.init(None)
    faults = {'frozen': False, 'corrupt': False}
    clips = [(path, Clip(file, asked.codec)) for path, _, file in (one.partition('=') for one in asked.mount)]
    server = GstRtspServer.RTSPServer.new()
    server.set_address(asked.host)
    server.set_service(asked.port)
    role = REALM_ROLE if asked.user or asked.tls else None
    if role:
        server.set_auth(make_auth(asked.user, asked.password, asked.tls))
    mounts = [Mount(path, clip, not asked.no_loop, faults, asked.rtcp_seconds) for path, clip in clips]
    for mount in mounts:
        add_mount(server, mount, role)
    if server.attach(None) == 0:
        raise SystemExit(f'rtsp-camera: cannot listen on {asked.host}:{asked.port}')
    loop = GLib.MainLoop()
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    say(port=server.get_bound_port(), mounts=[mount.describe() for mount in mounts])
    threading.Thread(target=read_commands, args=(mounts, faults, loop, asked.quit_on_eof), daemon=True).start()
    loop.run()
    # Feeding threads may hold GStreamer objects: an orderly teardown has nothing to save.
    os._exit(0)


if __name__ == '__main__':
    main()
