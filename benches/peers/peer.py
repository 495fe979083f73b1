#!/usr/bin/env python3
"""One piece of a peer's work as a process that benches/peers/run times between others.

usage: peer.py FOLDER ENGINE WORK    (FOLDER: where `run` keeps the models and the pictures)

It says "ready", then answers each line N with the milliseconds that each of N runs took, "wall cpu", as benches/child.rs
does. Engines and their work:

  ort    embed, detect:WIDTHxHEIGHT       the bare network
  cv     embed, detect:WIDTHxHEIGHT       FaceRecognizerSF.feature, FaceDetectorYN.detect (with its decoding and NMS)
         frame:COLUMNS:SIDE               resize to SIDE columns, detect, scale, alignCrop, feature
         faces:COUNT:SIDE                 the same for all faces of a frame of 1280x720
         mjpeg:REFERENCES:SIDE            imdecode before it, a search by numpy and the decision after it
  dlib   frame:COLUMNS                    face_recognition.face_encodings, as its README signs people in
  faiss, numpy   search:REFERENCES        the two closest of so many; numpy: the closest
  numpy  gemm                             a product of two 768x768 matrices, for the peak of multiply-adds
"""

import itertools
import sys
import time
from pathlib import Path

import numpy as np

YUNET, SFACE = "face_detection_yunet_2023mar.onnx", "face_recognition_sface_2021dec.onnx"
MIN_SCORE, SAME_FACE_IOU = 0.7, 0.3  # as ours
THRESHOLD = 0.5
GEMM = 768
FEATURES = 128
PROBES = 16


