/*
 * openclaw_channel.h - the C ABI of an OpenClaw channel plugin, version 1.
 *
 * A channel plugin is one shared library. A host loads it, asks it for its table of functions with
 * openclaw_channel_entry_v1(), creates an instance with init(), talks to it with handle() and send(),
 * and hears from it by callbacks (push) or by poll() (pull). Everything that is said is JSON; this header
 * defines only the frame. The JSON messages are described by the schemas in docs/protocol/.
 *
 * This file is the normative text. It needs C99 or C++11 and nothing but the standard headers below.
 *
 * RULES THAT HOLD EVERYWHERE
 *
 * Memory     No allocator crosses the border. An oc_str is borrowed: its bytes belong to whoever passes it and
 *            are valid only until the call returns; copy what you keep. An oc_buf is owned by whoever receives
 *            it and is given back exactly once with its own release function. Never free() the other side's memory.
 * Structs    Every struct except oc_str and oc_buf (which are frozen) begins with struct_size, set by whoever
 *            allocates it to sizeof of the struct it knows. Fields are only ever appended. Read a field only when
 *            OC_HAS_FIELD says that it is there. Set reserved fields to 0; ignore them when reading.
 * Text       All text is UTF-8, not NUL-terminated, with its length beside it. JSON that is not valid UTF-8, not
 *            valid JSON or not of the expected shape is answered with OC_E_INVALID_ARGUMENT and a message that
 *            names the field.
 * Status     Functions return an int32_t: 0 or positive is success, negative is failure. On failure, and only
 *            then, a non-null oc_error* is filled. The numbers never change and are never reused.
 * Threads    Each function says who may call it:
 *              [thread-safe]  from any thread, at any time, also at the same time;
 *              [lifecycle]    from any thread, but not from inside a callback of the same instance;
 *              [any-thread]   (callbacks) the plugin calls it from threads of its own, one call at a time for
 *                             on_event and on_complete, possibly several at a time for log.
 * Panics     No panic or C++ exception crosses in either direction. The plugin turns its own into OC_E_PANIC.
 *            A callback that throws or longjmps out ends the process.
 * Unloading  A library with OC_FLAG_NEVER_UNLOAD stays mapped until the process ends: its runtime and TLS keep
 *            thread-local destructors that would otherwise run in unmapped code. dlclose()/FreeLibrary() are
 *            harmless and have no effect. To upgrade, restart the process.
 * Fork       An instance does not survive fork(). Create instances in the process that uses them.
 */
#ifndef OPENCLAW_CHANNEL_H
#define OPENCLAW_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define OC_CALL __cdecl
#else
#define OC_CALL
#endif

/* The ABI's major version is part of the entry symbol's name. Minors only add. */
#define OC_ABI_MAJOR 1u
#define OC_ABI_MINOR 0u

/* First field of the table that is not a size: "OCCHANv1" read as a big-endian number. */
#define OC_MAGIC UINT64_C(0x4f434348414e7631)

/* The name of the entry symbol, for dlsym()/GetProcAddress(). */
#define OC_ENTRY_SYMBOL "openclaw_channel_entry_v1"

/* True when the struct that PTR points to is large enough to hold FIELD of TYPE. */
#define OC_HAS_FIELD(PTR, TYPE, FIELD) \
    ((PTR)->struct_size >= offsetof(TYPE, FIELD) + sizeof((PTR)->FIELD))

/* ---- Status codes ------------------------------------------------------------------------------------------ */

#define OC_OK 0      /* done */
#define OC_PENDING 1 /* accepted: exactly one completion with this request id follows */
#define OC_EMPTY 2   /* poll: nothing arrived within the time */

