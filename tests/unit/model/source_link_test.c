/* Links of a connection's commits, and the pull requests that their messages name. */
#include "core/model/source_link.h"

#include "tests/unit/check.h"

#define REDIRECT(tail)                                                                             \
    "https://eu-west-1.console.aws.amazon.com/codesuite/settings/connections/redirect?"            \
    "connectionArn=arn:aws:codestar-connections:eu-west-1:111111111111:connection/1"               \
    "&referenceType=COMMIT" tail

static void check_commit(const char *url, const char *provider, const char *want)
{
    struct sb out;
    struct err err;

    sb_init(&out, 4096);
    REQUIRE_OK(source_link_commit(sv_of(url), sv_of(provider), &out, &err), &err);
    CHECK_STR(sb_cstr(&out), want);
    sb_release(&out);
}

static void test_a_connections_commit_has_a_page(void **state UNUSED)
{
    static const char url[] = REDIRECT("&FullRepositoryId=acme/data/app&Commit=a1b2c3");

    check_commit(url, "GitHub", "https://github.com/acme/data/app/commit/a1b2c3");
    check_commit(url, "GitLab", "https://gitlab.com/acme/data/app/-/commit/a1b2c3");
    check_commit(url, "Bitbucket", "https://bitbucket.org/acme/data/app/commits/a1b2c3");
}

static void test_what_is_not_known_makes_no_link(void **state UNUSED)
{
    check_commit(REDIRECT("&FullRepositoryId=acme/app&Commit=a1"), "GitHubEnterpriseServer", "");
    check_commit(REDIRECT("&FullRepositoryId=acme/app&Commit=a1"), "", "");
    check_commit(REDIRECT("&FullRepositoryId=acme/app"), "GitHub", "");
    check_commit(REDIRECT("&FullRepositoryId=acme/app&Commit=a1%0a"), "GitHub", "");
    check_commit(REDIRECT("&FullRepositoryId=/acme&Commit=a1"), "GitHub", "");
    check_commit(REDIRECT("&FullRepositoryId=acme/a\x1b[31m&Commit=a1"), "GitHub", "");
    check_commit("https://github.com/acme/app/commit/a1&FullRepositoryId=x/y&Commit=a1", "GitHub",
                 "");
}

static void check_request(const char *message, const char *want)
{
    CHECK_SV(source_link_request(sv_of(message)), sv_of(want));
}

static void test_the_pull_request_stands_in_the_message(void **state UNUSED)
{
    check_request("Merge pull request #42 from acme/returns\n\ncount returns", "42");
    check_request("count returns (#43)\n\n* one\n* two (#1)", "43");
    check_request("Merged in returns (pull request #44)\n\nmore", "44");
    check_request("Merge branch 'x' into 'main'\n\nmore\n\nSee merge request acme/app!45", "45");
    check_request("count returns", "");
    check_request("fix #7 in passing", "");
    check_request("closes (#7) and more", "");
    check_request("count (#1234567890)", "");
    check_request("count (#)", "");
    check_request("(", "");
    check_request("", "");
}

static void check_page(const char *commit, const char *request, const char *want)
{
    struct sb out;
    struct err err;

    sb_init(&out, 4096);
    REQUIRE_OK(source_link_request_page(sv_of(commit), sv_of(request), &out, &err), &err);
    CHECK_STR(sb_cstr(&out), want);
    sb_release(&out);
}

static void test_a_pull_request_has_a_page_beside_its_commits(void **state UNUSED)
{
    check_page("https://github.com/acme/app/commit/a1", "7", "https://github.com/acme/app/pull/7");
    check_page("https://gitlab.com/acme/x/app/-/commit/a1", "7",
               "https://gitlab.com/acme/x/app/-/merge_requests/7");
    check_page("https://bitbucket.org/acme/app/commits/a1", "7",
               "https://bitbucket.org/acme/app/pull-requests/7");
    check_page("https://github.com/acme/app/commit/a1", "", "");
    check_page("https://git.acme.example/acme/app/commit/a1", "7", "");
    check_page("http://github.com/acme/app/commit/a1", "7", "");
    check_page("https://github.com/acme/app/commit/a1?x", "7", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_connections_commit_has_a_page),
        TEST(test_what_is_not_known_makes_no_link),
        TEST(test_the_pull_request_stands_in_the_message),
        TEST(test_a_pull_request_has_a_page_beside_its_commits),
    };

    return RUN(tests);
}
