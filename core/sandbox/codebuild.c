/* CodeBuild's projects: as operations and as a resource type. A record holds the project as the API
 * shows it, and beside it what tags need. */
#include "core/sandbox/codebuild.h"

#include <ctype.h>

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/members.h"
#include "core/sandbox/seed_build.h"
#include "core/sandbox/tagging.h"

static const char kind[] = "codebuild.project";
static const char invalid[] = "InvalidInputException";

/* What a project is made of and changed by, besides its name and its tags. */
static const char parts[] =
    "description source secondarySources sourceVersion secondarySourceVersions artifacts "
    "secondaryArtifacts cache environment serviceRole timeoutInMinutes queuedTimeoutInMinutes "
    "encryptionKey vpcConfig logsConfig fileSystemLocations buildBatchConfig concurrentBuildLimit "
    "autoRetryLimit resourceAccessRole";

enum { PAGE = 100, BATCH_MAX = 100, VARIABLES_MAX = 1000 };

static struct sv text_of(const cJSON *object, const char *outer, const char *name)
{
    return json_sv(json_get(object, outer), name);
}

static bool is_one_of(struct sv text, const char *words)
{
    struct sv rest = sv_of(words);

    while (rest.len > 0) {
        if (sv_eq(sv_cut(rest, ' ', &rest), text))
            return true;
    }
    return false;
}

static void check_name(struct call *c, struct sv name)
{
    bool is_good = name.len >= 2 && name.len <= 150 && isalnum((unsigned char)name.ptr[0]);

    for (size_t i = 0; i < name.len && is_good; i++)
        is_good = isalnum((unsigned char)name.ptr[i]) || name.ptr[i] == '-' || name.ptr[i] == '_';
    if (!c->has_failed && !is_good)
        call_fail(c, 400, invalid, "Invalid project name: only 2 to 150 letters, digits, - and _");
}

static void check_variables(struct call *c, const cJSON *list)
{
    if (cJSON_GetArraySize(list) > VARIABLES_MAX)
        call_fail(c, 400, invalid, "Invalid environment: more than %d environment variables",
                  VARIABLES_MAX);
    for (const cJSON *v = list == NULL ? NULL : list->child; v != NULL && !c->has_failed;
         v = v->next) {
        struct sv type = json_sv(v, "type");

        if (json_sv(v, "name").len == 0)
            call_fail(c, 400, invalid,
                      "Invalid environment variables: name must not be null or empty");
        else if (type.ptr != NULL && !is_one_of(type, "PLAINTEXT PARAMETER_STORE SECRETS_MANAGER"))
            call_fail(c, 400, invalid, "Invalid environment variable type: " SV_FMT,
                      SV_ARG(sv_take(type, 100)));
        for (const cJSON *b = v->next; b != NULL && !c->has_failed; b = b->next) {
            if (sv_eq(json_sv(b, "name"), json_sv(v, "name")))
                call_fail(c, 400, invalid,
                          "Invalid environment variables: " SV_FMT " is there twice",
                          SV_ARG(json_sv(v, "name")));
        }
    }
}

static void check_role(struct call *c, struct sv role)
{
    struct iam_caller caller = {.arn = SV("codebuild.amazonaws.com")};
    char why[IAM_WHY_MAX] = "";
    bool may = false;

    if (c->has_failed || !call_ok(c, iam_may_assume(c->service, &caller, role, &may, why, c->err)))
        return;
    if (!may)
        call_fail(c, 400, invalid,
                  "CodeBuild is not authorized to perform: sts:AssumeRole on " SV_FMT,
                  SV_ARG(role));
}

static void check_minutes(struct call *c, const cJSON *project, const char *name, int64_t most)
{
    int64_t minutes = json_int(project, name, 60);

    if (!c->has_failed && (minutes < 5 || minutes > most))
        call_fail(c, 400, invalid, "Invalid %s: must be between 5 and %lld", name, (long long)most);
}