#define OC_E_INVALID_ARGUMENT (-1) /* the call or its JSON is wrong; repeating it changes nothing */
#define OC_E_VERSION_MISMATCH (-2) /* no ABI minor that both sides know */
#define OC_E_NOT_SUPPORTED (-3)    /* understood, but this channel or version does not do it */
#define OC_E_CONFIG (-4)           /* the channel's configuration is wrong or incomplete */
#define OC_E_AUTH (-5)             /* the remote server refused the credentials */
#define OC_E_NETWORK (-6)          /* the remote server could not be reached, or the connection broke */
#define OC_E_TIMEOUT (-7)          /* no answer in time */
#define OC_E_RATE_LIMITED (-8)     /* the remote server asks to slow down; see retry_after_ms */
#define OC_E_NOT_FOUND (-9)        /* the account, target or object does not exist */
#define OC_E_FORBIDDEN (-10)       /* not allowed, by the remote server or by configuration */
#define OC_E_TOO_LARGE (-11)       /* over a documented limit */
#define OC_E_CLOSED (-12)          /* the instance is shut down, or was never one */
#define OC_E_CANCELLED (-13)       /* ended by a cancel request or by shutdown */
#define OC_E_BUSY (-14)            /* a queue is full: try again later, nothing was taken */
#define OC_E_INTERNAL (-15)        /* a fault of the plugin */
#define OC_E_PANIC (-16)           /* a fault of the plugin that was caught at the border */

/* ---- Values ------------------------------------------------------------------------------------------------ */

/* Borrowed bytes. Valid for the call only. ptr may be null only when len is 0. Frozen. */
typedef struct oc_str {
    const uint8_t *ptr;
    uint64_t len; /* bytes */
} oc_str;

/*
 * Owned bytes. The receiver calls release exactly once, from any thread, also after destroy(); release sets ptr,
 * len, owner and release to null/0, so a second call through the same struct is visible as a null function.
 * A buffer that was never filled is all zero and needs no release. Frozen.
 */
typedef struct oc_buf {
    uint8_t *ptr;
    uint64_t len; /* bytes */
    void *owner;  /* the giver's; do not touch */
    void(OC_CALL *release)(struct oc_buf *self);
} oc_buf;

/* Flags of oc_error. */
#define OC_ERROR_RETRYABLE 1u /* the same call may succeed later */
#define OC_ERROR_PERMANENT 2u /* the same call will not succeed without a change of configuration or rights */

/*
 * Why a call failed. The caller provides it zeroed but for struct_size; the callee fills it only when it returns a
 * negative status; the caller then releases message and detail_json. Passing a null oc_error* is always allowed.
 */
typedef struct oc_error {
    uint32_t struct_size;
    int32_t code;           /* the negative status that was returned */
    uint32_t flags;         /* OC_ERROR_* */
    uint32_t reserved;      /* 0 */
    int64_t retry_after_ms; /* milliseconds to wait before a retry, -1 when unknown */
    oc_buf message;         /* one sentence for a person: what is wrong and what to do. Never a secret */
    oc_buf detail_json;     /* the same as a JSON object (schema error.json) for programs, or empty */
} oc_error;

/* One running channel. An opaque handle, not memory: a stale or made-up handle is answered with OC_E_CLOSED. */
typedef struct oc_channel oc_channel;

/* ---- What the plugin tells the host ------------------------------------------------------------------------ */

/* Something happened. json is one event object (schema event.json), valid during the callback only. */
typedef struct oc_event {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    oc_str json;
} oc_event;

/* The one end of a request that was answered with OC_PENDING. */
typedef struct oc_completion {
    uint32_t struct_size;
    int32_t status;      /* OC_OK or negative */
    uint64_t request_id; /* the host's own id */
    oc_str json;         /* the result, or the error object (schema error.json) when status is negative */
} oc_completion;

/* Levels of oc_log_record. */
#define OC_LOG_ERROR 1
#define OC_LOG_WARN 2
#define OC_LOG_INFO 3
#define OC_LOG_DEBUG 4
#define OC_LOG_TRACE 5

/* One log line. Secrets have been removed. */
typedef struct oc_log_record {
    uint32_t struct_size;
    int32_t level;       /* OC_LOG_* */
    int64_t time_ms;     /* milliseconds since 1970-01-01 UTC */
    oc_str target;       /* which part speaks, for example "openclaw_mattermost::account" */
    oc_str message;      /* one line */
    oc_str fields_json;  /* a JSON object with the record's fields, "{}" when there are none */
} oc_log_record;

