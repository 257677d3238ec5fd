/* The log of a seeded build: each line follows from the build's id and the line's number, so a page
 * of it costs a page, and it is the same each time. What a console has trouble with is in each of
 * them: colours, long lines, wide signs, and what looks like a secret. */
#include <inttypes.h>

#include "core/base/time.h"
#include "core/sandbox/failures.h"
#include "core/sandbox/seed_build.h"

#define RED   "\x1b[31m"
#define GREEN "\x1b[32m"
#define CYAN  "\x1b[36m"
#define BOLD  "\x1b[1m"
#define PLAIN "\x1b[0m"

enum { LONG_JSON_ROWS = 60, HUGE_LINES = 20000 };

/* ---- what is said word for word ---- */

static const char *const provisioning[] = {
    "[] Running on CodeBuild On-demand",
    "[] Waiting for agent ping",
    "[] Waiting for DOWNLOAD_SOURCE",
};
static const char *const download[] = {
    "[] Phase is DOWNLOAD_SOURCE",
    "[] CODEBUILD_SRC_DIR=/codebuild/output/src/lake",
    "[] YAML location is /codebuild/readonly/buildspec.yml",
    "[] Processing environment variables",
    "[] Selecting 'python' runtime version '3.11' based on manual selections...",
};
static const char *const install[] = {
    "[] Entering phase INSTALL",
    "[] Running command pip install -r requirements.txt",
};
static const char *const pre_build[] = {
    "[] Entering phase PRE_BUILD",
    "[] Running command pytest -q tests/unit",
    BOLD "============================= test session starts ==============================" PLAIN,
};
static const char *const build[] = {
    "[] Entering phase BUILD",
    "[] Running command npx cdk deploy --all --require-approval never",
    BOLD "LakeStack" PLAIN ": deploying... [1/1]",
};
static const char *const post_build[] = {
    "[] Entering phase POST_BUILD",
    "[] Running command python tools/report.py --format text",
};
static const char *const upload[] = {
    "[] Expanding base directory path: .",
    "[] Assembling file list",
    "[] Found 3 file(s)",
};

static const char *const tests_fail[] = {
    "=================================== FAILURES ===================================",
    RED BOLD
    "________________________ test_returns_are_counted_once _________________________" PLAIN,
    "    def test_returns_are_counted_once():",
    "        orders = load(\"tests/data/orders.parquet\")",
    ">       assert count(orders, with_returns=True) == 120394",
    RED "E       AssertionError: assert 120391 == 120394" PLAIN,
    "",
    "tests/unit/test_orders.py:88: AssertionError",
    "=========================== short test summary info ============================",
    RED "FAILED" PLAIN " tests/unit/test_orders.py::test_returns_are_counted_once - AssertionError",
    RED "FAILED" PLAIN " tests/unit/test_orders.py::test_keys_are_unique - KeyError: 'order_id'",
    RED "2 failed" PLAIN ", " GREEN "117 passed" PLAIN " in 12.31s",
    "[] Command did not exit successfully pytest -q tests/unit exit status 2",
};
static const char *const command_fails[] = {
    "node:internal/modules/cjs/loader:1148",
    "  throw err;",
    "  ^",
    RED "Error: Cannot find module '@lake/constructs'" PLAIN,
    "Require stack:",
    "- /codebuild/output/src/lake/bin/app.js",
    "    at Module._resolveFilename (node:internal/modules/cjs/loader:1145:15)",
    "    at Module._load (node:internal/modules/cjs/loader:986:27)",
    "  code: 'MODULE_NOT_FOUND',",
    "[] Command did not exit successfully cdk deploy --all --require-approval never exit status 1",
};
static const char *const role_fails[] = {
    "LakeStack: assuming role arn:aws:iam::444444444444:role/"
    "cdk-hnb659fds-deploy-role-444444444444-eu-west-1",
    RED "!" PLAIN,
    "[] Command did not exit successfully npx cdk deploy --all --require-approval never exit "
    "status 1",
};
static const char *const too_late[] = {
    "LakeStack: still UPDATE_IN_PROGRESS, waiting for curated_orders (backfill 61%)",
    "LakeStack: still UPDATE_IN_PROGRESS, waiting for curated_orders (backfill 62%)",
    "LakeStack: still UPDATE_IN_PROGRESS, waiting for curated_orders (backfill 62%)",
};
static const char *const stack_fails[] = {
    (CYAN "LakeStack" PLAIN " | " RED "UPDATE_FAILED" PLAIN
          "        | AWS::Glue::Table   | CuratedOrders (CuratedOrders5F2A91C0)"),
    "!",
    (CYAN "LakeStack" PLAIN " | " RED "UPDATE_ROLLBACK_IN_PROGRESS" PLAIN
          " | AWS::CloudFormation::Stack | LakeStack"),
    (RED " \xe2\x9d\x8c  LakeStack failed: the stack named LakeStack failed to deploy: "
         "UPDATE_ROLLBACK_COMPLETE" PLAIN),
    ("[] Command did not exit successfully npx cdk deploy --all --require-approval never exit "
     "status 1"),
};
static const char *const says_so[] = {
    "!",
    "[] Command did not exit successfully python app.py exit status 1",
};

