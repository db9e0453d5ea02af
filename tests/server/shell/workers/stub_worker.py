"""A stand-in for a node: it answers /healthz and /readyz on what it inherits, and behaves as its environment says.

STUB_FAILS=1: ends at once with 3. STUB_UNREADY=1: lives, but is never ready. STUB_STUBBORN=1: minds no SIGTERM.
It answers every other path with its pid.
"""

import os
import select
import signal
import socket
import sys


def main() -> None:
    if os.environ.get("STUB_FAILS"):
        sys.exit(3)
    number = signal.SIG_IGN if os.environ.get("STUB_STUBBORN") else lambda *_: sys.exit(0)
    signal.signal(signal.SIGTERM, number)
    signal.signal(signal.SIGINT, number)
    places = [int(sys.argv[at + 1]) for at, word in enumerate(sys.argv) if word == "--listener-fd"]
    listeners = [socket.socket(fileno=place) for place in places]
    for listener in listeners:
        listener.listen()
        listener.setblocking(False)
    while True:
        for listener in select.select(listeners, [], [])[0]:
            try:
                connection, _ = listener.accept()
            except BlockingIOError:  # another worker was faster
                continue
            with connection:
                connection.settimeout(5)
                path = connection.recv(4096).split(b" ")[1]
                is_bad = path == b"/readyz" and os.environ.get("STUB_UNREADY")
                body = str(os.getpid()).encode()
                status = b"503 No" if is_bad else b"200 OK"
                connection.sendall(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))


if __name__ == "__main__":
    main()
