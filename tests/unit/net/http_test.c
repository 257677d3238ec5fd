/* The client against a server that sends canned bytes: what it takes, what it refuses, and what it
 * says. */
#include "core/net/http.h"

#include "core/base/time.h"
#include "tests/unit/script.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Test:  one \r\n\r\n"

struct result {
    bool is_done;
    enum err_code code;
    struct err err;
    bool was_sent;
    int status;
    char body[64];
    char header[64];
};

static void on_done(void *owner, const struct http_reply *reply)
{
    struct result *r = owner;

    CHECK_TRUE(!r->is_done);
    r->is_done = true;
    r->code = reply->code;
    r->err = reply->err;
    r->was_sent = reply->was_sent;
    r->status = reply->status;
    snprintf(r->body, sizeof r->body, SV_FMT, SV_ARG(sv_take(reply->body, 63)));
    snprintf(r->header, sizeof r->header, SV_FMT,
             SV_ARG(sv_take(http_reply_header(reply, SV("x-test")), 63)));
}

static int64_t most_silent_ms;

static void wait_for(struct net *net, const bool *is_done)
{
    int64_t end_ms = time_mono_ms() + 20000;
    struct err err = {0};

    most_silent_ms = 0;
    while (!*is_done && time_mono_ms() < end_ms) {
        REQUIRE_OK(net_wait(net, NULL, 0, 20, &err), &err);
        if (http_silent_ms(net) > most_silent_ms)
            most_silent_ms = http_silent_ms(net);
    }
    REQUIRE(*is_done);
    CHECK_INT(http_silent_ms(net), 0);
}

static struct result ask(struct net *net, const char *url, struct http_request request)
{
    struct result r = {0};
    struct err err = {0};
    uint64_t id;

    if (request.method.len == 0)
        request.method = SV("GET");
    request.url = sv_of(url);
    REQUIRE_OK(http_start(net, &request, on_done, &r, &id, &err), &err);
    wait_for(net, &r.is_done);
    return r;
}

/* One step, one request. */
static struct result ask_once(struct step step, struct http_request request)
{
    struct script s;
    struct net *net;
    struct err err = {0};
    struct result r;

    script_start(&s, &step, 1);
    REQUIRE_OK(net_open(&net, &err), &err);
    r = ask(net, s.url, request);
    net_close(net);
    script_stop(&s, NULL, 0);
    return r;
}

static void test_answers_come_whole_and_connections_are_kept(void **state)
{
    const struct step steps[] = {{STEP_KEEP, OK_HEAD "hello"}, {STEP_KEEP, OK_HEAD "again"}};
    const struct http_header headers[] = {{SV("X-Mine"), SV("a b")}, {SV("X-Empty"), SV("")}};
    struct http_request post = {
        .method = SV("POST"), .headers = headers, .header_count = 2, .body = SV("{\"a\":1}")};
    struct script s;
    struct net *net;
    struct err err = {0};
    struct result r;
    char got[8192];

    (void)state;
    script_start(&s, steps, 2);
    REQUIRE_OK(net_open(&net, &err), &err);
    r = ask(net, s.url, post);
    CHECK_INT(r.code, ERR_OK);
    CHECK_INT(r.status, 200);
    CHECK_STR(r.body, "hello");
    CHECK_STR(r.header, "one");
    CHECK_TRUE(r.was_sent);
    r = ask(net, s.url, (struct http_request){0});
    CHECK_STR(r.body, "again");
    CHECK_INT(net_stats(net).connections, 1);
    CHECK_INT(net_stats(net).replies, 2);
    CHECK_INT(net_stats(net).running, 0);
    net_close(net);
    script_stop(&s, got, sizeof got);
    CHECK_TRUE(strstr(got, "X-Mine: a b\r\n") != NULL);
    CHECK_TRUE(strstr(got, "X-Empty:\r\n") != NULL);
    CHECK_TRUE(strstr(got, "{\"a\":1}") != NULL);
    CHECK_TRUE(strstr(got, "Expect") == NULL && strstr(got, "Accept") == NULL &&
               strstr(got, "Content-Type") == NULL);
}

