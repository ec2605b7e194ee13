/* The Greenlane driver interface, major version 1. The same table as in the Rust crate greenlane-abi.
 *
 * A driver exports   const gl_driver_table *greenlane_driver_table(void);
 * Frames cross as bytes; settings, commands and observations as JSON (UTF-8, not zero-terminated).
 * Host callbacks never block and may be called from any thread. Pointers are valid only during the call
 * that carries them, except the gl_host given to open, which lives until close returns.
 */
#ifndef GREENLANE_DRIVER_H
#define GREENLANE_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GL_MAJOR 1u
#define GL_PANICKED (-2)

typedef struct { const uint8_t *ptr; size_t len; } gl_bytes;
typedef struct { uint64_t mono_ns; int64_t utc_ns; uint64_t uncertainty_ns; } gl_stamp;

enum { /* gl_input.kind; ignore one you do not know */
    GL_CONNECTED = 1,
    GL_FRAME = 2,           /* a = frame */
    GL_REPLY_REGISTERS = 3, /* id, first = sent, second = received, a = uint16_t values */
    GL_REPLY_BITS = 4,      /* ..., a = one byte a bit */
    GL_REPLY_WRITTEN = 5,
    GL_REPLY_EXCEPTION = 6, /* code */
    GL_REPLY_TIMEOUT = 7,
    GL_REQUEST = 8,         /* id, a = body, b = content type, c = query */
    GL_FILE = 9,            /* a = head, b = JSON {path, sha256, bytes}, c = sidecar, code = 1 when there is one */
    GL_DUE = 10,            /* id = token */
    GL_LOST = 11,           /* a = reason */
    GL_COMMAND = 12         /* id, a = JSON command body */
};

typedef struct {
    uint32_t kind;
    uint32_t code;
    uint64_t id;
    gl_stamp first;
    gl_stamp second;
    gl_bytes a;
    gl_bytes b;
    gl_bytes c;
} gl_input;

typedef struct {
    uint32_t kind; /* Modbus function code */
    uint32_t unit;
    uint32_t address; /* zero-based */
    uint32_t count;   /* for a read */
    gl_bytes data;    /* for a write: uint16_t values, or one byte a coil */
} gl_request;

enum { GL_ERROR = 1, GL_WARN = 2, GL_INFO = 3, GL_DEBUG = 4, GL_TRACE = 5 };
enum { GL_GOOD = 0, GL_STALE = 1, GL_BAD = 2 };

typedef struct {
    uint32_t size;
    uint32_t major;
    void *ctx;
    void (*observe)(void *ctx, const gl_stamp *at, uint32_t quality, gl_bytes kind, gl_bytes json);
    void (*request)(void *ctx, uint64_t id, const gl_request *request);
    void (*send)(void *ctx, gl_bytes bytes);
    void (*respond)(void *ctx, uint64_t id, uint32_t status, gl_bytes body);
    void (*outcome)(void *ctx, uint64_t id, gl_bytes json);
    void (*wake_after)(void *ctx, uint64_t ns, uint64_t token);
    void (*log)(void *ctx, uint32_t level, gl_bytes text);
    void (*opened)(void *ctx, gl_bytes json);
} gl_host;

typedef struct {
    uint32_t size;
    uint32_t major;
    gl_bytes (*describe)(void);
    int32_t (*open)(gl_bytes model, gl_bytes settings, const gl_host *host, void **instance);
    int32_t (*handle)(void *instance, const gl_stamp *now, const gl_input *input);
    void (*close)(void *instance);
} gl_driver_table;

const gl_driver_table *greenlane_driver_table(void);

#ifdef __cplusplus
}
#endif
#endif
