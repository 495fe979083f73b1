#!/usr/bin/env python3
"""What `mirilla login` does, written with OpenCV, sqlite3 and numpy: the peer of the whole process.

usage: login.py FOLDER PHOTO                  recognizes the person in the photo, notes the sign-in, prints a token
       login.py FOLDER --enroll REFERENCES    makes the database: the person of the pictures, and random ones

FOLDER is where `run` keeps the models and the pictures; the database is FOLDER/people.db.
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import time
import uuid
from pathlib import Path

import numpy as np

from peer import THRESHOLD, OpenCv, people

SIDE = 320
LIFETIME_S = 900


def connect(folder):
    connection = sqlite3.connect(folder / "people.db")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def enroll(folder, count):
    for file in folder.glob("people.db*"):
        file.unlink()
    opencv = OpenCv(folder)
    references, _ = people(count)
    references[0] = opencv.embedding(opencv.cv2.imread(str(folder / "pictures/frame-1280.png")), SIDE)
    connection = connect(folder)
    with connection:
        connection.execute("CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, email TEXT UNIQUE, template BLOB)")
        connection.execute("CREATE TABLE events (at_ms INTEGER, kind TEXT, user TEXT, score REAL)")
        rows = ((str(uuid.uuid4()), f"Person {i}", f"person{i}@example.org", r.tobytes()) for i, r in enumerate(references))
        connection.executemany("INSERT INTO users VALUES (?, ?, ?, ?)", rows)
    connection.close()
    (folder / "token.key").write_bytes(os.urandom(32))


def token(user, key):
    def text(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    now = int(time.time())
    claims = {"sub": user, "iss": "peer", "iat": now, "exp": now + LIFETIME_S, "jti": str(uuid.uuid4())}
    body = text(b'{"alg":"HS256","typ":"JWT"}') + b"." + text(json.dumps(claims).encode())
    return (body + b"." + text(hmac.new(key, body, hashlib.sha256).digest())).decode()


def login(folder, photo):
    opencv = OpenCv(folder)
    frame = opencv.cv2.imread(photo)
    probe = opencv.embedding(frame, SIDE)
    connection = connect(folder)
    rows = connection.execute("SELECT id, template FROM users").fetchall()
    references = np.frombuffer(b"".join(template for _, template in rows), np.float32).reshape(len(rows), -1)
    scores = references @ probe
    best = int(np.argmax(scores))
    if scores[best] < THRESHOLD:
        raise SystemExit("not recognized")
    user = rows[best][0]
    name, email = connection.execute("SELECT name, email FROM users WHERE id = ?", (user,)).fetchone()
    with connection:
        event = (int(time.time() * 1e3), "signed_in", user, float(scores[best]))
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", event)
    key = (folder / "token.key").read_bytes()
    answer = {"outcome": "recognized", "user": {"name": name, "email": email}, "score": float(scores[best])}
    print(json.dumps({**answer, "gallery": len(rows), "token": token(user, key)}))


if __name__ == "__main__":
    if sys.argv[2] == "--enroll":
        enroll(Path(sys.argv[1]), int(sys.argv[3]))
    else:
        login(Path(sys.argv[1]), sys.argv[2])
