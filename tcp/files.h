/*
 * files.h: opens files below one directory, by the path of a URL
 *
 *   "/a%20b/c.txt"  ->  openat(root, "a b")  ->  openat(that, "c.txt")
 *
 * A path is opened part by part, and no symbolic link is followed. So no path
 * leads out of root, not even by a link that is created between a check and the
 * opening. Does not do: directory listings, ranges, caching. Introduced in
 * websocket/401_http.c.
 */
#ifndef TCP_FILES_H
#define TCP_FILES_H

#include "tcp/stream.h"

/* Opens the directory at which all paths begin; close(2) closes it. -1,
 * errno. */
int files_root(const char *directory);

struct file {
    int fd;        /* -1: none */
    uint64_t left; /* bytes still to be read; at first its size */
};

/* Opens a regular file for reading. path begins with "/" and is percent-decoded
 * once (RFC 3986 §2.1); a path that ends in "/" means the index.html there.
 * Returns 0; or -1 and errno, and fd is -1:
 *   EINVAL   a malformed "%", an encoded NUL, "/" or "\", or a "\" as it is
 *   EACCES   a part that begins with ".", not a regular file, or not readable
 *   ELOOP    a symbolic link
 *   ENOENT, ENOTDIR, ENAMETOOLONG   there is no such file, or root is -1
 *   EMFILE, ENFILE, ENOMEM          for now nothing can be opened: try later
 * or another error of openat(2). */
int files_open(int root, struct span path, struct file *f);

/* Like files_open, but returns the status of an HTTP response: 200; or 400, 403
 * or 404 for the errors of the first four lines above; or 503: try later. */
unsigned files_open_status(int root, struct span path, struct file *f);

/* Closes the file, if there is one. */
void files_close(struct file *f);

/* Appends the rest of the file to out. False: out is full, the file has become
 * shorter, or it cannot be read. */
bool files_read(struct file *f, struct buf *out);

/* Sends the next piece, and makes the loop report LOOP_WRITE: one piece a turn,
 * so that a long file delays no other client. Reads nothing while output is
 * unsent. STREAM_EOF: nothing was left, and the file is closed. STREAM_LOST
 * also if the file has become shorter. */
enum stream_result files_send(struct file *f, struct stream *s, struct loop *l);

/* Appends a whole file to out and returns 200. On an error it appends a line
 * with the reason and returns the status of files_open_status, or 503 if there
 * is no space or the file cannot be read. */
unsigned files_load(int root, struct span path, struct buf *out);

/* Like files_root, for a directory next to that of the program (argv[0]), such
 * as socketio/page for bin/506_echo_server; if there is none, for one below the
 * working directory. */
int files_root_beside(const char *program, const char *directory);

#endif