/* The project as it would be. */
static void check(struct call *c, const cJSON *project)
{
    const cJSON *environment = json_get(project, "environment");
    struct sv source = text_of(project, "source", "type");
    struct sv artifacts = text_of(project, "artifacts", "type");

    check_name(c, json_sv(project, "name"));
    if (c->has_failed)
        return;
    if (!is_one_of(source, "CODECOMMIT CODEPIPELINE GITHUB GITLAB GITLAB_SELF_MANAGED S3 BITBUCKET "
                           "GITHUB_ENTERPRISE NO_SOURCE"))
        call_fail(c, 400, invalid, "Invalid project source: type is required");
    else if (!is_one_of(artifacts, "CODEPIPELINE S3 NO_ARTIFACTS"))
        call_fail(c, 400, invalid, "Invalid artifacts: type is required");
    else if (sv_eq(source, SV("CODEPIPELINE")) != sv_eq(artifacts, SV("CODEPIPELINE")))
        call_fail(c, 400, invalid,
                  "Invalid artifacts: source and artifacts must both be CODEPIPELINE, or neither");
    else if (!is_one_of(source, "CODEPIPELINE NO_SOURCE") &&
             text_of(project, "source", "location").len == 0)
        call_fail(c, 400, invalid,
                  "Invalid project source: location must be a valid " SV_FMT " location",
                  SV_ARG(source));
    else if (sv_eq(source, SV("NO_SOURCE")) && text_of(project, "source", "buildspec").len == 0)
        call_fail(c, 400, invalid,
                  "Invalid project source: a buildspec is required when there is no source");
    else if (json_sv(environment, "type").len == 0 || json_sv(environment, "image").len == 0 ||
             json_sv(environment, "computeType").len == 0)
        call_fail(c, 400, invalid, "Invalid environment: type, image and computeType are required");
    else if (json_sv(project, "serviceRole").len == 0)
        call_fail(c, 400, invalid, "Invalid service role: Service role is required");
    check_variables(c, json_get(environment, "environmentVariables"));
    check_minutes(c, project, "timeoutInMinutes", 2160);
    check_minutes(c, project, "queuedTimeoutInMinutes", 480);
    check_role(c, json_sv(project, "serviceRole"));
}

static bool put_default(cJSON *object, const char *name, cJSON *value)
{
    if (json_get(object, name) == NULL)
        return member_set(object, name, value);
    cJSON_Delete(value);
    return true;
}

static bool add_defaults(const struct call *c, cJSON *project)
{
    cJSON *environment = cJSON_GetObjectItemCaseSensitive(project, "environment");
    cJSON *cache = cJSON_CreateObject();
    cJSON *badge = cJSON_CreateObject();
    bool is_good = member_put(cache, "type", SV("NO_CACHE")) &&
                   member_set(badge, "badgeEnabled", cJSON_CreateFalse());

    is_good = put_default(project, "cache", cache) && is_good;
    is_good = put_default(project, "badge", badge) && is_good;
    is_good =
        is_good && put_default(project, "timeoutInMinutes", cJSON_CreateNumber(60)) &&
        put_default(project, "queuedTimeoutInMinutes", cJSON_CreateNumber(480)) &&
        put_default(project, "projectVisibility", cJSON_CreateString("PRIVATE")) &&
        put_default(environment, "privilegedMode", cJSON_CreateFalse()) &&
        put_default(environment, "imagePullCredentialsType", cJSON_CreateString("CODEBUILD")) &&
        member_list(environment, "environmentVariables") != NULL;
    for (cJSON *v = is_good ? member_list(environment, "environmentVariables")->child : NULL;
         v != NULL && is_good; v = v->next)
        is_good = put_default(v, "type", cJSON_CreateString("PLAINTEXT"));
    if (json_get(project, "encryptionKey") == NULL)
        is_good =
            is_good &&
            member_putf(project, "encryptionKey", "arn:%s:kms:" SV_FMT ":" SV_FMT ":alias/aws/s3",
                        arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account));
    return is_good;
}

/* The project of the record as the API shows it, tags and all; NULL = no memory. */
static cJSON *shown(const cJSON *record)
{
    cJSON *out = cJSON_Duplicate(json_get(record, "project"), true);

    if (member_put(out, "arn", json_sv(record, "Arn")) &&
        member_set(out, "tags", tags_list(record, "key", "value")))
        return out;
    cJSON_Delete(out);
    return NULL;
}

static void store(struct call *c, cJSON *record)
{
    cJSON *project = cJSON_GetObjectItemCaseSensitive(record, "project");
    struct sv name = json_sv(project, "name");

    if (c->has_failed)
        return;
    cJSON_DeleteItemFromObjectCaseSensitive(project, "lastModified");
    call_put_time(c, project, "lastModified", c->service->now_ms);
    if (call_store(c, kind, c->region, name, record))
        (void)call_add(c, c->out, "project", shown(record));
}

