/* What actions put out: an object for each output artifact, in the pipeline's own bucket.
 *
 * It is put there by S3 itself, as the action's role, so policies and buckets that are gone hinder
 * it as they hinder AWS. Later actions read the commit from the repository: the object is an empty
 * archive with the commit as its comment, which is where git keeps it too. */
#include "core/sandbox/members.h"
#include "core/sandbox/pipelines_act.h"
#include "core/sandbox/pipelines_made.h"
#include "core/sandbox/s3.h"

enum { ARCHIVE_HEAD = 22, ARCHIVE_COMMENT_MAX = 255 };

const char *artifact_key(const struct pipe *p, const struct run *run, struct sv artifact,
                         char out[ARTIFACT_KEY_MAX])
{
    char id[UID_SIZE];

    (void)snprintf(out, ARTIFACT_KEY_MAX, "%.20s/" SV_FMT "/%.7s", p->name,
                   SV_ARG(sv_take(artifact, 10)), uid_text(run->id, id));
    return out;
}

struct sv artifact_bucket(const struct pipe *p, const struct run *run)
{
    const cJSON *definition = made_definition(p, run->version);
    const cJSON *one = json_get(definition, "artifactStore");
    const cJSON *many = json_get(definition, "artifactStores");

    return json_sv(one != NULL ? one : json_get(many, p->place->region), "location");
}

/* The end of a zip archive's directory, of no file. */
static struct sv archive(const char *comment, char out[ARCHIVE_HEAD + ARCHIVE_COMMENT_MAX])
{
    struct sv text = sv_take(sv_of(comment == NULL ? "" : comment), ARCHIVE_COMMENT_MAX);

    memset(out, 0, ARCHIVE_HEAD);
    memcpy(out, "PK\5\6", 4);
    out[20] = (char)(unsigned char)text.len;
    if (text.len > 0)
        memcpy(out + ARCHIVE_HEAD, text.ptr, text.len);
    return sv_make(out, ARCHIVE_HEAD + text.len);
}

/* arn:aws:iam::ACCOUNT:role/PATH/NAME */
static void set_identity(const struct act *a, struct request *request)
{
    struct sv rest = a->role;

    for (int i = 0; i < 4; i++)
        (void)sv_cut(rest, ':', &rest);
    request->who.account = sv_cut(rest, ':', &rest);
    while (sv_find(rest, SV("/")) >= 0)
        (void)sv_cut(rest, '/', &rest);
    request->who.role_name = rest;
    (void)snprintf(request->arn, sizeof request->arn,
                   "arn:%s:sts::" SV_FMT ":assumed-role/" SV_FMT "/%lld",
                   arn_partition(sv_of(a->p->place->region)), SV_ARG(request->who.account),
                   SV_ARG(rest), (long long)a->attempt->started_at);
    request->who.arn = sv_of(request->arn);
}

static enum err_code refuse(struct act *a, struct sv bucket, const char *key,
                            const struct reply *reply)
{
    if (strcmp(reply->error, "AccessDenied") == 0)
        return act_fail(a, "PermissionError",
                        "Unable to access the artifact with Amazon S3 object key '%s' located in "
                        "the Amazon S3 artifact bucket '" SV_FMT
                        "'. The provided role does not have sufficient permissions.",
                        key, SV_ARG(bucket));
    /* AWS's own words for this are not known; S3's are in them. */
    return act_fail(a, "ConfigurationError",
                    "Unable to access the artifact with Amazon S3 object key '%s' located in the "
                    "Amazon S3 artifact bucket '" SV_FMT "'. %s (Service: Amazon S3; Status Code: "
                    "%d; Error Code: %s)",
                    key, SV_ARG(bucket),
                    strcmp(reply->error, "NoSuchBucket") == 0
                        ? "The specified bucket does not exist"
                        : "The object cannot be put there",
                    reply->status, reply->error);
}

static enum err_code put(struct act *a, struct sv artifact, bool *is_good)
{
    char bytes[ARCHIVE_HEAD + ARCHIVE_COMMENT_MAX];
    char key[ARTIFACT_KEY_MAX];
    char path[ARTIFACT_KEY_MAX + 80];
    struct sv bucket = artifact_bucket(a->p, a->run);
    struct request request = {.method = SV("PUT"),
                              .query = SV(""),
                              .dialect = DIALECT_S3,
                              .service = SV("s3"),
                              .region = sv_of(a->p->place->region),
                              .operation = SV("PutObject"),
                              .body = archive(a->deed->external_id, bytes)};
    struct reply reply;
    enum err_code rc;

    (void)artifact_key(a->p, a->run, artifact, key);
    (void)snprintf(path, sizeof path, "/" SV_FMT "/%s", SV_ARG(sv_take(bucket, 63)), key);
    request.path = sv_of(path);
    set_identity(a, &request);
    reply_init(&reply);
    rc = s3_answer(a->s, &request, &reply, a->err);
    *is_good = reply.error[0] == '\0';
    if (!rc && !*is_good)
        rc = refuse(a, bucket, key, &reply);
    reply_release(&reply);
    return rc;
}

enum err_code act_put_artifacts(struct act *a, bool *is_good)
{
    enum err_code rc = ERR_OK;

    *is_good = true;
    for (const cJSON *o = json_list(a->action->json, "outputArtifacts");
         o != NULL && *is_good && !rc; o = o->next)
        rc = put(a, json_sv(o, "name"), is_good);
    return rc;
}
