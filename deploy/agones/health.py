"""Run a node under Agones: tell its SDK server that the node is ready, that it is well, and that it has ended.

    python health.py [--every-s 2] -- tickroom serve

The node is a child of this program. A *health* ping goes out while the node's ``/healthz`` answers, *ready* once, when
``/readyz`` has answered with 200, *shutdown* when the node has ended, however it did; then this program ends with the
node's exit code. SIGTERM and SIGINT are passed on to the node, which moves its sessions elsewhere first. Nothing here
needs more than Python itself. The REST calls: https://agones.dev/site/docs/guides/client-sdks/rest/
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SDK_PORT = "9358"  # Agones' own default; it says in AGONES_SDK_HTTP_PORT when it is another
NODE_PORT = "2567"
TIMEOUT_S = 2.0
SHUTDOWN_TRIES = 5

# Both ends are this pod's: a proxy from the environment must not come between.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Agones:
    """The SDK server beside the node, and what it has been told.

    It may start after the node, and be away for a while: nothing that it refuses ends the node.
    """

    sdk_url: str
    node_url: str
    is_told_ready: bool = False
    is_away: bool = False

    def look(self) -> None:
        """Look at the node once, and tell how it is. A node that does not answer is what no ping says."""
        if not answers(f"{self.node_url}/healthz"):
            return
        self.tell("health")
        if not self.is_told_ready and answers(f"{self.node_url}/readyz"):
            # Once only: said again later it would make an allocated game server a free one.
            self.is_told_ready = self.tell("ready")

    def tell(self, what: str) -> bool:
        """POST one of the SDK's calls; whether it was taken. Says so, once, when the SDK server is away."""
        request = urllib.request.Request(
            f"{self.sdk_url}/{what}", data=b"{}", method="POST", headers={"Content-Type": "application/json"}
        )
        was_away = self.is_away
        self.is_away = not answers(request)
        if self.is_away and not was_away:
            print(f"agones: {self.sdk_url}/{what} was not taken; trying on", file=sys.stderr, flush=True)
        return not self.is_away


def answers(request: str | urllib.request.Request) -> bool:
    """Whether a request is answered in time with a status of success."""
    try:
        with _opener.open(request, timeout=TIMEOUT_S):
            return True
    except (OSError, ValueError):  # URLError, HTTPError and time-outs are OSErrors; a torn answer is a ValueError
        return False


def run(command: Sequence[str], agones: Agones, every_s: float) -> int:
    """Run the node to its end; its exit code, or 128 and the signal that killed it."""
    with subprocess.Popen(command) as node:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _frame: node.send_signal(received))
        while True:
            try:
                code = node.wait(every_s)
                break
            except subprocess.TimeoutExpired:
                agones.look()
    for _ in range(SHUTDOWN_TRIES):
        if agones.tell("shutdown"):
            break
    return code if code >= 0 else 128 - code


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """The command line, without what Python puts before it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every-s", type=float, default=2.0, help="between two looks at the node (default: 2)")
    parser.add_argument("command", nargs="+", help="after --: what runs the node")
    options = parser.parse_args(arguments)
    agones = Agones(
        sdk_url=f"http://localhost:{environment.get('AGONES_SDK_HTTP_PORT', SDK_PORT)}",
        node_url=f"http://127.0.0.1:{environment.get('TICKROOM_PORT', NODE_PORT)}",
    )
    return run(options.command, agones, options.every_s)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
