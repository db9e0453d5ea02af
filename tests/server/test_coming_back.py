"""A server that is killed and started again where it was."""

import urllib.request

from tests.server.process import tickroom_process


def test_it_comes_back_on_its_port() -> None:
    with tickroom_process("serve") as first:
        url = first.url
        # A client that is connected when the server dies leaves its port in TIME_WAIT.
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            assert answer.status == 200
            first.process.kill()
            first.process.wait(10)
    with tickroom_process("serve", port=int(url.rsplit(":", 1)[1])) as second:
        assert second.url == url
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            assert answer.status == 200
