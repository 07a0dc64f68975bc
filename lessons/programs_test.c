/*
 * programs_test.c: the promises that every program makes, tested from outside
 *
 * The programs are those found in bin/, so a new one is tested without being
 * listed here: its header, its options, and how it ends.
 */
#include "lessons/programs_unit.h"

enum {
    MAX_HEADER = 14 /* lines of a program's header comment, without the two
                       that delimit it */
};

/* Finds the source of a program by the directory of its hundred. */
static FILE *open_source(const char *name) {
    static const char *const parts[] = {"tcp", "udp", "packets", "websocket",
                                        "socketio"};
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.c", parts[(name[0] - '1') % 5], name);
    return fopen(path, "r");
}

/* A header row is " * Shows", two spaces or more, and text. */
static bool is_row(const char *line, const char *row) {
    size_t n = strlen(row);
    return strncmp(line, " * ", 3) == 0 && strncmp(line + 3, row, n) == 0 &&
           strncmp(line + 3 + n, "  ", 2) == 0;
}

static void every_program_has_a_header_and_a_page(void) {
    static const char *const rows[] = {"Shows", "By hand", "Run", "Try",
                                       "Read"};
    char line[200], page[PATH_MAX];
    for (int i = 0; i < count; i++) {
        unsigned found = 0, header = 0;
        FILE *source = open_source(names[i]);
        expect(source != NULL, names[i], "has a source file");
        while (source && fgets(line, sizeof line, source)) {
            header++;
            for (unsigned k = 0; k < 5; k++)
                if (is_row(line, rows[k])) found |= 1u << k;
            if (strcmp(line, " */\n") == 0) break;
        }
        if (source) fclose(source);
        expect(header <= MAX_HEADER + 2, names[i], "its header is short");
        for (unsigned k = 0; k < 5; k++)
            expect(found >> k & 1, names[i], rows[k]);
        snprintf(page, sizeof page, "lessons/%s.md", names[i]);
        for (char *c = page; *c; c++)
            if (*c == '_') *c = '-';
        expect(access(page, R_OK) == 0, names[i], "has a page in lessons/");
    }
}

/* Returns how many lines a program may have, all included. */
static int max_lines(long number) {
    bool is_introductory = number <= 202 || number == 309 || number == 310;
    if (number == 508) return 160;
    if (number == 116) return 134;
    return is_introductory ? 130 : 140;
}

static void no_program_is_long(void) {
    char line[200];
    for (int i = 0; i < count; i++) {
        long number = strtol(names[i], NULL, 10);
        int n = 0;
        FILE *source = open_source(names[i]);
        while (source && fgets(line, sizeof line, source))
            n += strchr(line, '\n') != NULL;
        if (source) fclose(source);
        expect(n <= max_lines(number), names[i],
               "is short enough to be read in one go");
    }
}

static void an_unknown_option_is_a_usage_error(void) {
    for (int i = 0; i < count; i++) {
        int status = run(names[i], "--no-such-option", NULL);
        expect(status == 2, names[i], "exit status 2");
        bool is_long = strstr(err, "--help") != NULL;
        expect((strstr(err, "usage: ") || is_long) && lines(err) == 1, names[i],
               "one usage line on stderr");
        expect(out[0] == '\0', names[i], "nothing on stdout");
    }
}

static void help_is_on_stdout(void) {
    for (int i = 0; i < count; i++) {
        int status = run(names[i], "--help", NULL);
        expect(status == 0 && strncmp(out, "usage: ", 7) == 0 && !err[0],
               names[i], "usage on stdout, exit status 0");
    }
}

static void output_that_is_lost_is_an_error(void) {
    char command[PATH_MAX + 60];
    const char *bin = getenv("BIN");
    if (access("/dev/full", W_OK) != 0) return; /* Linux has it */
    for (int i = 0; i < count; i++) {
        if (strncmp(names[i], "101", 3) == 0) continue; /* calls no module */
        snprintf(command, sizeof command, "%s/%s --help >/dev/full 2>/dev/null",
                 bin ? bin : "bin", names[i]);
        int status = system(command);
        expect(WIFEXITED(status) && WEXITSTATUS(status) == 1, names[i],
               "ends with 1 if stdout is full");
    }
}

/* Starts each program without arguments, MAX_PARALLEL side by side. After each
 * it fills out and err, and calls ended with the exit status. */
static void run_all(char *const *programs, int n,
                    void (*ended)(const char *name, int status)) {
    struct running running[MAX_PARALLEL];
    for (int i = 0; i < n + MAX_PARALLEL; i++) {
        struct running *r = &running[i % MAX_PARALLEL];
        int first = i - MAX_PARALLEL;
        if (first >= 0 && first < n) ended(programs[first], finish(r));
        if (i >= n) continue;
        /* 122 alone would take half a minute without an argument. */
        bool is_long = strncmp(programs[i], "122", 3) == 0;
        r->pid = start(programs[i], is_long ? "--clients" : NULL, "10", NULL,
                       &r->from, &r->errors);
    }
}

static void check_experiment(const char *name, int status) {
    size_t n = strlen(out);
    if (n > 0 && out[n - 1] == '\n') out[n - 1] = '\0';
    char *last = strrchr(out, '\n');
    expect(status == 0, name, "ends with 0");
    expect(strncmp(last ? last + 1 : out, "What you saw: ", 14) == 0, name,
           "its last line begins 'What you saw: '");
}