def session(path, height, width):
    """The network in onnxruntime, for pictures of this size."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    # SFace lists its weights among its inputs, where they could be replaced, so that batch norm is not folded: 1.3 times as slow.
    weights = {weight.name for weight in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    [picture] = model.graph.input
    shape = picture.type.tensor_type.shape.dim
    if (shape[2].dim_value, shape[3].dim_value) != (height, width):
        # YuNet's file is for 640x640 and says so in each result.
        shape[2].dim_value, shape[3].dim_value = height, width
        for value in model.graph.output:
            value.type.tensor_type.ClearField("shape")
        del model.graph.value_info[:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    onnxruntime.set_default_logger_severity(3)
    run = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]).run
    return lambda pixels: run(None, {picture.name: pixels})


def onnx_work(folder, kind, size):
    import cv2

    if kind == "embed":
        crop = cv2.cvtColor(cv2.imread(str(folder / "pictures/crop.png")), cv2.COLOR_BGR2RGB)
        network = session(folder / "models" / SFACE, 112, 112)
    elif kind == "detect":
        width, height = map(int, size[0].split("x"))
        crop = cv2.imread(str(folder / "pictures" / {320: "small.png", 640: "square.png"}[width]))
        network = session(folder / "models" / YUNET, height, width)
    else:
        return None
    pixels = np.ascontiguousarray(crop.transpose(2, 0, 1)[None].astype(np.float32))
    return lambda: network(pixels)


class OpenCv:
    """Detection on a small copy, alignment and embedding from the whole frame."""

    def __init__(self, folder):
        import cv2

        self.cv2 = cv2
        cv2.setNumThreads(1)
        models = folder / "models"
        self.detector = cv2.FaceDetectorYN.create(str(models / YUNET), "", (320, 180), MIN_SCORE, SAME_FACE_IOU, 5000)
        self.embedder = cv2.FaceRecognizerSF.create(str(models / SFACE), "")
        self.size = (320, 180)

    def faces(self, frame, side):
        """The faces of a B, G, R frame, a row for each, largest first, found in a copy of `side` columns at most."""
        height, width = frame.shape[:2]
        scale = min(1.0, side / width)
        size = (round(width * scale), round(height * scale))
        if size != self.size:
            self.detector.setInputSize(size)
            self.size = size
        _, found = self.detector.detect(self.cv2.resize(frame, size) if scale < 1.0 else frame)
        if found is None:
            return []
        found[:, :14] /= scale
        return sorted(found, key=lambda face: -face[2] * face[3])

    def feature(self, frame, face):
        """The features of a face, not of unit length."""
        return self.embedder.feature(self.embedder.alignCrop(frame, face))

    def embedding(self, frame, side):
        """The one direction of unit length of the largest face."""
        faces = self.faces(frame, side)
        if not faces:
            raise SystemExit("error: no face in the picture that is measured with")
        feature = self.feature(frame, faces[0])[0]
        return feature / np.linalg.norm(feature)


def opencv_work(folder, kind, size):
    opencv = OpenCv(folder)
    cv2, pictures = opencv.cv2, folder / "pictures"
    if kind == "embed":
        crop = cv2.imread(str(pictures / "crop.png"))
        return lambda: opencv.embedder.feature(crop)
    if kind == "detect":
        width, height = map(int, size[0].split("x"))
        picture = cv2.imread(str(pictures / {320: "small.png", 640: "square.png"}[width]))
        opencv.detector.setInputSize((width, height))
        return lambda: opencv.detector.detect(picture)
    side = int(size[1])
    if kind == "frame":
        frame = cv2.imread(str(pictures / f"frame-{size[0]}.png"))
        return lambda: opencv.embedding(frame, side)
    if kind == "faces":
        frame = cv2.imread(str(pictures / f"faces-{size[0]}.png"))

        def embed_all():
            found = opencv.faces(frame, side)
            for face in found:
                opencv.feature(frame, face)
            if len(found) != int(size[0]):
                raise SystemExit(f"error: {len(found)} faces instead of {size[0]}")

        return embed_all
    if kind == "mjpeg":
        sent = np.frombuffer((pictures / "webcam.jpg").read_bytes(), np.uint8)
        references, _ = people(int(size[0]))
        references[0] = opencv.embedding(cv2.imread(str(pictures / "frame-1280.png")), side)

        def decide():
            scores = references @ opencv.embedding(cv2.imdecode(sent, cv2.IMREAD_COLOR), side)
            best = int(np.argmax(scores))
            if best != 0 or scores[best] < THRESHOLD:
                raise SystemExit("error: not recognized")

        return decide
    return None


def dlib_work(folder, kind, size):
    if kind != "frame":
        return None
    import cv2
    import face_recognition

    frame = cv2.cvtColor(cv2.imread(str(folder / "pictures" / f"frame-{size[0]}.png")), cv2.COLOR_BGR2RGB)

    def encode():
        if len(face_recognition.face_encodings(frame)) != 1:
            raise SystemExit("error: not one face")

    return encode


def people(count):
    """Random directions: so many references, and probes."""
    generator = np.random.default_rng(1)
    directions = generator.standard_normal((count + PROBES, FEATURES), dtype=np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions[:count].copy(), directions[count:].copy()


def search_work(engine, size):
    references, probes = people(int(size[0]))
    turn = itertools.cycle(probes)
    if engine == "numpy":
        return lambda: int(np.argmax(references @ next(turn)))
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(FEATURES)
    index.add(references)
    del references
    return lambda: index.search(next(turn)[None], 2)


def gemm_work():
    a, b = np.random.default_rng(1).standard_normal((2, GEMM, GEMM), dtype=np.float32)
    out = np.empty_like(a)
    return lambda: np.matmul(a, b, out=out)


def work(folder, engine, name):
    kind, *size = name.split(":")
    if engine == "ort":
        return onnx_work(folder, kind, size)
    if engine == "cv":
        return opencv_work(folder, kind, size)
    if engine == "dlib":
        return dlib_work(folder, kind, size)
    if engine in ("faiss", "numpy") and kind == "search":
        return search_work(engine, size)
    if (engine, kind) == ("numpy", "gemm"):
        return gemm_work()
    return None


def main():
    folder, engine, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    run = work(folder, engine, name)
    if run is None:
        raise SystemExit(f"error: {engine} does not do {name}")
    for _ in range(2):
        run()
    print("ready", flush=True)
    for line in sys.stdin:
        count = int(line)
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(count):
            run()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        print(f"{wall / count * 1e3:.7f} {cpu / count * 1e3:.7f}", flush=True)


if __name__ == "__main__":
    main()