static void test_a_status_is_not_a_failure(void **state)
{
    struct result r =
        ask_once((struct step){STEP_CLOSE, "HTTP/1.1 503 No\r\nContent-Length: 6\r\n\r\n<html>"},
                 (struct http_request){0});

    (void)state;
    CHECK_INT(r.code, ERR_OK);
    CHECK_INT(r.status, 503);
    CHECK_STR(r.body, "<html>");
}

static void test_a_redirect_is_not_followed(void **state)
{
    struct result r =
        ask_once((struct step){STEP_CLOSE, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                                           "Content-Length: 0\r\n\r\n"},
                 (struct http_request){0});

    (void)state;
    CHECK_INT(r.code, ERR_OK);
    CHECK_INT(r.status, 302);
}

static void test_a_slow_answer_is_waited_for(void **state)
{
    struct result r = ask_once((struct step){STEP_SLOW, OK_HEAD "hello"}, (struct http_request){0});

    (void)state;
    CHECK_INT(r.code, ERR_OK);
    CHECK_STR(r.body, "hello");
}

static void test_a_cut_body_is_told(void **state)
{
    struct result r = ask_once((struct step){STEP_CLOSE, OK_HEAD "hel"}, (struct http_request){0});

    (void)state;
    CHECK_INT(r.code, ERR_NET);
    CHECK_TRUE(strstr(r.err.text, "in the middle of its answer") != NULL);
    CHECK_TRUE(strstr(r.err.text, "127.0.0.1") != NULL);
    CHECK_TRUE(r.was_sent);
}

static void test_silence_and_nonsense_are_told_apart(void **state)
{
    struct result r;

    (void)state;
    r = ask_once((struct step){STEP_CLOSE, ""}, (struct http_request){0});
    CHECK_INT(r.code, ERR_NET);
    CHECK_TRUE(strstr(r.err.text, "without an answer") != NULL);
    r = ask_once((struct step){STEP_CLOSE, "SSH-2.0-OpenSSH_9\r\n\r\n"}, (struct http_request){0});
    CHECK_INT(r.code, ERR_NET);
    CHECK_TRUE(strstr(r.err.text, "does not speak HTTP") != NULL);
    r = ask_once((struct step){STEP_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhello"},
                 (struct http_request){0});
    CHECK_INT(r.code, ERR_NET);
}

static void test_a_reply_over_the_cap_is_refused(void **state)
{
    struct result r = ask_once((struct step){STEP_CLOSE, "HTTP/1.1 200 OK\r\n\r\n0123456789"},
                               (struct http_request){.reply_cap = 9});

    (void)state;
    CHECK_INT(r.code, ERR_LIMIT);
    CHECK_TRUE(strstr(r.err.text, "over 9 bytes") != NULL);
}

static void test_too_many_headers_are_refused(void **state)
{
    CLEANUP(sb_release) struct sb text;
    struct err err = {0};
    struct result r;

    (void)state;
    sb_init(&text, 65536);
    REQUIRE_OK(sb_add(&text, SV("HTTP/1.1 200 OK\r\n"), &err), &err);
    for (int i = 0; i < 150; i++)
        REQUIRE_OK(sb_addf(&text, &err, "X-%d: y\r\n", i), &err);
    REQUIRE_OK(sb_add(&text, SV("\r\nbody"), &err), &err);
    r = ask_once((struct step){STEP_CLOSE, sb_cstr(&text)}, (struct http_request){0});
    CHECK_INT(r.code, ERR_LIMIT);
}

static void test_a_server_that_hangs_is_given_up(void **state)
{
    int64_t from_ms = time_mono_ms();
    struct result r =
        ask_once((struct step){STEP_HANG, ""}, (struct http_request){.idle_timeout_ms = 200});

    (void)state;
    CHECK_INT(r.code, ERR_TIMEOUT);
    CHECK_TRUE(r.was_sent);
    CHECK_TRUE(strstr(r.err.text, "sent nothing for 0.2 s") != NULL);
    CHECK_TRUE(most_silent_ms >= 100);
    r = ask_once((struct step){STEP_HANG, ""}, (struct http_request){.total_timeout_ms = 200});
    CHECK_INT(r.code, ERR_TIMEOUT);
    CHECK_TRUE(strstr(r.err.text, "within 0.2 s") != NULL);
    CHECK_TRUE(time_mono_ms() - from_ms < 5000);
}

static void test_a_closed_port_and_an_unknown_name(void **state)
{
    struct script s;
    struct net *net;
    struct err err = {0};
    struct result r;

    (void)state;
    script_start(&s, NULL, 0);
    script_stop(&s, NULL, 0);
    REQUIRE_OK(net_open(&net, &err), &err);
    r = ask(net, s.url, (struct http_request){0});
    CHECK_INT(r.code, ERR_NET);
    CHECK_TRUE(!r.was_sent);
    CHECK_TRUE(strstr(r.err.text, "refused the connection") != NULL);
    r = ask(net, "https://nowhere.invalid", (struct http_request){0});
    CHECK_TRUE(r.code == ERR_NET || r.code == ERR_TIMEOUT);
    CHECK_TRUE(strstr(r.err.text, "nowhere.invalid") != NULL);
    CHECK_TRUE(strstr(r.err.text, "resolved") != NULL);
    CHECK_TRUE(!r.was_sent);
    net_close(net);
}

static void test_plain_http_stays_on_this_host(void **state)
{
    static const char *const refused[] = {
        "http://example.com/",     "http://127.0.0.1.example.com/", "ftp://127.0.0.1/",
        "http://a@127.0.0.1/",     "http://127.0.0.1\\@x.com/",     "http:///",
        "http://169.254.169.253/", "http://127.0.0.1:99999/",       "http://localhost.evil/",
    };
    struct net *net;
    struct err err = {0};
    struct result r = {0};
    uint64_t id = 0;

    (void)state;
    REQUIRE_OK(net_open(&net, &err), &err);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct http_request request = {.method = SV("GET"), .url = sv_of(refused[i])};

        CHECK_INT(http_start(net, &request, on_done, &r, &id, &err), ERR_CONFIG);
    }
    CHECK_INT(id, 0);
    net_close(net);
}

