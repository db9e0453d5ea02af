"""nginx's files, read by nginx's grammar (crossplane): a real nginx is not among the packages."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import crossplane  # type: ignore[import-untyped]
import pytest

from tickroom.server.shell.description import websocket_url
from tickroom.server.shell.settings import fill_in

SHARED = ("locations.conf", "proxy.conf", "socket.conf")
# What stands under /etc/nginx/tickroom as nodes.conf and site.conf: on several machines, with workers on one, in
# compose, in Kubernetes.
INSTALLATIONS = [
    ("nodes.conf", "site.conf"),
    ("nodes-workers.conf", "site.conf"),
    ("nodes-compose.conf", "site-plain.conf"),
    ("nodes-kubernetes.conf", "site-plain.conf"),
]
MAPPED = ("map",)  # in such a block stand pairs, not directives; crossplane takes them for unknown ones

Directive = dict[str, Any]


def install(repository: Path, to: Path, nodes: str, site: str) -> Path:
    """Lay the files out as they stand on a machine; the main one."""
    source = repository / "deploy" / "nginx"
    (to / "tickroom").mkdir()
    shutil.copy(source / "nginx.conf", to)
    (to / "mime.types").touch()  # nginx brings it
    for name in SHARED:
        shutil.copy(source / name, to / "tickroom")
    shutil.copy(source / nodes, to / "tickroom" / "nodes.conf")
    shutil.copy(source / site, to / "tickroom" / "site.conf")
    return to / "nginx.conf"


def faults_of(main: Path) -> list[str]:
    """What nginx would not accept: unknown directives, in the wrong place, with the wrong number of arguments."""
    parsed = crossplane.parse(str(main), strict=True, combine=True, catch_errors=True)
    without_maps = crossplane.parse(str(main), combine=True)["config"]
    pairs = {
        (pair["file"], pair["line"])
        for block in every(without_maps[0]["parsed"])
        if block["directive"] in MAPPED
        for pair in block["block"]
    }
    return [fault["error"] for fault in parsed["errors"] if (fault["file"], fault["line"]) not in pairs]


def every(directives: list[Directive]) -> list[Directive]:
    """All directives, those in blocks too."""
    return [found for one in directives for found in (one, *every(one.get("block", [])))]


@pytest.fixture(params=INSTALLATIONS, ids=lambda names: names[0].removesuffix(".conf"))
def installed(request: pytest.FixtureRequest, repository: Path, tmp_path: Path) -> Path:
    return install(repository, tmp_path, *request.param)


def read(main: Path) -> list[Directive]:
    (config,) = crossplane.parse(str(main), combine=True)["config"]
    parsed: list[Directive] = config["parsed"]
    return parsed


def named(directives: list[Directive], name: str) -> list[list[str]]:
    return [one["args"] for one in directives if one["directive"] == name]


def locations(main: Path) -> dict[str, list[Directive]]:
    """The directives of each location of the site, what it includes with them."""
    return {
        " ".join(one["args"]): one["block"]
        for one in every(read(main))
        if one["directive"] == "location"
    }  # fmt: skip


SOCKETS = r"~ ^/node/(?<node>[A-Za-z0-9][A-Za-z0-9._-]*)/ws/[A-Za-z0-9]+$"


def test_nginx_would_read_it(installed: Path) -> None:
    assert faults_of(installed) == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("limit_conn addresses 100;", "limit_conn addresses;"),
        ("limit_conn addresses 100;", "limit_con addresses 100;"),
        ("limit_conn addresses 100;", "worker_processes 4;"),
        ("limit_conn addresses 100;", "limit_conn addresses 100; }"),
        ("limit_conn addresses 100;", "limit_conn addresses 100"),
        ("include tickroom/socket.conf;", "include tickroom/sockets.conf;"),
    ],
)
def test_a_fault_is_found(repository: Path, tmp_path: Path, good: str, bad: str) -> None:
    main = install(repository, tmp_path, *INSTALLATIONS[0])
    file = tmp_path / "tickroom" / "locations.conf"
    assert good in file.read_text()
    file.write_text(file.read_text().replace(good, bad))
    assert faults_of(main) != []


@pytest.mark.parametrize("location", [SOCKETS, "/ws/"])
def test_sockets_are_passed_on_unbuffered_and_may_be_quiet_for_long(installed: Path, location: str) -> None:
    inside = locations(installed)[location]
    headers = named(inside, "proxy_set_header")
    assert ["Upgrade", "$http_upgrade"] in headers
    assert ["Connection", "$connection_upgrade"] in headers
    assert named(inside, "proxy_http_version") == [["1.1"]]
    assert named(inside, "proxy_buffering") == [["off"]]
    assert named(inside, "proxy_read_timeout") == [["1h"]]
    assert named(inside, "proxy_send_timeout") == [["1h"]]


def test_whatever_is_passed_on_says_who_asks_for_whom(installed: Path) -> None:
    passing = {name: inside for name, inside in locations(installed).items() if named(inside, "proxy_pass")}
    assert set(passing) == {SOCKETS, "/ws/", "/api/", "/"}
    for inside in passing.values():
        headers = named(inside, "proxy_set_header")
        assert ["Host", "$http_host"] in headers
        assert ["X-Forwarded-For", "$proxy_add_x_forwarded_for"] in headers
        assert ["X-Forwarded-Proto", "$scheme"] in headers
        for once in ("proxy_pass", "proxy_read_timeout", "proxy_connect_timeout", "proxy_next_upstream"):
            assert len(named(inside, once)) == 1, once  # nginx refuses a directive that stands twice


def test_every_variable_is_nginxs_own_or_defined(installed: Path) -> None:
    directives = every(read(installed))
    used = {name for one in directives for text in one["args"] for name in re.findall(r"\$([a-z_][a-z_0-9]*)", text)}
    defined = {args[1].removeprefix("$") for args in named(directives, "map")}
    defined |= {name for args in named(directives, "location") for name in re.findall(r"\?<([a-z_]+)>", args[-1])}
    nginxs_own = {
        "binary_remote_addr", "body_bytes_sent", "host", "http_host", "http_upgrade", "proxy_add_x_forwarded_for",
        "remote_addr", "request", "request_time", "request_uri", "scheme", "status", "time_iso8601", "upstream_addr",
        "upstream_response_time",
    }  # fmt: skip
    assert used - defined - nginxs_own == set()


def node_of(pattern: str, path: str) -> str | None:
    """What a location's pattern finds in a path; nginx's groups are written otherwise in Python."""
    match = re.search(pattern.replace("(?<", "(?P<"), path)
    return match["node"] if match else None


@pytest.mark.parametrize(
    ("path", "node", "inside"),
    [
        ("/node/node-1/ws/K7P2QX", "node-1", "/ws/K7P2QX"),
        ("/node/tickroom-12/ws/lobby", "tickroom-12", "/ws/lobby"),
        ("/node/play.example.org-2567/ws/K7P2QX", "play.example.org-2567", "/ws/K7P2QX"),
        ("/node/node-1/api/stats", None, None),
        ("/node/node-1/ws/K7P2QX/more", None, None),
        ("/node//ws/K7P2QX", None, None),
        ("/node/a/b/ws/K7P2QX", None, None),
        ("/node/169.254.169.254:80/ws/K7P2QX", None, None),
        ("/x/node/node-1/ws/K7P2QX", None, None),
    ],
)
def test_a_path_leads_to_the_node_that_it_names(
    installed: Path, path: str, node: str | None, inside: str | None
) -> None:
    (pattern,) = [args[-1] for args in named(every(read(installed)), "location") if args[0] == "~"]
    assert node_of(pattern, path) == node
    if node is not None:
        ((search, replacement, flag),) = named(locations(installed)[SOCKETS], "rewrite")
        assert re.sub(search, replacement.replace("$1", r"\1"), path) == inside
        assert flag == "break"


@pytest.mark.parametrize(
    ("public_url", "node", "port", "found"),
    [
        ("https://play.example.org/node/{node}", "tickroom-0", 2567, "tickroom-0"),
        ("https://play.example.org/node/{node}", "play.example.org-2567", 2567, "play.example.org-2567"),
        ("https://play.example.org/node/{port}", "any", 2604, "2604"),
    ],
)
def test_what_a_node_tells_its_clients_is_a_path_that_leads_to_it(
    installed: Path, public_url: str, node: str, port: int, found: str
) -> None:
    (pattern,) = [args[-1] for args in named(every(read(installed)), "location") if args[0] == "~"]
    told = urlsplit(websocket_url(fill_in(public_url, node=node, port=port), "K7P2QX"))
    assert (told.scheme, told.netloc) == ("wss", "play.example.org")
    assert node_of(pattern, told.path) == found


def address_of(entries: dict[str, str], node: str) -> str:
    """What a map makes of a node's name: a plain entry, then the first pattern that matches, then the default."""
    if node in entries:
        return entries[node]
    patterns = ((key[1:], address) for key, address in entries.items() if key.startswith("~"))
    found = (address for pattern, address in patterns if re.search(pattern, node))
    return next(found, entries["default"]).replace("$node", node)


