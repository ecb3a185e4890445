"""`imagerisk scan`: through the pipeline of the running system."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.session import ANALYSIS_FAILED, FOUND, RANKS, open_store, settings_or_exit, show, unreachable

if TYPE_CHECKING:
    from infra.settings import Settings
    from sinks.store import Store

ROOT_MARKS = ("etc/os-release", "usr/lib/os-release", "etc/passwd", "usr/bin", "bin")  # one of them: it may be the root of a file system


@click.command()
@click.argument("target")
@click.option("--timeout", "timeout_s", default=600.0, show_default=True, help="Seconds to wait for the scan to end.")
@click.option("--fail-on", type=click.Choice(sorted(RANKS)), help="Exit with 1 if a risk of this level or worse is open.")
@click.option("--json", "as_json", is_flag=True, help="Print the risks as JSON.")
@click.option("--strict", is_flag=True, help="Exit with 3 if any category failed or is partial.")
def scan(target: str, timeout_s: float, fail_on: str | None, as_json: bool, strict: bool) -> None:
    """Scan TARGET now and show its risks: HOST/REPOSITORY:TAG in a configured registry, or an archive, OCI layout
    or root file system on this machine.

    Example: imagerisk scan 127.0.0.1:5000/team/app:1.0 --fail-on high"""
    settings = settings_or_exit()
    store = open_store(settings, 15.0)
    digests = scan_target(settings, store, target, timeout_s, quiet=as_json)
    rows = store.rows(
        "SELECT * FROM risks WHERE image_digest IN {digests:Array(String)} AND status IN ('open', 'fix_failed', 'verifying') "
        "ORDER BY category, multiIf(severity IN ('high', 'urgent'), 0, severity IN ('medium', 'suspicious'), 1, 2), score DESC, rule",
        {"digests": digests},
    )
    show(rows, ("category", "severity", "rule", "package", "version", "fixed_version", "path"), as_json=as_json, as_csv=False,
         nothing="nothing found: every category that succeeded looked and found no open risk")  # fmt: skip
    failed = store.rows(
        "SELECT category, state, reason FROM scans WHERE image_digest IN {digests:Array(String)} AND state != 'succeeded'",
        {"digests": digests},
    )
    for row in failed:
        click.echo(f"{row['category']}: {row['state']}: {row['reason']}", err=True)
    if (strict and failed) or any(row["state"] == "failed" for row in failed):
        raise click.exceptions.Exit(ANALYSIS_FAILED)
    if fail_on and any(RANKS.get(row["severity"], 0) >= RANKS[fail_on] for row in rows):
        raise click.exceptions.Exit(FOUND)


def scan_target(settings: Settings, store: Store, target: str, timeout_s: float, *, quiet: bool) -> list[str]:
    """Ask for a scan and wait for its end; returns the digests of the images that the target stands for."""
    wanted = _references(settings, target)
    begin = time.time_ns() // 1_000_000
    digests = asyncio.run(_request(settings, wanted))
    for digest in digests:
        _wait(store, digest, begin, timeout_s, quiet=quiet)
    return digests


def _references(settings: Settings, target: str) -> list[tuple[str, str, str]]:
    """(registry, repository, tag or digest) of each image that the target stands for."""
    from streams.registries.accounts import LOCAL, Accounts, AccountsError

    path = Path(target)
    if path.exists():
        return [(LOCAL, name, tag) for name, tag in _import(settings, path)]
    try:
        reference = Accounts(settings.home).resolve(target)
    except AccountsError as error:
        raise click.UsageError(str(error)) from error
    return [(reference.registry, reference.repository, reference.reference)]


def _import(settings: Settings, path: Path) -> list[tuple[str, str]]:
    """Copy the images that lie at a path into the data folder; returns their names and tags there."""
    from streams.registries.archive_files import NotAnImage
    from streams.registries.local_images import LocalImages
    from streams.registries.manifests import RegistryError
    from streams.registries.targets import open_target

    folder = LocalImages(settings.home / "images")
    try:
        with open_target(path, settings.home / "images") as images:
            if any(one.folder for one in images) and not any((path / name).exists() for name in ROOT_MARKS):
                raise NotAnImage(f"{path} is neither an image nor the root of a file system: `imagerisk analyze` looks at any folder.")
            names = [_local_name(path, image.reference, number if len(images) > 1 else 0) for number, image in enumerate(images)]
            for image, (repository, tag) in zip(images, names, strict=True):
                folder.add(image, repository, tag)
            return names
    except (NotAnImage, RegistryError) as error:
        click.echo(f"imagerisk: {error}", err=True)
        raise click.exceptions.Exit(ANALYSIS_FAILED) from error


def _local_name(path: Path, reference: str, number: int) -> tuple[str, str]:
    """Repository and tag of an imported image: the archive's own name, else the file's."""
    name, _, tag = reference.rpartition(":")
    stem = re.sub(r"[^a-z0-9._-]+", "-", path.name.lower().removesuffix(".gz").removesuffix(".tar")).strip("-._") or "image"
    if name and "/" not in tag:
        return name.lower(), tag
    return stem, (reference if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", reference) else "latest") + (
        f"-{number}" if number else ""
    )


async def _request(settings: Settings, wanted: list[tuple[str, str, str]]) -> list[str]:
    """Ask for the scans; returns the digests of the images. The manifest is fetched here too, so that a wrong name is told at once."""
    from schemas.messages import ImageRequested
    from schemas.vocabulary import Cause
    from streams.clock import now_ms
    from streams.publisher import BrokerDown, Publisher
    from streams.registries.accounts import Accounts
    from streams.registries.manifests import ImageManifest, RegistryError, parse_manifest
    from streams.registries.sources import Sources
    from streams.topics import IMAGE_EVENTS

    digests: list[str] = []
    try:
        async with Sources(Accounts(settings.home), settings.home) as sources, Publisher(settings.kafka_address, "cli") as publisher:
            for registry, repository, reference in wanted:
                source = await sources.open(registry)
                manifest = await source.manifest(repository, reference)
                parsed = parse_manifest(manifest)
                digests += [manifest.digest] if isinstance(parsed, ImageManifest) else [one.digest for one in parsed]
                request = ImageRequested(
                    registry=registry, repository=repository, reference=reference, cause=Cause.MANUAL, requested_at=now_ms()
                )
                await publisher.send(IMAGE_EVENTS, registry, request)
    except BrokerDown as error:
        raise unreachable(str(error)) from error
    except RegistryError as error:
        click.echo(f"imagerisk: {error}", err=True)
        raise click.exceptions.Exit(ANALYSIS_FAILED) from error
    return digests


def _wait(store: Store, digest: str, begin: int, timeout_s: float, *, quiet: bool) -> None:
    """Wait until the scan that was asked for after `begin` is at rest, with a progress line."""
    from rich.console import Console

    from sinks.scans import progress

    end = time.monotonic() + timeout_s
    with Console(stderr=True, quiet=quiet).status(f"scanning {digest[:19]}") as status:
        while time.monotonic() < end:
            now = progress(store, [digest]).get(digest)
            if now and now.requested_at >= begin:
                if now.at_rest:
                    return
                ended = sum(state.at_rest for state in now.states.values())
                status.update(f"scanning {digest[:19]}: {ended} of {len(now.states)} categories")
            time.sleep(0.1)
    click.echo(
        f"imagerisk: the scan of {digest} has not ended within {timeout_s:.0f} s; it goes on: `imagerisk scans --image {digest[:19]}`",
        err=True,
    )
    raise click.exceptions.Exit(ANALYSIS_FAILED)


COMMANDS = (scan,)
