/* files_fuzz.c: for any path, only a file opens that may be seen: never one
 * outside, hidden, behind a link, nor a FIFO. */
#include "tcp/files.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static char base[] = "/tmp/files_fuzz.XXXXXX"; /* base/r is the root */
static int root = -1;

/* The size of a file says which it is: under 10, it may be opened. */
static void write_file(const char *name, size_t size) {
    int fd = openat(root, name, O_WRONLY | O_CREAT, 0600);
    while (fd != -1 && size-- > 0)
        if (write(fd, "x", 1) != 1) abort();
    close(fd);
}

static void clean(void) {
    static const char *const names[] = {"../a", "a",  "d/a", "d/index.html",
                                        ".a",   "in", "out", "f"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlinkat(root, names[i], 0);
    unlinkat(root, "d", AT_REMOVEDIR);
    unlinkat(root, "../r", AT_REMOVEDIR);
    rmdir(base);
}

static void build(void) {
    char path[64];
    if (!mkdtemp(base)) abort();
    snprintf(path, sizeof path, "%s/r", base);
    if (mkdir(path, 0700) == -1 || (root = files_root(path)) == -1) abort();
    atexit(clean);
    write_file("../a", 10);
    write_file(".a", 11);
    write_file("a", 1);
    if (mkdirat(root, "d", 0700) == -1) abort();
    write_file("d/a", 2);
    write_file("d/index.html", 3);
    if (symlinkat("a", root, "in") == -1 || symlinkat("..", root, "out") == -1)
        abort();
    if (mkfifo(strcat(path, "/f"), 0600) == -1) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct file f;
    struct span path = {(uint8_t *)(uintptr_t)bytes, n};
    if (root == -1) build();
    int got = files_open(root, path, &f);
    assert((got == 0) == (f.fd != -1));
    assert(got == -1 || (f.left >= 1 && f.left <= 3));
    files_close(&f);
    return 0;
}
