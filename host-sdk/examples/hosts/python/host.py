#!/usr/bin/env python3
"""A host in Python, with nothing but the standard library: loads a channel plugin, sends one message, waits for one,
answers it with "echo: " + its text.

    python3 host.py LIBRARY INIT.json TARGET TEXT

Pull mode: one thread, one event loop. The plugin's descriptor becomes readable when something waits; it could stand
in the same selector as the host's own sockets. (asyncio: loop.add_reader(fd, ...) does the same.)
"""
import ctypes
import json
import selectors
import sys
from ctypes import POINTER, c_int32, c_int64, c_uint32, c_uint64, c_void_p

OK, PENDING, MAGIC = 0, 1, 0x4F434348414E7631


class Str(ctypes.Structure):  # oc_str: borrowed bytes
    _fields_ = [("ptr", ctypes.c_char_p), ("len", c_uint64)]

    def text(self):
        return ctypes.string_at(self.ptr, self.len).decode()


class Buf(ctypes.Structure):  # oc_buf: owned bytes with their own release
    def take(self):
        text = ctypes.string_at(self.ptr, self.len).decode() if self.ptr else ""
        if self.release:
            self.release(ctypes.byref(self))
        return text


Buf._fields_ = [("ptr", c_void_p), ("len", c_uint64), ("owner", c_void_p),
                ("release", ctypes.CFUNCTYPE(None, POINTER(Buf)))]


class Error(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("code", c_int32), ("flags", c_uint32), ("reserved", c_uint32),
                ("retry_after_ms", c_int64), ("message", Buf), ("detail_json", Buf)]


class Host(ctypes.Structure):  # all callbacks null: pull mode
    _fields_ = [("struct_size", c_uint32), ("abi_minor", c_uint32), ("host_data", c_void_p), ("on_event", c_void_p),
                ("on_complete", c_void_p), ("log", c_void_p), ("get_extension", c_void_p)]


class EntryRequest(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("abi_min", c_uint32), ("abi_max", c_uint32), ("reserved", c_uint32),
                ("host_name", Str), ("host_version", Str)]


Request = ctypes.CFUNCTYPE(c_int32, c_void_p, c_uint64, Str, POINTER(Error))


class Api(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("abi_minor", c_uint32), ("magic", c_uint64), ("flags", c_uint32),
                ("reserved", c_uint32), ("id", Str), ("name", Str), ("version", Str), ("build_json", Str),
                ("init", ctypes.CFUNCTYPE(c_int32, POINTER(Host), Str, POINTER(c_void_p), POINTER(Error))),
                ("handle", Request), ("send", Request),
                ("poll", ctypes.CFUNCTYPE(c_int32, c_void_p, c_uint32, POINTER(Buf))),
                ("wake_fd", ctypes.CFUNCTYPE(c_int64, c_void_p)), ("query", c_void_p),
                ("shutdown", ctypes.CFUNCTYPE(c_int32, c_void_p, c_uint32, POINTER(Error))),
                ("destroy", ctypes.CFUNCTYPE(None, c_void_p)), ("get_extension", c_void_p)]


def utf8(value):
    data = (value if isinstance(value, str) else json.dumps(value)).encode()
    return Str(data, len(data))


def call(function, *arguments):
    """Call a function whose last argument is an oc_error."""
    error = Error(struct_size=ctypes.sizeof(Error))
    status = function(*arguments, ctypes.byref(error))
    if status < 0:
        message, _detail = error.message.take(), error.detail_json.take()
        raise RuntimeError(f"status {status}: {message}")
    return status


class Channel:
    def __init__(self, path, init_json):
        entry = getattr(ctypes.CDLL(path), "openclaw_channel_entry_v1")
        entry.restype, entry.argtypes = POINTER(Api), [POINTER(EntryRequest), POINTER(Error)]
        request = EntryRequest(struct_size=ctypes.sizeof(EntryRequest), abi_min=0, abi_max=0)
        error = Error(struct_size=ctypes.sizeof(Error))
        table = entry(ctypes.byref(request), ctypes.byref(error))
        if not table or table.contents.magic != MAGIC:
            raise RuntimeError(error.message.take() or "not a channel plugin")
        self.api, self.handle, self.last_id, self.waiting = table.contents, c_void_p(), 0, {}
        print(f"loaded {self.api.name.text()} {self.api.version.text()}")
        host = Host(struct_size=ctypes.sizeof(Host), abi_minor=self.api.abi_minor)
        call(self.api.init, ctypes.byref(host), utf8(init_json), ctypes.byref(self.handle))

    def ask(self, function, message, then):
        """Make a request; then(result, error) is called from the loop."""
        self.last_id += 1
        self.waiting[self.last_id] = then
        call(function, self.handle, self.last_id, utf8(message))

    def deliveries(self):
        """Everything that waits. After this the descriptor is not readable any more."""
        out = Buf()
        while self.api.poll(self.handle, 0, ctypes.byref(out)) == OK:
            yield json.loads(out.take())

    def close(self):
        call(self.api.shutdown, self.handle, 5000)
        self.api.destroy(self.handle)


def main(library, init_file, target, text):
    with open(init_file, encoding="utf-8") as file:
        channel = Channel(library, file.read())
    api, state = channel.api, {"done": False}

    def check(what, then=lambda: None):
        def completed(result, error):
            print("completion", json.dumps(result if error is None else error, ensure_ascii=False))
            if error is not None:
                raise RuntimeError(f"{what}: {error['message']}")
            then()
        return completed

    def on_event(event):
        print("event", json.dumps(event, ensure_ascii=False))
        if event["type"] != "inbound.message" or state.get("heard"):
            return
        state["heard"] = True
        answer = {"target": event["reply"]["target"], "text": "echo: " + event["text"]}
        if event["reply"].get("thread_root_id"):
            answer["thread_root_id"] = event["reply"]["thread_root_id"]
        ack = {"type": "inbound.ack", "event_id": event["event_id"]}
        # Only after the answer is out: after a crash before that, the event is delivered again.
        channel.ask(api.send, answer, check("answer", lambda: channel.ask(
            api.handle, ack, check("ack", lambda: state.update(done=True)))))

    selector = selectors.DefaultSelector()
    selector.register(api.wake_fd(channel.handle), selectors.EVENT_READ)
    channel.ask(api.handle, {"type": "account.start"}, check("start", lambda: channel.ask(
        api.send, {"target": target, "text": text}, check("send"))))
    try:
        while not state["done"]:
            selector.select()
            for delivery in channel.deliveries():
                if delivery["kind"] == "event":
                    on_event(delivery["event"])
                elif delivery["kind"] == "completion":
                    then = channel.waiting.pop(delivery["request_id"])
                    then(delivery.get("result"), delivery.get("error"))
    finally:
        selector.close()
        channel.close()


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(f"usage: {sys.argv[0]} LIBRARY INIT.json TARGET TEXT")
    main(*sys.argv[1:])