/*
 * What the host offers to an instance. init() copies the struct; host_data and the functions must stay valid until
 * shutdown() or destroy() has returned. Callbacks must not block for long and must not call [lifecycle] functions
 * of the same instance; all [thread-safe] functions may be called from inside them.
 *
 * Push: set both on_event and on_complete. Pull: leave both null and call poll(). One without the other is refused.
 */
typedef struct oc_host {
    uint32_t struct_size;
    uint32_t abi_minor; /* the minor that the entry function returned in its table */
    void *host_data;    /* passed back in each callback; may be null */

    /*
     * [any-thread] An event. Return OC_OK when it was taken, OC_E_BUSY to be offered the same event again a little
     * later: later events wait behind it, nothing is dropped. Any other value counts as taken.
     */
    int32_t(OC_CALL *on_event)(void *host_data, const oc_event *event);

    /* [any-thread] A completion. Called once per request id that was answered with OC_PENDING, before shutdown()
     * returns; possibly before the handle() or send() that caused it has returned. */
    void(OC_CALL *on_complete)(void *host_data, const oc_completion *completion);

    /* [any-thread] A log record at or above the level that init was given. May be null: no records. */
    void(OC_CALL *log)(void *host_data, const oc_log_record *record);

    /* [thread-safe] An extension of the host by id, or null. May be null. ABI 1.0 defines none. */
    const void *(OC_CALL *get_extension)(void *host_data, oc_str id);
} oc_host;

/* ---- What the host asks of the plugin ---------------------------------------------------------------------- */

/* Flags of oc_channel_api. */
#define OC_FLAG_NEVER_UNLOAD 1u /* the library pins itself, see "Unloading" */
#define OC_FLAG_THREAD_SAFE 2u  /* [thread-safe] functions may run at the same time; always set in ABI 1 */

/*
 * The plugin's functions. A constant: it lives as long as the library is loaded, and every call to the entry
 * function that ends in the same minor returns the same one. The flat symbols openclaw_* below are these very functions.
 */
typedef struct oc_channel_api {
    uint32_t struct_size;
    uint32_t abi_minor; /* the highest minor that both sides know */
    uint64_t magic;     /* OC_MAGIC */
    uint32_t flags;     /* OC_FLAG_* */
    uint32_t reserved;  /* 0 */
    oc_str id;          /* the channel's id, "mattermost"; static */
    oc_str name;        /* the channel's name for people, "Mattermost"; static */
    oc_str version;     /* the plugin's version, "0.1.0"; static */
    oc_str build_json;  /* a JSON object about the build: target, profile, protocol version; static */

    int32_t(OC_CALL *init)(const oc_host *host, oc_str init_json, oc_channel **out, oc_error *error);
    int32_t(OC_CALL *handle)(oc_channel *channel, uint64_t request_id, oc_str request_json, oc_error *error);
    int32_t(OC_CALL *send)(oc_channel *channel, uint64_t request_id, oc_str message_json, oc_error *error);
    int32_t(OC_CALL *poll)(oc_channel *channel, uint32_t timeout_ms, oc_buf *out);
    int64_t(OC_CALL *wake_fd)(oc_channel *channel);
    int32_t(OC_CALL *query)(oc_str request_json, oc_buf *response_json);
    int32_t(OC_CALL *shutdown)(oc_channel *channel, uint32_t timeout_ms, oc_error *error);
    void(OC_CALL *destroy)(oc_channel *channel);
    const void *(OC_CALL *get_extension)(oc_str id);
} oc_channel_api;

/* What the host says of itself when it asks for the table. */
typedef struct oc_entry_request {
    uint32_t struct_size;
    uint32_t abi_min;    /* lowest minor of ABI 1 that the host can work with */
    uint32_t abi_max;    /* highest minor of ABI 1 that the host knows */
    uint32_t reserved;   /* 0 */
    oc_str host_name;    /* for logs; may be empty */
    oc_str host_version; /* for logs; may be empty */
} oc_entry_request;

#ifndef OC_NO_PROTOTYPES /* define it when every function is fetched with dlsym() */

