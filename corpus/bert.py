"""BERT encoders without torch: OpenVINO runs a graph that is built from the weights in a model's own folder.

On a CPU it computes faster than torch and loads in a tenth of the time (ARCHITECTURE.md has the figures). A text is
computed by itself on one core, as many at a time as there are cores, so its result does not depend on what else is
asked for. Models of other shapes are left to torch.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What the graph below computes; a model that says otherwise of itself is none of ours.
_SHAPE = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
# Texts at work at once; with more cores than that, several work on one.
_STREAMS = 16
# Texts are filled up to a multiple of so many tokens: OpenVINO keeps what it compiled for each length that it has met,
# 1.6 MB, and compiling takes longer than the few tokens do.
_STEP = 8

# Added to the attention that is not to be: its exponential is 0.
_FAR = 1e4

Tokens = tuple[Sequence[int], Sequence[int]]


def runs(folder: Path, architecture: str | None = None) -> bool:
    """Whether the model in a folder is a BERT (of that `architecture`) that can be run here."""
    files = [folder / name for name in ("config.json", "model.safetensors", "tokenizer.json")]
    if not all(file.is_file() for file in files) or not find_spec("openvino"):
        return False
    config = json.loads(files[0].read_text("utf-8"))
    if architecture and config.get("architectures") != [architecture]:
        return False
    if "bfloat16" in (config.get("dtype"), config.get("torch_dtype")):  # numpy has no such numbers
        return False
    return "model_type" in config and all(config.get(key, value) == value for key, value in _SHAPE.items())


def threads() -> int:
    """How many cores to use: as OMP_NUM_THREADS says, which torch follows too, else all that this process may."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    there = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return int(asked) if asked.isdecimal() and int(asked) else there


