"""Ingest with an embedder that costs nothing, for tests of everything else."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import threading
import time
import traceback
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import corpus.vectors
import ingest.cli
import ingest.pipeline
from corpus import embedder
from corpus.store import Corpus
from corpus.types import Bounds


class CheapEmbedder:
    """Texts that share words are near each other; nothing is loaded."""

    name, max_tokens, dimension = embedder.DEFAULT_MODEL, 256, 64

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.full((len(texts), self.dimension), 0.01)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.lower().split():
                vector[zlib.crc32(word.encode()) % self.dimension] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors.astype(np.float16).astype(np.float32)


class SlowEmbedder(CheapEmbedder):
    """Takes its time, and leaves its process' number in the folder that the variable SEEN names."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        (Path(os.environ["SEEN"]) / str(os.getpid())).touch()
        time.sleep(0.2)
        return super().embed(texts)


def slowly() -> None:
    """Give this process the slow one."""
    embedder.shared = lambda name: SlowEmbedder()  # type: ignore


def found(corpus: Corpus, word: str) -> set[str]:
    """The articles of the passages that either index finds first for a word, of those that the record holds."""
    ids = corpus.dense(corpus.embedder.embed([word])[0], 10), corpus.words(word, 10, Bounds())
    return {passage.article_id for each in ids for passage in corpus.record.passages(each, Bounds()).values()}


def cheapen() -> None:
    """Make every corpus that this process opens cheap, and have it commit, index and write Chroma's graph often."""
    embedder.shared = lambda name: CheapEmbedder()  # type: ignore
    ingest.pipeline._BATCH, ingest.pipeline.CHUNK = 32, 64
    corpus.vectors._SYNC_THRESHOLD = 100


# A process that has imported everything is copied for each ingest, which then starts at once.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__, "chromadb", "datasketch", "py3langid.langid"])


SECONDS = 1_800  # after which an ingest has hung


class Ingest:
    """`ingest FILE… --json` in a process of its own, that may write no file of more than `largest` bytes.

    `peak` is the most memory that it held, in MiB, once it has ended.
    """

    peak = 0

    def __init__(self, home: Path, *files: Path, largest: int = 0) -> None:
        self._said = Path(tempfile.mkdtemp(prefix="ingest-"))
        self.process = _PROCESSES.Process(target=_run, args=(home, files, self._said, largest))
        self.process.start()

    def end(self) -> tuple[int | None, dict[str, Any]]:
        """Its exit code and report, once it has ended; what it says to people must be no traceback."""
        self.process.join(SECONDS)
        told = (self._said / "err").read_text("utf-8")
        assert self.process.exitcode in (0, 1) and "Traceback" not in told, told
        report = json.loads((self._said / "out").read_text("utf-8"))
        self.peak = int((self._said / "peak").read_text())
        shutil.rmtree(self._said)
        return self.process.exitcode, report


def _run(home: Path, files: tuple[Path, ...], said: Path, largest: int) -> None:
    cheapen()
    os.environ["ASSISTANT_HOME"] = str(home)
    tqdm.set_lock(threading.RLock())  # its own is a semaphore that a killed process would leave behind
    with (said / "out").open("w", encoding="utf-8") as out, (said / "err").open("w", encoding="utf-8") as err:
        sys.stdout, sys.stderr = out, err
        if largest:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
        try:
            code = ingest.cli.main([*map(str, files), "--json"])
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**10
            (said / "peak").write_text(str(peak))
            sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    sys.exit(code)
