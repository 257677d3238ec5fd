/* The signer against the official vectors, stage by stage in both forms, and the rules that they
 * leave open: encoded paths, S3, ports, unsigned payloads, the key cache. */
#include "core/aws/sign.h"

#include <dirent.h>

#include "core/aws/cred.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "tests/unit/check.h"

#define CASES SHARED_DIR "/vectors/sigv4/cases"

enum { TEXT_MAX = 64 * 1024, HEADERS_MAX = 16 };

static struct sv read_case(struct arena *arena, const char *name, const char *file)
{
    static char bytes[TEXT_MAX];
    char path[1024];
    size_t len;
    FILE *in;

    snprintf(path, sizeof path, "%s/%s/%s", CASES, name, file);
    in = fopen(path, "rb");
    if (in == NULL)
        print_error("%s is missing\n", path);
    REQUIRE(in != NULL);
    len = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    return arena_sv(arena, sv_make(bytes, len));
}

/* One vector: its request as the signer's input, and what comes of it. */
struct vector {
    struct arena arena;
    const char *name;
    cJSON *context;
    struct http_header headers[HEADERS_MAX];
    struct sign_input in;
    struct sv body;
    struct cred cred;
    char time[TIME_AMZ_SIZE];
    char body_hash[SIGN_HEX_SIZE];
    struct sign_keys *keys;
    struct sb text;
    struct sb to_sign;
    struct err err;
};

static char *context_text(const struct vector *v, const char *name)
{
    const cJSON *item = json_get(json_get(v->context, "credentials"), name);

    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static void add_header(struct vector *v, struct sv name, struct sv value)
{
    REQUIRE(v->in.header_count < HEADERS_MAX);
    v->headers[v->in.header_count++] = (struct http_header){name, value};
}

/* Lines end in LF; a line that begins with white space goes on with the header before it. */
static void read_request(struct vector *v)
{
    struct sv rest = read_case(&v->arena, v->name, "request.txt");
    struct sv target;
    struct sv line = sv_cut(rest, '\n', &rest);

    v->in.method = sv_cut(line, ' ', &target);
    REQUIRE(sv_ends(target, SV(" HTTP/1.1")));
    v->in.path = sv_cut(sv_take(target, target.len - 9), '?', &v->in.query);
    while (rest.len > 0) {
        line = sv_cut(rest, '\n', &rest);
        if (line.len == 0)
            break;
        if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
            struct sv *value = &v->headers[v->in.header_count - 1].value;

            value->len = (size_t)(line.ptr + line.len - value->ptr);
        } else {
            struct sv value;
            struct sv name = sv_cut(line, ':', &value);

            add_header(v, name, value);
        }
    }
    v->body = rest;
}

static void vector_open(struct vector *v, const char *name)
{
    *v = (struct vector){.name = name};
    arena_init(&v->arena, 1024 * 1024);
    sb_init(&v->text, TEXT_MAX);
    sb_init(&v->to_sign, TEXT_MAX);
    REQUIRE_OK(json_parse(read_case(&v->arena, name, "context.json"), &v->context, &v->err),
               &v->err);
    v->in.headers = v->headers;
    read_request(v);
    REQUIRE(time_parse_rfc3339(json_sv(v->context, "timestamp"), &v->in.time_ms));
    time_amz(v->in.time_ms, v->time);
    v->in.region = json_sv(v->context, "region");
    v->in.service = json_sv(v->context, "service");
    v->in.keep_path = !json_bool(v->context, "normalize", true);
    REQUIRE_OK(sign_hash(v->body, v->body_hash, &v->err), &v->err);
    v->in.payload_hash = sv_of(v->body_hash);
    v->cred = (struct cred){.access_key = context_text(v, "access_key_id"),
                            .secret_key = context_text(v, "secret_access_key"),
                            .token = context_text(v, "token")};
    if (json_bool(v->context, "omit_session_token", false))
        v->cred.token = NULL;
    REQUIRE_OK(sign_keys_new(&v->keys, &v->err), &v->err);
}

static void vector_close(struct vector *v)
{
    sign_keys_free(v->keys);
    sb_release(&v->text);
    sb_release(&v->to_sign);
    cJSON_Delete(v->context);
    arena_release(&v->arena);
}

static void expect_file(struct vector *v, const char *form, const char *stage, struct sv got)
{
    char file[128];

    snprintf(file, sizeof file, "%s-%s.txt", form, stage);
    if (!sv_eq(got, read_case(&v->arena, v->name, file)))
        print_error("%s/%s:\n", v->name, file);
    CHECK_SV(got, read_case(&v->arena, v->name, file));
}

