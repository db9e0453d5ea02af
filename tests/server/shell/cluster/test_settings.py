"""Settings of a cluster: every fault in words, no password in any of them, and names that a node gives itself."""

from __future__ import annotations

import pytest

from tickroom.server.shell.cluster.settings import NAME_MAX_LETTERS, ClusterSettings, default_name
from tickroom.server.shell.settings import ServerSettings, ServerSettingsInvalid

KEY = b"k3y-of-the-tests-0123456789-abcdefghij-XYZ"


def faults_of(url: str = "redis://127.0.0.1:6379", **changes: float | str) -> list[str]:
    return ClusterSettings(url, **changes).faults()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/0",
        "rediss://user:p%40ss@redis.example.org",
        "unix:///run/redis.sock",
        "redis+sentinel://one:26379,two:26379/service/0",
        "redis+cluster://one:7000,two:7000",
    ],
)
def test_every_kind_of_store_can_be_named(url: str) -> None:
    assert faults_of(url) == []


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:6379",
        "http://user:s3cret@host",
        "redis://user:s3cret/@host",
        "redis://host:s3cret",
        "redis+cluster://user:s3cret@",
        "unix://",
        "s3cret://host",
    ],
)
def test_what_is_no_url_of_a_store_is_refused_without_its_password(url: str) -> None:
    (fault,) = faults_of(url)
    assert fault.startswith("redis_url")
    assert "s3cret" not in fault.replace("s3cret://", "")


def test_a_password_is_not_shown_by_repr() -> None:
    assert "s3cret" not in repr(ClusterSettings("redis://:s3cret@host"))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"lease_s": 0.1, "renew_every_s": 0.02, "ahead_s": 0.1}, "lease_s must be"),
        ({"renew_every_s": 0.6}, "a third of lease_s"),
        ({"ahead_s": 2.0}, "ahead_s"),
        ({"checkpoint_every_s": 0.0}, "checkpoint_every_s"),
        ({"drain_timeout_s": -1}, "drain_timeout_s"),
        ({"node_name": "a b"}, "node_name"),
        ({"node_name": "x" * (NAME_MAX_LETTERS + 1)}, "node_name"),
        ({"lease_s": float("nan")}, "lease_s must be"),
    ],
)
def test_a_time_or_name_out_of_bounds_is_named(changes: dict[str, float | str], word: str) -> None:
    (fault,) = faults_of(**changes)  # type: ignore[arg-type]
    assert word in fault


def test_all_faults_are_told_at_once() -> None:
    assert len(faults_of("nothing", lease_s=100.0, node_name="-", ask_timeout_s=0)) == 4


def test_a_node_names_itself_after_its_machine_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "my machine.local" + "x" * 90)
    name = default_name(2567)
    assert name.startswith("my-machine.local")
    assert name.endswith("-2567")
    assert faults_of(node_name=name) == []
    assert ClusterSettings("redis://h").named(2567).node_name == name
    assert ClusterSettings("redis://h", "mine").named(2567).node_name == "mine"


def test_a_cluster_needs_a_key_that_all_nodes_share() -> None:
    with pytest.raises(ServerSettingsInvalid, match="same key"):
        ServerSettings(cluster=ClusterSettings("redis://h"))
    ServerSettings(cluster=ClusterSettings("redis://h"), secret_key=KEY)


def test_a_node_that_listens_everywhere_must_say_where_it_is_reached() -> None:
    cluster = ClusterSettings("redis://h")
    with pytest.raises(ServerSettingsInvalid, match="public_url is needed"):
        ServerSettings(host="0.0.0.0", cluster=cluster, secret_key=KEY)
    settings = ServerSettings(host="0.0.0.0", cluster=cluster, secret_key=KEY, public_url="http://10.0.0.1:{port}")
    assert settings.listening_on(2601).public_url == "http://10.0.0.1:2601"


def test_a_node_has_a_name_and_an_address_once_it_listens() -> None:
    settings = ServerSettings(port=0, cluster=ClusterSettings("redis://h"), secret_key=KEY).listening_on(2601)
    assert settings.cluster is not None
    assert settings.cluster.node_name == default_name(2601)
    assert (settings.port, settings.public_url) == (2601, "http://127.0.0.1:2601")


def test_a_node_behind_a_proxy_is_reached_by_its_name() -> None:
    cluster = ClusterSettings("redis://h", "berlin-1")
    settings = ServerSettings(cluster=cluster, secret_key=KEY, public_url="https://game.example.org/node/{node}")
    assert settings.listening_on(2601).public_url == "https://game.example.org/node/berlin-1"


def test_a_server_alone_keeps_answering_with_the_host_it_was_asked_by() -> None:
    assert ServerSettings(port=0).listening_on(2601).public_url is None


@pytest.mark.parametrize(
    ("urls", "word"),
    [
        ({"public_url": "https://game.example.org/{pod}"}, r"\{pod\} is unknown"),
        ({"public_url": "game.example.org"}, "public_url must start"),
        ({"site_url": "game.example.org"}, "site_url must start"),
        ({"site_url": "https://game.example.org/{node}"}, "one address for all"),
    ],
)
def test_an_address_that_cannot_be_is_refused(urls: dict[str, str], word: str) -> None:
    with pytest.raises(ServerSettingsInvalid, match=word):
        ServerSettings(**urls)  # type: ignore[arg-type]


def test_pages_of_the_site_may_use_every_node() -> None:
    settings = ServerSettings(site_url="https://game.example.org/play", public_url="https://node-1.example.org")
    assert settings.origin_rules.allow(["https://game.example.org"], ["node-1.example.org"])
    assert not settings.origin_rules.allow(["https://other.example.org"], ["node-1.example.org"])