@pytest.mark.parametrize(
    ("nodes", "node", "address"),
    [
        ("nodes.conf", "node-2", "10.0.0.12:2567"),
        ("nodes.conf", "node-4", ""),
        ("nodes-workers.conf", "2603", "127.0.0.1:2603"),
        ("nodes-workers.conf", "2567", ""),
        ("nodes-workers.conf", "26000", ""),
        ("nodes-workers.conf", "6379", ""),
        ("nodes-compose.conf", "node-3", "node-3:2567"),
        ("nodes-compose.conf", "redis", ""),
        ("nodes-kubernetes.conf", "tickroom-7", "tickroom-7.tickroom-nodes.tickroom.svc.cluster.local:2567"),
        ("nodes-kubernetes.conf", "10-1-2-3", "10-1-2-3.tickroom-fleet.tickroom.svc.cluster.local:2567"),
        ("nodes-kubernetes.conf", "tickroom-gate", ""),
        ("nodes-kubernetes.conf", "10.1.2.3", ""),
        ("nodes-kubernetes.conf", "kubernetes.default", ""),
    ],
)
def test_only_names_of_nodes_lead_anywhere(
    repository: Path, tmp_path: Path, nodes: str, node: str, address: str
) -> None:
    site = dict(INSTALLATIONS)[nodes]
    directives = every(read(install(repository, tmp_path, nodes, site)))
    (block,) = [one["block"] for one in directives if one["directive"] == "map" and one["args"][0] == "$node"]
    assert address_of({pair["directive"]: pair["args"][0] for pair in block}, node) == address
    (check,) = [one for one in directives if one["directive"] == "if"]
    assert (check["args"], named(check["block"], "return")) == (["$node_address", "=", ""], [["404"]])


