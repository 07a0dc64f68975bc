/* pending_test.c: socketio/pending.h: a binary packet and its attachments */
#include "packets/unit.h"
#include "socketio/pending.h"

#define PLACE(k) "{\"_placeholder\":true,\"num\":" #k "}"

static struct pending *begin(const char *text, size_t max) {
    uint8_t *exact = unit_exact(text, strlen(text));
    struct span in = {exact, strlen(text)};
    struct packet packet;
    struct pending *p = pending_new(7);
    UNIT_INT(packet_parse(&packet, in, NULL), 0);
    UNIT_TRUE(pending_begin(p, &packet, in, max));
    free(exact); /* it keeps a copy */
    return p;
}

static void add(struct pending *p, const char *bytes) {
    uint8_t *exact = unit_exact(bytes, strlen(bytes));
    UNIT_TRUE(pending_add(p, (struct span){exact, strlen(bytes)}));
    free(exact);
}

/* Expects placeholders 0 to 2 in the arguments, and these attachments. */
static void expect_three(const struct packet *packet,
                         const struct span *attachments, const char *first,
                         const char *second, const char *third) {
    UNIT_TEXT(packet->args.data, packet->args.len,
              PLACE(0) "," PLACE(1) "," PLACE(2));
    UNIT_TEXT(attachments[0].data, attachments[0].len, first);
    UNIT_TEXT(attachments[1].data, attachments[1].len, second);
    UNIT_TEXT(attachments[2].data, attachments[2].len, third);
}

static void a_packet_is_complete_with_its_last_attachment(void) {
    struct pending *p =
        begin("53-/nsp,17[\"e\"," PLACE(0) "," PLACE(1) "," PLACE(2) "]", 200);
    struct span attachments[LIMIT_ATTACHMENTS];
    struct packet packet;
    UNIT_INT(p->client, 7);
    add(p, "zero");
    add(p, "");
    UNIT_FALSE(pending_is_complete(p));
    add(p, "two");
    UNIT_TRUE(pending_is_complete(p));
    pending_read(p, &packet, attachments);
    UNIT_INT(packet.type, PACKET_BINARY_EVENT);
    UNIT_INT(packet.id, 17);
    UNIT_TEXT(packet.nsp.data, packet.nsp.len, "/nsp");
    UNIT_TEXT(packet.event.data, packet.event.len, "e");
    expect_three(&packet, attachments, "zero", "", "two");
    pending_free(p);
}

/* In the text they may be in any order; packet.h renumbers them. */
static void attachments_are_in_the_order_of_their_placeholders(void) {
    struct pending *p =
        begin("53-[\"e\"," PLACE(2) "," PLACE(0) "," PLACE(1) "]", 200);
    struct span attachments[LIMIT_ATTACHMENTS];
    struct packet packet;
    add(p, "zero");
    add(p, "one");
    add(p, "two");
    pending_read(p, &packet, attachments);
    expect_three(&packet, attachments, "two", "zero", "one");
    pending_free(p);
}

static void it_holds_as_many_attachments_as_a_packet_may_have(void) {
    char text[600] = "510-[\"e\"", bytes[2] = "a";
    struct span attachments[LIMIT_ATTACHMENTS];
    struct packet packet;
    for (int i = 0; i < LIMIT_ATTACHMENTS; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 ",{\"_placeholder\":true,\"num\":%d}", i);
    strcat(text, "]");
    struct pending *p = begin(text, 1000);
    for (int i = 0; i < LIMIT_ATTACHMENTS; i++, bytes[0]++) add(p, bytes);
    UNIT_TRUE(pending_is_complete(p));
    pending_read(p, &packet, attachments);
    for (int i = 0; i < LIMIT_ATTACHMENTS; i++)
        UNIT_INT(attachments[i].data[0], 'a' + i);
    pending_free(p);
}

static void text_and_attachments_are_limited_together(void) {
    const char text[] = "51-[\"e\"," PLACE(0) "]";
    size_t n = strlen(text);
    struct pending *p = begin(text, n + 3);
    UNIT_TRUE(pending_has_space(p, 3));
    UNIT_FALSE(pending_has_space(p, 4));
    UNIT_FALSE(pending_add(p, span_from("four")));
    pending_free(p);

    struct packet packet;
    p = pending_new(1);
    packet.attachments = 1;
    UNIT_FALSE(pending_begin(p, &packet, span_from(text), n - 1));
    pending_free(p);
}

/* Before its CONNECT a client has an empty one: no attachment is expected, but
 * its time runs until it is freed. */
static void an_empty_one_is_only_a_timer(void) {
    struct timers timers;
    struct pending *p = pending_new(3);
    timers_init(&timers, 10);
    timer_start(&timers, &p->timer, 0);
    UNIT_INT(p->expected, 0);
    pending_free(p);
    UNIT_TRUE(timers_empty(&timers));
    pending_free(NULL);
}

UNIT_MAIN("socketio/pending",
          UNIT_TEST(a_packet_is_complete_with_its_last_attachment),
          UNIT_TEST(attachments_are_in_the_order_of_their_placeholders),
          UNIT_TEST(it_holds_as_many_attachments_as_a_packet_may_have),
          UNIT_TEST(text_and_attachments_are_limited_together),
          UNIT_TEST(an_empty_one_is_only_a_timer))
