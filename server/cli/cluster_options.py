"""Options of a node that shares its sessions with others, and of several nodes on one machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from tickroom.server.cli.sections import CLUSTER, WORKERS, section
from tickroom.server.cli.typed_names import as_typed, typed_name
from tickroom.server.shell.cluster.settings import ClusterSettings, ahead_within, renew_every_within
from tickroom.server.shell.workers.settings import HUNG_AFTER_S, WorkersSettings, WorkersSettingsInvalid

REDIS_VARIABLE = "TICKROOM_REDIS"
EMBEDDED = "unix:///embedded"  # stands for the one that the supervisor starts, until it has a place

REDIS_HELP = (
    "The store of a cluster: redis:// or rediss://[USER:PASSWORD@]HOST[:PORT][/DB], unix:///PATH, "
    "redis+sentinel://H1,H2/SERVICE, redis+cluster://H1,H2. Better in the environment when it has a password: "
    f"{REDIS_VARIABLE}."
)

_TIMES = {
    "lease_s": "A node silent for so many seconds has lost its sessions to the others.",
    "renew_every_s": "How often it renews that. At most a third of it, and just that when a short lease is all that "
    "is said.",
    "watch_every_s": "How often it looks for others that are silent.",
    "step_in_after_s": "When the node whose turn it is does not take a session over, the others do after so long.",
    "ahead_s": "Games go on for so long while the store is away; nothing is told meanwhile, then they pause. At most "
    "the lease, and just that when a short lease is all that is said.",
    "checkpoint_every_s": "Between two checkpoints of a session: longer costs less, and takes longer to take over.",
    "ask_timeout_s": "How long another node's answer may take.",
    "drain_timeout_s": "How long SIGTERM waits while the sessions move to other nodes.",
}
_FOLLOW_THE_LEASE = {"renew_every_s": renew_every_within, "ahead_s": ahead_within}
_OF_A_CLUSTER = ("node_name", "drain_on_stop", *_TIMES)
_DEFAULTS = {field.name: field.default for field in fields(ClusterSettings)}

_cluster, _worker = section(CLUSTER), section(WORKERS)

_NODE_OPTIONS = (
    _cluster("--redis", "redis_url", metavar="URL", envvar=REDIS_VARIABLE, help=REDIS_HELP),
    _cluster(
        "--node-name",
        default="",
        metavar="NAME",
        envvar="TICKROOM_NODE_NAME",
        help="This node's name in the cluster, the same when it comes back. [default: host name and port]",
    ),
    _cluster(
        "--site-url",
        metavar="URL",
        envvar="TICKROOM_SITE_URL",
        help="The one address for people, where a proxy or load balancer stands before several nodes. Its pages may "
        "use every node.",
    ),
    *(
        _cluster(
            f"--{name.replace('_', '-')}",
            type=float,
            default=_DEFAULTS[name],
            show_default=True,
            metavar="SECONDS",
            envvar=f"TICKROOM_{name.upper()}",
            help=text,
        )
        for name, text in _TIMES.items()
    ),
    _cluster(
        "--drain-on-stop/--no-drain-on-stop",
        default=True,
        show_default=True,
        envvar="TICKROOM_DRAIN_ON_STOP",
        help="On SIGTERM move the sessions to other nodes; without, those find them when this node is gone.",
    ),
)

_WORKER_OPTIONS = (
    _worker(
        "--workers",
        "worker_count",
        type=int,
        metavar="N",
        envvar="TICKROOM_WORKERS",
        help="Run N nodes on this machine behind one address, each a process of its own. Without --redis a Redis for "
        "them is started as well.",
    ),
    _worker(
        "--worker-port",
        type=int,
        metavar="PORT",
        envvar="TICKROOM_WORKER_PORT",
        help="The first of the workers' own ports, two for each worker: clients reach each worker at a port of its "
        "own, and a new one starts beside the old. [default: any free ones]",
    ),
    _worker(
        "--data",
        "data_folder",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        envvar="TICKROOM_DATA",
        help="With --workers and without --redis: keep sessions and key here, so that games go on after a restart of "
        "everything. Without, they end with this command.",
    ),
    _worker(
        "--hung-after-s",
        type=float,
        default=HUNG_AFTER_S,
        show_default=True,
        metavar="SECONDS",
        envvar="TICKROOM_HUNG_AFTER_S",
        help="With --workers: one that does not answer /healthz for so long is killed and started again.",
    ),
    _worker("--listener-fd", "listener_fds", type=int, multiple=True, hidden=True),
)

SUPERVISOR_ONLY = frozenset(
    {"worker_count", "worker_port", "data_folder", "hung_after_s", "listener_fds", "redis_url", "node_name", "site_url"}
)


def clustered(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a cluster to a command that has those of a server."""
    for option in reversed((*_WORKER_OPTIONS, *_NODE_OPTIONS)):
        command = option(command)
    return command


def take_workers(options: dict[str, Any]) -> WorkersSettings | None:
    """How many nodes the supervisor starts, taken out of a command's options; None: this process is a node."""
    count: int | None = options.pop("worker_count", None)
    first_port: int | None = options.pop("worker_port", None)
    folder: Path | None = options.pop("data_folder", None)
    hung_after_s: float = options.pop("hung_after_s", HUNG_AFTER_S)
    if options.get("listener_fds"):  # a worker already, with its supervisor's environment
        return None
    if count is None:
        if folder is not None:
            raise click.ClickException("--data goes with --workers: it is where their Redis keeps what it knows")
        return None
    if folder is not None and options.get("redis_url"):
        raise click.ClickException("--data is for the Redis that --workers starts, so it does not go with --redis")
    try:
        return WorkersSettings(count, first_port, folder, hung_after_s)
    except WorkersSettingsInvalid as error:
        raise click.ClickException(as_typed(error.args, click.get_current_context())) from None


def take_cluster(options: dict[str, Any], *, is_supervisor: bool) -> ClusterSettings | None:
    """The cluster's settings, taken out of a command's options; None: the node is alone."""
    context = click.get_current_context()
    url: str | None = options.pop("redis_url", None)
    taken = {name: options.pop(name) for name in _OF_A_CLUSTER if name in options}
    if not url and not is_supervisor:
        _warn_of_idle_options(context)
        return None
    for name, follow in _FOLLOW_THE_LEASE.items():
        if context.get_parameter_source(name) is ParameterSource.DEFAULT:
            taken[name] = follow(taken["lease_s"])
    return ClusterSettings(url or EMBEDDED, **taken)


def _warn_of_idle_options(context: click.Context) -> None:
    """Whoever says how a cluster is to be, and names no store, has forgotten something."""
    idle = [
        typed_name(option, context)
        for option in context.command.params
        if isinstance(option, click.Option)
        and option.name in _OF_A_CLUSTER
        and context.get_parameter_source(option.name) is not ParameterSource.DEFAULT
    ]
    if idle:
        click.echo(
            f"tickroom: without --redis or --workers there is no cluster, so nothing comes of {', '.join(idle)}",
            err=True,
        )
