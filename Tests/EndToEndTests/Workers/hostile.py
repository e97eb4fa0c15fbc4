# SPDX-License-Identifier: Apache-2.0
#
# A worker that means harm. With the argument `life` it does a few random attacks, which HOSTILE_SEED and its id choose;
# with an attack's name it goes on with that one until its channel ends, and exits with 0 then.
import _socket
import os
import signal
import sys
import time

END = b"\n"
ADVANCED = os.environ.get("NODE_CHANNEL_SERIALIZATION_MODE") == "advanced"
CHANNEL = int(os.environ.get("NODE_CHANNEL_FD", "3"))
channel = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, fileno=CHANNEL)
channel.settimeout(0.05)


class Random:
    """SplitMix64: the same life for the same number everywhere."""

    def __init__(self, seed):
        self.state = seed

    def next(self, count):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        mixed = self.state
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
        return (mixed ^ mixed >> 31) % count

    def bytes(self, count):
        return bytes(self.next(256) for _ in range(count))

    def of(self, list):
        return list[self.next(len(list))]


IS_LIFE = sys.argv[1] == "life"
random = Random(int(os.environ.get("HOSTILE_SEED", "1")) * 1000003 + int(os.environ.get("NODE_UNIQUE_ID", "1")))


class Ended(Exception):
    pass


def send(data, descriptors=()):
    """False if the agent does not take it now, which only a life takes for an answer."""
    control = []
    if descriptors:
        numbers = b"".join(number.to_bytes(4, sys.byteorder) for number in descriptors)
        control = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, numbers)]
    while data:
        try:
            data = data[channel.sendmsg([data], control):]
            control = []
        except TimeoutError:
            if IS_LIFE:
                return False
        except OSError as error:
            raise Ended from error
    return True


def read():
    """Takes what the agent has sent, and closes what came with it."""
    try:
        data, control, _, _ = channel.recvmsg(65536, 4096)
    except (TimeoutError, BlockingIOError):
        return b""
    except OSError as error:
        raise Ended from error
    for _, _, numbers in control:
        for place in range(0, len(numbers) - 3, 4):
            os.close(int.from_bytes(numbers[place:place + 4], sys.byteorder))
    if not data:
        raise Ended
    return data


def frame(text):
    if not ADVANCED:
        return text.encode() + END
    value = b"\xff\x0f" + string(text)
    return len(value).to_bytes(4, "big") + value


def string(text):
    data = text.encode("latin-1", "replace")
    return b'"' + varint(len(data)) + data


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number % 128 + 128])
        number //= 128
    return out + bytes([number])


def cluster(act, more=""):
    """A message of the cluster's own. The V8 form has flat objects of strings and numbers only."""
    text = '{"cmd":"NODE_CLUSTER","act":"%s","seq":%d%s}' % (act, random.next(1000), more)
    if not ADVANCED:
        return text.encode() + END
    fields = [("cmd", string("NODE_CLUSTER")), ("act", string(act)), ("seq", b"U" + varint(random.next(1000)))]
    for pair in more.split(",")[1:]:
        name, _, value = pair.partition(":")
        if value.lstrip("-").isdigit():
            number = int(value)
            fields.append((name.strip('"'), b"I" + varint(number * 2 if number >= 0 else -number * 2 - 1)))
        else:
            fields.append((name.strip('"'), b"0" if value == "null" else string(value.strip('"'))))
    body = b"".join(string(name) + value for name, value in fields)
    value = b"\xff\x0fo" + body + b"{" + varint(len(fields))
    return len(value).to_bytes(4, "big") + value


def query(index=0, type='"udp4"', address="127.0.0.1", port=0, more=""):
    place = ',"address":"%s","port":%d,"addressType":%s,"index":%d' % (address, port, type, index)
    return cluster("queryServer", place + more)


# The attacks. Each does one thing once or a few times; a life does some of them, and a name one of them for ever.

def garbage():
    send(random.bytes(1 + random.next(300)) + random.of([b"", END, b"\0\0\0\4"]))


def changed():
    data = bytearray(query(random.next(3)))
    for _ in range(1 + random.next(4)):
        data[random.next(len(data))] = random.next(256)
    send(bytes(data))


def half():
    send((b"" if not ADVANCED else b"\0\x40\0\0") + b'"' + b"x" * random.next(1 << 18))


def endless():
    send((b'"' if not ADVANCED else b"\x07\xff\xff\xff") + b"x" * (1 << 20))
    while send(b"x" * (1 << 20)):
        pass


def ask():
    """Sockets in any number, and closes some of them."""
    for _ in range(random.next(40)):
        send(query(random.next(60), random.of(["4", "6", '"udp4"', "-1"]), random.of(["127.0.0.1", "::1", "x", "hostile.sock"])))
        if random.next(3) == 0:
            send(cluster("close", ',"key":"127.0.0.1:0:4:undefined:%d"' % random.next(60)))
    read()


