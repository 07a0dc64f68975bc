/* files.c: see tcp/files.h. Entry points: files_root, files_root_beside,
 * files_open, files_open_status, files_close, files_read, files_send,
 * files_load. */
#include "tcp/files.h"
#include "packets/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_PATH = 1024,   /* bytes, decoded, with a final zero byte */
    PIECE = 64 * 1024, /* bytes of a file that are sent in one turn */
};

int files_root(const char *directory) {
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Decodes path into name. -1 and errno. */
static int decode(struct span path, char name[MAX_PATH]) {
    size_t n = 0;
    while (path.len > 0) {
        bool is_encoded = path.data[0] == '%';
        int c = hex_percent_decode(&path);
        /* A NUL would end the name early; an encoded "/" is not a separator
         * (RFC 3986 §2.2), nor can it be in a name; a "\" is a separator on
         * some systems. */
        if (c <= 0 || c == '\\' || (is_encoded && c == '/')) {
            errno = EINVAL;
            return -1;
        }
        if (n == MAX_PATH - 1) {
            errno = ENAMETOOLONG;
            return -1;
        }
        name[n++] = (char)c;
    }
    name[n] = '\0';
    return 0;
}

/* Opens part in the directory dir, and closes dir unless that is root. */
static int descend(int root, int dir, const char *part, int flags) {
    int fd = -1;
    /* "." and ".." are resolved by the client that builds the URL (RFC 3986
     * §5.2.4), and a name that begins with "." is hidden. */
    errno = *part == '.' ? EACCES : ENOENT;
    if (*part != '\0' && *part != '.')
        fd = openat(dir, part, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags);
    int error = errno;
    if (dir != root) close(dir);
    errno = error;
    return fd;
}

/* Accepts a regular file only. It was opened with O_NONBLOCK, so that opening a
 * FIFO did not wait for a writer; its type is known only now. */
static int check_regular(struct file *f) {
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
    char name[MAX_PATH];
    *f = (struct file){.fd = -1};
    if (decode(path, name) == -1) return -1;
    errno = EINVAL;
    if (name[0] != '/') return -1;
    errno = ENOENT; /* of root -1: no directory, so no file */
    int dir = root;
    char *part = name + 1;
    for (char *slash; dir != -1 && (slash = strchr(part, '/'));) {
        *slash = '\0';
        dir = descend(root, dir, part, O_DIRECTORY);
        part = slash + 1;
    }
    if (dir == -1) return -1;
    f->fd = descend(root, dir, *part ? part : "index.html", O_NONBLOCK);
    return check_regular(f);
}

void files_close(struct file *f) {
    if (f->fd != -1) close(f->fd);
    f->fd = -1;
}

/* Like read(2), but continues after a signal. */
static ssize_t read_piece(int fd, void *bytes, size_t n) {
    ssize_t got;
    do got = read(fd, bytes, n);
    while (got == -1 && errno == EINTR);
    return got;
}

bool files_read(struct file *f, struct buf *out) {
    while (f->left > 0) {
        size_t n = f->left < PIECE ? (size_t)f->left : PIECE;
        uint8_t *to = buf_reserve(out, n);
        ssize_t got = to ? read_piece(f->fd, to, n) : -1;
        if (got <= 0) return false;
        out->end += (uint32_t)got;
        f->left -= (uint64_t)got;
    }
    return true;
}

enum stream_result files_send(struct file *f, struct stream *s,
                              struct loop *l) {
    static uint8_t bytes[PIECE];
    if (f->left == 0) {
        files_close(f);
        return STREAM_EOF;
    }
    if (buf_view(&s->unsent).len > 0) return STREAM_AGAIN;
    size_t n = f->left < PIECE ? (size_t)f->left : PIECE;
    ssize_t got = read_piece(f->fd, bytes, n);
    if (got <= 0) return STREAM_LOST;
    f->left -= (uint64_t)got;
    struct span piece = {bytes, (size_t)got};
    enum stream_result result = stream_send(s, l, piece);
    if (loop_set_interest(l, &s->watch, LOOP_WRITE) == -1) return STREAM_LOST;
    return result;
}

unsigned files_open_status(int root, struct span path, struct file *f) {
    if (files_open(root, path, f) == 0) return 200;
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) return 503;
    if (errno == EINVAL) return 400;
    return errno == EACCES || errno == ELOOP ? 403 : 404;
}

unsigned files_load(int root, struct span path, struct buf *out) {
    struct file f;
    unsigned status = files_open_status(root, path, &f);
    if (status == 200 && !files_read(&f, out)) status = 503;
    files_close(&f);
    if (status == 200) return 200;
    buf_clear(out);
    buf_text(out, status == 503 ? "not now\n" : "not here\n");
    return status;
}

int files_root_beside(const char *program, const char *directory) {
    char path[MAX_PATH];
    const char *slash = strrchr(program, '/');
    int n = slash ? (int)(slash + 1 - program) : 0;
    snprintf(path, sizeof path, "%.*s../%s", n, program, directory);
    int fd = files_root(path);
    return fd != -1 ? fd : files_root(directory);
}
