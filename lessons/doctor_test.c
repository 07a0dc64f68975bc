/* doctor_test.c: lessons/doctor.sh and lessons/demo.sh */
#include "lessons/programs_unit.h"

/* Reads all that a shell command prints into out. Returns its status. */
static int run_shell(const char *command) {
    FILE *f = popen(command, "r");
    if (!f) abort();
    out[fread(out, 1, sizeof out - 1, f)] = '\0';
    return pclose(f);
}

/* Runs lessons/demo.sh on the port. */
static void run_demo(const char *port) {
    char command[PATH_MAX];
    const char *bin = getenv("BIN");
    snprintf(command, sizeof command,
             "lessons/demo.sh %s/506_echo_server %s 2>&1", bin ? bin : "bin",
             port);
    UNIT_TRUE(run_shell(command) != 0);
}

/* No machine has this compiler. */
static void the_doctor_names_what_is_missing_and_the_fix(void) {
    UNIT_INT(run_shell("CC=no_such_cc lessons/doctor.sh 2>&1"), 0);
    UNIT_TRUE(strstr(out, "  NO   compiler          there is no no_such_cc\n"
                          "         fix:     "));
    UNIT_TRUE(strstr(out, "         missing: every lesson\n"));
    UNIT_TRUE(strstr(out, "   ?   IPv6              not tried: "));
    UNIT_TRUE(strstr(out, " of 13; "));
}

/* Without nc and unshare. The list of captures names the programs that have
 * --modelled. */
static void the_doctor_lists_the_lessons_that_miss_something(void) {
    UNIT_INT(run_shell("d=$(mktemp -d); for c in nc unshare; do "
                       "printf '#!/bin/sh\\nexit 1\\n' >$d/$c; "
                       "chmod +x $d/$c; done; "
                       "PATH=$d:$PATH lessons/doctor.sh 2>&1; rm -r $d"),
             0);
    UNIT_TRUE(strstr(out, "missing: what a hand tries in 101, 111, 113, "));
    char list[500] = "";
    const char *from = strstr(out, "missing: captures in ");
    if (from)
        snprintf(list, sizeof list, "%.*s", (int)strcspn(from, "\n"), from);
    UNIT_TRUE(from && strstr(list, " 308: modelled"));
    for (int i = 0; i < count; i++) {
        char number[] = " 000";
        memcpy(number + 1, names[i], 3);
        run(names[i], "--help", NULL);
        bool is_listed = strstr(list, number) != NULL;
        expect(is_listed == (strstr(out, " --modelled ") != NULL), names[i],
               "is listed by the doctor if it captures");
    }
}

static void a_demo_on_a_taken_port_suggests_the_next(void) {
    int from, errors;
    pid_t pid;
    char text[10], expected[300];
    unsigned port = serve("506_echo_server", NULL, &pid, &from, &errors);
    snprintf(text, sizeof text, "%u", port);
    run_demo(text);
    snprintf(expected, sizeof expected,
             "506_echo_server: cannot listen at 127.0.0.1:%u: address in use\n"
             "If the port is taken, try another: make demo PORT=%u\n",
             port, port + 1);
    UNIT_TEXT(out, strlen(out), expected);
    kill(pid, SIGTERM);
    UNIT_INT(end_of(pid), 0);
    close(from);
    close(errors);
}

static void a_demo_suggests_only_what_is_a_port(void) {
    run_demo("no_port");
    UNIT_TRUE(strstr(out, "\nIf the port is taken, try another: make demo "
                          "PORT=3000\n"));
    UNIT_TRUE(lines(out) == 2);
}

UNIT_MAIN("doctor", UNIT_TEST(find_programs),
          UNIT_TEST(the_doctor_names_what_is_missing_and_the_fix),
          UNIT_TEST(the_doctor_lists_the_lessons_that_miss_something),
          UNIT_TEST(a_demo_on_a_taken_port_suggests_the_next),
          UNIT_TEST(a_demo_suggests_only_what_is_a_port))
