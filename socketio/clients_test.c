/* clients_test.c: socketio/clients.h: what a message of a client comes to; the
 * clock is clients.now */
#include "packets/unit.h"
#include "socketio/clients.h"
#include "socketio/handle.h"

#define PLACE(k) "{\"_placeholder\":true,\"num\":" #k "}"

static struct clients clients;
static struct server_event event;

static void start(void) {
    static const char *const namespaces[] = {"/", "/custom", NULL};
    UNIT_TRUE(clients_init(&clients, namespaces, 5, 100, 1000));
    clients.now = 10;
}

static void stop(void) {
    clients_free(&clients);
}

/* Messages are passed in an exact copy that is valid until the next one. */
static uint8_t *copy;

static struct span lend(const char *bytes) {
    free(copy);
    copy = unit_exact(bytes, strlen(bytes));
    return (struct span){copy, strlen(bytes)};
}

static int text(uint32_t client, const char *message) {
    return (int)clients_receive_text(&clients, client, lend(message), &event);
}

static int binary(uint32_t client, const char *message) {
    return (int)clients_receive_binary(&clients, client, lend(message), &event);
}

/* A CONNECT, which is accepted. */
static void connect_to(uint32_t client, const char *message) {
    UNIT_INT(text(client, message), CLIENT_CONNECT);
    clients_join(&clients, event.from);
}

static void join(uint32_t client) {
    UNIT_INT(clients_open(&clients, client), CLIENT_NO_EVENT);
    connect_to(client, "0");
}

static int due(void) {
    return clients_wait(&clients, clients.now, -1);
}

#define EVENT(type_, client_, nsp_, name_, args_, id_)                         \
    do {                                                                       \
        UNIT_INT(event.type, type_);                                           \
        UNIT_INT(event.from.client, client_);                                  \
        UNIT_INT(event.from.nsp, nsp_);                                        \
        UNIT_TEXT(event.name.data, event.name.len, name_);                     \
        UNIT_TEXT(event.args.json.data, event.args.json.len, args_);           \
        UNIT_INT(event.id, id_);                                               \
    } while (0)

/* A handle is not its slot: two generations of slot 3. */
#define CLIENT 3
#define NEXT_CLIENT (1 << 20 | 3)

static void a_connect_joins_a_namespace(void) {
    start();
    UNIT_INT(clients_open(&clients, CLIENT), CLIENT_NO_EVENT);
    connect_to(CLIENT, "0{\"token\":1}");
    EVENT(SERVER_CONNECT, CLIENT, 0, "/", "{\"token\":1}", -1);
    UNIT_INT(event.args.attachments, 0);
    connect_to(CLIENT, "0/custom,");
    EVENT(SERVER_CONNECT, CLIENT, 1, "/custom", "", -1);
    UNIT_INT(clients_close(&clients, CLIENT), 3); /* a bit for each */
    stop();
}

static void a_namespace_that_is_not_there_is_named(void) {
    start();
    clients_open(&clients, CLIENT);
    UNIT_INT(text(CLIENT, "0/none,"), CLIENT_CONNECT);
    EVENT(SERVER_CONNECT, CLIENT, NO_NAMESPACE, "/none", "", -1);
    UNIT_INT(due(), 1000); /* it must still send a CONNECT */
    UNIT_INT(text(CLIENT, "0"), CLIENT_CONNECT);
    UNIT_INT(due(), 1000); /* not accepted yet */
    clients_join(&clients, event.from);
    UNIT_INT(due(), -1);
    stop();
}

static void events_and_acks_are_reported(void) {
    start();
    join(CLIENT);
    UNIT_INT(text(CLIENT, "212[\"name\",1,\"a\"]"), CLIENT_EVENT);
    EVENT(SERVER_EVENT, CLIENT, 0, "name", "1,\"a\"", 12);
    UNIT_INT(event.args.attachments, 0);
    UNIT_INT(text(CLIENT, "2[\"name\"]"), CLIENT_EVENT);
    EVENT(SERVER_EVENT, CLIENT, 0, "name", "", -1);
    UNIT_INT(text(CLIENT, "37[true]"), CLIENT_EVENT);
    EVENT(SERVER_ACKED, CLIENT, 0, "", "true", 7);
    UNIT_INT(text(CLIENT, "1"), CLIENT_EVENT);
    EVENT(SERVER_DISCONNECT, CLIENT, 0, "", "", -1);
    UNIT_INT(clients_close(&clients, CLIENT), 0);
    stop();
}

