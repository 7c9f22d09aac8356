"""The one thread that writes. Whatever waits goes into one transaction: one sync for all of it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

from sync.outbox_file import is_damage, is_full
from vitals.errors import HearthError, HubError

MAX_WAITING = 10_000

_T = TypeVar("_T")


class Transaction(Protocol):
    """What the writer drives: begins, ends and takes back what the jobs do."""

    def begin(self) -> None:
        """Begin a transaction."""

    def commit(self) -> None:
        """Make it durable."""

    def rollback(self) -> None:
        """Take back everything since `begin`, in the file and in memory."""

    def close(self) -> None:
        """Let go of the file."""


@dataclass(slots=True)
class _Job:
    work: Callable[[], object]
    future: Future[object]


class Writer:
    """Runs jobs in the order they came, many to a transaction, each with its own outcome."""

    def __init__(
        self,
        transaction: Transaction,
        *,
        group: int,
        relief: Callable[[], bool] = lambda: False,
    ) -> None:
        """Start the thread. `group` is the most jobs that share one transaction.

        `relief` is asked when the disk is full: true means that there is room now.
        """
        self._transaction, self._relief = transaction, relief
        self._group = group
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="outbox-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], _T]) -> Future[_T]:
        """Queue one job. The future ends when what it wrote is durable, or says why it is not.

        Callbacks of the future run on the writer's thread: they must not wait. At `MAX_WAITING`
        jobs the future fails at once with STORE-04; nothing is queued and nothing is written.
        """
        future: Future[_T] = Future()
        with self._closing:
            if self._closed:
                future.set_exception(_stopped())
            elif self._queue.qsize() >= MAX_WAITING:
                future.set_exception(_too_slow())
            else:
                self._queue.put(_Job(work, future))  # type: ignore[arg-type]  # one job, one type
        return future

    def close(self) -> None:
        """Finish what is queued, then let go of the file. Later jobs fail with STORE-10."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        jobs: list[_Job] = []
        try:
            while True:
                jobs, last = self._gather()
                self._attempt(jobs)
                if last:
                    return
        finally:
            # Nobody may wait for ever on a thread that is gone.
            with self._closing:
                self._closed = True
            self._transaction.close()
            for job in jobs + self._left():
                if not job.future.done():
                    job.future.set_exception(_stopped())

    def _gather(self) -> tuple[list[_Job], bool]:
        jobs: list[_Job] = []
        job = self._queue.get()
        while job is not None:
            if job.future.set_running_or_notify_cancel():
                jobs.append(job)
            if len(jobs) >= self._group:
                return jobs, False
            try:
                job = self._queue.get_nowait()
            except Empty:
                return jobs, False
        return jobs, True

    def _left(self) -> list[_Job]:
        left: list[_Job] = []
        while not self._queue.empty():
            if (job := self._queue.get()) is not None:
                left.append(job)
        return left

    def _attempt(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        try:
            self._transaction.begin()
            results = [job.work() for job in jobs]
            self._transaction.commit()
        except (HearthError, sqlite3.Error) as error:
            self._transaction.rollback()
            if isinstance(error, sqlite3.Error) and is_full(error) and self._relief():
                self._attempt(jobs)
                return
            if len(jobs) == 1:
                jobs[0].future.set_exception(explained(error))
                return
            # One job must not fail another: each gets a transaction, and an outcome, of its own.
            for job in jobs:
                self._attempt([job])
            return
        for job, result in zip(jobs, results, strict=True):
            job.future.set_result(result)


def explained(error: HearthError | sqlite3.Error) -> HearthError:
    """Turn what SQLite says into something a person can act on."""
    if isinstance(error, HearthError):
        return error
    if is_full(error):
        return HubError(
            "The store is full: new readings cannot be kept.",
            fix="Get the upload going (hearth readings list shows what waits), free the disk, "
            "or raise store.max_bytes.",
            code="STORE-02",
        )
    if is_damage(error):
        return HubError(
            "The store's file is damaged.",
            fix="Restart the hub: it puts the file aside and starts a new one. Keep the old file.",
            code="STORE-01",
        )
    return HubError(
        f"The store cannot be read or written: {error}.",
        fix="Check the disk (dmesg shows its errors) and that it is not mounted read-only.",
        code="STORE-05",
    )


def _stopped() -> HubError:
    return HubError(
        "The store is closed: nothing more can be written.",
        fix="Restart the hub.",
        code="STORE-10",
    )


def _too_slow() -> HubError:
    return HubError(
        f"The disk is too slow: {MAX_WAITING} writes already wait for it.",
        fix="Check the disk (a worn-out SD card writes slowly); the reading was not stored.",
        code="STORE-04",
    )
