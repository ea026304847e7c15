"""Loading, cutting and embedding on a Ray cluster: a streaming pipeline of Ray Data. This process alone writes.

Every node has the project installed and sees the files under the same paths. What a worker that dies was doing is done
again by another; the order is kept, so that the corpus is the one that a run without Ray would make.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus import embedder
from corpus.errors import AssistantError
from corpus.record import fingerprint, text_hash
from corpus.store import Corpus
from ingest.load import Loaded, Skipped, files, load
from ingest.prepare import Prepared, prepare

if TYPE_CHECKING:
    import pyarrow

_ARTICLES = 32  # embedded together by a worker
_FILES = 1_000  # tasks that the files are shared among
_LOADING = 0.25  # of a core: beside embedding, to load is little


class Cluster:
    """The Ray cluster that RAY_ADDRESS names, or one of this machine's cores; one that was joined before is used.

    Raises `AssistantError` when Ray is not installed, or its cluster fails.
    """

    def __init__(self) -> None:
        try:
            import ray
            import ray.data
        except ImportError as error:
            raise AssistantError("Ray is not installed. Install it: pip install 'news-assistant[ray]'") from error
        self._joined = not ray.is_initialized()
        if self._joined:
            with _speaking():
                ray.init(logging_level=logging.ERROR, include_dashboard=False, log_to_driver=False)

    def close(self) -> None:
        """Leave it, if it was joined for this."""
        import ray

        if self._joined:
            ray.shutdown()

    def load(self, target: str, corpus: Corpus) -> Iterator[Loaded | Skipped | Prepared]:
        """What `load` gives for files, in its order; what the record seems not to hold comes cut and embedded."""
        paths: list[dict[str, str]] = []
        for found in files(target):
            if isinstance(found, Skipped):
                yield found
            else:
                paths.append({"path": str(found)})
        with _speaking():
            for row in _pipeline(paths, corpus) if paths else ():
                yield pickle.loads(row["item"])


@contextmanager
def _speaking() -> Iterator[None]:
    """What goes wrong with a cluster is said in a sentence."""
    import ray

    try:
        yield
    except (ray.exceptions.RayError, ConnectionError) as error:
        raise AssistantError(
            f"The Ray cluster failed ({str(error).splitlines()[0][:300]}). What was stored stays stored. See that its "
            "nodes have the project installed and see the files; where it asks for a token, set RAY_AUTH_MODE=token. "
            "Then run the command again."
        ) from error


def _pipeline(paths: list[dict[str, str]], corpus: Corpus) -> Iterator[dict[str, Any]]:
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    workers = max(1, int(ray.cluster_resources().get("CPU", 1)) - 1)
    known = ray.put(corpus.record.fingerprints())  # held here for as long as a worker may have to begin again
    items = ray.data.from_items(paths, override_num_blocks=min(len(paths), _FILES)).map_batches(
        _loaded, batch_size=1, batch_format="pyarrow", num_cpus=_LOADING
    )
    made = items.map_batches(
        _Worker,
        fn_constructor_args=(corpus.settings.embedding_model, corpus.settings.passage_tokens, known),
        batch_size=_ARTICLES,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,
    )
    yield from made.iter_rows()


def _loaded(batch: pyarrow.Table) -> Iterator[pyarrow.Table]:
    for path in batch["path"].to_pylist():
        for item in load(path):
            yield _table([item])


def _table(items: Sequence[Loaded | Skipped | Prepared]) -> pyarrow.Table:
    import pyarrow

    return pyarrow.table({"item": pyarrow.array([pickle.dumps(item) for item in items], pyarrow.large_binary())})


class _Worker:
    """Cuts and embeds what the record seems not to hold; lives in a process of its own and loads the model once."""

    def __init__(self, model: str, passage_tokens: int, known: Any) -> None:
        import ray

        self._embedder, self._passage_tokens = embedder.shared(model), passage_tokens
        self._known = ray.get(known)

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        items = [pickle.loads(each) for each in batch["item"].to_pylist()]
        new = [item for item in items if isinstance(item, Loaded) and not self._is_known(item)]
        made = {id(each.article): each for each in prepare(new, self._embedder, self._passage_tokens)}
        return _table([made.get(id(item), item) for item in items])

    def _is_known(self, a: Loaded) -> bool:
        """A guess: whoever writes compares letter for letter, and embeds what this took for known and is not."""
        text = text_hash(a.text)
        said = fingerprint(a.id, a.title, a.source, a.url, a.published, text), fingerprint(text)
        return bool(np.isin(np.array(said[: 1 + a.by_path], np.uint64), self._known).any())