/*
 * [thread-safe] The plugin's table, or null with error filled (OC_E_VERSION_MISMATCH, OC_E_INVALID_ARGUMENT).
 * Starts nothing, opens nothing, and may be called any number of times.
 */
const oc_channel_api *OC_CALL openclaw_channel_entry_v1(const oc_entry_request *request, oc_error *error);

/*
 * [thread-safe] Create an instance. init_json (schema init.json) holds the role ("gateway" or "client"), the
 * configuration and the state directory. Everything is checked here; no connection is made: accounts start with
 * handle {"type":"account.start"}. On success returns OC_OK and stores a handle in *out; on failure *out is null.
 * host and out must not be null. Several instances may live in one process; they share nothing.
 */
int32_t OC_CALL openclaw_init(const oc_host *host, oc_str init_json, oc_channel **out, oc_error *error);

/*
 * [thread-safe] Ask the instance to do something (schema handle.json). Never waits for the network. request_id is
 * the host's choice, unique among those pending; keep it below 2^53 in pull mode, where it travels as a JSON number.
 * Returns OC_PENDING: exactly one completion follows, also when the request fails, panics, is cancelled or the
 * instance shuts down. A negative status: nothing was taken and no completion follows; OC_E_BUSY when too many
 * requests are pending. A request is pending until its completion is handed over, by on_complete or by poll().
 */
int32_t OC_CALL openclaw_handle(oc_channel *channel, uint64_t request_id, oc_str request_json, oc_error *error);

/*
 * [thread-safe] Deliver an outbound message (schema send.json). As openclaw_handle; messages to one conversation
 * go out in the order of the calls. The completion carries the receipt (schema receipt.json) with the ids of the posts.
 */
int32_t OC_CALL openclaw_send(oc_channel *channel, uint64_t request_id, oc_str message_json, oc_error *error);

/*
 * [thread-safe] Pull mode: wait up to timeout_ms (0: not at all) for the next delivery and store it in *out (schema
 * delivery.json: an event, a completion or a log record); the caller releases it. Returns OC_OK; OC_EMPTY when
 * nothing came; OC_E_CLOSED after shutdown when everything has been fetched; OC_E_NOT_SUPPORTED in push mode.
 * *out is written only when OC_OK is returned. Completions come before events, events keep their order.
 */
int32_t OC_CALL openclaw_poll(oc_channel *channel, uint32_t timeout_ms, oc_buf *out);

/*
 * [thread-safe] Pull mode on Unix: a descriptor that is readable exactly while poll() has something to give, for
 * select/poll/epoll/kqueue. Do not read, write or close it; it belongs to the instance and is closed by destroy().
 * -1 in push mode, for a bad handle, and on systems without such descriptors (Windows).
 */
int64_t OC_CALL openclaw_wake_fd(oc_channel *channel);

/*
 * [thread-safe] A pure question (schema query.json), answered at once: no instance, thread, file or network. Stores
 * {"ok":true,"result":...} or {"ok":false,"error":...} in *response_json, to be released by the caller, and returns
 * OC_OK or the error's status. response_json must not be null; it is filled in either case, except after
 * OC_E_INVALID_ARGUMENT for a null response_json.
 */
int32_t OC_CALL openclaw_query(oc_str request_json, oc_buf *response_json);

/*
 * [lifecycle] Stop: refuse new requests, let accounts disconnect and work in hand end for up to timeout_ms, complete
 * what is left with OC_E_CANCELLED, join every thread. When it returns, no callback of this instance runs or will
 * run. In pull mode what is queued can still be fetched. Calling it again returns OC_OK at once.
 */
int32_t OC_CALL openclaw_shutdown(oc_channel *channel, uint32_t timeout_ms, oc_error *error);

/*
 * [lifecycle] Free the instance, after shutdown(channel, 0) if that was not called. Null, a stale handle and a
 * second call are harmless.
 */
void OC_CALL openclaw_destroy(oc_channel *channel);

#endif /* OC_NO_PROTOTYPES */

#ifdef __cplusplus
}
#endif

#endif /* OPENCLAW_CHANNEL_H */
