/* url.c: see packets/url.h. Each function checks all of the text before it
 * writes anything. */
#include "packets/url.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* RFC 3986 §3.2.3: a port is digits. The ports of TCP are 1 to 65535: nothing
 * can listen on port 0. */
static int check_port(const char *text) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits]) return URL_ERR_PORT;
    unsigned port = 0;
    for (; *text; text++) port = port * 10 + (unsigned)(*text - '0');
    return port >= 1 && port <= 65535 ? 0 : URL_ERR_PORT;
}

int url_split_host_port(char *text, char **host, char **port) {
    char *colon = strrchr(text, ':');
    if (!colon || colon == text || !colon[1]) return URL_ERR_FORM;
    bool is_bracketed = text[0] == '[';
    /* RFC 3986 §3.2.2: an IPv6 address has colons of its own, so it is in
     * brackets. The shortest is "[::]". */
    if (is_bracketed && (colon[-1] != ']' || colon - text < 4))
        return URL_ERR_FORM;
    if (!is_bracketed && strchr(text, ':') != colon) return URL_ERR_FORM;
    if (check_port(colon + 1) != 0) return URL_ERR_PORT;
    *(is_bracketed ? colon - 1 : colon) = '\0';
    *host = text + is_bracketed;
    *port = colon + 1;
    return 0;
}

/* RFC 3986 §2: a URL is made of printable ASCII. A space or a line end in it
 * would change the request that is made from it. */
static bool is_printable(const char *text) {
    for (; *text; text++)
        if (*text <= ' ' || *text > '~') return false;
    return true;
}

int url_parse(struct url *u, const char *text, const char *scheme) {
    size_t n = strlen(scheme);
    if (strncmp(text, scheme, n) != 0 || !is_printable(text) ||
        strchr(text, '#'))
        return URL_ERR_FORM;
    text += n;
    n = strcspn(text, "/?");
    if (n >= sizeof u->authority || text[n] == '?' || memchr(text, '@', n))
        return URL_ERR_FORM;
    memcpy(u->authority, text, n);
    u->authority[n] = '\0';
    memcpy(u->split, u->authority, sizeof u->split);
    u->path = text + n;
    return url_split_host_port(u->split, &u->host, &u->port);
}
