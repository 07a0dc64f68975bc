/* files_test.c: tcp/files.h: what a path may open, and what it may not */
#include "packets/unit.h"
#include "tcp/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
          UNIT_TEST(keeps_no_descriptor), UNIT_TEST(clear))
