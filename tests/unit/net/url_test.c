#include "core/net/url.h"

#include "tests/unit/check.h"

static const char *proxy_of(const char *text)
{
    struct url url;
    struct err err = {0};

    REQUIRE_OK(url_parse(sv_of(text), &url, &err), &err);
    return proxy_for_url(&url);
}

static void forget(void)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "http_proxy",
                                        "HTTP_PROXY",  "all_proxy",   "ALL_PROXY",
                                        "no_proxy",    "NO_PROXY",    "REQUEST_METHOD"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unsetenv(names[i]);
}

static void test_urls_are_taken_apart(void **state)
{
    struct url url;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(url_parse(SV("https://sts.eu-west-1.amazonaws.com"), &url, &err), &err);
    CHECK_TRUE(url.is_tls);
    CHECK_SV(url.host, SV("sts.eu-west-1.amazonaws.com"));
    CHECK_SV(url.path, SV(""));
    REQUIRE_OK(url_parse(SV("HTTP://[::1]:8080/a?b=c"), &url, &err), &err);
    CHECK_TRUE(!url.is_tls);
    CHECK_SV(url.host, SV("::1"));
    CHECK_SV(url.authority, SV("[::1]:8080"));
    CHECK_SV(url.path, SV("/a?b=c"));
    CHECK_TRUE(url_is_loopback(&url));
}

static void test_only_safe_hosts_may_be_plain(void **state)
{
    static const struct {
        const char *url;
        bool may;
    } rows[] = {
        {"http://localhost/", true},       {"http://127.0.0.1:80", true},
        {"http://127.9.9.9/", true},       {"http://169.254.170.2/v2", true},
        {"http://[fd00:ec2::254]/", true}, {"http://128.0.0.1/", false},
        {"http://127.0.0.1.x/", false},    {"http://127.1/", false},
        {"http://10.0.0.1/", false},       {"http://[::2]/", false},
    };
    struct url url;
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        REQUIRE_OK(url_parse(sv_of(rows[i].url), &url, &err), &err);
        CHECK_INT(url_may_be_plain(&url), rows[i].may);
    }
}

static void test_proxies_follow_the_environment(void **state)
{
    (void)state;
    forget();
    CHECK_STR(proxy_of("https://a.com"), "");
    setenv("HTTPS_PROXY", "http://upper:1", 1);
    CHECK_STR(proxy_of("https://a.com"), "http://upper:1");
    CHECK_STR(proxy_of("http://127.0.0.1"), "");
    setenv("https_proxy", "http://lower:1", 1);
    CHECK_STR(proxy_of("https://a.com"), "http://lower:1");
    setenv("https_proxy", "", 1);
    CHECK_STR(proxy_of("https://a.com"), "");
    setenv("ALL_PROXY", "http://all:1", 1);
    CHECK_STR(proxy_of("https://a.com"), "http://all:1");
    setenv("HTTP_PROXY", "http://plain:1", 1);
    CHECK_STR(proxy_of("http://127.0.0.1"), "http://plain:1");
    setenv("REQUEST_METHOD", "GET", 1);
    CHECK_STR(proxy_of("http://127.0.0.1"), "http://all:1");
    forget();
}

static void test_no_proxy_is_a_list_of_suffixes(void **state)
{
    (void)state;
    forget();
    setenv("HTTPS_PROXY", "p", 1);
    setenv("NO_PROXY", " .amazonaws.com, b.org:8443,127.0.0.1", 1);
    CHECK_STR(proxy_of("https://sts.amazonaws.com"), "");
    CHECK_STR(proxy_of("https://amazonaws.com"), "");
    CHECK_STR(proxy_of("https://notamazonaws.com"), "p");
    CHECK_STR(proxy_of("https://amazonaws.com.evil"), "p");
    CHECK_STR(proxy_of("https://b.org:8443"), "");
    CHECK_STR(proxy_of("https://b.org"), "p");
    CHECK_STR(proxy_of("https://127.0.0.1:99"), "");
    setenv("no_proxy", "*", 1);
    CHECK_STR(proxy_of("https://b.org"), "");
    forget();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_urls_are_taken_apart),
        TEST(test_only_safe_hosts_may_be_plain),
        TEST(test_proxies_follow_the_environment),
        TEST(test_no_proxy_is_a_list_of_suffixes),
    };

    return RUN(tests);
}