class Bert:
    """The model in `folder`, compiled. Not to be called by two threads at a time (see `corpus.batching`).

    With a `head`, the name of a linear layer, each token has that layer's values; without, the text has the mean of
    its tokens' states. Raises `ValueError` when the weights are not whole.
    """

    def __init__(self, folder: Path, head: str | None = None) -> None:
        openvino = _openvino()
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self.longest = int(config["max_position_embeddings"])
        self._by_token = head is not None
        core = openvino.Core()
        # Where the CPU computes in bfloat16, twice as fast; cosines to float32 stay above .9999.
        bfloat16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        cores = threads()
        options = {
            "INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32",
            "NUM_STREAMS": min(cores, _STREAMS),
            "INFERENCE_NUM_THREADS": cores,
            "ENABLE_CPU_PINNING": False,  # other processes work on these cores too
        }
        self._queue: Any = openvino.AsyncInferQueue(core.compile_model(_graph(folder, config, head), "CPU", options))
        self._queue.set_callback(_keep)

    def __call__(self, inputs: Sequence[Tokens]) -> list[NDArray[np.float32]]:
        """For each text (its token ids and type ids, at most `longest`) an array: (hidden,), or (tokens, head)."""
        results: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(inputs)
        # The longest first, so that the cores finish together.
        for index in sorted(range(len(inputs)), key=lambda index: -len(inputs[index][0])):
            ids, types = inputs[index]
            tokens = len(ids)
            filled = np.zeros((2, min(-(-tokens // _STEP) * _STEP, self.longest)), np.int32)
            filled[0, :tokens], filled[1, :tokens] = ids, types
            there = (np.arange(filled.shape[1]) < tokens).astype(np.float32)
            self._queue.start_async([*filled, there], (results, index, tokens if self._by_token else None))
        self._queue.wait_all()
        return results


def _keep(request: Any, place: tuple[list[NDArray[np.float32]], int, int | None]) -> None:
    results, index, tokens = place
    results[index] = request.get_output_tensor().data[0][:tokens].copy()


@cache
def _openvino() -> ModuleType:
    # Importing OpenVINO tells its makers so over the network, unless their telemetry package is missing. Here it is.
    blocked = "openvino" not in sys.modules and "openvino_telemetry" not in sys.modules
    if blocked:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    try:
        import openvino
        import openvino.opset13
    finally:
        if blocked:
            del sys.modules["openvino_telemetry"]
    module: ModuleType = openvino
    return module


def _weights(folder: Path) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(folder / "model.safetensors")
    except SafetensorError as error:
        raise ValueError(f"its weights cannot be read: {error}") from error


def _graph(folder: Path, config: dict[str, Any], head: str | None) -> Any:
    """Devlin et al., "BERT" (2019), for one text of any length, in OpenVINO's operations. Raises `ValueError`."""
    openvino, weights = _openvino(), _weights(folder)
    ops: Any = openvino.opset13
    prefix = "bert." if "bert.embeddings.LayerNorm.weight" in weights else ""
    heads, size = config["num_attention_heads"], config["hidden_size"]

    def constant(*names: str) -> Any:
        name = ".".join(names)
        if name not in weights:
            raise ValueError(f"its weights lack {name}")
        return ops.constant(weights[name].astype(np.float32))

    def integers(*values: int) -> Any:
        return ops.constant(np.asarray(values, np.int32))

    def linear(x: Any, name: str) -> Any:
        return ops.add(ops.matmul(x, constant(name, "weight"), False, True), constant(name, "bias"))

    def normalised(x: Any, name: str) -> Any:
        centred = ops.mvn(x, integers(-1), True, config["layer_norm_eps"], "inside_sqrt")
        return ops.add(ops.multiply(centred, constant(name, "weight")), constant(name, "bias"))

    def attention(x: Any, name: str) -> Any:
        parts = [
            ops.reshape(linear(x, f"{name}.{part}"), integers(1, -1, heads, size // heads), False)
            for part in ("query", "key", "value")
        ]
        swap = integers(0, 2, 1, 3)  # tokens, heads
        attended = ops.scaled_dot_product_attention(*(ops.transpose(part, swap) for part in parts), unseen)
        return ops.reshape(ops.transpose(attended, swap), integers(1, -1, size), False)

    def layer(x: Any, name: str) -> Any:
        attended = linear(attention(x, f"{name}.attention.self"), f"{name}.attention.output.dense")
        x = normalised(ops.add(attended, x), f"{name}.attention.output.LayerNorm")
        inner = ops.gelu(linear(x, f"{name}.intermediate.dense"), "erf")
        return normalised(ops.add(linear(inner, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")

    ids, types = (ops.parameter([-1], np.int32) for _ in range(2))
    there = ops.parameter([-1], np.float32)  # 1 for a token, 0 for what fills the text up, which no token attends to
    unseen = ops.unsqueeze(ops.multiply(ops.subtract(there, np.float32(1)), np.float32(_FAR)), integers(0, 1, 2))
    embeddings = f"{prefix}embeddings"
    words = ops.gather(constant(embeddings, "word_embeddings.weight"), ids, integers(0))
    kinds = ops.gather(constant(embeddings, "token_type_embeddings.weight"), types, integers(0))
    length = ops.shape_of(ids, output_type="i32")
    places = ops.slice(
        constant(embeddings, "position_embeddings.weight"), integers(0), length, integers(1), integers(0)
    )
    x = ops.unsqueeze(ops.add(ops.add(words, kinds), places), integers(0))
    x = normalised(x, f"{embeddings}.LayerNorm")
    for number in range(config["num_hidden_layers"]):
        x = layer(x, f"{prefix}encoder.layer.{number}")
    if head:
        result = linear(x, head)
    else:
        total = ops.reduce_sum(ops.multiply(x, ops.unsqueeze(there, integers(1))), integers(1), False)
        result = ops.divide(total, ops.reduce_sum(there, integers(0), False))
    return openvino.Model([ops.result(result)], [ids, types, there], "bert")
