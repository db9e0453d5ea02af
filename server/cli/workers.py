"""``tickroom serve --workers``: the supervisor, its workers' command line, and a Redis where none is given."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from click.core import ParameterSource

from tickroom.server.cli.cluster_options import REDIS_VARIABLE, SUPERVISOR_ONLY
from tickroom.server.cli.protection_options import SECRET_KEY_VARIABLE
from tickroom.server.cli.site import site_fault, site_url
from tickroom.server.shell.cluster.redis_program import RedisServerMissing, find_redis_server
from tickroom.server.shell.cluster.settings import default_name
from tickroom.server.shell.listening import PortTaken, listen_on
from tickroom.server.shell.settings import ServerSettings
from tickroom.server.shell.workers.embedded_redis import EmbeddedRedis
from tickroom.server.shell.workers.keeping import Kept
from tickroom.server.shell.workers.settings import Patience, WorkersSettings
from tickroom.server.shell.workers.supervisor import Crew, NoStore, NoWorker, supervise
from tickroom.server.shell.workers.terminal import terminal_watch
from tickroom.server.shell.workers.tether import best_tether
from tickroom.server.shell.workers.worker import WorkerPlan, worker_launcher

logger = logging.getLogger("tickroom.workers")

LOG_LINES_SHOWN = 3
RENEWALS_TO_KNOW = 2
STOP_MARGIN_S = 12.0  # after draining and telling the players: open requests, the store, Python's own end
_NOT_FOR_WORKERS = ("TICKROOM_WORKERS", "TICKROOM_DATA", "TICKROOM_NODE_NAME", "TICKROOM_WORKER_PORT")


def run_workers(context: click.Context, settings: ServerSettings, workers: WorkersSettings) -> None:
    """Serve with several nodes until a signal says stop."""
    fault = site_fault(settings)
    if fault is not None:
        raise click.ClickException(fault)
    with (
        contextlib.closing(best_tether()) as tether,
        contextlib.closing(_people_listener(settings)) as shared,
        _store(context) as store,
    ):
        port: int = shared.getsockname()[1]
        plan = _plan(context, settings, workers, port, store)
        patience = _patience(settings, workers)
        crew = Crew(
            site_url=plan.environment["TICKROOM_SITE_URL"],
            workers=[
                Kept(name, worker_launcher(plan, shared, name, ports), patience, tether)
                for name, ports in _places(settings, workers, port)
            ],
            store=None if store is None else Kept("redis", store.launch, Patience(), tether),
            is_terminal_gone=terminal_watch(),
        )
        _tell(f"Supervisor: pid {os.getpid()}; SIGHUP restarts the workers one after the other, Ctrl-C ends all")
        if store is not None:
            _tell(f"To look at its nodes: tickroom cluster status --redis {shlex.quote(store.url)}")
        try:
            asyncio.run(supervise(crew, _tell))
        except NoStore as error:
            assert store is not None
            raise click.ClickException(f"{error}: {_last_lines(store.log)}") from None
        except NoWorker as error:
            raise click.ClickException(f"{error}; the lines above say why") from None


def _tell(line: str) -> None:
    """A line for whoever started us. They may have gone by the time of the later ones, and the nodes serve on."""
    try:
        click.echo(line)
    except OSError as error:
        logger.warning("nobody reads any more what is told here: %s", error)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # else Python's own end fails with what is left in the buffer
        os.close(nowhere)


def worker_arguments(context: click.Context) -> list[str]:
    """The options that were given on the command line and that each worker must have, too.

    What came from the environment reaches the workers through it.
    """
    arguments: list[str] = []
    for option in context.command.params:
        if not isinstance(option, click.Option) or option.name in SUPERVISOR_ONLY:
            continue
        if context.get_parameter_source(option.name) is not ParameterSource.COMMANDLINE:
            continue
        value = context.params[option.name]
        if option.is_flag:
            arguments.append((option.opts if value else option.secondary_opts)[0])
        else:
            for one in value if option.multiple else [value]:
                arguments += [option.opts[0], str(one)]
    return arguments


def _plan(
    context: click.Context, settings: ServerSettings, workers: WorkersSettings, port: int, store: EmbeddedRedis | None
) -> WorkerPlan:
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_WORKERS}
    environment[REDIS_VARIABLE] = context.params["redis_url"] if store is None else store.url
    environment["TICKROOM_SITE_URL"] = site_url(settings, port)
    if settings.secret_key is not None and context.params["secret_key_file"] is None:
        environment[SECRET_KEY_VARIABLE] = settings.secret_key.decode()
    if settings.limits.max_memory_mb is None:  # the default is a share of what there is, and they share it
        share_mb = settings.resolved_limits.max_memory_bytes // 1_000_000 // workers.count
        environment["TICKROOM_MAX_MEMORY_MB"] = str(share_mb)
    command = [sys.executable, "-m", "tickroom", "serve", *worker_arguments(context)]
    return WorkerPlan(command, environment, settings.host, settings.public_url)


def _places(settings: ServerSettings, workers: WorkersSettings, port: int) -> list[tuple[str, tuple[int, ...]]]:
    """Each worker's name, and its ports."""
    base = settings.cluster.node_name if settings.cluster is not None else ""
    return [(f"{base or default_name(port)}-{index + 1}", workers.ports_of(index)) for index in range(workers.count)]


def _patience(settings: ServerSettings, workers: WorkersSettings) -> Patience:
    cluster = settings.cluster
    drain_s = cluster.drain_timeout_s if cluster is not None and cluster.drain_on_stop else 0.0
    stop_s = drain_s + settings.shutdown_grace_s + STOP_MARGIN_S
    # A node hears of others when it renews its lease; the old one must know of the new one to hand its sessions over.
    settle_s = RENEWALS_TO_KNOW * cluster.renew_every_s if cluster is not None else 0.0
    return Patience(hung_after_s=workers.hung_after_s, stop_timeout_s=stop_s, settle_s=settle_s)


def _people_listener(settings: ServerSettings) -> socket.socket:
    try:
        return listen_on(settings.host, settings.port)
    except PortTaken as error:
        raise click.ClickException(f"{error} (choose another with --port)") from None


@contextlib.contextmanager
def _store(context: click.Context) -> Iterator[EmbeddedRedis | None]:
    """A Redis of this run's own, where no other is given."""
    if context.params["redis_url"]:
        yield None
        return
    try:
        store = EmbeddedRedis(find_redis_server(), context.params["data_folder"])
    except RedisServerMissing as error:
        raise click.ClickException(f"{error}; or name a Redis with --redis") from None
    except OSError as error:
        raise click.ClickException(f"--data: {error.strerror}: {error.filename}") from None
    with contextlib.closing(store):
        yield store


def _last_lines(log: Path) -> str:
    try:
        return " / ".join(log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]) or "it said nothing"
    except OSError:
        return "it said nothing"
