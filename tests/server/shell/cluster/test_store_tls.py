"""A Redis that is reached through TLS, on both event loops: the append's connection is not redis-py's alone."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.server.shell.cluster.backends import LEASE_MS, entry_of
from tests.server.shell.cluster.redis_server import RedisServer
from tickroom.server.shell.cluster.connecting import open_store
from tickroom.server.shell.cluster.interface import Fenced, StoreAway


def make_certificate(folder: Path) -> Path:
    """For 127.0.0.1, signed by itself; key and certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@asynccontextmanager
async def tls_before(redis: RedisServer, certificate: Path) -> AsyncIterator[int]:
    """A port that speaks TLS and passes everything on: the wheel's redis-server has no TLS of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    carrying: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65536):
                writer.write(piece)
                await writer.drain()
        except OSError:
            return  # an end that breaks off has ended too
        finally:
            writer.close()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", redis.port)
        carrying.update(
            (asyncio.create_task(carry(reader, inner_writer)), asyncio.create_task(carry(inner_reader, writer)))
        )

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.wait(carrying, timeout=10)


async def use_it(redis: RedisServer, certificate: Path) -> None:
    async with tls_before(redis, certificate) as port:
        with pytest.raises(StoreAway):  # nobody vouches for this certificate
            await open_store(f"rediss://127.0.0.1:{port}/0")
        store = await open_store(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate}")
        await store.directory.register(entry_of("a"), LEASE_MS)
        for sequence in (1, 2, 3):
            await store.journal("a").append(sequence, b"x" * 200_000)
        assert [len(record) async for _, record in store.journal("a").read("a", 0)] == [200_000] * 3
        with pytest.raises(Fenced):
            await store.journal("nobody").append(1, b"one")
        await store.close()


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_through_tls(redis: RedisServer, tmp_path: Path, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(asyncio.wait_for(use_it(redis, make_certificate(tmp_path)), timeout=30))
