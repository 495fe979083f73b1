#!/usr/bin/env python3
"""Make the crops and numbers against which mirilla's face mesh and iris are tested.

usage: make_liveness.py [--models DIR]

Everything comes from the TFLite interpreter running the published files; none of mirilla's code or weight files is
involved. Reads images/ and yunet.json beside this script, writes crops/mesh_*.png, crops/eye_*.png, face_mesh.json and
iris.json (see README.md there).
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent.parent / "scripts"))
from convert_liveness import IRIS, MESH, read_published  # noqa: E402

# Pictures of which every face is looked at.
PICTURES = ["obama_333", "obama2_640", "obama3_640", "obama_partial_face_320", "biden_640", "collins_333", "pair"]
# The corners of each eye among the mesh's points, the outer one first, and whether the crop is mirrored.
EYES = [(33, 133, False), (263, 362, True)]


class Network:
    def __init__(self, data):
        # The delegate for fast CPUs computes in another order: the plain operators are the reference.
        from ai_edge_litert.interpreter import OpResolverType

        plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        self.interpreter = Interpreter(model_content=data, experimental_op_resolver_type=plain, num_threads=1)
        self.interpreter.allocate_tensors()
        self.entry = self.interpreter.get_input_details()[0]["index"]

    def __call__(self, bgr):
        rgb = bgr[:, :, ::-1].astype(np.float32) / np.float32(255)
        self.interpreter.set_tensor(self.entry, np.ascontiguousarray(rgb)[None])
        self.interpreter.invoke()
        outputs = self.interpreter.get_output_details()
        return {int(np.prod(o["shape"])): self.interpreter.get_tensor(o["index"]).ravel() for o in outputs}


def cut(image, center, side, angle, size):
    """A square of `side` pixels around `center`, rolled by `angle`, as size x size pixels, and the way back."""
    scale, half = side / size, (size - 1) / 2
    a, b = scale * np.cos(angle), scale * np.sin(angle)
    back = np.array([[a, -b, center[0] - a * half + b * half], [b, a, center[1] - b * half - a * half]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, back, (size, size), flags=flags), back


def write(name, lines):
    (HERE / name).write_text("[\n" + ",\n".join(lines) + "\n]\n")


def rounded(values):
    return [float(f"{v:.6g}") for v in np.ravel(values)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=Path, help="folder with the TFLite files")
    published = read_published(parser.parse_args().models)
    mesh, iris = Network(published[MESH]), Network(published[IRIS])
    known = {Path(c["image"]).stem: c["faces"] for c in json.loads((HERE / "yunet.json").read_text())}
    meshes, eyes = [], []
    for name in PICTURES:
        image = cv2.imread(str(HERE / f"images/{name}.png"))
        for index, face in enumerate(known[name]):
            label = name if len(known[name]) == 1 else f"{name}_{index}"
            x, y, w, h = face["box"]
            (lx, ly), (rx, ry) = face["points"][:2]
            angle = np.arctan2(ry - ly, rx - lx)
            crop, back = cut(image, (x + w / 2, y + h / 2), 1.5 * max(w, h), angle, 192)
            cv2.imwrite(str(HERE / f"crops/mesh_{label}.png"), crop)
            out = mesh(crop)
            points, score = out[1404].reshape(468, 3), 1 / (1 + np.exp(-float(out[1][0])))
            case = {"crop": f"crops/mesh_{label}.png", "score": float(f"{score:.6g}"), "points": rounded(points)}
            meshes.append("  " + json.dumps(case))
            placed = points[:, :2] @ back[:, :2].T + back[:, 2]
            for side, (outer, inner, mirrored) in zip(("left", "right"), EYES):
                a, b = placed[outer], placed[inner]
                d = a - b if mirrored else b - a
                crop, _ = cut(image, (a + b) / 2, 2.3 * np.linalg.norm(d), np.arctan2(d[1], d[0]), 64)
                crop = np.ascontiguousarray(crop[:, ::-1]) if mirrored else crop
                cv2.imwrite(str(HERE / f"crops/eye_{label}_{side}.png"), crop)
                case = {"crop": f"crops/eye_{label}_{side}.png", "points": rounded(iris(crop)[213])}
                eyes.append("  " + json.dumps(case))
            print(f"{label}: score {score:.4f}")
    write("face_mesh.json", meshes)
    write("iris.json", eyes)
    print(f"{len(meshes)} faces, {len(eyes)} eyes")


if __name__ == "__main__":
    main()
