/* Source actions of made pipelines: which commit, and what is known of it. */
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sandbox/members.h"
#include "core/sandbox/pipelines_act.h"
#include "core/sandbox/pipelines_values.h"

static const int64_t SOURCE_MS = 4000;
enum { MESSAGE_CAP = 1 << 16, SUMMARY_MAX = 2000, ARN_SIZE = 512 };

/* The revision that the run was started with, if it named one, into commit. What is none fails the
 * action, and *is_good is false. */
static enum err_code given_commit(struct act *a, char commit[COMMIT_TEXT], bool *is_good)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, MESSAGE_CAP);
    *is_good = true;
    rc = given_revision(a->run, a->action->name, &text, a->err);
    if (rc || text.len == 0)
        return rc;
    *is_good = text.len == COMMIT_TEXT - 1;
    if (!*is_good)
        return act_fail(a, "ConfigurationError",
                        "The commit " SV_FMT " does not exist: a commit ID has 40 hexadecimal "
                        "digits",
                        SV_ARG(sv_take(sb_sv(&text), 200)));
    (void)snprintf(commit, COMMIT_TEXT, "%s", sb_cstr(&text));
    return ERR_OK;
}

/* What later actions may ask for as #{NAMESPACE.NAME}. */
static enum err_code keep_variables(struct act *a, const char *names[2], struct sv repository,
                                    struct sv branch, const char *commit, struct sv message)
{
    char at[TIME_RFC3339_SIZE];
    cJSON *json = cJSON_CreateObject();
    char *text = NULL;
    enum err_code rc;

    (void)time_rfc3339(a->attempt->started_at, at);
    if (member_put(json, names[0], repository) && member_put(json, "BranchName", branch) &&
        member_put(json, names[1], sv_of(commit)) && member_put(json, "CommitMessage", message) &&
        member_put(json, "AuthorDate", sv_of(at)))
        text = cJSON_PrintUnformatted(json);
    rc = text == NULL ? mem_err(a->err)
                      : world_intern(a->s->world, sv_of(text), &a->deed->variables, a->err);
    cJSON_free(text);
    cJSON_Delete(json);
    return rc;
}

static enum err_code found(struct act *a, const struct codecommit_place *place,
                           const char commit[COMMIT_TEXT])
{
    static const char *names[2] = {"RepositoryName", "CommitId"};
    CLEANUP(sb_release) struct sb message;
    struct sv branch = json_sv(a->configuration, "BranchName");
    struct err why = {0};
    enum err_code rc;

    sb_init(&message, MESSAGE_CAP);
    rc = codecommit_message(a->s, place, sv_of(commit), &message, &why);
    /* One that was asked for may not be there. */
    if (rc == ERR_NOT_FOUND || rc == ERR_FAILED)
        return act_fail(a, "ConfigurationError",
                        "The commit %s does not exist in the repository " SV_FMT, commit,
                        SV_ARG(place->repository));
    if (rc)
        return err_set(a->err, rc, "%s", why.text);
    rc = act_keep(a, &a->deed->external_id, "%s", commit);
    if (!rc)
        rc = act_keep(
            a, &a->deed->url,
            "https://" SV_FMT ".console.aws.amazon.com/codesuite/codecommit/repositories/" SV_FMT
            "/commit/%s?region=" SV_FMT,
            SV_ARG(place->region), SV_ARG(place->repository), commit, SV_ARG(place->region));
    if (!rc && message.len > 0)
        rc = act_keep(a, &a->attempt->summary, SV_FMT,
                      SV_ARG(sv_take(sb_sv(&message), SUMMARY_MAX)));
    if (!rc)
        rc = keep_variables(a, names, place->repository, branch, commit, sv_of(sb_cstr(&message)));
    if (!rc && a->run->message == NULL)
        a->run->message = a->attempt->summary;
    return rc ? rc : act_succeed(a);
}

static bool is_repository(struct act *a, const struct codecommit_place *place, enum err_code *rc)
{
    struct record_key key = {.kind = "codecommit.repository",
                             .account = place->account,
                             .region = place->region,
                             .name = place->repository};
    cJSON *record = NULL;
    bool is_there;

    *rc = record_get(a->s->records, &key, &record, a->err);
    is_there = record != NULL;
    cJSON_Delete(record);
    return is_there;
}

static enum err_code not_found(struct act *a, const struct codecommit_place *place,
                               struct sv branch)
{
    enum err_code rc;

    if (!is_repository(a, place, &rc) && !rc)
        return act_fail(a, "ConfigurationError",
                        "The action failed because no repository named " SV_FMT
                        " was found. Make sure you are using the correct repository name, and then "
                        "try again. Error: " SV_FMT " does not exist",
                        SV_ARG(place->repository), SV_ARG(place->repository));
    if (rc)
        return rc;
    return act_fail(a, "ConfigurationError",
                    "The action failed because no branch named " SV_FMT
                    " was found in the selected AWS CodeCommit repository " SV_FMT
                    ". Make sure you are using the correct branch name, and then try again. Error: "
                    "The branch " SV_FMT " does not exist",
                    SV_ARG(branch), SV_ARG(place->repository), SV_ARG(branch));
}

enum err_code act_codecommit(struct act *a)
{
    struct codecommit_place place = {.account = sv_of(a->p->place->account),
                                     .region = sv_of(a->p->place->region),
                                     .repository = json_sv(a->configuration, "RepositoryName")};
    struct sv branch = json_sv(a->configuration, "BranchName");
    char commit[COMMIT_TEXT] = "";
    char arn[ARN_SIZE];
    bool is_allowed = false;
    bool is_good = true;
    enum err_code rc;

