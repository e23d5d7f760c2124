/*
 * A host in C: loads a channel plugin, sends one message, waits for one, answers it with "echo: " + its text.
 *
 *     cc -std=c99 -I include -o host host-sdk/examples/hosts/c/host.c -ldl -lpthread
 *     ./host LIBRARY INIT.json TARGET TEXT
 *
 * Push mode: the plugin calls on_event and on_complete from a thread of its own. They only put copies into a list;
 * the main thread does the work. A real host would use a JSON library; this one looks for keys it knows.
 */
#define _POSIX_C_SOURCE 200112L
#define OC_NO_PROTOTYPES /* every function comes from the table */
#include "openclaw_channel.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a callback heard: an event (request_id 0) or a completion. */
typedef struct heard {
    struct heard *next;
    uint64_t request_id;
    int32_t status;
    char json[]; /* NUL-terminated copy */
} heard;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static heard *first = NULL;

static void put(uint64_t request_id, int32_t status, oc_str json) {
    heard *it = malloc(sizeof *it + (size_t)json.len + 1), **end = &first;
    if (it == NULL) abort();
    it->next = NULL;
    it->request_id = request_id;
    it->status = status;
    memcpy(it->json, json.ptr, (size_t)json.len); /* borrowed: valid during the callback only */
    it->json[json.len] = '\0';
    pthread_mutex_lock(&lock);
    while (*end != NULL) end = &(*end)->next;
    *end = it;
    pthread_cond_signal(&arrived);
    pthread_mutex_unlock(&lock);
}
static int32_t OC_CALL on_event(void *data, const oc_event *event) {
    (void)data;
    put(0, OC_OK, event->json);
    return OC_OK; /* taken; OC_E_BUSY would mean: offer it again later */
}
static void OC_CALL on_complete(void *data, const oc_completion *done) {
    (void)data;
    put(done->request_id, done->status, done->json);
}

/* Wait for the completion of request_id, or, when that is 0, for an event of a type. Others are shown and dropped. */
static heard *take(uint64_t request_id, const char *type) {
    pthread_mutex_lock(&lock);
    for (heard **at = &first;;) {
        heard *it = *at;
        if (it == NULL) {
            pthread_cond_wait(&arrived, &lock);
            at = &first;
        } else if (it->request_id != request_id) {
            at = &it->next; /* somebody else's turn */
        } else {
            *at = it->next;
            if (type == NULL || strstr(it->json, type) != NULL) {
                pthread_mutex_unlock(&lock);
                printf("%s %s\n", request_id ? "completion" : "event", it->json);
                return it;
            }
            printf("event %s\n", it->json);
            free(it);
            at = &first;
        }
    }
}

/* A copy of the string value of a key, still escaped as in JSON, so that it can go into JSON again. */
static char *value_of(const char *json, const char *key) {
    char pattern[64];
    snprintf(pattern, sizeof pattern, "\"%s\":\"", key);
    const char *from = strstr(json, pattern), *to;
    if (from == NULL) return NULL;
    for (from += strlen(pattern), to = from; *to != '"' && *to != '\0'; to++)
        if (*to == '\\' && to[1] != '\0') to++;
    char *copy = calloc((size_t)(to - from) + 1, 1);
    if (copy != NULL) memcpy(copy, from, (size_t)(to - from));
    return copy;
}
static oc_str str(const char *text) {
    oc_str s = {(const uint8_t *)text, strlen(text)};
    return s;
}

/* Print why a call failed and give the texts back. */
static int failed(const char *call, oc_error *error) {
    fprintf(stderr, "%s: status %" PRId32 ": %.*s\n", call, error->code, (int)error->message.len,
            error->message.ptr ? (const char *)error->message.ptr : "");
    if (error->message.release) error->message.release(&error->message);
    if (error->detail_json.release) error->detail_json.release(&error->detail_json);
    return 0;
}

typedef int32_t(OC_CALL *request_fn)(oc_channel *, uint64_t, oc_str, oc_error *);

/* Make a request and wait for its end. True when it went well. */
static int ask(request_fn call, oc_channel *channel, const char *format, const char *a, const char *b) {
    static uint64_t last_id = 0;
    oc_error error = {.struct_size = sizeof error};
    int size = snprintf(NULL, 0, format, a, b);
    char *json = malloc((size_t)size + 1);
    if (json == NULL) return 0;
    snprintf(json, (size_t)size + 1, format, a, b);
    int32_t status = call(channel, ++last_id, str(json), &error);
    free(json);
    if (status < 0) return failed("request", &error); /* nothing was taken: no completion follows */
    heard *done = take(last_id, NULL);
    int well = done->status == OC_OK;
    free(done);
    return well;
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = calloc(1 << 20, 1);
    if (file == NULL || text == NULL) return perror(path), free(text), NULL;
    if (fread(text, 1, (1 << 20) - 1, file) == 0 && ferror(file)) perror(path);
    fclose(file);
    return text;
}

int main(int argc, char **argv) {
    if (argc != 5) return fprintf(stderr, "usage: %s LIBRARY INIT.json TARGET TEXT\n", argv[0]), 2;
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
    const oc_channel_api *(OC_CALL * entry)(const oc_entry_request *, oc_error *);
    *(void **)&entry = dlsym(library, OC_ENTRY_SYMBOL); /* the POSIX way to a function pointer */
    if (entry == NULL) return fprintf(stderr, "%s is no channel plugin\n", argv[1]), 1;

    oc_error error = {.struct_size = sizeof error};
    oc_entry_request request = {.struct_size = sizeof request, .abi_min = 0, .abi_max = OC_ABI_MINOR};
    const oc_channel_api *api = entry(&request, &error);
    if (api == NULL || api->magic != OC_MAGIC) return failed("entry", &error), 1;
    printf("loaded %.*s %.*s\n", (int)api->name.len, (const char *)api->name.ptr, (int)api->version.len,
           (const char *)api->version.ptr);

    oc_host host = {.struct_size = sizeof host, .abi_minor = api->abi_minor};
    host.on_event = on_event;
    host.on_complete = on_complete;
    oc_channel *channel = NULL;
    char *init_json = read_file(argv[2]);
    if (init_json == NULL) return 1;
    int32_t status = api->init(&host, str(init_json), &channel, &error);
    free(init_json);
    if (status < 0) return failed("init", &error), 1;

    int well = ask(api->handle, channel, "{\"type\":\"account.start\"}", "", "");
    well = well && ask(api->send, channel, "{\"target\":\"%s\",\"text\":\"%s\"}", argv[3], argv[4]);
    if (well) {
        heard *message = take(0, "\"type\":\"inbound.message\"");
        char *text = value_of(message->json, "text"), *id = value_of(message->json, "event_id");
        const char *reply = strstr(message->json, "\"reply\":{");
        char *target = reply ? value_of(reply, "target") : NULL;
        well = text && id && target;
        well = well && ask(api->send, channel, "{\"target\":\"%s\",\"text\":\"echo: %s\"}", target, text);
        /* Only now is the event settled: after a crash before this line it would be delivered again. */
        well = well && ask(api->handle, channel, "{\"type\":\"inbound.ack\",\"event_id\":\"%s\"}%s", id, "");
        free(text), free(id), free(target), free(message);
    }
    if (api->shutdown(channel, 5000, &error) < 0) failed("shutdown", &error), well = 0;
    api->destroy(channel);
    for (heard *rest; (rest = first) != NULL; free(rest)) first = rest->next; /* no callback runs any more */
    dlclose(library); /* has no effect: the library stays until the process ends */
    return well ? 0 : 1;
}