def ask_and_not_read():
    """The first query's data comes back with every answer."""
    send(query(0, "4", more=',"data":"%s"' % ("x" * 5000)))
    data = query(0, "4") * 20
    for _ in range(200 if IS_LIFE else 100000):
        send(data)


def data():
    if ADVANCED:
        return garbage()
    send(query(0, "4", more=',"data":["%s"]' % ("x" * random.of([10, 4000, 60000, 1 << 20]))))


def sockets():
    for index in range(200 if IS_LIFE else 100000):
        send(query(index))
        if index % 20 == 0:
            channel.settimeout(0)
            while read():
                pass
            channel.settimeout(0.05)


def unconfirmed():
    for index in range(200 if IS_LIFE else 100000):
        send(query(0))
        if index % 20 == 19:
            read()


def stray():
    send(random.of([b"1", frame("1"), b""]) or b"2", [0] * (1 + random.next(16)))


def announced():
    kind = '{"cmd":"NODE_HANDLE","type":"net.Socket","msg":%s}' % random.of(['"x"', '{"cmd":"NODE_CLUSTER","act":"online"}'])
    send(frame(kind), random.of([(), (0,), (1, 2), (CHANNEL,)]))


def nested():
    text = '{"cmd":"NODE_HANDLE","type":"net.Socket","msg":' * 50 + "1" + "}" * 50
    send(random.of([frame(text), frame("[" * 20000), frame("[" * 2000 + "]" * 2000)]))


def listening():
    for _ in range(random.next(300)):
        send(cluster("listening", ',"address":"127.0.0.1","port":%d,"addressType":4' % random.next(65536)))


def close():
    send(cluster("close", ',"key":"%s"' % random.of(["127.0.0.1:0:4:undefined:0", os.environ.get("VICTIM_KEY", "x"), ""])))


def answers():
    for number in range(random.next(100)):
        send(frame(random.of([
            '{"cmd":"NODE_HANDLE_ACK"}', '{"cmd":"NODE_HANDLE_NACK"}',
            '{"cmd":"NODE_CLUSTER","ack":%d,"accepted":true,"seq":1}' % number,
            '{"cmd":"NODE_CLUSTER","ack":%d,"accepted":false,"seq":1}' % random.next(1000)])))


def counts():
    for _ in range(random.next(2000)):
        send(frame('{"cmd":"NODE_SOCKET_GET_COUNT","key":"%s"}' % ("k" * random.next(100))))


def farewells():
    for _ in range(random.next(300)):
        send(cluster("exitedAfterDisconnect"))


def online():
    send(cluster("online"))


def messages():
    for _ in range(random.next(300)):
        send(frame('"%s"' % ("m" * random.next(3000))))


def notify():
    name = os.environ.get("NOTIFY_SOCKET", "@nobody").replace("@", "\0", 1)
    speaker = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM)
    speaker.setblocking(False)
    for _ in range(random.next(100)):
        try:
            speaker.sendto(random.of([b"READY=1", b"STATUS=" + b"x" * 3000, random.bytes(50)]), name)
        except OSError:
            pass


def heir():
    """A process that outlives this one for a moment and writes wherever it can."""
    if os.fork():
        return
    end = time.monotonic() + 0.3
    data = random.of([b"x" * 4096, frame('"late"') * 50])
    while time.monotonic() < end:
        try:
            os.write(2, data)
            channel.send(data)
        except OSError:
            pass
    os._exit(0)


def stop():
    """Stands still until a process of its own ends it."""
    this = os.getpid()
    if os.fork() == 0:
        time.sleep(0.05)
        # Not by getppid(2): if it has ended, that is somebody else.
        os.kill(this, random.of([signal.SIGKILL, signal.SIGCONT]))
        os._exit(0)
    os.kill(this, signal.SIGSTOP)


def shut():
    channel.shutdown(random.next(3))


ATTACKS = [
    garbage, changed, half, ask, ask, ask_and_not_read, data, sockets, unconfirmed, stray, announced, nested, listening,
    close, close, answers, counts, farewells, online, online, messages, notify, heir, stop, shut]


def live():
    online()
    for _ in range(1 + random.next(6)):
        random.of(ATTACKS)()
        if random.next(3) == 0:
            read()


try:
    if IS_LIFE:
        live()
    else:
        online()
        while True:
            globals()[sys.argv[1]]()
except (Ended, OSError):
    pass
if not IS_LIFE:
    os._exit(0)
match random.next(4):
    case 0: os._exit(0)
    case 1: os._exit(7)
    case 2: os.kill(os.getpid(), signal.SIGKILL)
    case 3: os.abort()
