/* c-example.counter: a gamma counter with a lamp, on a line protocol.
 *
 *   C,<n>     the device: n counts in the last 0.1 s, 0 to 4294967295
 *   L,<0|1>   the device: the lamp is off or on; also sent to it, to switch the lamp
 *
 * The device is made up. What a real driver would do the same way: every line it does not understand is kept
 * raw, and a command is done when the device says so, not when it was sent.
 */
#include "greenlane_driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "1.0.0"
#define MODEL "c-example.counter"
/* The longest line. */
#define LONGEST_LINE 64

typedef struct {
    const gl_host *host;
    /* A command waits for the lamp's answer: its id and the state asked for. */
    int waiting;
    uint64_t command;
    int wanted;
} counter;

static gl_bytes text(const char *s) {
    gl_bytes bytes = {(const uint8_t *)s, strlen(s)};
    return bytes;
}

static int is(gl_bytes bytes, const char *s) {
    return bytes.len == strlen(s) && memcmp(bytes.ptr, s, bytes.len) == 0;
}

static int contains(gl_bytes bytes, const char *s) {
    size_t length = strlen(s);
    for (size_t i = 0; i + length <= bytes.len; i++) {
        if (memcmp(bytes.ptr + i, s, length) == 0) {
            return 1;
        }
    }
    return 0;
}

static void observe(const counter *self, const gl_stamp *at, uint32_t quality, const char *kind, const char *json) {
    self->host->observe(self->host->ctx, at, quality, text(kind), text(json));
}

static void outcome(const counter *self, uint64_t id, const char *json) {
    self->host->outcome(self->host->ctx, id, text(json));
}

/* A line that was not understood. Printable ASCII as it is, the rest as \xNN, then escaped again for JSON. */
static void raw(const counter *self, const gl_stamp *now, gl_bytes line) {
    char json[64 + 5 * LONGEST_LINE];
    int end = sprintf(json, "{\"reason\":\"neither a count nor a lamp\",\"bytes\":\"");
    for (size_t i = 0; i < line.len && i < LONGEST_LINE; i++) {
        unsigned char byte = line.ptr[i];
        if (byte == '\\') {
            end += sprintf(json + end, "\\\\\\\\");
        } else if (byte == '"') {
            end += sprintf(json + end, "\\\"");
        } else if (byte >= ' ' && byte <= '~') {
            json[end++] = (char)byte;
        } else {
            end += sprintf(json + end, "\\\\x%02x", (unsigned)byte);
        }
    }
    strcpy(json + end, "\"}");
    observe(self, now, GL_GOOD, "raw", json);
}

/* Digits only, at most 4294967295; -1 when it is anything else. */
static int64_t number(gl_bytes line, size_t from) {
    int64_t n = 0;
    for (size_t i = from; i < line.len; i++) {
        if (line.ptr[i] < '0' || line.ptr[i] > '9') {
            return -1;
        }
        n = n * 10 + (line.ptr[i] - '0');
        if (n > (int64_t)UINT32_MAX) {
            return -1;
        }
    }
    return line.len > from ? n : -1;
}

static void lamp(counter *self, const gl_stamp *now, int on) {
    observe(self, now, GL_GOOD, "output", on ? "{\"point\":\"lamp\",\"on\":true}" : "{\"point\":\"lamp\",\"on\":false}");
    if (self->waiting) {
        self->waiting = 0;
        outcome(self, self->command,
                on == self->wanted ? "{\"outcome\":\"done\"}"
                                   : "{\"outcome\":\"failed\",\"reason\":\"the lamp did not follow\"}");
    }
}

static void frame(counter *self, const gl_stamp *now, gl_bytes line) {
    int64_t n = line.len > 2 && line.ptr[1] == ',' ? number(line, 2) : -1;
    if (n >= 0 && line.ptr[0] == 'C') {
        char json[64];
        snprintf(json, sizeof json, "{\"interval_s\":0.1,\"counts\":[%lld]}", (long long)n);
        observe(self, now, GL_GOOD, "gamma", json);
    } else if ((n == 0 || n == 1) && line.ptr[0] == 'L') {
        lamp(self, now, (int)n);
    } else {
        raw(self, now, line);
    }
}

static void command(counter *self, uint64_t id, gl_bytes body) {
    if (!contains(body, "\"kind\":\"output\"") || !contains(body, "\"point\":\"lamp\"")) {
        outcome(self, id, "{\"outcome\":\"refused\",\"reason\":\"a counter can only switch its lamp\"}");
        return;
    }
    if (self->waiting) {
        outcome(self, self->command, "{\"outcome\":\"failed\",\"reason\":\"overtaken by another command\"}");
    }
    self->waiting = 1;
    self->command = id;
    self->wanted = contains(body, "\"on\":true");
    self->host->send(self->host->ctx, text(self->wanted ? "L,1\r\n" : "L,0\r\n"));
}

static gl_bytes describe(void) {
    return text("{\"version\":\"" VERSION "\",\"drivers\":[{\"model\":\"" MODEL "\","
                "\"link\":{\"kind\":\"lines\",\"max\":64},\"offers\":[\"gamma\",\"output\"],"
                "\"schema\":{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}}]}");
}

static int32_t open_counter(gl_bytes model, gl_bytes settings, const gl_host *host, void **instance) {
    if (!is(model, MODEL) || !is(settings, "{}")) {
        host->opened(host->ctx, text("{\"pointer\":\"\",\"seen\":\"settings\",\"expected\":\"none: " MODEL
                                     " has no settings\"}"));
        return 1;
    }
    counter *self = calloc(1, sizeof *self);
    if (self == NULL) {
        host->opened(host->ctx, text("{\"pointer\":\"\",\"seen\":\"no memory\",\"expected\":\"some\"}"));
        return 1;
    }
    self->host = host;
    host->opened(host->ctx, text("{\"points\":[{\"name\":\"lamp\",\"capability\":\"output\"}]}"));
    host->log(host->ctx, GL_INFO, text(MODEL " " VERSION " opened"));
    *instance = self;
    return 0;
}

static int32_t handle(void *instance, const gl_stamp *now, const gl_input *input) {
    counter *self = instance;
    switch (input->kind) {
    case GL_FRAME:
        frame(self, now, input->a);
        break;
    case GL_COMMAND:
        command(self, input->id, input->a);
        break;
    case GL_LOST:
        /* The host says itself that open commands failed. */
        self->waiting = 0;
        break;
    default:
        break;
    }
    return 0;
}

static void close_counter(void *instance) {
    free(instance);
}

const gl_driver_table *greenlane_driver_table(void) {
    static const gl_driver_table table = {
        sizeof(gl_driver_table), GL_MAJOR, describe, open_counter, handle, close_counter,
    };
    return &table;
}
