# A FUSE file system that never answers a look-up in it: hanging-file-system.py FOLDER
import ctypes
import os
import signal
import struct
import sys

folder = sys.argv[1]
device = os.open("/dev/fuse", os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
options = b"fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other" % device
if libc.mount(b"hanging", folder.encode(), b"fuse", 0, options) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
# FUSE_INIT, answered with version 7.31. What comes then is never read: the kernel lets a process go only then.
request = os.read(device, 1 << 20)
unique = struct.unpack("<IIQ", request[:16])[2]
body = struct.pack("<IIIIHHIIHH", 7, 31, 0, 0, 12, 10, 65536, 1, 0, 0).ljust(64, b"\0")
os.write(device, struct.pack("<IiQ", 16 + len(body), 0, unique) + body)
print("mounted", flush=True)
signal.pause()
