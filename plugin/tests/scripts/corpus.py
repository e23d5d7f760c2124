"""Contexts as a script may sign them by the documented recipe, one JSON object a line. The bot's token is the argument."""
import hashlib
import hmac
import json
import random
import sys


def mac(key, data):
    return hmac.new(key.encode(), data.encode(), hashlib.sha256).hexdigest()


secret = mac("openclaw-mattermost-interactions", sys.argv[1])

CONTEXTS = [
    {"action_id": "mybutton01", "action": "approve"},
    {"action_id": "a", "Action": 1, "actionId": 2, "action": 3, "ACTION": 4},
    {"a_b": 1, "aB": 2, "a1": 3, "a-1": 4, "B": 5, "b": 6},
    {"10": 1, "9": 2, "01": 3, "-1": 4, "z": 5, "": 6},
    {"é": 1, "e": 2, "É": 3, "f": 4, "ß": 5, "日本": 6, "😀": 7, "\uff5e": 8},
    {"text": "é ü 日本 😀 \x7f \t\n\r\b\f\x01 \" \\ / < > & \u2028 \u2029"},
    {"deep": {"b": [1, {"z": None, "a": [True, False, {}]}], "A": {"c": [], "B": {}}}},
    {"i": 1, "f": 1.0},
    {"a": 1.0, "b": 2, "c": 3.0, "d": 4},
    {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0, "e": 5.0, "f": 0.0},
    {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 0},
    {"x": 1e-05, "y": 1.5e-7, "z": 123456.789, "w": -0.0, "v": 0.1 + 0.2},
    {"x": 1e16, "y": 1e15, "z": 1e22, "u": 1.5e300, "v": 5e-324},
    {"big": 2**53, "bigger": 2**60, "huge": 10**21, "negative": -(2**62)},
    {"big": 2**60, "f": 2.0},
    {"one": 1.0, "ü": 1, "B": {"10": 2.0, "9": "é"}},
]

LETTERS = "abABzZ019_-. éÉüßñ日😀\x7f\"\\<&"


def text(rng):
    return "".join(rng.choice(LETTERS) for _ in range(rng.randrange(6)))


def value(rng, depth):
    kind = rng.randrange(8 if depth else 6)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.randrange(-(2**53), 2**53) >> rng.randrange(54)
    if kind == 2:
        return rng.choice([rng.random(), rng.random() * 10.0 ** rng.randrange(-20, 20)])
    if kind < 6:
        return text(rng)
    if kind == 6:
        return [value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {text(rng): value(rng, depth - 1) for _ in range(rng.randrange(4))}


rng = random.Random(7)
CONTEXTS += [{text(rng): value(rng, 3) for _ in range(rng.randrange(1, 6))} for _ in range(400)]

for context in CONTEXTS:
    for ascii_only in [True, False]:
        payload = json.dumps(context, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_only)
        signed = {**context, "_token": mac(secret, payload)}
        print(json.dumps(signed, ensure_ascii=rng.random() < 0.5))
