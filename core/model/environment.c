#include "core/model/environment.h"

#include "core/model/written.h"

#define KIND_WORD(name, word)      [ENVIRONMENT_##name] = (word),
#define BOOTSTRAP_WORD(name, word) [BOOTSTRAP_##name] = (word),
static const char *const kind_words[] = {ENVIRONMENT_KIND_LIST(KIND_WORD)};
static const char *const bootstrap_words[] = {BOOTSTRAP_LIST(BOOTSTRAP_WORD)};

const char *environment_kind_word(enum environment_kind kind)
{
    return (unsigned)kind < ENVIRONMENT_KIND_COUNT ? kind_words[kind] : "";
}

const char *bootstrap_word(enum bootstrap bootstrap)
{
    return (unsigned)bootstrap < BOOTSTRAP_COUNT ? bootstrap_words[bootstrap] : "";
}

/* ---- derived names ---- */

#define DEFAULT_QUALIFIER SV("hnb659fds")
#define DEFAULT_PREFIX    SV("ddk")

#define ROLE_CDK(name, cdk, ddk) [BOOTSTRAP_ROLE_##name] = (cdk),
#define ROLE_DDK(name, cdk, ddk) [BOOTSTRAP_ROLE_##name] = (ddk),
static const char *const role_words[][BOOTSTRAP_ROLE_COUNT] = {
    [BOOTSTRAP_CDK] = {BOOTSTRAP_ROLE_LIST(ROLE_CDK)},
    [BOOTSTRAP_DDK] = {BOOTSTRAP_ROLE_LIST(ROLE_DDK)},
};

/* Longer parts than any rule allows are cut, so that no name is cut behind its parts. */
static int part(struct sv text)
{
    return text.len < 60 ? (int)text.len : 60;
}

#define PART(text) part(text), (text).ptr

static struct sv qualifier_of(const struct environment *e)
{
    return e->qualifier.len > 0 ? e->qualifier : DEFAULT_QUALIFIER;
}

static struct sv prefix_of(const struct environment *e)
{
    return e->ddk_prefix.len > 0 ? e->ddk_prefix : DEFAULT_PREFIX;
}

/* What roles and bucket begin with: "cdk-Q" or "PREFIX-STAGE-Q". */
static const char *stem(const struct environment *e, char out[ENVIRONMENT_NAME_SIZE])
{
    struct sv q = qualifier_of(e);
    struct sv prefix = prefix_of(e);

    if (e->bootstrap == BOOTSTRAP_DDK)
        snprintf(out, ENVIRONMENT_NAME_SIZE, SV_FMT "-" SV_FMT "-" SV_FMT, PART(prefix),
                 PART(e->stage), PART(q));
    else
        snprintf(out, ENVIRONMENT_NAME_SIZE, "cdk-" SV_FMT, PART(q));
    return out;
}

static const char *named(const struct environment *e, const char *word,
                         char out[ENVIRONMENT_NAME_SIZE])
{
    char first[ENVIRONMENT_NAME_SIZE];
    int len =
        snprintf(out, ENVIRONMENT_NAME_SIZE, "%.*s-%s-" SV_FMT "-" SV_FMT, 184, stem(e, first),
                 word, part(e->account), e->account.ptr, part(e->region), e->region.ptr);

    if (len < 0)
        out[0] = '\0';
    return out;
}

const char *environment_role_name(const struct environment *e, enum bootstrap_role role,
                                  char out[ENVIRONMENT_NAME_SIZE])
{
    const char *word = role_words[e->bootstrap][role];

    out[0] = '\0';
    return word[0] == '\0' ? out : named(e, word, out);
}

const char *environment_role_arn(const struct environment *e, enum bootstrap_role role,
                                 char out[ENVIRONMENT_NAME_SIZE])
{
    char name[ENVIRONMENT_NAME_SIZE];

    out[0] = '\0';
    if (environment_role_name(e, role, name)[0] != '\0' &&
        snprintf(out, ENVIRONMENT_NAME_SIZE, "arn:%s:iam::" SV_FMT ":role/%.*s",
                 environment_partition(e), PART(e->account), 180, name) < 0)
        out[0] = '\0';
    return out;
}

const char *environment_staging_bucket(const struct environment *e, char out[ENVIRONMENT_NAME_SIZE])
{
    return named(e, "assets", out);
}

const char *environment_version_parameter(const struct environment *e,
                                          char out[ENVIRONMENT_NAME_SIZE])
{
    struct sv q = qualifier_of(e);
    struct sv prefix = prefix_of(e);

    if (e->bootstrap == BOOTSTRAP_DDK)
        snprintf(out, ENVIRONMENT_NAME_SIZE, "/" SV_FMT "/" SV_FMT "/" SV_FMT "/bootstrap-version",
                 PART(prefix), PART(e->stage), PART(q));
    else
        snprintf(out, ENVIRONMENT_NAME_SIZE, "/cdk-bootstrap/" SV_FMT "/version", PART(q));
    return out;
}

/* Python's str.title, which DDK uses: a letter behind anything but a letter is upper case, every
 * other one lower case. */
static size_t put_title(struct sv text, char *out)
{
    size_t len = (size_t)part(text);
    bool is_inside = false;

    for (size_t i = 0; i < len; i++) {
        char c = text.ptr[i];
        bool is_lower = c >= 'a' && c <= 'z';
        bool is_upper = c >= 'A' && c <= 'Z';

        if (is_inside ? is_upper : is_lower)
            c = (char)(c ^ 0x20);
        out[i] = c;
        is_inside = is_lower || is_upper;
    }
    return len;
}

