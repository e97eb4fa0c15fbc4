# Says that it is ready, as a service manager's child does.
import os
import signal
import socket

name = os.environ["NOTIFY_SOCKET"]
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as desk:
    desk.connect("\0" + name[1:] if name.startswith("@") else name)
    desk.send(b"READY=1")
while True:
    signal.pause()