struct texts {
    const char *const *lines;
    size_t count;
};
#define TEXTS(list) ((struct texts){list, ARRAY_LEN(list)})
#define NO_TEXTS    ((struct texts){NULL, 0})

static struct texts head_of(enum seed_phase phase)
{
    switch (phase) {
    case SEED_PROVISIONING:
        return TEXTS(provisioning);
    case SEED_DOWNLOAD_SOURCE:
        return TEXTS(download);
    case SEED_INSTALL:
        return TEXTS(install);
    case SEED_PRE_BUILD:
        return TEXTS(pre_build);
    case SEED_BUILD:
        return TEXTS(build);
    case SEED_POST_BUILD:
        return TEXTS(post_build);
    case SEED_UPLOAD_ARTIFACTS:
        return TEXTS(upload);
    case SEED_SUBMITTED:
    case SEED_QUEUED:
    case SEED_FINALIZING:
    case SEED_PHASES:
        break;
    }
    return NO_TEXTS;
}

static struct texts failure_lines(int failure)
{
    switch (failure) {
    case FAILURE_BUILD_TESTS:
        return TEXTS(tests_fail);
    case FAILURE_BUILD_COMMAND:
        return TEXTS(command_fails);
    case FAILURE_BUILD_ROLE:
        return TEXTS(role_fails);
    case FAILURE_BUILD_TIMEOUT:
        return TEXTS(too_late);
    case FAILURE_STACK_ROLLBACK:
        return TEXTS(stack_fails);
    default:
        return TEXTS(says_so);
    }
}

/* ---- where a line stands ---- */

/* The lines of a phase: its head, its body, what went wrong, and two that end it. */
struct section {
    struct seed_span span;
    enum seed_phase phase;
    size_t head;
    size_t body;
    size_t failure;
    size_t tail;
};

static uint64_t mixed(const struct seed_build *b, uint64_t salt)
{
    return hash_mix(b->id.lo ^ hash_mix(salt + 77));
}

static size_t body_count(const struct seed_build *b, enum seed_phase phase)
{
    uint64_t part = mixed(b, (uint64_t)phase);

    if (phase == SEED_INSTALL)
        return 10 + part % 20;
    if (phase == SEED_PRE_BUILD)
        return 15 + part % 40;
    if (phase == SEED_BUILD)
        return strcmp(b->thing.action->name, "Large") == 0 ? HUGE_LINES : 40 + part % 160;
    return phase == SEED_POST_BUILD ? 6 : 0;
}

static void section_of(const struct seed_build *b, enum seed_phase phase, struct section *out)
{
    *out = (struct section){.phase = phase};
    seed_build_span(b, phase, &out->span);
    if (out->span.is_left_out || phase < SEED_PROVISIONING)
        return;
    out->head = head_of(phase).count;
    out->body = body_count(b, phase);
    out->failure = out->span.fails ? failure_lines(b->failure).count : 0;
    out->tail = phase == SEED_PROVISIONING || phase == SEED_FINALIZING ? 0 : 2;
}

static size_t lines_of(const struct section *s)
{
    return s->head + s->body + s->failure + s->tail;
}

