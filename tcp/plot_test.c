/* plot_test.c: tcp/plot.h */
#include "packets/output_unit.h"
#include "packets/unit.h"
#include "tcp/plot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct chart_point points[] = {{1, 1}, {2, 4}};
static const struct chart_series series[] = {{"squares", 's', points, 2}};
static const struct chart squares = {"Squares", "n",    "n n", false,
                                     false,     series, 1};

/* What plot_show prints on stdout, until the next call. */
static const char *printed(const char *svg, int *result) {
    static char text[10000];
    begin_output(STDOUT_FILENO);
    *result = plot_show(&squares, svg);
    end_output(text, sizeof text);
    return text;
}

static bool is_drawn_by(bool (*draw)(const struct chart *c, struct buf *out),
                        const char *text) {
    struct buf expected = {.max = 100000};
    UNIT_TRUE(draw(&squares, &expected));
    bool is_equal = span_equal(buf_view(&expected), span_from(text));
    buf_free(&expected);
    return is_equal;
}

static void prints_the_text_form(void) {
    int result;
    const char *text = printed(NULL, &result);
    UNIT_INT(result, 0);
    UNIT_TRUE(is_drawn_by(chart_write_text, text));
}

static void writes_the_svg_form_to_a_file(void) {
    char name[] = "/tmp/plot-XXXXXX", file[10000];
    int result, fd = mkstemp(name);
    printed(name, &result);
    UNIT_INT(result, 0);
    ssize_t n = read(fd, file, sizeof file - 1);
    file[n > 0 ? n : 0] = '\0';
    UNIT_TRUE(is_drawn_by(chart_write_svg, file));
    close(fd);
    unlink(name);
}

static void a_file_that_cannot_be_written_is_an_error(void) {
    int result;
    printed("/no/such/directory/plot.svg", &result);
    UNIT_INT(result, -1);
    UNIT_INT(errno, ENOENT);
}

/* A chart whose SVG form is larger than a megabyte: 15 bytes for each point. */
static void a_chart_that_is_too_large_is_an_error(void) {
    static struct chart_point many[100000];
    struct chart large = squares;
    struct chart_series one = {"many", 'm', many, 100000};
    char name[] = "/tmp/plot-XXXXXX";
    for (int i = 0; i < 100000; i++) many[i] = (struct chart_point){i, i % 7};
    large.series = &one;
    int fd = mkstemp(name), saved = dup(STDOUT_FILENO);
    fflush(stdout);
    UNIT_TRUE(freopen("/dev/null", "w", stdout) != NULL);
    errno = 0;
    int result = plot_show(&large, name), error = errno;
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(fd);
    unlink(name);
    UNIT_INT(result, -1);
    UNIT_INT(error, ENOMEM);
}

/* Neither does its text form fit, since its title is two megabytes. */
static int draw_a_title_of_two_megabytes(void) {
    static char title[2 * 1024 * 1024];
    struct chart large = squares;
    memset(title, 't', sizeof title - 1);
    large.title = title;
    UNIT_EXPECT(freopen("/dev/null", "w", stdout));
    errno = 0;
    UNIT_EXPECT(plot_show(&large, NULL) == -1);
    UNIT_EXPECT(errno == ENOMEM);
    return 0;
}

static void a_title_that_is_too_large_is_an_error(void) {
    UNIT_CHILD(draw_a_title_of_two_megabytes);
}

/* Only max bytes of the file can be written. */
static int write_at_most(rlim_t max) {
    const struct rlimit limit = {max, max};
    char name[] = "/tmp/plot-XXXXXX";
    int fd = mkstemp(name);
    signal(SIGXFSZ, SIG_IGN);
    UNIT_EXPECT(fd != -1 && setrlimit(RLIMIT_FSIZE, &limit) == 0);
    UNIT_EXPECT(freopen("/dev/null", "w", stdout));
    errno = 0;
    int result = plot_show(&squares, name), error = errno;
    unlink(name);
    UNIT_EXPECT(result == -1);
    UNIT_EXPECT(error == EFBIG);
    return 0;
}

static int reach_the_limit_of_a_file(void) {
    return write_at_most(100);
}

/* stdio may keep the end of a file until fclose. */
static int lose_the_last_byte_of_a_file(void) {
    struct buf svg = {.max = 100000};
    UNIT_EXPECT(chart_write_svg(&squares, &svg));
    rlim_t size = svg.end;
    buf_free(&svg);
    return write_at_most(size - 1);
}

static void a_file_that_cannot_grow_is_an_error(void) {
    UNIT_CHILD(reach_the_limit_of_a_file);
    UNIT_CHILD(lose_the_last_byte_of_a_file);
}

static int print_to_what_is_only_read(void) {
    char name[] = "/tmp/plot-XXXXXX";
    close(mkstemp(name));
    unlink(name);
    UNIT_EXPECT(dup2(open("/dev/null", O_RDONLY), 1) == 1);
    setvbuf(stdout, NULL, _IONBF, 0); /* so that it fails at once */
    errno = 0;
    UNIT_EXPECT(plot_show(&squares, name) == -1);
    UNIT_EXPECT(errno == EBADF);
    UNIT_EXPECT(access(name, F_OK) == -1); /* the other form is not tried */
    return 0;
}

static void a_chart_that_cannot_be_printed_is_an_error(void) {
    UNIT_CHILD(print_to_what_is_only_read);
}

UNIT_MAIN("tcp/plot", UNIT_TEST(prints_the_text_form),
          UNIT_TEST(writes_the_svg_form_to_a_file),
          UNIT_TEST(a_file_that_cannot_be_written_is_an_error),
          UNIT_TEST(a_chart_that_is_too_large_is_an_error),
          UNIT_TEST(a_title_that_is_too_large_is_an_error),
          UNIT_TEST(a_file_that_cannot_grow_is_an_error),
          UNIT_TEST(a_chart_that_cannot_be_printed_is_an_error))