def test_page_and_sockets_reach_the_same_nodes(repository: Path, tmp_path: Path) -> None:
    for nodes, site in (("nodes.conf", "site.conf"), ("nodes-compose.conf", "site-plain.conf")):
        folder = tmp_path / nodes
        folder.mkdir()
        directives = every(read(install(repository, folder, nodes, site)))
        servers = {args[0] for args in named(directives, "server") if args}
        (block,) = [one["block"] for one in directives if one["directive"] == "map" and one["args"][0] == "$node"]
        assert {pair["args"][0] for pair in block} - {""} == servers
        assert len(servers) == 3


def test_a_name_that_is_looked_up_has_a_resolver(installed: Path) -> None:
    directives = every(read(installed))
    (block,) = [one["block"] for one in directives if one["directive"] == "map" and one["args"][0] == "$node"]
    is_a_name = any(re.match(r"[a-z$]", pair["args"][0]) for pair in block)
    assert bool(named(directives, "resolver")) == is_a_name


def test_the_site_for_people_speaks_tls_and_nothing_else(repository: Path, tmp_path: Path) -> None:
    main = install(repository, tmp_path, *INSTALLATIONS[0])
    plain, secure = [one["block"] for one in every(read(main)) if one["directive"] == "server" and not one["args"]]
    assert named(plain, "return") == [["301", "https://$host$request_uri"]]
    assert named(plain, "location") == []
    assert all("ssl" in args for args in named(secure, "listen"))
    assert named(secure, "ssl_protocols") == [["TLSv1.2", "TLSv1.3"]]


def test_bounds_are_no_less_than_the_servers_own(installed: Path) -> None:
    directives = every(read(installed))
    assert named(directives, "client_max_body_size") == [["16k"]]  # routes.BODY_MAX_BYTES
    ((zone, sockets),) = named(directives, "limit_conn")
    assert zone == "addresses"
    assert int(sockets) > 20  # --connections-per-address, by default
    (rate,) = [args[-1] for args in named(directives, "limit_req_zone")]
    assert int(rate.removeprefix("rate=").removesuffix("r/s")) * 60 > 300  # --api-requests-per-minute, by default