/* The section of a line and its number in it; false: there are not so many. */
static bool locate(const struct seed_build *b, size_t line, struct section *s, size_t *at)
{
    for (int i = 0; i < SEED_PHASES; i++) {
        section_of(b, (enum seed_phase)i, s);
        if (line < lines_of(s)) {
            *at = line;
            return true;
        }
        line -= lines_of(s);
    }
    return false;
}

/* Spread over the phase, the last line at its end; provisioning is told when it is over. */
static int64_t time_in(const struct section *s, size_t at)
{
    int64_t took = s->span.until_ms - s->span.from_ms;

    if (s->phase == SEED_PROVISIONING)
        return s->span.until_ms;
    return s->span.from_ms + took * (int64_t)(at + 1) / (int64_t)lines_of(s);
}

int64_t seed_log_at(const struct seed_build *b, size_t line)
{
    struct section s;
    size_t at;

    return locate(b, line, &s, &at) ? time_in(&s, at) : INT64_MAX;
}

bool seed_log_is_there(const struct seed_build *b)
{
    return seed_log_at(b, 0) <= b->now_ms;
}

size_t seed_log_count(const struct seed_build *b)
{
    size_t count = 0;

    for (int i = 0; i < SEED_PHASES; i++) {
        struct section s;
        size_t low = 0;
        size_t high;

        section_of(b, (enum seed_phase)i, &s);
        high = lines_of(&s);
        while (low < high) {
            size_t middle = low + (high - low) / 2;

            if (time_in(&s, middle) <= b->now_ms)
                low = middle + 1;
            else
                high = middle;
        }
        count += low;
    }
    return count;
}

/* ---- what a line says ---- */

/* "[Container] 2026/11/21 08:00:00 " as CodeBuild writes it. */
static enum err_code add_time(int64_t at_ms, struct sb *out, struct err *err)
{
    char at[TIME_RFC3339_SIZE];

    (void)time_rfc3339(at_ms - at_ms % 1000, at);
    return sb_addf(out, err, "[Container] %.4s/%.2s/%.2s %.8s ", at, at + 5, at + 8, at + 11);
}

/* The stack that the build deploys. */
static const char *stack_of(const struct seed_build *b, char out[SEED_NAME_SIZE])
{
    if (!seed_deploys(b->thing.action))
        return "LakeStack";
    seed_stack_name(b->thing.pipe, b->thing.stage, b->thing.action, out);
    return out;
}

/* With the stack's own name in the place of LakeStack. */
static enum err_code add_named(const struct seed_build *b, struct sv text, struct sb *out,
                               struct err *err)
{
    static const struct sv stands_for = {"LakeStack", 9};
    char name[SEED_NAME_SIZE];
    enum err_code rc = ERR_OK;
    ptrdiff_t at;

    while (!rc && (at = sv_find(text, stands_for)) >= 0) {
        rc = sb_add(out, sv_take(text, (size_t)at), err);
        if (!rc)
            rc = sb_add(out, sv_of(stack_of(b, name)), err);
        text = sv_drop(text, (size_t)at + stands_for.len);
    }
    return rc ? rc : sb_add(out, text, err);
}

static enum err_code add_text(const struct seed_build *b, const char *text, int64_t at_ms,
                              struct sb *out, struct err *err)
{
    const char *mark = strchr(text, '!');
    const char *told = failure_get(b->failure)->message;
    enum err_code rc = ERR_OK;

    if (sv_starts(sv_of(text), SV("[] "))) {
        rc = add_time(at_ms, out, err);
        return rc ? rc : add_named(b, sv_of(text + 3), out, err);
    }
    /* An exclamation mark is what the action tells. A log has no empty event. */
    if (mark == NULL || told == NULL)
        return text[0] == '\0' ? sb_addc(out, ' ', err) : add_named(b, sv_of(text), out, err);
    if (strstr(told, "Message: ") != NULL)
        told = strstr(told, "Message: ") + 9;
    rc = add_named(b, sv_make(text, (size_t)(mark - text)), out, err);
    if (!rc)
        rc = sb_add(out, sv_of(told), err);
    return rc ? rc : sb_add(out, sv_of(mark + 1), err);
}