const char *environment_bootstrap_stack(const struct environment *e,
                                        char out[ENVIRONMENT_NAME_SIZE])
{
    size_t len;

    if (e->bootstrap != BOOTSTRAP_DDK) {
        snprintf(out, ENVIRONMENT_NAME_SIZE, "CDKToolkit");
        return out;
    }
    len = put_title(prefix_of(e), out);
    len += put_title(e->stage, out + len);
    snprintf(out + len, ENVIRONMENT_NAME_SIZE - len, "Bootstrap");
    return out;
}

/* First that fits; botocore's partitions.json has the same beginnings. */
static const struct {
    const char *prefix;
    const char *partition;
} partitions[] = {
    {"cn-", "aws-cn"},         {"us-gov-", "aws-us-gov"}, {"us-iso-", "aws-iso"},
    {"us-isob-", "aws-iso-b"}, {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"},
    {"eusc-", "aws-eusc"},
};

const char *partition_by_region(struct sv region)
{
    for (size_t i = 0; i < ARRAY_LEN(partitions); i++) {
        if (sv_starts(region, sv_of(partitions[i].prefix)))
            return partitions[i].partition;
    }
    return "aws";
}

const char *environment_partition(const struct environment *e)
{
    return partition_by_region(e->region);
}

/* ---- the parameter's JSON ---- */

static const char *const members[] = {"schema",    "name",      "kind",        "account", "region",
                                      "profile",   "role_arn",  "external_id", "stage",   "team",
                                      "bootstrap", "qualifier", "ddk_prefix",  "boundary"};

static void read_members(struct written *f, struct environment *out)
{
    written_schema(f);
    written_members(f, members, ARRAY_LEN(members));
    *out = (struct environment){
        .name = written_text(f, "name"),
        .kind =
            (enum environment_kind)written_word(f, "kind", kind_words, ENVIRONMENT_KIND_COUNT, -1),
        .account = written_text(f, "account"),
        .region = written_text(f, "region"),
        .profile = written_text(f, "profile"),
        .role_arn = written_text(f, "role_arn"),
        .external_id = written_text(f, "external_id"),
        .stage = written_text(f, "stage"),
        .team = written_text(f, "team"),
        .bootstrap = (enum bootstrap)written_word(f, "bootstrap", bootstrap_words, BOOTSTRAP_COUNT,
                                                  BOOTSTRAP_CDK),
        .qualifier = written_text(f, "qualifier"),
        .ddk_prefix = written_text(f, "ddk_prefix"),
        .boundary = written_text(f, "boundary")};
    if (out->qualifier.len == 0)
        out->qualifier = DEFAULT_QUALIFIER;
    if (out->bootstrap == BOOTSTRAP_DDK && out->ddk_prefix.len == 0)
        out->ddk_prefix = DEFAULT_PREFIX;
    if (out->name.len == 0)
        defects_add_first(f->defects, "name", "is required");
    if (out->account.len == 0)
        defects_add_first(f->defects, "account", "is required");
    if (out->region.len == 0)
        defects_add_first(f->defects, "region", "is required");
}

enum err_code environment_read(struct sv json, struct arena *arena, struct environment *out,
                               bool *has_unknown, struct err *err)
{
    struct defects defects = {0};
    bool unknown = false;
    struct environment e = {0};
    cJSON *tree;
    struct written f = {.path = "", .arena = arena, .defects = &defects, .has_unknown = &unknown};
    enum err_code rc = json_parse(json, &tree, err);

    if (rc)
        return rc;
    written_refuse_nul(json, &defects);
    f.object = tree;
    if (cJSON_IsObject(tree))
        read_members(&f, &e);
    else
        defects_add(&defects, "", "an environment is a JSON object {}");
    cJSON_Delete(tree);
    if (f.is_short)
        return arena_err(arena, err);
    if (defects.errors > 0) {
        const struct defect *d = &defects.items[0];

        return err_set(err, ERR_REPLY, "the environment's JSON: %s%s%s", d->field,
                       d->field[0] == '\0' ? "" : ": ", d->text);
    }
    *out = e;
    *has_unknown = unknown;
    return ERR_OK;
}

static void put(struct jw *w, const char *name, struct sv text)
{
    if (text.len > 0)
        jw_put_sv(w, name, text);
}

enum err_code environment_write(const struct environment *e, struct sb *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    put(&w, "name", e->name);
    put(&w, "kind", sv_of(environment_kind_word(e->kind)));
    put(&w, "account", e->account);
    put(&w, "region", e->region);
    put(&w, "profile", e->profile);
    put(&w, "role_arn", e->role_arn);
    put(&w, "external_id", e->external_id);
    put(&w, "stage", e->stage);
    put(&w, "team", e->team);
    put(&w, "bootstrap", sv_of(bootstrap_word(e->bootstrap)));
    put(&w, "qualifier", qualifier_of(e));
    if (e->bootstrap == BOOTSTRAP_DDK)
        put(&w, "ddk_prefix", prefix_of(e));
    put(&w, "boundary", e->boundary);
    jw_close(&w, '}');
    return jw_done(&w);
}
