/*
 * output_unit.h: what a module prints, as a text, for tests
 *
 *   begin_output(STDOUT_FILENO);
 *   module_print();
 *   end_output(text, sizeof text);
 *
 * In between, the descriptor is that of a temporary file. Only tests include
 * this file.
 */
#ifndef PACKETS_OUTPUT_UNIT_H
#define PACKETS_OUTPUT_UNIT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
    FILE *file;
    int fd, before; /* before: a copy of what fd was */
} unit_output;

static inline void begin_output(int fd) {
    unit_output.file = tmpfile();
    if (!unit_output.file) abort();
    fflush(stdout);
    unit_output.fd = fd;
    unit_output.before = dup(fd);
    dup2(fileno(unit_output.file), fd);
}

/* Sets text to what was printed, and a NUL; errno stays. Output that does not
 * fit is dropped. */
static inline void end_output(char *text, size_t size) {
    int error = errno;
    fflush(stdout);
    dup2(unit_output.before, unit_output.fd);
    close(unit_output.before);
    ssize_t n = pread(fileno(unit_output.file), text, size - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    fclose(unit_output.file);
    errno = error;
}

#endif