static enum err_code install_line(const struct seed_build *b, size_t i, struct sb *out,
                                  struct err *err)
{
    static const char *const packages[] = {"aws-cdk-lib",  "constructs", "boto3",   "pyarrow",
                                           "pandas",       "pytest",     "jsii",    "cattrs",
                                           "great-tables", "sqlglot",    "urllib3", "typeguard"};
    uint64_t part = mixed(b, i + 1000);
    const char *name = packages[part % ARRAY_LEN(packages)];

    if (i % 2 == 0)
        return sb_addf(out, err, "Collecting %s==%d.%d.%d", name, (int)(part / 64 % 3),
                       (int)(part / 256 % 160), (int)(part / 4096 % 9));
    return sb_addf(out, err, "  Downloading %s-py3-none-any.whl (%d.%d MB)", name,
                   (int)(part / 64 % 48), (int)(part / 4096 % 9));
}

static enum err_code test_line(const struct seed_build *b, size_t i, size_t count, struct sb *out,
                               struct err *err)
{
    static const char *const files[] = {"orders",
                                        "customers",
                                        ("gr\xc3\xb6\xc3\x9f"
                                         "en"),
                                        "\xe5\x80\x89\xe5\xba\xab",
                                        "grants",
                                        "late_events"};

    return sb_addf(out, err, "tests/unit/test_%s.py::case_%02zu " GREEN "PASSED" PLAIN " [%3zu%%]",
                   files[mixed(b, i + 2000) % ARRAY_LEN(files)], i, (i + 1) * 100 / count);
}

/* One long line: a manifest in JSON. */
static enum err_code long_line(const struct seed_build *b, struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, SV("manifest: {\"version\":\"36.0.0\",\"artifacts\":["), err);

    for (uint64_t i = 0; i < LONG_JSON_ROWS && !rc; i++)
        rc = sb_addf(out, err, "%s{\"asset\":\"%016" PRIx64 "\",\"path\":\"asset.%016" PRIx64 "\"}",
                     i == 0 ? "" : ",", mixed(b, i + 3000), mixed(b, i + 4000));
    return rc ? rc : sb_add(out, SV("]}"), err);
}

/* None of these is a secret of anybody's; they look like one. */
static enum err_code secret_line(const struct seed_build *b, size_t i, struct sb *out,
                                 struct err *err)
{
    uint64_t one = mixed(b, 5000 + i);
    uint64_t two = mixed(b, 6000 + i);

    if (i == 2)
        return sb_addf(out, err, "+ export AWS_SECRET_ACCESS_KEY=%016" PRIx64 "%016" PRIx64 "%08x",
                       one, two, (unsigned)(one >> 32));
    if (i == 5)
        return sb_addf(out, err,
                       "jdbc:postgresql://lake.example:5432/dwh?user=etl&password=%012" PRIx64,
                       one >> 16);
    return sb_addf(out, err,
                   "Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.%016" PRIx64 "%016" PRIx64
                   ".%016" PRIx64,
                   one, two, one ^ two);
}

static enum err_code deploy_line(const struct seed_build *b, size_t i, size_t count, struct sb *out,
                                 struct err *err)
{
    static const char *const types[] = {"AWS::Glue::Table     ", "AWS::Glue::Job       ",
                                        "AWS::IAM::Role       ", "AWS::Lambda::Function",
                                        "AWS::S3::Bucket      ", "AWS::Athena::WorkGroup"};
    static const char *const names[] = {"CuratedOrders", "RawOrders",  "Returns",   "Customers",
                                        "Sessions",      "Warehouses", "LateEvents"};
    uint64_t part = mixed(b, i + 7000);
    bool is_done = part / 512 % 3 != 0;
    char name[SEED_NAME_SIZE];

    if (i == 2 || i == 5 || i == 7)
        return secret_line(b, i, out, err);
    if (i == 4)
        return sb_addf(out, err,
                       "Zeilen gepr\xc3\xbc"
                       "ft: %d, Gr\xc3\xb6\xc3\x9f"
                       "e in Ordnung \xe2\x9c\x93 (\xe5\x80\x89\xe5\xba\xab\xe3\x83\x86\xe3\x83\xbc"
                       "\xe3\x83\x96\xe3\x83\xab \xf0\x9f\x93\xa6)",
                       (int)(part % 100000));
    if (i == 9)
        return long_line(b, out, err);
    return sb_addf(out, err, CYAN "%s" PLAIN " | %zu/%zu | %s%s" PLAIN " | %s | %s (%08X)",
                   stack_of(b, name), i, count, is_done ? GREEN : "",
                   is_done ? "UPDATE_COMPLETE   " : "UPDATE_IN_PROGRESS",
                   types[part % ARRAY_LEN(types)], names[part / 64 % ARRAY_LEN(names)],
                   (unsigned)(part >> 32));
}

