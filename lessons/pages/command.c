/* command.c: see lessons/pages/command.h. Entry points: command_run,
 * command_end_all. */
#include "lessons/pages/command.h"
#include "lessons/pages/process.h"
#include "lessons/pages/report.h"
#include "lessons/pages/text.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_JOBS 8 /* background commands of a page */

struct job { /* a background command */
    pid_t pid;
    int out;
    char shown[8], real[8]; /* its port, on the page and in this run */
};

static struct job jobs[MAX_JOBS];
static int job_count;

/* Replaces the ports that the page shows by the real ones, or the reverse. */
static void swap_ports(char *text, bool to_real) {
    static char copy[TEXT_SIZE];
    for (int i = 0; i < job_count; i++) {
        const struct job *j = &jobs[i];
        text_renumber(copy, text, to_real ? j->shown : j->real,
                      to_real ? j->real : j->shown);
        memcpy(text, copy, strlen(copy) + 1);
    }
}

static void check(char *expected, char *got, const char *command) {
    char why[TEXT_WHY];
    swap_ports(got, false);
    text_normalise(got);
    text_normalise(expected);
    if (text_compare(expected, got, why))
        report_pass();
    else
        report_fault(command, why);
}

/* Runs a command in the foreground. */
static void run_front(const char *command, char *expected) {
    static char got[TEXT_SIZE];
    int out;
    pid_t pid = process_start(command, &out);
    bool in_time = process_read(out, got);
    if (!in_time) kill(-pid, SIGKILL);
    int status = process_wait(pid);
    close(out);
    if (!in_time)
        report_fault(command, "does not end");
    else if (status != 0)
        report_fault(command, got[0] ? got : "exit status is not 0");
    else if (expected)
        check(expected, got, command);
    else
        report_pass();
}

/* Copies the digits that follow where in text, or "". */
static void digits_after(const char *text, const char *where, char digits[8]) {
    const char *at = strstr(text, where);
    digits[0] = '\0';
    if (!at) return;
    at += strlen(where);
    snprintf(digits, 8, "%.*s", (int)strspn(at, "0123456789"), at);
}

/* Reports a job that failed, and kills it. Does not check its exit status, so
 * that each failure is reported once. */
static void kill_job(struct job *j, const char *command, const char *why) {
    kill(-j->pid, SIGKILL);
    process_wait(j->pid);
    close(j->out);
    j->pid = 0;
    report_fault(command, why);
}

/* Starts a server in the background, with port 0. Its first line names the port
 * that it got. Its arguments may name the ports of earlier servers. */
static void run_back(char *command, char *expected) {
    static char with[TEXT_SIZE], got[TEXT_SIZE];
    struct job *j = &jobs[job_count];
    if (job_count == MAX_JOBS) {
        report_fault(command, "too many background commands");
        return;
    }
    digits_after(command, "--port ", j->shown);
    size_t n = (size_t)sprintf(with, "exec ");
    text_renumber(with + n, command, j->shown, "0");
    *strrchr(with, '&') = '\0';
    swap_ports(with, true);
    j->pid = process_start(with, &j->out);
    bool listens = process_read_line(j->out, got) &&
                   strncmp(got, "listening on ", 13) == 0;
    char *colon = strrchr(got, ':');
    snprintf(j->real, sizeof j->real, "%.*s",
             colon ? (int)strspn(colon + 1, "0123456789") : 0,
             colon ? colon + 1 : "");
    job_count++;
    if (!listens)
        kill_job(j, command, "does not print that it is listening");
    else if (expected)
        check(expected, got, command);
    else
        report_pass();
}

/* Ends a background command with SIGTERM. Its exit status must be 0. */
static void end_job(struct job *j, char *expected, const char *command) {
    static char got[TEXT_SIZE];
    if (j->pid == 0) return;
    kill(j->pid, SIGTERM);
    if (!process_read(j->out, got)) kill(-j->pid, SIGKILL);
    int status = process_wait(j->pid);
    close(j->out);
    j->pid = 0;
    if (status != 0)
        report_fault(command, "does not end with status 0 on SIGTERM");
    else if (expected)
        check(expected, got, command);
}

/* "kill %1" ends a background command. As in a shell, the next one gets the
 * number after the highest that is in use. */
static void run_kill(const char *command, char *expected) {
    int number = command[strlen("kill %")] - '0';
    if (number >= 1 && number <= job_count)
        end_job(&jobs[number - 1], expected, command);
    else
        report_fault(command, "there is no such job");
    while (job_count > 0 && jobs[job_count - 1].pid == 0) job_count--;
}

void command_run(char *command, char *expected) {
    static char with[TEXT_SIZE];
    size_t n = strlen(command);
    while (n > 0 && command[n - 1] == ' ') command[--n] = '\0';
    if (n == strlen("kill %1") && strncmp(command, "kill %", 6) == 0) {
        run_kill(command, expected);
    } else if (n > 0 && command[n - 1] == '&') {
        run_back(command, expected);
    } else {
        snprintf(with, sizeof with, "%s", command);
        swap_ports(with, true);
        run_front(with, expected);
    }
}

void command_end_all(void) {
    for (int i = 0; i < job_count; i++)
        end_job(&jobs[i], NULL, "a background command");
    job_count = 0;
}