static void binary_packets_are_reported_with_their_attachments(void) {
    start();
    join(CLIENT);
    UNIT_INT(text(CLIENT, "52-4[\"b\"," PLACE(1) "," PLACE(0) "]"),
             CLIENT_NO_EVENT);
    UNIT_INT(binary(CLIENT, "zero"), CLIENT_NO_EVENT);
    UNIT_INT(binary(CLIENT, "one"), CLIENT_EVENT);
    EVENT(SERVER_EVENT, CLIENT, 0, "b", PLACE(0) "," PLACE(1), 4);
    UNIT_INT(event.args.attachments, 2);
    UNIT_TEXT(event.args.attachment[0].data, event.args.attachment[0].len,
              "one");
    UNIT_TEXT(event.args.attachment[1].data, event.args.attachment[1].len,
              "zero");
    clients_release(&clients);
    UNIT_INT(due(), -1);

    /* An ack as well. */
    UNIT_INT(text(CLIENT, "61-9[" PLACE(0) "]"), CLIENT_NO_EVENT);
    UNIT_INT(binary(CLIENT, "x"), CLIENT_EVENT);
    EVENT(SERVER_ACKED, CLIENT, 0, "", PLACE(0), 9);
    /* The next event reuses the memory of the last one. */
    UNIT_INT(text(CLIENT, "61-9[" PLACE(0) "]"), CLIENT_NO_EVENT);
    UNIT_INT(binary(CLIENT, "y"), CLIENT_EVENT);
    UNIT_TEXT(event.args.attachment[0].data, event.args.attachment[0].len, "y");
    clients_release(&clients);
    clients_release(&clients);
    stop();
}

/* Socket.IO v5, "Exchange protocol". */
static void what_breaks_a_rule_is_not_an_event(void) {
    static const char *const bad[] = {
        "x",                /* no packet */
        "0",                /* joined already */
        "4{}",              /* only a server refuses */
        "2/custom,[\"e\"]", /* not joined */
        "1/custom,",        /* likewise */
        "2/none,[\"e\"]",   /* no such namespace */
        "51-/custom,[" PLACE(0) "]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        start();
        join(CLIENT);
        UNIT_INT(text(CLIENT, bad[i]), CLIENT_BROKE_RULE);
        stop();
    }
    start();
    clients_open(&clients, CLIENT);
    UNIT_INT(text(CLIENT, "2[\"e\"]"), CLIENT_BROKE_RULE); /* no CONNECT */
    UNIT_INT(binary(CLIENT, "x"), CLIENT_BROKE_RULE);
    connect_to(CLIENT, "0");
    UNIT_INT(binary(CLIENT, "x"), CLIENT_BROKE_RULE); /* nothing announced it */
    text(CLIENT, "51-[\"e\"," PLACE(0) "]");
    UNIT_INT(text(CLIENT, "2[\"e\"]"), CLIENT_BROKE_RULE); /* in between */
    stop();
}

/* What a client sends before it knows that it was put out is not its fault, nor
 * is it an event; but what it may not send anywhere it may not send there. */
static void packets_of_an_expelled_client_are_ignored(void) {
    struct server_socket socket = {CLIENT, 0};
    start();
    join(CLIENT);
    UNIT_INT(text(CLIENT, "51-[\"e\"," PLACE(0) "]"), CLIENT_NO_EVENT);
    namespaces_expel(&clients.namespaces, socket);
    UNIT_INT(binary(CLIENT, "x"), CLIENT_NO_EVENT);
    UNIT_INT(text(CLIENT, "2[\"e\"]"), CLIENT_NO_EVENT);
    UNIT_INT(text(CLIENT, "31[]"), CLIENT_NO_EVENT);
    UNIT_INT(text(CLIENT, "1"), CLIENT_NO_EVENT);
    UNIT_INT(text(CLIENT, "51-[\"e\"," PLACE(0) "]"), CLIENT_NO_EVENT);
    UNIT_INT(binary(CLIENT, "x"), CLIENT_NO_EVENT);
    UNIT_INT(text(CLIENT, "4{}"), CLIENT_BROKE_RULE);
    UNIT_INT(text(CLIENT, "2/custom,[\"e\"]"), CLIENT_BROKE_RULE);
    connect_to(CLIENT, "0");
    UNIT_INT(text(CLIENT, "2[\"e\"]"), CLIENT_EVENT);
    UNIT_INT(text(CLIENT, "1"), CLIENT_EVENT);
    UNIT_INT(text(CLIENT, "1"), CLIENT_BROKE_RULE); /* it left by itself */
    stop();
}