    if (a->is_first)
        return act_wait(a, SOURCE_MS);
    (void)snprintf(arn, sizeof arn, "arn:%s:codecommit:" SV_FMT ":" SV_FMT ":" SV_FMT,
                   arn_partition(place.region), SV_ARG(place.region), SV_ARG(place.account),
                   SV_ARG(sv_take(place.repository, 100)));
    rc = act_allowed(a, "codecommit:GetBranch", arn, &is_allowed);
    if (rc || !is_allowed)
        return rc;
    rc = given_commit(a, commit, &is_good);
    if (!rc && !is_good)
        return ERR_OK;
    if (!rc && commit[0] == '\0')
        rc = codecommit_head(a->s, &place, branch, commit, a->err);
    if (rc)
        return rc;
    return commit[0] == '\0' ? not_found(a, &place, branch) : found(a, &place, commit);
}

/* ---- connections ---- */

/* Roles may hold the permission by either of its names. */
static enum err_code may_use(struct act *a, const char *arn, bool *may)
{
    static const char *const names[] = {"codeconnections:UseConnection",
                                        "codestar-connections:UseConnection"};
    enum err_code rc = iam_role_allows(a->s, a->role, sv_of(names[0]), sv_of(arn), may, a->err);

    if (!rc && !*may)
        rc = act_allowed(a, names[1], arn, may);
    return rc;
}

/* What a repository elsewhere holds nobody knows: its commit is made up, always the same one. */
static enum err_code made_up(struct act *a, struct sv repository, struct sv branch)
{
    static const char *names[2] = {"FullRepositoryName", "CommitId"};
    struct uid id = {hash_text(repository), hash_text(branch)};
    char commit[COMMIT_TEXT] = "";
    bool is_good;
    enum err_code rc = given_commit(a, commit, &is_good);

    if (rc || !is_good)
        return rc;
    if (commit[0] == '\0')
        (void)uid_commit(uid_derive(id, 1), commit);
    rc = act_keep(a, &a->deed->external_id, "%s", commit);
    if (!rc)
        rc = act_keep(
            a, &a->deed->url,
            "https://" SV_FMT ".console.aws.amazon.com/codesuite/settings/connections/redirect?"
            "connectionArn=" SV_FMT "&referenceType=COMMIT&FullRepositoryId=" SV_FMT "&Commit=%s",
            SV_ARG(sv_of(a->p->place->region)), SV_ARG(json_sv(a->configuration, "ConnectionArn")),
            SV_ARG(repository), commit);
    if (!rc)
        rc = act_keep(a, &a->attempt->summary,
                      "{\"ProviderType\":\"GitHub\",\"CommitMessage\":\"First commit of " SV_FMT
                      "\"}",
                      SV_ARG(sv_take(branch, 200)));
    if (!rc)
        rc = keep_variables(a, names, repository, branch, commit, SV("First commit"));
    return rc ? rc : act_succeed(a);
}

enum err_code act_connection(struct act *a)
{
    struct sv arn = json_sv(a->configuration, "ConnectionArn");
    char status[CONNECTION_STATUS_MAX];
    char text[ARN_SIZE];
    bool may = false;
    enum err_code rc;

    if (a->is_first)
        return act_wait(a, SOURCE_MS);
    (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(sv_take(arn, ARN_SIZE - 1)));
    rc = may_use(a, text, &may);
    if (rc || !may)
        return rc;
    rc = connections_status(a->s, arn, status, a->err);
    if (rc)
        return rc;
    if (status[0] == '\0')
        return act_fail(a, "ConfigurationError",
                        "Unable to use Connection: %s. The connection was not found.", text);
    if (strcmp(status, "AVAILABLE") != 0)
        return act_fail(a, "ConfigurationError",
                        "Unable to use Connection: %s. Connection %s is not available: its status "
                        "is %s. Complete the connection in the console, then retry the stage.",
                        text, text, status);
    return made_up(a, json_sv(a->configuration, "FullRepositoryId"),
                   json_sv(a->configuration, "BranchName"));
}

/* ---- S3 ---- */

enum err_code act_s3(struct act *a)
{
    struct sv bucket = json_sv(a->configuration, "S3Bucket");
    struct sv name = json_sv(a->configuration, "S3ObjectKey");
    CLEANUP(sb_release) struct sb given;
    cJSON *record = NULL;
    char commit[COMMIT_SIZE];
    enum err_code rc;

    sb_init(&given, MESSAGE_CAP);
    if (a->is_first)
        return act_wait(a, SOURCE_MS);
    rc = given_revision(a->run, a->action->name, &given, a->err);
    if (!rc)
        rc = record_find(a->s->records, "s3.bucket", bucket, &record, NULL, NULL, a->err);
    if (rc)
        return rc;
    if (record == NULL)
        return act_fail(a, "ConfigurationError",
                        "The object with key '" SV_FMT
                        "' does not exist: there is no bucket '" SV_FMT "'",
                        SV_ARG(name), SV_ARG(bucket));
    cJSON_Delete(record);
    (void)uid_commit(uid_derive((struct uid){hash_text(bucket), hash_text(name)}, 1), commit);
    if (given.len == 0)
        rc = sb_add(&given, sv_take(sv_of(commit), 32), a->err);
    if (!rc)
        rc = act_keep(a, &a->deed->external_id, "%s", sb_cstr(&given));
    if (!rc)
        rc = act_keep(a, &a->attempt->summary, "Amazon S3 version id: %s", sb_cstr(&given));
    return rc ? rc : act_succeed(a);
}