/* What is given, on a project of that name. */
static void fill(struct call *c, cJSON *record)
{
    cJSON *project = cJSON_GetObjectItemCaseSensitive(record, "project");

    if (!members_copy(project, c->in, parts)) {
        (void)call_ok(c, mem_err(c->err));
        return;
    }
    check(c, project);
    if (!c->has_failed && !add_defaults(c, project))
        (void)call_ok(c, mem_err(c->err));
}

enum err_code codebuild_project(struct service *s, struct sv account, struct sv region,
                                struct sv name, cJSON **out, bool *is_seeded, struct err *err)
{
    struct record_key key = {.kind = kind, .account = account, .region = region, .name = name};
    struct seed_thing thing;
    bool is_told = false;
    enum err_code rc = record_get(s->records, &key, out, err);

    if (!rc && *out == NULL &&
        seed_find(s->world, account, region, PROVIDER_CODEBUILD, seed_project_of, name, &thing)) {
        is_told = true;
        *out = seed_project_json(&thing);
        rc = *out == NULL ? mem_err(err) : ERR_OK;
    }
    if (is_seeded != NULL)
        *is_seeded = is_told;
    return rc;
}

static cJSON *project_record(struct call *c, struct sv name)
{
    cJSON *record = NULL;

    if (!c->has_failed)
        (void)call_ok(
            c, codebuild_project(c->service, c->account, c->region, name, &record, NULL, c->err));
    return record;
}

void codebuild_create_project(struct call *c)
{
    struct sv name = call_text(c, "name", true);
    cJSON *record = project_record(c, name);
    cJSON *project;

    if (record != NULL) {
        call_fail(c, 400, "ResourceAlreadyExistsException", "Project already exists: " SV_FMT,
                  SV_ARG(json_sv(record, "Arn")));
        cJSON_Delete(record);
        return;
    }
    if (c->has_failed)
        return;
    record = cJSON_CreateObject();
    project = member_object(record, "project");
    if (!member_put(project, "name", name) ||
        !member_putf(record, "Arn", "arn:%s:codebuild:" SV_FMT ":" SV_FMT ":project/" SV_FMT,
                     arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account), SV_ARG(name)))
        (void)call_ok(c, mem_err(c->err));
    else
        call_put_time(c, project, "created", c->service->now_ms);
    if (!c->has_failed && call_ok(c, tags_merge(record, json_get(c->in, "tags"), c->err))) {
        fill(c, record);
        store(c, record);
    }
    cJSON_Delete(record);
}

void codebuild_update_project(struct call *c)
{
    struct sv name = call_text(c, "name", true);
    cJSON *record = project_record(c, name);

    if (record == NULL) {
        call_fail(c, 400, "ResourceNotFoundException",
                  "Project cannot be found: arn:%s:codebuild:" SV_FMT ":" SV_FMT ":project/" SV_FMT,
                  arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account), SV_ARG(name));
        return;
    }
    /* Tags that are given take the place of all. */
    if (json_get(c->in, "tags") != NULL) {
        cJSON_DeleteItemFromObjectCaseSensitive(record, "Tags");
        (void)call_ok(c, tags_merge(record, json_get(c->in, "tags"), c->err));
    }
    fill(c, record);
    store(c, record);
    cJSON_Delete(record);
}

/* One that is not there is deleted already. Its builds stay, as at AWS. A seeded one goes with its
 * pipeline only. */
void codebuild_delete_project(struct call *c)
{
    struct record_key key = {.kind = kind, .account = c->account, .region = c->region};

    key.name = call_text(c, "name", true);
    if (!c->has_failed)
        (void)call_ok(c, record_delete(c->service->records, &key, c->err));
}

void codebuild_get_projects(struct call *c)
{
    const cJSON *names = json_get(c->in, "names");
    cJSON *found = call_add(c, c->out, "projects", cJSON_CreateArray());
    cJSON *missing = call_add(c, c->out, "projectsNotFound", cJSON_CreateArray());

    if (!cJSON_IsArray(names) || names->child == NULL || cJSON_GetArraySize(names) > BATCH_MAX)
        call_fail(c, 400, invalid, "Invalid names: 1 to %d are needed", BATCH_MAX);
    for (const cJSON *n = c->has_failed ? NULL : names->child; n != NULL && !c->has_failed;
         n = n->next) {
        struct sv name = json_item_sv(n);
        cJSON *record;

        if (sv_find(name, SV(":project/")) > 0)
            name = sv_drop(name, (size_t)sv_find(name, SV(":project/")) + 9);
        record = project_record(c, name);
        if (record != NULL)
            (void)call_add(c, found, NULL, shown(record));
        else
            (void)call_add(c, missing, NULL, item_text(json_item_sv(n)));
        cJSON_Delete(record);
    }
}

