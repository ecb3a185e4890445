"""fix: queued tasks -> a fixed image under a new tag -> its scan -> risks fixed, or fix_failed with the log.

The queue is the table of tasks: whatever dies, the next look finds what to go on with. Among several workers the one that reads the first
partition of action.results builds, so there is one build at a time, and one for each repository.
"""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import structlog

from schemas.messages import ActionDone, ImageRequested, Message
from schemas.vocabulary import CategoryId, Cause, Reason, ScanState
from sinks.fixes import ACTIVE, CANCELLED, CANCELLING, FAILED, FIXED, FIXING, QUEUED, VERIFYING, FixTask, tasks, write_repairs, write_task
from sinks.risks import write_transitions
from sinks.scans import progress
from sinks.store import Store
from streams.agents.act import repair_changes
from streams.agents.merge import transition
from streams.agents.step import Received, Step
from streams.clock import now_ms
from streams.fix.build import TASK, build, push
from streams.fix.isolation import Buildah, sweep
from streams.fix.job import FixCancelled, FixFailed, FixJob, FixLimits
from streams.fix.requests import FIX, FIX_ACTIONS, read_plan, risks_in_tasks
from streams.fix.stored import vulnerabilities_of
from streams.fix.verify import evidence
from streams.headers import new_trace
from streams.registries.manifests import Manifest, RegistryError
from streams.registries.sources import Sources
from streams.topics import ACTION_RESULTS, IMAGE_EVENTS, RISK_CHANGES, Topic

log = structlog.get_logger(__name__)
LOOK_EVERY_S, REST_S = 0.5, 10.0
LOG_BYTES = 200_000
SCANNED_WITHIN_MS = 3_600_000


@dataclass(frozen=True)
class FixSettings:
    """Where builds are made and what they may cost. `sources`: see FixJob."""

    folder: Path
    limits: FixLimits
    driver: str
    sources: Path


@dataclass
class _Running:
    """The build of this process."""

    task: FixTask
    cancelled: threading.Event = field(default_factory=threading.Event)
    work: asyncio.Task[None] | None = None