static void an_experiment_ends_with_what_you_saw(void) {
    char *experiments[MAX_PROGRAMS];
    int n = 0;
    for (int i = 0; i < count; i++)
        if (!is_server(names[i]) && !strstr(names[i], "echo_client"))
            experiments[n++] = names[i];
    run_all(experiments, n, check_experiment);
}

/* Does the program show what crosses the wire? */
static bool has_ladder(const char *name) {
    char line[200];
    bool is_found = false;
    FILE *source = open_source(name);
    while (source && fgets(line, sizeof line, source))
        if (strstr(line, "#include \"tcp/ladder.h\"")) is_found = true;
    if (source) fclose(source);
    return is_found;
}

static bool is_out_of_reach; /* the user nobody cannot enter the directory */

static void check_wire(const char *name, int status) {
    if (status == 127) is_out_of_reach = true;
    if (status == 127) return;
    expect(status == 0 && !err[0], name, "ends with 0 as nobody");
    expect(strncmp(out, "wire: ", 6) == 0 && strstr(out, "What you saw: "),
           name, "says how it sees the wire, and what was seen");
}

static void the_wire_is_shown_to_an_ordinary_user(void) {
    char *with_ladder[MAX_PROGRAMS] = {NULL};
    int found = 0;
    for (int i = 0; i < count; i++)
        if (has_ladder(names[i])) with_ladder[found++] = names[i];
    is_unprivileged = getuid() == 0;
    run_all(with_ladder, found, check_wire);
    is_unprivileged = false;
    UNIT_TRUE(found >= 4 || is_selection);
    if (is_out_of_reach)
        puts("SKIPPED: no way to the programs for an ordinary user");
}

/* A peer that sends other datagrams every half second does not make the client
 * of 209 wait longer than its 3 s. */
static void junk_does_not_make_the_client_of_dns_wait_longer(void) {
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_port = 0}, client;
    socklen_t size = sizeof self;
    char bytes[512], to[40];
    int fd = socket(AF_INET, SOCK_DGRAM, 0), from, errors, junk = 0;
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    UNIT_INT(bind(fd, (struct sockaddr *)&self, sizeof self), 0);
    getsockname(fd, (struct sockaddr *)&self, &size);
    snprintf(to, sizeof to, "127.0.0.1:%u", ntohs(self.sin_port));
    pid_t pid = start("209_dns", to, NULL, NULL, &from, &errors);
    UNIT_TRUE(recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&client,
                       &size) > 0);
    struct pollfd end = {.fd = errors, .events = POLLIN};
    for (; poll(&end, 1, 500) == 0 && junk < 12; junk++)
        sendto(fd, "junk", 4, 0, (struct sockaddr *)&client, size);
    UNIT_TRUE(junk > 0 && junk <= 8);
    read_text(errors, err, sizeof err, true);
    UNIT_TRUE(strcmp(err, "209_dns: no reply\n") == 0);
    if (junk == 12) kill(pid, SIGKILL);
    UNIT_INT(end_of(pid), 1);
    close(fd);
    close(from);
    close(errors);
}

static void an_address_that_is_none_is_a_usage_error_of_the_relay(void) {
    static const char *const bad[] = {"", "x", ":1", "127.0.0.1:65536"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        UNIT_INT(run("116_relay", "--to", bad[k]), 2);
        UNIT_INT(lines(err), 1);
    }
}

static void clients_say_why_there_is_no_server(void) {
    for (int i = 0; i < count; i++) {
        if (!strstr(names[i], "echo_client")) continue;
        bool url = names[i][0] >= '4';
        const char *no_server = !url                 ? "127.0.0.1:1"
                                : names[i][0] == '4' ? "ws://127.0.0.1:1/"
                                                     : "http://127.0.0.1:1";
        expect(run(names[i], no_server, "x") == 1, names[i], "exit status 1");
        expect(lines(err) == 1, names[i], "one line on stderr");
        expect(run(names[i], NULL, NULL) == 2, names[i],
               "no operand: exit status 2");
        if (!url) continue;
        expect(run(names[i], "wss://127.0.0.1:1/", NULL) == 2, names[i],
               "wss: exit status 2");
        expect(strstr(err, ": no TLS here: use "), names[i], "no wss here");
    }
    for (int i = 0; i < count; i++) free(names[i]);
}

UNIT_MAIN("programs", UNIT_TEST(find_programs),
          UNIT_TEST(every_program_has_a_header_and_a_page),
          UNIT_TEST(no_program_is_long),
          UNIT_TEST(an_unknown_option_is_a_usage_error),
          UNIT_TEST(help_is_on_stdout),
          UNIT_TEST(output_that_is_lost_is_an_error),
          UNIT_TEST(an_experiment_ends_with_what_you_saw),
          UNIT_TEST(the_wire_is_shown_to_an_ordinary_user),
          UNIT_TEST(junk_does_not_make_the_client_of_dns_wait_longer),
          UNIT_TEST(an_address_that_is_none_is_a_usage_error_of_the_relay),
          UNIT_TEST(clients_say_why_there_is_no_server))
