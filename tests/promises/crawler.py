"""Follows every link a person can reach and tries every address there is, by GET."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

LINK = re.compile(r'(?:href|src|action)="([^"#]+)')
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def every_address(values: dict[str, list[str]]) -> list[str]:
    """Every path of the site, each parameter filled with every one of its values, by its name."""
    return sorted(set(_paths(get_resolver().url_patterns, "/", values)))


def _paths(patterns: list[URLPattern | URLResolver], prefix: str, values) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern.url_patterns, route, values)
        else:
            yield from _filled(route, values)


def _filled(route: str, values: dict[str, list[str]]) -> Iterator[str]:
    found = PARAMETER.search(route)
    if not found:
        yield route
        return
    for value in values[found[1]]:  # a parameter of a new name is to be named there
        yield from _filled(route.replace(found[0], value, 1), values)


def crawl(client: Client, start: list[str]) -> dict[str, tuple[int, bytes]]:
    """Status and body of everything reached from `start` by links, each address once."""
    seen: dict[str, tuple[int, bytes]] = {}
    waiting = list(start)
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        response = client.get(path)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        seen[path] = (response.status_code, body)
        waiting += _links(path, response, body)
    return seen


def _links(path, response, body) -> list[str]:
    found = [response.headers["Location"]] if "Location" in response.headers else []
    if "html" in response.headers.get("Content-Type", ""):
        found += [unescape(link) for link in LINK.findall(body.decode())]
    absolute = (urlsplit(urljoin(path, link)) for link in found)
    return [url.path for url in absolute if not url.netloc and not _is_asset(url.path)]


def _is_asset(path: str) -> bool:
    return path.startswith("/static/") or not path.startswith("/")