static void test_a_line_break_cannot_enter_a_header(void **state)
{
    const struct http_header header = {SV("X-A"), SV("b\r\nX-Evil: c")};
    struct http_request request = {.method = SV("GET"),
                                   .url = SV("http://127.0.0.1:1/"),
                                   .headers = &header,
                                   .header_count = 1};
    struct net *net;
    struct err err = {0};
    struct result r = {0};
    uint64_t id;

    (void)state;
    REQUIRE_OK(net_open(&net, &err), &err);
    CHECK_INT(http_start(net, &request, on_done, &r, &id, &err), ERR_FAILED);
    net_close(net);
}

struct chain {
    struct net *net;
    char url[64];
    struct result first;
    struct result second;
    uint64_t ids[2];
};

static void start_second(void *owner, const struct http_reply *reply)
{
    struct chain *c = owner;
    struct http_request request = {.method = SV("GET"), .url = sv_of(c->url)};
    struct err err = {0};

    c->first.status = reply->status;
    c->first.is_done = true;
    http_cancel(c->net, c->ids[0]); /* its own: finished, so nothing happens */
    REQUIRE_OK(http_start(c->net, &request, on_done, &c->second, &c->ids[1], &err), &err);
}

static void test_callbacks_may_start_and_cancel(void **state)
{
    const struct step steps[] = {{STEP_KEEP, OK_HEAD "hello"}, {STEP_KEEP, OK_HEAD "again"}};
    struct chain c = {0};
    struct http_request request = {.method = SV("GET")};
    struct script s;
    struct err err = {0};

    (void)state;
    script_start(&s, steps, 2);
    REQUIRE_OK(net_open(&c.net, &err), &err);
    memcpy(c.url, s.url, sizeof c.url);
    request.url = sv_of(c.url);
    REQUIRE_OK(http_start(c.net, &request, start_second, &c, &c.ids[0], &err), &err);
    wait_for(c.net, &c.second.is_done);
    CHECK_STR(c.second.body, "again");
    CHECK_TRUE(c.ids[1] > c.ids[0]);
    net_close(c.net);
    script_stop(&s, NULL, 0);
}

