/* The guard: freezes in their zones, people, protected environments, and what cannot be read. */
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/time.h"
#include "core/operate/guard.h"
#include "core/operate/guard_freeze.h"
#include "core/operate/guard_name.h"
#include "core/operate/guard_people.h"
#include "tests/unit/check.h"

static char dir[64];
static char variable[100];
static const char *vars[] = {variable, NULL};
static const struct aws_env env = {vars};

static int make_dir(void **state UNUSED)
{
    char path[100];

    snprintf(dir, sizeof dir, "/tmp/penstock-guard-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(variable, sizeof variable, "XDG_CONFIG_HOME=%s", dir);
    snprintf(path, sizeof path, "%s/penstock", dir);
    return mkdir(path, 0700);
}

static int remove_dir(void **state UNUSED)
{
    char path[100];

    snprintf(path, sizeof path, "%s/penstock/config", dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/penstock", dir);
    rmdir(path);
    return rmdir(dir);
}

static void write_config(const char *text)
{
    char path[100];
    FILE *file;

    snprintf(path, sizeof path, "%s/penstock/config", dir);
    file = fopen(path, "w");
    REQUIRE(file != NULL);
    REQUIRE(fputs(text, file) >= 0);
    REQUIRE(fclose(file) == 0);
}

static int64_t at(const char *text)
{
    int64_t ms = 0;

    REQUIRE(time_parse_rfc3339(sv_of(text), &ms));
    return ms;
}

/* ---- when ---- */

static void expect(const char *value, const char *now, const char *until)
{
    struct freeze f;
    struct err err = {0};
    char text[ZONE_TEXT_SIZE];
    int64_t ms = 0;

    REQUIRE_OK(freeze_parse(sv_of(value), &f, &err), &err);
    REQUIRE_OK(freeze_until(&f, at(now), &ms, text, &err), &err);
    if (strcmp(text, until) != 0)
        print_error("%s at %s\n", value, now);
    CHECK_STR(text, until);
    CHECK_INT(ms != 0, until[0] != '\0');
}

static void test_days_and_spans(void **state UNUSED)
{
    static const char span[] = "2026-12-20 to 2027-01-04: the books are being closed";
    static const char hours[] = "2026-12-20T18:00 to 2026-12-21T07:30: a move";

    expect(span, "2026-12-19T23:59:59Z", "");
    expect(span, "2026-12-20T00:00:00Z", "2027-01-05 00:00 UTC");
    expect(span, "2027-01-04T23:59:59Z", "2027-01-05 00:00 UTC");
    expect(span, "2027-01-05T00:00:00Z", "");
    expect("2028-02-29: leap day", "2028-02-29T12:00:00Z", "2028-03-01 00:00 UTC");
    expect(hours, "2026-12-20T17:59:59Z", "");
    expect(hours, "2026-12-20T18:00:00Z", "2026-12-21 07:30 UTC");
    expect(hours, "2026-12-21T07:30:00Z", "");
    expect("2026-12-20 18:00 to 2026-12-21 07:30: a move", "2026-12-20T18:00:00Z",
           "2026-12-21 07:30 UTC");
    expect("2026-12-20 to 2026-12-20 Europe/Berlin: x", "2026-12-19T23:00:00Z",
           "2026-12-21 00:00 Europe/Berlin");
    expect("2026-12-20T18:00:00+02:00 to 2026-12-20T20:00:00Z: x", "2026-12-20T16:00:00Z",
           "2026-12-20 20:00 UTC");
    expect("2026-12-20T18:00:00+02:00 to 2026-12-20T20:00:00Z: x", "2026-12-20T15:59:59Z", "");
}

static void test_daily_windows_belong_to_the_day_they_begin_on(void **state UNUSED)
{
    static const char nights[] = "18:00 to 07:00 mon-fri: nobody is there";

    expect(nights, "2026-11-20T17:59:00Z", ""); /* a Friday */
    expect(nights, "2026-11-20T18:00:00Z", "2026-11-21 07:00 UTC");
    expect(nights, "2026-11-21T06:59:59Z", "2026-11-21 07:00 UTC");
    expect(nights, "2026-11-21T07:00:00Z", "");
    expect(nights, "2026-11-21T18:00:00Z", "");
    expect(nights, "2026-11-23T06:00:00Z", ""); /* Sunday's is none */
    expect(nights, "2026-11-23T18:00:00Z", "2026-11-24 07:00 UTC");
    expect("09:00 to 17:00: work", "2026-11-21T16:59:59Z", "2026-11-21 17:00 UTC");
    expect("09:00 to 17:00: work", "2026-11-21T17:00:00Z", "");
    expect("00:00 to 24:00 sun: rest", "2026-11-22T23:59:59Z", "2026-11-23 00:00 UTC");
    expect("22:00 to 00:00: late", "2026-11-22T23:00:00Z", "2026-11-23 00:00 UTC");
}

static void test_weekdays(void **state UNUSED)
{
    expect("sat,sun: weekend", "2026-11-21T00:00:00Z", "2026-11-23 00:00 UTC");
    expect("sat,sun: weekend", "2026-11-20T23:59:59Z", "");
    expect("fri-mon: long weekend", "2026-11-23T12:00:00Z", "2026-11-24 00:00 UTC");
    expect("Friday: no releases", "2026-11-20T12:00:00Z", "2026-11-21 00:00 UTC");
    expect("mon-sun: never", "2026-11-20T12:00:00Z", "2026-11-27 00:00 UTC");
    expect("sat,sun America/New_York: weekend", "2026-11-21T04:59:59Z", "");
    expect("sat,sun America/New_York: weekend", "2026-11-21T05:00:00Z",
           "2026-11-23 00:00 America/New_York");
}

/* Berlin: clocks go back on 2026-10-25 at 03:00 to 02:00, and forward on 2026-03-29 at 02:00. */
static void test_clocks_that_are_moved(void **state UNUSED)
{
    static const char night[] = "18:00 to 07:00 Europe/Berlin: night";
    static const char twice[] = "02:15 to 02:45 Europe/Berlin: twice";
    static const char leapt[] = "02:30 to 04:00 Europe/Berlin: leapt over";

    expect(night, "2026-10-24T15:59:59Z", "");
    expect(night, "2026-10-24T16:00:00Z", "2026-10-25 07:00 Europe/Berlin");
    expect(night, "2026-10-25T05:59:59Z", "2026-10-25 07:00 Europe/Berlin");
    expect(night, "2026-10-25T06:00:00Z", "");
    expect(night, "2026-10-25T16:59:59Z", "");
    expect(night, "2026-10-25T17:00:00Z", "2026-10-26 07:00 Europe/Berlin");
    expect(twice, "2026-10-25T00:14:59Z", "");
    expect(twice, "2026-10-25T00:15:00Z", "2026-10-25 02:45 Europe/Berlin");
    expect(twice, "2026-10-25T01:44:59Z", "2026-10-25 02:45 Europe/Berlin");
    expect(twice, "2026-10-25T01:45:00Z", "");
    expect(leapt, "2026-03-29T00:59:59Z", "");
    expect(leapt, "2026-03-29T01:59:00Z", "2026-03-29 04:00 Europe/Berlin");
    expect(leapt, "2026-03-29T02:00:00Z", "");
    /* ...and it does not matter what was asked before. */
    expect(twice, "2026-10-25T00:15:00Z", "2026-10-25 02:45 Europe/Berlin");
    /* A day of 23 hours, and one of 25. */
    expect("2026-03-29 Europe/Berlin: x", "2026-03-29T21:59:59Z", "2026-03-30 00:00 Europe/Berlin");
    expect("2026-03-29 Europe/Berlin: x", "2026-03-29T22:00:00Z", "");
    expect("2026-10-25 Europe/Berlin: x", "2026-10-25T22:59:59Z", "2026-10-26 00:00 Europe/Berlin");
}

static void test_cron_windows(void **state UNUSED)
{
    static const char weekend[] = "cron 0 16 * * fri for 64h: weekend";

    expect(weekend, "2026-11-20T15:59:59Z", "");
    expect(weekend, "2026-11-20T16:00:00Z", "2026-11-23 08:00 UTC");
    expect(weekend, "2026-11-23T07:59:59Z", "2026-11-23 08:00 UTC");
    expect(weekend, "2026-11-23T08:00:00Z", "");
    expect("cron 0 0 1 * * for 2d: month's end", "2026-12-02T23:59:59Z", "2026-12-03 00:00 UTC");
    expect("cron 0 0 31 * * for 1d: only long months", "2026-11-30T12:00:00Z", "");
    expect("cron */15 9-17 * * mon-fri for 5m: pulses", "2026-11-20T10:33:00Z",
           "2026-11-20 10:35 UTC");
    expect("cron */15 9-17 * * mon-fri for 5m: pulses", "2026-11-20T10:35:00Z", "");
    expect("cron 0 12 13 * fri for 1h: either day", "2026-11-13T12:30:00Z", "2026-11-13 13:00 UTC");
    expect("cron 0 12 13 * fri for 1h: either day", "2026-11-20T12:30:00Z", "2026-11-20 13:00 UTC");
    expect("cron 0 12 13 * fri for 1h: either day", "2026-12-13T12:30:00Z", "2026-12-13 13:00 UTC");
    expect("cron 0 12 13 * fri for 1h: either day", "2026-11-19T12:30:00Z", "");
    expect("cron 0 0 * dec 7 for 90m: Sundays in December", "2026-12-06T01:29:59Z",
           "2026-12-06 01:30 UTC");
    expect("cron 0 0 1 1 * for 31d: January", "2026-01-31T23:59:59Z", "2026-02-01 00:00 UTC");
    expect("cron 0 22 * * fri for 10h Europe/Berlin: night", "2026-10-24T22:00:00Z", "");
    expect("cron 0 22 * * sat for 10h Europe/Berlin: night", "2026-10-24T20:00:00Z",
           "2026-10-25 07:00 Europe/Berlin");
}

static void test_what_is_malformed_says_why(void **state UNUSED)
{
    static const struct {
        const char *value;
        const char *why;
    } cases[] = {
        {"", "is no date"},
        {"2026-12-20", "has no reason"},
        {"2026-12-20:", "has no reason"},
        {"2026-12-20 to 2027-01-04", "has no reason"},
        {"2026-13-01: x", "is no moment"},
        {"2026-02-29: x", "is no moment"},
        {"2026-12-20 to : x", "is no moment"},
        {"2027-01-04 to 2026-12-20: x", "ends before it begins"},
        {"2026-12-20T18:00: x", "needs an end"},
        {"2026-12-20T25:00 to 2026-12-21: x", "is no moment"},
        {"18:00: x", "needs an hour to end at"},
        {"18:00 to 18:00: x", "ends when it begins"},
        {"18:60 to 19:00: x", "is no hour"},
        {"24:00 to 07:00: x", "is no hour"},
        {"18:00 to 07:00 mon-fry: x", "is no time zone"},
        {"18:00 to 07:00 mon-fri Mars/Base: x", "is no time zone"},
        {"18:00 to 07:00 mon-fri ../../etc/passwd: x", "is no time zone"},
        {"18:00 to 07:00 mon-fri /etc/passwd: x", "is no time zone"},
        {"18:00 to 07:00 mon-fri UTC twice: x", "where its reason should come"},
        {"cron 0 16 * * fri: x", "is not like cron"},
        {"cron 0 16 * * fri for 64: x", "for how long"},
        {"cron 0 16 * * fri for 0h: x", "for how long"},
        {"cron 0 16 * * fri for 32d: x", "for how long"},
        {"cron 60 16 * * fri for 1h: x", "is no minute"},
        {"cron 0 16 0 * fri for 1h: x", "is no day of the month"},
        {"cron 0 16 * 13 fri for 1h: x", "is no month"},
        {"cron 0 16 * * 8 for 1h: x", "is no day of the week"},
        {"cron 0 16-9 * * fri for 1h: x", "is no hour"},
        {"cron */0 16 * * fri for 1h: x", "is no minute"},
        {"cron 0, 16 * * fri for 1h: x", "is no minute"},
        {"prod: someday: x", "is no date"},
        {"prod, : 2026-12-20: x", "is no date"},
        {"prod pre: 2026-12-20: x", "is no date"},
        {"soon", "is no date"},
        {"a b c d e f g h i j k l m n o p q: x", "too many words"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct freeze f;
        struct err err = {0};

        if (freeze_parse(sv_of(cases[i].value), &f, &err) != ERR_CONFIG ||
            strstr(err.text, cases[i].why) == NULL)
            print_error("%s: %s\n", cases[i].value, err.text);
        CHECK_INT(err.code, ERR_CONFIG);
        CHECK_TRUE(strstr(err.text, cases[i].why) != NULL);
    }
}

static void test_environments_of_a_freeze(void **state UNUSED)
{
    struct freeze f;
    struct err err = {0};

    REQUIRE_OK(freeze_parse(SV("Prod, pre: 18:00 to 07:00 mon-fri: why: because"), &f, &err), &err);
    CHECK_SV(f.reason, SV("why: because"));
    CHECK_TRUE(freeze_covers(&f, SV("prod"), false));
    CHECK_TRUE(freeze_covers(&f, SV("PRE"), false));
    CHECK_TRUE(!freeze_covers(&f, SV("dev"), false));
    CHECK_TRUE(!freeze_covers(&f, SV(""), false));
    REQUIRE_OK(freeze_parse(SV("2026-12-20: all"), &f, &err), &err);
    CHECK_TRUE(freeze_covers(&f, SV("dev"), false));
    CHECK_TRUE(freeze_covers(&f, SV(""), false));
}

static void test_production_has_four_names_and_a_stage_has_words(void **state UNUSED)
{
    static const struct {
        const char *list;
        const char *name;
        bool by_name; /* as an environment's */
        bool by_word; /* as a stage's */
    } cases[] = {
        {"prod", "prod", true, true},
        {"dev, prod", "PRODUCTION", true, true},
        {"production", "prd", true, true},
        {"prod", "Live", true, true},
        {"live", "Prod", true, true},
        {"prod", "Production", true, true},
        {"prod", "Deploy-Production", false, true},
        {"prod", "ProdDeploy", false, true},
        {"prod", "deploy_PRD.eu", false, true},
        {"prod", "AWSProd", false, true},
        {"prod", "deployToProd", false, true},
        {"prod", "PRODDeploy", false, true},
        {"prod", "go/live", false, true},
        {"eu-prod", "Deploy-EU-Prod", false, true},
        {"dev", "Deploy-Dev", false, true},
        {"prod", "products", false, false},
        {"prod", "Reproduce", false, false},
        {"prod", "Delivery", false, false},
        {"prod", "staging", false, false},
        {"prod", "NonProd", false, false},
        {"prod", "Deploy-Pre-Production", false, false},
        {"prod", "deploy-not-prod", false, false},
        {"pre", "Pre-Prod", false, true},
        {"stg", "staging", false, false}, /* no other aliases */
        {"", "Production", false, false},
        {"prod", "", false, false},
        {"prod", "-", false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sv list = sv_of(cases[i].list);
        struct sv name = sv_of(cases[i].name);

        if (names_mean(list, name, false) != cases[i].by_name ||
            names_mean(list, name, true) != cases[i].by_word)
            fail_msg("\"%s\" and %s", cases[i].list, cases[i].name);
    }
}

static void test_the_zone_of_the_process_is_put_back(void **state UNUSED)
{
    expect("2026-12-20 Europe/Berlin: x", "2026-12-20T12:00:00Z", "2026-12-21 00:00 Europe/Berlin");
    REQUIRE(setenv("TZ", "America/New_York", 1) == 0);
    expect("2026-12-20 Europe/Berlin: x", "2026-12-20T12:00:00Z", "2026-12-21 00:00 Europe/Berlin");
    CHECK_STR(getenv("TZ"), "America/New_York");
    CHECK_INT(timezone, 5 * 3600);
    REQUIRE(unsetenv("TZ") == 0);
    expect("2026-12-20 Europe/Berlin: x", "2026-12-20T12:00:00Z", "2026-12-21 00:00 Europe/Berlin");
    CHECK_TRUE(getenv("TZ") == NULL);
}

/* ---- people ---- */

static void test_who_wrote_the_commit(void **state UNUSED)
{
#define SESSION "arn:aws:sts::111111111111:assumed-role/Deploy/"
#define USER    "arn:aws:iam::111111111111:user/team/"
    static const struct {
        const char *author;
        const char *caller;
        enum sameness same;
    } cases[] = {
        {"Alice Smith <alice@example.com>", SESSION "alice@example.com", PERSON_IS_THE_SAME},
        {"Alice Smith <alice@example.com>", SESSION "ALICE@example.com", PERSON_IS_THE_SAME},
        {"Alice Smith <alice@example.com>", SESSION "alice", PERSON_IS_THE_SAME},
        {"Alice Smith <a@x.org>", SESSION "alice.smith", PERSON_IS_THE_SAME},
        {"Alice Smith <a@x.org>", SESSION "alice_smith@corp.example", PERSON_IS_THE_SAME},
        {"Alice <alice+git@example.com>", USER "Alice", PERSON_IS_THE_SAME},
        {"alice@example.com", USER "alice", PERSON_IS_THE_SAME},
        {"alice", USER "alice", PERSON_IS_THE_SAME},
        {USER "alice", USER "alice", PERSON_IS_THE_SAME},
        {"Alice Smith <alice@example.com>", SESSION "bob", PERSON_IS_ANOTHER},
        {"Alice Smith <alice@example.com>", SESSION "alic", PERSON_IS_ANOTHER},
        {"Alice Smith <alice@example.com>", "arn:aws:iam::111111111111:root", PERSON_IS_ANOTHER},
        {"", USER "alice", PERSON_IS_UNKNOWN},
        {"  ", USER "alice", PERSON_IS_UNKNOWN},
        {"Alice", "", PERSON_IS_UNKNOWN},
        {"- <@>", USER "bob", PERSON_IS_ANOTHER},
        {"Alice", SESSION "botocore-session-1700000000", PERSON_IS_UNKNOWN},
        {"Alice", SESSION "i-0123456789abcdef0", PERSON_IS_UNKNOWN},
        {"Alice", SESSION "1700000000000000000", PERSON_IS_UNKNOWN},
        {"Alice", SESSION, PERSON_IS_UNKNOWN},
        {"Alice", SESSION "penstock-bob", PERSON_IS_UNKNOWN},
        {"Alice Smith <alice@example.com>", SESSION "penstock-alice", PERSON_IS_THE_SAME},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum sameness same = person_compare(NULL, sv_of(cases[i].author), sv_of(cases[i].caller));

        if (same != cases[i].same)
            print_error("%s and %s\n", cases[i].author, cases[i].caller);
        CHECK_INT(same, cases[i].same);
    }
}

static struct guard_answer judge(struct guard_ask ask)
{
    struct guard_answer answer = {0};
    struct err err = {0};

    ask.env = &env;
    if (ask.now_ms == 0)
        ask.now_ms = at("2026-11-21T12:00:00Z");
    REQUIRE_OK(guard_judge(&ask, &answer, &err), &err);
    return answer;
}

static void test_four_eyes(void **state UNUSED)
{
    struct guard_ask ask = {.environment = SV("prod"),
                            .caller = SV(SESSION "asmith"),
                            .author = SV("Alice <alice@example.com>"),
                            .is_approval = true};

    write_config("[guard]\nfour_eyes = true\n");
    CHECK_STR(judge(ask).eyes, "");
    write_config("[guard]\nfour_eyes = true\n[people]\nalice@example.com = bob, ASmith\n");
    CHECK_STR(judge(ask).eyes, "four eyes: the commit is by Alice <alice@example.com> and you are "
                               "asmith; somebody else must approve it");
    write_config("[guard]\nfour_eyes = true\n[people]\nalice = " SESSION "asmith\n");
    CHECK_TRUE(judge(ask).eyes[0] != '\0');
    write_config("[guard]\nfour_eyes = false\n[people]\nalice = asmith\n");
    CHECK_STR(judge(ask).eyes, "");
    write_config("[guard]\nfour_eyes = true\n[people]\nalice = asmith\n");
    ask.is_approval = false;
    CHECK_STR(judge(ask).eyes, "");
    ask.is_approval = true;
    ask.author = SV("");
    CHECK_STR(judge(ask).eyes, "");
    write_config("[guard]\nfour_eyes = strict\n");
    CHECK_STR(judge(ask).eyes, "four eyes: whose commit it is cannot be told");
    ask.author = SV("Alice <alice@example.com>");
    CHECK_STR(judge(ask).eyes, "");
    ask.caller = SV(SESSION "botocore-session-1");
    CHECK_TRUE(strstr(judge(ask).eyes, "who botocore-session-1 is cannot be told") != NULL);
    /* That Alice is listed says nothing of who this is. */
    write_config("[guard]\nfour_eyes = strict\n[people]\nalice = somebody\n");
    CHECK_TRUE(strstr(judge(ask).eyes, "who botocore-session-1 is cannot be told") != NULL);
    write_config("[guard]\nfour_eyes = strict\n[people]\nalice = somebody\nbob = "
                 "botocore-session-1\n");
    CHECK_STR(judge(ask).eyes, "");
}

/* A role that is one person's, by its ARN or a pattern of its sessions. */
static void test_people_may_be_roles(void **state UNUSED)
{
    struct guard_ask ask = {.environment = SV("prod"),
                            .caller = SV(SESSION "penstock-root"),
                            .author = SV("Ana <ana@x>"),
                            .is_approval = true};

    write_config("[guard]\nfour_eyes = strict\n[people]\nana@x = ops, operator\n");
    CHECK_TRUE(strstr(judge(ask).eyes, "who penstock-root is cannot be told") != NULL);
    write_config("[guard]\nfour_eyes = true\n[people]\nana@x = "
                 "arn:aws:iam::111111111111:role/team/Deploy\n");
    CHECK_TRUE(strstr(judge(ask).eyes, "by Ana <ana@x> and you are penstock-root") != NULL);
    write_config("[guard]\nfour_eyes = true\n[people]\nana@x = " SESSION "penstock-*\n");
    CHECK_TRUE(strstr(judge(ask).eyes, "by Ana <ana@x>") != NULL);
    write_config("[guard]\nfour_eyes = strict\n[people]\nben@x = " SESSION "penstock-*\n");
    CHECK_STR(judge(ask).eyes, "");
}

static void test_four_eyes_judge_every_author(void **state UNUSED)
{
    struct guard_ask ask = {.environment = SV("prod"),
                            .caller = SV(SESSION "asmith"),
                            .author = SV("Ben <ben@x>\nA Smith <asmith@x>\nZoe <zoe@x>"),
                            .is_approval = true};

    write_config("[guard]\nfour_eyes = true\n");
    CHECK_STR(judge(ask).eyes, "four eyes: a commit is by A Smith <asmith@x> and you are asmith; "
                               "somebody else must approve it");
    ask.author = SV("\nA Smith <asmith@x>"); /* the first one is not known */
    CHECK_TRUE(judge(ask).eyes[0] != '\0');
    ask.author = SV("Ben <ben@x>\nZoe <zoe@x>");
    CHECK_STR(judge(ask).eyes, "");
    CHECK_TRUE(!judge(ask).has_doubt);
    ask.author = SV("Ben <ben@x>\n\nZoe <zoe@x>");
    CHECK_STR(judge(ask).eyes, "");
    CHECK_TRUE(judge(ask).has_doubt);
    write_config("[guard]\nfour_eyes = strict\n");
    CHECK_STR(judge(ask).eyes, "four eyes: who wrote all that it lets through cannot be told");
    write_config("");
    CHECK_TRUE(!judge(ask).has_doubt);
}

/* ---- the whole ---- */

static void test_without_a_home_it_is_closed(void **state UNUSED)
{
    static const char *const nothing[] = {"HOME=not/absolute", NULL};
    static const struct aws_env homeless = {nothing};
    struct guard_ask ask = {.env = &homeless, .environment = SV("dev")};
    struct guard_answer answer;
    struct err err = {0};

    CHECK_INT(guard_judge(&ask, &answer, &err), ERR_CONFIG);
    CHECK_STR(err.text, "nothing is written while it is not known where the config is: set HOME or "
                        "XDG_CONFIG_HOME");
}

static void test_without_a_config_prod_is_protected_and_nothing_frozen(void **state UNUSED)
{
    CHECK_TRUE(judge((struct guard_ask){.environment = SV("prod")}).is_protected);
    CHECK_TRUE(judge((struct guard_ask){.environment = SV("PROD")}).is_protected);
    CHECK_TRUE(!judge((struct guard_ask){.environment = SV("dev")}).is_protected);
    CHECK_TRUE(!judge((struct guard_ask){.environment = SV("")}).is_protected);
    CHECK_STR(judge((struct guard_ask){.environment = SV("prod")}).frozen, "");
    write_config("[guard]\nprotected =\n");
    CHECK_TRUE(!judge((struct guard_ask){.environment = SV("prod")}).is_protected);
    CHECK_TRUE(!judge((struct guard_ask){.environment = SV("")}).is_protected);
    write_config("[guard]\nprotected = audit , live\n");
    CHECK_TRUE(judge((struct guard_ask){.environment = SV("live")}).is_protected);
    CHECK_TRUE(judge((struct guard_ask){.environment = SV("Audit")}).is_protected);
    CHECK_TRUE(!judge((struct guard_ask){.environment = SV("test")}).is_protected);
}

static bool count_freeze(void *owner, const struct freeze_view *freeze)
{
    struct sb *out = owner;

    return sb_addf(out, NULL, SV_FMT "|" SV_FMT "|%s|" SV_FMT "\n", SV_ARG(freeze->name),
                   SV_ARG(freeze->environments), freeze->until, SV_ARG(freeze->reason)) == ERR_OK;
}

static void test_a_freeze_tells_name_end_and_reason(void **state UNUSED)
{
    CLEANUP(sb_release) struct sb list;
    struct err err = {0};

    write_config("[freeze]\n"
                 "year-end = 2026-12-20 to 2027-01-04: the books are being closed\n"
                 "nights: prod: 18:00 to 07:00: nobody is there\n"
                 "past = 2020-01-01: long ago\n");
    CHECK_STR(
        judge((struct guard_ask){.environment = SV("dev"), .now_ms = at("2026-12-24T20:00:00Z")})
            .frozen,
        "year-end, until 2027-01-05 00:00 UTC: the books are being closed");
    CHECK_STR(
        judge((struct guard_ask){.environment = SV("prod"), .now_ms = at("2027-01-04T20:00:00Z")})
            .frozen,
        "nights, until 2027-01-05 07:00 UTC: nobody is there");
    CHECK_STR(
        judge((struct guard_ask){.environment = SV("dev"), .now_ms = at("2026-11-21T20:00:00Z")})
            .frozen,
        "");
    sb_init(&list, 4096);
    REQUIRE_OK(guard_freezes(&env, at("2026-12-24T20:00:00Z"), count_freeze, &list, &err), &err);
    CHECK_STR(sb_cstr(&list), "year-end||2027-01-05 00:00 UTC|the books are being closed\n"
                              "nights|prod|2026-12-25 07:00 UTC|nobody is there\n");
}

static void test_a_guard_that_cannot_be_read_is_closed(void **state UNUSED)
{
    static const struct {
        const char *text;
        const char *where;
    } cases[] = {
        {"[guard]\nfour_eyes = yes\n", "/penstock/config: [guard] four_eyes must be true"},
        {"[guard]\nprotect = prod\n", "/penstock/config: [guard] protect is no setting"},
        {"[guard]\nprotected =\n  a = b\n", "/penstock/config: [guard] protected must be one line"},
        {"[freeze]\nnights = 18:00 to 7pm: x\n", "/penstock/config: [freeze] nights needs an hour"},
        {"[freeze]\nok = 2020-01-01: x\nnights = never\n", "/penstock/config: [freeze] nights"},
        {"[freeze]\nnights =\n", "/penstock/config: [freeze] nights"},
        {"[people]\nalice =\n", "/penstock/config: [people] alice must name"},
        {"[guard\n", "/penstock/config"},
        {"[guard]\nfour_eyes = true\nfour_eyes = false\n", "/penstock/config"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct guard_ask ask = {.env = &env, .now_ms = at("2026-11-21T12:00:00Z")};
        struct guard_answer answer;
        struct err err = {0};

        write_config(cases[i].text);
        CHECK_TRUE(guard_judge(&ask, &answer, &err) != ERR_OK);
        if (strstr(err.text, cases[i].where) == NULL)
            print_error("%s: %s\n", cases[i].text, err.text);
        CHECK_TRUE(strstr(err.text, cases[i].where) != NULL);
        CHECK_TRUE(strstr(err.text, "nothing is written") != NULL);
    }
}

static void test_a_config_that_may_not_be_read_closes_it_too(void **state UNUSED)
{
    struct guard_ask ask = {.env = &env, .now_ms = at("2026-11-21T12:00:00Z")};
    struct guard_answer answer;
    struct err err = {0};
    char path[100];

    write_config("");
    snprintf(path, sizeof path, "%s/penstock/config", dir);
    unlink(path);
    REQUIRE(mkfifo(path, 0600) == 0);
    CHECK_TRUE(guard_judge(&ask, &answer, &err) != ERR_OK);
    CHECK_TRUE(strstr(err.text, "nothing is written") != NULL);
}

static void test_an_unlock_is_for_minutes_and_has_a_reason(void **state UNUSED)
{
    const int64_t now = at("2026-11-21T12:00:00Z");
    struct guard_ask ask = {.environment = SV("prod"), .now_ms = now};
    const char *reason;
    struct err err = {0};

    CHECK_INT(guard_unlock(0, SV("x"), now, &err), ERR_USAGE);
    CHECK_INT(guard_unlock(UNLOCK_MINUTES_MAX + 1, SV("x"), now, &err), ERR_USAGE);
    CHECK_INT(guard_unlock(5, SV("  "), now, &err), ERR_USAGE);
    CHECK_INT(guard_unlocked_until(now, &reason), 0);
    CHECK_TRUE(!judge(ask).is_unlocked);
    REQUIRE_OK(guard_unlock(5, SV(" fix \x1b[31mred "), now, &err), &err);
    CHECK_INT(guard_unlocked_until(now, &reason), now + 5 * 60000);
    CHECK_STR(reason, "fix \xef\xbf\xbd[31mred");
    CHECK_TRUE(judge(ask).is_unlocked);
    CHECK_TRUE(judge(ask).is_protected);
    ask.environment = SV("dev");
    CHECK_TRUE(!judge(ask).is_unlocked);
    ask.environment = SV("prod");
    ask.now_ms = now + 5 * 60000;
    CHECK_TRUE(!judge(ask).is_unlocked);
    CHECK_INT(guard_unlocked_until(ask.now_ms, &reason), 0);
    CHECK_STR(reason, "");
    guard_lock();
    CHECK_TRUE(!judge((struct guard_ask){.environment = SV("prod"), .now_ms = now}).is_unlocked);
}

static void test_a_clock_that_is_set_back_opens_it_for_no_longer(void **state UNUSED)
{
    const int64_t now = at("2026-11-21T12:00:00Z");
    char text[GUARD_UNLOCK_MAX];
    const char *reason;
    struct err err = {0};

    REQUIRE_OK(guard_unlock(5, SV("the fix"), now, &err), &err);
    guard_unlock_text(now, text);
    CHECK_STR(text, "unlocked until 2026-11-21T12:05:00Z: the fix");
    CHECK_TRUE(guard_unlocked_until(now - 3600000, &reason) <= now - 3600000 + 5 * 60000);
    CHECK_TRUE(guard_unlocked_until(now - 3600000, &reason) > now - 3600000);
    guard_lock();
    guard_unlock_text(now, text);
    CHECK_STR(text, "");
}

#define IN_DIR(fn) cmocka_unit_test_setup_teardown(fn, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_days_and_spans),
        TEST(test_daily_windows_belong_to_the_day_they_begin_on),
        TEST(test_weekdays),
        TEST(test_clocks_that_are_moved),
        TEST(test_cron_windows),
        TEST(test_what_is_malformed_says_why),
        TEST(test_environments_of_a_freeze),
        TEST(test_production_has_four_names_and_a_stage_has_words),
        TEST(test_the_zone_of_the_process_is_put_back),
        TEST(test_who_wrote_the_commit),
        IN_DIR(test_four_eyes),
        IN_DIR(test_people_may_be_roles),
        IN_DIR(test_four_eyes_judge_every_author),
        IN_DIR(test_without_a_home_it_is_closed),
        IN_DIR(test_without_a_config_prod_is_protected_and_nothing_frozen),
        IN_DIR(test_a_freeze_tells_name_end_and_reason),
        IN_DIR(test_a_guard_that_cannot_be_read_is_closed),
        IN_DIR(test_a_config_that_may_not_be_read_closes_it_too),
        IN_DIR(test_an_unlock_is_for_minutes_and_has_a_reason),
        IN_DIR(test_a_clock_that_is_set_back_opens_it_for_no_longer),
    };

    return RUN(tests);
}