static void expect_stages(struct vector *v, const char *form)
{
    char signature[SIGN_HEX_SIZE];

    sb_clear(&v->text);
    sb_clear(&v->to_sign);
    REQUIRE_OK(sign_canonical_request(&v->in, &v->text, &v->err), &v->err);
    expect_file(v, form, "canonical-request", sb_sv(&v->text));
    REQUIRE_OK(sign_string_to_sign(&v->in, sb_sv(&v->text), &v->to_sign, &v->err), &v->err);
    expect_file(v, form, "string-to-sign", sb_sv(&v->to_sign));
    REQUIRE_OK(sign_signature(v->keys, sv_of(v->cred.secret_key), &v->in, sb_sv(&v->to_sign),
                              signature, &v->err),
               &v->err);
    expect_file(v, form, "signature", sv_of(signature));
}

/* What the signed request's line that begins with prefix goes on with. */
static struct sv signed_line(struct vector *v, const char *file, struct sv prefix)
{
    struct sv rest = read_case(&v->arena, v->name, file);

    while (rest.len > 0) {
        struct sv line = sv_cut(rest, '\n', &rest);

        if (sv_starts(line, prefix))
            return sv_drop(line, prefix.len);
    }
    return SV_NONE;
}

static void expect_header_form(struct vector *v)
{
    if (json_bool(v->context, "sign_body", false))
        add_header(v, SV("x-amz-content-sha256"), sv_of(v->body_hash));
    sb_clear(&v->text);
    REQUIRE_OK(sign_header(v->keys, &v->cred, &v->in, &v->text, &v->err), &v->err);
    CHECK_SV(sb_sv(&v->text), signed_line(v, "header-signed-request.txt", SV("Authorization:")));
    add_header(v, SV("X-Amz-Date"), sv_of(v->time));
    if (v->cred.token != NULL)
        add_header(v, SV("X-Amz-Security-Token"), sv_of(v->cred.token));
    expect_stages(v, "header");
    /* The same again, now that both headers are there already. */
    sb_clear(&v->text);
    REQUIRE_OK(sign_header(v->keys, &v->cred, &v->in, &v->text, &v->err), &v->err);
    CHECK_SV(sb_sv(&v->text), signed_line(v, "header-signed-request.txt", SV("Authorization:")));
}

/* Some vectors add the token after signing, which the signer never does. */
static void drop_unsigned_token(struct vector *v, char *target)
{
    char *token = strstr(target, "&X-Amz-Security-Token=");
    char *signature = strstr(target, "&X-Amz-Signature=");

    if (json_bool(v->context, "omit_session_token", false))
        memmove(token, signature, strlen(signature) + 1);
}

static void expect_query_form(struct vector *v)
{
    struct sv line = signed_line(v, "query-signed-request.txt", v->in.method);
    int expires = (int)json_int(v->context, "expiration_in_seconds", 0);
    char target[TEXT_MAX];
    char want[TEXT_MAX];

    sb_clear(&v->text);
    REQUIRE_OK(sign_query(v->keys, &v->cred, &v->in, expires, &v->text, &v->err), &v->err);
    snprintf(target, sizeof target, " " SV_FMT "?%s HTTP/1.1", SV_ARG(v->in.path),
             sb_cstr(&v->text));
    snprintf(want, sizeof want, SV_FMT, SV_ARG(line));
    drop_unsigned_token(v, want);
    CHECK_STR(target, want);
    v->in.query = arena_sv(&v->arena, sb_sv(&v->text));
    expect_stages(v, "query");
}

static void test_the_official_vectors_agree_in_both_forms(void **state)
{
    DIR *dir = opendir(CASES);
    struct dirent *entry;
    int seen = 0;

    (void)state;
    if (dir == NULL) {
        print_message("skipped: no vectors in %s\n", CASES);
        skip();
    }
    while ((entry = readdir(dir)) != NULL) {
        struct vector v;

        if (entry->d_name[0] == '.')
            continue;
        vector_open(&v, entry->d_name);
        expect_header_form(&v);
        vector_close(&v);
        vector_open(&v, entry->d_name);
        expect_query_form(&v);
        vector_close(&v);
        seen++;
    }
    closedir(dir);
    CHECK_INT(seen, 38);
}

static struct sign_input plain_input(void)
{
    static struct http_header one_header[1];

    one_header[0] = (struct http_header){SV("Host"), SV("h.example:5555")};
    return (struct sign_input){.method = SV("GET"),
                               .path = SV("/"),
                               .headers = one_header,
                               .header_count = 1,
                               .payload_hash = SV("UNSIGNED-PAYLOAD"),
                               .region = SV("eu-west-1"),
                               .service = SV("s3"),
                               .time_ms = 1440938160000};
}

static void expect_canonical(const struct sign_input *in, const char *path, const char *query)
{
    char want[4096];
    struct err err = {0};
    struct sb out;

    sb_init(&out, 64 * 1024);
    REQUIRE_OK(sign_canonical_request(in, &out, &err), &err);
    snprintf(want, sizeof want, "GET\n%s\n%s\nhost:h.example:5555\n\nhost\nUNSIGNED-PAYLOAD", path,
             query);
    CHECK_STR(sb_cstr(&out), want);
    sb_release(&out);
}