struct listing {
    struct call *call;
    cJSON **names;
    size_t count;
    size_t size;
};

static enum err_code add_name(struct listing *l, struct sv name)
{
    if (l->count == l->size) {
        size_t size = l->size == 0 ? 64 : l->size * 2;
        cJSON **grown = mem_resize(l->names, size, sizeof(cJSON *));

        if (grown == NULL)
            return mem_err(l->call->err);
        l->names = grown;
        l->size = size;
    }
    l->names[l->count] = item_text(name);
    return l->names[l->count++] == NULL ? mem_err(l->call->err) : ERR_OK;
}

static enum err_code add_kept(void *owner, const struct record_key *key, const cJSON *value UNUSED,
                              bool *goes_on UNUSED, struct err *err UNUSED)
{
    return add_name(owner, key->name);
}

static bool add_seeded(void *owner, const struct seed_thing *thing)
{
    struct listing *l = owner;
    char name[SEED_NAME_SIZE];

    seed_project_of(thing, name);
    return call_ok(l->call, add_name(l, sv_of(name)));
}

static int by_text(const void *a, const void *b)
{
    return sv_cmp(json_item_sv(*(cJSON *const *)a), json_item_sv(*(cJSON *const *)b));
}

/* In order, each once: a project may be that of several actions, or a record by now. */
static void sort_names(struct listing *l)
{
    size_t kept = 0;

    if (l->count > 0)
        qsort(l->names, l->count, sizeof *l->names, by_text);
    for (size_t i = 0; i < l->count; i++) {
        if (kept > 0 && by_text(&l->names[i], &l->names[kept - 1]) == 0)
            cJSON_Delete(l->names[i]);
        else
            l->names[kept++] = l->names[i];
    }
    l->count = kept;
}

static void put_names(struct listing *l, cJSON *page, size_t from)
{
    struct call *c = l->call;
    bool is_down = sv_eq(call_text(c, "sortOrder", false), SV("DESCENDING"));
    char next[24];
    size_t i = from;

    for (; i < l->count && i < from + PAGE && !c->has_failed; i++) {
        size_t at = is_down ? l->count - 1 - i : i;

        (void)call_add(c, page, NULL, l->names[at]);
        l->names[at] = NULL;
    }
    (void)snprintf(next, sizeof next, "%zu", i);
    if (i < l->count)
        call_put(c, "nextToken", sv_of(next));
}

/* By name; the other orders of AWS are not told apart here. */
void codebuild_list_projects(struct call *c)
{
    struct listing l = {.call = c};
    struct record_key key = {.kind = kind, .account = c->account, .region = c->region};
    struct sv token = call_text(c, "nextToken", false);
    cJSON *page = call_add(c, c->out, "projects", cJSON_CreateArray());
    int64_t at = 0;

    if (token.len > 0 && (!sv_to_int(token, &at) || at < 0))
        call_fail(c, 400, invalid, "Invalid next token");
    if (!c->has_failed &&
        call_ok(c, record_each(c->service->records, &key, SV(""), add_kept, &l, c->err)))
        seed_each(c->service->world, c->account, c->region, PROVIDER_CODEBUILD, add_seeded, &l);
    if (!c->has_failed) {
        sort_names(&l);
        put_names(&l, page, (size_t)at);
    }
    for (size_t i = 0; i < l.count; i++)
        cJSON_Delete(l.names[i]);
    mem_free(l.names);
}

/* ---- AWS::CodeBuild::Project ---- */

static const struct {
    const char *property;
    const char *member;
} renamed[] = {
    {"BuildSpec", "buildspec"},
    {"Name", "name"},
    {"VPCConfig", "vpcConfig"},
    {"S3Logs", "s3Logs"},
};