static void test_with_patience_replies_wait_and_keys_do_not(void **state)
{
    const struct step steps[] = {{STEP_KEEP, OK_HEAD "hello"}, {STEP_KEEP, OK_HEAD "again"}};
    struct http_request request = {.method = SV("GET")};
    struct chain c = {0};
    struct net_fd key = {0};
    struct script s;
    struct err err = {0};
    int64_t replied_ms;
    int keys[2];

    (void)state;
    script_start(&s, steps, 2);
    REQUIRE(pipe(keys) == 0 && write(keys[1], "k", 1) == 1);
    REQUIRE_OK(net_open(&c.net, &err), &err);
    net_set_patience(c.net, 500);
    memcpy(c.url, s.url, sizeof c.url);
    request.url = sv_of(c.url);
    REQUIRE_OK(http_start(c.net, &request, start_second, &c, &c.ids[0], &err), &err);
    wait_for(c.net, &c.first.is_done);
    replied_ms = time_mono_ms();
    key.fd = keys[0];
    REQUIRE_OK(net_wait(c.net, &key, 1, -1, &err), &err);
    CHECK_TRUE(key.is_ready && !c.second.is_done);
    wait_for(c.net, &c.second.is_done);
    CHECK_TRUE(time_mono_ms() - replied_ms >= 400);
    net_close(c.net);
    script_stop(&s, NULL, 0);
    close(keys[0]);
    close(keys[1]);
}

static void test_a_cancelled_request_calls_nobody(void **state)
{
    const struct step steps[] = {{STEP_HANG, ""}, {STEP_KEEP, OK_HEAD "hello"}};
    struct http_request request = {.method = SV("GET")};
    struct script s;
    struct net *net;
    struct err err = {0};
    struct result never = {0};
    struct result r = {0};
    uint64_t ids[3];

    (void)state;
    script_start(&s, steps, 2);
    REQUIRE_OK(net_open(&net, &err), &err);
    http_set_connections(net, 1);
    request.url = sv_of(s.url);
    for (int i = 0; i < 2; i++)
        REQUIRE_OK(http_start(net, &request, on_done, &never, &ids[i], &err), &err);
    REQUIRE_OK(http_start(net, &request, on_done, &r, &ids[2], &err), &err);
    for (int64_t end_ms = time_mono_ms() + 100; time_mono_ms() < end_ms;)
        REQUIRE_OK(net_wait(net, NULL, 0, 10, &err), &err);
    http_cancel(net, ids[1]); /* queued */
    http_cancel(net, ids[0]); /* running */
    wait_for(net, &r.is_done);
    CHECK_STR(r.body, "hello");
    CHECK_TRUE(!never.is_done);
    net_close(net);
    script_stop(&s, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answers_come_whole_and_connections_are_kept),
        TEST(test_a_status_is_not_a_failure),
        TEST(test_a_redirect_is_not_followed),
        TEST(test_a_slow_answer_is_waited_for),
        TEST(test_a_cut_body_is_told),
        TEST(test_silence_and_nonsense_are_told_apart),
        TEST(test_a_reply_over_the_cap_is_refused),
        TEST(test_too_many_headers_are_refused),
        TEST(test_a_server_that_hangs_is_given_up),
        TEST(test_a_closed_port_and_an_unknown_name),
        TEST(test_plain_http_stays_on_this_host),
        TEST(test_a_line_break_cannot_enter_a_header),
        TEST(test_callbacks_may_start_and_cancel),
        TEST(test_with_patience_replies_wait_and_keys_do_not),
        TEST(test_a_cancelled_request_calls_nobody),
    };

    unsetenv("http_proxy");
    unsetenv("HTTP_PROXY");
    unsetenv("https_proxy");
    unsetenv("HTTPS_PROXY");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    return RUN(tests);
}
