/* files_test.c: tcp/files.h: what a path may open, and what it may not */
#include "packets/unit.h"
#include "tcp/calls_unit.h"
#include "tcp/files.h"
#include "tcp/io.h"
#include "tcp/pair.h"
#include "tcp/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

UNIT_CALL(ssize_t, -1, read, (int fd, void *bytes, size_t n), (fd, bytes, n))

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char base[] = "/tmp/files_test.XXXXXX"; /* base/root is the root */
static int root = -1;

static void write_file(const char *name, const char *text) {
    int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    UNIT_INT(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void build(void) {
    char path[64];
    UNIT_TRUE(mkdtemp(base) != NULL);
    snprintf(path, sizeof path, "%s/root", base);
    UNIT_INT(mkdir(path, 0700), 0);
    root = files_root(path);
    UNIT_TRUE(root != -1);
    write_file("../secret", "outside");
    write_file("a.txt", "a file");
    write_file("a b+c%", "odd");
    write_file("%41", "percent");
    write_file("empty", "");
    write_file(".hidden", "hidden");
    UNIT_INT(mkdirat(root, "d", 0700), 0);
    write_file("d/index.html", "index");
    UNIT_INT(symlinkat("../secret", root, "out"), 0);
    UNIT_INT(symlinkat("a.txt", root, "in"), 0);
    UNIT_INT(symlinkat("d", root, "d2"), 0);
    UNIT_INT(mkfifo(strcat(path, "/pipe"), 0600), 0);
}

/* The size of what opens, or -errno; the descriptor is closed. */
static long long size_of(const char *path, size_t n) {
    uint8_t *copy = unit_exact(path, n);
    struct file f;
    int opened = files_open(root, (struct span){copy, n}, &f);
    long long got = opened == -1 ? -errno : (long long)f.left;
    UNIT_INT(f.fd == -1, opened == -1);
    files_close(&f);
    UNIT_INT(f.fd, -1);
    files_close(&f);
    free(copy);
    return got;
}

static void opens_what_is_below_the_root(void) {
    static const struct {
        const char *path;
        long long size;
    } cases[] = {
        {"/a.txt", 6}, {"/%61%2Etxt", 6},    {"/empty", 0}, {"/a%20b+c%25", 3},
        {"/%2541", 7}, {"/d/index.html", 5}, {"/d/", 5},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        UNIT_INT(size_of(cases[i].path, strlen(cases[i].path)), cases[i].size);
}

static void opens_nothing_else(void) {
    static const struct {
        const char *path;
        int error;
    } cases[] = {
        {"", EINVAL},
        {"a.txt", EINVAL},
        {"/none", ENOENT},
        {"/", ENOENT}, /* no index.html */
        {"//a.txt", ENOENT},
        {"/d//index.html", ENOENT},
        {"/a.txt/", ENOTDIR},
        {"/a.txt/b", ENOTDIR},
        {"/d", EACCES},    /* no regular file */
        {"/pipe", EACCES}, /* and does not wait for a writer */
        {"/../secret", EACCES},
        {"/%2e%2e/secret", EACCES},
        {"/.%2E/secret", EACCES},
        {"/d/../../secret", EACCES},
        {"/d/..", EACCES},
        {"/./a.txt", EACCES},
        {"/.hidden", EACCES},
        {"/%2ehidden", EACCES},
        {"/..%2fsecret", EINVAL}, /* an encoded separator */
        {"/..\\secret", EINVAL},
        {"/%5ca.txt", EINVAL},
        {"/a.txt%00", EINVAL},
        {"/a.txt%00.html", EINVAL},
        {"/%01", ENOENT}, /* an odd name, but only NUL ends one */
        {"/%", EINVAL},
        {"/%4", EINVAL},
        {"/%4g", EINVAL},
        {"/%-1", EINVAL},
        {"/%252e%252e/secret", ENOENT}, /* decoded once */
        {"/out", ELOOP},
        {"/in", ELOOP}, /* even one that stays inside */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        UNIT_INT(size_of(cases[i].path, strlen(cases[i].path)),
                 -cases[i].error);
    long long got = size_of("/d2/index.html", 14); /* systems differ */
    UNIT_TRUE(got == -ELOOP || got == -ENOTDIR);
    UNIT_INT(size_of("/a.txt\0", 7), -EINVAL);
}

static void limits_a_path(void) {
    char path[1026];
    memset(path, 'a', sizeof path);
    for (size_t i = 0; i < sizeof path; i += 100) path[i] = '/';
    UNIT_INT(size_of(path, 1023), -ENOENT);
    UNIT_INT(size_of(path, 1024), -ENAMETOOLONG);
}

static void reads_a_whole_file_or_says_no(void) {
    struct buf out = {.max = 9};
    struct file f;
    UNIT_INT(files_open(root, span_from("/a.txt"), &f), 0);
    errno = EINTR; /* from before: it says nothing about this read */
    UNIT_TRUE(files_read(&f, &out));
    UNIT_INT(f.left, 0);
    UNIT_TRUE(files_read(&f, &out)); /* nothing is left: nothing to do */
    UNIT_TEXT(out.bytes, out.end, "a file");
    files_close(&f);
    UNIT_INT(files_open(root, span_from("/a.txt"), &f), 0);
    UNIT_FALSE(files_read(&f, &out)); /* six more do not fit */
    files_close(&f);
    buf_clear(&out);
    UNIT_INT(files_open(root, span_from("/a.txt"), &f), 0);
    f.left++; /* as if it had become shorter since it was opened */
    UNIT_FALSE(files_read(&f, &out));
    files_close(&f);
    buf_free(&out);
}

/* read(2): a signal may end it before it has read anything. */
static void a_signal_does_not_cut_a_file(void) {
    struct buf out = {.max = 9};
    struct file f;
    UNIT_INT(files_open(root, span_from("/a.txt"), &f), 0);
    fail_call("read", 1, EINTR);
    UNIT_TRUE(files_read(&f, &out));
    UNIT_TRUE(call_has_failed());
    UNIT_TEXT(out.bytes, out.end, "a file");
    files_close(&f);
    buf_clear(&out);
    UNIT_INT(files_open(root, span_from("/a.txt"), &f), 0);
    fail_call("read", 1, EIO); /* another error does */
    UNIT_FALSE(files_read(&f, &out));
    UNIT_TRUE(call_has_failed());
    files_close(&f);
    buf_free(&out);
}

static unsigned status_of(const char *path) {
    struct file f;
    unsigned status = files_open_status(root, span_from(path), &f);
    UNIT_INT(f.fd != -1, status == 200);
    files_close(&f);
    return status;
}

static void what_went_wrong_is_a_status_of_http(void) {
    UNIT_INT(status_of("/a.txt"), 200);
    UNIT_INT(status_of("/%"), 400);
    UNIT_INT(status_of("/.hidden"), 403);
    UNIT_INT(status_of("/out"), 403); /* a symbolic link */
    UNIT_INT(status_of("/d"), 403);
    UNIT_INT(status_of("/none"), 404);
    UNIT_INT(status_of("/a.txt/b"), 404);
    struct file f; /* of a server that was installed without its files */
    UNIT_INT(files_open_status(-1, span_from("/a.txt"), &f), 404);
    UNIT_INT(files_open_status(-1, span_from("/d/b"), &f), 404);
    UNIT_INT(files_open_status(-1, span_from("a.txt"), &f), 400);
    if (!limit_descriptors((rlim_t)lowest_descriptor())) return;
    UNIT_INT(status_of("/a.txt"), 503);
    allow_descriptors();
}

static void expect_load(const char *path, unsigned status, const char *text) {
    static struct buf out = {.max = 9};
    UNIT_INT(files_load(root, span_from(path), &out), status);
    UNIT_TEXT(out.bytes, out.end, text);
    buf_free(&out);
    out.max = 9;
}

static void loads_a_whole_file_or_a_line_that_says_why_not(void) {
    expect_load("/a.txt", 200, "a file");
    expect_load("/empty", 200, "");
    expect_load("/none", 404, "not here\n");
    expect_load("/.hidden", 403, "not here\n");
    write_file("long", "x");
    expect_load("/long", 200, "x");
    write_file("long", "ten bytes.");
    int lowest = lowest_descriptor();
    expect_load("/long", 503, "not now\n");
    expect_load("/a.txt", 200, "a file");
    UNIT_INT(lowest_descriptor(), lowest); /* neither is open any more */
    UNIT_INT(unlinkat(root, "long", 0), 0);
    if (!limit_descriptors((rlim_t)lowest)) return;
    expect_load("/a.txt", 503, "not now\n");
    allow_descriptors();
}

/* bin/program and socketio/page have the same parent; run from there, too. */
static void finds_a_directory_beside_that_of_the_program(void) {
    char path[100];
    int here = open(".", O_RDONLY), found[4];
    UNIT_INT(mkdirat(root, "bin", 0700), 0);
    snprintf(path, sizeof path, "%s/root/bin/program", base);
    found[0] = files_root_beside(path, "d");
    UNIT_INT(fchdir(root), 0);
    found[1] = files_root_beside("bin/program", "d");
    found[2] = files_root_beside("program", "d"); /* found by way of PATH */
    UNIT_INT(files_root_beside("bin/program", "none"), -1);
    UNIT_INT(errno, ENOENT);
    UNIT_INT(chdir("bin"), 0);
    found[3] = files_root_beside("program", "d");
    UNIT_INT(fchdir(here), 0);
    for (int i = 0; i < 4; i++) {
        UNIT_INT(faccessat(found[i], "index.html", R_OK, 0), 0);
        UNIT_TRUE(fcntl(found[i], F_GETFD) & FD_CLOEXEC);
        close(found[i]);
    }
    close(here);
    UNIT_INT(files_root("/dev/null"), -1); /* no directory */
    UNIT_INT(unlinkat(root, "bin", AT_REMOVEDIR), 0);
}

/* A file larger than PIECE bytes, which is what is sent in one turn. */
enum {
    PIECE = 65536,
    BIG = 3 * PIECE + 5
};

static void write_big(void) {
    static char bytes[BIG];
    int fd = openat(root, "big", O_WRONLY | O_CREAT, 0600);
    for (size_t i = 0; i < BIG; i++) bytes[i] = (char)(i * 31 + i / 251);
    UNIT_INT(write(fd, bytes, BIG), BIG);
    close(fd);
}

static struct loop *loop;
static struct stream stream;
static int reader, writable;

static void on_ready(struct watch *w, unsigned events) {
    (void)w;
    if (events & LOOP_WRITE) writable++;
}

static void begin_stream(struct file *f, const char *path) {
    int ends[2];
    check(pair_open(ends) == 0, "pair_open");
    check(io_nonblocking(ends[0]) == 0, "io_nonblocking");
    loop = loop_open();
    reader = ends[1];
    writable = 0;
    UNIT_INT(stream_open(&stream, loop, ends[0], PIECE, on_ready), 0);
    UNIT_INT(files_open(root, span_from(path), f), 0);
}

static void end_stream(struct file *f) {
    files_close(f);
    stream_close(&stream, loop);
    close(reader);
    loop_close(loop);
}

static void sends_a_piece_a_turn_and_all_in_order(void) {
    static uint8_t got[BIG];
    struct file f;
    write_big();
    begin_stream(&f, "/big");
    for (uint64_t at = 0; at < BIG;) {
        uint64_t n = BIG - at < PIECE ? BIG - at : PIECE;
        UNIT_INT(files_send(&f, &stream, loop), STREAM_DONE);
        UNIT_INT(f.left, BIG - at - n);
        UNIT_INT(io_recv_all(reader, got + at, n), n);
        at += n;
        UNIT_INT(loop_turn(loop, 0), 1); /* the next turn may go on */
        UNIT_TRUE(writable > 0);
        writable = 0;
    }
    size_t wrong = 0;
    for (size_t i = 0; i < BIG; i++)
        wrong += got[i] != (uint8_t)(char)(i * 31 + i / 251);
    UNIT_INT(wrong, 0);
    UNIT_INT(files_send(&f, &stream, loop), STREAM_EOF); /* nothing is left */
    UNIT_INT(f.fd, -1);
    end_stream(&f);
}

static void reads_nothing_while_output_is_unsent(void) {
    static uint8_t bytes[PIECE];
    struct file f;
    begin_stream(&f, "/big");
    stream.unsent.max = 64 * PIECE;
    struct span piece = {bytes, PIECE};
    while (buf_view(&stream.unsent).len == 0) stream_send(&stream, loop, piece);
    UNIT_INT(files_send(&f, &stream, loop), STREAM_AGAIN);
    buf_clear(&stream.unsent);
    buf_append(&stream.unsent, "x", 1); /* a single byte is enough */
    UNIT_INT(files_send(&f, &stream, loop), STREAM_AGAIN);
    UNIT_INT(f.left, BIG);
    end_stream(&f);
}

/* The first piece of it fits. */
static void a_file_that_does_not_fit_leaves_only_the_line(void) {
    struct buf out = {.max = PIECE + 100};
    UNIT_INT(files_load(root, span_from("/big"), &out), 503);
    UNIT_TEXT(buf_view(&out).data, buf_view(&out).len, "not now\n");
    buf_free(&out);
}

static void the_last_piece_may_be_a_single_byte(void) {
    char got[2];
    struct file f;
    write_file("one", "x");
    begin_stream(&f, "/one");
    UNIT_INT(files_send(&f, &stream, loop), STREAM_DONE);
    UNIT_INT(io_recv(reader, got, sizeof got), 1);
    UNIT_INT(files_send(&f, &stream, loop), STREAM_EOF);
    end_stream(&f);
    UNIT_INT(unlinkat(root, "one", 0), 0);
}

static void a_file_that_has_become_shorter_ends_the_connection(void) {
    struct file f;
    begin_stream(&f, "/a.txt");
    f.left++; /* as if it had been longer when it was opened */
    UNIT_INT(files_send(&f, &stream, loop), STREAM_DONE);
    UNIT_INT(f.left, 1);
    UNIT_INT(files_send(&f, &stream, loop), STREAM_LOST);
    files_close(&f);
    f.fd = open("/", O_RDONLY); /* a directory cannot be read */
    UNIT_INT(files_send(&f, &stream, loop), STREAM_LOST);
    end_stream(&f);
    UNIT_INT(unlinkat(root, "big", 0), 0);
}

static void keeps_no_descriptor(void) {
    int before = dup(root);
    close(before);
    size_of("/d/index.html", 13);
    size_of("/d/none", 7);
    size_of("/d/.x", 5);
    size_of("/pipe", 5);
    int after = dup(root);
    close(after);
    UNIT_INT(after, before);
}

static void clear(void) {
    static const char *const names[] = {
        "a.txt", "a b+c%", "%41", "empty", ".hidden",  "d/index.html",
        "out",   "in",     "d2",  "pipe",  "../secret"};
    char path[64];
    for (size_t i = 0; i < COUNT(names); i++)
        UNIT_INT(unlinkat(root, names[i], 0), 0);
    UNIT_INT(unlinkat(root, "d", AT_REMOVEDIR), 0);
    close(root);
    snprintf(path, sizeof path, "%s/root", base);
    UNIT_INT(rmdir(path), 0);
    UNIT_INT(rmdir(base), 0);
}

UNIT_MAIN("tcp/files", UNIT_TEST(build),
          UNIT_TEST(opens_what_is_below_the_root),
          UNIT_TEST(opens_nothing_else), UNIT_TEST(limits_a_path),
          UNIT_TEST(reads_a_whole_file_or_says_no),
          UNIT_TEST(a_signal_does_not_cut_a_file),
          UNIT_TEST(what_went_wrong_is_a_status_of_http),
          UNIT_TEST(loads_a_whole_file_or_a_line_that_says_why_not),
          UNIT_TEST(finds_a_directory_beside_that_of_the_program),
          UNIT_TEST(sends_a_piece_a_turn_and_all_in_order),
          UNIT_TEST(reads_nothing_while_output_is_unsent),
          UNIT_TEST(a_file_that_does_not_fit_leaves_only_the_line),
          UNIT_TEST(the_last_piece_may_be_a_single_byte),
          UNIT_TEST(a_file_that_has_become_shorter_ends_the_connection),
          UNIT_TEST(keeps_no_descriptor), UNIT_TEST(clear))
