/*
 * command.h: one "$" line of a page, in the foreground or in the background
 *
 *   $ bin/101_echo_server --port 7101 &      in the background, with port 0
 *   listening on 127.0.0.1:7101              the line that it must print
 *   $ bin/102_echo_client 127.0.0.1:7101 hi  7101 is replaced by the real port
 *   $ kill %1                                SIGTERM; the rest of its output
 */
#ifndef LESSONS_PAGES_COMMAND_H
#define LESSONS_PAGES_COMMAND_H

/* Runs a command and reports a pass or a fault. The command must succeed and
 * print what is expected; NULL: anything. Changes both texts. */
void command_run(char *command, char *expected);

/* Ends the background commands that are left; the next one will be %1. */
void command_end_all(void);

#endif
