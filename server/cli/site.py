"""The one address for people, where each of several workers has an address of its own."""

from __future__ import annotations

from urllib.parse import urlsplit

from tickroom.server.shell.settings import ServerSettings, url_host


def site_fault(settings: ServerSettings) -> str | None:
    """What is wrong with the addresses, where there are several workers behind one."""
    url = settings.public_url
    if url is None:
        return None
    if "{node}" not in url and "{port}" not in url:
        return f"with --workers each worker has an address of its own: write {{port}} or {{node}} into {url!r}"
    if settings.site_url is None and "{node}" in urlsplit(url).netloc:
        return "say with --site-url at which address people come in"
    return None


def site_url(settings: ServerSettings, port: int) -> str:
    """The address for people: as given, or what the workers' addresses have in common, or where we listen."""
    if settings.site_url is not None:
        return settings.site_url
    if settings.public_url is None:
        return f"http://{url_host(settings.host)}:{port}"
    place = urlsplit(settings.public_url)
    return f"{place.scheme}://{place.netloc.replace('{port}', str(port))}"