class Fix:
    """The handler; one for each worker."""

    def __init__(self, step: Step, store: Store, sources: Sources, settings: FixSettings) -> None:
        self.step, self.store, self.sources, self.settings = step, store, sources, settings
        self._wake = asyncio.Event()
        self._running: _Running | None = None
        step.reads(ACTION_RESULTS, self.handle, limit=100, together=True)
        step.app.task(self.run)

    async def handle(self, batch: Sequence[Received]) -> None:
        """A fix was asked for: look at the queue now."""
        if any(isinstance(one.message, ActionDone) and one.message.action in FIX_ACTIONS for one in batch):
            self._wake.set()

    async def run(self) -> None:
        """Until the process ends."""
        settled = False
        while True:
            busy = False
            if self._builds():
                if not settled:
                    await asyncio.to_thread(sweep, self.settings.folder)
                    await self._take_up()
                    settled = True
                busy = await self._look()
            try:
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY_S if busy or not settled else REST_S)
            except TimeoutError:
                continue
            self._wake.clear()

    def _builds(self) -> bool:
        return any(tp.topic == ACTION_RESULTS.name and tp.partition == 0 for tp in self.step.app.guard.assignment())

    async def _take_up(self) -> None:
        """After a start: what this process's predecessor wrote about a task and did not tell is told now, under the same ids."""
        for task in await asyncio.to_thread(tasks, self.store):
            if task.state in ACTIVE or task.changed_at > now_ms() - SCANNED_WITHIN_MS:
                await self._tell(task)

    async def _look(self) -> bool:
        """Go on with every task; returns whether there is one."""
        running = self._running.task.id if self._running else ""  # before the look: what ends meanwhile is seen as it was
        active = await asyncio.to_thread(tasks, self.store, (), ACTIVE)
        for task in active:
            if task.state == VERIFYING:
                await self._verify(task)
            elif task.state == CANCELLING and task.id == running and self._running:
                self._running.cancelled.set()
            elif task.state == CANCELLING and task.id != running:
                await self._end(task, CANCELLED, "taken back")
        waiting = [task for task in active if task.state in (QUEUED, FIXING) and task.id != running]
        if waiting and not self._running:
            self._running = _Running(waiting[0])
            self._running.work = asyncio.create_task(self._fix(self._running))
        return bool(active)

    async def _fix(self, running: _Running) -> None:
        task = running.task = replace(running.task, state=FIXING, started_at=now_ms(), changed_at=now_ms())
        record = io.StringIO()
        try:
            await asyncio.to_thread(write_task, self.store, task)
            digest = await self._pushed(task) or await asyncio.to_thread(self._build, running, await self._job(task), record)
        except FixCancelled:
            await self._end(task, CANCELLED, "taken back while it was built", record.getvalue())
        except (FixFailed, RegistryError) as error:
            await self._end(task, FAILED, str(error), record.getvalue())
        except Exception as error:
            log.error("fix failed", task=task.id, exc_info=True)
            await self._end(task, FAILED, f"{type(error).__name__}: {error}", record.getvalue())
        else:
            at = now_ms()
            await self._settle(
                replace(task, state=VERIFYING, new_digest=digest, pushed_at=at, changed_at=at, log=record.getvalue()[-LOG_BYTES:])
            )
            request = ImageRequested(
                registry=task.registry,
                repository=task.repository,
                reference=task.new_tag,
                cause=Cause.FIX,
                requested_at=at,
                event_id=task.id,
            )
            await self.step.send(IMAGE_EVENTS, task.registry, request, new_trace())
        finally:
            self._running = None
            self._wake.set()

    async def _job(self, task: FixTask) -> FixJob:
        account = self.sources.accounts.registries.get(task.registry)
        if account is None:
            raise FixFailed(f"registry {task.registry!r} is not configured (any more)")
        manifest = await (await self.sources.open(task.registry)).manifest(task.repository, task.image_digest)
        return FixJob(
            task.id, account.host, account.url.startswith("http://"), task.repository, task.image_digest, manifest.media_type, task.new_tag,
            read_plan(task.plan), self.settings.sources, account.username, account.password,
        )  # fmt: skip

    async def _pushed(self, task: FixTask) -> str:
        """The digest that this very task pushed before its process died, empty if there is none. Raises FixFailed for a foreign tag."""
        manifest = await self._tagged(task)
        if manifest is None:
            return ""
        if orjson.loads(manifest.body).get("annotations", {}).get(TASK) == task.id:
            return manifest.digest
        raise FixFailed(f"tag {task.new_tag} exists already in {task.repository}: existing tags are never moved; give another with --tag")

    async def _tagged(self, task: FixTask) -> Manifest | None:
        try:
            return await (await self.sources.open(task.registry)).manifest(task.repository, task.new_tag)
        except RegistryError as error:
            if error.reason is Reason.IMAGE_NOT_FOUND:
                return None
            raise

    def _build(self, running: _Running, job: FixJob, record: io.StringIO) -> str:
        """In a thread: build, look once more whether the tag is free, push."""
        loop = self.step.app.loop
        with Buildah(
            self.settings.folder / job.task_id, self.settings.limits, record, running.cancelled.is_set, self.settings.driver
        ) as buildah:
            image = build(buildah, job)
            asyncio.run_coroutine_threadsafe(self._pushed(running.task), loop).result(120)
            return push(buildah, job, image)

    async def _verify(self, task: FixTask) -> None:
        """Close the loop when the new image was scanned."""
        found = (await asyncio.to_thread(progress, self.store, [task.new_digest])).get(task.new_digest)
        if found is None or not found.at_rest:
            if now_ms() > task.pushed_at + SCANNED_WITHIN_MS:
                await self._end(task, FAILED, "the fixed image was pushed, and not scanned within an hour", task.log)
            return
        state = found.states[CategoryId.SYSTEM_VULNERABILITY]
        why, old, new = await asyncio.to_thread(self._risks, task, state)
        result = evidence(task, state, why, old, new)
        await self._end(task, FAILED if result.reason else FIXED, result.reason, task.log, result.still_open)

    def _risks(self, task: FixTask, state: ScanState) -> tuple[str, list[dict[str, object]], list[dict[str, object]]]:
        why = "" if state is ScanState.SUCCEEDED else str(self.store.query(
            "SELECT reason FROM scans WHERE image_digest = {digest:String} AND category = {category:String}",
            {"digest": task.new_digest, "category": CategoryId.SYSTEM_VULNERABILITY.value},
        )[0][0])  # fmt: skip
        return why, vulnerabilities_of(self.store, task.image_digest), vulnerabilities_of(self.store, task.new_digest)

    async def _end(self, task: FixTask, state: str, reason: str, record: str = "", still_open: tuple[str, ...] = ()) -> None:
        at = now_ms()
        log.info("fix ended", task=task.id, state=state, reason=reason)
        ended = replace(task, state=state, reason=reason, ended_at=at, changed_at=at, log=record[-LOG_BYTES:], still_open=still_open)
        await self._settle(ended)

    async def _settle(self, task: FixTask) -> None:
        """Write where a task stands, then tell it: a process that dies in between tells it after its start."""
        await asyncio.to_thread(write_task, self.store, task)
        await self._tell(task)

    async def _tell(self, task: FixTask) -> None:
        """What changed for its risks, and the answer when it ended. Told before the risks are written; the same again tells nothing."""
        risks = await asyncio.to_thread(risks_in_tasks, self.store, [task])
        changes = repair_changes([task], risks, FIX)
        if not changes:
            return
        await asyncio.to_thread(write_transitions, self.store, [transition(one) for one in changes])
        outgoing: list[tuple[Topic, str, Message]] = [(RISK_CHANGES, one.finding_id, one) for one in changes]
        if task.state not in ACTIVE:
            done = ActionDone(
                id=f"{task.id}-{task.changed_at}", action=FIX, finding_id="", state=task.state, reason=task.reason,
                touched=len(task.finding_ids), done_at=task.changed_at,
            )  # fmt: skip
            outgoing.append((ACTION_RESULTS, task.id, done))
        await self.step.send_all(outgoing, new_trace())
        await asyncio.to_thread(write_repairs, self.store, risks, task.status, task.changed_at)