static void test_paths_are_encoded_twice_except_for_s3(void **state)
{
    struct sign_input in = plain_input();

    (void)state;
    in.path = SV("/a%20b//c/../d%2Fe/./");
    expect_canonical(&in, "/a%2520b/d%252Fe/", "");
    in.is_s3 = true;
    expect_canonical(&in, "/a%20b//c/../d%2Fe/./", "");
    in.is_s3 = false;
    in.path = SV("/../..");
    expect_canonical(&in, "/", "");
    in.path = SV("");
    expect_canonical(&in, "/", "");
}

static void test_queries_are_recoded_and_sorted_by_key_then_value(void **state)
{
    struct sign_input in = plain_input();

    (void)state;
    in.query = SV("b=2&a&b=1&a-=x&&c=%7e%2f+%zz&%C3%A9=\xc3\xa9&X-Amz-Signature=00");
    expect_canonical(&in, "/", "%C3%A9=%C3%A9&a=&a-=x&b=1&b=2&c=~%2F%2B%25zz");
}

static void test_too_many_headers_are_refused(void **state)
{
    static struct http_header many[100];
    struct sign_input in = plain_input();
    struct cred cred = {.access_key = (char[]){"A"}, .secret_key = (char[]){"S"}};
    struct sign_keys *keys;
    struct err err = {0};
    struct sb out;

    (void)state;
    sb_init(&out, 1024);
    REQUIRE_OK(sign_keys_new(&keys, &err), &err);
    in.headers = many;
    in.header_count = ARRAY_LEN(many);
    CHECK_INT(sign_header(keys, &cred, &in, &out, &err), ERR_LIMIT);
    CHECK_INT(sign_query(keys, &cred, &in, 60, &out, &err), ERR_LIMIT);
    in.header_count = 0;
    CHECK_INT(sign_query(keys, &cred, &in, 604801, &out, &err), ERR_LIMIT);
    CHECK_STR(err.text, "a presigned request lives 1 to 604800 seconds");
    sign_keys_free(keys);
    sb_release(&out);
}

static void sign_with(struct sign_keys *keys, struct sv secret, struct sign_input in,
                      char out[SIGN_HEX_SIZE])
{
    struct err err = {0};

    REQUIRE_OK(sign_signature(keys, secret, &in, SV("text"), out, &err), &err);
}

/* More scopes than the cache has room for, each asked twice: always what a fresh cache says. */
static void test_cached_keys_never_mix(void **state)
{
    const struct sv secrets[] = {SV("one"), SV("two"), SV("")};
    struct err err = {0};
    struct sign_keys *kept;

    (void)state;
    REQUIRE_OK(sign_keys_new(&kept, &err), &err);
    for (int i = 0; i < 120; i++) {
        struct sign_input in = plain_input();
        char first[SIGN_HEX_SIZE];
        char second[SIGN_HEX_SIZE];
        struct sign_keys *fresh;

        in.region = i % 5 == 0 ? SV("us-east-1") : SV("us-east-12");
        in.service = i % 7 < 3 ? SV("sts") : SV("codepipeline");
        in.time_ms += (i % 4) * 86400000LL;
        REQUIRE_OK(sign_keys_new(&fresh, &err), &err);
        sign_with(kept, secrets[i % 3], in, first);
        sign_with(fresh, secrets[i % 3], in, second);
        CHECK_STR(first, second);
        sign_keys_free(fresh);
    }
    sign_keys_free(kept);
}

static void test_each_failing_allocation_is_told(void **state)
{
    struct sign_input in = plain_input();
    struct cred cred = {.access_key = (char[]){"AKID"},
                        .secret_key = (char[]){"secret"},
                        .token = (char[]){"token"}};
    struct err err = {0};
    enum err_code rc = ERR_LIMIT;

    (void)state;
    in.query = SV("b=1&a=2");
    for (long n = 1; rc != ERR_OK; n++) {
        struct sign_keys *keys = NULL;
        struct sb out;

        REQUIRE(n < 100);
        sb_init(&out, 4096);
        mem_fail_at(n);
        rc = sign_keys_new(&keys, &err);
        if (rc == ERR_OK)
            rc = sign_query(keys, &cred, &in, 60, &out, &err);
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
        sign_keys_free(keys);
        sb_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_official_vectors_agree_in_both_forms),
        TEST(test_paths_are_encoded_twice_except_for_s3),
        TEST(test_queries_are_recoded_and_sorted_by_key_then_value),
        TEST(test_too_many_headers_are_refused),
        TEST(test_cached_keys_never_mix),
        TEST(test_each_failing_allocation_is_told),
    };

    return RUN(tests);
}
