/* page_fields.c: see websocket/page_fields.h. */
#include "websocket/page_fields.h"

#include <stdio.h>

#include "websocket/etag.h"

unsigned page_fields(char text[PAGE_FIELDS_SIZE], struct span body,
                     struct span if_none_match) {
    char etag[ETAG_SIZE];
    etag_write(etag, body);
    snprintf(text, PAGE_FIELDS_SIZE,
             "Cache-Control: no-cache\r\n"
             "X-Content-Type-Options: nosniff\r\n"
             "Referrer-Policy: no-referrer\r\n"
             "Content-Security-Policy: default-src 'none'; script-src 'self'; "
             "style-src 'self'; connect-src 'self'; img-src data:; "
             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
             "ETag: %s\r\n",
             etag);
    /* RFC 9110 §13.1.1: If-Match MUST be evaluated: not enforced: it prevents
     * lost updates, and no request changes a page.
     * RFC 9110 §13.1.2: GET or HEAD for a version that the client has: 304. */
    return etag_is_listed(if_none_match, etag) ? 304 : 200;
}
