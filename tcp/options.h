/*
 * options.h: the command line of every program, as a table
 *
 *   usage: 506_echo_server [--host ADDR] [--port N] [--ping-interval MS] ...
 *
 * A program lists its options as rows; parsing, --help and the usage line come
 * from the table. A usage of more than 79 characters is shortened, and an error
 * then ends in "try PROGRAM --help". Introduced in tcp/101_echo_server.c.
 */
#ifndef TCP_OPTIONS_H
#define TCP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* One option. One of number, text and flag points to the value, which is the
 * default at first. Or print is called, and the program ends. Use the macros
 * below; the last row is OPTION_END. */
struct option_row {
    const char *name;     /* "--ping-interval" */
    const char *argument; /* "MS", for the usage line; NULL: a flag */
    const char *help;     /* a few words */
    uint32_t *number;
    uint32_t min, max; /* of number, both allowed */
    bool is_choice;    /* argument is "one|two|three", number the index */
    const char **text;
    bool *flag;
    void (*print)(const void *printed);
    const void *printed; /* print's argument */
};

#define OPTION_NUMBER(name_, argument_, help_, where_, min_, max_)             \
    {                                                                          \
        .name = (name_), .argument = (argument_), .help = (help_),             \
        .number = (where_), .min = (min_), .max = (max_)                       \
    }
#define OPTION_TEXT(name_, argument_, help_, where_)                           \
    {                                                                          \
        .name = (name_), .argument = (argument_), .help = (help_),             \
        .text = (where_)                                                       \
    }
#define OPTION_CHOICE(name_, choices_, help_, where_)                          \
    {                                                                          \
        .name = (name_), .argument = (choices_), .help = (help_),              \
        .number = (where_), .is_choice = true                                  \
    }
#define OPTION_FLAG(name_, help_, where_)                                      \
    { .name = (name_), .help = (help_), .flag = (where_) }
#define OPTION_PRINT(name_, help_, print_, printed_)                           \
    {                                                                          \
        .name = (name_), .help = (help_), .print = (print_),                   \
        .printed = (printed_)                                                  \
    }
#define OPTION_END                                                             \
    { .name = NULL }

/* Rows that several programs have. */
#define OPTION_HOST(where_)                                                    \
    OPTION_TEXT("--host", "ADDR", "address to listen at", where_)
#define OPTION_PORT(where_)                                                    \
    OPTION_NUMBER("--port", "N", "port, 0: any free one", where_, 0, 65535)
#define OPTION_MS(name_, help_, where_) /* at most an hour */                  \
    OPTION_NUMBER(name_, "MS", help_, where_, 1, 3600000)
#define OPTION_CORS(where_)                                                    \
    OPTION_TEXT("--cors", "ORIGIN", "allow its pages; '*': all", where_)
#define OPTION_TRACE(where_)                                                   \
    OPTION_FLAG("--trace", "print what happens on stderr", where_)

/* Reads the options in argv. Returns -1: continue; otherwise main's exit
 * status: 0 after --help or an option that prints, or 2 after a usage error,
 * which is one line on stderr. Opens /dev/null for each of the descriptors 0, 1
 * and 2 that is closed, so that no socket gets one of these numbers. If stdout
 * cannot be written, the process ends with 1, after a line on stderr. */
int options_parse(int argc, char **argv, const struct option_row *rows);

/* Like options_parse, for a program with operands: arguments that are not
 * options, such as a client's URL. They are moved to argv[1] and on, followed
 * by a NULL. names lists them, "URL [TEXT]": one in brackets may be missing. A
 * wrong number of operands, also more than max, is a usage error. */
int options_parse_operands(int argc, char **argv, const struct option_row *rows,
                           int max, const char *names);

/* Like options_parse, for an experiment whose only option is --break, which
 * sets *is_broken and shows the wrong way; help describes it. */
int options_experiment(int argc, char **argv, const char *help,
                       bool *is_broken);

/* Returns the name of the running program for messages, "101_echo_server";
 * before options_parse "program". */
const char *options_program(void);

/* Print one line on stderr, with the reason from errno, and return 1, main's
 * exit status: "PROGRAM: subject: reason"; or for an address to listen at,
 * "PROGRAM: cannot listen at HOST:PORT: reason". */
int options_report(const char *subject);
int options_report_bind(const char *host, uint32_t port);

#endif
