#include "tcp/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_LONGEST = 1024, /* bytes, decoded */
    PIECE = 64 * 1024,   /* of a file, sent at once */
};

int files_root(const char *directory) {
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int hex_digit(uint8_t c) {
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) % 16 : -1;
}

/* Decodes path into name, once: %2565 is "%65", never "e". -1 and errno. */
static int decode(struct span path, char name[PATH_LONGEST]) {
    size_t n = 0;
    for (size_t i = 0; i < path.len; i++) {
        int c = path.data[i];
        bool encoded = c == '%';
        if (encoded) {
            int high = path.len - i > 2 ? hex_digit(path.data[i + 1]) : -1;
            int low = path.len - i > 2 ? hex_digit(path.data[i + 2]) : -1;
            c = high < 0 || low < 0 ? 0 : high * 16 + low;
            i += 2;
        }
        /* A NUL would end the name early; an encoded "/" is not a separator
         * (RFC 3986 §2.2), nor can it be in a name; a "\" is a separator on
         * some systems. */
        if (c == 0 || c == '\\' || (encoded && c == '/')) {
            errno = EINVAL;
            return -1;
        }
        if (n == PATH_LONGEST - 1) {
            errno = ENAMETOOLONG;
            return -1;
        }
        name[n++] = (char)c;
    }
    name[n] = '\0';
    return 0;
}

/* Opens part in the directory dir, and closes dir unless it is root. */
static int descend(int root, int dir, const char *part, int flags) {
    int fd = -1;
    /* "." and ".." belong to whoever builds the URL (RFC 3986 §5.2.4), and a
     * name that begins with "." is not meant to be seen. */
    errno = *part == '.' ? EACCES : ENOENT;
    if (*part != '\0' && *part != '.')
        fd = openat(dir, part, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags);
    int error = errno;
    if (dir != root) close(dir);
    errno = error;
    return fd;
}

/* Is it a regular file? Opened with O_NONBLOCK, lest a FIFO without a writer
 * hold us up: so only now is it known what was opened. */
static int only_regular(struct file *f) {
    struct stat status;
    if (f->fd == -1) return -1;
    if (fstat(f->fd, &status) == 0 && S_ISREG(status.st_mode)) {
        f->left = (uint64_t)status.st_size;
        return 0;
    }
    files_close(f);
    errno = EACCES;
    return -1;
}

int files_open(int root, struct span path, struct file *f) {
    char name[PATH_LONGEST];
    *f = (struct file){.fd = -1, .type = files_type(path)};
    if (decode(path, name) == -1) return -1;
    errno = EINVAL;
    if (name[0] != '/') return -1;
    int dir = root;
    char *part = name + 1;
    for (char *slash; dir != -1 && (slash = strchr(part, '/'));) {
        *slash = '\0';
        dir = descend(root, dir, part, O_DIRECTORY);
        part = slash + 1;
    }
    if (dir == -1) return -1;
    f->fd = descend(root, dir, *part ? part : "index.html", O_NONBLOCK);
    return only_regular(f);
}

void files_close(struct file *f) {
    if (f->fd != -1) close(f->fd);
    f->fd = -1;
}

bool files_read(struct file *f, struct buf *out) {
    while (f->left > 0) {
        size_t n = f->left < PIECE ? (size_t)f->left : PIECE;
        uint8_t *to = buf_reserve(out, n);
        ssize_t got = to ? read(f->fd, to, n) : -1;
        if (got <= 0) return false;
        out->end += (uint32_t)got;
        f->left -= (uint64_t)got;
    }
    return true;
}

enum stream_result files_send(struct file *f, struct stream *s,
                              struct loop *l) {
    static uint8_t bytes[PIECE];
    if (buf_view(&s->unsent).len > 0) return STREAM_AGAIN;
    size_t n = f->left < PIECE ? (size_t)f->left : PIECE;
    ssize_t got = n > 0 ? read(f->fd, bytes, n) : 0;
    if (got < 0 || (got == 0 && n > 0)) return STREAM_LOST;
    f->left -= (uint64_t)got;
    struct span piece = {bytes, (size_t)got};
    enum stream_result result = stream_send(s, l, piece);
    if (loop_set_interest(l, &s->watch, LOOP_WRITE) == -1) return STREAM_LOST;
    return result;
}

const char *files_type(struct span path) {
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".md", "text/markdown; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".json", "application/json"},
        {"/", "text/html; charset=utf-8"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct span end = span_from(types[i][0]);
        if (path.len < end.len) continue;
        if (span_equal(span_skip(path, path.len - end.len), end))
            return types[i][1];
    }
    return "application/octet-stream";
}