/* The text and its attachments may have 100 bytes in all. */
static void attachments_must_fit(void) {
    char bytes[102];
    const char *head = "51-[\"e\"," PLACE(0) "]";
    for (int over = 0; over < 2; over++) {
        start();
        join(CLIENT);
        UNIT_INT(text(CLIENT, head), CLIENT_NO_EVENT);
        size_t n = 100 - strlen(head) + (size_t)over;
        memset(bytes, 'x', n);
        bytes[n] = '\0';
        UNIT_INT(binary(CLIENT, bytes), over ? CLIENT_TOO_BIG : CLIENT_EVENT);
        stop();
    }
}

static void a_client_must_send_connect_and_attachments_in_time(void) {
    start();
    clients_open(&clients, 0);
    clients.now += 400;
    join(4);
    UNIT_INT(due(), 600);
    UNIT_INT(text(4, "51-[\"e\"," PLACE(0) "]"), CLIENT_NO_EVENT);
    UNIT_INT(clients_next_due(&clients, 1009), NO_HANDLE);
    UNIT_INT(clients_next_due(&clients, 1010), 0);
    UNIT_INT(clients_next_due(&clients, 1010), NO_HANDLE);
    clients_close(&clients, 0);
    UNIT_INT(due(), LIMIT_ATTACHMENTS_MS);
    clients.now += LIMIT_ATTACHMENTS_MS;
    UNIT_INT(clients_next_due(&clients, clients.now - 1), NO_HANDLE);
    UNIT_INT(clients_next_due(&clients, clients.now), 4);
    stop();
}

static void a_postponed_client_is_due_in_the_next_turn(void) {
    start();
    clients_open(&clients, 1);
    UNIT_INT(clients_next_due(&clients, 1010), 1);
    clients_postpone(&clients, 1, 1010);
    UNIT_INT(clients_wait(&clients, 1010, -1), 1);
    UNIT_INT(clients_next_due(&clients, 1010), NO_HANDLE);
    UNIT_INT(clients_next_due(&clients, 1011), 1);
    stop();
}

/* The slot is used again: nothing of the one before is left. */
static void a_new_client_inherits_nothing_of_its_slot(void) {
    start();
    join(CLIENT);
    connect_to(CLIENT, "0/custom,");
    text(CLIENT, "51-[\"e\"," PLACE(0) "]");
    UNIT_INT(clients_close(&clients, CLIENT), 3);
    UNIT_INT(due(), -1);
    UNIT_INT(clients_open(&clients, NEXT_CLIENT), CLIENT_NO_EVENT);
    connect_to(NEXT_CLIENT, "0/custom,");
    EVENT(SERVER_CONNECT, NEXT_CLIENT, 1, "/custom", "", -1);
    UNIT_INT(clients_close(&clients, NEXT_CLIENT), 2);
    UNIT_INT(clients_close(&clients, NEXT_CLIENT), 0);
    stop();
}

static void an_event_starts_empty(void) {
    memset(&event, 0xff, sizeof event);
    clients_set_event(&event, SERVER_DISCONNECT, (struct server_socket){5, 1});
    EVENT(SERVER_DISCONNECT, 5, 1, "", "", -1);
    UNIT_INT(event.args.attachments, 0);
}

/* A client with missing attachments, and an event in use: all is freed. */
static void everything_is_freed_at_the_end(void) {
    start();
    join(0);
    join(4);
    text(0, "51-[\"e\"," PLACE(0) "]");
    text(4, "51-[\"e\"," PLACE(0) "]");
    UNIT_INT(binary(4, "x"), CLIENT_EVENT);
    text(4, "51-[\"e\"," PLACE(0) "]");
    stop();
    UNIT_TRUE(clients.pending == NULL && clients.event_memory == NULL);
    UNIT_TRUE(timers_empty(&clients.attaching));
    start();
    clients_open(&clients, 0); /* the only one */
    stop();
    UNIT_TRUE(timers_empty(&clients.connecting));
    free(copy);
    copy = NULL;
}

UNIT_MAIN("socketio/clients", UNIT_TEST(a_connect_joins_a_namespace),
          UNIT_TEST(a_namespace_that_is_not_there_is_named),
          UNIT_TEST(events_and_acks_are_reported),
          UNIT_TEST(binary_packets_are_reported_with_their_attachments),
          UNIT_TEST(what_breaks_a_rule_is_not_an_event),
          UNIT_TEST(packets_of_an_expelled_client_are_ignored),
          UNIT_TEST(attachments_must_fit),
          UNIT_TEST(a_client_must_send_connect_and_attachments_in_time),
          UNIT_TEST(a_postponed_client_is_due_in_the_next_turn),
          UNIT_TEST(a_new_client_inherits_nothing_of_its_slot),
          UNIT_TEST(an_event_starts_empty),
          UNIT_TEST(everything_is_freed_at_the_end))