static cJSON *lowered(const cJSON *item)
{
    cJSON *out;

    if (!cJSON_IsObject(item) && !cJSON_IsArray(item))
        return cJSON_Duplicate(item, true);
    out = cJSON_IsArray(item) ? cJSON_CreateArray() : cJSON_CreateObject();
    for (const cJSON *m = item->child; m != NULL && out != NULL; m = m->next) {
        cJSON *copy = lowered(m);
        char name[128];

        (void)snprintf(name, sizeof name, "%s", m->string == NULL ? "" : m->string);
        name[0] = (char)tolower((unsigned char)name[0]);
        for (size_t i = 0; i < ARRAY_LEN(renamed) && m->string != NULL; i++) {
            if (strcmp(m->string, renamed[i].property) == 0)
                (void)snprintf(name, sizeof name, "%s", renamed[i].member);
        }
        if (copy == NULL || !(cJSON_IsArray(item) ? cJSON_AddItemToArray(out, copy)
                                                  : cJSON_AddItemToObject(out, name, copy))) {
            cJSON_Delete(copy);
            cJSON_Delete(out);
            return NULL;
        }
    }
    return out;
}

/* What the template may give as text is a number or a truth in the API. */
static bool fix_kinds(cJSON *in)
{
    static const char *const numbers[] = {"timeoutInMinutes", "queuedTimeoutInMinutes",
                                          "concurrentBuildLimit"};
    cJSON *environment = cJSON_GetObjectItemCaseSensitive(in, "environment");
    cJSON *variables = cJSON_GetObjectItemCaseSensitive(environment, "environmentVariables");
    struct sv privileged = json_sv(environment, "privilegedMode");
    bool is_good = true;

    for (cJSON *v = variables == NULL ? NULL : variables->child; v != NULL && is_good;
         v = v->next) {
        char *text = cJSON_IsString(json_get(v, "value"))
                         ? NULL
                         : cJSON_PrintUnformatted(json_get(v, "value"));

        is_good = member_put(v, "value", sv_of(text));
        cJSON_free(text);
    }

    for (size_t i = 0; i < ARRAY_LEN(numbers) && is_good; i++) {
        int64_t value;

        if (sv_to_int(json_sv(in, numbers[i]), &value))
            is_good = member_put_int(in, numbers[i], value);
    }
    if (privileged.len > 0)
        is_good = is_good && member_set(environment, "privilegedMode",
                                        cJSON_CreateBool(sv_eq_nocase(privileged, SV("true"))));
    return is_good;
}

/* A role may be given by its name or its ARN. */
static bool fix_role(const struct resource_ask *ask, cJSON *in)
{
    struct sv role = json_sv(in, "serviceRole");

    if (role.len == 0 || sv_starts(role, SV("arn:")))
        return true;
    return member_putf(in, "serviceRole", "arn:%s:iam::" SV_FMT ":role/" SV_FMT,
                       arn_partition(ask->region), SV_ARG(ask->account),
                       SV_ARG(sv_take(role, 600)));
}

static cJSON *make_input(const struct resource_ask *ask)
{
    cJSON *in = lowered(ask->properties);
    cJSON *tags = resource_tags(ask, "Tags");
    cJSON *lower = tags == NULL ? NULL : lowered(tags);

    cJSON_Delete(tags);
    if (member_set(in, "tags", lower) && member_put(in, "name", sv_of(ask->id)) && fix_kinds(in) &&
        fix_role(ask, in))
        return in;
    cJSON_Delete(in);
    return NULL;
}

static struct handler handler(struct resource_ask *ask)
{
    return (struct handler){.ask = ask, .service = "codebuild", .title = "AWSCodeBuild"};
}

static enum err_code set_arn(struct resource_ask *ask)
{
    return resource_set(ask, "Arn", "arn:%s:codebuild:" SV_FMT ":" SV_FMT ":project/%.255s",
                        arn_partition(ask->region), SV_ARG(ask->region), SV_ARG(ask->account),
                        ask->id);
}

static enum err_code make(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = resource_name(ask, "Name", 150, false);

    if (!rc)
        rc = handler_call(&h, codebuild_create_project, make_input(ask), NULL);
    return rc ? rc : set_arn(ask);
}

static enum err_code change(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = handler_call(&h, codebuild_update_project, make_input(ask), NULL);

    return rc ? rc : set_arn(ask);
}

static enum err_code take_away(struct resource_ask *ask)
{
    struct handler h = handler(ask);

    return handler_remove(&h, codebuild_delete_project, handler_in("name", sv_of(ask->id)));
}

extern const struct resource_type codebuild_types[];
/* clang-format off */
const struct resource_type codebuild_types[] = {
    {.type = "AWS::CodeBuild::Project", .name_property = "Name", .replaced_by = "Name",
     .required = "Artifacts Environment ServiceRole Source", .attributes = "Arn", .seconds = 4,
     .create = make, .update = change, .remove = take_away},
    {.type = NULL},
};
/* clang-format on */