static enum err_code body_line(const struct seed_build *b, const struct section *s, size_t i,
                               struct sb *out, struct err *err)
{
    if (s->phase == SEED_INSTALL)
        return install_line(b, i, out, err);
    if (s->phase == SEED_PRE_BUILD)
        return test_line(b, i, s->body, out, err);
    if (s->phase == SEED_BUILD)
        return deploy_line(b, i, s->body, out, err);
    return sb_addf(out, err, "report: step %zu of %zu", i + 1, s->body);
}

static enum err_code tail_line(const struct seed_build *b, const struct section *s, size_t i,
                               int64_t at_ms, struct sb *out, struct err *err)
{
    struct seed_reason reason = seed_build_reason(b);
    bool is_late = s->span.fails && b->failure == FAILURE_BUILD_TIMEOUT;
    enum err_code rc = add_time(at_ms, out, err);

    if (rc)
        return rc;
    if (i == 0)
        return sb_addf(out, err, "Phase complete: %s State: %s", s->span.name,
                       is_late         ? "TIMED_OUT"
                       : s->span.fails ? "FAILED"
                                       : "SUCCEEDED");
    return sb_addf(out, err, "Phase context status code: %s Message: %s",
                   s->span.fails ? reason.code : "", s->span.fails ? reason.message : "");
}

enum err_code seed_log_line(const struct seed_build *b, size_t line, struct sb *out,
                            struct err *err)
{
    struct section s;
    size_t at;
    int64_t at_ms;

    if (!locate(b, line, &s, &at))
        return err_set(err, ERR_FAILED, "the build has no line %zu", line);
    at_ms = time_in(&s, at);
    if (at < s.head)
        return add_text(b, head_of(s.phase).lines[at], at_ms, out, err);
    at -= s.head;
    if (at < s.body)
        return body_line(b, &s, at, out, err);
    at -= s.body;
    if (at < s.failure)
        return add_text(b, failure_lines(b->failure).lines[at], at_ms, out, err);
    return tail_line(b, &s, at - s.failure, at_ms, out, err);
}

/* ---- as a stream ---- */

/* How many lines come before the place. A token has the number of a line, which counts even when
 * the clock was sped up since; a bound that is only a time has none. */
static size_t lines_before(const struct seed_build *b, struct log_place place, size_t count)
{
    size_t low = 0;
    size_t high = count;

    if (place.number > 0 && place.number < INT64_MAX)
        return (size_t)place.number - 1 < count ? (size_t)place.number - 1 : count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct log_place at = {seed_log_at(b, middle), (int64_t)middle + 1};

        if (log_place_cmp(at, place) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum err_code seed_log_read(const struct seed_build *b, const struct log_range *range,
                            log_event_fn *fn, void *owner, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    size_t count = seed_log_count(b);
    size_t from = lines_before(b, range->after, count);
    size_t end = lines_before(b, range->before, count);
    bool goes_on = true;
    enum err_code rc = ERR_OK;

    sb_init(&text, 1 << 20);
    /* The line at `after` itself was given already. */
    if (range->after.number > 0 && range->after.number < INT64_MAX && from < count)
        from++;
    for (size_t i = 0; from + i < end && goes_on && !rc; i++) {
        size_t line = range->is_backwards ? end - 1 - i : from + i;
        struct log_event event = {.place = {seed_log_at(b, line), (int64_t)line + 1}};

        sb_clear(&text);
        rc = seed_log_line(b, line, &text, err);
        event.text = sb_sv(&text);
        event.ingested_ms = event.place.at_ms + 500;
        if (!rc)
            rc = fn(owner, &event, &goes_on, err);
    }
    return rc;
}
