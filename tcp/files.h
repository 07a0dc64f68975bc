/*
 * files.h: the files below one directory, by the path of a URL
 *
 *   "/a%20b/c.txt"  ->  openat(root, "a b")  ->  openat(that, "c.txt")
 *
 * Opened part by part, each without following a symbolic link: a path decides
 * nothing but which name is looked up next, so nothing leads out of root, not
 * even a link that is put there between a check and the opening.
 * Does not do: lists of directories, ranges, caching.
 * Introduced in websocket/401_http.c.
 */
#ifndef TCP_FILES_H
#define TCP_FILES_H

#include "tcp/stream.h"

/* Opens the directory that all paths begin at; close(2) ends it. -1, errno. */
int files_root(const char *directory);

struct file {
    int fd;           /* -1: none */
    uint64_t left;    /* of it, to be sent; at first its size */
    const char *type; /* as by files_type */
};

/* Opens a regular file for reading. path begins with "/" and is decoded once
 * (RFC 3986 §2.1); one that ends in "/" means the index.html there. 0; or -1
 * and errno, and fd is -1:
 *   EINVAL   a bad %, or a NUL, "/" or "\" behind one, or "\" itself
 *   EACCES   a part that begins with ".", or no regular file, or not readable
 *   ELOOP    a symbolic link
 *   ENOENT, ENOTDIR, ENAMETOOLONG   there is none; and what openat(2) says */
int files_open(int root, struct span path, struct file *f);

/* Closes it; nothing happens if there is none. */
void files_close(struct file *f);

/* Appends all that is left of it to out. False: out is full, or the file has
 * become shorter, or errno. */
bool files_read(struct file *f, struct buf *out);

/* Sends the next piece and has the stream call for LOOP_WRITE: a piece a turn,
 * so that a long file holds nobody up. Nothing is read while output is unsent.
 * STREAM_LOST also when the file has become shorter than was promised. */
enum stream_result files_send(struct file *f, struct stream *s, struct loop *l);

/* The media type that the end of a name stands for, such as "text/css". */
const char *files_type(struct span path);

#endif
